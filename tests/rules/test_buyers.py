"""Buyers and donor against numbers worked out by hand: exits, prices, stock, the programme (M13, M14, M17, M18)."""

import math
from typing import Any

import numpy as np
import pytest

from asmsim.model.agents import buyer, donor
from asmsim.model.agents.miner_rules import logistic
from asmsim.model.handles import LAST, MAX, PRODUCT, SUM, H
from asmsim.model.state import BUYERS_TABLE, NATION, PLACES, TRADERS, Orders
from tests.rules.rows import Draws, here, params, row
from tests.rules.worlds import World, world

P = params(
    scale=10, capital_cost=0.006, smuggling_cost=0.035, smuggling_cost_sigma=0.5, smuggling_cost_sd=0.01, smuggling_learned=0.3,
    smuggling_gain=0.06, origin_enforced=0.5, smuggling_forget=0.02, leave_rate=0.5, exit_slope_pp=1.1, back_rate=0.05, back_accredited=0.8, trade_cost=0.01,
    trade_cost_hour=0.0008, market_power=0.06, lot_small=3, lot_middling=12, lot_large=35, road_risk=0.001, closure_pp=2, stock_months=3,
    papers_lapse=0.04, ties_gain=0.03, money_days=20, funds_return=0.6, tie_discount=0.05, reservation_price=0.5, closure_discount=0.3, delay_cost=0.1, window_known=0.05, centre_hours=0.1,
    hours_a_month=200, sale_slope=40, usual_months=6, centre_months=24, centre_patience=0.1, team_months=12, exit_months=2,
    transfer=0.08, local_forgetting=0.008, hub_keeps=0.8, poaching=0.005, cycle_gain=0.35, interruption_loss=0.03, learned_start=0.5,
    crowding_out=0.3, absorbed_per_office=3000, reallocation=0.5, overhead_share=0.3, at_work=0.05,
)  # fmt: skip
CLOSE = 1e-9
WINDOW = {
    "gold_price": 50.0, "royalty": 0.05, "window_taxes": 0.04, "windfall_rate": 0.6, "windfall_threshold": 45.0, "window_fee": 0.01,
    "window_papers": 0.005, "window_days": 15.0, "window_price": 0.99, "exchange_rate": 0.95,
}  # fmt: skip
TAXES = 0.05 + 0.04 + 0.6 * (1 - 45 / 50)  # royalty, taxes, windfall: 15 %
OFFICIAL_NET = 0.99 * 0.95 * (1 - TAXES - 0.01) - 0.005 - 0.006 * 15 / 30


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    return Draws(monkeypatch, buyer)


def test_what_the_window_leaves() -> None:
    terms = here(**WINDOW)
    assert buyer.windfall_share(50.0, 45.0, 0.6) == pytest.approx(0.06)
    assert buyer.windfall_share(40.0, 45.0, 0.6) == 0.0
    assert buyer.taxes_at_window(terms) == pytest.approx(TAXES)
    assert buyer.window_net(terms, P) == pytest.approx(OFFICIAL_NET)


def test_smuggling() -> None:
    assert buyer.smuggling_cost(0.4, P) == pytest.approx(0.035 * math.exp(0.2) + 0.004)
    assert buyer.smuggling_cost(-99.0, P) == 0.003
    assert buyer.smuggling_cost(99.0, P) == 0.8
    cost = 0.04 * 1.5 * (1 - 0.3 * 0.5)
    assert buyer.smuggling_net(0.04, 0.5, here(border_control=1.5), P) == pytest.approx(1 - cost)
    found = buyer.smuggling_net(0.04, 0.5, here(border_control=1.5, trader_risk=0.02, smuggling_premium=0.09), P)
    assert found == pytest.approx(1 - cost - 0.02 + 0.09)
    assert buyer.smuggling_skill_after(0.5, 1.0, P) == pytest.approx(0.5 + 0.06 * 0.5)
    assert buyer.smuggling_skill_after(0.5, 0.25, P) == pytest.approx(0.5 + 0.25 * 0.03 - 0.75 * 0.01)


@pytest.mark.parametrize(
    ("advantage", "most", "goal"), [(2.0, 1.0, 1 / (1 + math.exp(-2.2))), (2.0, 0.3, 0.3), (-99.0, 1.0, 0.0)]
)
def test_split_that_a_trader_aims_at(advantage: float, most: float, goal: float) -> None:
    assert buyer.window_goal(advantage, most, P) == pytest.approx(goal, abs=1e-15)


