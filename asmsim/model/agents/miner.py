"""The miner's steps: enter, sell, settle the month, meet officials, review legal status, leave.

Each step reads and writes the rows of one person; `miners_month.py` calls them in order.  The
decisions themselves are in `miner_rules.py`.
"""

import math

from asmsim.engine.columns import make_clearer, make_copier
from asmsim.engine.compile import inlined, rule
from asmsim.engine.rng import bell, twin, uniform
from asmsim.model.agents.miner_rules import (
    annuity_after,
    clamp,
    fear_months,
    hurdle_months,
    licence_utility,
    logistic,
    sanction_harm,
    social_taste,
    tires,
    trust_after,
    usual_profit,
    wants_licence,
)
from asmsim.model.agents.official import signed_chance, stage_after
from asmsim.model.agents.purposes import MINER
from asmsim.model.rows import BandRow, HandlesRow, MinerRow, OfferRow, OfficeRow, Parameters, PlaceRow, TallyRow
from asmsim.model.state import (
    BETWEEN_PLOTS,
    CENTRE,
    HOLDS_PLOT,
    IN_PROCESS,
    LAPSED,
    LICENSED,
    MINERS,
    NEVER,
    NO_FILE,
    OFF_TAKER,
    PLOT_EXHAUSTED,
    TRADER,
    TRADERS,
    UNREGISTERED,
    WINDOW,
    Prospect,
    Surroundings,
)

copy_person = rule(make_copier(MINERS))
clear_person = rule(make_clearer(MINERS))


@rule
def enter(me: MinerRow, key: int, traders: int, outside: float, memory: float, p: Parameters) -> None:
    """A person takes an empty slot; traits are keyed to slot and month of entry, all else begins at zero (M19)."""
    clear_person(me)
    me.present = 1
    me.spell += 1
    me.woman = 1 if uniform(key, MINER.woman) < p.women_share else 0
    me.year_round = 1 if uniform(key, MINER.winter) < p.year_round_share else 0
    me.status = UNREGISTERED
    me.sales_habit = TRADER
    me.trader = int(uniform(key, MINER.trader) * traders)
    knows = p.newcomer_knows + (1.0 - p.newcomer_knows) * p.hub_newcomers * memory
    me.knows_procedure = 1 if uniform(key, MINER.knows) < knows else 0
    me.secure_land = 1 if uniform(key, MINER.land) < p.secure_land_share else 0
    me.advanced = 1 if uniform(key, MINER.advance) < p.prefinanced else 0
    me.standing = uniform(key, MINER.accept)
    me.last_dug = NEVER
    me.skill = p.skill_median * math.exp(p.skill_sigma * bell(key, MINER.skill))
    me.outside = math.exp(p.outside_sigma * bell(key, MINER.outside))
    me.anchor = clamp(p.trust_start + p.trust_spread * (uniform(key, MINER.trust) - 0.5), 0.0, 1.0)
    me.trust = me.anchor
    me.sanction_belief = p.belief_floor
    me.hurdle = hurdle_months(uniform(key, MINER.hurdle), p.hurdle_median, p.hurdle_shape)
    me.income = outside * me.outside  # expects what it could earn elsewhere


@inlined
def choose_channel(
    me: MinerRow, offer: OfferRow, legal: int, lot: int, certified: bool, u: float, tied: bool, p: Parameters
) -> int:
    """Logit over the channels in reach, with habit and debt on their side (M13)."""
    trader = int(me.trader)
    habit = me.sales_habit
    w_trader = offer.weight[legal, lot, trader]
    w_centre = offer.weight[legal, lot, TRADERS]
    w_window = offer.weight[legal, lot, TRADERS + 1]
    w_taker = offer.certified_weight if certified else offer.weight[legal, lot, TRADERS + 2]
    if habit == TRADER:
        w_trader *= p.habit_factor
    elif habit == CENTRE:
        w_centre *= p.habit_factor
    elif habit == WINDOW:
        w_window *= p.habit_factor
    else:
        w_taker *= p.habit_factor
    if legal == 1 and me.slips < p.slips_needed:  # some of this gold must leave a slip
        w_trader *= 1.0 - offer.slips_asked
    if tied:  # what a lender pays less weighs against the wish not to offend it
        w_trader *= p.tie_factor * offer.tied[trader]
    x = u * (w_trader + w_centre + w_window + w_taker)
    if x < w_trader:
        return TRADER
    if x < w_trader + w_centre:
        return CENTRE
    return WINDOW if x < w_trader + w_centre + w_window else OFF_TAKER


