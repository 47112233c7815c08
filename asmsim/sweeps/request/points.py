"""Points: the combinations of values that a sweep runs, as columns, with an id for each."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS
from asmsim.sweeps.request.dimensions import normalise_value, value_text

if TYPE_CHECKING:
    import polars as pl

CARRIED = ("weight", "draw")
"""Columns that go with a point but are not among its values."""
PARAMETERS = "parameters."
"""How keys of behaviour parameters begin."""


@dataclass(frozen=True)
class Points:
    """Values of each point, by key; and what is carried along.

    Attributes
    ----------
    columns
        key: value of each point.
    carried
        `weight` and `draw`: numbers of each point that the analysis uses and the model does not.
    """

    columns: Mapping[str, Sequence[Any]]
    carried: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 1

    def __getitem__(self, at: int) -> dict[str, Any]:
        return {key: column[at] for key, column in self.columns.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[k] for k in range(len(self)))

    def told(self, at: int) -> dict[str, Any]:
        """Values of a point, and its draw if it has one: what makes it another than the others."""
        draws = self.carried.get("draw")
        return self[at] if draws is None else self[at] | {"draw": draws[at]}

    def choices(self, at: int) -> tuple[tuple[str, str], ...]:
        """Group choices of a point, which decide its base."""
        return tuple((key, value_text(self.columns[key][at])) for key in sorted(self.columns) if key in GROUPS)

    def policies(self) -> npt.NDArray[np.int64]:
        """(point,) place of its policy, all but its parameters, among all; those that differ most finely side by side."""
        codes = [_ranks(column) for key, column in self.columns.items() if not key.startswith(PARAMETERS)]
        codes.sort(key=lambda ranks: int(ranks.max(initial=0)))
        places = np.zeros(len(self), np.int64)
        for ranks in codes:
            places = np.unique(places * (int(ranks.max(initial=0)) + 1) + ranks, return_inverse=True)[1]
        return places

    def take(self, rows: Sequence[int]) -> "Points":
        """Some of the points, in the order asked."""
        return Points(
            {k: [c[r] for r in rows] for k, c in self.columns.items()},
            {k: [c[r] for r in rows] for k, c in self.carried.items()},
        )


def cross_points(a: Points, b: Points) -> Points:
    """Every point of one with every point of the other.

    Raises
    ------
    ConfigError
        A key stands in both.
    """
    for key in b.columns:
        if key in a.columns:
            raise ConfigError(f"{key}: given both as a dimension and in a table; give it once")
    first, second = len(a), len(b)

    def outer(part: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        return {k: [v for v in c for _ in range(second)] for k, c in part.items()}

    def inner(part: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        return {k: list(c) * first for k, c in part.items()}

    return Points(outer(a.columns) | inner(b.columns), outer(a.carried) | inner(b.carried))


def drop_doubles(points: Points) -> Points:
    """Each point once, the first of its kind; draws that are alike stay two."""
    seen: dict[str, int] = {}
    for k in range(len(points)):
        seen.setdefault(write_key(points.told(k)), k)
    return points if len(seen) == len(points) else points.take(list(seen.values()))


def write_key(values: Mapping[str, Any]) -> str:
    """A text that is the same for the same values, whatever their order."""
    return json.dumps({key: normalise_value(value) for key, value in values.items()}, sort_keys=True)


def point_id(base: str, values: Mapping[str, Any]) -> str:
    """Id of a point: hash of its base and its values, whatever their order."""
    text = json.dumps([base, {key: normalise_value(value) for key, value in values.items()}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def kind_of(column: Sequence[Any]) -> str:
    """How a column is kept in a table: number, text, or json for anything else."""
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in column):
        return "number"
    return "text" if all(isinstance(v, str) for v in column) else "json"


def _ranks(column: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Place of each value among all of a column: numbers by size, anything else as it comes."""
    if kind_of(column) == "number":
        return np.unique(np.asarray(column, float), return_inverse=True)[1]
    places: dict[str, int] = {}
    return np.array([places.setdefault(value_text(value), len(places)) for value in column], np.int64)


def to_frame(points: Points, ids: Sequence[str], bases: Sequence[str]) -> "pl.DataFrame":
    """One row a point: id, base, its values, what is carried."""
    import polars as pl

    made = {"point": pl.Series(ids, dtype=pl.String), "base": pl.Series(bases, dtype=pl.String)}
    for key, column in points.columns.items():
        kind = kind_of(column)
        if kind == "number":
            made[key] = pl.Series([float(v) for v in column], dtype=pl.Float64)
        else:
            made[key] = pl.Series(column if kind == "text" else [json.dumps(v) for v in column], dtype=pl.String)
    return pl.DataFrame(made | {k: pl.Series(c, dtype=pl.Float64) for k, c in points.carried.items()})


def from_frame(frame: "pl.DataFrame", kinds: Mapping[str, str]) -> Points:
    """Inverse of `to_frame`; `kinds` gives `kind_of` each key."""
    columns: dict[str, list[Any]] = {}
    for key, kind in kinds.items():
        column = frame[key].to_list()
        columns[key] = [json.loads(v) for v in column] if kind == "json" else column
    return Points(columns, {k: frame[k].to_list() for k in CARRIED if k in frame.columns})
