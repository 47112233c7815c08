"""The month, compiled from end to end: the schedule of docs/odd.md, readable top to bottom."""

from asmsim.engine.columns import make_clearer
from asmsim.engine.compile import kernel, rule
from asmsim.model.agents.buyer import buyers_month, settle_buyers, taxes_at_window
from asmsim.model.agents.donor import deliver, donors_month
from asmsim.model.agents.enterprise import bands_month
from asmsim.model.agents.miners_month import miners_month
from asmsim.model.agents.official import nation_month, offices_month
from asmsim.model.environment.law import law_month
from asmsim.model.environment.opinion import damage_month, residents_month
from asmsim.model.environment.sites import deposits_month, enforcement_month, moves_month
from asmsim.model.outcomes import (
    add_up,
    check_conservation,
    over,
    record_gold,
    record_money,
    record_people,
    record_state,
)
from asmsim.model.rows import Parameters, TableOf
from asmsim.model.start import start
from asmsim.model.state import BUYERS, TRADERS, Orders, Record, Scratch, State
from asmsim.model.tallies import FLOWS

clear_flows = rule(make_clearer(FLOWS))
WHOLE, BEFORE, MINERS, AFTER = range(4)
"""Parts of a month."""


@rule
def damage_ratio(st: State, p: Parameters) -> float:
    """Land damage over what is usual for the population, whole country (1 = usual)."""
    damage = 0.0
    people = 0.0
    for d in range(st.places.shape[0]):
        place = st.places[d]
        damage += place.damage_ha
        people += place.initial
    return min(2.0, damage / max(1.0, p.damage_reference * p.scale * people))


@rule
def country_now(st: State, sc: Scratch) -> None:
    """What stands for the country as a whole: each handle's mean over districts, weighted by their people.

    A single district that is engaged engages the ministries by its share of the miners.
    """
    people = 0.0
    for d in range(st.places.shape[0]):
        people += max(1.0, st.places[d].initial)
    for h in range(sc.now.shape[1]):
        first, same, total = sc.now[0, h], True, 0.0
        for d in range(sc.now.shape[0]):
            same = same and sc.now[d, h] == first
            total += max(1.0, st.places[d].initial) * sc.now[d, h]
        sc.nationwide[0, h] = first if same else total / people


@rule
def post_outside_income(st: State, sc: Scratch) -> None:
    """What a worker like a miner earns outside mining this month, in each district."""
    for d in range(st.places.shape[0]):
        st.places[d].outside = sc.here[d].outside_income


@rule
def public_money(st: State, sc: Scratch, p: Parameters) -> None:
    """Royalty and tax collected and forgone; what stays in the district; reserves (M14, M20)."""
    places, offices, buyers, ledger = st.places, st.offices, st.buyers, sc.ledger[0]
    official = 0.0
    certified = 0.0
    donor_pays = st.donors[0].active == 1
    for d in range(places.shape[0]):
        office = offices[d]
        s = sc.tallies[d]
        here = sc.here[d]
        price, rate = here.gold_price, taxes_at_window(here)
        grams = s.to_centre + s.to_window
        abroad = 0.0
        hidden = 0.0
        for n in range(TRADERS):
            j = d * BUYERS + n
            if places[d].exports == 1:
                abroad += buyers[j].official_g
            else:
                grams += buyers[j].official_g
            hidden += buyers[j].smuggled_g
        tax = p.scale * price * (rate * (grams + s.to_off_taker) + here.export_tax * abroad)
        kept = here.local_share * (tax + p.scale * s.fees)
        office.revenue += (kept - office.revenue) / 12.0
        # Fees and licences paid for, insurance paid out: the donor's while there is one, then the state's.
        paid = p.scale * (s.subsidies + s.payout)
        if donor_pays:
            ledger.donor += paid
        else:
            ledger.government += paid
        ledger.tax += tax
        ledger.tax_forgone += p.scale * price * rate * hidden
        ledger.local_revenue += kept
        official += p.scale * price * grams
        certified += p.scale * s.certified_gold / 1000.0
    nation = st.nation[0]
    nation.reserves_usd += (12.0 * official - nation.reserves_usd) / 12.0
    nation.certified_kg += (12.0 * certified - nation.certified_kg) / 12.0


