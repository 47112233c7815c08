"""A person's month against numbers worked out by hand: coming, digging, selling, money, trust, leaving (M9, M11, M13, M15, M19)."""

import math
from typing import Any

import pytest

from asmsim.model.agents import miner as steps
from asmsim.model.agents import miner_rules as m
from asmsim.model.agents import miners_month as month
from asmsim.model.agents.purposes import MINER, STREAM
from asmsim.model.state import (
    BETWEEN_PLOTS,
    CENTRE,
    FILED,
    HOLDS_PLOT,
    IN_PROCESS,
    LAPSED,
    LICENSED,
    MINERS,
    NEVER,
    OFF_TAKER,
    OFFERS,
    PLACES,
    SITES,
    TRADER,
    UNREGISTERED,
    WINDOW,
    Surroundings,
)
from tests.rules.rows import Draws, band, here, miner, params, row, surroundings, tally
from tests.rules.worlds import world

P = params(
    women_share=0.3, year_round_share=0.4, newcomer_knows=0.25, hub_newcomers=0.5, secure_land_share=0.5, skill_median=12.5, skill_sigma=0.35,
    outside_sigma=0.3, trust_start=0.4, trust_spread=0.6, belief_floor=0.004, hurdle_median=1.5, hurdle_shape=2, trust_gain=0.15,
    trust_loss=0.35, trust_mixing=0.03, stubbornness=0.4, belief_half_life=9, belief_neighbour=0.1, belief_inspection=0.06,
    exit_base=0.01, exit_slope=2.5, repay_share=0.2, spend_share=0.85, save_share=0.2, shock_hazard=0.02, shock_cost=0.8,
    insurance_pays=0.7, second_income_cushion=0.4, second_income_lost=0.1, slips_needed=6, women_credit_gap=0.3, visit_teaches=0.8,
    leaflet_teaches=0.05, report_base=0.05, report_rights=0.35, lot_small_most=6, lot_middling_most=20, sale_slope=40, habit_pp=3,
    tie_pp=8, tie_discount=0.05, luck_sigma=0.8, raid_loss=0.5, fine=0.5, dig_cost=0.25, winter_income=0.5, licensed_exposure=0.1,
    licence_productivity=0.1, contact_rate=0.03, inspection_harm=0.3, voice_effect=0.02, voice_patience=0.35, season_share=0.67,
    sanction_loss=1, least_profit=0.1, plant_gain=0.2, gravity_loss=0.05, equipment_gain=0.15, mercury_per_gold=2, crew_slots=3,
    violation_rate=0.15, duty_effect=0.6, guard_contact=0.02, guard_violation=0.3, visit_itself=1, fair_contact=0.2, bribe_taken=0.3,
    bribe_share=0.25, capture_take=0.1, prefinanced=0.3,
)  # fmt: skip
CLOSE = 1e-9


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    return Draws(monkeypatch, steps, month)


# --- rules ------------------------------------------------------------------------------------
def test_trust_rises_slowly_and_falls_fast() -> None:
    assert m.trust_after(0.6, 0.5, 0.0, P) == pytest.approx(0.6 + 0.15 * 0.4 * 0.5)
    assert m.trust_after(0.6, 0.0, 0.5, P) == pytest.approx(0.6 - 0.35 * 0.5 * 0.6)
    assert m.trust_after(0.6, 0.0, 9.0, P) == pytest.approx(0.6 - 0.9 * 0.6), "a tenth is left whatever happens"
    assert m.trust_after(0.6, 1.0, 1.0, P) == pytest.approx(0.66 * 0.65)


def test_opinion_is_drawn_to_peers_and_held_back_by_its_anchor() -> None:
    assert m.trust_mixed(0.5, 0.8, 0.3, P) == pytest.approx(0.5 + 0.03 * (0.4 * 0.8 + 0.6 * 0.3 - 0.5))


@pytest.mark.parametrize(
    ("belief", "raided", "inspected", "neighbour", "after"),
    [
        (0.4, True, False, False, 1.0),
        (0.4, False, False, False, 0.4 * 0.5 ** (1 / 9)),
        (0.001, False, False, False, 0.004),
        (0.01, False, False, True, 0.1),
        (0.01, False, True, False, 0.06),
        (0.4, False, True, True, 0.4 * 0.5 ** (1 / 9)),
    ],
)
def test_belief_in_a_raid(belief: float, raided: bool, inspected: bool, neighbour: bool, after: float) -> None:
    assert m.sanction_belief_after(belief, raided, inspected, neighbour, P) == pytest.approx(after)


@pytest.mark.parametrize(
    ("income", "hazard"), [(150.0, 0.01), (200.0, 0.01), (90.0, 0.01 * (1 + 2.5 * 0.4)), (-1e9, 0.5)]
)
def test_people_leave_as_income_falls_short(income: float, hazard: float) -> None:
    assert m.exit_hazard(income, 150.0, P) == pytest.approx(hazard)


@pytest.mark.parametrize(("gold", "lot"), [(5.9, 0), (6.0, 1), (19.9, 1), (20.0, 2)])
def test_lots(gold: float, lot: int) -> None:
    assert m.lot_class(gold, P) == lot


def test_luck_and_hurdle() -> None:
    assert m.luck(1.5, 0.8) == pytest.approx(math.exp(0.8 * 1.5 - 0.8**2 / 2))
    assert m.hurdle_months(0.8, 1.5, 2.0) == pytest.approx(1.5 * math.sqrt(4))
    assert (m.logistic(41.0), m.logistic(-41.0)) == (1.0, 0.0)
    assert m.logistic(-39.0) > 0.0
    assert (m.clamp(3, 1, 2), m.clamp(0, 1, 2), m.clamp(1.5, 1, 2)) == (2, 1, 1.5)


# --- coming, moving, leaving ------------------------------------------------------------------
TRAITS = {
    MINER.woman: 0.31, MINER.winter: 0.39, MINER.trader: 0.7, MINER.knows: 0.45, MINER.land: 0.49, MINER.skill: 1.2, MINER.outside: -0.5,
    MINER.trust: 0.9, MINER.hurdle: 0.8, MINER.advance: 0.29, MINER.accept: 0.55,
}  # fmt: skip


