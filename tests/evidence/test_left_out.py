"""An episode that is left out is predicted from the others, and scored beside three simple forecasts."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asmsim.analysis.left_out_page import (
    NOT_MADE,
    compose_left_out,
    describe_left_out,
    open_with_left_out,
    summarise_left_out,
    write_left_out,
)
from asmsim.config.errors import ConfigError
from asmsim.evidence.left_out import learn_factor, leave_one_out, measure_skill, tabulate_coverage, widen
from asmsim.evidence.nulls import (
    Normal,
    find_last,
    forecast_diffusion,
    forecast_nulls,
    forecast_persistence,
    forecast_wedge,
    measure_wedge,
    regress,
    wedge_of,
)
from asmsim.evidence.particle_table import list_targets, load_seen
from asmsim.evidence.scores import is_covered, score_draws, score_normal
from tests.evidence.test_particle_table import make_table, make_target


@pytest.mark.parametrize(("mean", "sd", "observed"), [(0.0, 1.0, 0.0), (1.0, 0.5, 2.0), (-3.0, 2.0, 1.0)])
def test_the_score_of_draws_is_that_of_the_normal_in_closed_form(mean: float, sd: float, observed: float) -> None:
    values = Normal(mean, sd).draws()
    weights = np.full(len(values), 1 / len(values))
    assert score_draws(values, weights, observed) == pytest.approx(score_normal(mean, sd, observed), rel=0.02)
    assert score_draws(np.array([2.0]), np.array([1.0]), 5.0) == 3.0, "a certain forecast has its distance"


def test_weights_count_in_a_score_as_copies_do() -> None:
    copies = score_draws(np.array([1.0, 1.0, 4.0]), np.full(3, 1 / 3), 2.0)
    assert score_draws(np.array([4.0, 1.0]), np.array([1.0, 2.0]), 2.0) == pytest.approx(copies)


def test_an_interval_covers_what_lies_in_it() -> None:
    values, weights = np.arange(100.0), np.full(100, 0.01)
    assert is_covered(values, weights, 30.0, 0.5)
    assert not is_covered(values, weights, 10.0, 0.5)
    assert is_covered(values, weights, 10.0, 0.9)


def test_regression_by_hand() -> None:
    """y = 2x through the origin at x = 1 and 2, nothing off it: the slope is 10/5.01; spread 1/sqrt(2) of the one point before."""
    found = regress(np.array([[1.0], [2.0]]), np.array([2.0, 4.0]), np.array([3.0]))
    slope = 10 / 5.01
    off = (2 - slope) ** 2 + (4 - 2 * slope) ** 2
    assert found.mean == pytest.approx(3 * slope)
    assert found.sd == pytest.approx(np.sqrt((off + 1) / 2 * (1 + 9 / 5.01)))


def test_diffusion_goes_on_along_its_line_of_log_odds() -> None:
    shares = [1 / (1 + np.exp(-odds)) for odds in (-4.0, -3.0, -2.0)]
    assert forecast_diffusion([0, 5, 10], shares, 15).mean == pytest.approx(-1.0, abs=0.1)


def test_sales_fall_by_one_elasticity_of_the_wedge() -> None:
    found = forecast_wedge([0.05, -0.05], [-1.0, 1.0], 0.10)
    assert found.mean == pytest.approx(-2.0, abs=0.01)


def test_persistence_has_the_spread_of_changes_that_were_seen() -> None:
    assert forecast_persistence([2.0, -1.0]) == Normal(0.0, pytest.approx(np.sqrt((4 + 1 + 1) / 3)))
    assert forecast_persistence([]).sd == 1.0


def test_the_window_takes_what_the_context_says() -> None:
    """The Philippines collect 7 % from 2011 on (W001): sales of 2012 against those of 2011."""
    targets = {t.name: t for t in list_targets(load_seen())}
    assert wedge_of(targets["V1 fall within four quarters"]) == pytest.approx(0.07)
    assert wedge_of(targets["V4 purchases of 2018 on 2017"]) == pytest.approx(0.0)
    pattern = targets["P3 in 2013"].pattern
    before, after = (pattern.statistics[n].measure for n in ("in 2013", "in 2014"))
    assert measure_wedge(pattern, before) > measure_wedge(pattern, after)


def test_nulls_forecast_what_they_are_about() -> None:
    targets = list_targets(load_seen())
    by = {t.name: t for t in targets}

    def nulls_of(name: str) -> set[str]:
        target = by[name]
        return set(forecast_nulls(target, [t for t in targets if t.episode != target.episode], targets))

    assert nulls_of("P1 in June 2017") == {"diffusion", "persistence"}
    assert nulls_of("V1 fall within four quarters") == {"wedge", "persistence"}
    assert nulls_of("V6a two months of profit") == {"persistence"}
    assert nulls_of("P7 gold of a miner") == set()
    last = find_last(by["P3 in 2018"], targets)
    assert last is not None
    assert last.name == "P3 in 2017"


def test_episodes_of_the_models_own_world_lie_in_their_intervals() -> None:
    """What is seen is a particle of the table: of thirty such, about nine in ten lie in the 90 % intervals."""
    table = make_table(600)
    covered = []
    for k in range(30):
        seen = [make_target(n, float(table.statistics[f"{n} s"][k])) for n in ("a", "b")]
        covered += leave_one_out(table, seen)["inside_90"].to_list()
    assert 0.8 <= np.mean(covered) <= 1.0
    with pytest.raises(ConfigError, match="two are needed"):
        leave_one_out(table, [make_target("a", 0.0)])


def test_the_models_own_error_is_learned_from_the_others_by_hand() -> None:
    assert learn_factor([0.1, 0.5]) == 1.0, "forecasts are never narrowed"
    assert learn_factor([1.0] * 9 + [3.0, 3.0, float("nan")]) == pytest.approx(3.0)
    wide = widen(np.array([1.0, 2.0, 4.0]), np.full(3, 1 / 3), 2.0)
    assert wide.tolist() == [0.0, 2.0, 6.0]


def make_found() -> pl.DataFrame:
    row = {
        "unit": "", "q05": 0.5, "q25": 0.8, "median": 1.0, "q75": 1.2, "q95": 2.0, "undefined": 0.0, "effective": 60.0,
        "factor": 2.0, "wide_50": True, "wide_90": True, "wide_score": 0.4, "diffusion": None, "wedge": 1.0, "persistence": 0.2,
    }  # fmt: skip
    rows = [
        {"episode": "V1", "statistic": "V1 a", "observed": 1.1, "inside_50": True, "inside_90": True, "score": 0.1},
        {"episode": "Z1", "statistic": "Z1 a", "observed": 9.0, "inside_50": False, "inside_90": False, "score": 0.9},
    ]
    return pl.DataFrame([r | row for r in rows], schema_overrides={"diffusion": pl.Float64})


def test_skill_and_coverage_by_hand() -> None:
    found = make_found()
    skill = measure_skill(found)
    assert skill["wedge"] == (pytest.approx(0.5), 2)
    assert skill["persistence"] == (pytest.approx(-1.5), 2)
    assert skill["diffusion"][1] == 0
    assert tabulate_coverage(found).to_dicts()[-1]["inside_90"] == 0.5


def test_the_paragraph_says_what_is_right_wrong_and_usable() -> None:
    text = summarise_left_out(make_found())
    assert "50% of 2 statistics lie in their 90 % intervals" in text
    assert "better than one elasticity" in text
    assert "no better than persistence (everything stays as it was)" in text
    assert "worst is Z1 a: 9 was seen, and 0.5 to 2 forecast" in text
    assert "not to forecast a country" in text
    held = make_found().with_columns(inside_90=pl.lit(True))
    assert "may be used as they stand" in summarise_left_out(held)
    assert "| all | 2 | 50% | 50% | 0.50 | 100% | 100% |" in compose_left_out(make_found())


def test_the_page_says_that_the_run_has_not_been_made_until_it_has(tmp_path: Path) -> None:
    assert open_with_left_out(tmp_path / "validation") == ["", NOT_MADE]
    assert describe_left_out(tmp_path / "validation") == []
    page = write_left_out(make_found(), tmp_path)
    assert page.read_text(encoding="utf-8").startswith("# Leave one episode out")
    assert open_with_left_out(tmp_path / "validation")[1] == summarise_left_out(make_found())
    section = describe_left_out(tmp_path / "validation")
    assert (tmp_path / "validation/left_out.png").is_file()
    assert any("validation/left_out.png" in line for line in section)
