"""How the model stands against what happened: a verdict on each pattern, as table, figure and page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.evidence.evaluate import Evaluated
from asmsim.evidence.patterns import ArmEffect, Pattern, Statistic, is_inside
from asmsim.sweeps.draws import split_spread
from asmsim.sweeps.request.estimate import count_needed_seeds

Floats = npt.NDArray[np.float64]
ENOUGH = 0.6
"""Share of draws inside the band that a fitted pattern asks for."""


RESAMPLES = 1000
SURE = 0.95
"""Draws taken anew, and the share of times a result has to be the same to be no matter of which draws were taken."""


@dataclass(frozen=True)
class Standing:
    """How one statistic stands; numbers are of draws, each the mean of its seeds (of seeds, where there is one draw).

    Attributes
    ----------
    undefined
        Share in which it is not defined, such as what is lost of nothing.
    share_met
        Share of draws taken anew (bootstrap) in which it meets what is asked.
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
    share_met: float
    chance: float
    parameters: float
    unit: str
    sources: str
    counts: bool
    meets: bool
    undefined: float = 0.0

    @property
    def close(self) -> bool:
        """Whether other draws might as well have told otherwise."""
        return self.counts and 1 - SURE < self.share_met < SURE


def count_seeds_for(chance: float, half_width: float) -> int | None:
    """Seeds for which the 95 % interval of a mean, by Student's t, has this half-width; None where chance is not measured."""
    if not (np.isfinite(chance) and np.isfinite(half_width) and half_width > 0):
        return None
    return count_needed_seeds(chance, half_width)


def measure_defined_quantiles(values: Floats) -> Floats:
    """(5 %, median, 95 %) along the last axis of what is defined; NaN where less than half is."""
    defined = ~np.isnan(values)
    ordered = np.sort(values, axis=-1)  # what is not defined stands last
    n = defined.sum(-1, keepdims=True)
    at = np.clip(np.ceil(n * np.array([0.05, 0.5, 0.95]) - 1e-9).astype(int) - 1, 0, None)
    return np.where(2 * n >= values.shape[-1], np.take_along_axis(ordered, at, -1), np.nan)


def is_met(judged: Statistic | ArmEffect, values: Floats, asks: float) -> npt.NDArray[np.bool_]:
    """Whether the median along the last axis lies within the band, and as many values as are asked for."""
    return np.asarray(
        is_inside(judged, measure_defined_quantiles(values)[..., 1]) & (is_inside(judged, values).mean(-1) >= asks)
    )


def judge_statistic(pattern: Pattern, name: str, judged: Statistic | ArmEffect, values: Floats) -> Standing:
    """How a statistic stands, from its (draw, seed) values; NaN = not defined."""
    known = values[np.isfinite(values).all(axis=1)]
    chance, parameters = split_spread(known.ravel(), len(known)) if len(values) > 1 else split_spread(values.ravel(), 0)
    units = values.mean(1) if len(values) > 1 else values[0]
    asks = max(pattern.asks, ENOUGH if pattern.role == "fitted" else 0.0) if len(values) > 1 else 0.0
    again = np.random.default_rng(1).integers(0, len(units), (RESAMPLES, len(units)))
    q05, median, q95 = measure_defined_quantiles(units)
    return Standing(
        pattern.name, name, judged.low, judged.high, float(median), float(q05), float(q95),
        float(is_inside(judged, units).mean()), float(is_met(judged, units[again], asks).mean()), chance, parameters,
        judged.unit, judged.sources, judged.counts, bool(is_met(judged, units, asks)), float(np.isnan(units).mean()),
    )  # fmt: skip


def judge_patterns(found: Mapping[str, Evaluated]) -> list[Standing]:
    """Every statistic of every pattern."""
    return [
        judge_statistic(e.pattern, name, j, e.values[name])
        for e in found.values()
        for name, j in e.pattern.judged.items()
    ]


def judge_pattern(of_pattern: Sequence[Standing]) -> str:
    """`pass`, `partly` or `fail`, from the statistics that count; `reported` if none does."""
    met = [s.meets for s in of_pattern if s.counts]
    return "reported" if not met else "pass" if all(met) else "partly" if any(met) else "fail"


def group_by_pattern(of: Sequence[Standing]) -> dict[str, list[Standing]]:
    """The statistics of each pattern."""
    found: dict[str, list[Standing]] = {}
    for s in of:
        found.setdefault(s.pattern, []).append(s)
    return found


def pattern_verdicts(of: Sequence[Standing]) -> dict[str, str]:
    """Verdict of each pattern."""
    return {name: judge_pattern(mine) for name, mine in group_by_pattern(of).items()}


def list_close(of: Sequence[Standing]) -> set[str]:
    """Patterns whose verdict other draws might have changed: none with a statistic that fails whatever is drawn."""
    return {
        name
        for name, mine in group_by_pattern(of).items()
        if any(s.close for s in mine) and not any(s.counts and s.share_met <= 1 - SURE for s in mine)
    }


def band_text(low: float, high: float) -> str:
    """A band in words."""
    if np.isneginf(low):
        return f"at most {high:g}" if np.isfinite(high) else "-"
    return f"at least {low:g}" if np.isposinf(high) else f"{low:g} to {high:g}"


def standing_rows(of: Sequence[Standing]) -> pl.DataFrame:
    """One row for each statistic."""
    judged = pattern_verdicts(of)
    return pl.DataFrame(
        [
            {
                "pattern": s.pattern, "statistic": s.statistic, "low": s.low, "high": s.high, "median": s.median,
                "q05": s.q05, "q95": s.q95, "undefined": s.undefined, "share_inside": s.share_inside, "sd_chance": s.chance,
                "sd_parameters": s.parameters, "unit": s.unit, "sources": s.sources, "counts": s.counts,
                "meets": s.meets, "share_met": s.share_met, "verdict": judged[s.pattern],
                "seeds_for_a_tenth": count_seeds_for(s.chance, (s.high - s.low) / 10),
            }
            for s in of
        ]
    )  # fmt: skip


def joint_share(*evaluated: Evaluated) -> float:
    """Share of draws whose statistics that count are all inside, in one pattern or in several at once; NaN if none counts."""
    hits = [is_inside(j, e.values[n].mean(1)) for e in evaluated for n, j in e.pattern.judged.items() if j.counts]
    return float(np.all(hits, axis=0).mean()) if hits else float("nan")
