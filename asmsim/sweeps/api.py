"""Sweeps from Python, and what the command line calls."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.paths import expand_path
from asmsim.sweeps.cautions import list_sweep_cautions, warn_in_python
from asmsim.sweeps.codebook import CODEBOOK
from asmsim.sweeps.execute.driver import Driver, Progress, Tally, start_workers
from asmsim.sweeps.execute.executors import Pool, choose_pool
from asmsim.sweeps.execute.schedule import WHOLE, Shard
from asmsim.sweeps.execute.simulator import SIMULATOR, About, RunFunction
from asmsim.sweeps.execute.stops import allow_two_stops
from asmsim.sweeps.execute.worker import Chunk, Piece, complete_run
from asmsim.sweeps.request.request import Request, StoredSweep, SweepOptions, check_same_model, make_request, open_sweep
from asmsim.sweeps.store.folder import choose_folder, lock_folder, make_folders, remove_leftovers, write_request
from asmsim.sweeps.store.index import UNVERIFIED, index_parts
from asmsim.sweeps.store.manifest import Manifest
from asmsim.sweeps.store.parts import OK, explain_disk, move_faulty, write_whole
from asmsim.sweeps.store.results import Results, read_results
from asmsim.sweeps.store.run_tables import summary_table

if TYPE_CHECKING:
    import polars as pl

OUT = Path("results/sweeps")
TIME_LIMIT = 600.0
MOST_DIGITS = 19
Say = Callable[[str], None]
Flags = npt.NDArray[np.bool_]


def sweep(
    *overrides: str,
    seeds: int | Sequence[int] = 8,
    design: str = "grid",
    n: int | None = None,
    design_seed: int = 1,
    points: str | Path | None = None,
    draws: str | Path | None = None,
    order: Sequence[str] = (),
    every_months: int = 12,
    paired: bool = True,
    name: str = "sweep",
    keep: str | None = None,
    outcomes: Sequence[str] = (),
    out: str | Path = OUT,
    config_dir: str | Path | None = None,
    fork: bool = False,
    workers: int | None = None,
    dask: str | None = None,
    shard: str = "1/1",
    time_limit: float = TIME_LIMIT,
    compact: bool = True,
    progress: Progress = lambda _: None,
) -> Results:
    """Run many scenarios on many seeds; what is done already is not done again.

    Parameters
    ----------
    overrides
        As on the command line: `"context=generic"` is fixed, `"legalisation=none,gradual"` and
        `"market.royalty_and_tax.royalty=interval(0,0.1)"` vary.
    seeds
        A number of seeds or the seeds themselves; each point runs on all of them.
    design
        `grid`, `zip`, `lhs`, `sobol`, `factorial` or `fractional`.
    n, design_seed
        Points that `lhs` and `sobol` draw, and from which seed.
    points, draws
        Tables (CSV, Parquet) of listed points, and of parameters with an optional `weight`.
    order, every_months
        Ingredients or levers that begin one after the other, in every order.
    paired
        Whether points share their seeds, so that they differ by what they vary and not by luck.
    keep, outcomes
        `summary`, `series` or `both`; and which outcomes, by default all.
    workers, dask, shard
        Processes (0 = this one), a Dask scheduler, or part k of K of the sweep.
    time_limit
        Seconds that a run may take in a worker of its own.
    compact
        Whether a sweep that is complete is sorted into few large files.

    Raises
    ------
    ConfigError
        What is asked for cannot be run; nothing has been written.
    ChangedError
        A sweep of this name lies there whose code, base or design is another; `fork` begins beside it.
    AsmsimError
        It could not go on to the end; what is done is safe, and the same call continues.

    Examples
    --------
    >>> results = sweep("context=generic", "legalisation=none,gradual", seeds=4)  # doctest: +SKIP
    """
    wish = SweepOptions(
        design, n, design_seed, seeds if isinstance(seeds, int) else tuple(seeds), _path(points), _path(draws),
        tuple(order), every_months, paired, name, keep, tuple(outcomes),
    )  # fmt: skip
    asked = make_request(overrides, wish, _path(config_dir))
    warn_in_python(asked.notes)
    how = Execution(workers, dask, Shard.parse(shard), time_limit, compact)
    results = run_request(asked, expand_path(out), fork, how, progress)
    if how.shard.whole:
        warn_in_python(list_sweep_cautions(results))
    wrong = {status: number for status, number in results.status.items() if status != OK and number}
    if wrong:
        said = ", ".join(f"{number} {status}" for status, number in wrong.items())
        how.say(
            f"{results.folder}: {said} of {sum(results.status.values())} runs; results.runs says why, and how to try each"
        )
    return results


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else expand_path(given)


@dataclass(frozen=True)
class Execution:
    """How a sweep is run, which never changes what it finds.

    Attributes
    ----------
    run
        What is run; tests put faulty ones in its place.
    say
        Where warnings go.
    """

    workers: int | None = None
    dask: str | None = None
    shard: Shard = WHOLE
    time_limit: float = TIME_LIMIT
    compact: bool = True
    run: RunFunction = SIMULATOR
    say: Say = lambda text: warnings.warn(text, stacklevel=3)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.time_limit <= 0:
            raise ConfigError(f"--time-limit {self.time_limit:g}: needs a number of seconds above 0")
        if self.workers is not None and self.workers < 0:
            raise ConfigError(f"--workers {self.workers}: needs a number of processes; 0 = in this process")


def run_request(asked: Request, out: Path, fork: bool, how: Execution, progress: Progress = lambda _: None) -> Results:
    """Run what is asked for, in a folder under `out`."""

    def settled(about: About) -> tuple[Path, Manifest]:
        with explain_disk(out):
            return choose_folder(asked, asked.manifest(about), out, fork)

    def begun(folder: Path, manifest: Manifest) -> StoredSweep:
        return write_request(asked, manifest, folder)

    return _execute(asked.seconds, settled, begun, how, progress)


def resume_sweep(folder: Path, how: Execution, progress: Progress = lambda _: None) -> Results:
    """Go on with a sweep as its manifest says: what is missing is run, what has failed is tried again."""
    there = open_sweep(folder)
    check_same_model(there)
    seconds = there.layout.runs * there.size().seconds
    return _execute(seconds, lambda _: (folder, there.manifest), lambda *_: there, how, progress)


def _execute(
    seconds: float,
    settled: Callable[[About], tuple[Path, Manifest]],
    begun: Callable[[Path, Manifest], StoredSweep],
    how: Execution,
    progress: Progress,
) -> Results:
    where = choose_pool(how.workers, how.dask, seconds / how.shard.K)
    executor: Executor | None = None
    try:
        with allow_two_stops(where.kill):
            executor, about = start_workers(where, how.run)
            if not about.compiled:
                how.say("Workers compile the model first (once a machine, about 25 s) ...")
            folder, manifest = settled(about)
            make_folders(folder)
            with explain_disk(folder), lock_folder(folder, how.shard):
                there = begun(folder, manifest)
                write_whole(folder / CODEBOOK, about.codebook.encode())
                _warn_of_packages(there.manifest, about, how.say)
                log = folder / ("log.jsonl" if how.shard.whole else f"log-{how.shard}.jsonl")
                driver = Driver(where, executor, Tally(0), log, progress)
                try:
                    _drive_pending(there, driver, how, where)
                except KeyboardInterrupt:
                    driver.stop(how.say)
                    raise
                finally:
                    executor = driver.executor
    finally:
        if executor is not None:
            where.end(executor)
        where.release()
    return read_results(there, verified=how.shard.whole)


def _drive_pending(there: StoredSweep, driver: Driver, how: Execution, where: Pool) -> None:
    """Run what is pending; compact what is then complete."""
    remove_leftovers(there.folder, how.shard)
    mine, done = find_pending(there, how)
    driver.tally.total, driver.tally.before = int(mine.sum()), int((mine & done).sum())
    driver.progress(driver.tally)
    limit = how.time_limit if where.apart else None
    driver.drive(make_chunks(there, mine & ~done, limit, how.run))
    if how.compact and how.shard.whole:
        driver.compact(there)


def find_pending(there: StoredSweep, how: Execution) -> tuple[Flags, Flags]:
    """(run,) which runs are this shard's, and which are done; faulty files are set aside."""
    found = index_parts(there)
    for line in move_faulty(there.folder, found.faults):
        how.say(line)
    if not there.manifest.digests:
        how.say(UNVERIFIED)
    done = np.zeros(there.layout.runs, np.bool_)
    done[found.held["run"][found.held["ok"]]] = True
    return there.layout.mine(how.shard), done


