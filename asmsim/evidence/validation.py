"""How the model stands against what happened: a verdict on each pattern, as table, figure and page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from asmsim.evidence.evaluate import Evaluated
from asmsim.evidence.patterns import ArmEffect, Pattern, Statistic, inside
from asmsim.sweep.drawn import spread
from asmsim.sweep.dry_run import replicates

ENOUGH = 0.6
"""Share of draws inside the band that a fitted pattern asks for."""


@dataclass(frozen=True)
class Standing:
    """How one statistic stands; numbers are of draws, each the mean of its seeds.

    Attributes
    ----------
    chance, parameters
        Standard deviation by chance (between seeds of one draw) and by parameters (between draws, net of chance).
    """

    pattern: str
    statistic: str
    low: float
    high: float
    median: float
    q05: float
    q95: float
    share_inside: float
    chance: float
    parameters: float
    unit: str
    sources: str
    counts: bool
    asks: float = 0.0

    @property
    def passes(self) -> bool:
        """Whether the median lies within the band, and as many draws as are asked for."""
        return self.low <= self.median <= self.high and self.share_inside >= self.asks


def seeds_for(chance: float, half_width: float) -> int | None:
    """Seeds for which the 95 % interval of a mean, by Student's t, has this half-width; None where it cannot be told."""
    if not (np.isfinite(chance) and np.isfinite(half_width) and half_width > 0):
        return None
    return replicates(chance, half_width)


def standing(pattern: Pattern, name: str, judged: Statistic | ArmEffect, values: np.ndarray) -> Standing:
    """How a statistic stands, from its (draw, seed) values."""
    by_draw = np.where(np.isnan(values), np.inf, values).mean(1)  # what never happens lies beyond every band
    known = values[np.isfinite(values).all(axis=1)]
    chance, parameters = spread(known.ravel(), len(known))
    q05, median, q95 = np.quantile(by_draw, (0.05, 0.5, 0.95), method="inverted_cdf")
    return Standing(
        pattern.name, name, judged.low, judged.high, float(median), float(q05), float(q95),
        float(inside(judged, by_draw).mean()),
        chance, parameters,
        judged.unit, judged.sources, judged.counts, ENOUGH if pattern.role == "fitted" and len(values) > 1 else 0.0,
    )  # fmt: skip


def standings(found: Mapping[str, Evaluated]) -> list[Standing]:
    """Every statistic of every pattern."""
    return [
        standing(e.pattern, name, j, e.values[name]) for e in found.values() for name, j in e.pattern.judged.items()
    ]


def verdict(of_pattern: Sequence[Standing]) -> str:
    """`pass`, `partly` or `fail`, from the medians of the statistics that count."""
    passed = [s.passes for s in of_pattern if s.counts]
    return "pass" if all(passed) else ("partly" if any(passed) else "fail")


def verdicts(of: Sequence[Standing]) -> dict[str, str]:
    """Verdict of each pattern."""
    names = dict.fromkeys(s.pattern for s in of)
    return {name: verdict([s for s in of if s.pattern == name]) for name in names}


def table(of: Sequence[Standing]) -> pl.DataFrame:
    """One row for each statistic."""
    judged = verdicts(of)
    return pl.DataFrame(
        [
            {
                "pattern": s.pattern, "statistic": s.statistic, "low": s.low, "high": s.high, "median": s.median,
                "q05": s.q05, "q95": s.q95, "share_inside": s.share_inside, "sd_chance": s.chance,
                "sd_parameters": s.parameters, "unit": s.unit, "sources": s.sources, "counts": s.counts,
                "passes": s.passes, "verdict": judged[s.pattern],
                "seeds_for_a_tenth": seeds_for(s.chance, (s.high - s.low) / 10),
            }
            for s in of
        ]
    )  # fmt: skip


def joint_share(*evaluated: Evaluated) -> float:
    """Share of draws whose statistics that count are all inside, in one pattern or in several at once."""
    hits = [inside(j, e.values[n].mean(1)) for e in evaluated for n, j in e.pattern.judged.items() if j.counts]
    return float(np.all(hits, axis=0).mean())