@pytest.mark.parametrize(
    ("days", "asked", "legal", "most"),
    [
        (5.0, 0.0, 0.0, 1.0),
        (0.0, 0.0, 0.0, 1.0),
        (40.0, 0.0, 0.0, 0.5),
        (5.0, 0.8, 0.25, 1 - 0.8 * 0.5 * 0.75),
        (40.0, 1.0, 0.1, 0.275),
    ],
)
def test_money_and_proof_of_origin_bound_what_goes_to_the_window(
    days: float, asked: float, legal: float, most: float
) -> None:
    # money for 20 days of purchases: of what is paid for after 40, half can go there
    assert buyer.most_at_window(days, asked, legal, P) == pytest.approx(most)


@pytest.mark.parametrize(
    ("share", "goal", "ties", "credible", "after"),
    [
        (0.8, 0.2, 1.0, 0.3, 0.8 - 0.5 * 0.6),  # leaving takes half of the way a month, whatever is believed
        (0.2, 0.8, 0.0, 1.0, 0.2 + 0.05 * 0.6),
        (0.2, 0.8, 1.0, 1.0, 0.2 + 0.8 * 0.6),
        (0.2, 0.8, 0.4, 0.5, 0.2 + (0.05 + 0.75 * 0.4**2) * 0.5 * 0.6),
    ],
)
def test_leaving_takes_weeks_and_coming_back_ties_and_belief(
    share: float, goal: float, ties: float, credible: float, after: float
) -> None:
    assert buyer.window_share_after(share, goal, ties, credible, P) == pytest.approx(after)


def test_ties_are_renewed_in_use_and_lapse_in_disuse() -> None:
    assert buyer.ties_after(0.5, 0.75, P) == pytest.approx(0.5 + 0.03 * 0.75 * 0.5 - 0.04 * 0.25 * 0.5)


@pytest.mark.parametrize(
    ("funds", "closed", "after"), [(1.0, 0.7, 0.3), (0.3, 0.0, 0.3 + 0.6 * 0.7), (0.3, 0.5, 0.3 + 0.6 * 0.2)]
)
def test_buyers_and_their_money_go_at_once_and_come_back_over_months(funds: float, closed: float, after: float) -> None:
    assert buyer.funds_after(funds, closed, P) == pytest.approx(after)


def test_pay_in_local_money() -> None:
    assert buyer.paid_in_kind(0.45, 0.6) == pytest.approx(0.55 + 0.45 * 0.6)
    assert buyer.paid_in_kind(1.0, 0.95) == 0.95


def test_margins_and_carrying() -> None:
    assert buyer.trader_margin(5.0, 2.0, P) == pytest.approx(0.01 + 0.004 + 0.03)
    assert buyer.trader_margin(5.0, 0.5, P) == pytest.approx(0.01 + 0.004 + 0.06), "one buyer at least"
    assert [buyer.lot_grams(k, P) for k in range(3)] == [3, 12, 35]
    assert buyer.carrying_cost(4.0, 0.75, 150.0, P) == pytest.approx(2 * 4 * 0.75 / 150 + 0.004)
    assert buyer.carrying_cost(4.0, 0.75, 0.5, P) == pytest.approx(6 + 0.004)


# official 0.93; smuggled 1 - 0.05 x 1.2 x (1 - 0.3 x 0.5) = 0.949; advantage -1.9 points, less 2 x 0.25 for closed routes
SMUGGLED_NET = 1 - 0.05 * 1.2 * (1 - 0.3 * 0.5)
ADVANTAGE = 100 * (0.93 - SMUGGLED_NET) - 2 * 0.25


TERMS = here(border_control=1.2, pandemic_closure=0.25)
GOAL = logistic(1.1 * ADVANTAGE)


def make_trader(**values: Any) -> Any:
    """A trader who has smuggled before."""
    return row(
        BUYERS_TABLE, **({"smuggling_cost": 0.05, "smuggling_skill": 0.5, "usual_g": 100.0, "present": 1} | values)
    )


