"""What the commands print: lines and progress on standard error, tables on standard output."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def say(text: str = "") -> None:
    """A line on standard error, so that standard output stays clean for results."""
    from rich.console import Console

    Console(stderr=True, highlight=False).print(text, soft_wrap=True)


@contextmanager
def bars(total: int, what: str) -> Iterator[Any]:
    """A progress bar on standard error; yields the function that advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda n: progress.advance(task, n)


def table_of(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], fold: Sequence[str] = ()) -> None:
    """Print a table to standard output; wide when it is piped."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for name in header:
        table.add_column(name, overflow="fold", no_wrap=name not in fold and name != header[-1])
    for row in rows:
        table.add_row(*row)
    console.print(table)


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
