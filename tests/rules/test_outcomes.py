"""Every outcome against numbers worked out by hand, with its sampling weight; the accounts; the order of the month."""

import math
from typing import Any

import numpy as np
import pytest

from asmsim.model import month, outcomes, simulate, start
from asmsim.model.agents import miner as miner_steps
from asmsim.model.agents.purposes import BAND, BUYER, MINER, OFFICE, SITE, STREAM
from asmsim.model.handles import H
from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario
from asmsim.model.state import FILED, HOLDS_PLOT, PLOT_EXHAUSTED, WAITS_FOR_LAND, Orders, Record
from asmsim.model.tallies import FLOWS, LEDGER, TALLIES
from tests.rules.rows import Draws, params
from tests.rules.worlds import World, fill, world

P = params(
    scale=10, site_least=20, damage_reference=1.5, review_hazard=0.08, news_reach=1.5, plant_wear=0.04, crew_slots=3, women_share=0.3,
    mercury_start=0.77, grade_spread=0.35, reserve_per_slot=4000, visibility_least=0.2, belief_floor=0.004, depletion=0.5, crowding=0.15,
    crew_reference=200, attitude_base=0.35, attitude_spread=0.4, newcomer_knowledge=0.15, office_staff=0.5, trust_start=0.4,
    stigma_start=0.5, stigma_spread=0.6, openness=0.35, will_start=0.4, credibility_base=0.8, learned_start=0.5, patient_share=0.5,
    smuggling_cost=0.035, smuggling_cost_sigma=0.5, smuggling_cost_sd=0, sample_alike=6, company_gold=3, exit_slope_pp=1.1, money_days=20,
    kept_months=24, benefit_of_doubt=0.02,
)  # fmt: skip
CLOSE = 1e-9


def make_country(**values: float) -> World:
    """A country whose tallies of the month are these."""
    w = world()
    for name, value in values.items():
        w.sc.every[0][name] = value
    return w


def outcome_row() -> Any:
    """A row of outcomes."""
    return np.zeros(1, [(o.name, "f8") for o in O]).view(np.recarray)[0]


def pick(row: Any, *names: str) -> dict[str, float]:
    """Outcomes of a row by name."""
    return {name: float(row[name]) for name in names}


# --- people -----------------------------------------------------------------------------------
PEOPLE = {
    "recent": 50.0, "present": 40.0, "licensed": 12.0, "valid": 10.0, "in_process": 8.0, "lapsed_now": 5.0, "resting": 3.0, "process_months": 60.0,
    "between": 4.0, "applied": 6.0, "granted": 7.0, "lost_licence": 9.0, "lost_with_group": 8.5, "renewals": 11.0, "lapses": 13.0, "lapsed_stay": 14.0, "gave_up": 15.0, "struck": 15.5,
    "entered": 16.0, "left": 17.0, "moved_out": 18.0, "women": 10.0, "women_licensed": 2.0, "tied": 20.0, "knows": 24.0, "trust": 22.0, "visits": 19.0,
    "violations": 2.0, "guard_violations": 1.0, "reported": 0.5, "overdue": 21.0,
}  # fmt: skip


def test_people() -> None:
    w = make_country(**PEOPLE)
    w.st.places.sanctions[:], w.st.places.bought_off[:], w.st.places.kept[:] = 8.0, 2.0, 0.7
    row = outcome_row()
    outcomes.record_people(row, w.st, w.sc, P)
    weighted = {
        "miners": "recent", "miners_present": "present", "licensed": "valid", "paper_licences": "licensed", "in_process": "in_process",
        "in_process_idle": "resting", "between_plots": "between", "lapsed": "lapsed_now", "applications": "applied", "licences_granted": "granted",
        "licences_lost": "lost_licence", "lost_with_group": "lost_with_group", "renewals_due": "renewals", "lapses": "lapses", "still_mining": "lapsed_stay", "gave_up": "gave_up", "struck_off": "struck",
        "entered": "entered", "left": "left", "displaced": "moved_out", "visits": "visits", "overdue": "overdue",
    }  # fmt: skip
    for outcome, name in weighted.items():
        assert row[outcome] == 10 * PEOPLE[name], outcome
    assert row.unregistered == 10 * (40 - 12 - 8 - 5)
    shares = {
        "licensed_share": 10 / 50, "in_process_share": 8 / 50, "file_age": 60 / 8, "women_share": 10 / 40, "tied_share": 20 / 40, "knows_procedure": 24 / 40,
        "trust": 22 / 40, "violations": 1000 * 2 / 40, "guard_violations": 1000 / 40, "violations_reported": 500 / 40,
        "women_licence_ratio": (2 / 10) / (10 / 30), "bribed_share": 0.25, "promises_kept": 0.7,
    }  # fmt: skip
    assert pick(row, *shares) == pytest.approx(shares)