@pytest.mark.parametrize(("official", "ties", "rate"), [(0.9, 0.5, 0.5), (0.01, 0.5, (0.05 + 0.75 * 0.5**2) * 0.8)])
def test_a_trader_splits_its_gold_and_learns_by_it(official: float, ties: float, rate: float) -> None:
    one = make_trader(official=official, ties=ties)
    buyer.choose_split(one, 0.93, -1.0, 1.0, 0.8, TERMS, P)
    share = official + rate * (GOAL - official)
    assert one.official == pytest.approx(share)
    assert one.ties == pytest.approx(ties + 0.03 * share * (1 - ties) - 0.04 * (1 - share) * ties)
    assert one.smuggling_skill == pytest.approx(0.5 + 0.06 * (1 - share) * 0.5 - 0.02 * share * 0.5)
    assert one.worth == pytest.approx(share * 0.93 + (1 - share) * SMUGGLED_NET)
    assert one.holding == 0


def test_what_a_caught_smuggler_loses_speaks_for_the_window() -> None:
    one = make_trader(official=0.0)
    buyer.choose_split(one, 0.93, -1.0, 1.0, 1.0, here(border_control=1.2, pandemic_closure=0.25, trader_risk=0.04), P)
    assert one.official == pytest.approx(0.05 * logistic(1.1 * (ADVANTAGE + 4)))
    assert one.worth == pytest.approx(one.official * 0.93 + (1 - one.official) * (SMUGGLED_NET - 0.04))


@pytest.mark.parametrize(
    ("hoped", "patient", "ties", "stock", "waits", "holds"),
    [
        (0.95, 1, 0.51, 299.0, True, 1),
        (0.95, 1, 0.51, 301.0, True, 0),
        (0.94, 1, 0.51, 0.0, False, 0),
        (0.95, 0, 0.51, 0.0, False, 0),
        (0.95, 1, 0.49, 0.0, False, 0),
    ],
)
def test_a_patient_trader_waits_for_a_better_royalty(
    hoped: float, patient: int, ties: float, stock: float, waits: bool, holds: int
) -> None:
    one = make_trader(official=0.9, patient=patient, ties=ties, stock_g=stock)
    buyer.choose_split(one, 0.93, hoped, 1.0, 1.0, TERMS, P)
    assert one.official == pytest.approx(0.9 if waits else 0.9 + 0.5 * (GOAL - 0.9))
    assert one.holding == holds


# --- prices of the month ----------------------------------------------------------------------
def make_market(**values: Any) -> World:
    """A district with two traders and a centre, 5 hours from the capital."""
    terms = WINDOW | {
        "capital_hours": 5.0, "window_hours": 4.0, "centre_open": 0.8, "centre_price": 0.98, "centre_fee": 0.02, "centre_days": 6.0,
        "centre_cash": 8000.0, "supply_chain": 0.3, "certified_premium": 5000.0, "certified_demand": 2.0, "border_control": 1.2,
    }  # fmt: skip
    one = {"present": 1, "official": 0.6, "smuggling_cost": 0.05, "ties": 0.9}
    return world(
        buyers=[one, one | {"official": 0.1, "smuggling_cost": 0.02}, {}, {"served": 0.9, "overdrawn": 120.0}, {}],
        places={"centre_alive": 0.7, "outside": 150.0, "funds": 0.8, "licensed_share": 0.25}, here=terms | values,
        nation={"certified_kg": 1.9, "credibility": 0.7},
    )  # fmt: skip


def test_traders_post_what_their_split_leaves() -> None:
    w = make_market(other_traders=1.0, origin_asked=0.4, local_pay=0.5)
    buyer.buyers_month(w.st, w.sc, [P])
    margin = 0.01 + 0.0008 * 5 + 0.06 / (3 + 0.7 * 0.8)  # three traders and a centre that is open 80 % and kept up 70 %
    funds = 0.8 + 0.6 * 0.2
    net = 0.99 * (0.5 + 0.5 * 0.95) * (1 - TAXES - 0.01) - 0.005 - 0.006 * 15 / 30
    for k, (before, cost) in enumerate(((0.6, 0.05), (0.1, 0.02))):
        goal = min(1 - 0.4 * 0.75, logistic(1.1 * 100 * (net - (1 - cost * 1.2))))
        share = before + (0.5 if goal < before else (0.05 + 0.75 * 0.9) * 0.7) * (goal - before)
        worth = share * net + (1 - share) * (1 - cost * 1.2)
        assert w.st.buyers[k].price == pytest.approx(worth * (1 - margin) * (1 - 0.3 * (1 - funds)))
        assert w.st.buyers[k].margin == pytest.approx(margin)
    assert w.st.places[0].funds == pytest.approx(funds)
    assert w.st.buyers[2].price == 0.0


