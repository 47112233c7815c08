"""Dates at which a run is summed up, and means of the year before them."""

import numpy as np
import numpy.typing as npt

from asmsim.model.means import mean_defined

YEAR = 12


def list_dates(months: int, exit_index: int, has_programme: bool) -> dict[str, int]:
    """Named dates, as the index of the month that follows the 12-month window.

    The first recorded year, donor exit, five and ten years after it, and the horizon.

    Parameters
    ----------
    months
        Number of recorded months.
    exit_index
        Index among them of the first month after the programme.
    """
    found = {"first year": min(YEAR, months)}
    if has_programme and exit_index >= YEAR:
        for name, at in (("exit", exit_index), ("exit+5", exit_index + 60), ("exit+10", exit_index + 120)):
            if at < months:
                found[name] = at
    found["horizon"] = months
    return found


def year_mean(values: npt.NDArray[np.float64], until: int) -> npt.NDArray[np.float64]:
    """Means over the second-last axis, months, of the 12 months before index `until`; of what is defined."""
    return mean_defined(values[..., max(0, until - YEAR) : until, :], -2)