def test_groups() -> None:
    one = {"members": 6, "organised": 1}
    bands = [
        one | {"status": HOLDS_PLOT, "certified": 1, "signed": 5}, one | {"status": PLOT_EXHAUSTED, "members": 9, "signed": 8}, one | {"status": FILED, "mercury": 1},
        {"members": 3, "status": HOLDS_PLOT, "mercury": 1}, {"members": 0, "organised": 1, "certified": 1}, {"certified": 1},
    ]  # fmt: skip
    w, row = world(bands=bands), outcome_row()
    outcomes.record_people(row, w.st, w.sc, P)
    expected = {
        "enterprises": 40.0,
        "enterprises_licensed": 20.0,
        "enterprise_size": 6.5,
        "certified": 20.0,
        "mercury_free_share": 0.5,
    }
    assert pick(row, *expected) == expected


def test_an_empty_country_has_no_shares() -> None:
    w, row = world(), outcome_row()
    outcomes.record_people(row, w.st, w.sc, P)
    assert all(row[o.name] == 0 for o in O if o.group == "people")
    assert outcomes.over(3.0, 4.0) == 0.75
    assert outcomes.over(3.0, 0.0) == 0.0
    assert outcomes.mean_of(np.array([1.0, 2.0, 6.0])) == 3.0


# --- gold -------------------------------------------------------------------------------------
def test_gold() -> None:
    gold = {"gold": 900.0, "to_trader": 500.0, "to_centre": 100.0, "to_window": 60.0, "to_off_taker": 40.0, "confiscated": 20.0, "price_gold": 630.0, "trader_gold_price": 450.0, "mercury_g": 300.0}  # fmt: skip
    w, row = make_country(**gold), outcome_row()
    row.miners = 500.0
    out = np.zeros(20, [("gold_mined", "f8")]).view(np.recarray)
    out.gold_mined = np.arange(20.0)
    buyers = [
        {"present": 1, "official": 0.9, "ties": 0.8},
        {"present": 1, "official": 0.3, "ties": 0.4},
        {"present": 0, "official": 1.0, "ties": 1.0},
        {"present": 1},
    ]
    w.st.buyers[:4] = world(buyers=buyers).st.buyers[:4]
    fill(w.sc.flows, {"official_g": 240.0, "exported_g": 60.0, "smuggled_g": 200.0, "stock_g": 70.0}, FLOWS)
    outcomes.record_gold(row, 15, w.st, w.sc, out, P)
    kg = 10 / 1000
    expected = {
        "gold_mined": 900 * kg, "gold_to_trader": 500 * kg, "gold_to_centre": 100 * kg, "gold_to_window": 60 * kg, "gold_to_off_taker": 40 * kg,
        "gold_official": 400 * kg, "gold_exported": 100 * kg, "gold_smuggled": 200 * kg, "gold_confiscated": 20 * kg, "gold_stock": 70 * kg,
        "official_share": 500 / 700, "centre_share": 100 / 400, "price_received": 630 / 700, "trader_price": 450 / 500,
        # months 4 to 14 and this one: eleven months of 4 + ... + 14 = 99 kg
        "gold_per_miner": 1000 * (99 + 9) / 500, "mercury": 300 * kg, "mercury_per_gold": 300 / 900, "traders_official": 0.6, "traders_accredited": 0.6,
        "gold_individuals": 400 * kg + 0.6 * 3 * 1000 / 12,
    }  # fmt: skip
    assert pick(row, *expected) == pytest.approx(expected)
    outcomes.record_gold(row, 3, w.st, w.sc, out, P)
    assert row.gold_per_miner == pytest.approx(1000 * (0 + 1 + 2 + 9) / 500), "as many months as there are"


