"""Points that a user lists in a table: values of keys, or draws of behaviour parameters."""

import json
from pathlib import Path

from asmsim.config.csv_tables import UserTable, read_user_table
from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS, check_option
from asmsim.sweeps.request.points import CARRIED, PARAMETERS, Points, write_key

_OF_RESULTS = ("point", "base")
"""Columns of a sweep's own table of points, which say nothing to another sweep."""


def read_listed_points(path: Path, user_dir: Path | None = None) -> Points:
    """Points of a CSV or Parquet table whose columns are keys; `weight` and `draw` are carried along.

    Raises
    ------
    ConfigError
        With file, row and column: an empty cell, a number that is not finite, a point that is there twice with weights, a
        key beside a part of it, an option that does not exist.
    """
    table = read_user_table(path, "--points").take_out(*_OF_RESULTS)
    points = Points({k: list(c) for k, c in table.columns.items() if k not in CARRIED}, _find_carried(table))
    if not points.columns:
        raise ConfigError(f"{table.name}: no column is a key, such as donor.programme.duration_years")
    check_keys_apart(list(points.columns), table.name)
    for group in (key for key in points.columns if key in GROUPS):
        for option in {json.dumps(value): value for value in points.columns[group]}.values():
            check_option(group, option, user_dir)
    if "weight" in points.carried:
        seen: dict[str, int] = {}
        for k in range(len(points)):
            first = seen.setdefault(write_key(points.told(k)), k)
            if first != k:
                raise ConfigError(
                    f"{table.name}, row {table.rows[k]}: the same point as row {table.rows[first]}; give it once, with "
                    "the sum of the weights"
                )
    return points


def read_drawn_points(path: Path) -> Points:
    """Draws of parameters from a table with their names as columns, and `weight` where draws count unequally.

    Raises
    ------
    ConfigError
        With file, row and column: a column that is no parameter, a value out of range, a weight that is not positive.
    """
    from asmsim.model.parameters import check_parameter

    table = read_user_table(path, "--draws").take_out(*_OF_RESULTS)
    names = {key.removeprefix(PARAMETERS): key for key in table.columns if key.removeprefix(PARAMETERS) not in CARRIED}
    if len(names) + len(_find_carried(table)) < len(table.columns):
        raise ConfigError(f"{table.name}: a parameter is there twice, with and without {PARAMETERS}")
    if not names:
        raise ConfigError(f"{table.name}: no column is a parameter, such as taste_base")
    for name, key in names.items():
        for at, value in enumerate(table.columns[key]):
            check_parameter(name, value, f"{table.name}, row {table.rows[at]}")
    carried = _find_carried(table) or {}
    numbers = list(carried.get("draw", map(float, range(len(table.rows)))))
    if len(set(numbers)) < len(numbers):
        raise ConfigError(f"{table.name}: draw: a number is there twice; number the draws 0, 1, 2, ...")
    columns = {PARAMETERS + name: list(table.columns[key]) for name, key in names.items()}
    return Points(columns, {**carried, "draw": numbers})


def check_keys_apart(keys: list[str], where: str) -> None:
    """Refuse a key beside a part of it: which of the two holds would depend on their order.

    Raises
    ------
    ConfigError
        Names both.
    """
    for key in keys:
        for other in keys:
            if other.startswith(f"{key}.") and key not in GROUPS:
                raise ConfigError(f"{where}: {key} and {other}, which is a part of it, both vary; give one of the two")


def _find_carried(table: UserTable) -> dict[str, list[float]]:
    """`weight` and `draw` of a table, where it has them."""
    found = {name: table.numbers(name) for name in CARRIED if name in table.columns}
    for at, weight in enumerate(found.get("weight", ())):
        if not weight > 0:
            raise ConfigError(f"{table.place(at, 'weight')} = {weight:g}: every weight must be above 0")
    for at, draw in enumerate(found.get("draw", ())):
        if draw < 0 or not draw.is_integer():
            raise ConfigError(f"{table.place(at, 'draw')} = {draw:g}: a whole number from 0 is needed")
    return found
