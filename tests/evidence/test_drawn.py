"""Draws of parameters laid on a scenario: chance and parameters are told apart, and come out the same again."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import asmsim
from asmsim.analysis.report import describe_sources
from asmsim.config.errors import ConfigError
from asmsim.evidence import posterior, priors
from asmsim.evidence.posterior import draw_for
from asmsim.model.scenarios import load_with_seeds, scenario
from asmsim.sweeps.draws import Draws, draw_seed, parameter_share, split_spread
from asmsim.sweeps.replicates import replicate
from tests.conftest import SMALL

DRAWS, N = 4, 2


@pytest.fixture(scope="module")
def drawn_run() -> asmsim.Replicates:
    return asmsim.run([*SMALL, "policy=five_ingredients"], N, posterior="prior", draws=DRAWS)


def test_chance_and_parameters_are_told_apart() -> None:
    rng = np.random.default_rng(5)
    values = np.repeat(rng.normal(0, 3.0, 2_000), 4) + rng.normal(0, 1.0, 8_000)
    chance, parameters = split_spread(values, 2_000)
    assert chance == pytest.approx(1.0, rel=0.05)
    assert parameters == pytest.approx(3.0, rel=0.05)
    assert parameter_share(values, 2_000) == pytest.approx(0.9, abs=0.02)
    assert parameter_share(rng.normal(0, 1.0, 8_000), 2_000) < 0.05, "chance alone is not taken for parameters"


def test_luck_is_not_taken_for_parameters_where_draws_are_all_alike() -> None:
    """Ten draws of the same values: with seeds shared by all draws, their means would agree by chance of the seeds."""
    made = scenario(*SMALL, "policy=five_ingredients")
    run = replicate(made, 3, drawn=Draws("alike", "", ({},) * 10))
    values = run.of("miners")[:, -12:].mean(1)
    assert len(np.unique(values)) == 30, "no two runs share their luck"
    chance, parameters = split_spread(values, 10)
    assert parameters < chance


def test_what_cannot_be_told_apart_is_not_said() -> None:
    assert np.isnan(split_spread(np.arange(8.0), 8)).all(), "one seed a draw"
    assert np.isnan(split_spread(np.arange(8.0), 0)[1])


def test_each_draw_runs_on_as_many_seeds_of_its_own(drawn_run: asmsim.Replicates) -> None:
    assert drawn_run.values.shape[0] == DRAWS * N == drawn_run.runs
    assert drawn_run.drawn is not None
    second = drawn_run.scenario.with_parameters(drawn_run.drawn.values[1])
    own = [draw_seed(seed, 1) for seed in range(1, N + 1)]
    assert replicate(second, own).values.tobytes() == drawn_run.values[N : 2 * N].tobytes()
    assert len(set(drawn_run.seeds_run)) == DRAWS * N
    series = drawn_run.series()
    assert series["seed"].n_unique() == DRAWS * N
    means = drawn_run.of("miners").reshape(DRAWS, N, -1).mean((1, 2))
    assert len(set(means.tolist())) == DRAWS, "draws differ"


def test_parameters_laid_on_a_scenario_lay_out_its_world_anew_where_they_decide_it() -> None:
    before = asmsim.scenario("model.scale=20")
    slots = before.world.slots
    assert before.with_parameters({"hurdle_median": 2.0}).world is before.world
    after = before.with_parameters({"crew_slots": before.behaviour["crew_slots"] + 2})
    assert (after.world.slots % int(after.behaviour["crew_slots"]) == 0).all()
    assert (after.world.slots != slots).any()


def test_tables_say_what_chance_and_parameters_add(drawn_run: asmsim.Replicates, tmp_path: Path) -> None:
    folder = asmsim.write(drawn_run, tmp_path)
    table = pl.read_csv(folder / "summary.csv")
    assert table.filter(pl.col("outcome") == "official_share")["parameter_sd"].null_count() == 0
    alone = asmsim.write(asmsim.run([*SMALL], 3), tmp_path)
    assert pl.read_csv(alone / "summary.csv")["parameter_sd"].null_count() == pl.read_csv(alone / "summary.csv").height
    assert "not knowing the behaviour parameters" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_resolved_scenario_draws_the_same_again(drawn_run: asmsim.Replicates, tmp_path: Path) -> None:
    folder = asmsim.write(drawn_run, tmp_path)
    made, seeds, told = load_with_seeds(folder / "scenario.yaml")
    assert told is not None
    again = draw_for(told["posterior"], told["draws"], made, told["sha256"])
    assert replicate(made, seeds or (), drawn=again).values.tobytes() == drawn_run.values.tobytes()
    with pytest.raises(ConfigError, match="not the same draws"):
        draw_for("prior", DRAWS, made, "0" * 16)


@pytest.mark.parametrize("told", [{"posterior": 5}, {"draws": "many"}, {"draws": 0}, {"draws": True}, {"draws": 10**9}])
def test_draws_that_a_file_asks_for_are_checked(told: dict[str, Any]) -> None:
    asked = {"posterior": "prior", "draws": 2} | told
    with pytest.raises(ConfigError, match="a name and a whole number"):
        draw_for(asked["posterior"], asked["draws"], scenario(*SMALL))


def test_what_the_user_sets_is_not_drawn() -> None:
    made = scenario(*SMALL, "parameters.taste_base=1.25")
    assert all("taste_base" not in draw for draw in draw_for("prior", 2, made).values)


def test_a_policy_against_itself_differs_by_exactly_zero_on_every_draw() -> None:
    same = [[*SMALL, "policy=five_ingredients"]] * 2
    found = asmsim.compare(same, 2, posterior="prior", draws=2)
    assert (found.runs[0].values == found.runs[1].values).all()
    assert found.runs[0].runs == 4


def test_what_parts_at_its_own_exit_is_told_at_the_first_date_after_it() -> None:
    """Else nothing would vary there, and the few seeds would be blamed."""
    long = [*SMALL, "policy=five_ingredients", "donor.programme.duration_years=2"]
    short = [*long[:-1], "donor.programme.duration_years=1"]
    done = asmsim.compare([long, short], N, posterior="prior", draws=DRAWS)
    assert done.dates(1)["exit"] == 12
    assert describe_sources(done, 1).startswith("How much of the variance")
    assert "(2010-12)" in describe_sources(done, 1)
    assert describe_sources(asmsim.compare([long, long], N, posterior="prior", draws=DRAWS), 1) == ""


def test_a_posterior_may_be_typed_among_overrides(drawn_run: asmsim.Replicates) -> None:
    for typed in (
        [*SMALL, "policy=five_ingredients", "posterior=prior"],
        " ".join([*SMALL, "policy=five_ingredients", "posterior=prior"]),
    ):
        run = asmsim.run(typed, N, draws=DRAWS)
        assert run.values.tobytes() == drawn_run.values.tobytes()
    assert asmsim.run([*SMALL, "posterior=none"], 1).draws == 0


def test_what_no_pattern_sees_is_as_it_was_believed_before() -> None:
    """Most parameters that are not fitted lie as their priors do, by their distance as if 60 draws were independent.

    Were the draws of few ancestors, a result that hangs on one of these parameters would hang on who they were.
    """
    believed, kept = priors.draw_priors(priors.HOME, 4096, 1), posterior.read_posterior("mongolia")[0]
    others = [name for name in believed if name in kept and name not in priors.list_fitted()]
    assert len(others) > 200
    distances = [stats.ks_2samp(kept[name], believed[name]).statistic for name in others]
    assert (stats.kstwobign.median() / np.median(distances)) ** 2 > 60