# --- money ------------------------------------------------------------------------------------
def test_money() -> None:
    w = world(
        2,
        places=[{"outside": 150.0, "income": 300.0}, {"outside": 250.0, "income": 700.0}],
        tallies=[{"present": 30.0}, {"present": 10.0}],
        nation={"reserves_usd": 5e6},
    )
    every = w.sc.every[0]
    every.present, every.fees, every.subsidies, every.fines, every.bribes, every.elite_take = (
        40.0,
        100.0,
        30.0,
        8.0,
        6.0,
        3.0,
    )
    w.sc.all_incomes[10], w.sc.all_incomes[20] = 20.0, 20.0
    order = {name: float(k) for k, name in enumerate(LEDGER.columns, 1)}
    fill(w.sc.ledger, {name: 1000 * k for name, k in order.items()}, LEDGER)
    fill(w.sc.before, {name: 900 * k for name, k in order.items()}, LEDGER)
    row = outcome_row()
    outcomes.record_money(row, w.st, w.sc, P)
    outside = 150 * 0.75 + 250 * 0.25
    expected = {
        "income_mean": 400.0, "income_median": outside * (-1 + 11 / 8), "income_low": outside * (-1 + (10 + 8 / 20) / 8),
        "royalty_and_tax": 100.0 * order["tax"], "revenue_forgone": 100.0 * order["tax_forgone"], "local_revenue": 100.0 * order["local_revenue"], "fees": 1000.0,
        "cost_private": 10 * 78.0, "cost_donor": 100.0, "cost_government": 200.0, "cost_market": 300.0, "reserves": 5e6,
        "bribes": 60.0, "elite_take": 30.0,
    }  # fmt: skip
    assert pick(row, *expected) == pytest.approx(expected)
    # incomes of 0.3125 and 1.5625 for half each
    assert row.income_gini == pytest.approx(0.5 - 0.3125 / (0.3125 + 1.5625))


def test_quantiles_and_gini_of_a_histogram() -> None:
    incomes = np.zeros(128)
    incomes[[8, 16, 40]] = [10.0, 20.0, 10.0]  # from 0, 1 and 4 on, each an eighth wide
    assert outcomes.income_quantile(incomes, 40.0, 0.5) == pytest.approx(1 + 0.5 / 8)
    assert outcomes.income_quantile(incomes, 40.0, 0.25) == pytest.approx(0.125), "the end of a bin"
    assert outcomes.income_quantile(incomes, 40.0, 0.9) == pytest.approx(4 + 0.6 / 8)
    assert outcomes.income_quantile(np.zeros(128), 0.0, 0.5) == 0.0
    assert outcomes.gini(np.zeros(128), 0.0) == 0.0
    poor = np.zeros(128)
    poor[2] = 5.0
    assert outcomes.gini(poor, 5.0) == 0.0, "negative incomes count as none"
    x, n = np.array([0.0625, 1.0625, 4.0625]), np.array([10, 20, 10])
    spread = np.abs(np.subtract.outer(np.repeat(x, n), np.repeat(x, n))).mean() / (2 * np.repeat(x, n).mean())
    assert outcomes.gini(incomes, 40.0) == pytest.approx(spread)


# --- state, public, land ----------------------------------------------------------------------
def test_state() -> None:
    spots = [{"raided": 1, "ever_cleared": 1, "crowd": 20.0, "crew": 5, "disclosed": 1}, {"ever_cleared": 1, "crowd": 19.0, "crew": 3}, {"crew": 2, "crowd": 50.0}, {"raided": 1, "ever_cleared": 1, "crowd": 5.0}]  # fmt: skip
    w = world(
        2, sites=spots, bands=[{}] * 2, places=[{"slots": 50, "stigma": 0.2, "damage_ha": 30.0, "rehabilitated_ha": 4.0}, {"slots": 50, "stigma": 0.6, "damage_ha": 12.0, "rehabilitated_ha": 5.0}],
        offices=[{"files": 3.0, "waiting": 1.0, "knowledge": 0.2, "attitude": 0.3, "experience": 40.0, "wait_months": 8.0}, {"files": 1.0, "waiting": 4.0, "knowledge": 0.4, "attitude": 0.7, "experience": 60.0, "wait_months": 4.0}],
        residents=[{"stigma": 0.2 + 0.1 * (k % 2)} for k in range(12)], tallies=[{"recent": 49.0}, {"recent": 48.9}],
        nation={"stigma": 0.55, "will": 0.35, "stage": 3, "suspended": 1, "credibility": 0.7, "federation": 0.15}, donors={"project_capacity": 0.6, "local_capacity": 0.25},
    )  # fmt: skip
    row = outcome_row()
    outcomes.record_state(row, w.st, w.sc, P)
    expected = {
        "raids": 2.0, "sites_cleared": 3.0, "reactivated_share": 1 / 3, "miners_disclosed": 50.0, "miners_undisclosed": 50.0, "stigma_local": 0.4,
        "stigma_national": 0.55, "polarisation": 0.0025, "will": 0.35, "law_stage": 3.0, "law_suspended": 1.0, "credibility": 0.7, "backlog": 40.0,
        "land_queue": 50.0, "slots_full": 0.5, "office_knowledge": 0.3, "office_attitude": 0.5, "office_experience": 50.0, "wait": 6.0,
        "project_capacity": 0.6, "local_capacity": 0.25, "federation": 0.15, "damage": 42.0, "rehabilitated": 9.0,
    }  # fmt: skip
    assert pick(row, *expected) == pytest.approx(expected)


