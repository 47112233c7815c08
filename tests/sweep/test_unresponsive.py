"""Workers that stop, hang, die at their start or are gone: survived, or one line; and every signal ends a sweep cleanly."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from asmsim.config.errors import AsmsimError
from asmsim.sweeps.api import make_chunks
from asmsim.sweeps.execute import driver as driver_module
from asmsim.sweeps.execute import executors
from asmsim.sweeps.execute.driver import Driver, Tally
from asmsim.sweeps.execute.executors import Pool, choose_pool
from asmsim.sweeps.execute.schedule import WHOLE
from asmsim.sweeps.execute.simulator import SIMULATOR
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import TINY, files
from tests.sweep.faults import Faulty

Swept = Callable[..., Results]
BAD = ((2.0, 3),)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that waits for seconds where it would wait for minutes."""
    monkeypatch.setattr(driver_module, "GRACE_SECONDS", 2.0)
    monkeypatch.setattr(driver_module, "START_SECONDS", 8.0)
    monkeypatch.setattr(executors, "JOIN_SECONDS", 2.0)


@pytest.mark.usefixtures("impatient")
def test_a_worker_that_is_stopped_is_replaced(swept: Swept, undisturbed: Results, tmp_path: Path) -> None:
    faulty = Faulty(stops_once=BAD, once=str(tmp_path / "once"))
    results = swept(workers=2, run=faulty, time_limit=1.0)
    assert (tmp_path / "once").exists()
    assert files(results.folder) == files(undisturbed.folder)


@pytest.mark.usefixtures("impatient")
def test_a_run_that_stops_every_worker_is_named(swept: Swept, undisturbed: Results) -> None:
    results = swept(workers=2, run=Faulty(stops=BAD), time_limit=1.0)
    bad = results.table("runs").filter(pl.col("status") != "ok").collect()
    assert set(bad.select("donor.programme.duration_years", "seed", "status").iter_rows()) == {(2.0, 3, "timed out")}
    assert bad.height == 2
    again = swept(workers=0)
    assert files(again.folder) == files(undisturbed.folder)


@pytest.mark.usefixtures("impatient")
def test_a_worker_that_is_stopped_with_nothing_to_do_is_ended() -> None:
    lane = choose_pool(2, None, 0.0)
    executor = lane.make()
    assert lane.processes is not None
    started = lane.processes.started
    assert [executor.submit(os.getpid).result() for _ in range(2)]
    for process in started:
        os.kill(process.pid or 0, signal.SIGSTOP)
    lane.end(executor)
    wait_for(lambda: not any(process.is_alive() for process in started), 5)


def test_a_worker_that_dies_once_at_its_start_costs_nothing(swept: Swept, undisturbed: Results, tmp_path: Path) -> None:
    results = swept(workers=2, run=Faulty(at_start=signal.SIGKILL, once=str(tmp_path / "once")))
    assert (tmp_path / "once").exists()
    assert files(results.folder) == files(undisturbed.folder)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_workers_that_always_die_at_their_start_are_one_line(
    swept: Swept, tmp_path: Path, number: signal.Signals
) -> None:
    with pytest.raises(AsmsimError, match=f"ended by {number.name} before it began") as refused:
        swept(workers=1, run=Faulty(at_start=number))
    assert "__main__" not in str(refused.value)
    assert not list(tmp_path.glob("sweep-*"))


class Silent(Executor):
    """Takes tasks, and nothing comes of them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        return Future()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("count", "said"), [(0, "there are no workers any more"), (1, "do not answer and cannot be ended")]
)
def test_a_cluster_that_has_lost_its_workers_is_one_line(
    undisturbed: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, said: str
) -> None:
    monkeypatch.setattr(driver_module, "START_SECONDS", 0.5)
    monkeypatch.setattr(driver_module, "FAR_SECONDS", 0.5)
    there = open_sweep(undisturbed.folder)
    driver = Driver(
        Pool(Silent, 1, apart=True, count=lambda: count), Silent(), Tally(1), tmp_path / "log", lambda _: None
    )
    with pytest.raises(AsmsimError, match=said):
        driver.drive(make_chunks(there, there.layout.mine(WHOLE), 1.0, SIMULATOR))


def wait_for(is_so: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """Workers of a driver: its children but for the tracker of resources."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [(int(child), Path(f"/proc/{child}/cmdline").read_text()) for child in listed]
    return [child for child, command in found if "spawn_main" in command]


def test_sigterm_is_as_clean_as_ctrl_c(elsewhere: Path) -> None:
    command = ["sweep", *TINY, "legalisation=none,gradual", "-n", "400", "--workers", "2", "--keep", "summary"]
    arguments = [sys.executable, "-m", "asmsim", *command]
    running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(elsewhere.glob("results/sweeps/*/parts/*.json")))
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 143
    assert "once more stops at once" in said
    assert "the same command continues" in said
    assert "Traceback" not in said
    (folder,) = elsewhere.glob("results/sweeps/*")
    assert 0 < open_results(folder).status["ok"] < 800
    assert not list(folder.glob("working/*.mark")), "what was under way is written"
    subprocess.run([*arguments, "--json"], check=True, capture_output=True)
    assert open_results(folder).status == {"ok": 800, "missing": 0}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_a_sweep_whose_worker_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.sweep.stopped", str(tmp_path)]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: len(list(tmp_path.glob("*/working/*.mark"))) == 2 and len(list(tmp_path.glob("*/parts/*.json"))))
    time.sleep(3)
    workers = children(running.pid)
    assert workers
    assert running.stderr is not None
    running.send_signal(number)
    assert "once more stops at once" in running.stderr.readline()
    time.sleep(1)
    assert running.poll() is None, "it waits for what is under way"
    running.send_signal(number)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 128 + number
    assert "the same command continues" in said
    assert "Traceback" not in said
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), 5)
