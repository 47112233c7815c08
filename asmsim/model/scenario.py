"""A scenario: context + policy + assumptions, checked as a whole and known by its content."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pydantic import ValidationError, create_model, model_validator

from asmsim.config.compose import set_value
from asmsim.config.errors import ConfigError
from asmsim.config.schema import Closed, field
from asmsim.model import parameters
from asmsim.model.context import Context, Event, build_grid, build_world, context_writes
from asmsim.model.explain import explain_validation, name_events
from asmsim.model.handles import NATURE, PATHS, H
from asmsim.model.levers import INGREDIENTS, REGISTRY, Lever, all_levers
from asmsim.model.plan import Grid, Plan, Write


class Model(Closed):
    """Choices about the model itself."""

    status_rule: Literal["hurdle", "threshold"] = field("hurdle", "how miners choose status (M1)")
    law: Literal["dated", "endogenous"] = field("dated", "whether the law follows dates or will (M7)")
    scale: float = field(10.0, "persons for each person simulated", "1", 0.01, 100_000)
    institutions: bool = field(True, "false = null model: prices and depletion only")


def _groups() -> dict[str, Any]:
    """One closed model for each ingredient, with an optional field for each of its levers."""
    fields: dict[str, Any] = {}
    for group in INGREDIENTS:
        members = REGISTRY.get(group, {})
        if group == "legalisation":
            fields[group] = (members[group] | None, None)
            continue
        options: dict[str, Any] = {name: (kind | None, None) for name, kind in members.items()}
        made = create_model(f"{group.title()}Levers", __base__=Closed, **options)
        fields[group] = (made, made())
    return fields


def keep_nature(writes: Iterable[Write], events: Iterable[Event], grid: Grid) -> tuple[Iterator[Write], list[Event]]:
    """What the null model keeps of a context: prices, seasons, shocks and distances; no tax, law or office."""
    free = Write(H.royalty, np.zeros((grid.months, grid.districts)))
    verbs = ("set", "scale", "ramp")
    kept = [
        e.model_copy(update={v: {k: x for k, x in getattr(e, v).items() if PATHS.get(k) in NATURE} for v in verbs})
        for e in events
    ]
    return chain((w for w in writes if w.handle in NATURE), [free]), kept


class _Scenario(Closed):
    """Fields that do not depend on the levers that exist."""

    name: str = field("", "what it is called in figures; empty = the policy's name")
    policy: str = field("", "name of the policy it came from")
    context: Context
    parameters: dict[str, float] = field({}, "behaviour parameters")
    events: tuple[Event, ...] = field((), "dated events of policy and user")
    model: Model = Model()

    @model_validator(mode="after")
    def _parameters_known(self) -> Self:
        for where, values in (("context.parameters", self.context.parameters), ("parameters", self.parameters)):
            for name, value in values.items():
                try:
                    parameters.check_parameter(name, value, where)
                except ConfigError as error:
                    raise ValueError(str(error)) from error
        return self


_Base: Any = create_model("_Base", __base__=_Scenario, **_groups())


class Scenario(_Base):
    """Everything that a run is made from, but its seed.

    `legalisation`, `governance`, `rights`, `knowledge`, `market`, `donor` and `enforcement` hold the
    dosed levers; an absent lever plans nothing.
    """

    if TYPE_CHECKING:  # made by `_groups`
        legalisation: Any
        governance: Any
        rights: Any
        knowledge: Any
        market: Any
        donor: Any
        enforcement: Any

    @cached_property
    def levers(self) -> list[Lever]:
        """Dosed levers, in order of their names."""
        found = []
        for path in sorted(all_levers()):
            group, _, name = path.partition(".")
            dosed = getattr(self, group) if not name else getattr(getattr(self, group), name)
            if dosed is not None and self.model.institutions:
                found.append(dosed)
        return found

    @cached_property
    def behaviour(self) -> dict[str, float]:
        """Parameters: defaults, the country's, then the scenario's."""
        known = {name: row.value for name, row in parameters.parameter_table().items()}
        chosen = {
            "status_rule": float(self.model.status_rule == "threshold"),
            "law_endogenous": float(self.model.law == "endogenous"),
        }
        return known | dict(self.context.parameters) | dict(self.parameters) | chosen

    @cached_property
    def world(self) -> Any:
        """Places at this scale."""
        return build_world(self.context, self.model.scale, int(self.behaviour["crew_slots"]))

    @cached_property
    def plan(self) -> Plan:
        """The plan, computed once and shared by all seeds."""
        grid = build_grid(self.context, self.world)
        writes = context_writes(self.context, self.world, grid)
        events = [*self.context.events, *self.events]
        if not self.model.institutions:
            writes, events = keep_nature(writes, self.context.events, grid)
        events = [
            e.model_copy(update={"since": self.context.policy_start}) if e.since == "start" else e for e in events
        ]
        return Plan(grid, writes, self.levers, events, self.behaviour)

    @property
    def exit_month(self) -> int:
        """Index of the first month after the programme; without a programme, the start of policy."""
        programme = self.donor.programme
        grid = self.plan.grid
        return grid.t(None) if programme is None else int(programme.exit_month(grid))

    def with_parameters(self, values: Mapping[str, float]) -> Self:
        """The same scenario with these behaviour parameters laid on its own; values are not checked."""
        other = self.model_copy(update={"parameters": {**self.parameters, **values}})
        sized = ("world",) if "crew_slots" in values else ()
        for name in ("behaviour", "plan", *sized):  # what was worked out from the old ones
            other.__dict__.pop(name, None)
        return other

    def replace(self, key: str, value: Any) -> Self:
        """Return the same scenario with one dotted key changed, without composing it again.

        Raises
        ------
        ConfigError
            Unknown key, wrong type, or out of range.

        Examples
        --------
        >>> from asmsim.model.scenarios import scenario
        >>> made = scenario("context=generic", "policy=five_ingredients")
        >>> made.replace("donor.programme.duration_years", 3).donor.programme.duration_years
        3.0
        """
        return make_scenario(set_value(self.dump(), key, value))  # type: ignore[return-value]

    def __reduce__(self) -> Any:
        """Pickled as plain data: what was worked out from it is worked out again."""
        return make_scenario, (self.dump(),)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Frozen, so that a copy is the thing itself."""
        return self

    def dump(self) -> dict[str, Any]:
        """Plain data from which the same scenario is made again; absent levers are left out."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        for group in INGREDIENTS:
            if group == "legalisation":
                if data[group] is None:
                    del data[group]
            else:
                data[group] = {k: v for k, v in data[group].items() if v is not None}
        return data


def make_scenario(data: dict[str, Any]) -> Scenario:
    """A scenario from plain data, or one clear error.

    Raises
    ------
    ConfigError
        Unknown key (naming the nearest), wrong type, out of range, or a month outside the horizon.
    """
    try:
        scenario = Scenario(**data)
    except ValidationError as error:
        raise ConfigError(explain_validation(error, Scenario)) from error
    try:
        scenario.plan  # noqa: B018  every write is bounds-checked before any work starts
    except ConfigError as error:
        raise ConfigError(name_events(str(error), data)) from error
    return scenario
