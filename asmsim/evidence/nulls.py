"""Three simple forecasts that a model has to beat, each fitted to the same episodes as the model.

*Diffusion*: the licensed share follows one logistic curve of the years since licences could be had.  *Wedge*: official sales change
with what the official window takes, at one elasticity.  *Persistence*: everything stays as it was last.  Each has a spread of its own,
from how far it lies off the episodes to which it is fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asmsim.config.schema import month_number
from asmsim.evidence.evaluate import find_base
from asmsim.evidence.particle_table import FitTarget
from asmsim.evidence.patterns import ArmEffect, Measure, Pattern, Statistic, match_value
from asmsim.model.handles import H

Floats = npt.NDArray[np.float64]
SALES = ("gold_official", "gold_to_window", "gold_individuals")
NULLS = ("diffusion", "wedge", "persistence")
BEFORE = 1.0
"""Spread that a null is given before it has seen anything, as one observation: a factor of e, or as much in odds."""
POINTS_BEFORE = 10.0
"""The same of effects in a trial, percentage points."""
VAGUE = 0.01
"""Weight of a slope of 0 before anything has been seen, in observations."""
QUANTILES = (np.arange(199) + 0.5) / 199


@dataclass(frozen=True)
class Normal:
    """A normal forecast."""

    mean: float
    sd: float

    def draws(self) -> Floats:
        """(199,) evenly spaced quantiles."""
        from scipy.special import ndtri

        return np.asarray(self.mean + self.sd * ndtri(QUANTILES))


def regress(x: Floats, y: Floats, at: Floats, before: float = BEFORE) -> Normal:
    """Forecast y at a new point by least squares, with the spread that was seen and that of a new point.

    Parameters
    ----------
    x, y
        (point, term) and (point,).
    at
        (term,) of the new point.
    before
        Spread before anything has been seen, which counts as one point.
    """
    x = np.asarray(x, float).reshape(len(y), len(at))
    precision = x.T @ x + VAGUE * np.eye(len(at))
    slopes = np.linalg.solve(precision, x.T @ y)
    freedom = max(len(y) - len(at), 0) + 1
    sd = np.sqrt((np.sum((y - x @ slopes) ** 2) + before**2) / freedom)
    return Normal(float(at @ slopes), float(sd * np.sqrt(1 + at @ np.linalg.solve(precision, at))))


def forecast_diffusion(years: Sequence[float], shares: Sequence[float], at: float) -> Normal:
    """Forecast the log odds of a licensed share so many years after licences could be had: a line in the years."""
    odds = np.log(np.divide(shares, np.subtract(1, shares)))
    return regress(np.column_stack([np.ones(len(years)), years]), odds, np.array([1.0, at]))


def forecast_wedge(wedges: Sequence[float], changes: Sequence[float], at: float) -> Normal:
    """Forecast the log change of official sales at a change of what the window takes, in hundredths of the price."""
    return regress(100 * np.reshape(wedges, (-1, 1)), np.asarray(changes, float), np.array([100 * at]))


def forecast_persistence(changes: Sequence[float], before: float = BEFORE) -> Normal:
    """Forecast no change, with the spread of the changes that were seen."""
    seen = np.asarray(changes, float)
    return Normal(0.0, float(np.sqrt((np.sum(seen**2) + before**2) / (len(seen) + 1))))


def measure_wedge(pattern: Pattern, measure: Measure) -> float:
    """Return what the official window takes over a measure's months, share of the price: taxes, fees and terms of pay."""
    scenario = measure.scenario or next(iter(pattern.scenarios))
    made = find_base(pattern.context, tuple(pattern.scenarios[scenario]), pattern.scale, None)
    start = month_number(made.context.start)
    window = slice(month_number(measure.since) - start, month_number(measure.until) - start)
    written = made.plan.written

    def mean(handle: H) -> Floats:
        values = written.get(handle)
        stands = np.array([handle.default]) if values is None else np.where(np.isnan(values), handle.default, values)
        return np.asarray(stands if values is None else stands[window].mean(1))

    local = mean(H.local_pay)
    pay = 1 - local + local * mean(H.exchange_rate)
    kept = mean(H.window_price) * pay * (1 - mean(H.royalty) - mean(H.window_taxes) - mean(H.window_fee))
    return 1.0 - float(np.mean(kept))


