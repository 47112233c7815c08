"""What the miner's decisions guarantee (run with the compiler off)."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asmsim.engine import rng
from asmsim.model import parameters
from asmsim.model.agents import miner_rules as m

P = parameters.make_records([{}], 10.0)[0]
unit = st.floats(0, 1)
money = st.floats(0.1, 1e5)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.5, 4), st.floats(0.8, 3))
def test_half_of_all_hurdles_lie_below_the_median(u: float, median: float, shape: float) -> None:
    assert (m.hurdle_months(u, median, shape) < median) == (u < 0.5) or u == 0.5


def test_hurdle_meets_the_formality_demand_curve() -> None:
    # W153-W154: about a fifth register for 0.5-1 month of profit, about half for two
    def share(months: float) -> float:
        drawn = (m.hurdle_months((k + 0.5) / 1000, P.hurdle_median, P.hurdle_shape) for k in range(1000))
        return sum(hurdle < months for hurdle in drawn) / 1000

    assert 0.10 <= 0.85 * (share(0.5) + share(1.0)) / 2 <= 0.25
    assert 0.45 <= 0.85 * share(2.0) <= 0.55  # with 0.15 who cannot register (W154)


@given(unit, unit, unit)
def test_trust_stays_between_none_and_full(trust: float, good: float, bad: float) -> None:
    assert 0 <= m.trust_after(trust, good, bad, P) <= 1


@given(st.floats(0.05, 0.95))
def test_a_bad_event_costs_more_trust_than_a_good_one_brings(trust: float) -> None:
    there_and_back = m.trust_after(m.trust_after(trust, 1, 0, P), 0, 1, P)
    assert there_and_back < trust or trust < 0.35


@given(unit, unit, unit)
def test_opinion_drifts_to_peers_but_never_past_them(trust: float, anchor: float, peers: float) -> None:
    after = m.trust_mixed(trust, anchor, peers, P)
    assert min(trust, anchor, peers) - 1e-12 <= after <= max(trust, anchor, peers) + 1e-12


@given(st.floats(0, 1), st.booleans())
def test_fear_of_a_raid_is_full_after_one_and_fades_to_the_floor(belief: float, near: bool) -> None:
    assert m.sanction_belief_after(belief, True, False, near, P) == 1.0
    assert m.sanction_belief_after(belief, False, True, near, P) >= P.belief_inspection
    for _ in range(400):
        belief = m.sanction_belief_after(belief, False, False, False, P)
    assert belief == P.belief_floor


@given(money, money)
def test_exit_is_likelier_the_shorter_income_falls(income: float, outside: float) -> None:
    assert m.exit_hazard(income, outside, P) >= m.exit_hazard(income * 1.1, outside, P)
    assert 0 <= m.exit_hazard(income, outside, P) <= 0.5


@given(st.floats(-500, 500), money, st.floats(-5, 5))
def test_a_recurring_gain_raises_the_utility_of_a_licence(worth: float, profit: float, taste: float) -> None:
    low = m.licence_utility(worth, -50.0, profit, taste)
    assert m.licence_utility(worth + 1, -50.0, profit, taste) > low


def test_threshold_rule_follows_peers_and_not_money() -> None:
    p = SimpleNamespace(status_rule=1.0, imitation_scale=0.8, imitation_services=0.1, hurdle_median=2.0)
    assert not m.wants_licence(100.0, 2.0, 0.1, 0.0, p)
    assert m.wants_licence(-100.0, 2.0, 0.5, 0.0, p)


@given(st.floats(-100, 100))
def test_logistic_is_symmetric(x: float) -> None:
    assert m.logistic(x) + m.logistic(-x) == pytest.approx(1.0)


@given(st.floats(0.1, 1.0))
def test_luck_has_mean_one_and_a_long_right_tail(sigma: float) -> None:
    key = rng.month_key(7, 1, 1)
    draws = sorted(m.luck(rng.bell(rng.slot_key(key, k), 0), sigma) for k in range(4000))
    assert sum(draws) / len(draws) == pytest.approx(1.0, abs=0.08)
    assert draws[2000] < 1.0 < draws[3900]