@rule
def close_month(st: State, sc: Scratch, rules: TableOf[Parameters]) -> None:
    """What everybody will know next month: trust, licences, incomes, promises kept, bribes taken, news, the plant's state.

    Of officials a district believes what it has seen in the last months; where it has seen little, that they keep their
    promises and take no bribes (M2, M12).
    """
    places = st.places
    for d in range(places.shape[0]):
        here, p = sc.here[d], rules[sc.rule[d]]
        place = places[d]
        s = sc.tallies[d]
        present = max(1.0, s.present)
        if s.present > 0.0:
            place.trust = s.trust / present
            place.income += (s.net_income / present - place.income) / 12.0
        place.licensed_share = over(s.valid, s.recent)
        place.hurt += (s.hurt / present - place.hurt) / 12.0
        remembered, doubt = 1.0 - 1.0 / p.kept_months, p.benefit_of_doubt * present
        place.sanctions = remembered * place.sanctions + s.sanctioned
        place.bought_off = remembered * place.bought_off + s.bribed
        place.bribed = place.bought_off / (place.sanctions + doubt)
        place.answered = remembered * place.answered + s.answered_in_time
        place.overdue = remembered * place.overdue + s.answered_late + s.overdue / 12.0
        place.kept = (place.answered + doubt) / (place.answered + place.overdue + doubt)
        place.review = min(1.0, p.review_hazard + p.news_reach * s.granted / present)
        if here.plant_capacity <= 0.0:
            place.plant = 0.0
        elif place.plant <= 0.0:
            place.plant = 1.0
        else:
            place.plant += p.plant_wear * (here.plant_upkeep - place.plant)


@rule
def clear_tallies(sc: Scratch) -> None:
    """Every tally of the month starts at zero."""
    for d in range(sc.sums.shape[0]):
        for k in range(sc.sums.shape[1]):
            sc.sums[d, k] = 0.0
        for k in range(sc.incomes.shape[1]):
            sc.incomes[d, k] = 0.0


@rule
def before_miners(t: int, seed: int, st: State, sc: Scratch, plan: Orders, record: Record) -> None:
    """Steps 1 to 6a of the month: everything that miners find when they go to work."""
    places, rules = sc.tallies.shape[0], plan.rules
    sc.before[0] = sc.ledger[0]
    # 1-2  The calendar's month; the donor spends, learns, hands over
    for d in range(places):
        sc.rule[d] = plan.which[t, d]
    p = rules[sc.rule[0]]
    if t == 0:
        start(st, sc, plan.base, seed, rules)
    deliver(t, 1, st, sc, plan)  # country-wide: budget, own share
    donors_month(t, st, sc, plan, record.levers, p)
    deliver(t, places, st, sc, plan)
    country_now(st, sc)
    post_outside_income(st, sc)
    damage = damage_ratio(st, p)
    # 3  National officials and the law
    nation_month(t, seed, st, sc, damage, p)
    law_month(t, seed, st, sc, damage, p)
    # 4  Local officials: files, land; then inspections and raids
    offices_month(t, seed, st, sc, rules)
    enforcement_month(t, seed, st, sc, rules)
    # 5  Traders split their gold and buyers post prices
    buyers_month(st, sc, rules)
    # 6  Cleared bands move
    clear_tallies(sc)
    moves_month(t, seed, st, sc, plan, rules)


@rule
def after_miners(t: int, seed: int, st: State, sc: Scratch, plan: Orders, record: Record) -> None:
    """Steps 7 to 9 of the month: what follows from what miners did."""
    rules = plan.rules
    p = rules[sc.rule[0]]
    clear_flows(sc.flows[0])
    # 7  Enterprises form, file, renew, dissolve, certify
    bands_month(t, seed, st, sc, rules)
    settle_buyers(st, sc, rules)
    public_money(st, sc, p)
    # 8  Deposits, damage, opinion
    deposits_month(t, seed, st, sc, rules)
    damage_month(st, sc, rules)
    residents_month(t, seed, st, sc, rules)
    close_month(st, sc, rules)
    # 9  Outcomes and conservation
    add_up(sc)
    row = record.outcomes[t]
    record_people(row, st, sc, p)
    record_gold(row, t, st, sc, record.outcomes, p)
    record_money(row, st, sc, p)
    record_state(row, st, sc, p)
    check_conservation(row, st, sc, p)
    for d in range(sc.sums.shape[0]):
        place = st.places[d]
        record.places[t, 0, d] = p.scale * sc.tallies[d].recent
        record.places[t, 1, d] = place.licensed_share
        record.places[t, 2, d] = place.stigma
        record.places[t, 3, d] = p.scale * sc.tallies[d].mercury_g / 1000.0


@kernel
def run_months(
    st: State, sc: Scratch, plan: Orders, record: Record, seed: int, first: int, last: int, part: int, d0: int, d1: int
) -> None:
    """Months `first` to `last - 1`; writes one row of `record.outcomes` each.

    One huge run can be shared out: `part` is the whole month, or what comes before the miners, or the
    miners of districts `d0` to `d1 - 1` (who write only to their district), or what comes after them.
    """
    for t in range(first, last):
        if part == WHOLE or part == BEFORE:
            before_miners(t, seed, st, sc, plan, record)
        if part == WHOLE or part == MINERS:  # miners dig, sell, meet, believe, review
            miners_month(t, seed, st, sc, plan.rules, d0, d1)
        if part == WHOLE or part == AFTER:
            after_miners(t, seed, st, sc, plan, record)