def test_who_enters_has_traits_of_its_own_and_nothing_else(draws: Draws) -> None:
    draws.set(TRAITS)
    me = miner()
    for name in MINERS.columns:
        me[name] = 7
    steps.enter(me, 0, 3, 150.0, 0.6, P)
    # who knows the procedure: 0.25 + 0.75 x 0.5 x 0.6 of memory = 0.475
    drawn = {
        "present": 1, "spell": 8, "woman": 0, "year_round": 1, "status": UNREGISTERED, "sales_habit": TRADER, "trader": 2, "knows_procedure": 1,
        "secure_land": 1, "advanced": 1, "standing": 0.55, "last_dug": NEVER, "sanction_belief": 0.004, "district": 7,
        "skill": pytest.approx(12.5 * math.exp(0.35 * 1.2)), "outside": pytest.approx(math.exp(-0.15)), "hurdle": pytest.approx(3.0),
        "trust": pytest.approx(0.4 + 0.6 * 0.4), "anchor": pytest.approx(0.4 + 0.6 * 0.4), "income": pytest.approx(150 * math.exp(-0.15)),
    }  # fmt: skip
    assert {name: me[name] for name in MINERS.columns} == dict.fromkeys(MINERS.columns, 0) | drawn
    draws.set(
        {
            **TRAITS,
            MINER.advance: 0.31,
            MINER.woman: 0.29,
            MINER.winter: 0.41,
            MINER.knows: 0.48,
            MINER.land: 0.51,
            MINER.trust: 1.0,
        }
    )
    other = params(women_share=0.3, year_round_share=0.4, trust_start=0.9, trust_spread=1.0, prefinanced=0.3)
    steps.enter(me, 0, 3, 150.0, 0.6, other)
    assert me.advanced == 0
    assert (me.woman, me.year_round, me.knows_procedure, me.secure_land, me.trust) == (1, 0, 0, 0, 1.0)


def test_a_person_moves_with_every_column_that_is_declared_to_move() -> None:
    people = MINERS.allocate(2)
    origin, to = people
    for k, name in enumerate(MINERS.columns):
        origin[name], to[name] = k + 1, 100 + k
    origin.present, origin.trader = 1, 5
    before, there = ({name: row[name] for name in MINERS.columns} for row in people)
    steps.move_person(origin, to, 3)
    stay = set(MINERS.columns) - set(MINERS.moving)
    assert stay == {"district", "spell"}
    moved = {name: before[name] for name in MINERS.moving} | {"trader": 2}
    assert {name: to[name] for name in MINERS.columns} == there | moved | {"spell": there["spell"] + 1}
    gone = {"present": 0, "last_dug": NEVER, "cash": 0, "savings": 0, "debt": 0, "status": UNREGISTERED}
    assert {name: origin[name] for name in MINERS.columns} == before | gone


@pytest.mark.parametrize(("status", "pending"), [(IN_PROCESS, 1.0), (LICENSED, 0.0)])
def test_who_leaves_takes_along_what_is_owned_and_debts_are_written_off(status: int, pending: float) -> None:
    me, s = miner(status=status, cash=50.0, savings=30.0, debt=20.0, trader=1), tally()
    steps.leave(me, s)
    assert (me.present, me.cash, me.savings, me.debt, me.status) == (0, 0.0, 0.0, 0.0, UNREGISTERED)
    assert (s.left, s.left_pending, s.cash_out, s.written_off, s.lent_1) == (1.0, pending, 80.0, 20.0, -20.0)


@pytest.mark.parametrize(
    ("values", "lender"),
    [
        ({"bank_client": 1}, "lent_bank"),
        ({"trader": 0}, "lent_0"),
        ({"trader": 1}, "lent_1"),
        ({"trader": 2}, "lent_2"),
    ],
)
def test_who_lends(values: dict[str, int], lender: str) -> None:
    s = tally()
    steps.lend(miner(**values), 5.0, s)
    steps.lend(miner(**values), 2.0, s)
    assert {n: s[n] for n in ("lent_bank", "lent_0", "lent_1", "lent_2") if s[n]} == {lender: 7.0}


# --- selling ----------------------------------------------------------------------------------
def make_offer(**values: float) -> Any:
    """Weights of the channels 4 (trader), 3 (centre), 2 (window), 1 (off-taker) for all, net prices .90, .92, .94, .96."""
    one = row(OFFERS, centre_cash=1000.0, certified_weight=5.0, certified_net=1.1, **values)
    one.weight[:] = [8.0, 4.0, 8.0, 3.0, 2.0, 1.0]
    one.net[:] = [0.8, 0.9, 0.8, 0.92, 0.94, 0.96]
    one.tied[:] = [0.7, 0.75, 0.8]
    return one


@pytest.mark.parametrize("habit", [TRADER, CENTRE, WINDOW, OFF_TAKER])
@pytest.mark.parametrize(("tied", "certified"), [(False, False), (True, False), (False, True)])
def test_channels_share_by_weight_habit_and_debt(habit: int, tied: bool, certified: bool) -> None:
    # habit counts exp(40 x 3 %), debt to the trader exp(40 x 8 %) times the weight of its lower price
    weights = [4.0, 3.0, 2.0, 5.0 if certified else 1.0]
    weights[habit] *= math.exp(1.2)
    weights[0] *= math.exp(3.2) * 0.75 if tied else 1.0
    me, one = miner(trader=1, sales_habit=habit), make_offer()
    below = 0.0
    for channel, weight in enumerate(weights):
        for u in (below + CLOSE, below + weight / sum(weights) - CLOSE):
            assert steps.choose_channel(me, one, 1, 2, certified, u, tied, P) == channel
        below += weight / sum(weights)


@pytest.mark.parametrize(("legal", "slips", "weight"), [(1, 5, 4.0 * 0.4), (1, 6, 4.0), (0, 0, 4.0)])
def test_licence_holders_who_must_show_slips_sell_less_to_traders(legal: int, slips: int, weight: float) -> None:
    me, one = miner(trader=1, sales_habit=CENTRE, slips=slips), make_offer(slips_asked=0.6)
    share = weight / (weight + 3.0 * math.exp(1.2) + 2.0 + 1.0)
    for u, channel in ((share - CLOSE, TRADER), (share + CLOSE, CENTRE)):
        assert steps.choose_channel(me, one, legal, 2, False, u, False, P) == channel


@pytest.mark.parametrize(("legal", "lot", "gold"), [(0, 0, 5.0), (1, 1, 10.0), (0, 2, 30.0)])
def test_terms_are_those_of_ones_standing_and_lot(draws: Draws, legal: int, lot: int, gold: float) -> None:
    one = make_offer()
    one.weight[legal, lot] = [0, 0, 0, 0, 1.0, 0]
    one.net[legal, lot, 4] = 0.5
    draws.set({MINER.channel: 0.5})
    me, s = miner(status=LICENSED if legal else LAPSED), tally()
    assert month.sell(me, 0, gold, 40.0, one, False, s, P) == pytest.approx(gold * 0.5 * 40)
    assert me.sales_habit == WINDOW


