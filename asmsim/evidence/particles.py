"""What is fitted: a particle, the simulations it stands for, and their distance from the bands.

A particle is a value of every parameter that is not fixed, those fitted and all others alike, and its seeds, from
which its seeds come; so nothing is held fixed.  Its distance is by how far its statistics lie outside their bands:
0 = every band is met.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from asmsim.evidence import priors
from asmsim.evidence.evaluate import Key, evaluate, make_scenarios, unfold
from asmsim.evidence.patterns import ArmEffect, Pattern, Statistic, load_pattern
from asmsim.model.scenario import Scenario

Floats = npt.NDArray[np.float64]
FITTED = ("P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "V6a")
LUCKY = "luck"
"""What a particle is made of beside parameters."""
SAMPLE, LUCK = 10.0, 3
"""Persons for each one simulated, but for the trial; and seeds of a particle, whose mean is held
against the bands: else the fit would keep lucky runs."""
WHOLE_LUCK = 2
"""Seeds where everybody is simulated: they have half as much luck in them as three of a sample."""
TRIAL_LUCK = 1
"""The same of the trial, in which 4,100 miners meet the arms."""
LOTS = 3
"""Lots of so many seeds each, once everybody has been simulated: a particle must be near in the first, and in the mean of
the first two, and in that of all.  (The trial is judged once: its band is wide beside chance.)"""
LOT = 100_000
"""First seeds that a lot can have."""


def sample_patterns(patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """Patterns at the sample."""
    return tuple(p if p.trial else p.model_copy(update={"scale": max(SAMPLE, p.scale)}) for p in patterns)


def excess(judged: Statistic | ArmEffect, value: float) -> float:
    """How far a value lies outside its band, in half-widths of it, at most 4; NaN counts as 4."""
    if not np.isfinite(value):
        return 4.0
    finite = [abs(b) for b in (judged.low, judged.high) if np.isfinite(b)]
    both = np.isfinite(judged.low) and np.isfinite(judged.high)
    half = (judged.high - judged.low) / 2 if both else max(finite, default=1.0)
    return float(min(4.0, max(judged.low - value, value - judged.high, 0.0) / max(half, 1e-12)))


def distance(patterns: Sequence[Pattern], values: Mapping[str, float], partly: bool = False) -> float:
    """Sum over statistics that count of how far each lies outside its band; `partly`: over those that are known."""
    return sum(
        excess(judged, values[f"{p.name} {name}"])
        for p in patterns
        for name, judged in p.judged.items()
        if judged.counts and not (partly and f"{p.name} {name}" not in values)
    )


def mean_of_lots(told: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean over lots, of what the last one tells."""
    return {name: sum(lot[name] for lot in told) / len(told) for name in told[-1]}


def farthest(patterns: Sequence[Pattern], told: Sequence[Mapping[str, float]]) -> float:
    """The largest of the distances of the first lot, of the mean of the first two, and so on."""
    return max(distance(patterns, mean_of_lots(told[: n + 1])) for n in range(len(told)))


