"""Undefined is undefined: a share of nobody is no 0 %, no infinite number passes, and a world of nobody is refused."""

import json
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asmsim.analysis.paired import compare
from asmsim.analysis.questions import find_boxes, tabulate_gains
from asmsim.analysis.results_folder import write_comparison, write_run
from asmsim.analysis.summary import measure_pathways, summarise
from asmsim.analysis.sweep_figure import write_figure
from asmsim.analysis.sweeps import list_records
from asmsim.config.errors import ConfigError
from asmsim.model.defined import UndefinedError, finish_outcomes
from asmsim.model.means import mean_defined
from asmsim.model.model import FormalisationModel
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import list_outcomes
from asmsim.model.pathway import classify, trailing_mean
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate
from asmsim.sweeps.api import sweep
from asmsim.sweeps.replicates import replicate
from asmsim.sweeps.store.export import export_results

NAMES = [o.name for o in list_outcomes()]
# Nobody is there at the start, and nobody comes.
EMPTY = ["context=generic", "policy=none", "model.scale=20", "context.population.at_start=0", "context.start=2005-01"]
EMPTY += ["context.end=2007-12", "parameters.entry_base=0"]


def empty_world() -> Scenario:
    return scenario(*EMPTY)


def test_a_world_of_nobody_is_refused() -> None:
    few = ["context.population.miners=1", "context.population.low=1", "context.population.high=2"]
    for typed in (["model.scale=100000"], ["model.scale=10000", "context.districts.number=300"], few):
        with pytest.raises(ConfigError, match="nobody would be simulated"):
            scenario("context=generic", *typed)


def test_shares_of_nobody_are_undefined_everywhere(tmp_path: Path) -> None:
    made = empty_world()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        run = replicate(made, 2)
        assert not run.of("miners").any()
        for name in ("licensed_share", "trust", "official_share", "income_median", "women_share"):
            assert np.isnan(run.of(name)).all(), name
            assert run.series()[name].null_count() == run.series().height
        for name in ("licensed", "gold_mined", "cost_government", "will"):
            assert np.isfinite(run.of(name)).all(), name
        assert run.pathways == [None, None]
        assert measure_pathways(run) == {}
        table = summarise(run).filter(pl.col("outcome") == "licensed_share")
        assert table.select("mean", "q05", "q50").null_count().row(0) == (table.height,) * 3
        folder = write_run(run, tmp_path)
        both = write_comparison(compare([made, made.replace("name", "other")], 2), tmp_path)
    rows = json.loads((folder / "summary.json").read_text(), parse_constant=pytest.fail)["rows"]
    assert {row["mean"] for row in rows if row["outcome"] == "trust"} == {None}
    rows = json.loads((both / "differences.json").read_text(), parse_constant=pytest.fail)
    assert {row["verdict"] for row in rows if row["outcome"] == "trust"} == {"undefined, as nobody mines"}
    assert "nobody mines" in (folder / "report.html").read_text()


def test_shares_of_nobody_are_null_in_sweeps(tmp_path: Path) -> None:
    found = sweep(*EMPTY, "context.population.slots=1.5,2", seeds=2, workers=0, out=tmp_path, keep="both")
    assert found.status["ok"] == 4
    for table in (found.summary.collect(), found.series.collect()):
        assert table["trust"].null_count() == table.height
        assert table["licensed"].null_count() == 0
    assert found.runs.collect()["pathway"].null_count() == 4
    for ending in ("csv", "nc", "parquet"):
        export_results(found, "summary", tmp_path / f"table.{ending}")
    assert pl.read_csv(tmp_path / "table.csv")["trust"].null_count() == found.summary.collect().height


def test_a_mesa_model_says_the_same() -> None:
    model = FormalisationModel(empty_world())
    model.step()
    assert np.isnan(model.licensed_share)
    assert model.outcomes["trust"].null_count() == 1
    assert model.outcomes["miners"].to_list() == [0.0]


def test_nothing_changes_where_people_mine(small: Scenario) -> None:
    values = simulate(small, 1).reported
    assert finish_outcomes(values, NAMES) is values


def test_what_is_undefined_is_left_out_of_means() -> None:
    gap = np.array([1.0, np.nan, 3.0, np.nan])
    assert mean_defined(gap[:, None], 0) == [2.0]
    assert trailing_mean(gap, 2).tolist() == [1.0, 1.0, 3.0, 3.0]
    assert np.isnan(trailing_mean(np.full(3, np.nan))).all()
    share = np.r_[np.full(24, np.nan), np.full(60, 0.4)]
    assert classify(share, share * 0, share * 0) == classify(share[24:], share[24:] * 0, share[24:] * 0) == "take-off"
    assert classify(share[::-1][:40] * np.nan, share[:40], share[:40]) is None


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("outcome", [O.trust, O.miners, O.cost_donor])
def test_what_is_not_finite_is_refused(wrong: float, outcome: O, small: Scenario) -> None:
    values = simulate(small, 1).reported.copy()
    values[7, outcome] = wrong
    with pytest.raises(UndefinedError, match=f"{outcome.name} is not finite"):
        finish_outcomes(values, NAMES)


def test_questions_say_that_an_outcome_is_undefined(tmp_path: Path) -> None:
    typed = [text for text in EMPTY if not text.startswith("parameters.")]
    found = sweep(*typed, "parameters.entry_base=0,0.05", seeds=8, workers=0, out=tmp_path, keep="both")
    against = {"parameters.entry_base": "0.05"}
    for date in ("horizon", "2007-12"):
        with pytest.raises(ConfigError, match="trust: undefined in 8 of 16 runs"):
            tabulate_gains(found, "trust", date, against)
        assert tabulate_gains(found, "licensed", date, against).height == 1
    for where in ("trust<0.9", "pathway=reversal"):
        with pytest.raises(ConfigError, match=r"to tell them by|too few|no run has it"):
            find_boxes(found, where)
    assert {record["value"]: record["trust"]["q50"] for record in list_records(found) if "trust" in record}["0"] is None
    assert write_figure(found, tmp_path) is not None
