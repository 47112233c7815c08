"""State as tables: one aligned record array for each kind of agent, so that a person costs bytes.

A `Table` declares columns with dtype, unit and meaning; `allocate` makes the rows.  Kernels take a row
(`me = miners[i]`) and read and write its fields (`me.trust`): a row is a view, and compiling a field of
a row costs a quarter of compiling an element of a column.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

Rows = Any
"""Rows of a table (a record array), or one row of it."""


class Column(NamedTuple):
    """One attribute of a kind of agent."""

    dtype: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A kind of agent and its columns."""

    name: str
    meaning: str
    columns: dict[str, Column]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Aligned record type of one row."""
        return np.dtype([(name, c.dtype) for name, c in self.columns.items()], align=True)

    def allocate(self, rows: int) -> Rows:
        """Zeroed rows."""
        return np.zeros(rows, self.dtype).view(np.recarray)


def declare_table(name: str, meaning: str, **columns: tuple[str, str, str]) -> Table:
    """Declare a table: `column=(dtype, unit, meaning)`."""
    return Table(name, meaning, {k: Column(*v) for k, v in columns.items()})


def column_arrays(rows: Rows) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of rows by name, as plain arrays that share the rows' memory."""
    return {name: rows[name].view(np.ndarray) for name in rows.dtype.names}
