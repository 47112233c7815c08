"""What a worker does: run a chunk of points and seeds, write its part, report in a line.

A run that raises becomes a row.  A run that hangs, be it in native code, ends the worker from outside
the interpreter (`faulthandler`); a worker that dies leaves its mark, from which the driver reads which
run it was at.
"""

import faulthandler
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from asmsim.config.schema import month_name, month_number
from asmsim.engine.kernel_identity import kernel_id
from asmsim.sweeps.execute.simulator import About, RunFunction
from asmsim.sweeps.request.points import PARAMETERS
from asmsim.sweeps.store.parts import FAILED, StoreError, explain_disk_error, part_id, write_part
from asmsim.sweeps.store.run_tables import CompletedRun, Failure, Outcome, Row, find_exit_index, make_tables

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario
    from asmsim.sweeps.execute.histories import PreparedScenario
    from asmsim.sweeps.execute.simulator import Simulate

    Known = tuple["Piece", PreparedScenario | "Failure"]

HEAVY = ("mesa", "matplotlib", "pandas")
"""Packages that no worker needs; a test sees to it that none is loaded."""
MARK_BYTES = 16
COMPILES = b"compiles"
"""What the mark says before the first run of a process."""
_READY: set[type] = set()
_ONE_AT_A_TIME = threading.Lock()  # the alarm is the process's; a cluster's worker may have many threads


@dataclass(frozen=True)
class Piece:
    """A point with some of its seeds."""

    point: str
    base: str
    values: dict[str, Any]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Chunk:
    """What one worker does at a time and writes as one part.

    Attributes
    ----------
    time_limit
        Seconds that one run may take, or None where a hanging run may not end the process.
    """

    folder: str
    pieces: tuple[Piece, ...]
    keep: tuple[str, ...]
    outcomes: tuple[str, ...]
    time_limit: float | None
    run: RunFunction

    @property
    def runs(self) -> list[tuple[str, int]]:
        """Every run of the chunk."""
        return [(p.point, seed) for p in self.pieces for seed in p.seeds]

    @property
    def id(self) -> str:
        """Id of its part."""
        return part_id(self.runs)

    @property
    def mark(self) -> Path:
        """Where the worker notes what it is at."""
        return Path(self.folder) / "working" / f"{self.id}.mark"


@dataclass(frozen=True)
class Report:
    """What came of a chunk.

    Attributes
    ----------
    run_seconds
        Sum of the times of its runs alone.
    """

    part: str
    runs: int
    failed: int
    run_seconds: float
    seconds: float
    size: int


def describe_worker(run: RunFunction) -> tuple[About, int, list[str]]:
    """What the worker computes with, its process, and the heavy packages it has loaded."""
    return run.about(), os.getpid(), [name for name in HEAVY if name in sys.modules]


def run_chunk(chunk: Chunk) -> Report:
    """Run a chunk and write its part.

    Raises
    ------
    StoreError
        The part cannot be written.
    """
    begin = perf_counter()
    try:
        with _ONE_AT_A_TIME, _marked(chunk) as mark:
            rows, seconds = _run_all(chunk, mark)
            folder = Path(chunk.folder) / "parts"
            size = write_part(folder, chunk.id, make_tables(rows, chunk.keep, chunk.outcomes), kernel_id())
    except OSError as error:
        raise StoreError(explain_disk_error(chunk.mark, error)) from error
    failed = sum(isinstance(r[2], Failure) for r in rows)
    return Report(chunk.id, len(rows), failed, seconds, perf_counter() - begin, size)


def _run_all(chunk: Chunk, mark: int) -> tuple[list[Row], float]:
    rows: list[Row] = []
    seconds = 0.0
    names = list(chunk.run.about().outcomes)
    for few in group_pieces(chunk, mark):
        more, took = _run_few(chunk, few, len(rows), mark, names)
        rows += more
        seconds += took
    return rows, seconds


def group_pieces(chunk: Chunk, mark: int | None = None) -> "Iterator[list[Known]]":
    """Pieces one after the other with one draw of parameters, as many at a time as may be in memory."""
    from asmsim.sweeps.execute.histories import is_crowded

    few: list[Known] = []
    for piece in chunk.pieces:
        if few and _draw(few[-1][0]) != _draw(piece):
            yield few
            few.clear()
        told = _prepare_piece(chunk, piece, mark)
        if few and is_crowded([one.scenario for _, one in (*few, (piece, told)) if not isinstance(one, Failure)]):
            yield few
            few.clear()
        few.append((piece, told))
    yield few


def _draw(piece: Piece) -> dict[str, Any]:
    return {key: value for key, value in piece.values.items() if key.startswith(PARAMETERS)}


