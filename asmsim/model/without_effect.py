"""What a scenario asks for that its plan does not get: settings, doses, levers and events that change nothing.

Nothing here knows any lever: each setting is changed a little and the lever plans again.  Where its plan stays as it
was, the setting has no effect; where only the last part of a dose has none, the dose is cut to what exists or fits.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, get_args, get_origin

import numpy as np

from asmsim.config.errors import ConfigError
from asmsim.config.language import tr
from asmsim.config.schema import is_month, month_name, month_number
from asmsim.model.context import context_writes
from asmsim.model.explain import name_events
from asmsim.model.handles import Combine, H
from asmsim.model.levers import Lever
from asmsim.model.levers.governance import Legalisation
from asmsim.model.plan import Floats, Grid, Write
from asmsim.model.scenario import Scenario

_NOT_TRIED = ("start", "until", "funder")
"""A span is checked where it is read; who pays changes no write."""
MOST_LISTED = 12
Plans = tuple[Any, ...]


def list_without_effect(scenario: Scenario) -> list[str]:
    """One line for each thing that was asked for and changes nothing, or less than it says."""
    if not scenario.model.institutions:
        return ["model.institutions = false: policies, levers and the law are left out, whatever was chosen."]
    grid = scenario.plan.grid
    found = [line for lever in scenario.levers for line in _list_of_lever(lever, grid)]
    found += _list_unfinished(scenario.levers, grid)
    found += _list_idle_levers(scenario)
    found += _list_money(scenario)
    found += _list_windows(scenario)
    data = scenario.dump()
    for n in scenario.plan.idle_events:
        if n >= len(scenario.context.events):
            place = name_events(f"events[{n}]", data)
            found.append(f"{place}: changes nothing: what it sets holds already, or what it scales is 0.")
    if scenario.legalisation is not None and scenario.model.law == "dated":
        if scenario.legalisation.drafting_effort != type(scenario.legalisation).model_fields["drafting_effort"].default:
            found.append(
                "legalisation.drafting_effort has no effect with model.law = dated; it counts with endogenous."
            )
    if (known := scenario.context.data_until) is not None and known < scenario.context.end:
        found.append(
            tr(
                "The data of {country} end in {known}: until {end} prices and other series stay at their last values.",
                country=scenario.context.title, known=known, end=scenario.context.end,
            )
        )  # fmt: skip
    return found


def _list_unfinished(levers: Sequence[Lever], grid: Grid) -> Iterator[str]:
    """Levers that are not complete when they or the horizon end: ramps, rolls-out and phases that take longer."""
    found = []
    for lever in levers:
        first, last = lever.span(grid)
        for name, info in type(lever).model_fields.items():
            value = getattr(lever, name)
            unit = (info.json_schema_extra or {}).get("unit") if isinstance(info.json_schema_extra, dict) else ""
            if unit == "months" and isinstance(value, int) and value > last - first:
                found.append((f"{lever.path}.{name}", value, last - first))
        if isinstance(lever, Legalisation) and lever.pace == "gradual":
            taken = (lever.phases - 1) * lever.months_a_phase + 1
            if taken > last - first:
                found.append(("legalisation.phases x months_a_phase", taken, last - first))
    if found:
        shown = "; ".join(f"{place} takes {value} months and has {has}" for place, value, has in found[:MOST_LISTED])
        more = f"; and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
        yield f"Not complete at the end: {shown}{more}."


def _list_windows(scenario: Scenario) -> Iterator[str]:
    """Official windows that are open in no month."""
    context = scenario.context
    for n, window in enumerate(context.windows):
        since, until = window.since or context.start, window.until or "9999-12"
        if since > context.end or until <= context.start or until <= since:
            yield f"context.windows[{n}] ({window.name}) is open in no month from {context.start} to {context.end}."


def _list_idle_levers(scenario: Scenario) -> Iterator[str]:
    """Levers that cost something and set only what holds already."""
    grid = scenario.plan.grid
    context: dict[H, Floats] | None = None
    for lever, cost in zip(scenario.plan.levers, scenario.plan.cost, strict=False):
        if not (cost > 0).any():
            continue
        writes = list(lever.plan(grid))
        added = [w for w in writes if w.handle.combine is not Combine.last]
        if any((w.values[~np.isnan(w.values)] != w.handle.default).any() for w in added):
            continue
        if context is None:
            context = {}
            for write in context_writes(scenario.context, scenario.world, grid):
                before = context.get(write.handle, write.values)
                context[write.handle] = np.where(np.isnan(write.values), before, write.values)
        if all(_holds_already(w, context.get(w.handle)) for w in writes if w.handle.combine is Combine.last):
            terms = ", ".join(w.handle.path for w in writes[:MOST_LISTED]) or "nothing"
            yield (
                f"{lever.path} costs USD {cost[cost > 0].mean():,.0f} a month and changes nothing: what it sets ({terms}) "
                "holds already. Give it another dose, or leave it out."
            )


def _holds_already(write: Write, context: Floats | None) -> bool:
    """Whether a write sets what context or default say anyway."""
    standing = np.full_like(write.values, write.handle.default)
    if context is not None:
        standing = np.where(np.isnan(context), standing, context)
    sets = ~np.isnan(write.values)
    return bool((write.values[sets] == standing[sets]).all())


def _list_money(scenario: Scenario) -> Iterator[str]:
    """Levers without money, and money without levers."""
    programme = scenario.donor.programme
    money = np.zeros(scenario.context.months) if programme is None else programme.budget(scenario.plan.grid)
    costs = {
        lever.path: scenario.plan.cost[j] for j, lever in enumerate(scenario.plan.levers) if lever.funder == "donor"
    }
    unpaid = [path for path, cost in costs.items() if (cost > 0).any() and not money[cost > 0].any()]
    if unpaid:
        shown = ", ".join(unpaid[:MOST_LISTED]) + (", ..." if len(unpaid) > MOST_LISTED else "")
        yield tr(
            "No donor's money for {levers}: the donor is to pay, whose programme gives nothing then; dose donor.programme, or name "
            "another funder.",
            levers=shown,
        )
    if money.any() and not any((cost[money > 0] > 0).any() for cost in costs.values()):
        yield tr("The donor's programme has no lever to pay for: no lever that costs anything has funder = donor.")


def _list_of_lever(lever: Lever, grid: Grid) -> Iterator[str]:
    plans = _plans(lever, grid)
    fields = type(lever).model_fields
    for name, info in fields.items():
        value, default = getattr(lever, name), info.get_default(call_default_factory=True)
        if name in _NOT_TRIED or value == default or value is None:
            continue
        others = [
            made for other in (default, *_others(info, value)) if (made := _changed(lever, name, other)) is not None
        ]
        place = f"{lever.path}.{name}"
        if others and all(_same(plans, _plans(other, grid)) for other in others):
            yield f"{place} = {_show(value)} has no effect{_find_reason(lever, name, default, grid)}."
        else:
            yield from _list_cut(lever, name, value, plans, grid)


def _list_cut(lever: Lever, name: str, value: Any, plans: Plans | None, grid: Grid) -> Iterator[str]:
    """What of a dose has no effect beyond some part of it."""
    place = f"{lever.path}.{name}"
    last = month_name(month_number(grid.start) + grid.months - 1)
    if isinstance(value, Mapping):
        halved = {key: {**value, key: entry / 2 if entry > 0 else 0.01} for key, entry in value.items()}
        idle = [str(key) for key in value if _same(plans, _plans(_changed(lever, name, halved[key]), grid))]
        if idle:
            yield f"{place}: what it says of {', '.join(idle)} has no effect (months: {grid.start} to {last})."
    elif isinstance(value, tuple) and len(value) > 1:
        if _same(plans, _plans(_changed(lever, name, value[:-1]), grid)):
            yield f"{place}: the last of its {len(value)} entries, {value[-1]}, has no effect."
    elif isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        less = value - 1 if isinstance(value, int) else 0.9 * value
        if not _same(plans, _plans(_changed(lever, name, less), grid)):
            return
        enough = _find_enough(lever, name, value, plans, grid)
        yield (
            f"{place} = {_show(value)}: only {_show(enough)} of it has an effect "
            f"(districts: {grid.districts}; months: {grid.start} to {last})."
        )


def _find_enough(lever: Lever, name: str, value: float, plans: Plans | None, grid: Grid) -> float:
    """The least dose that plans the same, by halving."""
    low, high = 0.0, float(value)
    while high - low > max(1e-3 * value, 1.0 if isinstance(value, int) else 0.0):
        middle = (low + high) / 2 if not isinstance(value, int) else (low + high) // 2
        if _same(plans, _plans(_changed(lever, name, int(middle) if isinstance(value, int) else middle), grid)):
            high = middle
        else:
            low = middle
    return int(high) if isinstance(value, int) else high


def _find_reason(lever: Lever, name: str, default: Any, grid: Grid) -> str:
    """Which other setting of the lever keeps this one from having an effect."""
    for other, info in type(lever).model_fields.items():
        if other == name or other in _NOT_TRIED:
            continue
        now = getattr(lever, other)
        for value in _others(info, now):
            turned = _changed(lever, other, value)
            if turned is not None and not _same(_plans(turned, grid), _plans(_changed(turned, name, default), grid)):
                return f" with {other} = {_show(now)}; it has with {_show(value)}"
    return f" between {grid.start} and {month_name(month_number(grid.start) + grid.months - 1)}"


def _others(info: Any, value: Any) -> list[Any]:
    """Other values of a field."""
    choices = _choices(info.annotation)
    if choices:
        return [choice for choice in choices if choice != value]
    if isinstance(value, bool):
        return [not value]
    bounds = [getattr(each, side) for each in info.metadata for side in ("ge", "le") if hasattr(each, side)]
    if isinstance(value, int | float):
        found = [value / 2, value + 1, *bounds] if not isinstance(value, int) else [value + 1, *bounds]
        return [int(x) if isinstance(value, int) else float(x) for x in found if x != value]
    if isinstance(value, str) and is_month(value):
        return [month_name(month_number(value) + by) for by in (-12, 12)]
    return []


@cache
def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for inner in get_args(annotation) if (found := _choices(inner))), ())


def _changed(lever: Lever | None, name: str, value: Any) -> Lever | None:
    """The lever with another value, or None where that is not allowed."""
    if lever is None:
        return None
    try:
        return type(lever)(**{**lever.model_dump(), name: value})
    except ValueError:
        return None


def _plans(lever: Lever | None, grid: Grid) -> Plans | None:
    """All that a lever plans; None where it cannot."""
    try:
        return None if lever is None else (*(w for w in lever.plan(grid) if not np.isnan(w[1]).all()), lever.cost(grid))
    except ConfigError:
        return None


def _same(a: Plans | None, b: Plans | None) -> bool:
    """Whether two plans are one; what cannot be planned is another."""
    if a is None or b is None or len(a) != len(b):
        return False
    return all(
        x[0] is y[0] and np.array_equal(x[1], y[1], equal_nan=True) for x, y in zip(a[:-1], b[:-1], strict=True)
    ) and np.array_equal(a[-1], b[-1])


def _show(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_show, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