@rule
def lend(me: MinerRow, amount: float, s: TallyRow) -> None:
    """Whom a miner owes has lent `amount` more, USD: the bank, or the miner's trader."""
    if me.bank_client == 1:
        s.lent_bank += amount
    elif me.trader == 0:
        s.lent_0 += amount
    elif me.trader == 1:
        s.lent_1 += amount
    else:
        s.lent_2 += amount


@inlined
def take_advance(me: MinerRow, cost: float, s: TallyRow) -> None:
    """Who has no savings for it may have the month's digging paid in advance, by trader or bank, on credit (W127, W143).

    So the gold is owed to a trader before it is found.
    """
    if me.advanced == 1 and me.savings < cost:
        me.cash += cost
        me.debt += cost
        s.borrowed += cost
        lend(me, cost, s)


@inlined
def household(me: MinerRow, sale: float, other: float, cost: float, save: float, s: TallyRow, p: Parameters) -> float:
    """Settle the month: repay, live, save, or borrow from the trader.  Returns net income, USD (M15).

    Loans are repaid out of gold (W127), `sale`, and not out of `other` earnings, such as winter work or what insurance
    pays.  Money is conserved: sales + payouts + loans = costs + repayments + living + change of cash and savings.
    """
    cash = me.cash + sale + other - cost
    if me.debt > 0.0:
        repaid = min(me.debt, p.repay_share * sale)
        me.debt -= repaid
        s.repaid += repaid
        lend(me, -repaid, s)
        cash -= repaid
    if cash < 0.0 and me.savings > 0.0:
        drawn = min(me.savings, -cash)
        me.savings -= drawn
        cash += drawn
    if cash < 0.0:
        s.borrowed -= cash
        lend(me, -cash, s)
        me.debt -= cash
        cash = 0.0
    living = p.spend_share * cash
    cash -= living
    if save > 0.0:
        me.savings += save * cash
        cash -= save * cash
    me.cash = cash
    s.spent += living
    return sale + other - cost


@rule
def sick_or_hurt(me: MinerRow, outside: float, s: TallyRow, p: Parameters) -> tuple[float, float]:
    """Illness or an accident: what it costs this month, and what insurance pays of that, USD (M15)."""
    cost = p.shock_cost * outside
    s.hurt += 1.0
    if me.second_income == 1:
        cost *= 1.0 - p.second_income_cushion
    paid = p.insurance_pays * cost if me.insured == 1 else 0.0
    s.payout += paid
    return cost, paid


@inlined
def meet(
    me: MinerRow, key: int, wrong: float, guard_wrong: float, fair: float, here: HandlesRow, s: TallyRow, p: Parameters
) -> int:
    """Visits, leaflets, wrongs and fair dealings of the month (M9, M12).

    `wrong`, `guard_wrong` and `fair` are chances of meeting an official who does wrong, a guard who does, an official who
    deals fairly.  Returns 1 if visited, 2 if given a leaflet, else 0.
    """
    u, v = twin(key, MINER.meet)
    visited = u < here.rights_visits
    if visited:
        s.visits += 1.0
        me.trust = trust_after(me.trust, p.fair_contact, 0.0, p)
        if uniform(key, MINER.tell) < p.visit_teaches:
            me.knows_procedure = 1
            me.knows_rights = 1
    read = not visited and u < here.rights_visits + here.leaflets
    if read and uniform(key, MINER.tell) < p.leaflet_teaches:
        me.knows_procedure = 1
    if v < wrong + guard_wrong:
        s.violations += 1.0
        if v >= wrong:
            s.guard_violations += 1.0
        reports = p.report_base + p.report_rights * me.knows_rights
        remedied = 0.0
        if uniform(key, MINER.report) < reports:
            s.reported += 1.0
            remedied = max(here.oversight, here.forums * here.voice_answered)
        me.trust = trust_after(me.trust, remedied, 1.0 - remedied, p)
    elif v < wrong + guard_wrong + fair:
        me.trust = trust_after(me.trust, p.fair_contact, 0.0, p)
    return 1 if visited else (2 if read else 0)


@rule
def become(me: MinerRow, status: int) -> None:
    """Enter a legal status."""
    me.status = status
    me.months = 0
    if status != IN_PROCESS:
        me.stage = 0


@rule
def lose_licence(me: MinerRow, s: TallyRow) -> None:
    """The licence is gone, whoever ended it."""
    become(me, LAPSED)
    s.lost_licence += 1.0


@rule
def lose_with_group(me: MinerRow, band: BandRow, s: TallyRow) -> None:
    """The licence is gone with the group that fell apart, or with its plot (M3-M5)."""
    lose_licence(me, s)
    if band.organised == 0:
        s.lost_with_group += 1.0