@pytest.mark.parametrize(("price", "exports"), [(1.0, 1), (0.8, 0), (0.0, 0)])
def test_traders_export_under_licence_where_that_pays_more_than_the_window(price: float, exports: int) -> None:
    w = make_market(export_price=price, export_tax=0.04)
    assert buyer.export_net(w.sc.here[0], P) == pytest.approx(price * 0.96 - 0.005 if price else -1.0)
    buyer.buyers_month(w.st, w.sc, [P])
    assert w.st.places[0].exports == exports
    goal = logistic(1.1 * 100 * (0.955 - (1 - 0.05 * 1.2)))
    if exports:
        assert w.st.buyers[0].official == pytest.approx(0.6 + (0.05 + 0.75 * 0.9**2) * 0.7 * (goal - 0.6))
    w.st.buyers[0].official, w.st.buyers[0].holding, w.sc.tallies[0].trader_0 = 0.6, 0, 10.0
    w.st.buyers[1].official = 0.0
    buyer.settle_buyers(w.st, w.sc, [P])
    flows = w.sc.flows[0]
    assert (flows.exported_g, flows.official_g) == ((6.0, 0.0) if exports else (0.0, 6.0))
    assert flows.smuggled_g == pytest.approx(4.0)


@pytest.mark.parametrize(("price", "bounded"), [(1.0, False), (0.0, True)])
def test_money_that_waits_for_the_windows_pay_does_not_bound_export(price: float, bounded: bool) -> None:
    w = make_market(export_price=price, window_days=2000.0, border_control=15.0)  # all that can be sold officially pays
    w.st.buyers[0].official = 0.0
    buyer.buyers_month(w.st, w.sc, [P])
    assert (w.st.buyers[0].official < 0.02) == bounded


def test_closed_routes_lower_prices_down_from_the_reserve() -> None:
    w = make_market(pandemic_closure=0.5, window_price=0.2, border_control=15.0)
    buyer.buyers_month(w.st, w.sc, [P])
    assert w.st.buyers[0].price == pytest.approx(0.5 * (1 - 0.3 * 0.5))


@pytest.mark.parametrize(("expected", "waits"), [(0.0, 1), (0.04, 0), (-1.0, 0)])
def test_traders_wait_for_the_royalty_that_is_hoped_for(expected: float, waits: int) -> None:
    # royalty of 5 % gone in three months: 5 points more, less 3 x 0.6 points of capital, beat smuggling if not over 0.03 better
    terms = {"expected_royalty": expected, "expected_months": 3.0, "windfall_rate": 0.0, "window_taxes": 0.0}
    w = make_market(**terms)
    w.st.buyers[0].patient, w.st.buyers[0].usual_g, w.st.buyers[0].smuggling_cost = 1, 10.0, 0.1
    net = 0.99 * 0.95 * (1 - 0.05 - 0.01) - 0.005 - 0.003
    hoped = net + (0.05 - expected) - 0.018
    smuggled = 1 - 0.1 * 1.2
    assert (hoped > max(net, smuggled)) == bool(waits) or expected < 0
    buyer.buyers_month(w.st, w.sc, [P])
    assert w.st.buyers[0].holding == waits


