"""What is not known is drawn; what belongs to one country stays there."""

import numpy as np
import pytest

from asmsim.evidence import posterior, priors
from asmsim.evidence.evaluate import apply_to_scenario
from asmsim.model.parameters import parameter_table
from asmsim.model.scenarios import scenario


def test_draws_lie_within_the_ranges_and_only_definitions_are_fixed() -> None:
    drawn = priors.draw_priors("mongolia", 64, 1)
    for name, values in drawn.items():
        assert len(np.unique(values)) > 32, f"{name} is not drawn"
        if not name.startswith(priors.SPREAD):
            row = parameter_table()[name.removeprefix(priors.MEDIAN)]
            assert row.low <= values.min() <= values.max() <= row.high, name
    definitions = {p.parameter for p in priors.read_priors() if p.kind == "definition"}
    assert set(parameter_table()) - set(drawn) == definitions - set(drawn)


def test_every_parameter_has_a_prior_of_its_own_with_a_reason() -> None:
    rows = priors.read_priors()
    assert all(p.reason for p in rows)
    assert {p.parameter for p in rows} == set(parameter_table())
    assert len({(p.parameter, p.where) for p in rows}) == len(rows), "one row for each parameter and place"
    assert {p.parameter for p in rows if p.kind == "definition"} == {p.parameter for p in rows if p.fixed}
    assert 12 <= len(priors.list_fitted()) <= 24


@pytest.mark.parametrize("prior", [p for p in priors.read_priors() if p.kind == "ignorance"], ids=lambda p: p.parameter)
def test_ignorance_spans_a_factor_of_four_or_a_third_of_the_interval(prior: priors.Prior) -> None:
    row = parameter_table()[prior.parameter]
    whole = prior.of_any_country() if prior.hierarchical else prior
    low, high = whole.of_uniform(np.array([0.05, 0.95]))
    assert (low > 0 and high / low >= 3.9) or high - low >= (row.high - row.low) / 3 * 0.999


def test_the_starting_value_lies_within_its_prior() -> None:
    for name, prior in priors.priors_of("peru").items():
        low, high = prior.of_uniform(np.array([0.0, 1.0]))
        assert low <= parameter_table()[name].value <= high, name


def test_a_country_is_drawn_from_the_median_and_the_spread_over_countries() -> None:
    draw = {"median.office_staff": 0.6, "spread.office_staff": 0.5, "office_staff": 9.0, "taste_base": 1.0}
    abroad = [d["office_staff"] for d in priors.draw_abroad([draw] * 512, "peru")]
    assert np.median(abroad) == pytest.approx(0.6, rel=0.02)
    assert np.std(np.log(abroad)) == pytest.approx(0.5, rel=0.05)
    assert priors.draw_abroad([draw], "mongolia") == [{"office_staff": 9.0, "taste_base": 1.0}], "home has its own"
    assert "office_staff" not in priors.apply_draw(draw, "peru", {"office_staff": 2.0}), "a country's own number wins"
    unknown = [d["office_staff"] for d in priors.draw_abroad([{}] * 512, "peru")]
    assert np.std(np.log(unknown)) > 0.55, "without a draw of the two steps both are unknown"
    known = {"median.office_staff", "spread.office_staff", "office_staff"}
    quantiles = priors.values_of_quantiles("peru", {name: np.array([0.5]) for name in known})
    assert quantiles["office_staff"] == pytest.approx(quantiles["median.office_staff"])


def test_a_countrys_own_parameters_stay_at_home_and_facts_win() -> None:
    draw = {"smuggling_cost": 0.08, "exit_slope_pp": 1.0, "secure_land_share": 0.4}
    facts = {"smuggling_cost": 0.07, "secure_land_share": 0.5}
    assert priors.apply_draw(draw, "mongolia", facts) == {"smuggling_cost": 0.08, "exit_slope_pp": 1.0}
    abroad = priors.draw_abroad([draw] * 8, "peru")
    costs = {d["smuggling_cost"] for d in abroad}
    assert len(costs) == 8, "what belongs to a country is drawn there"
    assert 0.08 not in costs
    assert all(d["exit_slope_pp"] == 1.0 for d in abroad), "behaviour is carried along"
    assert "secure_land_share" not in priors.apply_draw(abroad[0], "peru", {"secure_land_share": 0.07})
    assert len({d["secure_land_share"] for d in priors.draw_abroad([draw] * 8, "trial")}) == 8


def test_what_was_fitted_on_the_trial_too_holds_there_alone() -> None:
    draw = {"hurdle_median": 2.0, "secure_land_share": 0.4, "trial.secure_land_share": 0.93}
    there = priors.draw_abroad([draw], "trial")[0]
    assert (there["hurdle_median"], there["secure_land_share"]) == (2.0, 0.93)
    assert priors.draw_abroad([draw], "mongolia")[0] == {"hurdle_median": 2.0, "secure_land_share": 0.4}
    assert "trial.secure_land_share" not in priors.draw_abroad([draw], "peru")[0]


def test_fitted_behaviour_is_carried_where_a_context_only_starts_from_another_value() -> None:
    assert priors.apply_draw({"taste_base": 0.3}, "generic", {"taste_base": 1.5}) == {"taste_base": 0.3}
    trial = scenario("context=trial", "policy=trial")
    assert apply_to_scenario(trial, {"taste_base": 0.3}).parameters["taste_base"] == 0.0, "the trial's design stays"


def test_quantiles_of_a_prior_cut_to_the_range_stay_inside() -> None:
    prior = priors.Prior("smuggling_cost", "normal", 0.0, 0.5, False, "", "test")
    row = parameter_table()["smuggling_cost"]
    values = prior.of_uniform(np.array([1e-9, 0.5, 1 - 1e-9]))
    assert row.low <= values.min() <= values.max() <= row.high
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize("number", [3, 10, 40])
def test_resampling_follows_the_weights(number: int) -> None:
    weights = np.array([0.5, 0.25, 0.25, 0.0])
    rows = np.array(posterior.resample(weights, number, np.random.default_rng(1)))
    for k, weight in enumerate(weights):
        assert abs((rows == k).sum() - weight * number) <= 1


@pytest.mark.parametrize(
    ("distribution", "a", "b"), [("normal", 0.08, 0.015), ("lognormal", 0.05, 0.4), ("loguniform", 0.01, 0.3)]
)
def test_quantiles_are_those_of_scipy(distribution: str, a: float, b: float) -> None:
    prior = priors.Prior("smuggling_cost", distribution, a, b, False, "", "test")
    row, u = parameter_table()["smuggling_cost"], np.linspace(0.001, 0.999, 41)
    scipy_has = prior.frozen()
    low, high = scipy_has.cdf([row.low, row.high])
    assert prior.of_uniform(u) == pytest.approx(scipy_has.ppf(low + u * (high - low)), rel=1e-9)