def make_chunks(there: StoredSweep, pending: Flags, limit: float | None, run: RunFunction) -> Iterator[Chunk]:
    """Chunks of pending runs, made one at a time."""
    manifest, folder = there.manifest, str(there.folder.resolve())
    for pieces in there.layout.chunks(pending):
        made = tuple(Piece(there.ids[p], there.of_base[p], there.points[p], tuple(s)) for p, s in pieces)
        yield Chunk(folder, made, manifest.keep, tuple(manifest.outcomes), limit, run)


def _warn_of_packages(manifest: Manifest, about: About, say: Say) -> None:
    """Another compiler or library may change the last bits of a run."""
    other = [
        f"{k} {v} then, {about.packages.get(k)} now" for k, v in manifest.packages.items() if about.packages.get(k) != v
    ]
    if other:
        say(f"this sweep was begun with other packages: {'; '.join(other)}")


def rerun_one(folder: Path, which: str) -> "pl.DataFrame":
    """Run one run of a sweep again, in this process and without a net; nothing is written.

    Returns
    -------
    DataFrame
        Its summary: one row a date.

    Raises
    ------
    Exception
        Whatever the run raises.
    """
    there = open_sweep(folder)
    check_same_model(there)
    prefix, _, seed = which.rpartition(":")
    found = [k for k, point in enumerate(there.ids) if prefix and point.startswith(prefix)]
    if len(found) != 1 or not (seed.isascii() and seed.isdigit() and len(seed) <= MOST_DIGITS):
        raise ConfigError(f"--only {which}: write POINT:SEED with the id of one point, as in points.csv")
    scenario, outcomes = there.scenario(found[0]), list(there.manifest.outcomes)
    done = complete_run(scenario, SIMULATOR(scenario, int(seed)), list(SIMULATOR.about().outcomes), outcomes)
    return summary_table([(there.ids[found[0]], int(seed), done)], outcomes)
