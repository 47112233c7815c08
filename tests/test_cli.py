"""The commands as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from asmsim.analysis.catalogue import write_starter
from asmsim.analysis.own_country import write_country
from asmsim.config.errors import ConfigError

FAST = ["context=generic", "model.scale=50", "context.end=2007-12", "-n", "3"]


def asmsim(*args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "asmsim", *args], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr[-3000:]
    return done


def test_run_writes_a_complete_folder_and_reruns_to_identical_bytes(elsewhere: Path) -> None:
    asmsim("run", *FAST)
    (folder,) = (elsewhere / "results/runs").iterdir()
    names = {p.name for p in folder.iterdir()}
    assert {"scenario.yaml", "provenance.json", "series.parquet", "summary.csv", "summary.json", "report.html"} <= names
    assert {"overview.png", "overview.svg", "gold.png", "map.png", "people.png", "costs.png"} <= names
    series = pl.read_parquet(folder / "series.parquet")
    assert series.height == 3 * 36
    asmsim("run", "--scenario", str(folder / "scenario.yaml"), "--out", "again")
    (again,) = (elsewhere / "again").iterdir()
    assert again.name == folder.name
    assert names == {p.name for p in again.iterdir()}
    for name in names:
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_results_are_never_overwritten(elsewhere: Path) -> None:
    asmsim("run", *FAST)
    (folder,) = (elsewhere / "results/runs").iterdir()
    assert "there already and are kept" in asmsim("run", *FAST).stderr
    (folder / "summary.csv").write_text("mine")
    again = asmsim("run", *FAST)
    assert "summary.csv changed" in again.stderr
    assert f"{folder.name}-2" in again.stdout
    assert (folder / "summary.csv").read_text() == "mine"
    assert (folder.with_name(f"{folder.name}-2") / "summary.csv").is_file()


def test_findings_and_report_go_to_standard_output(elsewhere: Path) -> None:
    done = asmsim("run", *FAST)
    assert "hold a valid licence" in done.stdout
    assert "Report: " in done.stdout
    assert "Only 3 seeds" in done.stdout
    assert done.stdout.startswith("In the last month simulated (2007-12) ")
    assert "[90 % interval]" in done.stdout
    alone = asmsim("run", *FAST[:-1], "1")
    assert "[90 % interval]" not in alone.stdout
    assert "One seed" in alone.stdout


def test_the_title_says_what_was_changed(elsewhere: Path) -> None:
    done = asmsim("run", *FAST, "donor=none")
    (folder,) = (elsewhere / "results/runs").iterdir()
    assert folder.name.startswith("generic-five_ingredients-")
    assert "donor=none" in folder.name
    assert "five_ingredients, changed: " in done.stdout
    assert "donor=none" in (folder / "report.html").read_text()


def test_a_report_explains_its_words(elsewhere: Path) -> None:
    asmsim("run", *FAST)
    page = next((elsewhere / "results/runs").glob("*/report.html")).read_text()
    for words in ("What the outcomes mean", "Words used here", "exit", "horizon", "pathway: limbo", "1:50"):
        assert words in page


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_out_is_checked_before_the_run(out: str, elsewhere: Path) -> None:
    (elsewhere / "file").write_text("")
    for command in (["run"], ["compare", "none", "minimal_law"]):
        done = asmsim(*command, *FAST, "--out", out, code=2)
        assert "is a file, not a folder" in done.stderr
        assert "Compiling" not in done.stderr


def test_version() -> None:
    assert asmsim("--version").stdout.startswith("asmsim ")


def test_compare_takes_variants(elsewhere: Path) -> None:
    done = asmsim("compare", "five_ingredients", "short=five_ingredients,donor.programme.duration_years=1", *FAST)
    assert "short = five_ingredients, changed: donor.programme.duration_years=1" in done.stdout
    (folder,) = (elsewhere / "results/compare").iterdir()
    assert folder.name.startswith("generic-five_ingredients-vs-short")
    error = asmsim("compare", "five_ingredients", "short=five_ingredient", *FAST, code=2).stderr
    assert "did you mean 'five_ingredients'" in error


def test_report_opens_without_network(elsewhere: Path) -> None:
    asmsim("run", *FAST)
    page = next((elsewhere / "results/runs").glob("*/report.html")).read_text()
    assert "<svg" in page
    assert "<script" not in page
    assert 'src="http' not in page
    assert 'href="http' not in page
    assert "Simulated" in page


def test_json_goes_to_standard_output_alone(elsewhere: Path) -> None:
    result = json.loads(asmsim("run", *FAST, "--json").stdout)
    assert {"folder", "provenance", "results"} <= set(result)
    assert result["results"]["rows"][0]["seeds"] == 3


def test_compare_is_paired_and_says_when_there_is_no_difference(elsewhere: Path) -> None:
    done = asmsim("compare", "minimal_law", "five_ingredients", *FAST)
    assert "no clear difference" in done.stdout
    (folder,) = (elsewhere / "results/compare").iterdir()
    table = pl.read_csv(folder / "differences.csv")
    assert {"q05", "q25", "q50", "q75", "q95", "verdict"} <= set(table.columns)
    assert {"values.png", "differences.png", "report.html"} <= {p.name for p in folder.iterdir()}


def test_compare_of_a_policy_with_itself_is_exactly_zero(elsewhere: Path) -> None:
    asmsim("compare", "five_ingredients", "five_ingredients", *FAST)
    table = pl.read_csv(next((elsewhere / "results/compare").glob("*/differences.csv")))
    assert table["mean"].abs().max() == 0
    assert set(table["verdict"]) == {"no clear difference"}


@pytest.mark.parametrize("what", ["contexts", "policies", "levers", "outcomes", "parameters", "handles", "evidence"])
def test_show_lists_what_there_is(what: str) -> None:
    rows = json.loads(asmsim("show", what, "--json").stdout)
    assert len(rows) > 1


def test_show_one_lever_gives_unit_range_and_source() -> None:
    rows = json.loads(asmsim("show", "levers", "market.buying_centres", "--json").stdout)
    siting = next(r for r in rows if r["field"] == "siting")
    assert siting["range or values"] == "most_gold, remote, named"
    assert siting["grade"] == "assumed"
    number = next(r for r in rows if r["field"] == "number")
    assert number["unit"] == "count"
    assert "MN185" in number["source"]


def test_show_one_policy_gives_every_dose() -> None:
    rows = {r["key"]: r for r in json.loads(asmsim("show", "policies", "mongolia_exit_2011", "--json").stdout)}
    assert rows["donor.programme.duration_years"]["value"] == "6.6"
    assert rows["market.buying_centres.fee"]["set by"] == "default"
    assert "events[0]" in rows


@pytest.mark.parametrize(
    ("what", "name"), [("parameters", "hurdle_median"), ("handles", "law.new_land"), ("evidence", "MN185")]
)
def test_an_exact_name_shows_that_one_alone(what: str, name: str) -> None:
    assert len(json.loads(asmsim("show", what, name, "--json").stdout)) == 1
    assert max(len(line) for line in asmsim("show", what, name).stdout.splitlines()) < 130


@pytest.mark.parametrize("name", ["null", "yes", "No", "true", "none", "inf", "class", "a-b", "1a", "é", "", "x" * 80])
def test_new_refuses_names_that_cannot_be_typed(elsewhere: Path, name: str) -> None:
    for what in ("policy", "lever"):
        with pytest.raises(ConfigError, match=r"choose another|a name is letters"):
            write_starter(what, name, Path("mine"))
    with pytest.raises(ConfigError, match=r"choose another|a name is letters"):
        write_country(name, Path("mine"), {})
    assert not Path("mine").exists()


def test_other_systems_are_told_where_it_runs() -> None:
    code = "import os; os.name = 'nt'; import asmsim"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "asmsim runs on Linux and macOS; on Windows" in done.stderr


def test_new_refuses_the_names_of_what_is_shipped(elsewhere: Path) -> None:
    for what, name in (("context", "mongolia"), ("policy", "five_ingredients")):
        assert "shipped" in asmsim("new", what, name, "--config-dir", "mine", code=2).stderr
    assert list(elsewhere.iterdir()) == []


def test_examples_in_the_starters_are_true(elsewhere: Path) -> None:
    asmsim("new", "context", "ghana", "--config-dir", "mine")
    asmsim("new", "policy", "pilot", "--config-dir", "mine")
    for path in (elsewhere / "mine").rglob("*.yaml"):
        lines = path.read_text().replace("events: []", "events:").splitlines()
        path.write_text("\n".join(line.replace("  # - {", "  - {") for line in lines))
    done = asmsim("run", "context=ghana", "--config-dir", "mine", "model.scale=100", "-n", "1")
    assert "0.0 % of miners are licensed" in done.stdout, "nobody is licensed where nothing is done"
    asmsim("run", "context=ghana", "policy=pilot", "--config-dir", "mine", "model.scale=100", "-n", "1")


def test_a_users_own_context_runs_from_the_starter(elsewhere: Path) -> None:
    asmsim("new", "context", "ghana", "--config-dir", "mine")
    asmsim("new", "policy", "pilot", "--config-dir", "mine")
    assert asmsim("new", "context", "ghana", "--config-dir", "mine", code=2).stderr.startswith("error: ")
    asmsim("run", "context=ghana", "policy=pilot", "--config-dir", "mine", "model.scale=50", "-n", "2")


def test_help_has_examples() -> None:
    for command in ("run", "compare", "show", "new"):
        assert "asmsim" in asmsim(command, "--help").stdout