CHANNELS = [(TRADER, 0.05, 0.90, "to_trader", 0), (CENTRE, 0.4, 0.92, "to_centre", 1), (WINDOW, 0.8, 0.94, "to_window", 1), (OFF_TAKER, 0.99, 0.96, "to_off_taker", 1)]  # fmt: skip


@pytest.mark.parametrize(("channel", "u", "share", "counted", "slip"), CHANNELS)
def test_a_sale_is_counted_where_it_goes(
    draws: Draws, channel: int, u: float, share: float, counted: str, slip: int
) -> None:
    draws.set({MINER.channel: u})
    me, s = miner(trader=1, status=BETWEEN_PLOTS, sales_habit=WINDOW), tally()
    assert month.sell(me, 0, 10.0, 40.0, make_offer(), False, s, P) == pytest.approx(10 * share * 40)
    assert (s[counted], s.price_gold, s.sales) == (10.0, pytest.approx(10 * share), pytest.approx(10 * share * 40))
    assert s.to_trader + s.to_centre + s.to_window + s.to_off_taker == 10.0
    assert (s.trader_1, s.trader_gold_price) == ((10.0, pytest.approx(9.0)) if channel == TRADER else (0.0, 0.0))
    assert (s.centre_asked, s.centre_paid) == pytest.approx((368.0, 368.0) if channel == CENTRE else (0.0, 0.0))
    assert (me.sales_habit, me.slips) == (channel, slip)


@pytest.mark.parametrize("trader", [0, 1, 2])
def test_gold_goes_to_the_miners_own_trader_at_a_discount_while_in_its_debt(draws: Draws, trader: int) -> None:
    draws.set({MINER.channel: 0.0})
    price = [0.8, 0.9, 0.8][trader]
    for values, share in (({"debt": 5.0}, price * 0.95), ({"debt": 5.0, "bank_client": 1}, price), ({}, price)):
        s = tally()
        assert month.sell(miner(trader=trader, **values), 0, 10.0, 40.0, make_offer(), False, s, P) == pytest.approx(
            400 * share
        )
        assert [s.trader_0, s.trader_1, s.trader_2] == [10.0 if n == trader else 0.0 for n in range(3)]


def test_certified_gold_brings_the_premium(draws: Draws) -> None:
    draws.set({MINER.channel: 0.999})
    s = tally()
    assert month.sell(miner(), 0, 10.0, 40.0, make_offer(), True, s, P) == pytest.approx(10 * 1.1 * 40)
    assert (s.to_off_taker, s.certified_gold) == (10.0, 10.0)


@pytest.mark.parametrize(("paid", "channel"), [(999.0, CENTRE), (1000.0, TRADER)])
def test_a_centre_out_of_cash_sends_people_to_their_trader(draws: Draws, paid: float, channel: int) -> None:
    draws.set({MINER.channel: 0.4})
    me, s = miner(trader=1, sales_habit=WINDOW), tally()
    s.centre_paid = paid
    month.sell(me, 0, 10.0, 40.0, make_offer(), False, s, P)
    assert (me.sales_habit, s.centre_asked, s.centre_paid) == pytest.approx(
        (channel, 368.0, paid + 368 if channel == CENTRE else paid)
    )
    assert s.price_gold == pytest.approx(9.2 if channel == CENTRE else 9.0)


def test_at_most_a_slip_a_month(draws: Draws) -> None:
    draws.set({MINER.channel: 0.8})
    me = miner(slips=12, sales_habit=WINDOW, trader=1)
    month.sell(me, 0, 10.0, 40.0, make_offer(), False, tally(), P)
    assert me.slips == 12


# --- money ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cash", "savings", "debt", "sale", "cost", "after"),
    [
        # a sale of 300, costs 100: repay a fifth of the sale, spend 85 % of the rest, save a tenth of what is left
        (
            10.0,
            5.0,
            500.0,
            300.0,
            100.0,
            {"debt": 440.0, "repaid": 60.0, "spent": 0.85 * 150, "savings": 5 + 0.1 * 22.5, "cash": 0.9 * 22.5},
        ),
        (
            10.0,
            5.0,
            40.0,
            300.0,
            100.0,
            {"debt": 0.0, "repaid": 40.0, "spent": 0.85 * 170, "savings": 5 + 0.1 * 25.5, "cash": 0.9 * 25.5},
        ),
        # 20 short: savings first
        (10.0, 50.0, 0.0, 70.0, 100.0, {"savings": 30.0, "cash": 0.0, "debt": 0.0, "spent": 0.0}),
        # 90 short and 50 saved: the trader lends 40
        (10.0, 50.0, 0.0, 0.0, 100.0, {"savings": 0.0, "cash": 0.0, "debt": 40.0, "borrowed": 40.0, "spent": 0.0}),
        (
            10.0,
            0.0,
            15.0,
            50.0,
            100.0,
            {"savings": 0.0, "cash": 0.0, "debt": 5 + 50.0, "borrowed": 50.0, "repaid": 10.0, "lent_0": 40.0},
        ),
    ],
)
def test_household(cash: float, savings: float, debt: float, sale: float, cost: float, after: dict[str, float]) -> None:
    me, s = miner(cash=cash, savings=savings, debt=debt), tally()
    assert steps.household(me, sale, 0.0, cost, 0.1, s, P) == pytest.approx(sale - cost)
    for name, value in after.items():
        assert (me if name in MINERS.columns else s)[name] == pytest.approx(value), name
    assert s.lent_0 == pytest.approx(s.borrowed - s.repaid)
    kept = me.cash + me.savings - cash - savings
    assert sale + s.borrowed == pytest.approx(cost + s.repaid + s.spent + kept), "no money is made or lost"


def test_who_does_not_save_keeps_cash() -> None:
    me = miner(savings=5.0)
    steps.household(me, 100.0, 0.0, 0.0, 0.0, tally(), P)
    assert (me.savings, me.cash) == (5.0, pytest.approx(15.0))


def test_loans_are_repaid_out_of_gold_alone() -> None:
    me, s = miner(debt=500.0), tally()
    assert steps.household(me, 100.0, 60.0, 30.0, 0.0, s, P) == pytest.approx(130.0)
    assert (me.debt, s.repaid, s.spent) == (pytest.approx(480.0), pytest.approx(20.0), pytest.approx(0.85 * 110))


