"""Tables that a user wrote: CSV files read strictly, so that a slip is an error with its file and row."""

import csv
import io
from collections.abc import Collection
from pathlib import Path

from asmsim.config.compose import read_text
from asmsim.config.errors import ConfigError, nearest

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_table(path: Path, needed: Collection[str], more: Collection[str] = ()) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with the number of the line on which each stands.

    Cells are stripped, empty cells of the columns in `more` are left out, empty lines are passed over.

    Raises
    ------
    ConfigError
        No such file, another separator than a comma, a column that is missing, unknown or twice there, a row
        that is too short or too long, or an empty cell where a value is needed.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    lines = [(number, row) for number, row in lines if any(row)]
    if not lines:
        raise ConfigError(f"{path.name}: is empty; needs columns {','.join(needed)}")
    header = lines[0][1]
    _check_header(path.name, header, needed, more)
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise ConfigError(
                f"{path.name}, row {number}: {len(cells)} cells, but the header has {len(header)} columns"
            )
        row = dict(zip(header, cells, strict=True))
        for column in needed:
            if not row[column]:
                raise ConfigError(f"{path.name}, row {number}: {column} is empty")
        rows.append((number, {k: v for k, v in row.items() if v}))
    if not rows:
        raise ConfigError(f"{path.name}: has a header but no rows")
    return rows


def _check_header(name: str, header: list[str], needed: Collection[str], more: Collection[str]) -> None:
    missing = [column for column in needed if column not in header]
    if missing:
        for mark, words in _SEPARATORS.items():
            if mark in "".join(header):
                raise ConfigError(f"{name}: columns are separated by {words}; separate them by commas")
        raise ConfigError(f"{name}: no column {', '.join(missing)}; it has {', '.join(header)}")
    for n, column in enumerate(header):
        if column in header[:n]:
            raise ConfigError(f"{name}: column {column!r} is there twice")
        if column not in needed and column not in more:
            raise ConfigError(f"{name}: unknown column {column!r}{nearest(column, [*needed, *more])}")


def parse_number(row: dict[str, str], column: str, where: str) -> float:
    """The number in a cell.

    Raises
    ------
    ConfigError
        Not a number; says so where it is a number with a decimal comma.
    """
    text = row[column]
    try:
        return float(text)
    except ValueError as error:
        comma = "; write a decimal point" if text.replace(",", "", 1).lstrip("-").isdigit() else ""
        raise ConfigError(f"{where}: {column} = {text!r} is not a number{comma}") from error


def check_unique(seen: dict[str, int], key: str, number: int, name: str, what: str) -> None:
    """Note that `key` stands on a line.

    Raises
    ------
    ConfigError
        It stands on an earlier line too.
    """
    if key in seen:
        raise ConfigError(f"{name}, row {number}: {what} {key!r} is there already, in row {seen[key]}")
    seen[key] = number