def test_net_and_weight_of_every_channel() -> None:
    w = make_market(slips_asked=0.25)
    for k, price in ((0, 0.90), (1, 0.93)):
        w.st.buyers[k].price = price
    buyer.post_channels(w.st, w.sc, 0, True, P)
    offer, place = w.sc.offers[0], w.st.places[0]
    centre = 0.98 * 0.95 * (1 - TAXES - 0.02) - 0.1 * 6 / 30
    window = 0.99 * 0.95 * (1 - TAXES - 0.01) - 0.1 * 15 / 30
    wage = 150 / 200
    expected = {0: 0.0, 1: 0.0}
    for lot, grams in enumerate((3, 12, 35)):
        net_centre = centre - (2 * 0.1 * wage / (grams * 50) + 0.001 * 0.1)
        net_window = window - (2 * 4 * wage / (grams * 50) + 0.001 * 4)
        reach = 0.8 * 0.7 * 0.9
        weights = [math.exp(40 * (0.90 - 1)), math.exp(40 * (0.93 - 1)), 0.0, reach * math.exp(40 * (net_centre - 1)), 0.05 * math.exp(40 * (net_window - 1)), 0.3 * math.exp(40 * (centre - 1))]  # fmt: skip
        nets = [0.90, 0.93, 0.0, net_centre, net_window, centre]
        for legal in (0, 1):
            here_ = [*weights[:5], weights[5] * legal]
            assert offer.weight[legal, lot] == pytest.approx(here_)
            assert offer.net[legal, lot] == pytest.approx(nets)
            # a miner keeps one of the two traders
            shares = [x / 2 for x in here_[:3]] + here_[3:]
            expected[legal] += sum(a * b for a, b in zip(shares, nets, strict=True)) / sum(shares) / 3
    assert (place.price_illegal, place.price_legal) == (pytest.approx(expected[0]), pytest.approx(expected[1]))
    assert list(offer.tied) == pytest.approx([math.exp(-40 * 0.05 * 0.90), math.exp(-40 * 0.05 * 0.93), 1.0])
    assert offer.slips_asked == 0.25
    assert offer.centre_cash == pytest.approx(8000 / 10 - 120)
    premium = 5000 / 1000 / 50
    assert offer.certified_net == pytest.approx(centre + premium)
    assert offer.certified_weight == pytest.approx(math.exp(40 * (centre + premium - 1)))
    assert (w.st.buyers[3].present, w.st.buyers[4].present, w.st.buyers[3].cash_limit) == (1, 1, 8000.0)


def test_who_may_sell_where() -> None:
    w = make_market(centre_papers=1.0, window_needs_licence=1.0)
    buyer.post_channels(w.st, w.sc, 0, False, P)
    offer = w.sc.offers[0]
    assert (offer.weight[0, :, TRADERS:] == 0).all()
    assert (offer.weight[1, :, TRADERS:] > 0).all()
    # without demand for certified gold its sellers have the off-taker's reach and no premium
    centre = 0.98 * 0.95 * (1 - TAXES - 0.02) - 0.1 * 6 / 30
    assert offer.certified_net == pytest.approx(centre)
    assert offer.certified_weight == pytest.approx(0.3 * math.exp(40 * (centre - 1)))


def test_where_no_trader_is_left_the_window_alone_makes_the_price() -> None:
    w = make_market(centre_open=0.0, supply_chain=0.0, window_hours=0.0)
    w.st.buyers.present[:3] = 0
    buyer.post_channels(w.st, w.sc, 0, False, P)
    window = 0.99 * 0.95 * (1 - TAXES - 0.01) - 0.1 * 15 / 30
    assert w.st.places[0].price_illegal == pytest.approx(window)
    assert w.st.places[0].price_legal == pytest.approx(window)


def test_without_a_centre_off_takers_pay_as_the_window_and_shut_routes_stop_both() -> None:
    w = make_market(centre_open=0.0, supply_chain=0.0)
    buyer.post_channels(w.st, w.sc, 0, True, P)
    window = 0.99 * 0.95 * (1 - TAXES - 0.01) - 0.1 * 15 / 30
    assert w.sc.offers[0].net[1, 0, TRADERS + 2] == pytest.approx(window)
    assert (w.sc.offers[0].weight[:, :, [TRADERS, TRADERS + 2]] == 0).all()
    assert (w.st.buyers[3].present, w.st.buyers[4].present) == (0, 0)
    shut = make_market(pandemic_closure=1.0)
    buyer.post_channels(shut.st, shut.sc, 0, True, P)
    assert (shut.sc.offers[0].weight[:, :, [TRADERS, TRADERS + 1]] == 0).all()
    half = make_market(pandemic_closure=0.5)
    assert buyer.centre_reach(half.st.buyers[3], half.st.places[0], half.sc.here[0]) == pytest.approx(
        0.8 * 0.7 * 0.9 * 0.5
    )


@pytest.mark.parametrize(("sold", "room"), [(1.9, True), (2.0, False)])
def test_room_for_certified_gold(sold: float, room: bool) -> None:
    assert buyer.certified_room(row(NATION, certified_kg=sold), here(certified_demand=2.0)) == room


