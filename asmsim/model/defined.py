"""What a run's numbers are where they are none: a share of nobody is not 0 % but undefined, and no number may be infinite."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import AsmsimError

Floats = npt.NDArray[np.float64]
UNDEFINED_WITHOUT: dict[str, tuple[str, ...]] = {
    "miners": (
        "licensed_share", "in_process_share", "file_age", "women_licence_ratio", "enterprise_size", "gold_per_miner",
        "price_received", "trader_price", "mercury_per_gold", "mercury_free_share",
    ),
    "miners_present": (
        "women_share", "tied_share", "knows_procedure", "trust", "violations", "guard_violations",
        "violations_reported", "income_mean", "income_median", "income_low", "income_gini",
    ),
}  # fmt: skip
"""Outcomes that are of the people counted by another, and so are undefined in months in which that counts nobody."""
SOLD = ("gold_official", "gold_exported", "gold_smuggled")
"""Traders may sell what they hold after the last miner has gone; official shares are undefined where they do not."""


class UndefinedError(AsmsimError):
    """A value that is not finite came out of a run, which must never be averaged."""


def finish_outcomes(values: Floats, names: Sequence[str]) -> Floats:
    """Return a run's (month, outcome) values, with NaN where there is nobody of whom they could be.

    Raises
    ------
    UndefinedError
        A value is not finite: a defect, or an outcome of a plugin that divides by nothing.
    """
    if not np.isfinite(values).all():
        month, column = np.argwhere(~np.isfinite(values))[0]
        raise UndefinedError(f"{names[int(column)]} is not finite in month {int(month)} of those recorded")
    place = {name: k for k, name in enumerate(names)}
    if "miners" not in place or (values[:, [place[count] for count in UNDEFINED_WITHOUT]] > 0.0).all():
        return values
    blank = np.zeros(values.shape, np.bool_)
    for count, of_them in UNDEFINED_WITHOUT.items():
        nobody = values[:, place[count]] <= 0.0
        blank[:, [place[o] for o in of_them]] |= nobody[:, None]
    nobody = values[:, place["miners"]] <= 0.0
    unsold = values[:, [place[o] for o in SOLD]].sum(1) <= 0.0
    blank[:, [place[o] for o in ("official_share", "centre_share")]] |= (nobody & unsold)[:, None]
    return np.where(blank, np.nan, values) if blank.any() else values


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