def test_every_outcome_is_pinned_by_one_of_these_tests() -> None:
    """A new outcome needs its own number here: `record_*` writes it and no test above knows it."""
    from inspect import getsource

    text = "".join(
        getsource(f) for f in (test_people, test_groups, test_gold, test_money, test_state, test_conservation)
    )
    missing = [o.name for o in O if f'"{o.name}"' not in text and f"row.{o.name}" not in text]
    assert missing == []


# --- conservation -----------------------------------------------------------------------------
def test_conservation() -> None:
    flows = {
        "gold": 500.0, "confiscated": 20.0, "to_centre": 100.0, "to_window": 60.0, "to_off_taker": 40.0, "sales": 9000.0, "elsewhere": 100.0,
        "payout": 50.0, "borrowed": 70.0, "costs": 400.0, "repaid": 30.0, "spent": 8000.0, "cash_out": 10.0, "wealth": 801.0, "lent_bank": 25.0,
        "debt": 40.0, "entered": 5.0, "left": 2.0, "present": 36.0, "applied": 9.0, "granted": 3.0, "gave_up": 1.5, "struck": 0.5, "left_pending": 1.0, "in_process": 6.0,
    }  # fmt: skip
    bands = [
        {"organised": 1, "status": FILED},
        {"organised": 1, "status": WAITS_FOR_LAND},
        {"organised": 1, "status": HOLDS_PLOT},
        {"organised": 0, "status": FILED},
    ]
    w = world(bands=bands, buyers=[{"loans": 6.0}, {"loans": 4.0}])
    for name, value in flows.items():
        w.sc.every[0][name] = value
    ledger = w.sc.ledger[0]
    booked = {
        "gold_mined": 500, "gold_gone": 450, "money": 15, "sales": 1000, "bank_loans": 3, "people": 30, "files_pending": 1, "groups_pending": 2,
    }  # fmt: skip
    fill(w.sc.ledger, booked, LEDGER)
    row = outcome_row()
    fill(w.sc.flows, {"official_g": 120.0, "exported_g": 30.0, "smuggled_g": 90.0, "stock_g": 37.0, "filed": 4.0, "allotted": 3.0, "withdrawn": 2.0}, FLOWS)  # fmt: skip
    outcomes.check_conservation(row, w.st, w.sc, P)
    # 1,000 g mined, 910 gone, 37 in stock
    assert row.check_gold == pytest.approx((1000 - 450 - 220 - 240 - 37) / 1000)
    # 780 USD came to the miners this month and 15 before; they have 801
    assert row.check_money == pytest.approx((801 - 15 - (9000 + 100 + 50 + 70 - 400 - 30 - 8000 - 10)) / 10_000)
    # 28 lent by banks and 10 by traders, 40 owed
    assert row.check_debt == pytest.approx(2 / 40)
    assert row.check_people == 36 - 33
    # persons: 6 pending, 1 + 9 - 6 = 4 on the books; groups: 2 pending, 2 + 4 - 3 - 2 = 1
    assert row.check_files == 2 + 1
    assert (ledger.gold_mined, ledger.gold_gone, ledger.people, ledger.sales) == (1000.0, 910.0, 33.0, 10_000.0)


def test_national_tallies_are_sums_over_districts() -> None:
    w = world(2, tallies=[{"gold": 3.0, "lent_bank": 1.0}, {"gold": 4.0}])
    w.sc.incomes[0, 5], w.sc.incomes[1, 5] = 2.0, 3.0
    w.sc.every[0].gold, w.sc.all_incomes[5] = 99.0, 99.0
    outcomes.add_up(w.sc)
    assert (w.sc.every[0].gold, w.sc.every[0].lent_bank, w.sc.all_incomes[5], w.sc.all_incomes.sum()) == (
        7.0,
        1.0,
        5.0,
        5.0,
    )