def find_last(target: FitTarget, targets: Sequence[FitTarget]) -> FitTarget | None:
    """Return the last earlier level of the same outcome in the same episode; None where there is none."""
    judged = target.judged
    if not isinstance(judged, Statistic) or judged.how != "value":
        return None
    earlier = [
        t
        for t in targets
        if t.episode == target.episode
        and isinstance(t.judged, Statistic)
        and t.judged.how == "value"
        and t.judged.measure.outcome == judged.measure.outcome
        and month_number(t.judged.measure.until) <= month_number(judged.measure.since)
    ]
    return max(earlier, key=lambda t: month_number(t.judged.measure.until), default=None)  # type: ignore[attr-defined]


def size_of(target: FitTarget) -> float:
    """Return what was seen of a target as a size: a change is 1 + change."""
    logarithmic = target.judged.is_logarithmic
    return float(np.exp(target.observed)) if logarithmic else target.observed + target.judged.offset


def compares_dates(target: FitTarget) -> bool:
    """Return whether a target is one outcome at a time over itself at another."""
    judged = target.judged
    return (
        isinstance(judged, Statistic)
        and judged.over is not None
        and judged.how in ("ratio", "change")
        and judged.over.outcome == judged.measure.outcome
        and judged.over.since != judged.measure.since
        and size_of(target) > 0
    )


def list_log_changes(targets: Sequence[FitTarget], every: Sequence[FitTarget]) -> list[float]:
    """Return the log changes that were seen: of targets that compare two dates, and from one level to the next."""
    found = [float(np.log(size_of(t))) for t in targets if compares_dates(t)]
    for t in targets:
        last = find_last(t, every)
        if last is not None and size_of(last) > 0:
            found.append(float(np.log(size_of(t) / size_of(last))))
    return found


def sells_by_wedge(target: FitTarget) -> bool:
    """Return whether a target is a change of official sales."""
    judged = target.judged
    return compares_dates(target) and isinstance(judged, Statistic) and judged.measure.outcome in SALES


def wedge_of(target: FitTarget) -> float:
    """Return by how much what the window takes differs between a target's two dates, share of the price."""
    judged = target.judged
    assert isinstance(judged, Statistic)
    assert judged.over is not None
    return measure_wedge(target.pattern, judged.measure) - measure_wedge(target.pattern, judged.over)


def forecast_nulls(target: FitTarget, others: Sequence[FitTarget], every: Sequence[FitTarget]) -> dict[str, Floats]:
    """Return (199,) quantiles on the matched scale by null; only of those that forecast such a statistic.

    Parameters
    ----------
    others
        Of the episodes to which the nulls are fitted.
    every
        All, in which persistence finds what was last.
    """
    judged, found = target.judged, {}
    if judged.years is not None:
        known = [t for t in others if t.judged.years is not None]
        odds = forecast_diffusion(
            [float(t.judged.years or 0) for t in known], [size_of(t) for t in known], judged.years
        )
        found["diffusion"] = match_value(judged, 1 / (1 + np.exp(-odds.draws())))
    changes = list_log_changes(others, every)
    last = find_last(target, every)
    if sells_by_wedge(target):
        known = [t for t in others if sells_by_wedge(t)]
        sales = forecast_wedge(
            [wedge_of(t) for t in known], [float(np.log(size_of(t))) for t in known], wedge_of(target)
        )
        found["wedge"] = match_value(judged, np.exp(sales.draws()) - judged.offset)
    if isinstance(judged, ArmEffect):
        effects = [t.observed for t in others if isinstance(t.judged, ArmEffect)]
        found["persistence"] = match_value(judged, forecast_persistence(effects, POINTS_BEFORE).draws())
    elif compares_dates(target) or (last is not None and size_of(last) > 0):
        base = size_of(last) if last is not None else 1.0
        found["persistence"] = match_value(judged, base * np.exp(forecast_persistence(changes).draws()) - judged.offset)
    return found
