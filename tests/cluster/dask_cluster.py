"""A Dask scheduler and two workers as processes of their own; one worker dies in mid-sweep.

`python -m tests.cluster.dask_cluster`
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from asmsim.sweeps.api import Execution, run_request
from tests.cluster.common import same, serial
from tests.sweep.conftest import asked
from tests.sweep.faults import Faulty

HERE = Path(__file__).resolve().parents[2]


def start(stack: ExitStack, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A process that ends with the test."""
    output = stack.enter_context(log.open("wb"))
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=output, stderr=output, env=environment)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def address(log: Path, seconds: float = 30) -> str:
    """The address at which the scheduler says that it listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [w for w in log.read_text(errors="replace").split() if w.startswith("tcp://127.0.0.1:")]
        if found:
            return found[0]
        time.sleep(0.1)
    raise SystemExit(f"the scheduler did not start: {log.read_text(errors='replace')[-2000:]}")


def main() -> None:
    """Run and compare, without and with a death."""
    with tempfile.TemporaryDirectory() as base, ExitStack() as stack:
        folder = Path(base)
        expected = serial(folder / "serial").folder
        start(
            stack,
            folder / "scheduler.log",
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
        )
        where = address(folder / "scheduler.log")
        options = ["--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(folder)]
        workers = [
            start(stack, folder / f"worker{n}.log", "distributed.cli.dask_worker", where, *options, "--no-nanny")
            for n in range(2)
        ]
        wait_for_workers(where, 2)
        found = run_request(asked(), folder / "dask", False, Execution(dask=where))
        if not same(found.folder, expected):
            raise SystemExit("a Dask cluster does not find what a serial sweep finds")
        print(f"{where}, two workers: the same bytes as a serial sweep")
        threading.Timer(1.0, workers[0].send_signal, [signal.SIGKILL]).start()
        slow = Execution(dask=where, run=Faulty(slow=0.15))
        found = run_request(asked(), folder / "one dies", False, slow)
        if workers[0].poll() is None or not same(found.folder, expected):
            raise SystemExit("a worker's death changes what is found")
        print("one of the two killed in mid-sweep: the same bytes again")


def wait_for_workers(where: str, number: int) -> None:
    """Until the scheduler has them all."""
    from distributed import Client

    with Client(where, timeout=30) as client:
        client.wait_for_workers(number, timeout=60)


if __name__ == "__main__":
    main()