def _run_few(
    chunk: Chunk, few: "Sequence[Known]", begin: int, mark: int, names: Sequence[str]
) -> tuple[list[Row], float]:
    """Rows of pieces whose runs may have their first months in common, and the seconds that the runs took."""
    from asmsim.sweeps.execute.histories import Histories

    simulate = Histories([told for _, told in few if not isinstance(told, Failure)]).simulate
    rows: list[Row] = []
    seconds = 0.0
    for piece, told in few:
        for seed in piece.seeds:
            outcome: Outcome
            if isinstance(told, Failure):
                outcome = told
            else:
                os.pwrite(mark, f"{begin + len(rows):<{MARK_BYTES - 1}}\n".encode(), 0)
                outcome, took = _one(chunk, told.scenario, seed, simulate, mark, names)
                seconds += took
            rows.append((piece.point, seed, outcome))
    return rows, seconds


def _prepare_piece(chunk: Chunk, piece: Piece, mark: int | None) -> "PreparedScenario | Failure":
    from asmsim.sweeps.execute.preparation import prepare_scenario

    try:
        told = prepare_scenario(chunk.folder, piece.base, piece.values)
        if type(chunk.run) not in _READY:
            if mark is not None:
                os.pwrite(mark, COMPILES.ljust(MARK_BYTES), 0)
            chunk.run.ready(told.scenario)
            _READY.add(type(chunk.run))
    except Exception as error:
        return describe_failure(error)
    return told


def _one(
    chunk: Chunk, scenario: "Scenario", seed: int, simulate: "Simulate", mark: int, names: Sequence[str]
) -> tuple[Outcome, float]:
    """What came of a run, and the seconds that the run itself took."""
    begin = perf_counter()
    try:
        with _alarm(chunk.time_limit, mark):
            values = chunk.run(scenario, seed, simulate)
        took = perf_counter() - begin
        return complete_run(scenario, values, names, chunk.outcomes), took
    except Exception as error:
        return describe_failure(error), perf_counter() - begin


def complete_run(scenario: "Scenario", values: Any, names: Sequence[str], kept: Sequence[str]) -> CompletedRun:
    """A run's recorded months, for the outcomes kept.

    Raises
    ------
    UndefinedError
        A value is not finite: such a run must never be averaged.
    """
    from asmsim.model.defined import finish_outcomes
    from asmsim.model.pathway import classify

    context = scenario.context
    first, last = month_number(context.recorded), month_number(context.end)
    recorded = values[first - month_number(context.start) :]
    recorded = finish_outcomes(recorded, names)
    share, pending, age = (recorded[:, names.index(n)] for n in ("licensed_share", "in_process_share", "file_age"))
    months = _month_names(first, last)
    columns = [names.index(n) for n in kept]
    return CompletedRun(
        recorded[:, columns], months, find_exit_index(scenario, len(months)), classify(share, pending, age)
    )


@lru_cache(maxsize=64)
def _month_names(first: int, last: int) -> tuple[str, ...]:
    return tuple(month_name(m) for m in range(first, last + 1))


def describe_failure(error: Exception) -> Failure:
    """An exception as a row."""
    text = "".join(traceback.format_exception(error))
    return Failure(FAILED, f"{type(error).__name__}: {error}", text)


@contextmanager
def _marked(chunk: Chunk) -> Iterator[int]:
    """An open file that says which run is under way; gone once the part is written."""
    mark = os.open(chunk.mark, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        os.lseek(mark, MARK_BYTES, os.SEEK_SET)  # a dump is written behind the number of the run
        yield mark
    finally:
        os.close(mark)
        chunk.mark.unlink(missing_ok=True)


@contextmanager
def _alarm(limit: float | None, mark: int) -> Iterator[None]:
    """End the process if the block takes longer than `limit` seconds, whatever it hangs in."""
    if limit is None:
        yield
        return
    faulthandler.dump_traceback_later(limit, exit=True, file=mark)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@dataclass(frozen=True)
class Mark:
    """What a worker leaves: the run that it is at (an index, or None), and a dump if time was up.

    Attributes
    ----------
    begun
        Whether there is one: else the worker has not begun, or its part is written.
    """

    at: int | None = None
    dump: str = ""
    begun: bool = True
    compiles: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended it."""
        return "Timeout" in self.dump


def read_mark(path: Path) -> Mark:
    """The mark of a worker."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Mark(begun=False)
    number = text[:MARK_BYTES].strip()
    dump = text[MARK_BYTES:].decode(errors="replace").strip()
    return Mark(int(number) if number.isdigit() else None, dump, compiles=number == COMPILES)


def take_mark(path: Path) -> Mark:
    """The mark of a dead worker; takes it away."""
    mark = read_mark(path)
    path.unlink(missing_ok=True)
    return mark


def start_worker(parent: int) -> None:
    """Prepare a worker process: it dies with its parent, leaves Ctrl-C to it, and keeps to one core."""
    import signal

    os.environ["POLARS_MAX_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before this line
            os._exit(1)
