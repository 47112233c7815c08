"""Pathway of a run: what became of formalisation, from its last 36 months (MODEL 7)."""

from typing import Any

import numpy as np
import numpy.typing as npt

PATHWAYS = ("limbo", "never started", "collapse", "reversal", "take-off", "plateau", "drifting")


def trailing_mean(values: npt.NDArray[Any], months: int = 12) -> npt.NDArray[np.float64]:
    """Mean of the last `months` values at each month along axis 0; fewer at the beginning, and of those defined."""
    whole = np.asarray(values, float)
    known = ~np.isnan(whole)
    if not known.all():
        added, counted = (add_last(v, months) for v in (np.where(known, whole, 0.0), known.astype(float)))
        return np.where(counted > 0, added / np.maximum(counted, 1.0), np.nan)
    count = np.minimum(np.arange(1, len(whole) + 1), months)
    return np.asarray(add_last(whole, months) / count.reshape(-1, *[1] * (whole.ndim - 1)))


def add_last(values: npt.NDArray[np.float64], months: int) -> npt.NDArray[np.float64]:
    """Sum of the last `months` values at each month along axis 0."""
    total = np.cumsum(values, axis=0)
    out = total.copy()
    out[months:] -= total[:-months]
    return np.asarray(out)


def classify(
    licensed_share: npt.NDArray[Any], in_process_share: npt.NDArray[Any], file_age: npt.NDArray[Any]
) -> str | None:
    """First pathway that fits; None where nobody mines in the last 36 months, so that there is none.

    Parameters
    ----------
    licensed_share, in_process_share
        (month,) shares of the people who mined in the last 12 months.
    file_age
        (month,) mean age of pending files, months.
    """
    known = ~np.isnan(licensed_share)
    if not known[-36:].any():
        return None
    if not known.all():  # months without miners tell nothing
        return classify(licensed_share[known], in_process_share[known], file_age[known])
    share = trailing_mean(licensed_share)
    end = float(np.mean(licensed_share[-36:]))
    most = float(share.max())
    pending = float(np.mean(in_process_share[-36:]))
    before = float(share[-61]) if len(share) > 60 else float(share[0])
    if pending >= 0.10 and pending >= 2 * end and float(np.mean(file_age[-36:])) >= 24:
        return "limbo"
    if most < 0.05:
        return "never started"
    if end <= 0.1 * most:
        return "collapse"
    if end <= 0.5 * most:
        return "reversal"
    if end >= 0.30:
        return "take-off"
    if before > 0 and abs(float(share[-1]) / before - 1) <= 0.20:
        return "plateau"
    return "drifting"