@rule
def grant(me: MinerRow, payment: float, s: TallyRow, p: Parameters) -> None:
    """The licence is granted, and paid for if somebody pays; on time it builds trust, late it costs some (M9)."""
    late = me.months > p.promise_months
    if late:
        s.answered_late += 1.0
    else:
        s.answered_in_time += 1.0
    me.cash += payment
    s.payout += payment
    me.trust = trust_after(me.trust, 0.0 if late else 1.0, p.late_harm if late else 0.0, p)
    become(me, LICENSED)
    me.experience = 0.0
    s.granted += 1.0


@rule
def fee_of(share: float, here: HandlesRow) -> float:
    """What falls on a miner of a licence fee of which a share is theirs, USD."""
    return share * here.licence_fee * (1.0 - here.fee_subsidy)


@rule
def pay_fee(me: MinerRow, share: float, here: HandlesRow, s: TallyRow) -> None:
    """A share of the licence fee, on credit; what is subsidised of it is paid by whoever subsidises it (M1)."""
    whole, fee = share * here.licence_fee, fee_of(share, here)
    s.fees += whole
    s.subsidies += whole - fee
    owe(me, fee, s)


@rule
def owe(me: MinerRow, cost: float, s: TallyRow) -> None:
    """A cost that is paid on credit, USD (M1, M15)."""
    s.costs += cost
    s.borrowed += cost
    me.debt += cost
    lend(me, cost, s)


@rule
def follow_group(me: MinerRow, band: BandRow, here: HandlesRow, s: TallyRow, p: Parameters) -> None:
    """A member's status follows the enterprise's plot, for which those who signed pay one fee together (M4, M5)."""
    status = me.status
    if band.status == HOLDS_PLOT:
        if status == IN_PROCESS:
            pay_fee(me, 1.0 / max(1.0, band.signed), here, s)
            grant(me, here.licence_payment, s, p)
        elif status == BETWEEN_PLOTS:
            become(me, LICENSED)
    elif status == LICENSED:
        if band.status == PLOT_EXHAUSTED:
            become(me, BETWEEN_PLOTS)
        else:
            lose_with_group(me, band, s)
    elif status == BETWEEN_PLOTS and band.status == NO_FILE:
        lose_with_group(me, band, s)


@rule
def own_file(me: MinerRow, key: int, office: OfficeRow, here: HandlesRow, s: TallyRow, p: Parameters) -> None:
    """A file for one person passes its sign-offs (M2); who digs on another's land waits for consent first (M4)."""
    if me.secure_land == 0 and uniform(key, MINER.consent) < here.holder_consent:
        me.secure_land = 1
    if me.pursues == 0:
        return
    k = int(here.signoffs)
    if me.stage < k:
        last = me.stage == k - 1
        moved = signed_chance(office, here, last)
        me.stage = int(stage_after(me.stage, moved, uniform(key, MINER.signoff), k if last else k - 1))
    if me.stage >= k:
        grant(me, here.licence_payment, s, p)


@rule
def review(me: MinerRow, key: int, organised: bool, women_led: bool, prospect: Prospect, at: Surroundings) -> None:
    """Weigh legal status anew: apply, go on waiting, or give up (M1, M2).

    A group holds one licence, and pays once, when its plot is allotted (MN101), so that a share of fee and papers falls
    on each.  Who stays without a licence may have to find another crew: that is at stake.
    """
    services, peers, share = prospect.services, prospect.peers, prospect.share
    place, nation, here, s, p = at.place, at.nation, at.here, at.tally, at.p
    status = me.status
    individual = here.individual_licences > 0.5
    landless = individual and me.secure_land == 0  # land is a gate of the licence, not of the register (W092, W154)
    profit = usual_profit(me, place, p)
    gain = prospect.profit * (place.price_legal - place.price_illegal)
    harm = (1.0 - p.licensed_exposure) * sanction_harm(profit, place, p)
    monthly = gain + (p.licence_productivity - prospect.taken) * profit - here.recurring_cost
    benefits = nation.credibility * annuity_after(prospect.wait, p) * monthly
    worth = place.kept * benefits + harm * fear_months(me.sanction_belief, prospect.wait, p)
    shielded = harm * here.process_shield * fear_months(me.sanction_belief, 0.0, p) / profit
    taste = social_taste(me.trust, peers, services, place.stigma, p) + prospect.stake
    delay = p.wait_cost * prospect.wait * profit * here.hassle
    entry = fee_of(share, here) + share * p.paper_cost * place.outside * here.hassle
    if status == IN_PROCESS:
        rest = licence_utility(worth, here.licence_payment - delay, profit, taste)
        waited = me.months > p.promise_months
        alone = not (organised or individual)
        dull = tires(rest, waited, me.hurdle, peers, services, p)
        if individual and shielded * nation.credibility >= p.register_cost:
            me.pursues = 0 if dull else me.pursues  # stays on the register for the shield; the file rests
            if not landless and wants_licence(rest, me.hurdle, peers, services, p):
                me.pursues = 1
        elif alone or dull or landless:
            s.gave_up += 1.0
            me.trust = trust_after(me.trust, 0.0, 1.0 if waited else 0.0, p)
            become(me, UNREGISTERED)
        return
    utility = licence_utility(worth, here.licence_payment - entry - delay, profit, taste)
    wants = wants_licence(utility, me.hurdle, peers, services, p)
    me.willing = 1 if wants and me.knows_procedure == 1 else 0
    if not at.gate or me.knows_procedure == 0 or not (organised or individual):
        return
    pursues = wants and not landless
    if not pursues:
        if not individual or shielded * nation.credibility < p.register_cost:
            return
    gap = p.women_gap * (1.0 - here.women_access) * (1.0 - p.women_led_helps if women_led else 1.0)
    if me.woman == 0 or me.standing >= gap:  # who is turned away is so for as long as the gap stands
        become(me, IN_PROCESS)
        me.stage = 0
        me.pursues = 1 if pursues else 0  # else it registers for the shield, and the file rests
        s.applied += 1.0
        if individual:
            pay_fee(me, 1.0, here, s)