@pytest.mark.parametrize(
    ("second", "insured", "cost", "paid"),
    [(0, 0, 120.0, 0.0), (1, 0, 72.0, 0.0), (0, 1, 120.0, 84.0), (1, 1, 72.0, 0.7 * 72)],
)
def test_illness_is_cushioned_by_a_second_income_and_insured(
    second: int, insured: int, cost: float, paid: float
) -> None:
    me, s = miner(second_income=second, insured=insured), tally()
    assert steps.sick_or_hurt(me, 150.0, s, P) == (pytest.approx(cost), pytest.approx(paid))
    assert (s.hurt, s.payout) == (1.0, pytest.approx(paid))


FINANCE = {"bank_services": 0.5, "insurance": 0.3, "second_income": 0.02, "women_credit": 0.5}


@pytest.mark.parametrize("status", [LICENSED, BETWEEN_PLOTS, UNREGISTERED])
@pytest.mark.parametrize(("woman", "reach"), [(0, 0.5), (1, 0.5 * (1 - 0.3 * 0.5))])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_bank_takes_over_debts_of_licensed_people_with_slips(
    draws: Draws, status: int, woman: int, reach: float, side: int
) -> None:
    draws.set(
        {
            MINER.credit: reach + side * CLOSE,
            MINER.insure: 0.3 + side * CLOSE,
            MINER.second: 0.99,
            MINER.second_lost: 0.99,
        }
    )
    me, s = miner(status=status, woman=woman, slips=6, debt=80.0), tally()
    steps.finance(me, 0, here(**FINANCE), s, P)
    takes = side < 0 and status != UNREGISTERED
    assert (me.bank_client, me.insured, me.slips) == (takes, takes, 0)
    assert (s.lent_bank, s.lent_0) == ((80.0, -80.0) if takes else (0.0, 0.0))


def test_too_few_slips_are_no_credit_and_clients_stay_clients(draws: Draws) -> None:
    draws.set({MINER.credit: 0.0, MINER.insure: 0.9, MINER.second: 0.99, MINER.second_lost: 0.99})
    few, client = miner(status=LICENSED, slips=5), miner(status=LICENSED, slips=5, bank_client=1, insured=1, debt=5.0)
    for me in (few, client):
        s = tally()
        steps.finance(me, 0, here(**FINANCE), s, P)
        assert s.lent_bank == 0.0
    assert (few.bank_client, client.bank_client, client.insured) == (0, 1, 0)


@pytest.mark.parametrize(("debt", "client"), [(0.0, 0), (5.0, 1)])
def test_who_holds_no_licence_leaves_the_bank_once_free_of_debt(draws: Draws, debt: float, client: int) -> None:
    draws.set({MINER.second: 0.99, MINER.second_lost: 0.99})
    me = miner(status=LAPSED, bank_client=1, debt=debt, insured=1)
    steps.finance(me, 0, here(**FINANCE), tally(), P)
    assert (me.bank_client, me.insured) == (client, 0)


@pytest.mark.parametrize(
    ("handle", "gain", "loss", "before", "after"),
    [
        (0.02, 0.239, 0.0, 0, 1),
        (0.02, 0.241, 0.0, 0, 0),
        (0.02, 0.9, 0.099, 1, 0),
        (0.02, 0.9, 0.101, 1, 1),
        (0.5, 0.999, 0.0, 0, 1),
    ],
)
def test_second_incomes_come_and_go_once_a_year(
    draws: Draws, handle: float, gain: float, loss: float, before: int, after: int
) -> None:
    draws.set({MINER.second: gain, MINER.second_lost: loss})
    me = miner(second_income=before)
    steps.finance(me, 0, here(second_income=handle), tally(), P)
    assert me.second_income == after


# --- officials met ----------------------------------------------------------------------------
def meet_somebody(
    me: Any, draws: Draws, u: float, v: float, tell: float = 0.5, report: float = 0.99, **terms: float
) -> tuple[int, Any]:
    """Whom the person meets, and the tallies."""
    draws.set({MINER.meet: (u, v), MINER.tell: tell, MINER.report: report})
    s = tally()
    usual = {"rights_visits": 0.1, "leaflets": 0.2, "oversight": 0.3, "forums": 0.5, "voice_answered": 0.8}
    return steps.meet(me, 0, 0.04, 0.01, 0.03, here(**(usual | terms)), s, P), s


@pytest.mark.parametrize(
    ("u", "tell", "met_", "procedure", "rights"),
    [
        (0.099, 0.79, 1, 1, 1),
        (0.099, 0.81, 1, 0, 0),
        (0.101, 0.049, 2, 1, 0),
        (0.101, 0.051, 2, 0, 0),
        (0.299, 0.0, 2, 1, 0),
        (0.301, 0.0, 0, 0, 0),
    ],
)
def test_visits_and_leaflets_teach(draws: Draws, u: float, tell: float, met_: int, procedure: int, rights: int) -> None:
    me = miner(trust=0.5)
    kind, s = meet_somebody(me, draws, u, 0.9, tell)
    assert (kind, me.knows_procedure, me.knows_rights, s.visits) == (met_, procedure, rights, 1.0 if met_ == 1 else 0.0)
    assert me.trust == pytest.approx(0.5 + 0.15 * 0.5 * 0.2 if met_ == 1 else 0.5), "a visit is a fair dealing"


@pytest.mark.parametrize(
    ("v", "violations", "by_guards", "fair"),
    [(0.039, 1, 0, 0), (0.0401, 1, 1, 0), (0.0499, 1, 1, 0), (0.0501, 0, 0, 1), (0.0799, 0, 0, 1), (0.0801, 0, 0, 0)],
)
def test_violations_and_fair_dealings(draws: Draws, v: float, violations: int, by_guards: int, fair: int) -> None:
    me = miner(trust=0.5)
    _, s = meet_somebody(me, draws, 0.9, v)
    assert (s.violations, s.guard_violations, s.reported) == (violations, by_guards, 0)
    assert me.trust == pytest.approx(0.5 * (1 - 0.35) if violations else 0.5 + 0.15 * 0.5 * 0.2 * fair)


