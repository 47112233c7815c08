"""State as tables: one aligned record array for each kind of agent, so that a person costs bytes.

A `Table` declares columns once: dtype, unit, meaning, domain, and whether the value moves along with whoever holds the
row.  `allocate` makes the rows.  Kernels take a row (`me = miners[i]`) and read and write its fields (`me.trust`): a
row is a view, and compiling a field of a row costs a quarter of compiling an element of a column.
"""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np

Rows = Any
"""Rows of a table (a record array), or one row of it."""
Domain = tuple[float, float]
"""Least and greatest value that a column may hold."""

ANY: Domain = (-math.inf, math.inf)
SHARE: Domain = (0.0, 1.0)
NOT_NEGATIVE: Domain = (0.0, math.inf)
STAYS = False
"""Fifth entry of a column that belongs to the row and not to whoever holds it."""
MOVES = True
"""Fifth entry of a column that moves along with whoever holds the row."""

_SHARES = ("0/1", "share")
_AMOUNTS = (
    "count", "count/month", "files", "g", "g/month", "ha", "index", "kg", "months", "persons", "plots", "sign-offs",
    "sign-offs/month", "USD", "USD/month", "USD/year", "years",
)  # fmt: skip
UNIT_DOMAINS: dict[str, Domain] = dict.fromkeys(_SHARES, SHARE) | dict.fromkeys(_AMOUNTS, NOT_NEGATIVE)
"""Domain of a column that declares none, by unit; a unit that is not here bounds nothing."""


class Column(NamedTuple):
    """One attribute of a kind of agent.

    Attributes
    ----------
    bounds
        The domain, where the unit does not say it.
    moves
        Whether the value moves along with whoever holds the row; None is as the table says.
    """

    dtype: str
    unit: str
    meaning: str
    bounds: Domain | None = None
    moves: bool | None = None

    @property
    def domain(self) -> Domain:
        """Least and greatest value that the column may hold."""
        return self.bounds or UNIT_DOMAINS.get(self.unit, ANY)


@dataclass(frozen=True)
class Table:
    """A kind of agent and its columns.

    Attributes
    ----------
    moves
        Whether a column that does not say so moves along with whoever holds the row.
    """

    name: str
    meaning: str
    columns: dict[str, Column]
    moves: bool = True

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Aligned record type of one row."""
        return np.dtype([(name, c.dtype) for name, c in self.columns.items()], align=True)

    @property
    def moving(self) -> tuple[str, ...]:
        """Columns that move along with whoever holds the row."""
        return tuple(name for name, c in self.columns.items() if (self.moves if c.moves is None else c.moves))

    def allocate(self, rows: int) -> Rows:
        """Zeroed rows."""
        return np.zeros(rows, self.dtype).view(np.recarray)


def declare_table(name: str, meaning: str, moves: bool = True, **columns: tuple[Any, ...]) -> Table:
    """Declare a table: `column=(dtype, unit, meaning)`, with a domain and `STAYS` or `MOVES` where they are not usual."""
    return Table(name, meaning, {k: Column(*v) for k, v in columns.items()}, moves)


def column_arrays(rows: Rows) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of rows by name, as plain arrays that share the rows' memory."""
    return {name: rows[name].view(np.ndarray) for name in rows.dtype.names}


def make_copier(table: Table) -> Callable[[Rows, Rows], None]:
    """Write the function `copy(origin, to)` that copies every column that moves from one row to another, for `rule`."""
    origin, to = ast.Name("origin", ast.Load()), ast.Name("to", ast.Load())
    return _assign("copy", [to, origin], {name: ast.Attribute(origin, name, ast.Load()) for name in table.moving})


def make_clearer(table: Table) -> Callable[[Rows], None]:
    """Write the function `clear(to)` that sets every column that moves to zero, for `rule`."""
    return _assign("clear", [ast.Name("to", ast.Load())], dict.fromkeys(table.moving, ast.Constant(0)))


def _assign(name: str, rows: Sequence[ast.Name], values: Mapping[str, ast.expr]) -> Callable[..., None]:
    """A function of rows that assigns to columns of the first, one by one: as quick to compile as if written by hand.

    It is made of syntax and not of text, so that `kernel_id` sees what it does.
    """
    body: list[ast.stmt] = [
        ast.Assign([ast.Attribute(rows[0], column, ast.Store())], value) for column, value in values.items()
    ]
    module = ast.parse(f"def {name}({', '.join(sorted(row.id for row in rows))}): pass")
    module.body[0].body = body  # type: ignore[attr-defined]
    made: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(module), f"<{name}>", "exec"), made)
    return cast(Callable[..., None], made[name])
