"""The statistics that every page, table and finding uses: one band, one t-interval, one clear difference.

A *band* holds nine single runs in ten.  A *t-interval* holds the mean, at 95 %.  A difference is *clear* in single
runs where its band lies on one side of zero and its median is more than negligible; it goes *more* or *less* on
average where its t-interval lies beyond what is negligible.
"""

import warnings
from typing import Literal

import numpy as np
import numpy.typing as npt

from asmsim.config.language import mark
from asmsim.model.means import drop_undefined

Floats = npt.NDArray[np.float64]
Direction = Literal["more", "less", "negligible", "not enough evidence"]

BAND = (0.05, 0.5, 0.95)
"""Quantiles of a band: nine runs in ten, and the median."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of a fan: nine runs in ten, the middle half, and the median."""
CENTRAL_95 = (0.025, 0.975)
"""Quantiles of a 95 % interval by bootstrap."""
UPPER_95 = 0.975
NO_DIFFERENCE, UNDEFINED = mark("no clear difference"), mark("undefined, as nobody mines")
NEGLIGIBLE: dict[str, float] = {
    "share": 0.001,  # 0.1 percentage points
    "ratio": 0.01,
    "1": 0.005,
    "0/1": 0.05,
    "code": 0.05,
    "persons": 10,
    "persons/month": 1,
    "enterprises": 1,
    "files": 1,
    "files/month": 1,
    "months": 0.1,
    "sign-offs": 0.1,
    "kg": 0.1,
    "kg/month": 0.1,
    "g/year": 0.1,
    "g/g": 0.005,
    "USD/month": 1,
    "USD/year": 100,
    "per 1,000 miners and month": 0.01,
    "sites": 1,
    "sites/month": 0.1,
    "ha": 1,
}
"""Largest difference that is negligible, by unit, though every run may agree on its sign."""


def find_negligible(unit: str) -> float:
    """Return the largest difference that is negligible in a unit; 0 in a unit without one."""
    return NEGLIGIBLE.get(unit, 0.0)


def measure_band(values: Floats) -> tuple[float, float, float]:
    """Return the 5 % quantile, the median and the 95 % quantile of (run,) values that are defined; NaN where none is."""
    known = drop_undefined(values)
    low, middle, high = np.quantile(known, BAND) if len(known) else (np.nan,) * 3
    return float(low), float(middle), float(high)


def measure_fan(values: Floats) -> Floats:
    """Return (quantile, ...) values at `QUANTILES`, over the first axis."""
    if not np.isnan(values).any():
        return np.asarray(np.quantile(values, QUANTILES, axis=0))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")  # what is defined in no run stays so
        return np.asarray(np.nanquantile(values, QUANTILES, axis=0))


def find_t_factor(groups: int) -> float:
    """Return how many standard errors make half of a 95 % interval of the mean of so many independent groups."""
    from scipy import stats

    return float(stats.t.ppf(UPPER_95, max(1, groups - 1)))


def measure_t_interval(groups: Floats, other_error: float = 0.0) -> tuple[float, float]:
    """Return the 95 % interval of the mean of independent (group,) values, by Student's t.

    Parameters
    ----------
    other_error
        Standard error of the mean that does not come from the groups, such as of orders that were sampled.
    """
    n = len(groups)
    error = float(np.hypot(groups.std(ddof=1) / np.sqrt(n), other_error)) if n > 1 else np.inf
    half = find_t_factor(n) * error
    return float(groups.mean()) - half, float(groups.mean()) + half


def is_clear(values: Floats, unit: str) -> bool:
    """Tell whether nine single runs in ten agree on the sign of a difference whose median is more than negligible."""
    low, middle, high = measure_band(values)
    return not low <= 0.0 <= high and abs(middle) >= find_negligible(unit)


def measure_share_below(values: Floats, unit: str) -> float:
    """Return the share of differences that lie below zero by more than is negligible."""
    known = drop_undefined(values)
    return float((known < -find_negligible(unit)).mean()) if len(known) else np.nan


def find_direction(interval: tuple[float, float], unit: str) -> Direction:
    """Return which way a mean goes, by its 95 % interval.

    All of it within what is negligible: `negligible`.  All of it beyond that on one side: `more` or `less`.
    Elsewhere there is not enough evidence.
    """
    low, high = interval
    least = find_negligible(unit)
    if -least <= low <= high <= least:
        return "negligible"
    if low <= least and high >= -least:
        return "not enough evidence"
    return "more" if low > 0 else "less"