@pytest.mark.parametrize(
    ("rights", "report", "oversight", "remedied"),
    [(1, 0.39, 0.3, 0.4), (1, 0.41, 0.3, None), (0, 0.049, 0.3, 0.4), (0, 0.051, 0.3, None), (1, 0.39, 0.6, 0.6)],
)
def test_who_knows_rights_reports_and_is_heard_by_oversight_or_forums(
    draws: Draws, rights: int, report: float, oversight: float, remedied: float | None
) -> None:
    me = miner(trust=0.5, knows_rights=rights)
    _, s = meet_somebody(me, draws, 0.9, 0.0, report=report, oversight=oversight)
    assert s.reported == (0.0 if remedied is None else 1.0)
    good = remedied or 0.0
    assert me.trust == pytest.approx((0.5 + 0.15 * 0.5 * good) * (1 - 0.35 * (1 - good)))


# --- a person's month -------------------------------------------------------------------------
class Month:
    """One month of one person, with the channel of sale, meetings and changes of status put in by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
        self.seen: dict[str, Any] = {}
        draws.set({MINER.shock: (0.9, 0.9), MINER.luck: 0.5, MINER.bribe: 0.41})
        self.draws = draws

        def sell(me: Any, key: int, gold: float, price: float, offer: Any, certified: bool, s: Any, p: Any) -> float:
            self.seen |= {"gold": gold, "certified": certified}
            return gold * price * 0.9

        def meet(me: Any, key: int, wrong: float, guard: float, fair: float, *_: Any) -> int:
            self.seen |= {"wrong": wrong, "guard": guard, "fair": fair}
            return int(self.seen.get("met", 0))

        def change(
            me: Any,
            key: int,
            band_: Any,
            visited: bool,
            prompted: bool,
            profit: float,
            at: Surroundings,
        ) -> None:
            self.seen |= {"visited": visited, "prompted": prompted, "usual": profit, "at": at}

        monkeypatch.setattr(month, "sell", sell)
        monkeypatch.setattr(month, "meet", meet)
        monkeypatch.setattr(month, "change_status", change)

    def live(
        self, me: Any, group: Any = None, *, neighbour: bool = False, take: float = 0.0, p: Any = P, **terms: float
    ) -> tuple[float, Any]:
        """Gold dug, and the month's tallies."""
        s = tally()
        usual = {
            "gold_price": 40.0,
            "season": 1.2,
            "recurring_cost": 8.0,
            "process_shield": 0.6,
            "savings_groups": 0.5,
            "hassle": 0.9,
        }
        place = row(PLACES, outside=150.0, trust=0.3, price_illegal=0.88)
        self.at = surroundings(
            place=place, offer=make_offer(), here=here(**(usual | terms)), tally=s, p=p, raided=neighbour, visit=1.4, wrong=0.2, guard_wrong=0.02, corrupt=0.4
        )  # fmt: skip
        gold, self.kept_back = month.miner_month(me, 77, 0, 1.5, take, band() if group is None else group, self.at)
        return gold, s


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> Month:
    return Month(monkeypatch, draws)


GOLD = 10 * 1.5 * 1.2 * math.exp(0.8 * 0.5 - 0.32)  # skill x the band's rate x season x luck
DIGGING = 0.25 * 150


