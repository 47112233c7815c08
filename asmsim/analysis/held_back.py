"""What held people back: where each miner stands on the way to a licence, and what stands in the way.

Every miner who is there is counted once, by the agents' own states: whether there is a law to apply under, who knows the
procedure, who would apply, has a group, waits for the office or for land, has been turned away, holds a licence or has lost it.
Of those who know the procedure and would not apply, each is asked again with one thing changed (M1): no stigma, full trust,
no cost and no wait.  The first that would turn the answer is what held them back; else the licence is worth too little.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.language import mark, tr
from asmsim.config.schema import month_number
from asmsim.model import parameters
from asmsim.model.agents.miner_rules import gate_open
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario
from asmsim.model.simulate import Run, prepare_run
from asmsim.model.state import BETWEEN_PLOTS, IN_PROCESS, LAPSED, LICENSED, WAITS_FOR_LAND
from asmsim.sweeps.draws import draw_seed
from asmsim.sweeps.replicates import Replicates

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
PLACES = {
    "licensed": mark("hold a licence"),
    "waits_office": mark("wait for the office"),
    "waits_land": mark("wait for land"),
    "resting": mark("are on the register and do not pursue it"),
    "lapsed": mark("have lost a licence"),
    "no_law": mark("have no law to apply under"),
    "unheard": mark("do not know how to apply"),
    "stigma": mark("would apply, were it not for what neighbours think of miners"),
    "distrust": mark("would apply, if they trusted officials"),
    "cost": mark("would apply, were it not for cost and wait"),
    "worth": mark("find a licence worth too little"),
    "no_land": mark("cannot show a right to the land"),
    "no_group": mark("would apply and have no group"),
    "turned_away": mark("would apply and are turned away by groups"),
    "undecided": mark("would apply and have not yet"),
}
"""Where a miner stands, as a sentence says it; each is counted in one."""

HUNDRED = 100
MORE, FEWER = mark("{number} more {place}"), mark("{number} fewer {place}")
LOOKED_BACK = 8
"""Results whose look back is kept: console, report and brief each tell of it."""
LOOKED_AT = 2
"""Seeds, or draws, of runs that are looked at again: where people stand differs little between them."""


@dataclass(frozen=True, eq=False)
class HeldBack:
    """(seed,) persons in each place, at the end of a month."""

    month: str
    counts: Mapping[str, Floats]

    @property
    def people(self) -> Floats:
        """(seed,) persons who are there."""
        return np.asarray(np.sum(list(self.counts.values()), axis=0))

    def share(self, place: str) -> float:
        """Mean share of people in a place; 0 where nobody is there."""
        people = float(self.people.mean())
        return float(self.counts[place].mean()) / people if people > 0 else 0.0


def find_held_back(scenario: Scenario, seeds: int | Sequence[int] = 4, month: str | None = None) -> HeldBack:
    """Run a scenario on some seeds, and count where people stand at the end of a month.

    Parameters
    ----------
    month
        `YYYY-MM`; the last one if none.

    Raises
    ------
    ConfigError
        The month is not simulated.
    """
    context = scenario.context
    start = month_number(context.start)
    last = context.months - 1 if month is None else month_number(month) - start
    if not 0 <= last < context.months:
        raise ConfigError(f"{month}: not within {context.start} to {context.end}")
    found: dict[str, list[float]] = {place: [] for place in PLACES}
    for seed in range(1, seeds + 1) if isinstance(seeds, int) else seeds:
        run = prepare_run(scenario, seed)
        run.advance(0, last + 1)
        for place, number in count_places(run).items():
            found[place].append(number)
    when = month or context.end
    return HeldBack(when, {place: np.array(numbers) for place, numbers in found.items()})


def count_places(run: Run) -> dict[str, float]:
    """Persons in each place at the end of the last month that was run."""
    state, scale = run.state, run.scenario.model.scale
    there = np.flatnonzero(state.miners.present == 1)
    left = np.ones(len(there), bool)
    counts = {}
    for place, flags in stand_in_places(run, there).items():
        taken = left & flags
        counts[place] = scale * float(taken.sum())
        left &= ~taken
    assert not left.any(), "every miner stands somewhere"
    return {place: counts[place] for place in PLACES}


def stand_in_places(run: Run, there: npt.NDArray[np.int64]) -> dict[str, Flags]:
    """(person,) whether each stands in a place, in the order in which they are asked."""
    state: Any = run.state
    here: Any = run.scratch.here
    me = state.miners[there]
    band = state.bands[there // int(run.scenario.behaviour["crew_slots"])]
    home = here[me.district]
    persons = home.individual_licences > 0.5
    individual = persons if isinstance(persons, np.ndarray) else np.full(len(there), bool(persons))
    gate = np.array([bool(getattr(gate_open, "py_func", gate_open)(row)) for row in here])[me.district]
    in_process = me.status == IN_PROCESS
    organised = band.organised == 1
    wants = me.willing == 1
    held = explain_unwilling(run, there)
    gap = float(run.scenario.behaviour["women_gap"]) * (1.0 - home.women_access)
    return {
        "licensed": (me.status == LICENSED) | (me.status == BETWEEN_PLOTS),
        "waits_land": in_process & ~individual & (band.status == WAITS_FOR_LAND),
        "resting": in_process & individual & (me.pursues == 0),
        "waits_office": in_process,
        "lapsed": me.status == LAPSED,
        "no_law": ~gate,
        "unheard": me.knows_procedure == 0,
        **{reason: ~wants & flags for reason, flags in held.items()},
        "no_land": individual & (me.secure_land == 0),
        "no_group": ~individual & ~organised,
        "turned_away": (me.woman == 1) & (me.standing < gap),
        "undecided": np.ones(len(there), bool),
    }


def explain_unwilling(run: Run, there: npt.NDArray[np.int64]) -> dict[str, Flags]:
    """(person,) what would turn a refusal, the first of stigma, distrust, cost; else that a licence is worth too little."""
    state: Any = run.state
    me = state.miners[there]
    stigma, wait = state.places[me.district].stigma, state.offices[me.district].wait_months
    utility = weigh_licence(run, there)
    found = {
        "stigma": utility(wait, me.trust, 0.0, False) > me.hurdle,
        "distrust": utility(wait, 1.0, stigma, False) > me.hurdle,
        "cost": utility(np.zeros(len(there)), me.trust, stigma, True) > me.hurdle,
    }
    return found | {"worth": np.ones(len(there), bool)}


def weigh_licence(run: Run, there: npt.NDArray[np.int64]) -> Callable[[Any, Any, Any, bool], Floats]:
    """Return what applying is worth to each, in months of profit (M1, for many at once), by wait, trust, stigma, and without cost."""
    state: Any = run.state
    here: Any = run.scratch.here
    p = parameters.make_records([run.scenario.plan.rules[0]], run.scenario.model.scale)[0]
    crew = int(run.scenario.behaviour["crew_slots"])
    me, band = state.miners[there], state.bands[there // crew]
    place, nation = state.places[me.district], state.nation[0]
    home = here[me.district]
    individual = home.individual_licences > 0.5
    profit = np.maximum(me.income, p.least_profit * place.outside)
    usual = me.skill * state.sites[band.site].richness * p.season_share * home.gold_price
    monthly = usual * (place.price_legal - place.price_illegal) + p.licence_productivity * profit - home.recurring_cost
    whole = (p.sanction_loss + p.fine) * place.outside
    harm = (1 - p.licensed_exposure) * (whole - place.bribed * np.maximum(0.0, whole - p.bribe_share * profit))
    members = np.bincount(there // crew, minlength=len(state.bands))[there // crew]
    share = np.where(individual, 1.0, 1.0 / np.maximum(p.legal_minimum, band.signed))
    entry = share * (home.licence_fee * (1 - home.fee_subsidy) + p.paper_cost * place.outside * home.hassle)
    peers = np.maximum(place.licensed_share, band.signed / np.maximum(1, members))

    def utility(wait: Any, trust: Any, stigma: Any, free: bool) -> Any:
        annuity = np.maximum(0.0, np.exp(-p.discount_log * wait) - p.discount_horizon) / p.discount_monthly
        fading = np.maximum(0.0, np.exp(-p.fear_log * wait) - p.fear_horizon) * p.fear_factor
        fear = p.belief_floor * annuity + np.maximum(0.0, me.sanction_belief - p.belief_floor) * fading
        worth = place.kept * nation.credibility * annuity * monthly + harm * fear
        paid = 0.0 if free else entry + p.wait_cost * wait * profit * home.hassle
        taste = p.taste_base + p.taste_trust * (trust - 0.5) + p.taste_peers * (peers - p.peers_reference)
        return (worth + home.licence_payment - paid) / np.maximum(profit, 1.0) + taste - p.taste_stigma * stigma

    return utility


@lru_cache(LOOKED_BACK)
def look_back(run: Replicates) -> HeldBack:
    """Where people stood in the last month of runs that were made.

    How many hold a licence, are in process, have lost one or never had one is what all runs report; how each of these divides
    further is looked up in the first of their seeds, or draws.
    """
    if run.drawn is None:
        looked = find_held_back(run.scenario, run.seeds[:LOOKED_AT])
    else:
        each = [
            find_held_back(run.scenario.with_parameters(values), [draw_seed(run.seeds[0], k)])
            for k, values in enumerate(run.drawn.values[:LOOKED_AT])
        ]
        counts = {place: np.concatenate([one.counts[place] for one in each]) for place in PLACES}
        looked = HeldBack(each[0].month, counts)
    people = float(run.of(O.miners_present)[:, -1].mean())
    return divide_reported(looked, people, {o: float(run.of(o)[:, -1].mean()) for o in STATES})


STATES: dict[O, tuple[str, ...]] = {
    O.paper_licences: ("licensed",),
    O.in_process: ("waits_office", "waits_land", "resting"),
    O.lapsed: ("lapsed",),
}
"""Places in which people of a reported status stand; all others are unregistered."""


def divide_reported(looked: HeldBack, people: float, reported: Mapping[O, float]) -> HeldBack:
    """Return counts of one mean run, in which of so many people each status has as many as reported, divided as in the runs looked at."""
    counts: dict[str, Floats] = {}
    taken = {place for places in STATES.values() for place in places}
    others = tuple(place for place in PLACES if place not in taken)
    left = max(0.0, people - sum(reported.values()))
    for places, number in (*((places, reported[o]) for o, places in STATES.items()), (others, left)):
        means = np.array([float(looked.counts[place].mean()) for place in places])
        parts = means / means.sum() if means.sum() > 0 else np.eye(len(places))[0]
        counts |= {place: np.array([number * part]) for place, part in zip(places, parts, strict=True)}
    return HeldBack(looked.month, counts)


def why(run: Replicates, beside: Replicates | None = None) -> str:
    """What held people back in runs that were made, in a paragraph; beside others also what changed most."""
    if beside is None:
        return describe_held_back(look_back(run))
    return describe_held_back(look_back(run), look_back(beside), (run.name, beside.name))


def describe_held_back(found: HeldBack, before: HeldBack | None = None, names: tuple[str, str] = ("", "")) -> str:
    """What held people back in a paragraph, the largest first; beside another policy also what changed most."""
    hundred = count_of_hundred(found)
    if not hundred:
        return tr("Nobody mines.")
    said = list_in_words([f"{number} {tr(PLACES[place])}" for place, number in hundred.items()])
    text = tr("Of 100 miners in {month}, {places}.", month=found.month, places=said)
    if before is None:
        return text
    moved = {place: found.share(place) - before.share(place) for place in PLACES}
    most = sorted(moved, key=lambda place: -abs(moved[place]))[:2]
    changes = [
        (tr(MORE if moved[place] > 0 else FEWER, number=f"{abs(100 * moved[place]):.0f}", place=tr(PLACES[place])))
        for place in most
        if abs(moved[place]) >= 0.005
    ]
    if not changes:
        return f"{text} " + tr("That is as under {policy}.", policy=names[1])
    return f"{text} " + tr("Of 100, {changes} than under {policy}.", changes=list_in_words(changes), policy=names[1])


def count_of_hundred(found: HeldBack) -> dict[str, int]:
    """Return how many of a hundred people stand in each place, the most first: whole numbers that add up to a hundred."""
    shares = np.array([HUNDRED * found.share(place) for place in PLACES])
    if shares.sum() <= 0:
        return {}
    whole = np.floor(shares).astype(int)
    for k in np.argsort(-(shares - whole), kind="stable")[: HUNDRED - int(whole.sum())]:
        whole[k] += 1
    numbers = dict(zip(PLACES, map(int, whole), strict=True))
    return {place: n for place, n in sorted(numbers.items(), key=lambda one: -one[1]) if n}


def list_in_words(parts: Sequence[str]) -> str:
    """Parts in one sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {tr('and')} {parts[-1]}"
