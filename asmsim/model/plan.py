"""The plan: handle x month x district, computed once per scenario and shared by all its seeds.

Context, levers and dated events all become writes.  What government, market and context do stands in
`base`; what a donor funds is kept apart in `funded` and delivered month by month as far as money and
capacity carry it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.schema import month_name, month_number
from asmsim.model import parameters
from asmsim.model.handles import NATIONAL, NUMBER, PATHS, Combine, H

Floats = npt.NDArray[np.float64]


class Write(NamedTuple):
    """What one writer wants of a handle: (months, districts), NaN where it leaves it alone."""

    handle: H
    values: Floats


@dataclass(frozen=True, eq=False)
class Grid:
    """The months and districts of a scenario, and how to fill them."""

    start: str
    months: int
    policy_start: str
    names: Sequence[str]
    provinces: Sequence[str]
    miners: Floats  # persons in the whole population, by district
    lat: Floats
    lon: Floats
    hours_from: Callable[[float, float], Floats] = field(repr=False)

    @property
    def districts(self) -> int:
        """Number of districts."""
        return len(self.names)

    def t(self, when: str | None, where: str = "date") -> int:
        """Index of a month; None is the start of policy.

        Raises
        ------
        ConfigError
            The month lies outside the horizon.
        """
        t = month_number(when or self.policy_start) - month_number(self.start)
        if not 0 <= t <= self.months:
            last = month_name(month_number(self.start) + self.months - 1)
            raise ConfigError(f"{where}: {when} is outside the horizon {self.start} to {last}")
        return t

    def cells(
        self,
        value: float | Floats,
        districts: Any = slice(None),
        start: int = 0,
        until: int | None = None,
        ramp: int = 0,
        low: float = 0.0,
    ) -> Floats:
        """`value` from `start` to before `until`, reached from `low` in a straight line over `ramp` months."""
        cells = np.full((self.months, self.districts), np.nan)
        at = np.arange(self.months)[start:until]
        share = np.clip((at - start + 1) / max(1, ramp), 0, 1)[:, None]
        where = np.atleast_1d(np.arange(self.districts)[districts])
        cells[np.ix_(at, where)] = low + share * (np.asarray(value) - low)
        return cells

    def at_first(self, wanted: Sequence[str], where: str) -> list[int]:
        """Indices of districts by name."""
        known = {n: i for i, n in enumerate(self.names)}
        for name in wanted:
            if name not in known:
                raise ConfigError(f"{where}: no district {name!r}{nearest(name, known)}")
        return [known[name] for name in wanted]

    def in_provinces(self, wanted: Sequence[str], where: str) -> list[int]:
        """Indices of the districts of provinces."""
        for name in wanted:
            if name not in set(self.provinces):
                raise ConfigError(f"{where}: no province {name!r}{nearest(name, set(self.provinces))}")
        return [i for i, p in enumerate(self.provinces) if p in wanted]


class Planned(Protocol):
    """What the plan needs of a lever."""

    @property
    def path(self) -> str:
        """Dotted name in the scenario."""

    @property
    def funder(self) -> str:
        """Who pays: donor, government or market."""

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Writes of the lever."""

    def cost(self, grid: Grid) -> Floats:
        """Planned cost, USD a month; negative where the lever is not planned at all."""


def merge(how: Combine, a: Floats, b: Floats) -> Floats:
    """Two writers of one handle; NaN = did not write."""
    if how is Combine.last:
        both = b
    elif how is Combine.sum:
        both = a + b
    elif how is Combine.max:
        both = np.fmax(a, b)
    else:
        both = a * b
    return np.where(np.isnan(a), b, np.where(np.isnan(b), a, both))


