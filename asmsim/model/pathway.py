"""Pathway of a run: what became of formalisation, from its last 36 months (MODEL 7)."""

from typing import Any

import numpy as np
import numpy.typing as npt

PATHWAYS = ("limbo", "never started", "collapse", "reversal", "take-off", "plateau", "drifting")


def trailing_mean(values: npt.NDArray[Any], months: int = 12) -> npt.NDArray[np.float64]:
    """Mean of the last `months` values at each month along axis 0; fewer at the beginning."""
    total = np.cumsum(np.asarray(values, float), axis=0)
    out = total.copy()
    out[months:] -= total[:-months]
    count = np.minimum(np.arange(1, len(total) + 1), months)
    return np.asarray(out / count.reshape(-1, *[1] * (total.ndim - 1)))


def classify(licensed_share: npt.NDArray[Any], in_process_share: npt.NDArray[Any], file_age: npt.NDArray[Any]) -> str:
    """First pathway that fits.

    Parameters
    ----------
    licensed_share, in_process_share
        (month,) shares of the people who mined in the last 12 months.
    file_age
        (month,) mean age of pending files, months.
    """
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
