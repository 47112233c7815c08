"""What a run is given: an id of its inputs that no word, no unused lever and no comment changes."""

import hashlib
import inspect
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asmsim.config.provenance import environment
from asmsim.config.syntax import Sources, syntax_id
from asmsim.engine.kernel_identity import kernel_id
from asmsim.model.handles import H
from asmsim.model.parameters import complete_parameters

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario

PLANNING = ("asmsim.model.scenario:make_scenario", "asmsim.model.simulate:prepare_run")
"""What turns plain data into a run's inputs."""


def inputs_id(scenario: "Scenario") -> str:
    """Hash of what every run of a scenario is given: its places, its plan and its behaviour parameters.

    Contexts, policies, levers and their words count only through what they produce.  The seed is not among it.  This
    does without the compiler, so that a driver which simulates nothing need not load it.
    """
    world, plan, context = scenario.world, scenario.plan, scenario.context
    digest = hashlib.blake2b(digest_size=8)

    def add(name: str, array: Any) -> None:
        values = np.ascontiguousarray(array)
        digest.update(f"{name} {values.shape} {values.dtype.str}\0".encode() + values.view(np.uint8).data)

    for name, value in vars(world).items():
        if isinstance(value, np.ndarray):
            add(name, value)
    add("numbers", [context.sites_per_district, context.traders_per_district, context.months])
    funded, index, how, low, high, cost, funder = plan.arrays_beside_base
    named = {"funded": funded, "index": index, "how": how, "low": low, "high": high, "cost": cost, "funder": funder}
    for name, array in named.items():
        add(name, array)
    for handle, values in sorted(plan.written.items()):  # the plan's base is these, and defaults
        if (values != handle.default).any():
            add(str(int(handle)), values)
    add("defaults", [h.default for h in H])
    add("which", plan.which)
    for rules in plan.rules:  # by name: the order of the parameter table does not matter
        digest.update(json.dumps(complete_parameters(rules, scenario.model.scale), sort_keys=True).encode())
    return digest.hexdigest()


@cache
def planning_id() -> str:
    """Hash of the syntax trees of what turns scenarios into inputs, whichever levers they dose.

    Where it is the same, so are the inputs of the same scenario; where it differs, `inputs_id` decides.
    """
    from asmsim.model.levers import all_levers

    kinds = [kind for _, kind in sorted(all_levers().items())]
    plugins = {
        kind.__module__: Path(inspect.getfile(kind)) for kind in kinds if not kind.__module__.startswith("asmsim.")
    }
    levers = [f"{kind.__module__}:{kind.__name__}" for kind in kinds]
    followed = ("asmsim.model.", "asmsim.config.", *plugins)
    return syntax_id([*PLANNING, *levers], lambda module: module.startswith(followed), Sources(others=plugins))


def run_id(inputs: Sequence[str], seeds: Sequence[int], drawn: Sequence[Any] = ()) -> str:
    """Id of runs: hash of the compiled model, of what the runs are given, and of their seeds.

    Parameters
    ----------
    inputs
        `inputs_id` of each scenario.
    drawn
        Draws of behaviour parameters that are laid on each scenario.
    """
    text = json.dumps([kernel_id(), list(inputs), list(seeds), list(drawn)], default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def describe_provenance(
    scenarios: "Sequence[Scenario]", seeds: Sequence[int], drawn: Any = None, drawn_from: Any = None, command: str = ""
) -> dict[str, Any]:
    """What a reader needs to reproduce a result.

    Parameters
    ----------
    scenarios
        One for each policy compared; one alone for a run.
    drawn, drawn_from
        Values of the draws of behaviour parameters, and what they were drawn from.
    command
        What runs it again; it names no place, so that the same result has the same provenance everywhere.
    """
    inputs = [inputs_id(scenario) for scenario in scenarios]
    return {
        "run_id": run_id(inputs, seeds, drawn or ()),
        "kernel_id": kernel_id(),
        "inputs_id": inputs,
        "seeds": list(seeds),
        **({"drawn_from": drawn_from} if drawn_from else {}),
        **({"command": command} if command else {}),
        **environment(),
    }