def check_bounds(handle: H, values: Floats, where: str) -> None:
    """Refuse a value outside the handle's bounds.

    Raises
    ------
    ConfigError
        With the value, the place, the bounds and the unit.
    """
    if np.isinf(values).any():
        raise ConfigError(f"{where}: {handle.path} is not finite")
    low = np.nanmin(values, initial=np.inf)
    high = np.nanmax(values, initial=-np.inf)
    for value in (low, high):
        if np.isfinite(value) and not handle.low <= value <= handle.high:
            raise ConfigError(
                f"{where}: {handle.path} = {value:g} is outside [{handle.low:g}, {handle.high:g}] {handle.unit}"
            )
        if np.isfinite(value) and handle.unit == "0/1" and value not in (0.0, 1.0):
            raise ConfigError(f"{where}: {handle.path} = {value:g} must be 0 or 1")


def find_handle(path: str, where: str) -> H:
    """Handle by dotted name.

    Raises
    ------
    ConfigError
        No such handle; names the nearest.
    """
    if path not in PATHS:
        raise ConfigError(f"{where}: no handle {path!r}{nearest(path, PATHS)}")
    return PATHS[path]


class Target(NamedTuple):
    """What an event writes to: (month, district) values of a handle or of a parameter."""

    path: str
    values: Floats
    handle: H | None
    where: str

    def put(self, cells: Any, values: Any) -> bool:
        """Write values; returns whether any is another than before."""
        before = self.values[cells].copy()
        self.values[cells] = values
        return not np.array_equal(before, self.values[cells], equal_nan=True)

    def checked(self, values: Any) -> Any:
        """The values, if they lie within the bounds of what is written."""
        found = np.atleast_1d(np.asarray(values, float))
        if self.handle is not None:
            check_bounds(self.handle, found, self.where)
        else:
            for value in (found.min(), found.max()):
                parameters.check_parameter(self.path.removeprefix("parameters."), float(value), self.where)
        return values