def test_a_month_of_digging(life: Month) -> None:
    me = miner(income=200.0, trust=0.5, anchor=0.5, sanction_belief=0.1)
    gold, s = life.live(me)
    assert gold == pytest.approx(GOLD)
    earned = GOLD * 36 - DIGGING
    assert (me.last_dug, me.income) == (77, pytest.approx(200 + (earned - 200) / 12))
    assert (s.costs, s.net_income) == (pytest.approx(DIGGING), pytest.approx(earned))
    assert s.spent == pytest.approx(0.85 * earned)
    assert me.savings == pytest.approx(0.2 * 0.5 * 0.15 * earned), "a fifth of what is left, in half of the groups"
    assert me.trust == pytest.approx(0.5 + 0.03 * (0.4 * 0.5 + 0.6 * 0.3 - 0.5))
    assert me.sanction_belief == pytest.approx(0.1 * 0.5 ** (1 / 9))
    assert life.seen == {
        "gold": pytest.approx(GOLD), "certified": False, "wrong": pytest.approx(0.2 * 0.03), "guard": pytest.approx(0.02), "visited": False,
        "fair": pytest.approx(0.8 * 0.03),
        "prompted": False, "usual": pytest.approx(10 * 1.5 * 0.67 * 40), "at": life.at,
    }  # fmt: skip
    assert (s.fees, s.fines, s.raided, s.confiscated, s.elsewhere, s.hurt) == (0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(("year_round", "open_", "digs"), [(0, 1.0, True), (1, 0.0, True), (0, 0.0, False)])
def test_out_of_season_people_work_elsewhere(life: Month, year_round: int, open_: float, digs: bool) -> None:
    me = miner(income=0.0, outside=1.3, year_round=year_round)
    gold, s = life.live(me, season_open=open_)
    if digs:
        assert (gold, s.elsewhere) == (pytest.approx(GOLD), 0.0)
        return
    assert (gold, s.elsewhere, s.costs) == (0.0, pytest.approx(0.5 * 150 * 1.3), 0.0)
    assert me.income == pytest.approx(0.5 * 150 * 1.3 / 12)
    assert me.last_dug == 0


def test_a_licence_makes_people_more_productive_costs_dues_and_is_remembered(life: Month) -> None:
    for status in (LICENSED, BETWEEN_PLOTS):
        me = miner(status=status, income=200.0, sanction_belief=0.1)
        gold, s = life.live(me, band(certified=1))
        assert gold == pytest.approx(GOLD * 1.1)
        assert life.seen["certified"]
        assert (s.fees, s.costs) == (8.0, pytest.approx(8 + DIGGING))
        assert me.income == pytest.approx(200 + (GOLD * 1.1 * 36 - DIGGING - 8 - 200) / 12)
        # dug unlicensed: less by the productivity, at the illegal price; fear of raids fended off at 90 %
        fear = 0.9 * 0.1 * 1.5 * 150
        assert me.experience == pytest.approx((GOLD * 1.1 * 36 - GOLD * 40 * 0.88 - 8 * 0.9 + fear) / 200 / 12)
        assert life.seen["wrong"] == pytest.approx(0.2 * 0.03 * 0.1)


@pytest.mark.parametrize("status", [LICENSED, UNREGISTERED])
def test_an_elite_keeps_part_of_what_a_licensed_member_sells(life: Month, status: int) -> None:
    me = miner(status=status, income=200.0, debt=0.0)
    _, s = life.live(me, take=0.1)
    sale = GOLD * (1.1 if status == LICENSED else 1.0) * 36
    kept = 0.1 * sale if status == LICENSED else 0.0
    dues = 8.0 if status == LICENSED else 0.0
    assert life.kept_back == pytest.approx(kept)
    assert s.net_income == pytest.approx(sale - kept - DIGGING - dues)
    assert s.costs == pytest.approx(DIGGING + dues), "what the elite keeps does not leave the miners"
    if status == LICENSED:
        worth = sale - GOLD * 40 * 0.88 - 8 * 0.9 - kept
        assert me.experience == pytest.approx(worth / 200 / 12)


@pytest.mark.parametrize(("status", "exposed"), [(UNREGISTERED, 1.0), (IN_PROCESS, 0.4)])
def test_a_raid_takes_gold_a_fine_and_trust_but_does_not_teach_the_procedure(
    life: Month, status: int, exposed: float
) -> None:
    me = miner(status=status, trust=0.5, anchor=0.5, sanction_belief=0.1)
    gold, s = life.live(me, band(raided=1))
    assert gold == pytest.approx(GOLD)
    taken = 0.5 * exposed * GOLD
    assert (life.seen["gold"], s.confiscated) == (pytest.approx(GOLD - taken), pytest.approx(taken))
    assert (s.fines, s.costs, s.raided) == (pytest.approx(exposed * 75), pytest.approx(exposed * 75 + DIGGING), 1.0)
    assert life.seen["wrong"] == pytest.approx(0.2 * (0.03 * exposed + 1))
    assert life.seen["guard"] == pytest.approx(0.02 * exposed)
    assert life.seen["fair"] == 0.0
    assert (s.sanctioned, s.bribed, s.bribes) == (exposed, 0.0, 0.0)
    hurt = 0.5 * (1 - 0.35 * exposed)
    assert me.trust == pytest.approx(hurt + 0.03 * (0.2 + 0.18 - hurt))
    assert (me.sanction_belief, me.knows_procedure, life.seen["prompted"]) == (1.0, 0, True)


@pytest.mark.parametrize("event", ["raided", "inspected"])
def test_who_buys_off_a_sanction_keeps_the_gold_and_pays_no_fine(life: Month, event: str) -> None:
    life.draws.set({MINER.shock: (0.9, 0.9), MINER.luck: 0.5, MINER.bribe: 0.39})
    me = miner(status=IN_PROCESS, income=200.0)
    gold, s = life.live(me, band(**{event: 1}))
    bribe = 0.4 * 0.25 * 200
    assert life.seen["gold"] == pytest.approx(gold)
    assert (s.sanctioned, s.bribed, s.bribes) == (pytest.approx(0.4), pytest.approx(0.4), pytest.approx(bribe))
    assert (s.fines, s.confiscated, s.costs) == (0.0, 0.0, pytest.approx(bribe + DIGGING))


def test_an_inspection_fines_and_teaches_but_takes_no_gold(life: Month) -> None:
    me = miner(trust=0.5, anchor=0.5)
    _, s = life.live(me, band(inspected=1))
    assert (s.confiscated, s.fines, s.raided, me.knows_procedure) == (0.0, 75.0, 1.0, 1)
    hurt = 0.5 * (1 - 0.35 * 0.3)
    assert me.trust == pytest.approx(hurt + 0.03 * (0.2 + 0.18 - hurt))
    assert (me.sanction_belief, life.seen["prompted"]) == (0.06, True)
    assert life.seen["wrong"] == pytest.approx(min(1.0, 0.2 * 1.03))


def test_neighbours_raids_are_feared(life: Month) -> None:
    me = miner()
    life.live(me, neighbour=True)
    assert me.sanction_belief == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("answered", "after"), [(0.85, 0.5 + 0.15 * 0.5 * 0.02 * 0.6 * 0.5), (0.05, 0.5 * (1 - 0.35 * 0.02 * 0.6 * 0.3))]
)
def test_forums_build_trust_if_answers_come(life: Month, answered: float, after: float) -> None:
    me = miner(trust=0.5, anchor=0.5)
    life.live(me, forums=0.6, voice_answered=answered)
    assert me.trust == pytest.approx(after + 0.03 * (0.2 + 0.18 - after))


@pytest.mark.parametrize(("kind", "visited", "prompted"), [(0, False, False), (1, True, False), (2, False, True)])
def test_visits_and_leaflets_make_people_weigh(life: Month, kind: int, visited: bool, prompted: bool) -> None:
    life.seen["met"] = kind
    life.live(miner())
    assert (life.seen["visited"], life.seen["prompted"]) == (visited, prompted)


@pytest.mark.parametrize(("u", "hurt"), [(0.019, 1.0), (0.021, 0.0)])
def test_illness_costs_this_months_money(life: Month, u: float, hurt: float) -> None:
    life.draws.set({MINER.shock: (u, 0.9), MINER.luck: 0.5})
    _, s = life.live(miner())
    assert (s.hurt, s.costs) == (hurt, pytest.approx(DIGGING + 120 * hurt))


@pytest.mark.parametrize(
    ("advanced", "savings", "open_", "lent"),
    [(1, 0.0, 1.0, DIGGING), (1, 40.0, 1.0, 0.0), (0, 0.0, 1.0, 0.0), (1, 0.0, 0.0, 0.0)],
)
def test_who_has_no_savings_digs_on_what_a_trader_advances(
    life: Month, advanced: int, savings: float, open_: float, lent: float
) -> None:
    me = miner(advanced=advanced, savings=savings, trader=2)
    _, s = life.live(me, season_open=open_)
    assert (s.borrowed, s.lent_2) == (pytest.approx(lent), pytest.approx(lent - s.repaid))
    assert me.debt == pytest.approx(lent - s.repaid)
    assert s.net_income == pytest.approx(GOLD * 36 - DIGGING if open_ else 75.0), "a loan is no income"


def test_insurance_is_income(life: Month) -> None:
    life.draws.set({MINER.shock: (0.019, 0.9), MINER.luck: 0.5})
    me = miner(insured=1, income=200.0)
    _, s = life.live(me)
    earned = GOLD * 36 - DIGGING - 120 + 0.7 * 120
    assert (s.payout, s.net_income) == (pytest.approx(84.0), pytest.approx(earned))
    assert me.income == pytest.approx(200 + (earned - 200) / 12)


