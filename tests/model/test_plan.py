"""The plan: several writers combine, events override, order in a file never matters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asmsim.config.errors import ConfigError
from asmsim.model.handles import H
from asmsim.model.outcomes import O
from asmsim.model.plan import first_difference, merge
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import prepare_run, simulate
from tests.conftest import SMALL

cells = st.lists(st.one_of(st.floats(0, 10), st.just(float("nan"))), min_size=4, max_size=4).map(np.array)


@given(st.sampled_from([h.combine for h in H if h.combine.name != "last"]), cells, cells, cells)
def test_writers_combine_in_any_order(how, a, b, c) -> None:
    left, right = merge(how, merge(how, a, b), c), merge(how, a, merge(how, c, b))
    np.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-300)  # below that, products are not associative


@given(st.sampled_from(list({h.combine: h for h in H}.values())), cells)
def test_who_writes_nothing_changes_nothing(handle, a) -> None:
    nothing = np.full(4, np.nan)
    np.testing.assert_array_equal(merge(handle.combine, a, nothing), a)
    np.testing.assert_array_equal(merge(handle.combine, nothing, a), a)


def test_events_set_scale_and_ramp_only_where_and_when_they_say() -> None:
    s = scenario(
        *SMALL, "policy=minimal_law",
        "events=[{from:2006-01,until:2007-01,set:{market.royalty:0.2},district:['District 03']},"
        "{from:2008-01,until:2009-01,scale:{market.royalty:2}},{from:2010-01,until:2011-01,ramp:{market.royalty:0.3}}]",
    )  # fmt: skip
    royalty = s.plan.base[:, :, H.royalty]
    t = {y: (y - 2000) * 12 for y in range(2000, 2014)}
    assert (royalty[t[2006] : t[2007], 2] == 0.2).all()
    assert (royalty[t[2006] : t[2007], 3] == 0.05).all()
    assert (royalty[t[2008] : t[2009]] == 0.1).all()
    assert (np.diff(royalty[t[2010] : t[2011], 0]) > 0).all()
    assert royalty[t[2011] :, 0] == pytest.approx(0.3)


def test_an_event_overrides_what_a_donor_funds() -> None:
    s = scenario(*SMALL, "policy=five_ingredients", "events=[{from:2008-01,set:{miners.rights_visits:0}}]")
    (row,) = [k for k, (_, h) in enumerate(s.plan.index) if h == H.rights_visits]
    assert np.isnan(s.plan.funded[row, 96:]).all()
    assert (s.plan.funded[row, 60:96] > 0).all()


def test_every_handle_stays_within_its_bounds(small: Scenario) -> None:
    for h in H:
        assert small.plan.base[:, :, h].min() >= h.low, h.path
        assert small.plan.base[:, :, h].max() <= h.high, h.path


def test_a_lever_left_out_leaves_every_handle_at_rest() -> None:
    s = scenario(*SMALL, "policy=none")
    written = {H.gold_price, H.outside_income, H.season, H.season_open, H.election, H.capital_hours, H.window_hours,
               H.royalty, H.turnover_share, H.drafting}  # fmt: skip
    for h in set(H) - written:
        assert (s.plan.base[:, :, h] == h.default).all(), h.path


def test_an_event_may_change_a_parameter_of_behaviour_by_date_and_place() -> None:
    s = scenario(
        *SMALL, "policy=minimal_law",
        "events=[{from:2006-01,until:2007-01,set:{parameters.smuggling_learned:0.9},province:['Province 1']},"
        "{from:2008-01,scale:{parameters.women_share:0.5}},{from:2010-01,until:2011-01,ramp:{parameters.fine:6}}]",
    )  # fmt: skip
    plan, t = s.plan, {y: (y - 2000) * 12 for y in range(2000, 2014)}
    inside = s.world.provinces.index("Province 1")
    outside = s.world.provinces.index("Province 2")
    value = lambda when, where, name: plan.rules[plan.which[when, where]][name]  # noqa: E731
    usual = s.behaviour
    assert value(t[2006], inside, "smuggling_learned") == 0.9
    assert (
        value(t[2006], outside, "smuggling_learned")
        == value(t[2007], inside, "smuggling_learned")
        == usual["smuggling_learned"]
    )
    assert value(t[2008], outside, "women_share") == 0.5 * usual["women_share"]
    assert value(t[2010], inside, "fine") < value(t[2010] + 6, inside, "fine") < value(t[2012], inside, "fine") == 6


def test_a_parameter_that_changes_by_date_changes_the_run_from_then_on(small: Scenario) -> None:
    change = "events=[{from:2008-01,set:{parameters.dig_cost:1.0},province:['Province 1']}]"
    other = scenario(*SMALL, "policy=five_ingredients", change)
    month = first_difference(small.plan, other.plan)
    a, b = simulate(small, 5), simulate(other, 5)
    assert month == 96
    assert a.out[:month].tobytes() == b.out[:month].tobytes()
    assert b.out[-1, O.miners] < a.out[-1, O.miners]


def test_an_event_overrides_what_donors_fund() -> None:
    visits = ("rights=rights_information", "rights.rights_information.reach=1", "donor=programme")
    for event in (
        "{from:2008-01,set:{miners.rights_visits:0}}",
        "{from:2008-01,until:2008-02,ramp:{miners.rights_visits:0}}",
    ):
        run = simulate(scenario(*SMALL, "policy=minimal_law", *visits, f"events=[{event}]"), 1)
        assert run.out[84:96, O.visits].min() > 0
        assert run.out[96:, O.visits].max() == 0


def test_scaling_a_multiplier_scales_it_once() -> None:
    keys = (*SMALL, "policy=five_ingredients", "context.end=2008-12")
    whole, half = (
        prepare_run(scenario(*keys, *more), 1) for more in ((), ("events=[{from:2006-01,scale:{land.plots:0.5}}]",))
    )
    for run in (whole, half):
        run.advance(0, 84)
    np.testing.assert_allclose(half.scratch.here.plots, 0.5 * whole.scratch.here.plots)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("{from:2008-01,set:{donor.budget:0},district:['District 01']}", "holds for the country"),
        ("{from:2008-01,set:{parameters.crew_slots:10}}", "cannot change by date"),
        ("{from:2008-01,set:{parameters.fine:99}}", "outside [0, 12]"),
        ("{from:2008-01,set:{parameters.fines:1}}", "did you mean 'fine'"),
        ("{from:2008-01,set:{law.in_force:0.5}}", "must be 0 or 1"),
    ],
)
def test_an_event_that_cannot_be_is_refused(event: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario(*SMALL, "policy=minimal_law", f"events=[{event}]")
    assert says in str(caught.value)


def test_series_stay_at_the_last_of_the_data_beyond_it() -> None:
    s = scenario("context.end=2030-12", "model.scale=100")
    for handle in (H.gold_price, H.outside_income):
        values = s.plan.base[:, 0, handle]
        end = (2023 - 2000) * 12
        assert (values[end:] == values[end - 1]).all()
        assert (values[: end - 1] != values[end - 1]).any()
    with pytest.raises(ConfigError, match="missing 2025-01"):
        scenario("context.end=2030-12", "context.data_until=2030-12")
