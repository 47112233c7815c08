"""What a lever does in a country that has its problem: dose by dose, delivered in full or by a donor, and where it fails.

Its three main names are `measure_lever` (runs one lever's world), `LeverEffect` (what came of it) and `judge` (alive,
unclear or null).  Runs are paired: each seed with the lever and without.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from asmsim.analysis.statistics import find_direction, find_negligible, measure_band, measure_t_interval
from asmsim.config.settings import write_value
from asmsim.model.lever_worlds import LeverWorld, find_world
from asmsim.model.levers import all_levers
from asmsim.model.means import drop_undefined
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import find_outcome
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.replicates import Replicates, replicate

Floats = npt.NDArray[np.float64]
Standing = Literal["alive", "unclear", "null"]

SEEDS, SCALE = 16, 10
"""Paired seeds of a dose, and miners for each one simulated."""
BASE = ("context=generic", "policy=minimal_law", "context.end=2014-12")
MONTHS = 60
"""What is measured is the mean of the last five of ten years of policy."""
HALF_TIME = "2010-01"
"""Month in which a lever ends where what is left of it is measured."""
PROGRAMME = {"donor.programme.duration_years": 10.0, "donor.programme.usd_year": 1_200_000.0}
"""The donor's programme that delivers a dose, at the lever's default."""
IN_ORDER = 0.7
"""Least rank correlation between doses and effects at which a lever answers to its dose."""
RIGHTS_COST = (O.violations, O.displaced, O.bribes, O.trust)
"""What is printed together wherever a result rests on enforcement."""


@dataclass(frozen=True, eq=False)
class LeverEffect:
    """One lever's effects in its world, as (seed,) paired differences.

    Attributes
    ----------
    without
        (seed,) level of the outcome without the lever.
    full, donor
        Difference at each dose, delivered in full and by a donor's programme; none where no donor could pay.
    left
        Difference at the highest dose in the five years after it has ended; none where it does not end.
    fails
        Difference where it fails, of `fails_outcome`.
    cost_year, tax_year
        Extra cost to donor, government and firms, and extra tax, USD a year.
    licensed
        Difference of the licensed share at the highest dose, whatever the outcome of the lever is.
    trust
        Difference of trust in officials at the highest dose.
    elsewhere
        Difference of the outcome in the generic country as it is shipped, under a law without support; none for what
        only a programme makes.
    rights
        Differences of what enforcement does to people, at the highest dose; none elsewhere.
    """

    world: LeverWorld
    without: Floats
    full: tuple[Floats, ...]
    donor: tuple[Floats, ...]
    left: Floats | None
    fails: Floats
    cost_year: float
    tax_year: float
    licensed: Floats
    trust: Floats
    elsewhere: Floats | None
    rights: Mapping[O, Floats] = field(default_factory=dict)

    @property
    def top(self) -> Floats:
        """Difference at the highest dose, delivered in full."""
        return self.full[-1]

    @property
    def unit(self) -> str:
        """Unit of the outcome."""
        return find_outcome(self.world.outcome).unit

    @property
    def fails_outcome(self) -> str:
        """What is measured where it fails."""
        return self.world.harms or self.world.outcome

    @property
    def fails_unit(self) -> str:
        """Unit of what is measured where it fails."""
        return find_outcome(self.fails_outcome).unit

    @cached_property
    def direction(self) -> str:
        """Which way the mean difference at the highest dose goes."""
        return find_direction(measure_t_interval(drop_undefined(self.top)), self.unit)

    @property
    def as_expected(self) -> bool:
        """Whether the highest dose moves the outcome the expected way."""
        return self.direction == ("more" if self.world.sign > 0 else "less")

    @cached_property
    def order(self) -> float:
        """Rank correlation between doses and mean differences, positive where a higher dose does more."""
        from scipy.stats import spearmanr

        means = [0.0, *(self.world.sign * float(np.nanmean(change)) for change in self.full)]
        return 0.0 if len(set(means)) == 1 else float(spearmanr(range(len(means)), means).statistic)

    @cached_property
    def standing(self) -> Standing:
        """Whether the lever answers to its dose."""
        return judge(self)


def judge(effect: LeverEffect) -> Standing:
    """Return `alive`, `unclear` or `null`.

    Alive: the 95 % interval of the mean at the highest dose lies on the expected side, beyond what is negligible, and
    higher doses do more.  Null: the whole interval is negligible.
    """
    if effect.as_expected and effect.order >= IN_ORDER:
        return "alive"
    return "null" if effect.direction == "negligible" else "unclear"


def make_case(world: LeverWorld, dose: Mapping[str, Any] | None, more: Mapping[str, Any], scale: int) -> Scenario:
    """Return the scenario of a world with a dose of its lever, or without; `more` wins over both."""
    keys: dict[str, Any] = {"model.scale": scale}
    if not world.lever.startswith("donor."):
        keys |= PROGRAMME
    keys |= world.keys
    prefix = f"{world.lever}."
    if dose is not None:
        keys |= {f"{prefix}{name}": value for name, value in dose.items()} | dict(more)
    else:  # what the failing world says of the lever itself does not count without it
        shared = world.keys.keys()
        keys |= {key: value for key, value in more.items() if not key.startswith(prefix) or key in shared}
    return scenario(*BASE, *(f"{key}={write_value(value)}" for key, value in keys.items()))


def measure_lever(
    name: str,
    seeds: int = SEEDS,
    scale: int = SCALE,
    progress: Callable[[int], None] | None = None,
) -> LeverEffect:
    """Run a lever's doses in its world, without it, after its end, and where it fails.

    Raises
    ------
    ConfigError
        The lever has no world.
    """
    return measure_world(find_world(name), seeds, scale, progress)


def measure_world(
    world: LeverWorld, seeds: int, scale: int, progress: Callable[[int], None] | None = None
) -> LeverEffect:
    """Run the doses of a world, as `measure_lever` does."""
    prefix = f"{world.lever}."
    funded = {f"{prefix}funder": "government"} if world.by_donor and not world.lever.startswith("donor.") else {}

    def run(dose: Mapping[str, Any] | None, more: Mapping[str, Any]) -> Replicates:
        return replicate(make_case(world, dose, more, scale), seeds, progress=progress)

    doses = [world.dose_at(value) for value in world.doses]
    without = run(None, {})
    level = average(without, world.outcome)
    full, donor = [], []
    for dose in doses:
        with_lever = run(dose, funded)
        full.append(average(with_lever, world.outcome) - level)
        if funded:
            donor.append(average(run(dose, {f"{prefix}funder": "donor"}), world.outcome) - level)
    left = None
    if world.lasts:
        left = average(run(doses[-1], funded | {f"{prefix}until": HALF_TIME}), world.outcome) - level
    where = world.fails_when
    measured = world.harms or world.outcome
    fails = average(run(doses[-1], funded | where), measured) - average(run(None, where), measured)
    elsewhere = None
    if not world.lever.startswith("donor."):
        plain = world.model_copy(
            update={"keys": {"legalisation.pace": "none"} if world.lever == "legalisation" else {}}
        )
        with_it, without_it = (
            replicate(make_case(plain, dose, funded if dose else {}, scale), seeds, progress=progress)
            for dose in (doses[-1], None)
        )
        elsewhere = average(with_it, world.outcome) - average(without_it, world.outcome)
    rights = {o: average(with_lever, o.name) - average(without, o.name) for o in RIGHTS_COST}
    return LeverEffect(
        world,
        level,
        tuple(full),
        tuple(donor),
        left,
        fails,
        12 * sum(mean_difference(with_lever, without, o) for o in (O.cost_donor, O.cost_government, O.cost_market)),
        12 * mean_difference(with_lever, without, O.royalty_and_tax),
        average(with_lever, "licensed_share") - average(without, "licensed_share"),
        average(with_lever, "trust") - average(without, "trust"),
        elsewhere,
        rights if all_levers()[world.lever].ingredient == "enforcement" else {},
    )


def count_runs(name: str, seeds: int = SEEDS) -> int:
    """Return how many runs `measure_lever` makes."""
    world = find_world(name)
    twice = 2 if world.by_donor and not world.lever.startswith("donor.") else 1
    elsewhere = 0 if world.lever.startswith("donor.") else 2
    return seeds * (1 + twice * len(world.doses) + world.lasts + 2 + elsewhere)


def average(run: Replicates, outcome: str) -> Floats:
    """Return the (seed,) mean of an outcome over the months measured; NaN where it is never defined."""
    values = run.of(outcome)[:, -MONTHS:]
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(1) / known.sum(1))


def mean_difference(one: Replicates, other: Replicates, outcome: O) -> float:
    """Return the mean paired difference of an outcome over the months measured."""
    return float((average(one, outcome.name) - average(other, outcome.name)).mean())


def list_alive(effects: Sequence[LeverEffect]) -> list[LeverEffect]:
    """Return the effects of levers that are alive, each lever by its first world."""
    return [e for e in effects if e.standing == "alive" and "/" not in e.world.name]


def is_worth_naming(values: Floats, unit: str) -> bool:
    """Tell whether the median of a difference is more than negligible."""
    return abs(measure_band(values)[1]) >= find_negligible(unit)
