"""The Mesa face of the columns: agents are views on rows, made when somebody looks.

State lives in record arrays (`columns.py`) that the kernel steps natively.  A `View` is a Mesa agent
whose attributes read and write one row; a `ColumnModel` is a Mesa model whose `agents` are views.  A
model that nobody looks at makes none, and looking never changes a byte.

This is the only module that knows Mesa (3.3 to 3.x).  What it works around:

- Mesa 3.3 keeps every model alive in `Agent._ids` once an agent has been numbered from it, and holds
  two of the model's own methods on the instance, a cycle that only the garbage collector can undo.
- A plain copy of an agent would copy its columns one by one: a `ColumnModel` joins copies to its rows.
- A slot that fills again is another person: a view whose person has left raises `Departed`.
"""

import copy
import gc
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import mesa  # type: ignore[import-untyped,unused-ignore]
import numpy as np
import numpy.typing as npt

from asmsim.config.errors import AsmsimError, nearest
from asmsim.engine.columns import Rows, Table
from asmsim.engine.roster import Attribute, Roster

DataCollector = mesa.DataCollector
SEEDS_BY_RNG = "rng" in inspect.signature(mesa.batch_run).parameters
"""Mesa 3.4: a batch is given its seeds as `rng=[1, 2]`; before, they are a parameter of the model."""
_SCHEDULES_STEPS = hasattr(mesa.Model, "_do_step")  # Mesa 3.5: a step is an event among others


def find_iteration() -> int | None:
    """Find which iteration of `mesa.batch_run` the model that is being made is for; None outside a batch.

    Mesa tells a model nothing of it, and a model that is not told its seed would give equal rows.
    """
    runner = getattr(mesa.batchrunner, "_model_run_func", None)
    frame = inspect.currentframe()
    while runner is not None and frame is not None:
        if frame.f_code is runner.__code__:
            return int(frame.f_locals["run"][1])
        frame = frame.f_back
    return None


class Departed(AsmsimError, AttributeError):
    """The person whom a view showed has left the model."""


