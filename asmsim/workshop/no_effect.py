"""What of a room's changes has no effect in its scenario, as data: the page and the report say it in their language.

A changed dose is laid back on its lever.  Where the lever then plans the same for every month and district, and costs
the same, the change has no effect.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.model.labels import find_label
from asmsim.model.levers import Lever
from asmsim.model.levers.governance import Legalisation
from asmsim.model.plan import Grid
from asmsim.model.scenario import Scenario
from asmsim.workshop.preset import Preset, Value, WorkshopState, find_dose, read_dose

Note = dict[str, Any]
Planned = list[npt.NDArray[np.float64]]
LESS = 0.9
"""Part of a dose that is tried to see whether all of it counts."""
NEAR = 1e-3
"""How near the least dose with the same effect is found, in parts of the dose."""


def list_idle_changes(preset: Preset, state: WorkshopState, made: Scenario) -> list[Note]:
    """Return what of a state's levers has no effect in the scenario made of it, or less than it says.

    Each note names its `template` in the catalogues, the `levers` that it is about by key and label, and what the
    template needs besides.
    """
    dosed = {lever.path: lever for lever in made.levers}
    notes: list[Note] = []
    for key, value in sorted(state.levers.items()):
        path, name = find_dose(key)
        if path in dosed:
            notes += _list_of_dose(dosed[path], name, value, read_dose(preset, key), made.plan.grid)
        else:
            notes.append({"template": "idle", "levers": [key]})
    before = list_unpaid(preset.base) if state.levers else []
    unpaid = [path for path in (list_unpaid(made) if state.levers else []) if path not in before]
    notes += [{"template": "unpaid", "levers": unpaid}] if unpaid else []
    return [note | {"levers": [{"key": key, "label": find_label(key)} for key in note["levers"]]} for note in notes]


def list_unpaid(made: Scenario) -> list[str]:
    """Return levers that the donor is to pay, and whose cost no month of the programme covers."""
    programme = made.donor.programme
    money = np.zeros(made.context.months) if programme is None else programme.budget(made.plan.grid)
    costs = {lever.path: made.plan.cost[j] > 0 for j, lever in enumerate(made.plan.levers) if lever.funder == "donor"}
    return [path for path, costly in costs.items() if costly.any() and not money[costly].any()]


def _list_of_dose(lever: Lever, name: str, value: Value, before: Value | None, grid: Grid) -> Iterator[Note]:
    key, planned = f"{lever.path}.{name}", plan_lever(lever, grid)
    if value == before:
        return
    if before is not None and is_same(planned, plan_lever(set_dose(lever, name, before), grid)):
        yield {"template": "idle", "levers": [key]}
        return
    if isinstance(value, bool | str) or value <= 0:
        return
    first, last = lever.span(grid)
    needs = find_months(lever, name)
    if needs > last - first:
        yield {"template": "unfinished", "levers": [key], "months": needs, "has": last - first}
        return  # that says more than which part of it counts

    def does_same(dose: Value) -> bool:
        return is_same(planned, plan_lever(set_dose(lever, name, dose), grid))

    if does_same(value - 1 if isinstance(value, int) else LESS * value):
        yield {"template": "beyond", "levers": [key], "value": value, "enough": find_enough(value, does_same)}


def find_enough(value: float, does_same: Callable[[Any], bool]) -> float:
    """Return the least dose that does the same as `value`, by halving."""
    whole = isinstance(value, int)
    low, high = 0.0, float(value)
    while high - low > max(NEAR * value, 1.0 if whole else 0.0):
        middle = (low + high) // 2 if whole else (low + high) / 2
        low, high = (low, middle) if does_same(int(middle) if whole else middle) else (middle, high)
    return int(high) if whole else high


def set_dose(lever: Lever, name: str, value: Value) -> Lever | None:
    """Return the lever with another dose; None where that is not allowed."""
    try:
        return type(lever)(**{**lever.model_dump(), name: value})
    except ValueError:
        return None


def plan_lever(lever: Lever | None, grid: Grid) -> dict[Any, Planned] | None:
    """Return what a lever writes, by handle, and what it costs; None where it cannot be planned."""
    if lever is None:
        return None
    try:
        found: dict[Any, Planned] = {"cost": [lever.cost(grid)]}
        for written in lever.plan(grid):
            if not np.isnan(written[1]).all():
                found.setdefault(written[0], []).append(written[1])
    except ConfigError:
        return None
    return found


def is_same(one: dict[Any, Planned] | None, other: dict[Any, Planned] | None) -> bool:
    """Tell whether two plans are the same; what cannot be planned is another."""
    if one is None or other is None or one.keys() != other.keys():
        return False
    return all(
        len(one[key]) == len(other[key])
        and all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one[key], other[key], strict=True))
        for key in one
    )


def find_months(lever: Lever, name: str) -> int:
    """Return how many months a dose takes until it has its whole effect; 0 where it takes none."""
    if isinstance(lever, Legalisation):
        spread = lever.pace == "gradual" and name in ("phases", "months_a_phase")
        return (lever.phases - 1) * lever.months_a_phase + 1 if spread else 0
    extra = type(lever).model_fields[name].json_schema_extra
    value = getattr(lever, name)
    return value if isinstance(extra, dict) and extra.get("unit") == "months" and isinstance(value, int) else 0
