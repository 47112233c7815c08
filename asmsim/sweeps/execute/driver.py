"""The driver: hands out chunks, a few at a time, and survives what kills its workers.

Nothing accumulates here: results go from worker to disk, and the driver counts.

When a worker dies, every chunk that was under way is tried again alone.  One that kills again shows by
its mark which run it was at; that run is put alone, and blamed only when it has killed alone twice.
Everything else is run to the end.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, perf_counter

from asmsim.config.errors import AsmsimError
from asmsim.engine.kernel_identity import kernel_id
from asmsim.model.inputs_identity import planning_id
from asmsim.sweeps.execute.executors import TRAP, Pool, is_killed
from asmsim.sweeps.execute.simulator import About, RunFunction
from asmsim.sweeps.execute.worker import Chunk, Mark, Report, describe_worker, read_mark, run_chunk, take_mark
from asmsim.sweeps.request.request import StoredSweep
from asmsim.sweeps.store.compaction import Block, compact_parts
from asmsim.sweeps.store.parts import KILLED, TIMED_OUT, StoreError, explain_disk_error, write_part
from asmsim.sweeps.store.run_tables import Failure, make_tables

LOST_ALONE = 2
"""How often a run must kill its worker, alone, to be blamed."""
STARTS = 2
"""How often workers may die before they begin, one time after the other."""
POLL_SECONDS = 0.5
GRACE_SECONDS = 30.0
"""Beyond the time limit of a run, in which a worker prepares the next or writes its part."""
COMPILE_SECONDS = 600.0
START_SECONDS = 120.0
"""Within which workers must have started, and a cluster must have some."""
BLOCK_SECONDS = 300.0
"""Within which one of the blocks under way must be written."""
FAR_SECONDS = 360.0
"""Granted to workers of a cluster, which only its scheduler can end; by default it does so after 300 s."""


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


def start_workers(lane: Pool, run: RunFunction) -> tuple[Executor, About]:
    """An executor whose workers answer, and what they compute with; one that dies at its start is tried again once.

    Raises
    ------
    AsmsimError
        Workers cannot start, or run another version of the model.
    """
    for _ in range(STARTS):
        executor = lane.make()
        try:
            return executor, check_workers(executor, lane, run)
        except BaseException as error:
            why = lane.explain_death() if is_killed(error) else ""
            lane.kill()
            lane.end(executor)
            if not is_killed(error):
                raise
            if why == TRAP:
                break
    raise AsmsimError(why)


def check_workers(executor: Executor, lane: Pool, run: RunFunction) -> About:
    """What the workers compute with; says at once where they have other code.

    Raises
    ------
    AsmsimError
        Workers do not answer, or run another version of the model.
    """
    asked = [executor.submit(describe_worker, run) for _ in range(lane.workers)]  # so that all of them start
    if wait(asked, START_SECONDS).not_done:
        raise AsmsimError(f"workers have not started within {START_SECONDS:g} s; give the same command again")
    all_of_them: list[About] = [a.result()[0] for a in asked]
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
        self.seen: dict[str, tuple[Mark, float]] = {}  # id of a chunk: its mark, and since when that is so
        self.answered = monotonic()
        self.silent: set[str] = set()
        self.stillborn = 0

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
                self._collect(self._wait(self.under_way))
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
            compact_parts(sweep, self._each, verified=True)
        except Exception as error:
            if not is_killed(error):
                raise
            compact_parts(sweep, verified=True)

    def _each(self, function: Callable[[Block], None], blocks: Iterable[Block]) -> Iterator[None]:
        """Write blocks on all workers; yields in their order."""
        futures = [self.executor.submit(function, block) for block in blocks]
        left = set(futures)
        for future in futures:
            while not future.done():
                done = wait(left, BLOCK_SECONDS, FIRST_COMPLETED).done
                left -= done
                if not done:
                    self.lane.kill()
                    raise BrokenExecutor
            yield future.result()

    def _wait(self, futures: Mapping["Future[Report]", Chunk]) -> "set[Future[Report]]":
        """Those that are done, at least one; ends workers that do not answer.

        Raises
        ------
        AsmsimError
            There are no workers, or they do not answer and cannot be ended.
        """
        self.answered = monotonic()
        while not (done := wait(futures, POLL_SECONDS, FIRST_COMPLETED).done):
            if self.lane.apart:
                self._check_answers(list(futures.values()))
        for future in done:
            self.seen.pop(futures[future].id, None)
        return done

    def _check_answers(self, chunks: list[Chunk]) -> None:
        now = monotonic()
        marks = {chunk.id: read_mark(chunk.mark) for chunk in chunks}
        for key, mark in marks.items():
            if key not in self.seen or self.seen[key][0] != mark:
                self.seen[key] = mark, now
                self.answered = now
        more = 0.0 if self.lane.processes else FAR_SECONDS
        if now - self.answered > START_SECONDS and self.lane.count() == 0:
            raise AsmsimError("there are no workers any more; start some, then give the same command again")
        silent = {
            chunk.id
            for chunk in chunks
            if marks[chunk.id].begun and now - self.seen[chunk.id][1] > _patience(chunk, marks[chunk.id]) + more
        }
        if not any(mark.begun for mark in marks.values()) and now - self.answered > START_SECONDS + more:
            silent = set(marks)
        if not silent:
            return
        if silent <= self.silent or not self.lane.processes:
            raise AsmsimError(
                "workers do not answer and cannot be ended (a disk or a machine that hangs?); what is done is safe: "
                "mend that, then give the same command again"
            )
        self.silent |= silent
        for key in silent:
            self.seen[key] = marks[key], now  # until it has been seen that they have ended
        self.lane.kill()

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
            mark = take_mark(chunk.mark)
            if mark.timed_out:
                self._isolate(chunk, mark.at)
            else:
                self._alone(chunk)

    def _finished(self, future: "Future[Report]", chunk: Chunk) -> bool:
        """Whether a chunk came to its end; False if its worker died."""
        self._wait({future: chunk})
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
        self.silent.discard(chunk.id)
        while not self._finished(self._sure(chunk), chunk):
            why = self.lane.explain_death()
            if self.lane.breaks:
                self._rebuild()
            mark = take_mark(chunk.mark)
            timed_out = mark.timed_out or chunk.id in self.silent
            self.silent.discard(chunk.id)
            if not mark.begun:  # so that no run of it can be to blame
                self.stillborn += 1
                if self.stillborn == STARTS:
                    raise AsmsimError(why)
                continue
            self.stillborn = 0
            lost += 1
            if len(chunk.runs) > 1:
                self._isolate(chunk, mark.at)
                return
            if lost == LOST_ALONE or timed_out:
                self._blame(chunk, mark.dump, timed_out)
                return
        self.stillborn = 0

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
        self.lane.kill()
        self.lane.end(self.executor)
        self.executor = self.lane.make()

    def stop(self, say: Callable[[str], None]) -> None:
        """Drop what waits; what is under way finishes its part, so that nothing is lost, unless it is interrupted again."""
        self.under_way = {future: chunk for future, chunk in self.under_way.items() if not future.cancel()}
        if not self.under_way:
            return
        runs = sum(len(chunk.runs) for chunk in self.under_way.values())
        say(f"Stopping as soon as the {runs} runs under way are done and written; once more stops at once ...")
        try:
            while self.under_way:
                for future in self._wait(self.under_way):
                    del self.under_way[future]
        except BaseException:
            self.lane.kill()
            raise


def _patience(chunk: Chunk, mark: Mark) -> float:
    """Seconds within which the mark of a chunk must change."""
    return COMPILE_SECONDS if mark.compiles else (chunk.time_limit or 0.0) + GRACE_SECONDS


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
