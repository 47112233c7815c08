"""What views are made of: attributes that stand for cells, and rosters of who has been looked at.

A row of a table is a slot; a person is a slot and a `spell`.  A roster keeps one view for each person
that somebody has looked at, and what it saw in the slot when it made the view.  A roster writes to no
column, so looking can never change a run.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.engine.columns import Column, Rows, column_arrays

ABSENT = -1
"""Spell seen in a slot that nobody holds."""


class Attribute:
    """An agent's attribute: one cell of a column, read and written through.

    Attributes
    ----------
    fixed
        Cannot be written: it says where the row stands, to which row it points, or who holds it.  (The
        kernel does not check that a pointer points to a row.)
    booked
        Running totals follow it: `View.book` strikes the row off before a write and enters it after.
    """

    def __init__(self, name: str, column: Column, fixed: bool, booked: bool) -> None:
        self.name, self.fixed, self.booked = name, fixed, booked
        self.whole = column.dtype[0] in "iu"
        limits: Any = np.iinfo(column.dtype) if self.whole else np.finfo(column.dtype)
        low, high = column.domain
        self.low, self.high = max(low, float(limits.min)), min(high, float(limits.max))
        self.needed = describe_range(self.low, self.high, whole=True) if self.whole else describe_range(low, high)
        self.__doc__ = f"{column.meaning} [{column.unit}]"

    def __get__(self, view: Any, owner: type | None = None) -> Any:
        """Value of the cell as a plain number."""
        return self if view is None else view._columns[self.name].item(view.slot)

    def __set__(self, view: Any, value: Any) -> None:
        """Write the cell; the next month sees it."""
        self.check(type(view), value)
        if self.booked:
            view.book(-1)
        view._columns[self.name][view.slot] = value
        if self.booked:
            view.book(+1)

    def check(self, kind: type, value: Any) -> None:
        """Refuse what the cell cannot hold, or what lies outside the column's domain.

        Raises
        ------
        AttributeError
            The attribute cannot be written.
        TypeError
            Not a number.
        ValueError
            Outside the domain, not finite, or a fraction where the column holds whole numbers.
        """
        where = f"{kind.__name__}.{self.name}"
        if self.fixed:
            raise AttributeError(f"{where} cannot be written: it follows from the slot, its holder or other rows")
        if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
            raise TypeError(f"{where} = {value!r:.60}: needs {self.needed}, not a {type(value).__name__}")
        value = value.item() if isinstance(value, np.generic) else value
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            raise ValueError(f"{where} = {value!r}: needs {self.needed} ({self.__doc__})")


def describe_range(low: float, high: float, whole: bool = False) -> str:
    """Say what a column takes: `a whole number from 0 to 4`, `a finite number of at least 0`."""
    kind = "a whole number" if whole else "a number" if math.isfinite(high) else "a finite number"
    if math.isfinite(high):
        return f"{kind} from {low:.15g} to {high:.15g}"
    return f"{kind} of at least {low:.15g}" if math.isfinite(low) else kind


class Roster:
    """The views of one kind of agent, by slot.

    Parameters
    ----------
    kind
        The class of the views; its `presence` names the column that says whether a row is somebody.
    rows
        The records that the views show.
    first, stride
        Number of the first person in slot 0, and what each further spell adds.

    Attributes
    ----------
    columns
        The rows' columns by name, sharing their memory.
    views
        The view made for each slot that somebody has looked at.
    seen
        (slot,) spell of the person for whom the view was made, or ABSENT.
    """

    def __init__(self, kind: type[Any], rows: Rows, first: int, stride: int) -> None:
        self.kind = kind
        self.first, self.stride = first, stride
        self.views: dict[int, Any] = {}
        self.seen: npt.NDArray[np.int64] = np.full(len(rows), ABSENT, np.int64)
        self.join(rows)

    def join(self, rows: Rows) -> None:
        """Show these rows from now on: after copying, the copy's own."""
        self.columns = column_arrays(rows)
        for view in self.views.values():
            view.__dict__["_columns"] = self.columns

    def __getstate__(self) -> dict[str, Any]:
        """Leave the columns behind: copied one by one they would no longer be parts of the rows."""
        return {name: value for name, value in self.__dict__.items() if name != "columns"}

    def persons(self) -> npt.NDArray[np.int64]:
        """(slot,) spell of whoever holds the slot now, ABSENT where nobody does.

        A kind without spells (an office, a crew) is known by its row alone.
        """
        persons = np.zeros(len(self.seen), np.int64)
        if "spell" in self.columns:
            persons += self.columns["spell"]
        if self.kind.presence is not None:
            persons[self.columns[self.kind.presence] == 0] = ABSENT
        return persons

    def is_held(self, slot: int) -> bool:
        """Whether somebody is in a slot now."""
        return self.kind.presence is None or bool(self.columns[self.kind.presence][slot])

    def make(self, model: Any) -> int:
        """Make views of those present who have none; returns how many."""
        persons = self.persons()
        new = np.flatnonzero((persons != ABSENT) & (self.seen == ABSENT))
        numbers = self.first + new + persons[new] * self.stride
        kind, columns, views = self.kind, self.columns, self.views
        make: Any = kind.__new__  # not kind(...): that would add somebody to the model
        for slot, number in zip(new.tolist(), numbers.tolist(), strict=True):
            view = make(kind)
            view.__dict__.update(model=model, slot=slot, unique_id=number, _columns=columns)
            views[slot] = view
        self.seen[new] = persons[new]
        return len(new)

    def enrol(self, view: Any, model: Any, slot: int) -> None:
        """Tie a view that was made elsewhere to the person who now holds a slot."""
        spell = int(self.persons()[slot])
        number = self.first + slot + spell * self.stride
        view.__dict__.update(model=model, slot=slot, unique_id=number, _columns=self.columns)
        self.views[slot] = view
        self.seen[slot] = spell

    def retire(self) -> list[Any]:
        """Let go of the views of persons who no longer hold their slot, and return these views."""
        if not self.views:
            return []
        gone = np.flatnonzero((self.seen != ABSENT) & (self.seen != self.persons()))
        return [self.strike(slot) for slot in gone.tolist()]

    def strike(self, slot: int) -> Any:
        """Let go of one view and return it."""
        self.seen[slot] = ABSENT
        return self.views.pop(slot)

    def in_order(self) -> list[Any]:
        """List views by slot, whatever the order in which they were made."""
        return [self.views[slot] for slot in sorted(self.views)]