@pytest.mark.parametrize("side", [-1, 1])
def test_people_leave_with_the_hazard_of_their_income_over_their_own_option(life: Month, side: int) -> None:
    earned = GOLD * 36 - DIGGING
    income = (12 * 300 - earned) / 11  # 300 this month, against 150 x 4 = 600 elsewhere
    hazard = 0.01 * (1 + 2.5 * 0.5)
    life.draws.set({MINER.shock: (0.9, hazard + side * 1e-6), MINER.luck: 0.5})
    me = miner(income=income * 12 / 11 * 11 / 12, outside=4.0)
    me.income = (300 - earned / 12) / (11 / 12)
    _, s = life.live(me)
    assert me.present == (0 if side < 0 else 1)
    assert s.left == (1.0 if side < 0 else 0.0)


def test_every_status_is_counted() -> None:
    s = tally()
    month.count_status(miner(status=LICENSED, woman=1, insured=1), 6, s)
    month.count_status(miner(status=LICENSED), 6, s)
    month.count_status(miner(status=BETWEEN_PLOTS), 6, s)
    month.count_status(miner(status=IN_PROCESS, months=7, pursues=1, stage=5), 6, s)
    month.count_status(miner(status=IN_PROCESS, months=4, pursues=1, stage=6), 6, s)
    month.count_status(miner(status=IN_PROCESS, months=2, pursues=0, stage=1), 6, s)
    month.count_status(miner(status=IN_PROCESS, months=1, pursues=1, stage=4), 6, s)
    month.count_status(miner(status=LAPSED), 6, s)
    assert (s.licensed, s.women_licensed, s.insured, s.between) == (3, 1, 1, 1)
    assert (s.in_process, s.process_months, s.resting, s.awaiting, s.lapsed_now) == (4, 14, 1, 2, 1)
    assert s.awaiting_last == 1


def test_a_raid_in_the_district_is_one_on_its_own_sites() -> None:
    sites = SITES.allocate(5)
    place = row(PLACES, first_site=1, sites=3)
    for k, known in enumerate((False, True, True, True, False)):
        sites.raided[:] = 0
        sites[k].raided = 1
        assert month.any_raided(sites, place) == known


# --- a crew's month ---------------------------------------------------------------------------
def run_crew(monkeypatch: pytest.MonkeyPatch, draws: Draws, people: list[dict[str, Any]], group: Any = None, t: int = 20, *,
               site: dict[str, Any] | None = None, place: dict[str, Any] | None = None, **terms: float) -> dict[str, Any]:  # fmt: skip
    """One crew of three slots for a month in which who is present digs 5 g."""
    seen: dict[str, Any] = {"rates": [], "takes": [], "financed": []}
    miners = MINERS.allocate(6)
    for k, one in enumerate(people):
        for name, value in one.items():
            miners[3 + k][name] = value

    def live(me: Any, t: int, key: int, rate: float, take: float, *rest: Any) -> tuple[float, float]:
        seen["rates"].append(rate)
        seen["takes"].append(take)
        seen["at"] = rest[1]
        if me.slips == 9:  # leaves
            me.present = 0
        me.last_dug = t
        return 5.0, 20.0 * take

    monkeypatch.setattr(month, "miner_month", live)
    monkeypatch.setattr(month, "finance", lambda me, *_: seen["financed"].append(float(me.skill)))
    group = band() if group is None else group
    s, incomes = tally(), [0.0] * 128
    where = row(SITES, **({"richness": 2.0, "open": 1} | (site or {})))
    district = row(PLACES, **({"outside": 150.0, "entry": 0.3, "traders": 2, "plant": 0.5} | (place or {})))
    around = surroundings(
        place=district, offer=make_offer(), here=here(**({"plant_fee": 0.08, "signoffs": 6.0} | terms)), tally=s, p=P
    )
    month.band_month(1, t, 0, miners, group, where, incomes, around)
    return seen | {"around": around, "band": group, "s": s, "incomes": incomes, "miners": miners}


AT_WORK = {"present": 1, "status": LICENSED, "woman": 1, "knows_procedure": 1, "willing": 1, "trust": 0.4, "cash": 30.0, "savings": 12.0, "debt": 7.0, "income": 180.0}  # fmt: skip


