"""Parameters of behaviour: one table, with symbol, unit, range, source and evidence grade for each.

Users set a parameter by name in natural units (half-lives, percentage points); `record` turns the
set into the one row that the kernel reads, with what follows from them (annuity, decay factors).
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir

GRADES = ("measured", "experiment", "expert", "assumed")
# What the kernel reads beside the table's rows: scale, and what follows from other parameters.
DERIVED = ("scale", "annuity", "belief_decay", "habit_factor", "tie_factor")


@dataclass(frozen=True)
class Parameter:
    """One row of the table; `value` is the documented starting value, [low, high] its bounds."""

    name: str
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
def table() -> dict[str, Parameter]:
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


def check(name: str, value: float, where: str) -> float:
    """The value if `name` is a parameter and the value lies in its range.

    Raises
    ------
    ConfigError
        Unknown name, not a finite number, or outside the range.
    """
    known = table()
    if name not in known:
        raise ConfigError(f"{where}.{name}: no such parameter{nearest(name, known)}")
    row = known[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(f"{where}.{name}: {value!r} is not a finite number ({row.unit})")
    if not row.low <= value <= row.high:
        raise ConfigError(f"{where}.{name}: {value:g} is outside [{row.low:g}, {row.high:g}] {row.unit}")
    return float(value)


def record(values: Mapping[str, float], scale: float) -> Any:
    """The kernel's row: every parameter at its value or default, and what follows from them."""
    from asmsim.engine.compile import INTERPRETED  # loads the compiler, which planning does without

    names = [*table(), *DERIVED]
    full = {name: row.value for name, row in table().items()} | dict(values)
    rate = full["discount_monthly"]
    full |= {
        "scale": scale,
        "annuity": (1 - (1 + rate) ** -full["horizon_months"]) / rate,
        "belief_decay": 0.5 ** (1 / full["belief_half_life"]),
        "habit_factor": math.exp(full["sale_slope"] * full["habit_pp"] / 100),
        "tie_factor": math.exp(full["sale_slope"] * full["tie_pp"] / 100),
    }
    row = np.zeros(1, np.dtype([(name, "f8") for name in names])).view(np.recarray)
    for name in names:
        row[name] = full[name]
    return _Plain(**{n: float(full[n]) for n in names}) if INTERPRETED else row[0]


class _Plain:
    """The same row for the interpreter, which reads plain attributes far faster."""

    def __init__(self, **values: float) -> None:
        self.__dict__.update(values)
