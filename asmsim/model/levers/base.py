"""What a lever is: a dose, a plan for handles, a cost, an expectation, and a way to fail.

A lever is a pure function from its dose to handles.  It can touch no status, sale or outcome.
Adding one means: one class here beside its ingredient, and one YAML file with a dose.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from asmsim.config.errors import ConfigError
from asmsim.config.schema import Closed, Month, field, month_name, month_number
from asmsim.model.plan import Floats, Grid, Write

Funder = Literal["donor", "government", "market"]


class Expectation(NamedTuple):
    """How a dose moves the measure of the lever's own mechanism, and where it fails to."""

    measure: str  # an outcome
    sign: int  # +1 or -1
    dose: dict[str, object]  # fields that show the effect
    fails_when: dict[str, object]  # scenario keys (dotted) under which it does nothing or harm
    harms: str | None = None  # what it lowers where it fails, if that is not the measure itself


class FromWorlds:
    """What a shipped lever is expected to do: read from `configs/levers.yaml` when it is asked for."""

    def __get__(self, lever: "Lever | None", kind: "type[Lever]") -> Expectation:
        """Return the expectation of the lever's world."""
        from asmsim.model.lever_worlds import find_world

        return find_world(kind.dotted()).expectation


class Lever(Closed):
    """Base of all levers."""

    ingredient: ClassVar[str]
    name: ClassVar[str]
    label: ClassVar[str]
    acts_on: ClassVar[str]
    fails: ClassVar[str]
    expects: ClassVar[Any] = FromWorlds()
    """An `Expectation`: a plugin states its own; those that are shipped stand in `configs/levers.yaml`."""

    start: Month | None = field(None, "month it begins; none = the context's policy start", "month")
    until: Month | None = field(None, "month it ends; none = the horizon", "month")
    funder: Funder = field("donor", "who pays", "")

    @classmethod
    def dotted(cls) -> str:
        """Dotted name in the scenario."""
        return cls.name if cls.ingredient == "legalisation" else f"{cls.ingredient}.{cls.name}"

    @property
    def path(self) -> str:
        """Dotted name in the scenario."""
        return self.dotted()

    def span(self, grid: Grid) -> tuple[int, int]:
        """First month and the month after the last."""
        first = grid.t(self.start, f"{self.path}.start")
        if first >= grid.months:
            raise ConfigError(f"{self.path}.start: {self.start} is after the last month, so it would do nothing")
        last = grid.months if self.until is None else grid.t(self.until, f"{self.path}.until")
        if self.until is not None and last <= first:
            begins = month_name(month_number(grid.start) + first)
            raise ConfigError(
                f"{self.path}: until ({self.until}) is not after its start ({begins}), so it would do nothing"
            )
        return first, last

    def fill(self, grid: Grid, value: float | Floats, ramp: int = 0, low: float = 0.0) -> Floats:
        """`value` in all districts over the lever's span, reached from `low` in a straight line over `ramp` months."""
        first, last = self.span(grid)
        return grid.cells(value, slice(None), first, last, ramp, low)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Writes of this dose."""
        raise TypeError(f"{type(self).__name__} plans nothing")

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Cost at full delivery, USD a month; a number, or one for each month of the span."""
        return 0.0

    def cost(self, grid: Grid) -> Floats:
        """(months,) USD; -1 where the lever is not planned."""
        first, last = self.span(grid)
        cost = np.full(grid.months, -1.0)
        cost[first:last] = self.monthly_cost(grid)
        return cost


REGISTRY: dict[str, dict[str, type[Lever]]] = {}


def lever(kind: type[Lever]) -> type[Lever]:
    """Class decorator: make the lever known under its ingredient."""
    REGISTRY.setdefault(kind.ingredient, {})[kind.name] = kind
    return kind


def all_levers() -> dict[str, type[Lever]]:
    """Every lever by dotted name."""
    return {kind.dotted(): kind for members in REGISTRY.values() for kind in members.values()}
