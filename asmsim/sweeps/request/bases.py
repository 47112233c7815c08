"""Bases: one composed scenario for each combination of group choices; points are laid on them as numbers.

Hydra composes in the driver only, once a base.  Every value is tried before any work starts, so that a
mistake is one clear error and not ten thousand failed runs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asmsim.config.errors import ConfigError
from asmsim.config.settings import parse_setting
from asmsim.model.levers import INGREDIENTS
from asmsim.model.plan_checks import list_in_several
from asmsim.model.scenario import Scenario, make_scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.request.dimensions import Dimension, value_text
from asmsim.sweeps.request.keys import is_whole
from asmsim.sweeps.request.overlay import overlay
from asmsim.sweeps.request.points import PARAMETERS, Points, kind_of, point_id, write_key
from asmsim.sweeps.store.manifest import hash_base

Choices = tuple[tuple[str, str], ...]
SLOT_MONTHS_A_SECOND = 20e6
MOST_TRIED = 50
"""Distinct values of a column that are tried; of more numbers than that, the least and the greatest."""


MOST_SHOWN = 6
"""How many values of a point an error shows."""


@dataclass(frozen=True)
class Base:
    """A resolved scenario as plain data, with the group choices that gave it."""

    id: str
    choices: Choices
    data: dict[str, Any]


def base_id(data: dict[str, Any]) -> str:
    """Id of a base: hash of its content."""
    return hash_base(json.dumps(data, sort_keys=True).encode())


def compose_bases(
    fixed: Sequence[str], points: Points, config_dir: Path | None = None, known: Mapping[Choices, Base] | None = None
) -> dict[Choices, Base]:
    """A base for each combination of group choices that occurs in the points; those known are not composed again.

    Raises
    ------
    ConfigError
        A base that cannot be composed.
    """
    found: dict[Choices, Base] = {}
    for k in range(len(points)):
        choices = points.choices(k)
        if known and choices in known:
            found[choices] = known[choices]
        if choices not in found:
            typed = [f"{group}={option}" for group, option in choices]
            _check_levers_there(fixed, points, choices, config_dir)
            data = scenario(*typed, *fixed, config_dir=config_dir, called_by="").dump()
            found[choices] = Base(base_id(data), choices, data)
    return found


def _check_levers_there(fixed: Sequence[str], points: Points, choices: Choices, config_dir: Path | None) -> None:
    """Refuse values of a lever that a chosen option leaves out: rows called `donor none` would hold a programme.

    Raises
    ------
    ConfigError
        Names the option and the value.
    """
    typed = [s.key for s in map(parse_setting, fixed) if not s.removes]
    for group, option in choices:
        within = [key for key in (*typed, *points.columns) if key.startswith(f"{group}.")]
        if group not in INGREDIENTS or not within:
            continue
        data = scenario(*(f"{g}={o}" for g, o in choices), config_dir=config_dir, called_by="").dump()
        for key in within:
            lever = key.split(".")[1]
            if group not in data or (group != "legalisation" and lever not in data[group]):
                raise ConfigError(
                    f"{group}={option}: has no {group if group == 'legalisation' else lever}, and {key} would add one "
                    f"in points called {group}={option}; sweep the two apart, or leave {group}={option} out"
                )


def identify_points(points: Points, bases: dict[Choices, Base]) -> tuple[list[str], list[str]]:
    """Id of each point, and of its base.

    Raises
    ------
    ConfigError
        Two points share an id (which chance gives once in 10^8 sweeps of a million points).
    """
    of_base = [bases[points.choices(k)].id for k in range(len(points))]
    ids = [point_id(base, points.told(k)) for k, base in enumerate(of_base)]
    if len(set(ids)) < len(ids):
        raise ConfigError("two points have one id; change a value a little")
    return ids, of_base


@dataclass(frozen=True)
class ScenarioSize:
    """What the largest of the scenarios tried amounts to."""

    slot_months: int
    months: int

    @property
    def seconds(self) -> float:
        """What a run takes, roughly, on a machine of no particular kind: never measured, so always the same."""
        return 1e-3 + self.slot_months / SLOT_MONTHS_A_SECOND


def measure_size(made: Scenario) -> ScenarioSize:
    """Size of a scenario."""
    return ScenarioSize(int(made.world.slots.sum()) * made.context.months, made.context.months)


def check_values(
    points: Points, dimensions: Sequence[Dimension], bases: dict[Choices, Base]
) -> tuple[ScenarioSize, tuple[str, ...]]:
    """Make scenarios that together hold every listed value, the ends of every number and both bounds of intervals.

    Returns
    -------
    ScenarioSize, tuple of str
        The largest size; and what has no effect in the scenarios made.

    Raises
    ------
    ConfigError
        With the values of the point that cannot be made.
    """
    for key, column in points.columns.items():
        for value in column if is_whole(key) else ():
            if isinstance(value, float) and not value.is_integer():
                raise ConfigError(f"{key} = {value:g}: a whole number is needed")
    sizes: list[ScenarioSize] = []
    notes = list_in_several(_make_samples(points, dimensions, bases, sizes))
    return ScenarioSize(max(s.slot_months for s in sizes), max(s.months for s in sizes)), tuple(notes)


def _make_samples(
    points: Points, dimensions: Sequence[Dimension], bases: dict[Choices, Base], sizes: list[ScenarioSize]
) -> Iterator[tuple[str, Scenario]]:
    """Samples that differ in policy, with their values in words; each is made, and its size noted.

    What has no effect does not depend on behaviour parameters, of which draws make hundreds of samples.
    """
    policies: set[str] = set()
    for choices, values in _samples(points, dimensions):
        told = [f"{k}={value_text(v)}" for k, v in values.items()]
        try:
            made = make_scenario(overlay(bases[choices].data, values))
        except ConfigError as error:
            more = f", and {len(told) - MOST_SHOWN} more" if len(told) > MOST_SHOWN else ""
            shown = ", ".join(told[:MOST_SHOWN]) + more
            raise ConfigError(f"a point of the sweep cannot be run ({shown}):\n{error}") from error
        sizes.append(measure_size(made))
        policy = write_key({**dict(choices), **{k: v for k, v in values.items() if not k.startswith(PARAMETERS)}})
        if policy not in policies:
            policies.add(policy)
            yield ", ".join(told) or "the one point", made


def _samples(points: Points, dimensions: Sequence[Dimension]) -> Iterator[tuple[Choices, dict[str, Any]]]:
    intervals = {d.key: d.bounds for d in dimensions if d.bounds is not None}
    rows = {0} | {row for key, column in points.columns.items() if key not in intervals for row in _covering(column)}
    for row in sorted(rows):
        yield points.choices(row), points[row]
    for key, bounds in intervals.items():
        for bound in bounds:
            yield points.choices(0), points[0] | {key: bound}


def _covering(column: Sequence[Any]) -> list[int]:
    """Rows that hold every distinct value, or the ends of very many numbers."""
    numbers = kind_of(column) == "number"
    if numbers and len(set(column)) > MOST_TRIED:
        return [min(range(len(column)), key=column.__getitem__), max(range(len(column)), key=column.__getitem__)]
    first: dict[Any, int] = {}
    for row, value in enumerate(column):
        first.setdefault(value if numbers else value_text(value), row)  # 1 and 1.0 are one key
    return list(first.values())