# --- public money and the end of a month ------------------------------------------------------
def collect_taxes(**values: Any) -> World:
    """A district after a month's sales of 90 g by two traders, 30 g at the centre, 20 g at the window, 10 g to off-takers."""
    w = world(
        buyers=[{"official_g": 50.0}, {"smuggled_g": 40.0}, {"smuggled_g": 5.0}],
        here={"gold_price": 40.0, "royalty": 0.05, "window_taxes": 0.03, "export_tax": 0.02, "local_share": 0.25},
        tallies={"to_centre": 30.0, "to_window": 20.0, "to_off_taker": 10.0, "fees": 100.0, "subsidies": 30.0, "payout": 12.0, "certified_gold": 6.0},
        offices={"revenue": 600.0}, nation={"reserves_usd": 240_000.0, "certified_kg": 1.0}, **values,
    )  # fmt: skip
    month.public_money(w.st, w.sc, P)
    return w


@pytest.mark.parametrize("active", [0, 1])
def test_public_money(active: int) -> None:
    w = collect_taxes(donors={"active": active})
    tax = 10 * 40 * 0.08 * (50 + 30 + 20 + 10)
    kept = 0.25 * (tax + 10 * 100)
    ledger = w.sc.ledger[0]
    assert ledger.tax == pytest.approx(tax)
    assert ledger.tax_forgone == pytest.approx(10 * 40 * 0.08 * 45)
    assert ledger.local_revenue == pytest.approx(kept)
    assert w.st.offices[0].revenue == pytest.approx(600 + (kept - 600) / 12)
    assert ledger["donor" if active else "government"] == pytest.approx(10 * 42)
    assert ledger["government" if active else "donor"] == 0.0
    # a year of 100 g x 10 at USD 40: off-takers' gold is no reserve
    assert w.st.nation[0].reserves_usd == pytest.approx(240_000 + (12 * 40_000 - 240_000) / 12)
    assert w.st.nation[0].certified_kg == pytest.approx(1 + (12 * 0.06 - 1) / 12)


def test_licensed_export_pays_its_own_tax_and_brings_the_bank_no_reserves() -> None:
    ledger = collect_taxes(places={"exports": 1}).sc.ledger[0]
    assert ledger.tax == pytest.approx(10 * 40 * (0.08 * (30 + 20 + 10) + 0.02 * 50))
    assert ledger.tax_forgone == pytest.approx(10 * 40 * 0.08 * 45)


@pytest.mark.parametrize(("damage", "ratio"), [((30.0, 60.0), 90 / (1.5 * 10 * 8)), ((900.0, 900.0), 2.0)])
def test_damage_over_what_is_usual(damage: tuple[float, float], ratio: float) -> None:
    w = world(2, places=[{"damage_ha": damage[0], "initial": 6}, {"damage_ha": damage[1], "initial": 2}])
    assert month.damage_ratio(w.st, P) == pytest.approx(ratio)
    assert month.damage_ratio(world(places={"damage_ha": 0.5}).st, P) == pytest.approx(0.5)


def test_what_stands_for_the_country_is_weighted_by_people() -> None:
    w = world(
        3,
        places=[{"initial": 6}, {"initial": 2}, {"initial": 0}],
        here=[
            {"engagement": 0.9, "royalty": 0.1, "outside_income": 80.0},
            {"engagement": 0.3, "royalty": 0.1, "outside_income": 90.0},
            {"royalty": 0.1, "outside_income": 70.0},
        ],
    )
    month.country_now(w.st, w.sc)
    month.post_outside_income(w.st, w.sc)
    assert w.sc.country[0].engagement == pytest.approx((6 * 0.9 + 2 * 0.3) / 9)
    assert w.sc.country[0].royalty == 0.1
    assert list(w.st.places.outside) == [80.0, 90.0, 70.0]


def close_district(plant: float = 0.6, capacity: float = 10.0, **tallies: float) -> Any:
    """A district at the end of a month."""
    w = world(
        places={"trust": 0.3, "income": 240.0, "plant": plant},
        here={"plant_capacity": capacity, "plant_upkeep": 0.8},
        tallies=tallies,
    )
    month.close_month(w.st, w.sc, [P])
    return w.st.places[0]


