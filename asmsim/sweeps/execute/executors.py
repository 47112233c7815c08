"""Where chunks run: here, in processes, or on a Dask cluster, all as a `concurrent.futures.Executor`."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from asmsim.config.errors import AsmsimError
from asmsim.config.extras import require_extra
from asmsim.config.paths import leave_out_working_folder
from asmsim.sweeps.execute.worker import start_worker

TRAP = (
    "workers cannot start.  In a script, call asmsim.sweep below this line, since each worker imports the script:\n"
    '    if __name__ == "__main__":\n'
    "or give workers=0 to run in this process"
)
CONNECT_SECONDS = 10.0
WORTH_SECONDS = 3.0
"""Work that takes less than this is done here: processes would take about as long to start."""


@dataclass
class Pool:
    """An executor that can be made again when a worker's death has broken it.

    Attributes
    ----------
    make
        A fresh executor.
    workers
        How many chunks it runs at a time.
    apart
        Whether runs happen in other processes, so that a run that kills or hangs its process can be survived.
    breaks
        Whether one dead worker breaks the whole executor, and not only the task that it had.
    """

    make: Callable[[], Executor]
    workers: int
    apart: bool
    breaks: bool = False
    release: Callable[[], None] = lambda: None


class Here(Executor):
    """Runs each task when it is submitted, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """A future that is done already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def count_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_pool(workers: int | None, dask: str | None, seconds: float) -> Pool:
    """Where a sweep runs.

    Parameters
    ----------
    workers
        Processes; 0 = in this process; None = as many as there are cores, if the work is worth it.
    dask
        `local`, or the address of a scheduler.
    seconds
        What the work would take on one core, roughly.

    Raises
    ------
    ConfigError
        Dask is not installed.
    """
    leave_out_working_folder()
    if dask is not None:
        return _dask(dask, workers)
    if workers is None:
        workers = count_cores() if seconds > WORTH_SECONDS else 0
    if workers == 0:
        return Pool(Here, 1, apart=False)
    return Pool(lambda: _processes(workers), workers, apart=True, breaks=True)


def _processes(workers: int) -> Executor:
    import multiprocessing

    check_main_process()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, start_worker, (os.getpid(),))


def check_main_process() -> None:
    """A worker that imports a script in which the sweep stands unguarded must not sweep in its turn.

    Raises
    ------
    AsmsimError
        This process is a worker that is being started.
    """
    import multiprocessing

    if getattr(multiprocessing.process.current_process(), "_inheriting", False):
        raise AsmsimError(TRAP)


def _dask(address: str, workers: int | None) -> Pool:
    require_extra("distributed", "--dask")
    import dask
    from distributed import Client, LocalCluster

    # A task that killed its worker comes back at once: the driver tries it again alone.
    dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.admin.tick.limit": "1h"})
    cluster = None
    if address == "local":
        check_main_process()
        number = workers or count_cores()
        cluster = LocalCluster(number, threads_per_worker=1, processes=True, dashboard_address=None)
    try:
        client = Client(cluster or address, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise AsmsimError(f"--dask {address}: no scheduler answers there ({error})") from error
    number = len(client.scheduler_info(n_workers=-1)["workers"])
    if number == 0:
        client.close()
        raise AsmsimError(f"--dask {address}: the scheduler has no workers; start some (dask worker {address})")

    def release() -> None:
        client.close()
        if cluster is not None:
            cluster.close()

    return Pool(lambda: client.get_executor(pure=False, retries=0), number, apart=True, release=release)


def is_killed(error: BaseException) -> bool:
    """Whether an error says that the worker died, and not that the work failed."""
    from concurrent.futures import BrokenExecutor

    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"
