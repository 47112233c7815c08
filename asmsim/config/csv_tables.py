"""Tables that a user wrote: CSV files and Parquet, read strictly, so that a slip is an error with its file and row."""

import csv
import io
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.settings import parse_setting
from asmsim.config.yaml_files import MOST_BYTES, read_text

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_INDEX = re.compile(r"Unnamed: \d+|__index_level_\d+__|index|")
MOST_TABLE_BYTES = 100 * MOST_BYTES


@dataclass(frozen=True)
class UserTable:
    """Columns of a table with any names, and where each row stands in its file.

    Attributes
    ----------
    name
        What the file is called in messages.
    rows
        Number of each row: the line in a CSV file, counted from 1 in a Parquet file.
    columns
        Name: values, with numbers as numbers; none is empty or NaN.
    """

    name: str
    rows: Sequence[int]
    columns: Mapping[str, Sequence[Any]]

    def place(self, at: int, column: str) -> str:
        """Where a value stands."""
        return f"{self.name}, row {self.rows[at]}: {column}"

    def numbers(self, column: str) -> list[float]:
        """Values of a column that must be numbers.

        Raises
        ------
        ConfigError
            A value is none.
        """
        for at, value in enumerate(self.columns[column]):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ConfigError(f"{self.place(at, column)} = {value!r} is not a number")
        return [float(value) for value in self.columns[column]]

    def take_out(self, *names: str) -> "UserTable":
        """The same without some columns."""
        return UserTable(self.name, self.rows, {k: c for k, c in self.columns.items() if k not in names})


def read_user_table(path: Path, where: str) -> UserTable:
    """A CSV or Parquet table with columns of any names; each cell means what it means on the command line.

    Raises
    ------
    ConfigError
        No such file, no table of these kinds, no rows, a column without a name or with that of another, an empty
        cell, or a number that is not finite.
    """
    if path.suffix.lower() in (".xlsx", ".xls", ".ods", ".feather", ".json"):
        raise ConfigError(f"{where} {path.name}: tables are read from CSV and Parquet; save it as one of these")
    name = f"{where} {path.name}"
    if path.suffix.lower() == ".parquet":
        rows, columns = _read_parquet(path, name)
    else:
        found = read_table(path, (), None)
        rows = [number for number, _ in found]
        columns = {key: [parse_cell(row[key], f"{name}, row {at}: {key}") for at, row in found] for key in found[0][1]}
    for key in columns:
        if _INDEX.fullmatch(key):
            raise ConfigError(f"{name}: column {key!r} is an index and no key; leave it out (pandas: index=False)")
    for key, column in columns.items():
        for at, value in zip(rows, column, strict=True):
            if isinstance(value, float) and not math.isfinite(value):
                raise ConfigError(f"{name}, row {at}: {key} = {value!r} is not a finite number")
    return UserTable(name, rows, columns)


def _read_parquet(path: Path, name: str) -> tuple[Sequence[int], dict[str, list[Any]]]:
    import polars as pl

    if not path.is_file():
        raise ConfigError(f"{name}: no such file")
    try:
        with path.open("rb") as file:
            table = pl.read_parquet(file)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ConfigError(f"{name}: cannot be read as Parquet") from error
    if table.height == 0 or table.width == 0:
        raise ConfigError(f"{name}: has no rows")
    rows = range(1, table.height + 1)
    empty = {key: table[key].null_count() for key in table.columns}
    for key in (key for key, count in empty.items() if count):
        at = table[key].to_list().index(None) + 1
        raise ConfigError(f"{name}, row {at}: {key} is empty; write the value, or the text null for the default")
    return rows, {key: _parse_texts(table[key].to_list(), f"{name}: {key}") for key in table.columns}


def _parse_texts(values: list[Any], where: str) -> list[Any]:
    """Values of a column with numbers as they are; a text that is a list, a mapping or null is read as in CSV."""
    if not any(isinstance(value, str) for value in values):
        return values
    written = [isinstance(value, str) and (value[:1] in ("[", "{") or value == "null") for value in values]
    return [parse_cell(value, where) if read else value for value, read in zip(values, written, strict=True)]


@lru_cache(maxsize=100_000)
def _parse_text(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    try:
        return parse_setting(f"value={text}").value
    except ConfigError:
        if text[:1] in "[{" or "${" in text or not text.isprintable():
            raise
        return text  # words with commas and the like, which need no quotes in a table of their own


def parse_cell(text: str, where: str) -> Any:
    """What a cell means: as on the command line, but that a text needs no quotes.

    Raises
    ------
    ConfigError
        A list or mapping that cannot be read.
    """
    try:
        return _parse_text(text)
    except ConfigError as error:
        raise ConfigError(f"{where} = {text:.60}: cannot be read; write it as on the command line") from error


def read_table(
    path: Path, needed: Collection[str], more: Collection[str] | None = ()
) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with the number of the line on which each stands.

    Cells are stripped, empty cells of the columns in `more` are left out, empty lines are passed over.  Where `more`
    is None, columns of any names are read and none may be empty.

    Raises
    ------
    ConfigError
        No such file, another separator than a comma, a column that is missing, unknown or twice there, a row
        that is too short or too long, or an empty cell where a value is needed.
    """
    text = read_text(path, MOST_BYTES if more is not None else MOST_TABLE_BYTES)
    if "\0" in text:
        raise ConfigError(f"{path.name}: not a text file in UTF-8; save it as UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise ConfigError(f"{path.name}, row {reader.line_num}: {error}; check its quotation marks") from error
    lines = [(number, row) for number, row in lines if any(row)]
    if not lines:
        raise ConfigError(f"{path.name}: is empty; needs a row with the names of its columns{_list_names(needed)}")
    header = lines[0][1]
    _check_header(path.name, header, needed, more)
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise ConfigError(
                f"{path.name}, row {number}: {len(cells)} cells, but the header has {len(header)} columns"
            )
        row = dict(zip(header, cells, strict=True))
        for column in header if more is None else needed:
            if not row[column]:
                raise ConfigError(f"{path.name}, row {number}: {column} is empty")
        rows.append((number, {k: v for k, v in row.items() if v}))
    if not rows:
        raise ConfigError(f"{path.name}: has a header but no rows")
    return rows


def _list_names(names: Collection[str]) -> str:
    return f": {','.join(names)}" if names else ""


def _check_header(name: str, header: list[str], needed: Collection[str], more: Collection[str] | None) -> None:
    missing = [column for column in needed if column not in header]
    if missing or len(header) == 1:
        for mark, words in _SEPARATORS.items():
            if mark in "".join(header):
                raise ConfigError(f"{name}: columns are separated by {words}; separate them by commas")
    if missing:
        raise ConfigError(f"{name}: no column {', '.join(missing)}; it has {', '.join(header)}")
    for n, column in enumerate(header):
        if not column:
            raise ConfigError(f"{name}: column {n + 1} has no name; name it or leave it out (pandas: index=False)")
        if column in header[:n]:
            raise ConfigError(f"{name}: column {column!r} is there twice")
        if more is not None and column not in needed and column not in more:
            raise ConfigError(f"{name}: unknown column {column!r}{nearest(column, [*needed, *more])}")


def parse_number(row: dict[str, str], column: str, where: str) -> float:
    """The number in a cell.

    Raises
    ------
    ConfigError
        Not a finite number; says so where it is a number with a decimal comma.
    """
    text = row[column]
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        comma = "; write a decimal point" if text.replace(",", "", 1).lstrip("-").isdigit() else ""
        raise ConfigError(f"{where}: {column} = {text!r} is not a number{comma}")
    return float(text)


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