class Plan:
    """Everything the kernel is given from outside, month by month.

    Attributes
    ----------
    written
        (month, district) of each handle that somebody writes, whoever pays; the others stand at their default.
    funded, index
        (write, month, district) and (write, [lever, handle]): what a donor's lever adds.
    cost, funder
        (lever, month) in USD a month, -1 where not planned; and who pays (0 donor, 1 government, 2 market).
    behaviour, behaving
        Parameters of behaviour, and (month, district) of those that events change.
    idle_events
        Events that change nothing, by their place.
    """

    def __init__(
        self,
        grid: Grid,
        context: Iterable[Write],
        levers: Sequence[Planned],
        events: Sequence[Any] = (),
        behaviour: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.grid, self.behaviour = grid, behaviour
        self.behaving: dict[str, Floats] = {}
        self.written: dict[H, Floats] = {}
        for write in context:
            self._put(write, "context")
        self.levers = sorted(levers, key=lambda lever: lever.path)  # order in a file never matters
        parts: dict[tuple[int, H], Floats] = {}
        costs = np.full((max(1, len(self.levers)), grid.months), -1.0)
        payers = np.zeros(max(1, len(self.levers)), "i8")
        for j, lever in enumerate(self.levers):
            costs[j] = lever.cost(grid)
            payers[j] = ("donor", "government", "market").index(lever.funder)
            for write in lever.plan(grid):
                check_bounds(write.handle, write.values, lever.path)
                if lever.funder != "donor":
                    self._put(write, lever.path)
                else:
                    key = (j, write.handle)
                    have = parts.get(key)
                    parts[key] = write.values if have is None else merge(write.handle.combine, have, write.values)
        self.cost, self.funder = costs, payers
        self.index = np.array([(j, int(h)) for j, h in parts], "i8").reshape(-1, 2)
        self.funded = np.array(list(parts.values())).reshape(-1, grid.months, grid.districts)
        self.idle_events = [n for n, event in enumerate(events) if not self._happen(event, f"events[{n}]")]

    def _put(self, write: Write, where: str) -> None:
        check_bounds(write.handle, write.values, where)
        have = self._standing(write.handle)
        self.written[write.handle] = merge(write.handle.combine, have, write.values)

    def _standing(self, handle: H) -> Floats:
        """(month, district) of a handle, to be written to."""
        if handle not in self.written:
            self.written[handle] = np.full((self.grid.months, self.grid.districts), handle.default)
        return self.written[handle]

    def _happen(self, event: Any, where: str) -> bool:
        """An event overrides whatever context and levers wanted, funded or not; returns whether it changed anything."""
        first, last, columns = self._when_and_where(event, where)
        cells = np.ix_(np.arange(first, last), columns)
        onwards = np.ix_(np.arange(first, self.grid.months), columns)
        changed = False
        for path, value in event.set.items():
            target = self._target(path, event, f"{where}.set")
            changed |= target.put(cells, target.checked(float(value)))
            changed |= self._take_over(target, cells)
        for path, value in event.scale.items():
            target = self._target(path, event, f"{where}.scale")
            changed |= target.put(cells, target.checked(target.values[cells] * value))
            if target.handle is not None and target.handle.combine is not Combine.product:
                for k in np.flatnonzero(self.index[:, 1] == target.handle):
                    funded = target._replace(values=self.funded[k])
                    changed |= funded.put(cells, target.checked(self.funded[k][cells] * value))
        for path, value in event.ramp.items():
            target = self._target(path, event, f"{where}.ramp")
            goal = target.checked(float(value))
            share = np.clip((np.arange(first, self.grid.months) - first + 1) / (last - first), 0, 1)[:, None]
            begin = target.values[first, columns][None, :]
            changed |= target.put(onwards, begin + share * (goal - begin))
            changed |= self._take_over(target, onwards)
        return changed

    def _when_and_where(self, event: Any, where: str) -> tuple[int, int, npt.NDArray[np.int64]]:
        """First month, month after the last, and districts of an event."""
        grid = self.grid
        first = grid.t(event.since, f"{where}.from")
        last = grid.months if event.until is None else grid.t(event.until, f"{where}.until")
        if last <= first:
            raise ConfigError(f"{where}: until ({event.until}) is not after from ({event.since})")
        if event.district:
            return first, last, np.array(grid.at_first(event.district, f"{where}.district"))
        if event.province:
            return first, last, np.array(grid.in_provinces(event.province, f"{where}.province"))
        return first, last, np.arange(grid.districts)

    def _target(self, path: str, event: Any, where: str) -> "Target":
        """What an event writes to: a handle, or a parameter of behaviour."""
        if path.startswith("parameters."):
            name = path.removeprefix("parameters.")
            parameters.check_parameter(name, self.behaviour.get(name, 0.0), where)
            if name in parameters.STRUCTURAL:
                raise ConfigError(
                    f"{where}.{path}: it is read at the start and cannot change by date; set it in parameters"
                )
            if parameters.is_national(name) and (event.district or event.province):
                raise ConfigError(f"{where}.{path}: it holds for the country; leave out province and district")
            if name not in self.behaving:
                self.behaving[name] = np.full((self.grid.months, self.grid.districts), self.behaviour[name])
            return Target(path, self.behaving[name], None, where)
        handle = find_handle(path, where)
        if handle in NATIONAL and (event.district or event.province):
            raise ConfigError(f"{where}.{path}: it holds for the country; leave out province and district")
        return Target(path, self._standing(handle), handle, where)

    def _take_over(self, target: "Target", cells: Any) -> bool:
        """What donors fund of a handle no longer counts where an event has set it; returns whether anything did."""
        funded = np.flatnonzero(self.index[:, 1] == target.handle) if target.handle is not None else ()
        return any([target._replace(values=self.funded[k]).put(cells, np.nan) for k in funded])

    @cached_property
    def _rules(self) -> tuple[list[dict[str, float]], npt.NDArray[np.int64]]:
        shape = (self.grid.months, self.grid.districts)
        if not self.behaving:
            return [dict(self.behaviour)], np.zeros(shape, np.int64)
        names = sorted(self.behaving)
        stacked = np.stack([self.behaving[name] for name in names], axis=-1).reshape(-1, len(names))
        sets, which = np.unique(stacked, axis=0, return_inverse=True)
        rules = [dict(self.behaviour) | dict(zip(names, map(float, row), strict=True)) for row in sets]
        return rules, which.reshape(shape).astype(np.int64)

    @property
    def rules(self) -> list[dict[str, float]]:
        """Each set of behaviour parameters that holds somewhere in some month."""
        return self._rules[0]

    @property
    def which(self) -> npt.NDArray[np.int64]:
        """(month, district) which of `rules` holds."""
        return self._rules[1]

    @cached_property
    def base(self) -> Floats:
        """(month, district, handle), what stands whoever pays."""
        base = np.empty((self.grid.months, self.grid.districts, NUMBER))
        base[:] = [h.default for h in H]
        for handle, values in self.written.items():
            base[:, :, handle] = values
        return base

    def copy_base(self, other: "Plan") -> None:
        """Make the base from that of a plan of the same grid: only what differs is written, which is far quicker."""
        base = other.base.copy()
        for handle in self.written.keys() | other.written.keys():
            mine, theirs = self.written.get(handle), other.written.get(handle)
            if mine is None:
                base[:, :, handle] = handle.default
            elif theirs is None or not np.array_equal(mine, theirs):
                base[:, :, handle] = mine
        self.__dict__["base"] = base

    @cached_property
    def arrays(self) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any]:
        """What the kernel takes of the plan, in its order; contiguous and writable."""
        return np.ascontiguousarray(self.base), *self.arrays_beside_base

    @cached_property
    def arrays_beside_base(self) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
        """The same without the base, which is large: what donors fund, bounds, costs, who pays."""
        how = np.array([int(h.combine) for h in H], "i8")
        low = np.array([float(h.low) for h in H])
        high = np.array([float(h.high) for h in H])
        funded, index = (np.ascontiguousarray(a) for a in (self.funded, self.index))
        return funded, index, how, low, high, np.ascontiguousarray(self.cost), self.funder


