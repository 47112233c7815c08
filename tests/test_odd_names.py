"""Names from users and files are shown, whatever they hold: no terminal, spreadsheet, figure or page obeys them."""

import csv
import warnings
import xml.dom.minidom
import zipfile
from pathlib import Path

import polars as pl
import pytest
import yaml

from asmsim.analysis.figures import draw_comparison, draw_run_figures
from asmsim.analysis.paired import compare
from asmsim.analysis.results_folder import write_comparison, write_run
from asmsim.analysis.style import apply_style, draw_svg, fit_label
from asmsim.cli import terminal
from asmsim.config.characters import protect_cell, show_controls
from asmsim.config.errors import Caution
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.replicates import replicate
from asmsim.sweeps.store.targets import to_csv
from tests.test_cli import FAST, asmsim

ODD = {
    "mathtext": "$x^{$ and \\frac{1",
    "escape": "\x1b[31mred\x1b]0;title\x07",
    "one byte escape": "\x9b31m",
    "markup": "[bold]b[/bold] [/] :smile: <b>&amp;</b> ]]> --> {{ x }}",
    "turned": "\u202eabc\u2066",
    "half a pair": "\udc80 \ufffe",
    "long": "very long name " * 200,
    "one long word": "x" * 3000,
    "unknown letters": "漢字 कखग 😀",
    "lines": "a\nb\tc\r\nd",
}
SHORT = ("context=generic", "policy=five_ingredients", "model.scale=100", "context.end=2006-06")


def rename(made: Scenario, text: str) -> Scenario:
    capital = made.context.capital.model_copy(update={"name": text})
    context = made.context.model_copy(update={"title": text, "capital": capital, "note": text})
    return made.model_copy(update={"context": context, "name": text})


@pytest.fixture(scope="module")
def short() -> Scenario:
    return scenario(*SHORT)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_figures_and_pages_show_odd_names(text: str, short: Scenario, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", Caution)
        run = replicate(rename(short, text), 2, 1)
        folder = write_run(run, tmp_path)
        both = compare([rename(short, text), rename(short, text + "2")], 2, 1)
        folders = [folder, write_comparison(both, tmp_path)]
    for each in folders:
        page = (each / "report.html").read_text(encoding="utf-8")
        assert not [c for c in page if show_controls(c) != c]
        assert "<b>&amp;</b>" not in page.replace("&lt;b&gt;&amp;amp;&lt;/b&gt;", "")
        for svg in each.glob("*.svg"):
            xml.dom.minidom.parseString(svg.read_text(encoding="utf-8"))


@pytest.mark.parametrize("end", ["2005-01", "2005-02", "2005-11", "2005-12", "2006-01"])
def test_figures_of_runs_that_are_shorter_than_a_year(end: str) -> None:
    made = scenario(*SHORT[:-1], f"context.end={end}")
    with warnings.catch_warnings(), apply_style():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", Caution)
        run = replicate(made, 2, 1)
        both = compare([made, made], 2, 1)
        figures = [*draw_run_figures(run).values(), *(draw_comparison(both, which) for which in (False, True))]
        for figure in figures:
            assert "<svg" in draw_svg(figure)
        drawn = [line for axes in figures[0].axes for line in axes.lines if len(line.get_xdata()) > 2]
        assert bool(drawn) == (end == "2005-11"), "a run of less than a year is drawn whole"


def test_labels_fit() -> None:
    assert fit_label("a  b\nc") == "a b c"
    assert len(fit_label("x" * 100)) == 60
    assert fit_label("x" * 60) == "x" * 60


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_a_terminal_obeys_no_name(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(text)
    terminal.tell(text)
    terminal.print_line(text)
    terminal.table_of(text, [text, "b"], [[text, text]])
    terminal.print_cards(text, [text, "b"], [[text, text]])
    terminal.print_dated(text, [text, "b", "c", "d"], [[text] * 4])
    with terminal.bars(1, text) as advance:
        advance(1)
    printed = "".join(capsys.readouterr())
    assert not [c for c in printed if show_controls(c) != c]
    if "[bold]" in text:
        assert printed.count("[bold]b[/bold] [/] :smile:") >= 8


def test_errors_show_what_they_quote(elsewhere: Path) -> None:
    (elsewhere / "own/context").mkdir(parents=True)
    (elsewhere / "own/context/x.yaml").write_text('name: x\n"\\e[31m [bold]": "\\a"\n')
    done = asmsim("run", "context=x", "--config-dir", "own", code=2)
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr
    for word in ("a\x1b[31m", "donor=none\r", "\u202epolicy=none"):
        assert "has control characters" in asmsim("run", word, code=2).stderr


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\uff1d1", "+", "-x"])
def test_a_formula_stays_text(text: str) -> None:
    assert protect_cell(text) == f"'{text}"
    frame = pl.DataFrame({"n": [-1.5], text: [text], "none": [None]}, schema_overrides={"none": pl.String})
    header, row = csv.reader(to_csv(frame).splitlines())
    assert header == ["n", f"'{text}", "none"]
    assert row == ["-1.5", f"'{text}", ""]


@pytest.mark.parametrize("text", ["-1", "+0.5", "-1e-3", ".5", "none", "a=b", "2014-01", ""])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert protect_cell(text) == text


def test_exports_hold_no_formula(elsewhere: Path) -> None:
    (elsewhere / "points.csv").write_text("name\n@x\n-x\n+x\n")
    given = ["--points", "points.csv", "--workers", "0", "--out", "swept"]
    asmsim("sweep", *FAST[:-2], "donor=none", "-n", "1", *given)
    (folder,) = elsewhere.glob("swept/sweep-*")
    with (folder / "points.csv").open(newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"'@x", "'-x", "'+x"}
    for ending in ("csv", "xlsx"):
        asmsim("results", str(folder), "--table", "runs", "--to", f"runs.{ending}")
    with (elsewhere / "runs.csv").open(newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"'@x", "'-x", "'+x"}
    with zipfile.ZipFile(elsewhere / "runs.xlsx") as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "/sheet" in name]
        assert not [sheet for sheet in sheets if "<f>" in sheet]
        assert "@x" in book.read("xl/sharedStrings.xml").decode()
    asmsim("compare", "none", "+1+1=minimal_law", "@SUM(A1)=none", *FAST)
    (table,) = elsewhere.glob("results/compare/*/differences.csv")
    with table.open(newline="") as file:
        assert {row["policy"] for row in csv.DictReader(file)} == {"'@SUM(A1)", "'+1+1"}


def test_a_yaml_name_with_an_escape_comes_out_shown(elsewhere: Path) -> None:
    asmsim("new", "context", "odd", "--config-dir", "own")
    file = elsewhere / "own/context/odd.yaml"
    data = yaml.safe_load(file.read_text()) | {"title": "\x1b[31m [bold]red $x^{"}
    file.write_text(yaml.safe_dump(data))
    done = asmsim("run", "context=odd", "policy=none", "~events", "--config-dir", "own", "model.scale=100", "-n", "2")
    assert "\\x1b[31m [bold]red $x^{" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