@dataclass(frozen=True)
class ParticleSimulator:
    """From a particle to its statistics: means over a few seeds, drawn with the particle."""

    patterns: tuple[Pattern, ...]
    luck: int = LUCK
    shift: tuple[float, ...] = ()
    """Added to statistics, in the order of `names`: how everybody differs from a sample."""
    lots: int = 1
    """Lots of seeds by which a particle is judged."""

    @classmethod
    def of(cls, names: Sequence[str] = FITTED, whole: bool = False) -> Self:
        """On patterns by name: of a sample, or of everybody."""
        patterns = tuple(load_pattern(name) for name in names)
        return cls(patterns, WHOLE_LUCK) if whole else cls(sample_patterns(patterns))

    @property
    def names(self) -> tuple[str, ...]:
        """Statistics of a particle, each as `PATTERN statistic`."""
        return tuple(f"{p.name} {name}" for p in self.patterns for name in p.judged)

    def ready(self) -> None:
        """Compose every scenario, and compile: both are for one thread."""
        Quantiles(self)(dict.fromkeys(Quantiles(self).names, 0.5))

    def draw_of(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Every parameter's value."""
        return {name: float(value) for name, value in particle.items() if name != LUCKY}

    def whole_draw(self, particle: Mapping[str, float]) -> dict[str, float]:
        """The particle's draw, and what was drawn with it for the country of the trial, as `country.parameter`."""
        draw = self.draw_of(particle)
        seed = self.seeds_of(particle, TRIAL_LUCK)[0]
        for context in {p.context for p in self.patterns if p.trial}:
            there = priors.draw_abroad([draw], context, seed)[0]
            theirs = priors.list_own(priors.HOME) | priors.list_own(context) | priors.list_hierarchical().keys()
            draw |= {f"{context}.{name}": there[name] for name in sorted(theirs) if name in there}
        return draw

    def seeds_of(self, particle: Mapping[str, float], number: int, lot: int = 0) -> list[int]:
        """The seeds that go with a particle, of one of its lots."""
        first = int(np.random.default_rng(int(particle[LUCKY] * 2**52)).integers(LOT)) + lot * LOT
        return [1 + number * first + k for k in range(number)]

    def __call__(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Statistics by pattern and name, over all lots."""
        return mean_of_lots(self.told(particle))

    def told(self, particle: Mapping[str, float]) -> list[dict[str, float]]:
        """The same, lot by lot; the trial is that of the first."""
        trial = self.trial(particle)
        return [lot | trial for lot in self.country(particle)]

    def country(self, particle: Mapping[str, float]) -> list[dict[str, float]]:
        """Statistics of the country's patterns, lot by lot."""
        ready = self.scenarios_of(particle)
        return [[{}, *self.unfold(particle, ready, lot)][-1] for lot in range(self.lots)]

    def trial(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Statistics of the trial."""
        patterns, seeds = [p for p in self.patterns if p.trial], self.seeds_of(particle, TRIAL_LUCK)
        draw = self.draw_of(particle)
        found = evaluate(patterns, [draw], seeds, threads=1, local_seed=seeds[0]) if patterns else {}
        return self.shifted({f"{p.name} {n}": float(found[p.name].values[n].mean()) for p in patterns for n in p.trial})

    def scenarios_of(self, particle: Mapping[str, float]) -> dict[Key, Scenario]:
        """The country's scenarios under the particle's draw; the same for all lots."""
        patterns, draw = [p for p in self.patterns if not p.trial], self.draw_of(particle)
        local = self.seeds_of(particle, self.luck)[0]
        return make_scenarios(patterns, {p.context: priors.draw_abroad([draw], p.context, local)[0] for p in patterns})

    def unfold(
        self, particle: Mapping[str, float], ready: Mapping[Key, Scenario], lot: int = 0
    ) -> Iterator[dict[str, float]]:
        """Statistics of the country's patterns, of one lot: those known by then, each time that another becomes known."""
        patterns = [p for p in self.patterns if not p.trial]
        for known in unfold(patterns, ready, self.seeds_of(particle, self.luck, lot)):
            yield self.shifted({f"{pattern} {name}": float(values.mean()) for (pattern, name), values in known.items()})

    def shifted(self, told: Mapping[str, float]) -> dict[str, float]:
        """What a sample tells, as everybody would tell it."""
        shift = dict(zip(self.names, self.shift, strict=True)) if self.shift else {}
        return {name: value + shift.get(name, 0.0) for name, value in told.items()}

    def distance(self, particle: Mapping[str, float], limit: float = np.inf) -> float:
        """Distance from the bands, the farthest that lots tell; beyond the limit, some distance beyond it.

        A particle is given up once what is known of it puts it beyond the limit: what its runs would go on to tell,
        and other lots and the trial, could only take it farther.
        """
        ready = self.scenarios_of(particle)
        told: list[dict[str, float]] = []
        far = 0.0
        for lot in range(self.lots):
            told.append({})
            for known in self.unfold(particle, ready, lot):
                told[lot] = known
                far = max(far, distance(self.patterns, mean_of_lots(told), partly=True))
                if far > limit:
                    return far
        return far + distance([p for p in self.patterns if p.trial], self.trial(particle))


@dataclass(frozen=True)
class Quantiles:
    """Wraps a simulator whose particles are quantiles, which makes every prior a unit interval."""

    simulator: ParticleSimulator

    def values_of(self, particle: Mapping[str, float]) -> dict[str, float]:
        """The particle in the parameters' own units."""
        rows = {name: np.array([q]) for name, q in particle.items() if name != LUCKY}
        values = {name: float(v[0]) for name, v in priors.values_of_quantiles(priors.HOME, rows).items()}
        return values | ({LUCKY: float(particle[LUCKY])} if LUCKY in particle else {})

    @property
    def names(self) -> tuple[str, ...]:
        """What a particle is made of: those fitted first, luck last."""
        fitted = priors.list_fitted()
        return (*fitted, *(name for name in priors.list_drawn(priors.HOME) if name not in fitted), LUCKY)

    def particle_of(self, row: Floats) -> dict[str, float]:
        """A row of quantiles as a particle in the parameters' own units."""
        return self.values_of(dict(zip(self.names, map(float, row), strict=True)))

    def __call__(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Statistics."""
        return self.simulator(self.values_of(particle))