class View(mesa.Agent):  # type: ignore[misc]
    """A Mesa agent that shows one row of a table.

    Subclass with `class Miner(View, table=MINERS)`: each column becomes an `Attribute`.  A subclass of
    that may add methods; attributes of its own need a default on the class, since a view is made
    without `__init__`.  What is set on one view stays with it as long as the person stays.  Setting what
    neither is a column nor has a default is an error, so that a slip changes nothing in silence; names
    that begin with an underscore are free.

    Parameters
    ----------
    model
        Where to add somebody.
    district
        Where the slot must lie; anywhere if None.
    values
        Attributes that are to differ from those a newcomer has.

    Raises
    ------
    TypeError
        The kind does not come and go, or there is no such attribute.
    ValueError
        No slot is free.
    """

    table: ClassVar[Table]
    presence: ClassVar[str | None] = None
    """Column that says whether a row is somebody; None = always."""
    comes_and_goes: ClassVar[bool] = False
    """Whether agents of this kind can be added and removed by hand."""
    fixed: ClassVar[frozenset[str]] = frozenset()
    """Attributes that cannot be written, besides presence, spell and pointers to other rows."""
    booked: ClassVar[frozenset[str]] = frozenset()
    """Attributes that running totals follow; see `book`."""
    model: Any
    slot: int = -1
    unique_id: int
    """Number of the person: another one for whoever holds the slot next."""
    pos: Any = None
    _columns: dict[str, npt.NDArray[Any]]

    def __init_subclass__(cls, table: Table | None = None, present: str = "present", **more: Any) -> None:
        """Give the class an attribute for each column, and say so in its docstring."""
        super().__init_subclass__(**more)
        if table is None:
            return
        cls.table, cls.presence = table, present if present in table.columns else None
        for name, column in table.columns.items():
            if hasattr(View, name):
                raise TypeError(f"column {table.name}.{name} would hide a method of Mesa's agents")
            fixed = column.unit == "index" or name in (present, "spell") or name in cls.fixed
            setattr(cls, name, Attribute(name, column, fixed, name in cls.booked))
        lines = [f"{name}\n    {c.meaning[0].upper()}{c.meaning[1:]} [{c.unit}]." for name, c in table.columns.items()]
        cls.__doc__ = "\n".join(
            [inspect.cleandoc(cls.__doc__ or table.meaning), "", "Attributes", "----------", *lines]
        )

    def __init__(self, model: "ColumnModel", district: int | None = None, **values: Any) -> None:
        kind = type(self)
        if not kind.comes_and_goes:
            raise TypeError(f"a {kind.__name__} cannot be added by hand: it is there as scenario and law have it")
        for name, value in values.items():
            if name not in kind.table.columns:
                raise TypeError(f"a {kind.__name__} has no {name!r}{nearest(name, kind.table.columns)}")
            getattr(kind, name).check(kind, value)
        model.settle()
        roster = model.roster(kind)
        slots = kind.openings(model)
        if district is not None:
            slots = slots[roster.columns["district"][slots] == district]
        if not len(slots):
            where = "" if district is None else f" in district {district}"
            raise ValueError(f"no free slot for a {kind.__name__}{where}")
        kind.arrive(model, int(slots[0]))
        model.admit(self, int(slots[0]))
        for name, value in values.items():
            setattr(self, name, value)

    @classmethod
    def openings(cls, model: "ColumnModel") -> npt.NDArray[np.int64]:
        """Slots that somebody may take, in the order in which they are taken."""
        return np.flatnonzero(model.roster(cls).persons() < 0)

    @classmethod
    def arrive(cls, model: "ColumnModel", slot: int) -> None:
        """Fill the slot with a newcomer, present and of a new spell (kinds that come and go say how)."""
        raise NotImplementedError(cls.__name__)

    def depart(self) -> None:
        """Empty the slot (kinds that come and go say how)."""
        raise NotImplementedError(type(self).__name__)

    def book(self, sign: int) -> None:
        """Enter (+1) or strike off (-1) the row in totals that follow `booked` attributes."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set what the class knows.

        Raises
        ------
        AttributeError
            No column and no attribute of the class has the name; names the nearest.
        """
        if name[:1] != "_" and name not in ("model", "unique_id") and not hasattr(type(self), name):
            kind = type(self).__name__
            own = f"; an attribute of your own needs a default on a subclass of {kind}"
            raise AttributeError(f"a {kind} has no {name!r}{nearest(name, self.table.columns) or own}")
        object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the columns behind; the copy's model joins the copy to its own."""
        return {name: value for name, value in self.__dict__.items() if name != "_columns"}

    def __repr__(self) -> str:
        """Kind and number."""
        return f"{type(self).__name__} {self.unique_id}"


