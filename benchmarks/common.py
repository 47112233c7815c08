"""Timing, fresh processes, and the table of results."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.table import Table

from asmsim.model.scenario import Scenario
from asmsim.model.simulate import Run, prepare_run
from benchmarks.peak import peak_mb

__all__ = ["ROOT", "Row", "Rows", "best", "child", "peak_mb", "python", "seconds", "show", "warm"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One line of the table; `ok` is None where there is no target."""

    name: str
    target: str
    measured: str
    ok: bool | None = None


Rows = Iterator[Row]


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def best(times: int, work: Callable[[], Any]) -> float:
    """Least wall time of several calls: what the machine can do when nobody else uses it."""
    return min(seconds(work) for _ in range(times))


def warm(scenario: Scenario, seed: int = 1) -> Run:
    """A prepared run whose kernel is compiled or loaded; no month has been run."""
    run = prepare_run(scenario, seed)
    run.advance(0, 0)
    return run


def python(
    *arguments: str, cwd: Path = ROOT, environment: Mapping[str, str] = MappingProxyType({})
) -> tuple[float, str]:
    """Run Python in a fresh process; returns its wall time and what it printed.

    Raises
    ------
    subprocess.CalledProcessError
        It failed.
    """
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    begin = perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=env, check=True, capture_output=True, text=True)
    return perf_counter() - begin, done.stdout


def child(*arguments: str, **environment: str) -> tuple[float, dict[str, float]]:
    """Simulate in a fresh process (see `child.py`): its wall time, and what it measured of itself."""
    wall, printed = python("-m", "benchmarks.child", *arguments, environment=environment)
    measured: dict[str, float] = json.loads(printed.splitlines()[-1])
    return wall, measured


def show(rows: list[Row], title: str) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left")
    for heading in ("benchmark", "target", "measured", "ok?"):
        table.add_column(heading)
    marks = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for row in rows:
        table.add_row(row.name, row.target, row.measured, marks[row.ok])
    Console(width=max(Console().width, 130)).print(table)