# --- after the sales --------------------------------------------------------------------------
def settle_market(**values: Any) -> tuple[World, list[float]]:
    """The market after a month's sales, with three traders who sell officially, smuggle mostly, and hold stock."""
    w = make_market(centre_break_even=700.0)
    w.st.buyers[2].present = 1
    for k, (official, holding) in enumerate(((1.0, 0), (0.25, 0), (0.75, 1))):
        one = w.st.buyers[k]
        one.official, one.holding, one.stock_g, one.usual_g, one.loans, one.margin, one.profit = (
            official,
            holding,
            30.0,
            60.0,
            100.0,
            0.04,
            24.0,
        )
    s = w.sc.tallies[0]
    s.trader_0, s.trader_1, s.trader_2, s.lent_0, s.lent_1, s.lent_2 = 12.0, 18.0, 24.0, 5.0, -6.0, 7.0
    s.to_centre, s.to_off_taker, s.centre_paid, s.centre_asked = 65.0, 9.0, 600.0, 800.0
    for name, value in values.items():
        s[name] = value
    w.sc.offers[0].centre_cash = 550.0
    buyer.settle_buyers(w.st, w.sc, [P])
    return w


def test_traders_let_gold_go_or_hold_it() -> None:
    w = settle_market()
    flows = w.sc.flows[0]
    assert (flows.official_g, flows.smuggled_g, flows.stock_g) == (76.5, 19.5, 48.0)
    assert [b.official_g for b in w.st.buyers[:3]] == [42.0, 34.5, 0.0]
    assert [b.smuggled_g for b in w.st.buyers[:3]] == [0.0, 13.5, 6.0]
    assert [b.stock_g for b in w.st.buyers[:3]] == [0.0, 0.0, 48.0]
    assert [b.volume_g for b in w.st.buyers] == [12.0, 18.0, 24.0, 65.0, 9.0]
    assert [b.usual_g for b in w.st.buyers[:3]] == [pytest.approx(60 + (x - 60) / 6) for x in (12, 18, 24)]
    assert [b.loans for b in w.st.buyers[:3]] == [105.0, 94.0, 107.0]
    assert [b.profit for b in w.st.buyers[:3]] == [pytest.approx(24 + (x * 50 * 0.04 - 24) / 12) for x in (12, 18, 24)]


@pytest.mark.parametrize(
    ("values", "served", "overdrawn"),
    [({}, 0.75, 50.0), ({"centre_paid": 500.0}, 0.625, 0.0), ({"centre_paid": 0.0, "centre_asked": 0.0}, 1.0, 0.0)],
)
def test_a_centre_remembers_whom_it_served_and_what_it_overdrew(
    values: dict[str, float], served: float, overdrawn: float
) -> None:
    w = settle_market(**values)
    assert w.st.buyers[3].served == pytest.approx(0.9 + (served - 0.9) / 6)
    assert w.st.buyers[3].overdrawn == pytest.approx(overdrawn)


@pytest.mark.parametrize(("grams", "goal"), [(69.9, 0.1), (70.0, 1.0)])
def test_a_centre_fades_below_its_break_even(grams: float, goal: float) -> None:
    # ten times 70 g of the sample are the 700 g that it needs
    w = settle_market(to_centre=grams)
    assert w.st.places[0].centre_alive == pytest.approx(0.7 + (goal - 0.7) / 24)


def test_where_there_is_no_centre_willingness_recovers() -> None:
    w = settle_market()
    w.sc.here[0].centre_open = 0.0
    buyer.settle_buyers(w.st, w.sc, [params(centre_months=0.5)])
    assert w.st.places[0].centre_alive == 1.0


def test_the_second_districts_buyers_are_its_own() -> None:
    w = world(
        2,
        buyers={"present": 1, "smuggling_cost": 0.5},
        here=[WINDOW, WINDOW | {"royalty": 0.3}],
        places={"outside": 150.0},
        tallies=[{"trader_0": 1.0}, {"trader_0": 2.0}],
    )
    w.st.buyers.official[:] = 1.0
    buyer.buyers_month(w.st, w.sc, [P])
    assert w.st.buyers[5].price < w.st.buyers[0].price
    assert w.sc.offers[1].net[0, 0, 0] == w.st.buyers[5].price
    buyer.settle_buyers(w.st, w.sc, [P])
    assert (w.st.buyers[0].volume_g, w.st.buyers[5].volume_g) == (1.0, 2.0)
    assert row(PLACES).centre_alive == 0


