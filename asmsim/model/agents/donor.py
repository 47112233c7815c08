"""The donor: pays, learns, builds capacity, leaves; and what is delivered of a lever's plan (M18)."""

from asmsim.engine.columns import Rows
from asmsim.engine.compile import rule
from asmsim.model.agents.miner_rules import clamp
from asmsim.model.handles import LAST, MAX, SUM
from asmsim.model.rows import Parameters
from asmsim.model.state import Orders, Scratch, State

DONOR, GOVERNMENT, MARKET = 0, 1, 2
FUNDERS = ("donor", "government", "market")


# --- rules ------------------------------------------------------------------------------------
@rule
def project_capacity_after(capacity: float, active: bool, p: Parameters) -> float:
    """The team is built over months and is gone soon after the money (M18)."""
    left = max(0.0, 1.0 - 1.0 / p.exit_months)  # at the end of the month that follows
    return capacity + (1.0 - capacity) / p.team_months if active else capacity * left


@rule
def local_capacity_after(
    local: float, project: float, own_share: float, memory: float, crowding: float, p: Parameters
) -> float:
    """Partners learn by carrying a share of the work beside the team; they forget, and are poached (M18)."""
    gain = p.transfer * own_share * project * (1.0 - local) * (1.0 - crowding)
    loss = p.local_forgetting * (1.0 - p.hub_keeps * memory) + p.poaching * project
    return clamp(local + gain - loss * local, 0.0, 1.0)


@rule
def share_carried(project: float, local: float, own_share: float, budget_line: float, active: bool) -> float:
    """Share of the plan that can be carried; too large an own share, too early, leaves work undone (M18)."""
    if active:
        return (1.0 - own_share) * project + own_share * local
    return local * budget_line


@rule
def learned_after(learned: float, at_work: bool, cycles_a_year: float, p: Parameters) -> float:
    """Effectiveness rises with finished try-fail-revise cycles and decays when work is interrupted (M18)."""
    if at_work:
        return learned + (1.0 - learned) * p.cycle_gain * cycles_a_year / 12.0
    return learned - p.interruption_loss * (learned - p.learned_start)


@rule
def crowded_out(budget: float, offices: float, p: Parameters) -> float:
    """Local effort crowded out once money outruns what offices can absorb (M18)."""
    return clamp(p.crowding_out * (budget / max(1.0, offices * p.absorbed_per_office) - 1.0), 0.0, 0.9)


@rule
def favour(learned: float, mean: float, adaptive: float) -> float:
    """Weight of a lever when money is short: donors move it to what has been seen to work (M18)."""
    return clamp(1.0 + adaptive * (learned - mean), 0.0, 2.0)


@rule
def combine(how: int, low: float, have: float, want: float, share: float) -> float:
    """A handle when a share of a funded write is delivered: it moves that far from doing nothing."""
    if how == LAST:
        return have + share * (want - have)
    if how == SUM:
        return have + share * want
    if how == MAX:
        return max(have, low + share * (want - low))
    return have * (1.0 + share * (want - 1.0))


# --- the month --------------------------------------------------------------------------------
@rule
def planned_cost(t: int, plan: Orders) -> float:
    """What the levers that the donor funds would cost this month in full, USD (M18)."""
    total = 0.0
    for j in range(plan.funder.shape[0]):
        if plan.funder[j] == DONOR:
            total += max(0.0, plan.cost[j, t])
    return total


@rule
def donors_month(t: int, st: State, sc: Scratch, plan: Orders, out_levers: Rows, p: Parameters) -> None:
    """Spend, learn and hand over; sets the delivered share of each lever (M18)."""
    cost, funder, ledger = plan.cost, plan.funder, sc.ledger[0]
    donors, prog, country = st.donors, st.programmes, sc.here[0]
    donor = donors[0]
    budget = country.budget
    active = budget > 0.0
    mean = 0.0
    count = 0.0
    for j in range(prog.shape[0]):
        lever = prog[j]
        if funder[j] == DONOR:
            mean += lever.learned
            count += 1.0
    mean /= max(1.0, count)
    memory = sc.country[0].memory  # last month's: what is delivered now is not known yet
    own = country.own_share
    offices = sc.here.shape[0]
    donor.crowding = crowded_out(budget, offices, p)
    donor.project_capacity = project_capacity_after(donor.project_capacity, active, p)
    donor.local_capacity = local_capacity_after(
        donor.local_capacity, donor.project_capacity, own, memory, donor.crowding, p
    )
    share = share_carried(donor.project_capacity, donor.local_capacity, own, country.budget_line, active)
    short = active and budget * (1.0 - p.overhead_share) < planned_cost(t, plan)
    adaptive = p.reallocation * min(1.0, country.learning) if short else 0.0  # nothing is moved while all is paid
    weighted = 0.0
    for j in range(prog.shape[0]):
        if funder[j] == DONOR:
            weighted += max(0.0, cost[j, t]) * favour(prog[j].learned, mean, adaptive)
    for_levers = budget * (1.0 - p.overhead_share)
    money = for_levers / max(weighted, 1e-9) if active else 1.0
    donor.active = 1 if active else 0
    donor.budget_usd = budget
    for j in range(prog.shape[0]):
        lever = prog[j]
        if cost[j, t] < 0.0:  # the lever is not planned this month
            lever.delivered = 0.0
            lever.learned = learned_after(lever.learned, False, 0.0, p)
            continue
        if funder[j] == DONOR:
            paid = share * min(1.0, money * favour(lever.learned, mean, adaptive))
            lever.delivered = paid * lever.learned
            lever.learned = learned_after(lever.learned, paid > p.at_work, country.learning, p)
            spent = cost[j, t] * paid
            if active:
                ledger.donor += spent
            else:
                ledger.government += spent
        else:
            lever.delivered = 1.0
            spent = cost[j, t]
            if funder[j] == GOVERNMENT:
                ledger.government += spent
            else:
                ledger.market += spent
        lever.spent_usd += spent
        out_levers[t, j, 0] = spent
        out_levers[t, j, 1] = lever.delivered
    overhead = p.overhead_share * budget
    ledger.donor += overhead
    donor.spent_usd += overhead
    for j in range(prog.shape[0]):
        if funder[j] == DONOR and active:
            donor.spent_usd += out_levers[t, j, 0]


@rule
def deliver(t: int, places: int, st: State, sc: Scratch, plan: Orders) -> None:
    """Handles of the month in the first `places` districts: base plan, and funded writes as delivered."""
    now, base, funded, index = sc.now, plan.base, plan.funded, plan.which_write
    how, low, high = plan.how, plan.low, plan.high
    for d in range(places):
        for h in range(now.shape[1]):
            now[d, h] = base[t, d, h]
    for k in range(index.shape[0]):
        h = index[k, 1]
        share = st.programmes[index[k, 0]].delivered
        if share <= 0.0:
            continue
        for d in range(places):
            v = funded[k, t, d]
            if v == v:
                now[d, h] = min(high[h], max(low[h], combine(how[h], low[h], now[d, h], v, share)))