def test_what_everybody_knows_next_month() -> None:
    place = close_district(present=40.0, trust=18.0, net_income=12_000.0, valid=6.0, recent=48.0, granted=4.0)
    assert (place.trust, place.income) == (pytest.approx(0.45), pytest.approx(240 + (300 - 240) / 12))
    assert (place.licensed_share, place.review) == (0.125, pytest.approx(0.08 + 1.5 * 0.1))
    assert close_district(present=4.0, granted=4.0).review == 1.0
    empty = close_district()
    assert (empty.trust, empty.income, empty.licensed_share, empty.review) == (0.3, 240.0, 0.0, 0.08)


def test_what_a_district_believes_of_its_officials() -> None:
    """Memories fade by a 24th a month; one in fifty of the people speaks for officials before any experience."""
    w = world(
        places={"answered": 24.0, "overdue": 12.0, "sanctions": 48.0, "bought_off": 24.0, "hurt": 0.02},
        tallies={"present": 100.0, "answered_in_time": 3.0, "answered_late": 1.0, "overdue": 6.0, "sanctioned": 5.0, "bribed": 2.0, "hurt": 4.0},
    )  # fmt: skip
    month.close_month(w.st, w.sc, [P])
    place = w.st.places[0]
    assert (place.answered, place.overdue) == (pytest.approx(23 + 3), pytest.approx(11.5 + 1 + 0.5))
    assert place.kept == pytest.approx((26 + 2) / (26 + 13 + 2))
    assert (place.sanctions, place.bought_off) == (pytest.approx(46 + 5), pytest.approx(23 + 2))
    assert place.bribed == pytest.approx(25 / (51 + 2))
    assert place.hurt == pytest.approx(0.02 + (0.04 - 0.02) / 12)
    unknown = world(tallies={"present": 100.0})
    month.close_month(unknown.st, unknown.sc, [P])
    assert (unknown.st.places[0].kept, unknown.st.places[0].bribed) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("before", "capacity", "after"), [(0.6, 10.0, 0.6 + 0.04 * 0.2), (0.0, 10.0, 1.0), (0.6, 0.0, 0.0)]
)
def test_a_plant_is_new_once_and_then_wears(before: float, capacity: float, after: float) -> None:
    assert close_district(before, capacity).plant == pytest.approx(after)


def test_tallies_begin_at_nothing() -> None:
    w = world(2, tallies={"gold": 4.0})
    w.sc.incomes[:] = 3.0
    month.clear_tallies(w.sc)
    assert not w.sc.sums.any()
    assert not w.sc.incomes.any()


# --- the order of the month -------------------------------------------------------------------
BEFORE = ["deliver 1", "donors_month", "deliver 2", "country_now", "post_outside_income", "damage_ratio", "nation_month", "law_month", "offices_month", "enforcement_month", "buyers_month", "clear_tallies", "moves_month"]  # fmt: skip
AFTER = ["bands_month", "settle_buyers", "public_money", "deposits_month", "damage_month", "residents_month", "close_month", "add_up", "record_people", "record_gold", "record_money", "record_state", "check_conservation"]  # fmt: skip


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the month's steps in the order in which they are called, instead of the steps."""
    calls: list[str] = []
    for name in {*(n.split()[0] for n in BEFORE), *AFTER, "start", "miners_month"}:
        monkeypatch.setattr(
            month, name, lambda *a, name=name: calls.append(f"{name} {a[1]}" if name == "deliver" else name) or 0.5
        )
    return calls


def run_order(first: int, part: int, steps: list[str]) -> World:
    """Run two months of nothing but their names."""
    w = world(
        2,
        tallies=[{"recent": 3.0, "mercury_g": 50.0}, {"recent": 4.0}],
        places=[{"licensed_share": 0.3, "stigma": 0.4}, {}],
    )
    empty = np.zeros(0)
    fill(w.sc.ledger, dict.fromkeys(LEDGER.columns, 5.0), LEDGER)
    fill(w.sc.flows, dict.fromkeys(FLOWS.columns, 5.0), FLOWS)
    plan = Orders(*[empty] * 10, rules=[P, P], which=np.array([[0, 1], [1, 0], [1, 1]]))
    record = Record(np.zeros(3, [("x", "f8")]).view(np.recarray), empty, np.zeros((3, 4, 2)))
    month.run_months(w.st, w.sc, plan, record, 1, first, first + 2, part, 0, 2)
    record_ = record.places
    if part in (month.WHOLE, month.AFTER):
        assert w.sc.flows[0].tolist() == (0.0,) * len(FLOWS.columns), "each month's flows begin at zero"
        assert record_[first + 1].tolist() == [[30.0, 40.0], [0.3, 0.0], [0.4, 0.0], [0.5, 0.0]]
    return w


