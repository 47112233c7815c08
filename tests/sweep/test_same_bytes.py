"""However a sweep is run, it finds the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from asmsim.sweeps.api import Execution, resume_sweep
from asmsim.sweeps.execute.schedule import Shard
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.compaction import compact_parts
from asmsim.sweeps.store.results import Results
from tests.sweep.conftest import files
from tests.sweep.faults import Faulty

Swept = Callable[..., Results]


def test_two_processes_find_what_one_finds(swept: Swept, undisturbed: Results) -> None:
    assert files(swept(workers=2).folder) == files(undisturbed.folder)


def test_a_dask_cluster_finds_the_same_and_survives_a_dead_worker(
    swept: Swept, undisturbed: Results, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    once = Faulty(kills_once=((2.0, 3),), once=str(tmp_path / "once"))
    results = swept(dask="local", workers=2, run=once)
    assert (tmp_path / "once").exists()
    assert files(results.folder) == files(undisturbed.folder)


@pytest.mark.parametrize("order", [0, 1])
def test_shards_in_any_order_merge_to_the_same(swept: Swept, undisturbed: Results, order: int) -> None:
    shards = [Shard(k, 3) for k in (1, 2, 3)]
    random.Random(order).shuffle(shards)
    for done, shard in enumerate(shards, 1):
        results = swept(workers=0, shard=shard)
        assert (results.status["missing"] == 0) == (done == 3)
        assert not list(results.folder.glob("compact/*"))
    compact_parts(open_sweep(results.folder))
    assert files(results.folder) == files(undisturbed.folder)


def test_a_killed_driver_takes_its_workers_along_and_is_resumed(undisturbed: Results, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.sweep.interrupted", str(tmp_path), "0.1"]
    driver = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("*/parts/*.runs.parquet"))) < 4:
        assert driver.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    children = Path(f"/proc/{driver.pid}/task/{driver.pid}/children")
    workers = [int(pid) for pid in children.read_text().split()] if children.exists() else []
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    time.sleep(0.5)
    assert not [pid for pid in workers if _alive(pid)]
    (folder,) = tmp_path.iterdir()
    before = {p.name for p in (folder / "parts").glob("*.runs.parquet")}
    assert 4 <= len(before) < 16
    ran: list[int] = []
    results = resume_sweep(folder, Execution(workers=0), lambda tally: ran.append(tally.done))
    assert ran[-1] < 32, "what was done was not done again"
    assert files(results.folder) == files(undisturbed.folder)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