def test_what_a_crew_adds_up_to(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    people = [
        AT_WORK,
        AT_WORK | {"status": UNREGISTERED, "woman": 0, "bank_client": 1, "trust": 0.1, "income": 90.0},
        AT_WORK | {"status": IN_PROCESS, "knows_procedure": 0, "debt": 0.0},
    ]
    result = run_crew(monkeypatch, draws, people, band(mercury=1))
    s, group = result["s"], result["band"]
    assert (s.present, s.women, s.knows, s.recent, s.digging, s.tied, s.gold) == (3, 2, 2, 3, 3, 1, 15)
    assert (s.trust, s.wealth, s.debt, s.valid, s.licensed, s.in_process) == (pytest.approx(0.9), 126, 14, 1, 1, 1)
    assert (group.members, group.signed, group.willing, group.gold_g) == (3, 2, 3, 15)
    assert s.mercury_g == 30, "two grams of mercury for one of gold"
    # 180/150 = 1.2 lies in [1.125, 1.25), bin (1.2 + 1) x 8 = 17; 0.6 in bin 12
    assert {k: n for k, n in enumerate(result["incomes"]) if n} == {12: 1.0, 17: 2.0}
    assert result["at"] is result["around"]
    assert result["takes"] == [0.0, 0.0, 0.0]


def test_the_first_licensed_member_of_a_captured_group_keeps_part_of_what_others_earn(
    monkeypatch: pytest.MonkeyPatch, draws: Draws
) -> None:
    people = [AT_WORK | {"status": UNREGISTERED}, AT_WORK, AT_WORK]
    result = run_crew(monkeypatch, draws, people, band(captured=1))
    assert result["takes"] == [0.0, 0.0, 0.1]
    leader, other = result["miners"][4], result["miners"][5]
    assert (leader.cash, leader.income) == (30.0 + 2.0, pytest.approx(180 + 2.0 / 12))
    assert (other.cash, result["s"].elite_take, result["s"].net_income) == (30.0, 2.0, 2.0)
    assert result["s"].wealth == 3 * 42.0 + 2.0


@pytest.mark.parametrize(("income", "bin_"), [(-900.0, 0), (90_000.0, 127)])
def test_incomes_beyond_the_histogram_stand_in_its_end_bins(
    monkeypatch: pytest.MonkeyPatch, draws: Draws, income: float, bin_: int
) -> None:
    assert (
        run_crew(monkeypatch, draws, [AT_WORK | {"income": income}, {"last_dug": 15}, {"last_dug": 15}])["incomes"][
            bin_
        ]
        == 1.0
    )


@pytest.mark.parametrize(("last", "counted"), [(8, 0), (9, 1), (20, 1)])
def test_an_emptied_slot_is_counted_for_a_year_and_then_filled(
    monkeypatch: pytest.MonkeyPatch, draws: Draws, last: int, counted: int
) -> None:
    draws.set(TRAITS | {MINER.come: 0.299})
    result = run_crew(monkeypatch, draws, [AT_WORK, {"last_dug": last}, {"last_dug": 15}])
    assert result["s"].recent == 1 + counted + 1
    assert result["s"].entered == 1 - counted
    assert result["band"].members == 2 - counted
    assert result["s"].digging == 1, "who comes digs from the next month"


@pytest.mark.parametrize(("u", "open_", "comes"), [(0.299, 1, 1), (0.301, 1, 0), (0.0, 0, 0)])
def test_people_come_by_hazard_but_not_under_a_patrol(
    monkeypatch: pytest.MonkeyPatch, draws: Draws, u: float, open_: int, comes: int
) -> None:
    draws.set(TRAITS | {MINER.come: u})
    result = run_crew(
        monkeypatch, draws, [{"last_dug": NEVER}, {"last_dug": 15}, {"last_dug": 15}], site={"open": open_}, memory=1.0
    )
    assert result["s"].entered == comes
    if comes:
        assert result["miners"][3].trader == 1, "one of two traders"
        assert result["miners"][3].income == pytest.approx(150 * math.exp(-0.15))


def test_who_leaves_still_counts_as_a_miner_of_the_year(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    result = run_crew(monkeypatch, draws, [AT_WORK, AT_WORK | {"slips": 9}, {"last_dug": 15}])
    assert (result["s"].recent, result["s"].present, result["s"].digging, result["s"].gold) == (3, 1, 2, 10)


def test_a_licence_counts_as_valid_for_who_mined_within_the_year(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    result = run_crew(monkeypatch, draws, [AT_WORK, AT_WORK | {"status": BETWEEN_PLOTS}, AT_WORK | {"status": LAPSED}])
    assert (result["s"].valid, result["s"].lapsed_now, result["band"].signed) == (2, 1, 2)
    monkeypatch.setattr(month, "miner_month", lambda me, *_: (0.0, 0.0))
    for last, valid in ((9, 1.0), (8, 0.0)):
        rested = tally()
        miners = MINERS.allocate(3)
        miners[0].present, miners[0].status, miners[0].last_dug = 1, LICENSED, last
        miners[1].last_dug = miners[2].last_dug = 15
        around = surroundings(place=row(PLACES, outside=150.0), offer=make_offer(), tally=rested, p=P)
        month.band_month(0, 20, 0, miners, band(), row(SITES), [0.0] * 128, around)
        assert (rested.valid, rested.recent, rested.digging) == (valid, 2 + valid, 0)


@pytest.mark.parametrize(
    ("group", "plant", "recovery", "milled"),
    [
        ({"mills": 1, "hard_rock": 1}, 0.5, 1.2 * 0.92, 10.0),
        ({"mills": 1, "hard_rock": 1, "mercury": 1}, 0.5, 1.0, 0.0),
        ({"mills": 1, "hard_rock": 1}, 0.0, 0.95, 0.0),
        ({"hard_rock": 1}, 0.5, 0.95, 0.0),
        ({}, 0.5, 1.0, 0.0),
    ],
    ids=["plant", "mercury", "no plant", "gravity", "placer"],
)
@pytest.mark.parametrize("equipped", [0, 1])
def test_recovery_by_method_and_equipment(
    monkeypatch: pytest.MonkeyPatch,
    draws: Draws,
    group: dict[str, int],
    plant: float,
    recovery: float,
    milled: float,
    equipped: int,
) -> None:
    result = run_crew(
        monkeypatch,
        draws,
        [AT_WORK, AT_WORK, {"last_dug": 15}],
        band(**group, equipped=equipped),
        place={"plant": plant},
    )
    assert result["rates"] == [pytest.approx(2.0 * recovery * (1.15 if equipped else 1.0))] * 2
    assert result["s"].plant_gold == milled


def test_each_person_has_a_day_of_the_year_for_finance(monkeypatch: pytest.MonkeyPatch, draws: Draws) -> None:
    people = [AT_WORK | {"skill": 1.0}, AT_WORK | {"skill": 2.0}, AT_WORK | {"skill": 3.0}]
    financed = [run_crew(monkeypatch, draws, people, t=t)["financed"] for t in range(17, 31)]
    # slots 3, 4, 5: (slot + month) divides by 12 in months 19 and 20 (and 21 for the first)
    assert financed == [[], [], [3.0], [2.0], [1.0], *[[]] * 9]


def test_wrongs_by_officials_and_guards_of_a_district(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(
        bands=[{}] * 4, crew=3, places={"first_slot": 3, "slots": 9}, offices={"duty": 0.5}, holders={"land_share": 0.4, "guards_trained": 0.25},
        here={"oversight": 0.2, "visit_services": 0.3, "in_force": 1.0},
    )  # fmt: skip
    order: list[int] = []
    found: list[Surroundings] = []
    monkeypatch.setattr(month, "band_month", lambda b, *rest: (order.append(b), found.append(rest[-1])))
    month.district_month(0, 4, 0, w.st, w.sc.offers[0], w.sc.here[0], w.sc.tallies[0], w.sc.incomes[0], P)
    assert order == [2, 3, 1], "crews take turns at the centre's cash"
    wrong = 0.15 * (1 - 0.6 * 0.5) * 0.8
    guard = 0.02 * 0.3 * 0.4 * 0.8 * (1 - 0.6 * 0.25)
    at = found[0]
    assert (at.gate, at.raided, at.visit) == (True, False, 1.3)
    assert (at.wrong, at.guard_wrong) == (pytest.approx(wrong), pytest.approx(guard))
    assert at.corrupt == pytest.approx(0.3 * (1 - 0.6 * 0.5) * 0.8)


def test_miners_of_some_districts_in_their_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    w, seen = world(4), []
    monkeypatch.setattr(month, "month_key", lambda seed, stream, t: (seed, stream, t))
    monkeypatch.setattr(month, "district_month", lambda d, t, mk, *_: seen.append((d, t, mk)))
    month.miners_month(9, 5, w.st, w.sc, [P], 1, 3)
    assert seen == [(1, 9, (5, STREAM.miners, 9)), (2, 9, (5, STREAM.miners, 9))]


def test_plots_and_files_are_codes_of_a_group() -> None:
    assert (FILED, HOLDS_PLOT) == (1, 3)
