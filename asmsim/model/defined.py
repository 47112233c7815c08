"""What a run's numbers are where they are none: a share of nobody is not 0 % but undefined, and no number may be infinite."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import AsmsimError
from asmsim.model.outcomes import O

Floats = npt.NDArray[np.float64]
UNDEFINED_WITHOUT: dict[O, tuple[O, ...]] = {
    O.miners: (
        O.licensed_share, O.in_process_share, O.file_age, O.women_licence_ratio, O.enterprise_size, O.gold_per_miner,
        O.price_received, O.trader_price, O.mercury_per_gold, O.mercury_free_share,
    ),
    O.miners_present: (
        O.women_share, O.tied_share, O.knows_procedure, O.trust, O.violations, O.guard_violations,
        O.violations_reported, O.income_mean, O.income_median, O.income_low, O.income_gini,
    ),
}  # fmt: skip
"""Outcomes that are of the people counted by another, and so are undefined in months in which that counts nobody."""
SOLD = (O.gold_official, O.gold_exported, O.gold_smuggled)
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
    if O.miners.name not in names:
        return values
    if all(values[:, names.index(count.name)].min(initial=1.0) > 0.0 for count in UNDEFINED_WITHOUT):
        return values  # as nearly always: there is somebody in every month
    place = {name: k for k, name in enumerate(names)}
    blank = np.zeros(values.shape, np.bool_)
    for count, of_them in UNDEFINED_WITHOUT.items():
        nobody = values[:, place[count.name]] <= 0.0
        blank[:, [place[o.name] for o in of_them]] |= nobody[:, None]
    nobody = values[:, place[O.miners.name]] <= 0.0
    unsold = values[:, [place[o.name] for o in SOLD]].sum(1) <= 0.0
    blank[:, [place[o.name] for o in (O.official_share, O.centre_share)]] |= (nobody & unsold)[:, None]
    return np.where(blank, np.nan, values) if blank.any() else values
