"""Parameters of behaviour: one table, with symbol, unit, range, source and evidence grade for each.

Users set a parameter by name in natural units (half-lives, percentage points); `record` turns the
set into the one row that the kernel reads, with what follows from them (annuity, decay factors).
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir

STRUCTURAL = frozenset(
    [
        "crew_slots",
        "grade_spread",
        "reserve_per_slot",
        "visibility_least",
        "attitude_spread",
        "stigma_start",
        "stigma_spread",
        "openness",
        "mercury_start",
        "will_start",
        "patient_share",
        "office_staff",
        "smuggling_cost",
        "smuggling_cost_sigma",
        "smuggling_cost_sd",
        "learned_start",
    ]
)
"""Parameters that are read before the first month alone."""
NATIONAL = frozenset(
    [
        "will_shock",
        "media_rate",
        "media_bias",
        "media_outreach",
        "credibility_base",
        "credibility_rate",
        "credibility_loss",
        "credibility_extension",
        "federation_rate",
        "federation_dues",
    ]
)
"""Parameters that hold for the country, besides all of politics (M7) and of the donor (M18)."""
GRADES = ("measured", "experiment", "expert", "assumed")
CHOICES = ("status_rule", "law_endogenous")
"""Choices about the model that the kernel reads as numbers beside the table's rows (`model.status_rule`, ...)."""


@dataclass(frozen=True)
class Parameter:
    """One row of the table; `value` is the documented starting value, [low, high] its bounds."""

    name: str
    label: str
    symbol: str
    unit: str
    value: float
    low: float
    high: float
    grade: str
    source: str
    mechanism: str
    meaning: str


@cache
def parameter_table() -> dict[str, Parameter]:
    """The parameter table, by name."""
    path = config_dir() / "parameters.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = [
            Parameter(
                **{**row, **{k: float(row[k]) for k in ("value", "low", "high")}}  # type: ignore[arg-type]
            )
            for row in csv.DictReader(file)
        ]
    return {row.name: row for row in rows}


def is_national(name: str) -> bool:
    """Whether a parameter holds for the country, so that it cannot differ between districts."""
    return name in NATIONAL or parameter_table()[name].mechanism in ("M7", "M18")


def check_parameter(name: str, value: float, where: str) -> float:
    """The value if `name` is a parameter and the value lies in its range.

    Raises
    ------
    ConfigError
        Unknown name, not a finite number, or outside the range.
    """
    known = parameter_table()
    if name not in known:
        raise ConfigError(f"{where}.{name}: no such parameter{nearest(name, known)}")
    row = known[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(f"{where}.{name}: {value!r} is not a finite number ({row.unit})")
    if not row.low <= value <= row.high:
        raise ConfigError(f"{where}.{name}: {value:g} is outside [{row.low:g}, {row.high:g}] {row.unit}")
    return float(value)


def make_records(rules: Sequence[Mapping[str, float]], scale: float) -> Any:
    """The kernel's rows: one for each set of values that holds somewhere in some month."""
    from asmsim.engine.compile import INTERPRETED  # loads the compiler, which planning does without

    sets = [complete_parameters(values, scale) for values in rules]
    if INTERPRETED:
        return [_Plain(**values) for values in sets]
    rows = np.zeros(len(sets), np.dtype([(name, "f8") for name in sets[0]], align=True)).view(np.recarray)
    for k, values in enumerate(sets):
        rows[k] = tuple(values.values())
    return rows


def complete_parameters(values: Mapping[str, float], scale: float) -> dict[str, float]:
    """Every parameter at its value or default, and what follows from them."""
    full = {name: row.value for name, row in parameter_table().items()} | dict.fromkeys(CHOICES, 0.0) | dict(values)
    rate, horizon, decay = full["discount_monthly"], full["horizon_months"], 0.5 ** (1 / full["belief_half_life"])
    fear = math.log1p(rate) - math.log(decay)  # a month's discount of a raid whose belief fades
    return {k: float(v) for k, v in full.items()} | {
        "scale": scale,
        "annuity": (1 - (1 + rate) ** -horizon) / rate,
        "discount_log": math.log1p(rate),
        "discount_horizon": (1 + rate) ** -horizon,
        "belief_decay": decay,
        "fear_log": fear,
        "fear_horizon": math.exp(-fear * horizon),
        "fear_factor": 1 / math.expm1(fear),
        "habit_factor": math.exp(full["sale_slope"] * full["habit_pp"] / 100),
        "tie_factor": math.exp(full["sale_slope"] * full["tie_pp"] / 100),
    }


class _Plain:
    """The same row for the interpreter, which reads plain attributes far faster."""

    def __init__(self, **values: float) -> None:
        self.__dict__.update(values)
