"""The plan: several writers combine, events override, order in a file never matters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asmsim.model.handles import H
from asmsim.model.plan import merge
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from tests.conftest import SMALL

cells = st.lists(st.one_of(st.floats(0, 10), st.just(float("nan"))), min_size=4, max_size=4).map(np.array)


@given(st.sampled_from([h.combine for h in H if h.combine.name != "last"]), cells, cells, cells)
def test_writers_combine_in_any_order(how, a, b, c) -> None:
    left, right = merge(how, merge(how, a, b), c), merge(how, a, merge(how, c, b))
    np.testing.assert_allclose(left, right, rtol=1e-12)


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
