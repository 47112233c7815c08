"""Numbers at their bounds: rates above one, the date line, values through a posterior; nothing leaves its range."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asmsim.config.errors import ConfigError
from asmsim.evidence.posterior import draw_for, read_posterior
from asmsim.model.defined import finish_outcomes
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import list_outcomes
from asmsim.model.parameters import parameter_table
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, simulate

FULL = "{state.exchange: 1, state.procedure_training: 1, state.engagement: 1, land.holder_consent: 1}"
NAMES = [o.name for o in list_outcomes()]
FROM_0_TO_1 = [o for o in O if o.unit == "share" and o not in (O.price_received, O.trader_price)]
FROM_0_TO_1 += [O.trust, O.will, O.stigma_local, O.stigma_national, O.credibility, O.federation, O.office_knowledge]
FROM_0_TO_1 += [O.office_attitude, O.project_capacity, O.local_capacity]


@pytest.fixture(scope="module")
def full() -> Scenario:
    """A country in which all that teaches is at its most."""
    typed = ["context=generic", "policy=five_ingredients", "model.scale=200", "context.end=2019-12"]
    return scenario(*typed, f"events=[{{from: 2006-01, set: {FULL}}}]")


def check_ranges(run: Run) -> None:
    values = finish_outcomes(run.reported, NAMES)
    for o in FROM_0_TO_1:
        known = values[~np.isnan(values[:, o]), o]
        assert ((known >= -1e-9) & (known <= 1 + 1e-9)).all(), o.name
    state = run.state
    for rows, names in (
        (state.offices, ("knowledge", "jobs", "duty", "attitude")),
        (state.ministries, ("knowledge", "will")),
        (state.holders, ("consent", "guards_trained")),
        (state.donors, ("project_capacity", "local_capacity")),
    ):
        for name in names:
            assert rows[name].min() >= -1e-9, name
            assert rows[name].max() <= 1 + 1e-9, name


@pytest.mark.parametrize(
    "values",
    [
        {"exit_months": 0.5},
        {"exchange_teaches": 1.0},
        {"exchange_teaches": 1.0, "will_learns": 1.0},
        {"consent_fades": 0.5, "consent_stigma": 10.0, "stigma_start": 1.0},
        {"team_months": 1.0, "habit_months": 1.0, "exit_months": 0.5},
    ],
)
def test_rates_above_one_leave_nothing_out_of_range(values: dict[str, float], full: Scenario) -> None:
    check_ranges(simulate(full.with_parameters(values), 1))


@pytest.mark.parametrize("seed", range(12))
def test_many_parameters_at_bounds_leave_nothing_out_of_range(seed: int, full: Scenario) -> None:
    rng = np.random.default_rng(seed)
    rows = parameter_table().values()
    values = {r.name: (r.low, r.high)[rng.integers(2)] for r in rows if rng.random() < 0.3}
    check_ranges(simulate(full.with_parameters(values), seed))


@pytest.mark.parametrize(
    "where", [("lon", 180), ("lon", -180), ("lat", 80), ("lat", -80), ("span_km", 10_000), ("number", 1)]
)
def test_a_made_up_country_may_lie_anywhere(where: tuple[str, float]) -> None:
    typed = ["context=generic", "policy=none", "model.scale=200", "context.end=2006-12"]
    made = scenario(*typed, f"context.districts.{where[0]}={where[1]}", "context.districts.span_km=5000")
    assert np.abs(made.world.lon).max() <= 180
    assert np.abs(made.world.lat).max() <= 90
    check_ranges(simulate(made, 1))


def test_the_date_line_parts_no_neighbours() -> None:
    def near(lon: float) -> list[list[int]]:
        made = scenario("context=generic", f"context.districts.lon={lon}", f"context.capital.lon={lon}")
        rows: list[list[int]] = made.world.near.tolist()
        return rows

    assert near(180) == near(0)


@pytest.mark.parametrize("wrong", [0.0, -1.0, 61.0, float("nan"), float("inf"), None])
def test_a_posterior_keeps_to_the_bounds(wrong: float | None, tmp_path: Path) -> None:
    path = tmp_path / "own [1].parquet"
    pl.DataFrame({"habit_months": [12.0, wrong], "weight": [1.0, 1.0]}).write_parquet(path)
    with pytest.raises(ConfigError, match="habit_months"):
        read_posterior(str(path))
    with pytest.raises(ConfigError, match="habit_months"):
        draw_for(str(path), 2, scenario("context=generic", "policy=none"))


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0], ["a", "b"], [float("nan"), 1.0]])
def test_a_posterior_has_weights(weights: list[object], tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    pl.DataFrame({"habit_months": [12.0, 13.0], "weight": weights}).write_parquet(path)
    with pytest.raises(ConfigError, match="weight"):
        read_posterior(str(path))
