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
    if "miners" not in names:
        return values
    if all(values[:, names.index(count)].min(initial=1.0) > 0.0 for count in UNDEFINED_WITHOUT):
        return values  # as nearly always: there is somebody in every month
    place = {name: k for k, name in enumerate(names)}
    blank = np.zeros(values.shape, np.bool_)
    for count, of_them in UNDEFINED_WITHOUT.items():
        nobody = values[:, place[count]] <= 0.0
        blank[:, [place[o] for o in of_them]] |= nobody[:, None]
    nobody = values[:, place["miners"]] <= 0.0
    unsold = values[:, [place[o] for o in SOLD]].sum(1) <= 0.0
    blank[:, [place[o] for o in ("official_share", "centre_share")]] |= (nobody & unsold)[:, None]
    return np.where(blank, np.nan, values) if blank.any() else values
