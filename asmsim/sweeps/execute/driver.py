"""The driver: hands out chunks, a few at a time, and survives what kills its workers.

Nothing accumulates here: results go from worker to disk, and the driver counts.

When a worker dies, every chunk that was under way is tried again alone.  One that kills again shows by
its mark which run it was at; that run is put alone, and blamed only when it has killed alone twice.
Everything else is run to the end.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from asmsim.config.errors import AsmsimError
from asmsim.engine.kernel_identity import kernel_id
from asmsim.model.inputs_identity import planning_id
from asmsim.sweeps.execute.executors import TRAP, Pool, is_killed
from asmsim.sweeps.execute.simulator import About, RunFunction
from asmsim.sweeps.execute.worker import Chunk, Report, describe_worker, read_mark, run_chunk
from asmsim.sweeps.request.request import StoredSweep
from asmsim.sweeps.store.compaction import compact_parts
from asmsim.sweeps.store.parts import KILLED, TIMED_OUT, StoreError, explain_disk_error, write_part
from asmsim.sweeps.store.run_tables import Failure, make_tables

LOST_ALONE = 2
"""How often a run must kill its worker, alone, to be blamed."""


@dataclass
class Tally:
    """How far a sweep has come: runs done before, now, failed now; bytes; seconds."""

    total: int
    before: int = 0
    done: int = 0
    failed: int = 0
    size: int = 0
    run_seconds: float = 0.0
    began: float = field(default_factory=perf_counter)

    @property
    def left(self) -> int:
        """Runs that have not been tried yet."""
        return self.total - self.before - self.done

    @property
    def rate(self) -> float:
        """Runs a second."""
        return self.done / max(1e-9, perf_counter() - self.began)


Progress = Callable[[Tally], None]


def check_workers(executor: Executor, lane: Pool, run: RunFunction) -> About:
    """What the workers compute with; says at once where they cannot start or have other code.

    Raises
    ------
    AsmsimError
        Workers cannot start, or run another version of the model.
    """
    try:
        told = [executor.submit(describe_worker, run) for _ in range(lane.workers)]  # so that all of them start
        all_of_them: list[About] = [t.result()[0] for t in told]
    except Exception as error:
        if is_killed(error):
            raise AsmsimError(TRAP) from error
        raise
    here = kernel_id(), planning_id()
    other = next((a for a in all_of_them if (a.code, a.planning) != here), None)
    if other is not None:
        raise AsmsimError(
            f"workers have code {other.code}-{other.planning} of the model, this driver has {'-'.join(here)}: "
            "install the same version"
        )
    return all_of_them[0]


class Driver:
    """One sweep, or one shard of it, under way."""

    def __init__(self, lane: Pool, executor: Executor, tally: Tally, log: Path, progress: Progress) -> None:
        self.lane = lane
        self.executor = executor
        self.tally = tally
        self.log = log
        self.progress = progress
        self.under_way: dict[Future[Report], Chunk] = {}
        self.again: deque[Chunk] = deque()

    def drive(self, chunks: Iterator[Chunk]) -> None:
        """Run every chunk.

        Raises
        ------
        AsmsimError
            Results cannot be written, or a worker is defective; what is done is safe.
        """
        window = 2 * self.lane.workers if self.lane.apart else 1
        while True:
            while len(self.under_way) < window and (chunk := self._next(chunks)) is not None:
                if not self._submitted(chunk):
                    break
            if self.under_way:
                self._collect(wait(self.under_way, return_when=FIRST_COMPLETED).done)
            elif not self.again:
                return

    def compact(self, sweep: StoredSweep) -> None:
        """Sort what is done into blocks, on all workers; here if they die at it.

        Raises
        ------
        StoreError
            A block cannot be written; nothing is lost.
        """
        try:
            compact_parts(sweep, self.executor.map, verified=True)
        except Exception as error:
            if not is_killed(error):
                raise
            compact_parts(sweep, verified=True)

    def _next(self, chunks: Iterator[Chunk]) -> Chunk | None:
        return self.again.popleft() if self.again else next(chunks, None)

    def _submitted(self, chunk: Chunk) -> bool:
        """Whether the executor took a chunk; one that has broken meanwhile takes none."""
        try:
            self.under_way[self.executor.submit(run_chunk, chunk)] = chunk
        except BrokenExecutor:
            self.again.append(chunk)
            if not self.under_way:
                self._rebuild()
            return False
        return True

    def _collect(self, done: set[Future[Report]]) -> None:
        suspects: list[Chunk] = []
        for future in done:
            chunk = self.under_way.pop(future)
            if not self._finished(future, chunk):
                suspects.append(chunk)
        if not suspects:
            return
        for future, chunk in list(self.under_way.items()):  # let the others end, so that nothing else can be to blame
            del self.under_way[future]
            if not self._finished(future, chunk):
                suspects.append(chunk)
        if self.lane.breaks:
            self._rebuild()
        for chunk in suspects:
            mark = read_mark(chunk.mark)
            if mark.timed_out:
                self._isolate(chunk, mark.at)
            else:
                self._alone(chunk)

    def _finished(self, future: "Future[Report]", chunk: Chunk) -> bool:
        """Whether a chunk came to its end; False if its worker died."""
        try:
            error = future.exception()
        except CancelledError as lost:
            raise AsmsimError("the scheduler has dropped its tasks; start it again and give the same command") from lost
        if error is None:
            self._count(future.result())
            return True
        if is_killed(error):
            return False
        if isinstance(error, AsmsimError):
            raise error
        raise AsmsimError(
            f"a worker failed outside any run ({type(error).__name__}: {error}); please report it"
        ) from error

    def _alone(self, chunk: Chunk) -> None:
        """Run a chunk with nothing beside it; find the run that kills, if one does."""
        lost = 0
        while not self._finished(self._sure(chunk), chunk):
            if self.lane.breaks:
                self._rebuild()
            mark = read_mark(chunk.mark)
            lost += 1
            if len(chunk.runs) > 1:
                self._isolate(chunk, mark.at)
                return
            if lost == LOST_ALONE or mark.timed_out:
                self._blame(chunk, mark.dump, mark.timed_out)
                return

    def _sure(self, chunk: Chunk) -> "Future[Report]":
        """Submit a chunk, to a fresh executor if this one has broken meanwhile."""
        try:
            return self.executor.submit(run_chunk, chunk)
        except BrokenExecutor:
            self._rebuild()
            return self.executor.submit(run_chunk, chunk)

    def _isolate(self, chunk: Chunk, at: int | None) -> None:
        """Run the suspect alone; the rest of its chunk takes its turn again."""
        suspect, rest = split_chunk(chunk, at)
        self.again.extend(rest)
        self._alone(suspect)

    def _blame(self, chunk: Chunk, dump: str, timed_out: bool) -> None:
        if timed_out:
            failure = Failure(TIMED_OUT, f"took longer than {chunk.time_limit:g} s", dump)
        else:
            failure = Failure(KILLED, f"killed its worker, alone, {LOST_ALONE} times of {LOST_ALONE}", dump)
        rows = [(point, seed, failure) for point, seed in chunk.runs]
        size = write_part(Path(chunk.folder) / "parts", chunk.id, make_tables(rows, (), ()), kernel_id())
        self._count(Report(chunk.id, len(rows), len(rows), 0.0, 0.0, size))

    def _count(self, report: Report) -> None:
        self.tally.done += report.runs
        self.tally.failed += report.failed
        self.tally.size += report.size
        self.tally.run_seconds += report.run_seconds
        line = json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in vars(report).items()})
        try:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(line + "\n")
        except OSError as error:
            raise StoreError(explain_disk_error(self.log, error)) from error
        self.progress(self.tally)

    def _rebuild(self) -> None:
        self.executor.shutdown(wait=True)
        self.executor = self.lane.make()

    def close(self) -> None:
        """Drop what waits; what is under way finishes its part, so that nothing is lost."""
        for future in self.under_way:
            future.cancel()
        self.executor.shutdown(wait=True)


def split_chunk(chunk: Chunk, at: int | None) -> tuple[Chunk, list[Chunk]]:
    """The run that a dead worker was at, and the rest of its chunk; if that is not known, run by run."""
    singles = [
        replace(chunk, pieces=(replace(piece, seeds=(seed,)),)) for piece in chunk.pieces for seed in piece.seeds
    ]
    if at is None or at >= len(singles):
        return singles[0], singles[1:]
    gone = singles[at].runs[0]
    kept = [
        replace(piece, seeds=left)
        for piece in chunk.pieces
        if (left := tuple(s for s in piece.seeds if (piece.point, s) != gone))
    ]
    return singles[at], [replace(chunk, pieces=tuple(kept))]
