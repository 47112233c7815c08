"""Outcomes of one's own: functions of a run's monthly series, or of its agents at given months.

>>> from asmsim.model.own_outcomes import outcome
>>> @outcome(unit="kg/month", label="Gold outside the law", meaning="gold that is smuggled or held back")
... def gold_outside(series):
...     return series["gold_smuggled"] + series["gold_stock"]

They stand beside the model's own in tables, sweeps, comparisons and reports, and can change no run.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError, nearest
from asmsim.model.outcomes import CHECKS, NUMBER, O
from asmsim.model.state import State

Floats = npt.NDArray[np.float64]


class OwnOutcome(int):
    """An outcome that a plugin adds; like `O` it is the number of its column.

    Attributes
    ----------
    every_months
        Months between two looks at the agents; 0 where it is made of series.
    """

    name: str
    group = "own"
    unit: str
    label: str
    meaning: str
    every_months: int
    function: Callable[[Any], Any]

    def __new__(cls, number: int, **fields: Any) -> Self:
        """Number it behind the model's own."""
        self = super().__new__(cls, number)
        self.__dict__.update(fields)
        return self


Outcome = O | OwnOutcome
_OWN: dict[str, OwnOutcome] = {}


def outcome(
    unit: str, label: str, meaning: str, every_months: int = 0
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register a function as an outcome named like it.

    Parameters
    ----------
    every_months
        0: the function takes the model's outcomes, (month,) arrays by name, and returns a (month,) array.  Above: it
        takes an `Agents` every so many months and returns one number, which stands until the next.

    Raises
    ------
    ConfigError
        The name is taken.
    """

    def register(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        name = function.__name__
        if name in O.__members__ or (name in _OWN and _OWN[name].function.__module__ != function.__module__):
            raise ConfigError(f"outcome {name}: there is one of this name already; rename the function")
        number = _OWN[name] if name in _OWN else NUMBER + len(_OWN)
        _OWN[name] = OwnOutcome(
            int(number),
            name=name,
            unit=unit,
            label=label,
            meaning=meaning,
            every_months=every_months,
            function=function,
        )
        return function

    return register


def list_outcomes() -> list[Outcome]:
    """Every outcome there is: the model's, then those of plugins."""
    return [*O, *_OWN.values()]


def list_reported() -> tuple[Outcome, ...]:
    """Outcomes that a run reports, in the order of columns; checks stand last."""
    return (*(o for o in O if o.group != "check"), *_OWN.values(), *CHECKS)


def find_outcome(name: str, where: str = "outcome ") -> Outcome:
    """Return an outcome by name.

    Raises
    ------
    ConfigError
        No such outcome; names the nearest.
    """
    if name in O.__members__:
        return O[name]
    if name in _OWN:
        return _OWN[name]
    raise ConfigError(f"{where}{name}: no such outcome{nearest(name, [*O.__members__, *_OWN])}")


class Agents:
    """The agents of a run at the end of a month: a data frame for each kind, of those who are there.

    `agents.miners`, `agents.bands`, `agents.sites`, `agents.buyers`, `agents.offices`, `agents.places`, ...; `month` counts
    from the first month simulated, `scale` is the persons that one simulated stands for.
    """

    def __init__(self, state: State, month: int, scale: float) -> None:
        self._state, self.month, self.scale = state, month, scale

    def __getattr__(self, kind: str) -> Any:
        """Polars data frame of a kind of agent."""
        if kind.startswith("_") or kind not in State._fields:
            raise AttributeError(f"Agents has no {kind!r}{nearest(kind, State._fields)}")
        return agent_frame(getattr(self._state, kind))


def agent_frame(rows: Any) -> Any:
    """Return the rows of a table as a polars data frame, those of agents who are not there left out."""
    import polars as pl

    columns = {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names}
    frame = pl.DataFrame({name: pl.Series(name, values) for name, values in columns.items()})
    return frame.filter(pl.col("present") == 1) if "present" in columns else frame


def agent_months(months: int) -> list[int]:
    """Months, counted from 0, at whose end some outcome looks at the agents."""
    steps = {o.every_months for o in _OWN.values() if o.every_months}
    return [t for t in range(months) if any((t + 1) % step == 0 for step in steps)]


def look_at_agents(state: State, month: int, scale: float) -> dict[int, float]:
    """Return what the outcomes that look at agents in this month are, by their place among the own."""
    due = {k: o for k, o in enumerate(_OWN.values()) if o.every_months and (month + 1) % o.every_months == 0}
    agents = Agents(state, month, scale)
    return {k: float(o.function(agents)) for k, o in due.items()}


def number_of_own() -> int:
    """How many outcomes plugins add."""
    return len(_OWN)


def append_own(values: Floats, seen: Mapping[int, Floats]) -> Floats:
    """Append the own outcomes to a run's (month, outcome) values.

    Parameters
    ----------
    seen
        (month,) values of those that look at agents, NaN where they did not; a value stands until the next, and the
        first from the beginning.

    Raises
    ------
    ConfigError
        A function gives something else than one number a month.
    """
    if not _OWN:
        return values
    series = {o.name: values[:, o] for o in O}
    columns = []
    for k, own in enumerate(_OWN.values()):
        made = hold(seen[k]) if own.every_months else np.asarray(own.function(series), float)
        if made.shape != (len(values),):
            raise ConfigError(
                f"outcome {own.name}: gives {made.shape} values; it must give one for each of {len(values)} months"
            )
        columns.append(made)
    return np.concatenate([values, np.stack(columns, axis=1)], axis=1)


def hold(values: Floats) -> Floats:
    """Fill gaps with the value before, and those at the beginning with the first."""
    known = np.flatnonzero(~np.isnan(values))
    if len(known) == 0:
        return values
    at = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    return np.asarray(values[np.where(at < 0, known[0], at)])
