"""What a miner decides by: pure functions of numbers, each with the reason it is there.

Legal status is a slow choice with a personal hurdle (M1); where gold is sold is a quick one (M13).
They are separate states and never reported one as the other.
"""

import math

from asmsim.engine.compile import rule
from asmsim.model.rows import HandlesRow, MinerRow, Parameters, PlaceRow


@rule
def logistic(x: float) -> float:
    """Logistic function, safe at both ends."""
    if x > 40.0:
        return 1.0
    return 1.0 / (1.0 + math.exp(-x)) if x > -40.0 else 0.0


@rule
def clamp(x: float, low: float, high: float) -> float:
    """`x` kept within [low, high]."""
    return min(max(x, low), high)


@rule
def luck(standard: float, sigma: float) -> float:
    """Log-normal luck with mean about 1: heavy right tail of daily finds (MN041)."""
    return math.exp(sigma * standard - 0.5 * sigma * sigma)


@rule
def hurdle_months(u: float, median: float, shape: float) -> float:
    """Log-logistic hurdle in months of profit, fixed for life (W152-W155).

    Half of the owners offered two months of profit registered and a fifth of those offered one
    half to one month; a choice drawn anew each year would turn a tenth into two thirds in a decade.
    """
    return median * math.pow(u / (1.0 - u), 1.0 / shape)


@rule
def annuity_after(wait: float, p: Parameters) -> float:
    """Worth today of one USD a month that begins after a wait and ends at the horizon, USD (M1).

    Nobody counts what a licence brings before the licence is there.
    """
    return max(0.0, math.exp(-p.discount_log * wait) - p.discount_horizon) / p.discount_monthly


@rule
def fear_months(belief: float, wait: float, p: Parameters) -> float:
    """Raids that a licence granted after a wait is believed to spare, worth of them today (M1, M11).

    Belief in a raid fades by its half-life to `belief_floor`, and so does what it makes a licence worth: a raid is no
    threat for ever.
    """
    lasting = p.belief_floor * annuity_after(wait, p)
    fading = max(0.0, math.exp(-p.fear_log * wait) - p.fear_horizon) * p.fear_factor
    return lasting + max(0.0, belief - p.belief_floor) * fading


@rule
def sanction_harm(profit: float, place: PlaceRow, p: Parameters) -> float:
    """What a sanction costs who has no licence, USD: loss and fine, or what it costs to buy it off (M11, W184).

    As many as have been seen to buy it off in the district expect to do so, where that is cheaper.
    """
    whole = (p.sanction_loss + p.fine) * place.outside
    return whole - place.bribed * max(0.0, whole - p.bribe_share * profit)


@rule
def licence_utility(worth: float, one_off: float, profit: float, taste: float) -> float:
    """What applying is worth, in months of profit (M1).

    `worth` (USD) is what the licence brings over the horizon, discounted; `one_off` (USD) is what is paid or received
    once; `taste` (months) holds trust, peers, services and stigma.
    """
    return (worth + one_off) / max(profit, 1.0) + taste


@rule
def social_taste(trust: float, peers: float, services: float, stigma: float, p: Parameters) -> float:
    """Non-monetary part of the utility, months of profit (W157-W159, W172, W116)."""
    return (
        p.taste_base
        + p.taste_trust * (trust - 0.5)
        + p.taste_peers * (peers - p.peers_reference)
        + p.taste_services * services
        - p.taste_stigma * stigma
    )


@rule
def wants_licence(utility: float, hurdle: float, peers: float, services: float, p: Parameters) -> bool:
    """Whether the gates are worth passing: `hurdle` rule (0) or threshold/imitation (1).

    The alternative rule is Granovetter's: a miner follows once enough neighbours have gone before,
    whatever it pays; a visit lowers the personal threshold.  The hurdle orders people in both.
    """
    if p.status_rule < 0.5:
        return utility > hurdle
    threshold = hurdle / (hurdle + p.hurdle_median)
    return peers + p.imitation_services * services > p.imitation_scale * threshold


@rule
def tires(rest: float, waited: bool, hurdle: float, peers: float, services: float, p: Parameters) -> bool:
    """Whether an applicant gives up (M2): what is left to gain has gone, or the promised time has.

    `rest` is what the licence would still be worth, months of profit.  Under the rule of imitation an
    applicant goes as it came: with the others.
    """
    if p.status_rule < 0.5:
        return rest < 0.0 or (waited and rest < hurdle * p.patience)
    return waited and not wants_licence(rest, hurdle, peers, services, p)


@rule
def usual_profit(me: MinerRow, place: PlaceRow, p: Parameters) -> float:
    """A person's profit of a usual month, USD; at least a share of outside income, as it divides (M1)."""
    return max(me.income, p.least_profit * place.outside)


@rule
def trust_after(trust: float, good: float, bad: float, p: Parameters) -> float:
    """Trust rises slowly with good events and falls fast with bad ones (M9)."""
    trust += p.trust_gain * (1.0 - trust) * good
    return trust - min(0.9, p.trust_loss * bad) * trust


@rule
def trust_mixed(trust: float, anchor: float, peers: float, p: Parameters) -> float:
    """Friedkin-Johnsen: opinion drifts to peers, held back by where it began (M9)."""
    return trust + p.trust_mixing * (p.stubbornness * anchor + (1.0 - p.stubbornness) * peers - trust)


@rule
def sanction_belief_after(belief: float, raided: bool, inspected: bool, neighbour: bool, p: Parameters) -> float:
    """A raid is expected again at once, less at the next site, and forgotten by halves (M11).

    An inspector sets a date by which to be legal, and is expected back to see (W162).
    """
    if raided:
        return 1.0
    belief = max(p.belief_floor, belief * p.belief_decay)
    if neighbour:
        belief = max(belief, p.belief_neighbour)
    return max(belief, p.belief_inspection) if inspected else belief


@rule
def exit_hazard(income: float, outside: float, p: Parameters) -> float:
    """Chance of leaving the trade this month; rises as income stays under the outside option."""
    if income >= outside:
        return p.exit_base
    return min(0.5, p.exit_base * (1.0 + p.exit_slope * (1.0 - income / outside)))


@rule
def lot_class(gold_g: float, p: Parameters) -> int:
    """Small, middling or large parcel: travel and risk weigh on a parcel, not on a gram (W059)."""
    return int(gold_g >= p.lot_small_most) + int(gold_g >= p.lot_middling_most)  # no branch to mispredict


@rule
def gate_open(here: HandlesRow) -> bool:
    """Whether the law lets anybody apply here: in force, or temporary contracts, and not suspended."""
    return here.new_land > 0.5 and (here.in_force > 0.5 or here.temporary_contracts > 0.0)


@rule
def renewable(here: HandlesRow) -> bool:
    """Whether licences that end may be renewed: not suspended, and a law or temporary rule to renew under (M3)."""
    return here.renewal > 0.5 and (here.in_force > 0.5 or here.temporary_contracts > 0.0)