# --- the donor --------------------------------------------------------------------------------
def test_capacities() -> None:
    assert donor.project_capacity_after(0.4, True, P) == pytest.approx(0.4 + 0.6 / 12)
    assert donor.project_capacity_after(0.4, False, P) == pytest.approx(0.2)
    gain = 0.08 * 0.3 * 0.6 * 0.8 * (1 - 0.25)
    loss = 0.008 * (1 - 0.8 * 0.5) + 0.005 * 0.6
    assert donor.local_capacity_after(0.2, 0.6, 0.3, 0.5, 0.25, P) == pytest.approx(0.2 + gain - loss * 0.2)


def test_what_can_be_carried() -> None:
    assert donor.share_carried(0.6, 0.2, 0.3, 0.5, True) == pytest.approx(0.7 * 0.6 + 0.3 * 0.2)
    assert donor.share_carried(0.6, 0.2, 0.3, 0.5, False) == pytest.approx(0.1)


def test_learning() -> None:
    assert donor.learned_after(0.6, True, 2.0, P) == pytest.approx(0.6 + 0.4 * 0.35 * 2 / 12)
    assert donor.learned_after(0.6, False, 2.0, P) == pytest.approx(0.6 - 0.03 * 0.1)


@pytest.mark.parametrize(("budget", "crowded"), [(15_000.0, 0.3 * (15 / 12 - 1)), (6_000.0, 0.0), (9e9, 0.9)])
def test_money_that_outruns_offices_crowds_out(budget: float, crowded: float) -> None:
    assert donor.crowded_out(budget, 4.0, P) == pytest.approx(crowded)


@pytest.mark.parametrize(("learned", "weight"), [(0.7, 1 + 0.5 * 0.2), (9.0, 2.0), (-9.0, 0.0)])
def test_favour(learned: float, weight: float) -> None:
    assert donor.favour(learned, 0.5, 0.5) == pytest.approx(weight)


@pytest.mark.parametrize(
    ("how", "value"), [(LAST, 2 + 0.25 * 4), (SUM, 2 + 0.25 * 6), (MAX, 1 + 0.25 * 5), (PRODUCT, 2 * (1 + 0.25 * 5))]
)
def test_a_share_of_a_write(how: int, value: float) -> None:
    # from 2 with a lowest of 1, a quarter of the way to 6
    assert donor.combine(how, 1.0, 2.0, 6.0, 0.25) == pytest.approx(value)
    assert donor.combine(MAX, 1.0, 5.0, 6.0, 0.25) == 5.0


def run_programme(budget: float, capacity: float = 0.6) -> tuple[World, Any, Orders]:
    """Four levers: two of the donor's, one of government, one of the market; a fifth is not planned."""
    w = world(
        programmes=[{"learned": 0.8}, {"learned": 0.5, "spent_usd": 7.0}, {"learned": 0.9}, {"learned": 0.9}, {"learned": 0.7, "delivered": 0.4}],
        donors={"project_capacity": capacity, "local_capacity": 0.2, "spent_usd": 100.0},
        here={"budget": budget, "own_share": 0.3, "budget_line": 0.5, "learning": 1.5}, country={"memory": 0.5},
    )  # fmt: skip
    cost = np.array([[0, 1000.0], [0, 3000.0], [0, 500.0], [0, 250.0], [0, -1.0]])
    empty = np.zeros(0)
    plan = Orders(empty, empty, empty, empty, empty, empty, cost, np.array([0, 0, 1, 2, 0]), empty, empty, empty, empty)
    out = np.zeros((2, 5, 2))
    donor.donors_month(1, w.st, w.sc, plan, out, P)
    return w, out, plan