def test_a_month_goes_through_its_steps_in_order(steps: list[str]) -> None:
    w = run_order(0, month.WHOLE, steps)
    whole = [*BEFORE, "miners_month", *AFTER]
    assert steps == ["start", *whole, *whole]
    assert list(w.sc.rule) == [1, 0]
    assert w.sc.before[0].tolist() == (5.0,) * len(LEDGER.columns)


@pytest.mark.parametrize(
    ("part", "names"), [(month.BEFORE, BEFORE), (month.MINERS, ["miners_month"]), (month.AFTER, AFTER)]
)
def test_parts_of_a_month(steps: list[str], part: int, names: list[str]) -> None:
    run_order(1, part, steps)
    assert steps == [*names, *names]


# --- the first month --------------------------------------------------------------------------
PERSON = {
    MINER.woman: 0.1, MINER.winter: 0.1, MINER.trader: 0.6, MINER.knows: 0.1, MINER.land: 0.1, MINER.trust: 0.5, MINER.hurdle: 0.5, MINER.skill: 0.0,
    MINER.outside: 0.0, MINER.advance: 0.9, MINER.accept: 0.5,
}  # fmt: skip


def start_country(monkeypatch: pytest.MonkeyPatch, **terms: float) -> World:
    """A district of two crews of three at the start, whose draws are given by stream, slot and purpose."""
    monkeypatch.setattr(start, "month_key", lambda seed, stream, t: (seed, stream, t))
    monkeypatch.setattr(start, "slot_key", lambda key, slot: (*key, slot))
    draws = Draws(monkeypatch, start, miner_steps)
    given = {
        STREAM.start_people: [PERSON | {MINER.come: u} for u in (0.33, 0.34, 0.33, 0.34, 0.34, 0.33)],
        STREAM.start_bands: [{BAND.site: 0.5, BAND.rock: 0.69, BAND.method: 0.76}, {BAND.site: 0.9, BAND.rock: 0.71, BAND.method: 0.0}],
        STREAM.start_sites: [{SITE.grade: bell, SITE.visible: u} for bell, u in ((0.4, 0.0), (-9.0, 0.25), (9.0, 0.5))],
        STREAM.start_buyers: [{BUYER.cost: 0.0, BUYER.patient: 0.49}, {BUYER.cost: 7.0, BUYER.patient: 0.51}, {BUYER.cost: 0.0, BUYER.patient: 0.9}],
        STREAM.start_offices: [{OFFICE.attitude: 0.9}],
        STREAM.start_residents: [{OFFICE.opinion: 0.2 * c} for c in range(6)],
    }  # fmt: skip
    draws.keyed = {
        ((1, stream, 0, slot), purpose): u for stream, rows in given.items() for slot, one in enumerate(rows) for purpose, u in one.items()
    }  # fmt: skip
    w = world(
        crew=3,
        bands=[{}] * 2,
        places={"traders": 2, "initial": 2, "room": 5.0, "usual": 700.0, "hard_rock": 0.7},
        programmes=[{}, {}],
    )
    base = np.array(w.sc.now)[None]
    base[0, 0, H.outside_income] = 160.0
    for name, value in terms.items():
        base[0, 0, H[name]] = value
    w.sc.now[:] = 0.0
    start.start(w.st, w.sc, base, 1, [P])
    return w


def test_people_and_crews_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    w = start_country(monkeypatch)
    place = w.st.places[0]
    # two people in six slots: each is there with a chance of a third
    assert list(w.st.miners.present) == [1, 0, 1, 0, 0, 1]
    assert list(w.st.miners.last_dug) == [-1000] * 6
    assert w.st.miners[0].income == 160.0
    assert (w.sc.tallies[0].present, w.sc.ledger[0].people) == (3.0, 3.0)
    assert list(w.st.bands.members) == [2, 1]
    assert list(w.st.bands.site) == [1, 2]
    assert (list(w.st.bands.hard_rock), list(w.st.bands.mercury)) == ([1, 0], [1, 0])
    assert (place.outside, place.income, place.review, place.trust) == (160.0, 160.0, 0.08, 0.4)


