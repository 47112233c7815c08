"""Levers, outcomes, designs and contexts from outside the package, without an edit, in forty lines each."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from asmsim.config.errors import ConfigError
from asmsim.config.plugins import load_plugin
from asmsim.model.own_outcomes import hold, outcome
from asmsim.sweeps.store.results import open_results

FAST = ("context=generic", "donor=none", "model.scale=100", "context.end=2008-12")
DESIGN = """
from pathlib import Path
from asmsim.extension import design

CONFIG_DIR = Path(__file__).parent / "configs"


@design("corners")
def corners(values, bounds, n, seed):
    return [{key: ends[side] for key, ends in bounds.items()} for side in (0, 1)]
"""


def asmsim(*typed: str, plugins: tuple[str, ...] = (), code: int = 0) -> subprocess.CompletedProcess[str]:
    named = [part for file in plugins for part in ("--plugins", file)]
    done = subprocess.run(
        [sys.executable, "-m", "asmsim", *named, *typed], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, done.stderr[-3000:]
    return done


@pytest.fixture
def own(elsewhere: Path) -> tuple[str, ...]:
    """Starters as `asmsim new` writes them, and a design with a folder of configs."""
    asmsim("new", "lever", "village_talks")
    asmsim("new", "outcome", "smuggled_ratio")
    (elsewhere / "designs.py").write_text(DESIGN, encoding="utf-8")
    policy = elsewhere / "configs/policy/talks.yaml"
    policy.parent.mkdir(parents=True)
    policy.write_text(
        "# @package _global_\n# Talks alone\npolicy: talks\nmarket: {village_talks: {visits: 4, funder: government}}\n",
        encoding="utf-8",
    )
    return ("my_configs/village_talks.py", "my_configs/smuggled_ratio.py", "designs.py")


@pytest.mark.parametrize("kind", ["lever", "outcome"])
def test_a_starter_is_at_most_forty_lines(kind: str) -> None:
    text = (files("asmsim.data") / f"starter_{kind}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40


def test_what_a_plugin_brings_is_shown_run_and_swept(own: tuple[str, ...], elsewhere: Path) -> None:
    assert "designs.py" in (shown := asmsim("show", "levers", plugins=own)).stderr
    assert "market.village_talks" in shown.stdout
    assert "smuggled_ratio_debt" in asmsim("show", "outcomes", "smuggled", plugins=own).stdout
    assert "Talks alone" in asmsim("show", "policies", plugins=own).stdout

    run = json.loads(asmsim("run", *FAST, "policy=talks", "-n", "2", "--json", plugins=own).stdout)
    series = pl.read_parquet(Path(run["folder"]) / "series.parquet")
    ratio = series["gold_smuggled"] / (1 + series["gold_official"])
    assert (series["smuggled_ratio"] - ratio).abs().max() < 1e-5
    assert series["smuggled_ratio_debt"].is_finite().all()

    varied = ("market.village_talks={funder: government}", "market.village_talks.visits=interval(0,6)")
    kept = ("--outcomes", "visits,smuggled_ratio,smuggled_ratio_debt", "-n", "2", "--workers", "2")
    asmsim("sweep", *FAST, *varied, "--design", "corners", *kept, plugins=own)
    (folder,) = (elsewhere / "results/sweeps").iterdir()
    visits = open_results(folder).of("visits")
    found = visits.group_by("market.village_talks.visits").agg(pl.col("value").mean()).sort("value")
    assert found["market.village_talks.visits"].to_list() == [0, 6]
    assert found["value"][1] > 2 * found["value"][0]

    compared = json.loads(asmsim("compare", "minimal_law", "talks", *FAST, "--json", "-n", "2", plugins=own).stdout)
    assert "smuggled_ratio" in {row["outcome"] for row in compared["results"]}


def test_an_experiment_of_ones_own_runs_from_a_starter_or_a_plugin(elsewhere: Path) -> None:
    asmsim("new", "experiment", "what_centres_add")
    folder = elsewhere / "my_configs/experiments"
    for path in (folder / "what_centres_add").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 40
    shown = asmsim("experiment", "run", "what_centres_add", "--quick", "--experiments", str(folder))
    assert "percentage points" in shown.stdout
    (elsewhere / "mine.py").write_text(f"EXPERIMENTS = {str(folder)!r}\n", encoding="utf-8")
    listed = asmsim("experiment", "list", "--experiments", "none", plugins=("mine.py",)).stdout
    assert "what_centres_add" in listed
    assert "not run" in listed
    assert (elsewhere / "results/what_centres_add-quick/gain.png").is_file()


def test_the_same_run_whether_or_not_somebody_looks(own: tuple[str, ...]) -> None:
    def numbers(plugins: tuple[str, ...]) -> pl.DataFrame:
        folder = json.loads(
            asmsim("run", *FAST, "-n", "1", "--json", "--out", f"r{len(plugins)}", plugins=plugins).stdout
        )
        return pl.read_parquet(Path(folder["folder"]) / "series.parquet")

    with_, without = numbers(own), numbers(())
    assert with_.select(without.columns).equals(without)


def test_faulty_plugins_are_one_clear_line(elsewhere: Path) -> None:
    Path("broken.py").write_text("1 / 0\n", encoding="utf-8")
    assert (
        "broken.py: its code fails (ZeroDivisionError"
        in asmsim("show", "levers", plugins=("broken.py",), code=2).stderr
    )
    assert "no such file" in asmsim("show", "levers", plugins=("none.py",), code=2).stderr


def test_a_plugin_that_comes_too_late_is_refused(elsewhere: Path) -> None:
    import asmsim.model.scenario  # noqa: F401

    Path("late.py").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="before the first scenario"):
        load_plugin("late.py")


def test_a_taken_name_is_refused() -> None:
    def miners(series: object) -> object:
        return series

    with pytest.raises(ConfigError, match="there is one of this name already"):
        outcome(unit="1", label="x", meaning="x")(miners)


def test_a_value_stands_until_the_next_look() -> None:
    nan = float("nan")
    assert hold(pl.Series([nan, 2.0, nan, 5.0, nan]).to_numpy()).tolist() == [2, 2, 2, 5, 5]
