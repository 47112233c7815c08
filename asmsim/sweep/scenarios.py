"""Scenarios of a sweep's points: what points of one policy share is made once.

Points that differ in drawn parameters alone come one after the other.  They share all but their
behaviour, and so most of the time that it takes to make a scenario.
"""

import json
from collections.abc import Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

from asmsim.config.errors import ConfigError
from asmsim.model import parameters
from asmsim.model.scenario import Scenario, make
from asmsim.sweep.values import laid_on

PREFIX = "parameters."
UNSHARED = frozenset([f"{PREFIX}crew_slots", "parameters"])
"""Keys with which a point shares nothing: one shapes the world, the other is all parameters at once."""


def scenario_of(folder: str, base: str, values: Mapping[str, Any]) -> Scenario:
    """The scenario of a point: its values laid on its base, as `make` has it.

    Raises
    ------
    ConfigError
        It cannot be made.
    """
    if UNSHARED.isdisjoint(values):
        drawn = {key: float(v) for key, v in values.items() if key.startswith(PREFIX) and isinstance(v, int | float)}
        others = json.dumps({key: value for key, value in values.items() if key not in drawn})
        shared = _shared(folder, base, others) if drawn else None
        if shared is not None:
            return _with_drawn(shared, {key.removeprefix(PREFIX): value for key, value in drawn.items()})
    return make(laid_on(_base(folder, base), values))


def _with_drawn(shared: Scenario, values: Mapping[str, float]) -> Scenario:
    for name, value in values.items():
        parameters.check(name, value, "parameters")
    scenario = shared.with_parameters(values)
    plan = copy(shared.plan)  # of arrays that nobody writes to
    plan.behaviour = scenario.behaviour
    vars(scenario)["plan"] = plan
    return scenario


@lru_cache(maxsize=4)
def _shared(folder: str, base: str, values: str) -> Scenario | None:
    """What points with these values share; None where the plan depends on behaviour, or where there is none.

    It is never run itself, so that nothing of its own behaviour is worked out in it.
    """
    try:
        scenario = make(laid_on(_base(folder, base), json.loads(values)))
    except ConfigError:
        return None  # the point says so itself
    scenario.plan.arrays  # noqa: B018  worked out once
    return None if scenario.plan.behaving else scenario


@lru_cache(maxsize=64)
def _base(folder: str, base: str) -> dict[str, Any]:
    """A resolved base of the sweep in a folder."""
    data: dict[str, Any] = json.loads((Path(folder) / "bases" / f"{base}.json").read_text(encoding="utf-8"))
    return data
