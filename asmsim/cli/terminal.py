"""What the command line prints: findings to standard output, progress to standard error.

Tables fit the terminal: a wide table becomes one table for each date, or one card for each row; no column
is ever dropped.  What is piped is as wide as it needs to be.  Texts hold names from users and files, so control
characters are shown and not obeyed, and markup is text.
"""

import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from asmsim.config.characters import show_controls

WIDE = 140
"""Columns from which all dates stand side by side."""
ENDLESS = 10_000

Row = Sequence[str]


def say(text: str = "") -> None:
    """A line on standard error, so that standard output stays clean for results."""
    from rich.console import Console

    Console(stderr=True, highlight=False, markup=False, emoji=False).print(show_controls(text), soft_wrap=True)


def print_line(text: str) -> None:
    """A finding on standard output in one line, however long, so that a path can be copied."""
    print(show_controls(text))


def announce_compile() -> None:
    """Say that the first run compiles, where it does."""
    from asmsim.engine.compile import COMPILING, is_cached

    if not is_cached():
        say(COMPILING)


def tell(text: str = "") -> None:
    """A finding on standard output, in lines that fit."""
    for line in textwrap.wrap(show_controls(text), columns(), break_long_words=False, break_on_hyphens=False) or [""]:
        print(line)


def columns() -> int:
    """Width to print in: what COLUMNS says, the terminal's, or no limit where output is piped."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdigit() and int(stated) > 0:
        return int(stated)
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else ENDLESS


@contextmanager
def bars(total: int, what: str) -> Iterator[Any]:
    """A progress bar on standard error; yields the function that advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(show_controls(what), total=total)
        yield lambda n: progress.advance(task, n)


def table_of(title: str, header: Row, rows: Sequence[Row], fold: Sequence[str] = ()) -> None:
    """Print a table to standard output; cells, those of the columns `fold` first, fold where it is narrow."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    width = columns()
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, markup=False, emoji=False, width=width, no_color=not terminal)
    header, rows = _show_cells(header), [_show_cells(row) for row in rows]
    tell()
    tell(title)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    room = width
    for n, name in enumerate(header):
        longest = max(len(name), *(len(row[n]) for row in rows)) if rows else len(name)
        whole = longest <= 26 and longest + 3 < room - 8 * (len(header) - n)  # short cells stay in one piece
        room -= longest + 3 if whole else 8
        table.add_column(name, overflow="fold", no_wrap=whole and name not in fold)
    for row in rows:
        table.add_row(*row)
    if terminal:
        console.print(table)
        return
    with console.capture() as printed:
        console.print(table)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))


def _show_cells(row: Row) -> Row:
    return [show_controls(cell) for cell in row]


def print_dated(title: str, header: Row, rows: Sequence[Row], fixed: int = 2) -> None:
    """A table whose columns after the first `fixed` are dates: side by side, or one below the other."""
    if columns() >= WIDE or len(header) <= fixed + 1:
        table_of(title, header, rows)
        return
    for n in range(fixed, len(header)):
        table_of(f"{title}: {header[n]}", [*header[:fixed], header[n]], [[*row[:fixed], row[n]] for row in rows])


def print_cards(title: str, header: Row, rows: Sequence[Row]) -> None:
    """Each row as a card: its name, then a line for each column that says something."""
    width, indent = min(columns(), 100), max(len(h) for h in header) + 2
    tell()
    tell(title)
    for row in map(_show_cells, rows):
        print()
        print(row[0])
        for name, cell in zip(header[1:], row[1:], strict=True):
            if cell:
                room = max(20, width - indent - 2)
                lines = textwrap.wrap(cell, room, break_on_hyphens=False, break_long_words=False) or [""]
                print(f"  {name:<{indent}}{lines[0]}")
                for line in lines[1:]:
                    print(f"  {'':<{indent}}{line}")


def print_catalogue(title: str, header: Row, rows: Sequence[Row]) -> None:
    """A table where it fits; cards for a single row, and where a table would be too narrow to read."""
    natural = sum(max(len(r[n]) for r in [header, *rows]) + 3 for n in range(len(header)))
    if len(rows) == 1 or (columns() < 120 and len(header) > 3 and natural > columns()):
        print_cards(title, header, rows)
    else:
        table_of(title, header, rows)


def bytes_of(number: float) -> str:
    """12 kB, 3.4 MB, 1.2 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1e3:.0f} kB"


def time_of(seconds: float) -> str:
    """40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
