"""The commands as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

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
    asmsim("run", "--scenario", str(folder / "scenario.yaml"), "-n", "3", "--out", "again")
    (again,) = (elsewhere / "again").iterdir()
    for name in ("scenario.yaml", "series.parquet", "summary.csv", "provenance.json", "report.html", "overview.svg"):
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_results_are_never_overwritten(elsewhere: Path) -> None:
    asmsim("run", *FAST)
    (folder,) = (elsewhere / "results/runs").iterdir()
    (folder / "summary.csv").write_text("mine")
    asmsim("run", *FAST)
    assert (folder / "summary.csv").read_text() == "mine"


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


@pytest.mark.parametrize("what", ["contexts", "policies", "levers", "outcomes", "parameters", "handles"])
def test_show_lists_what_there_is(what: str) -> None:
    rows = json.loads(asmsim("show", what, "--json").stdout)
    assert len(rows) > 1


def test_show_one_lever_gives_unit_range_and_source() -> None:
    rows = json.loads(asmsim("show", "levers", "market.buying_centres", "--json").stdout)
    number = next(r for r in rows if r["field"] == "number")
    assert number["unit"] == "count"
    assert "MN185" in number["source"]


def test_a_users_own_context_runs_from_the_starter(elsewhere: Path) -> None:
    asmsim("new", "context", "ghana", "--config-dir", "mine")
    asmsim("new", "policy", "pilot", "--config-dir", "mine")
    assert asmsim("new", "context", "ghana", "--config-dir", "mine", code=2).stderr.startswith("error: ")
    asmsim("run", "context=ghana", "policy=pilot", "--config-dir", "mine", "model.scale=50", "-n", "2")


def test_help_has_examples() -> None:
    for command in ("run", "compare", "show", "new"):
        assert "asmsim" in asmsim(command, "--help").stdout