def test_a_month_of_the_programme() -> None:
    w, out, _ = run_programme(5000.0)
    one = w.st.donors[0]
    crowding = 0.3 * (5000 / 3000 - 1)
    project = 0.6 + 0.4 / 12
    local = 0.2 + 0.08 * 0.3 * project * 0.8 * (1 - crowding) - (0.008 * 0.6 + 0.005 * project) * 0.2
    assert (one.crowding, one.project_capacity, one.local_capacity) == (
        pytest.approx(crowding),
        pytest.approx(project),
        pytest.approx(local),
    )
    share = 0.7 * project + 0.3 * local
    mean = (0.8 + 0.5 + 0.7) / 3
    first, second = 1 + 0.5 * (0.8 - mean), 1 + 0.5 * (0.5 - mean)
    money = 5000 * 0.7 / (1000 * first + 3000 * second)  # budget without overhead, over what all would cost
    paid = [share * min(1, money * first), share * min(1, money * second)]
    assert money * second < 1
    assert out[1, :, 0] == pytest.approx([1000 * paid[0], 3000 * paid[1], 500, 250, 0])
    assert out[1, :, 1] == pytest.approx([paid[0] * 0.8, paid[1] * 0.5, 1, 1, 0])
    levers = w.st.programmes
    assert levers.learned == pytest.approx(
        [0.8 + 0.2 * 0.35 * 1.5 / 12, 0.5 + 0.5 * 0.35 * 1.5 / 12, 0.9, 0.9, 0.7 - 0.03 * 0.2]
    )
    assert levers.delivered == pytest.approx([paid[0] * 0.8, paid[1] * 0.5, 1, 1, 0])
    assert levers.spent_usd == pytest.approx([1000 * paid[0], 7 + 3000 * paid[1], 500, 250, 0])
    spent = 1000 * paid[0] + 3000 * paid[1]
    assert paid_by(w) == pytest.approx([spent + 1500, 500, 250])
    assert one.spent_usd == pytest.approx(100 + 1500 + spent)
    assert (one.active, one.budget_usd) == (1, 5000.0)


def paid_by(w: World) -> list[float]:
    """USD paid so far by the donor, the government and firms."""
    ledger = w.sc.ledger[0]
    return [ledger.donor, ledger.government, ledger.market]


def test_after_the_programme_the_state_carries_what_partners_can() -> None:
    w, out, _ = run_programme(0.0)
    one = w.st.donors[0]
    assert one.project_capacity == pytest.approx(0.3)
    paid = one.local_capacity * 0.5
    # nothing is short, so that nothing is taken from what has been seen to work less
    assert out[1, :2, 0] == pytest.approx([1000 * paid, 3000 * paid])
    assert paid_by(w) == pytest.approx([0, 500 + 1000 * paid + 3000 * paid, 250])
    assert (one.active, one.spent_usd) == (0, 100.0)
    assert w.st.programmes.learned[0] == pytest.approx(0.8 + 0.2 * 0.35 * 1.5 / 12), "a tenth is work enough to learn"


def test_too_little_work_teaches_nothing() -> None:
    w, _, _ = run_programme(20.0, capacity=0.0)
    assert w.st.programmes.delivered[0] < 0.05
    assert w.st.programmes.learned[0] == pytest.approx(0.8 - 0.03 * 0.3)


def test_handles_are_delivered_in_part() -> None:
    w = world(2, programmes=[{"delivered": 0.25}, {"delivered": 0.0}])
    n = len(H)
    base = np.zeros((3, 2, n))
    base[2, :, H.plots] = 1.0
    base[2, :, H.engagement] = 0.3
    base[2, 1, H.royalty] = 0.07
    funded = np.full((3, 3, 2), np.nan)
    funded[0, 2] = [3.0, np.nan]
    funded[1, 2] = [5.0, 0.4]
    funded[2, 2] = 9.0
    writes = np.array([[0, H.plots], [0, H.engagement], [1, H.royalty]])
    none = np.zeros(0)
    plan = Orders(
        base,
        funded,
        writes,
        np.array([int(h.combine) for h in H]),
        np.array([h.low for h in H]),
        np.array([h.high for h in H]),
        none,
        none,
        none,
        none,
        none,
        none,
    )
    donor.deliver(2, 2, w.st, w.sc, plan)
    assert list(w.sc.here.plots) == [1 + 0.25 * 2, 1.0], "only where somebody writes"
    assert list(w.sc.here.engagement) == [1.0, pytest.approx(0.4)], "within the handle's bounds"
    assert list(w.sc.here.royalty) == [0.0, 0.07]
    one = world(2, programmes=[{"delivered": 0.25}])
    donor.deliver(2, 1, one.st, one.sc, plan._replace(which_write=writes[:2], funded=funded[:2]))
    assert one.sc.here.plots[1] == H.plots.default, "the first district alone"