class DepartedView(mesa.Agent):  # type: ignore[misc]
    """What a view becomes once its person has left: using it is an error, never somebody else's data.

    `model` and `unique_id` remain, as with any agent that was removed.
    """

    def __getattr__(self, name: str) -> Any:
        """Refuse; also what `hasattr` asks."""
        raise Departed(f"{self!r}: {name!r} is no longer defined; whoever is there now is in model.agents")

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse."""
        raise Departed(f"{self!r}: {name!r} cannot be set")

    def __repr__(self) -> str:
        """Kind and number of who it was."""
        return f"{self.__dict__.get('kind', 'agent')} {self.__dict__.get('unique_id', '')}, who has left the model"


def part(view: View) -> None:
    """Turn a view into one of somebody who has left."""
    left = {"model": view.model, "unique_id": view.unique_id, "kind": type(view).__name__}
    view.__dict__.clear()
    view.__dict__.update(left)
    view.__class__ = DepartedView


@contextmanager
def no_collection() -> Iterator[None]:
    """Pause the garbage collector, which would scan many new objects again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class ColumnModel(mesa.Model):  # type: ignore[misc]
    """A Mesa model whose agents are views on rows.

    A subclass says which rows (`tables`), calls `attach` once they exist, and `settle` and `clock`
    whenever it has stepped them.  Agents of the user's own (`class Reporter(mesa.Agent)`) live beside the views, with
    negative numbers.  Agents come in the order of kind and slot, whoever looked at whom and when.
    """

    def __init__(self, seed: int) -> None:
        self._rosters: dict[type[View], Roster] = {}
        self._guests = 0
        self._incomplete = False
        super().__init__(rng=seed)
        if not _SCHEDULES_STEPS:
            del self.step, self._user_step  # the class's own are found; `clock` counts

    def tables(self) -> Mapping[type[View], Rows]:
        """Rows by kind of agent, in the order in which agents are listed."""
        raise NotImplementedError(type(self).__name__)

    def attach(self) -> None:
        """Open a roster for each kind; makes no views."""
        tables = self.tables()
        first, stride = 1, sum(len(rows) for rows in tables.values())
        for kind, rows in tables.items():
            self._rosters[kind] = Roster(kind, rows, first, stride)
            self._agents_by_type[kind] = type(self._all_agents)([], random=self.random)
            first += len(rows)

    def clock(self, steps: int) -> None:
        """Set Mesa's clock: so many steps have been taken."""
        self.steps = steps
        self.time = float(steps)

    # --- looking ----------------------------------------------------------------------------------
    @property
    def agents(self) -> Any:
        """Every agent who is there now."""
        self.look()
        return self._all_agents

    @property
    def agents_by_type(self) -> Any:
        """Agents who are there now, by class."""
        self.look()
        return self._agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """Kinds of agents, whether or not anyone of the kind is there."""
        return list(self._agents_by_type)

    def look(self) -> None:
        """Make views of all who have none, and let go of those who have left."""
        with no_collection():
            self.settle()
            made = sum(roster.make(self) for roster in self._rosters.values())
            if made or self._incomplete:
                self._list_agents()

    def settle(self) -> None:
        """Let go of the views of those who have left; call it when rows have been stepped."""
        for kind, roster in self._rosters.items():
            for view in roster.retire():
                self._forget(kind, view)

    def _forget(self, kind: type[View], view: View) -> None:
        self._all_agents.discard(view)
        self._agents_by_type[kind].discard(view)
        part(view)

    def _list_agents(self) -> None:
        everyone: list[Any] = []
        for kind, agents in self._agents_by_type.items():
            if kind in self._rosters:
                views = self._rosters[kind].in_order()
                agents._update(views)
                everyone += views
            else:
                everyone += list(agents)
        self._all_agents._update(everyone)
        self._incomplete = False

    def roster(self, kind: type[View]) -> Roster:
        """Give the roster of a kind.

        Raises
        ------
        TypeError
            The model has no agents of this very class.
        """
        if kind not in self._rosters:
            known = ", ".join(k.__name__ for k in self._rosters)
            raise TypeError(f"{type(self).__name__} has no agents of the class {kind.__name__}, only {known}")
        return self._rosters[kind]

    def at(self, kind: type[View], slot: int) -> Any:
        """Find the agent of a kind who holds a slot; None if nobody does."""
        roster = self.roster(kind)
        if not roster.is_held(slot):
            return None
        if slot not in roster.views:
            self.look()
        return roster.views[slot]

    # --- coming and going -------------------------------------------------------------------------
    def admit(self, view: View, slot: int) -> None:
        """List a view that was made by hand."""
        self.roster(type(view)).enrol(view, self, slot)
        self._incomplete = True

    def register_agent(self, agent: Any) -> None:
        """Admit an agent of the user's own class; Mesa calls it."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        super().register_agent(agent)
        self._guests += 1
        agent.unique_id = -self._guests
        self._incomplete = True

    def deregister_agent(self, agent: Any) -> None:
        """Take an agent out of the model; `agent.remove()` calls it.

        Raises
        ------
        TypeError
            The kind does not come and go.
        """
        if not isinstance(agent, View):
            super().deregister_agent(agent)
            return
        kind = type(agent)
        if not kind.comes_and_goes:
            raise TypeError(f"a {kind.__name__} cannot be removed by hand: it stays as scenario and law have it")
        agent.depart()
        self._forget(kind, self.roster(kind).strike(agent.slot))

    def remove_all_agents(self) -> None:
        """Remove all who can come and go; offices, buyers and the like stay."""
        for agent in list(self.agents):
            if not isinstance(agent, View) or agent.comes_and_goes:
                agent.remove()

    # --- copying ----------------------------------------------------------------------------------
    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become a copy: agents of the copy show the copy's rows."""
        self.__dict__.update(state)
        for kind, rows in self.tables().items():
            self._rosters[kind].join(rows)

    def __copy__(self) -> "ColumnModel":
        """Copy whole: two models cannot share views."""
        return copy.deepcopy(self)
