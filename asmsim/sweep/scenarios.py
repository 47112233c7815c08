"""Scenarios of a sweep's points: what many points share is made once.

Points of one policy that differ in drawn parameters alone come one after the other; they share all but
their behaviour, and so most of the time that it takes to make a scenario.
"""

import json
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

from asmsim.model import parameters
from asmsim.model.scenario import Scenario, make
from asmsim.sweep.values import laid_on

PREFIX = "parameters."
SHAPING = (f"{PREFIX}crew_slots",)
"""Parameters that shape the world itself, so that points which differ in them share nothing."""


def scenario_of(folder: str, base: str, values: Mapping[str, Any]) -> Scenario:
    """The scenario of a point: its values laid on its base, as `make` would have it.

    Raises
    ------
    ConfigError
        It cannot be made.
    """
    drawn = {key: float(value) for key, value in values.items() if _is_drawn(key, value)}
    shared = {key: value for key, value in values.items() if key not in drawn}
    scenario = _shared(folder, base, json.dumps(shared))
    return with_drawn(scenario, {key.removeprefix(PREFIX): value for key, value in drawn.items()})


def with_drawn(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The same scenario with other parameters; the plan is shared, unless events change behaviour in it.

    Raises
    ------
    ConfigError
        A value is out of range, or an event takes it there.
    """
    for name, value in values.items():
        parameters.check(name, value, "parameters")
    other = scenario.with_parameters(values)
    if not scenario.plan.behaving:
        plan = copy(scenario.plan)  # of arrays that nobody writes to
        plan.behaviour = other.behaviour
        vars(other)["plan"] = plan
    return other


def _is_drawn(key: str, value: Any) -> bool:
    return key.startswith(PREFIX) and key not in SHAPING and isinstance(value, int | float)


@lru_cache(maxsize=4)
def _shared(folder: str, base: str, values: str) -> Scenario:
    """The scenario that points with these values share; its plan's arrays are theirs too."""
    scenario = make(laid_on(_base(folder, base), json.loads(values)))
    scenario.plan.arrays  # noqa: B018  worked out once
    return scenario


@lru_cache(maxsize=64)
def _base(folder: str, base: str) -> dict[str, Any]:
    """A resolved base of the sweep in a folder."""
    data: dict[str, Any] = json.loads((Path(folder) / "bases" / f"{base}.json").read_text(encoding="utf-8"))
    return data
