"""Means of what is defined: where there is nobody, a share is no number and is left out."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mean_defined(values: Floats, axis: int) -> Floats:
    """Means over an axis of what is defined; NaN where nothing is."""
    known = ~np.isnan(values)
    if known.all():
        return np.asarray(values.mean(axis))
    count = known.sum(axis)
    total = np.where(known, values, 0.0).sum(axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def drop_undefined(values: Floats) -> Floats:
    """Those of (run,) values that are defined."""
    known = ~np.isnan(values)
    return values if known.all() else values[known]
