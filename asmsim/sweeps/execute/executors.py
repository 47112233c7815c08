"""Where chunks run: here, in processes, or on a Dask cluster, all as a `concurrent.futures.Executor`."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from time import monotonic, sleep
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
JOIN_SECONDS = 10.0
"""Within which processes that have nothing left to do must end by themselves."""
REAP_SECONDS = 1.0
"""Within which the exit codes of processes that an executor has given up are known."""
SILENT_WORKER = "60s"
"""After which a scheduler of our own gives up a worker that does not answer."""
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
    processes
        Those that this driver has started and may end; then one dead worker breaks the whole executor, and not only the
        task that it had.
    count
        How many workers there are at the moment.
    """

    make: Callable[[], Executor]
    workers: int
    apart: bool
    processes: "Processes | None" = None
    release: Callable[[], None] = lambda: None
    count: Callable[[], int] = lambda: 1

    @property
    def breaks(self) -> bool:
        """Whether one dead worker breaks the whole executor."""
        return self.processes is not None

    def kill(self) -> None:
        """End the workers that this driver has started, at once."""
        if self.processes is not None:
            self.processes.kill()

    def end(self, executor: Executor) -> None:
        """Let the workers of an executor end; its processes that do not within a while are ended."""
        if self.processes is None:
            executor.shutdown()
            return
        executor.shutdown(wait=False, cancel_futures=True)
        if not self.processes.join(JOIN_SECONDS):
            self.processes.kill()
            self.processes.join(JOIN_SECONDS)

    def explain_death(self) -> str:
        """Why workers cannot start."""
        if self.processes is None:
            return (
                "workers died twice before they began a run; see what they have said, then give the same command again"
            )
        died = self.processes.find_signal()
        if died is None:
            return TRAP
        why = "; there may be too little memory: give fewer --workers" if died == signal.SIGKILL else ""
        return f"workers cannot start: twice one was ended by {died.name} before it began{why}"


class Processes(SpawnContext):
    """Starts the processes of an executor and keeps them, so that they can be ended in whatever state they are."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]
        """A process that is not started yet."""
        process = SpawnProcess(*args, **kwargs)
        self.started.append(process)
        return process

    def kill(self) -> None:
        """End all at once, those that are stopped too."""
        for process in self.started:
            if process.pid is not None:
                process.kill()

    def join(self, seconds: float) -> bool:
        """Whether all have ended within so many seconds."""
        deadline = monotonic() + seconds
        left = [p.sentinel for p in self.started if p.pid is not None]
        while left and (ended := wait(left, max(0.0, deadline - monotonic()))):
            left = [one for one in left if one not in ended]
        return not left

    def find_signal(self) -> signal.Signals | None:
        """The signal that ended one of them; SIGTERM, by which an executor ends the others, only if there is no other."""
        deadline = monotonic() + REAP_SECONDS
        while any(p.exitcode is None for p in self.started) and monotonic() < deadline:
            sleep(0.01)  # the executor's own thread asks for the exit codes too, and one of the two is later
        codes = [-p.exitcode for p in self.started if p.exitcode is not None and p.exitcode < 0]
        codes.sort(key=lambda code: code == signal.SIGTERM)
        return signal.Signals(codes[0]) if codes and all((p.exitcode or 0) <= 0 for p in self.started) else None


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
    processes = Processes()

    def make() -> Executor:
        check_main_process()
        processes.kill()  # those of an earlier executor
        processes.started.clear()
        return ProcessPoolExecutor(workers, processes, start_worker, (os.getpid(),))

    return Pool(make, workers, apart=True, processes=processes, count=lambda: workers)


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
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 0,
            "distributed.scheduler.worker-ttl": SILENT_WORKER,
            "distributed.admin.tick.limit": "1h",
        }
    )
    cluster = None
    if address == "local":
        check_main_process()
        number = workers or count_cores()
        cluster = LocalCluster(number, threads_per_worker=1, processes=True, dashboard_address=None)
    try:
        client = Client(cluster or address, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise AsmsimError(f"--dask {address}: no scheduler answers there ({error})") from error

    def count() -> int:
        return len(client.scheduler_info(n_workers=-1)["workers"])

    number = count()
    if number == 0:
        client.close()
        raise AsmsimError(f"--dask {address}: the scheduler has no workers; start some (dask worker {address})")

    def release() -> None:
        client.close()
        if cluster is not None:
            cluster.close()

    return Pool(lambda: client.get_executor(pure=False, retries=0), number, apart=True, release=release, count=count)


def is_killed(error: BaseException) -> bool:
    """Whether an error says that the worker died, and not that the work failed."""
    from concurrent.futures import BrokenExecutor

    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"