@rule
def renew(
    me: MinerRow, key: int, allowed: bool, services: float, peers: float, stake: float, place: PlaceRow, here: HandlesRow,
    s: TallyRow, p: Parameters
) -> None:  # fmt: skip
    """Renewal on what the licence has been worth in experience (M3, W116-W117, W163), what is at stake, and what it costs."""
    taste = social_taste(me.trust, peers, services, place.stigma, p) + stake
    utility = p.annuity * me.experience + taste - here.renewal_cost / usual_profit(me, place, p)
    s.renewals += 1.0
    if not allowed or uniform(key, MINER.renew) >= logistic(p.renewal_slope * (utility + p.renewal_ease)):
        s.lapses += 1.0
        lose_licence(me, s)
    elif here.renewal_cost > 0.0:
        owe(me, here.renewal_cost, s)
        s.fees += here.renewal_cost


@rule
def strike_off(me: MinerRow, s: TallyRow, p: Parameters) -> None:
    """The person's file is struck off the register: as if it had been answered late, with nothing (M2, W084)."""
    s.struck += 1.0
    me.trust = trust_after(me.trust, 0.0, p.late_harm, p)
    become(me, UNREGISTERED)


@rule
def finance(me: MinerRow, key: int, here: HandlesRow, s: TallyRow, p: Parameters) -> None:
    """Once a year: a licensed miner with sales slips may move debts to a bank, insure, add income (M15).

    The year's slips are counted anew; who no longer holds a licence pays off the bank and stays uninsured.
    """
    if me.status == LICENSED or me.status == BETWEEN_PLOTS:
        reach = here.bank_services * (1.0 - me.woman * p.women_credit_gap * (1.0 - here.women_credit))
        if me.bank_client == 0 and me.slips >= p.slips_needed and uniform(key, MINER.credit) < reach:
            lend(me, -me.debt, s)
            me.bank_client = 1
            lend(me, me.debt, s)
        me.insured = 1 if uniform(key, MINER.insure) < here.insurance else 0
    else:
        me.insured = 0
        if me.debt <= 0.0:
            me.bank_client = 0
    me.slips = 0
    if uniform(key, MINER.second) < min(1.0, 12.0 * here.second_income):
        me.second_income = 1
    elif uniform(key, MINER.second_lost) < p.second_income_lost:
        me.second_income = 0


@rule
def leave(me: MinerRow, s: TallyRow) -> None:
    """The person stops mining; what is owed is written off and what is owned goes along (M19)."""
    me.present = 0
    s.left += 1.0
    if me.status == IN_PROCESS:
        s.left_pending += 1.0
    s.cash_out += me.cash + me.savings
    s.written_off += me.debt
    lend(me, -me.debt, s)
    me.cash = 0.0
    me.savings = 0.0
    me.debt = 0.0
    become(me, UNREGISTERED)


@rule
def move_person(origin: MinerRow, to: MinerRow, traders: int) -> None:
    """Carry a person to an empty slot, with all that is its own; the slot of origin is left empty (M12)."""
    copy_person(origin, to)
    to.spell += 1
    to.trader = origin.trader % traders
    origin.present = 0
    origin.last_dug = NEVER
    origin.cash = 0.0
    origin.savings = 0.0
    origin.debt = 0.0
    origin.status = UNREGISTERED
