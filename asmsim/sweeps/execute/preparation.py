"""Scenarios of a sweep's points: what points of one policy share is made once.

Runs of a point on other seeds, and points that differ in drawn parameters alone, share all but their
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
from asmsim.model.scenario import Scenario, make_scenario
from asmsim.sweeps.execute.histories import Digests, PreparedScenario, digest_by_month, digest_constants, is_crowded
from asmsim.sweeps.execute.schedule import SIDE_BY_SIDE
from asmsim.sweeps.request.overlay import overlay
from asmsim.sweeps.request.points import PARAMETERS
from asmsim.sweeps.store.manifest import read_base

UNSHARED = frozenset([f"{PARAMETERS}crew_slots", "parameters"])
"""Keys with which a point shares nothing: one shapes the world, the other is all parameters at once."""


def prepare_scenario(folder: str, base: str, values: Mapping[str, Any]) -> PreparedScenario:
    """The scenario of a point, its values laid on its base as `make` has it, and what it tells its runs.

    Raises
    ------
    ConfigError
        It cannot be made.
    """
    if UNSHARED.isdisjoint(values):
        drawn = {
            key: float(v) for key, v in values.items() if key.startswith(PARAMETERS) and isinstance(v, int | float)
        }
        others = json.dumps({key: value for key, value in values.items() if key not in drawn})
        shared = _shared(folder, base, others)
        if shared is not None and not (drawn and shared[0].plan.behaving):  # such a plan depends on behaviour
            scenario, digests = shared
            own = lay_draw_on(scenario, {key.removeprefix(PARAMETERS): value for key, value in drawn.items()})
            return PreparedScenario(own, digest_constants(own), digests)
    scenario = make_scenario(overlay(_base(folder, base), values))
    return PreparedScenario(scenario, digest_constants(scenario), digest_by_month(scenario.plan))


def lay_draw_on(shared: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return a scenario with other behaviour parameters that shares its plan's arrays, which no event may decide."""
    for name, value in values.items():
        parameters.check_parameter(name, value, "parameters")
    scenario = shared.with_parameters(values)
    plan = copy(shared.plan)  # of arrays that nobody writes to
    plan.behaviour = scenario.behaviour
    vars(plan).pop("_rules", None)  # what was worked out from the old one
    vars(scenario)["plan"] = plan
    return scenario


Shared = tuple[Scenario, Digests]
_SHARED: dict[tuple[str, ...], Shared | None] = {}


def _shared(*point: str) -> Shared | None:
    """What points with these values share, or None where they cannot be made; the last few are kept, as memory allows."""
    if point not in _SHARED:
        made = _make_shared(*point)
        while len(_SHARED) >= SIDE_BY_SIDE or (
            _SHARED and is_crowded([kept[0] for kept in (*_SHARED.values(), made) if kept])
        ):
            del _SHARED[next(iter(_SHARED))]
        _SHARED[point] = made
    return _SHARED[point]


def _make_shared(folder: str, base: str, values: str) -> Shared | None:
    try:
        scenario = make_scenario(overlay(_base(folder, base), json.loads(values)))
    except ConfigError:
        return None  # the point says so itself
    return scenario, digest_by_month(scenario.plan)


@lru_cache(maxsize=64)
def _base(folder: str, base: str) -> dict[str, Any]:
    """A resolved base of the sweep in a folder."""
    return read_base(Path(folder), base)