def first_difference(a: Plan, b: Plan) -> int | None:
    """First month in which two plans of one grid differ, or None."""
    differs = (a.base != b.base).any((1, 2))
    ids: dict[Any, int] = {}
    held = [np.array([ids.setdefault(tuple(sorted(r.items())), len(ids)) for r in p.rules])[p.which] for p in (a, b)]
    differs |= (held[0] != held[1]).any(1)
    names_a = [(a.levers[j].path, int(h)) for j, h in a.index]
    names_b = [(b.levers[j].path, int(h)) for j, h in b.index]
    for key in set(names_a) | set(names_b):
        x = a.funded[names_a.index(key)] if key in names_a else np.full(a.base.shape[:2], np.nan)
        y = b.funded[names_b.index(key)] if key in names_b else np.full(b.base.shape[:2], np.nan)
        differs |= ~((x == y) | (np.isnan(x) & np.isnan(y))).all(1)
    payers = [{lever.path: lever.funder for lever in p.levers} for p in (a, b)]
    for path in payers[0].keys() & payers[1].keys():
        if payers[0][path] != payers[1][path]:
            differs |= a.cost[[x.path for x in a.levers].index(path)] >= 0
    cost_a = {lever.path: a.cost[j] for j, lever in enumerate(a.levers)}
    cost_b = {lever.path: b.cost[j] for j, lever in enumerate(b.levers)}
    nothing = np.full(len(differs), -1.0)
    for path in set(cost_a) | set(cost_b):
        differs |= cost_a.get(path, nothing) != cost_b.get(path, nothing)
    found = np.flatnonzero(differs)
    return int(found[0]) if len(found) else None