def test_sites_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    spots = start_country(monkeypatch).st.sites
    assert list(spots.base_grade) == pytest.approx([1 + 0.35 * 0.4, 0.3, 3.0])
    assert list(spots.visibility) == pytest.approx([0.2, 0.45, 0.7])
    assert (list(spots.ore), list(spots.open), list(spots.rent)) == ([1.0] * 3, [1] * 3, [160.0] * 3)
    assert list(spots.reserve_g) == pytest.approx([4000 * 5 / 3] * 3)
    assert list(spots.belief) == [0.004] * 3
    # 20/3 crews a site are usual: 9 x (6 + n)/(6 x 10/(20/3) + 1), of 1.5 people each
    others = [9 * (6 + n) / 10 for n in (0, 1, 1)]
    assert list(spots.others) == pytest.approx(others)
    assert list(spots.crew) == [0, 2, 1]
    assert list(spots.richness) == pytest.approx(
        [g * max(1, (n + 1.5 * x) / 200) ** -0.15 for g, n, x in zip((1.14, 0.3, 3.0), (0, 2, 1), others, strict=True)]
    )


def test_buyers_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    w = start_country(monkeypatch)
    buyers = w.st.buyers
    assert (list(buyers.present), list(buyers.kind), list(buyers.served)) == (
        [1, 1, 0, 0, 0],
        [0, 0, 0, 1, 2],
        [1.0] * 5,
    )
    assert list(buyers.smuggling_cost[:2]) == pytest.approx([0.035, 0.8])
    assert list(buyers.patient[:2]) == [1, 0]
    # the window leaves 0.94 - 0.0055: less than smuggling at 3.5 %, more than at 80 %
    split = [1 / (1 + math.exp(-1.1 * 100 * (0.9345 - 1 + cost))) for cost in (0.035, 0.8)]
    assert list(buyers.official[:2]) == list(buyers.ties[:2]) == pytest.approx(split)
    assert (w.st.places[0].centre_alive, w.st.places[0].funds, w.st.places[0].kept) == (1.0, 1.0, 1.0)


def test_traders_begin_with_a_split_that_reckons_with_risk_and_with_late_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    for terms, gain, most in (({"trader_risk": 0.02}, 0.02, 1.0), ({"window_days": 40.0}, -0.006 * 37.5 / 30, 0.5)):
        w = start_country(monkeypatch, **terms)
        split = 1 / (1 + math.exp(-1.1 * 100 * (0.9345 - 1 + 0.035 + gain)))
        assert w.st.buyers[0].official == pytest.approx(min(most, split))
        assert w.st.buyers[1].official == pytest.approx(most)


def test_officials_and_public_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    w = start_country(monkeypatch)
    office, nation = w.st.offices[0], w.st.nation[0]
    assert (office.attitude, office.knowledge, office.staff, office.quality, office.present) == (
        pytest.approx(0.35 + 0.4 * 0.4),
        0.15,
        pytest.approx(0.5 * 0.7),  # half an official for each 1,000 miners
        1.0,
        1,
    )
    assert office.officials == office.staff
    assert list(w.st.residents.stigma) == pytest.approx([0.5 + 0.6 * (0.2 * c - 0.5) for c in range(6)])
    assert list(w.st.residents.openness) == [0.35] * 6
    assert w.st.places[0].stigma == pytest.approx(0.5)
    assert {(m.present, m.will, m.knowledge, m.staff) for m in w.st.ministries} == {(1, 0.4, 0.15, 1.0)}
    assert (nation.credibility, nation.stigma) == (0.8, 0.5)
    assert list(w.st.programmes.learned) == [0.5, 0.5]


def test_districts_begin_apart() -> None:
    """Every row of the second district is its own, and a second run of months in parts gives the same bytes."""
    typed = (
        "context=generic", "policy=five_ingredients", "context.districts={number: 3, provinces: 1}", "context.end=2005-12", "model.scale=10",
        "context.population={miners: 400, low: 100, high: 900}",
    )  # fmt: skip
    whole, parts = (simulate.prepare_run(scenario(*typed), 3) for _ in range(2))
    whole.advance(0, 3)
    parts.advance(0, 3, threads=2)
    assert whole.out.tobytes() == parts.out.tobytes()
    districts = range(3)
    st = whole.state
    assert (
        sorted(set(st.sites.district))
        == sorted(set(st.buyers.district))
        == sorted(set(st.residents.district))
        == [*districts]
    )
    assert all(
        (st.bands[b].site - st.places[st.bands[b].district].first_site) in range(3) for b in range(len(st.bands))
    )
    assert all(st.miners[i].district == st.bands[i // 24].district for i in range(len(st.miners)))

    assert whole.scratch.sums.shape[1] == len(TALLIES.columns)
