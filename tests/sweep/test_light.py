"""Workers and driver load what they need, and no more."""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.sweeps.api import make_chunks
from asmsim.sweeps.execute.executors import choose_pool
from asmsim.sweeps.execute.simulator import SIMULATOR
from asmsim.sweeps.execute.worker import HEAVY, Chunk, describe_worker, run_chunk, start_worker
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.results import Results

SCRIPT = """
import sys
import asmsim
if __name__ == "__main__":
    results = asmsim.sweep(
        "context=generic", "model.scale=200", "context.end=2006-12", "context.districts={number: 3, provinces: 1}",
        "legalisation=none,gradual", seeds=2, workers=WORKERS, out="out",
    )
    print(results.status["ok"], [m for m in ("numba", "mesa", "matplotlib", "pandas", "hydra") if m in sys.modules])
"""


def script(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "study.py").write_text(text)
    return subprocess.run(
        [sys.executable, "study.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_driver_loads_no_compiler_and_the_sweep_is_a_call(tmp_path: Path) -> None:
    done = script(tmp_path, SCRIPT.replace("WORKERS", "1"))
    assert done.stdout.split("\n")[0] == "4 ['hydra']", done.stderr


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    unguarded = SCRIPT.replace('if __name__ == "__main__":', "if True:").replace("WORKERS", "1")
    done = script(tmp_path, unguarded)
    assert done.returncode != 0
    assert 'if __name__ == "__main__":' in done.stderr.strip().splitlines()[-2]
    assert not (tmp_path / "out").exists()


def test_workers_load_nothing_heavy(tmp_path: Path, undisturbed: Results) -> None:
    there = open_sweep(undisturbed.folder)
    pending = np.zeros(there.layout.runs, bool)
    pending[:2] = True
    (chunk,) = make_chunks(there, pending, 60.0, SIMULATOR)
    (tmp_path / "parts").mkdir()
    (tmp_path / "working").mkdir()
    (tmp_path / "bases").symlink_to(there.folder.resolve() / "bases")
    mine = Chunk(str(tmp_path), chunk.pieces, chunk.keep, chunk.outcomes, chunk.time_limit, chunk.run)
    with ProcessPoolExecutor(1, get_context("spawn"), start_worker, (os.getpid(),)) as pool:
        assert pool.submit(run_chunk, mine).result().failed == 0
        _, pid, heavy = pool.submit(describe_worker, SIMULATOR).result()
    assert pid != os.getpid()
    assert heavy == []
    assert {"mesa", "matplotlib", "pandas"} == set(HEAVY)


def test_dask_workers_load_nothing_heavy() -> None:
    pytest.importorskip("distributed")
    where = choose_pool(1, "local", 0)
    try:
        with where.make() as executor:
            assert executor.submit(describe_worker, SIMULATOR).result()[2] == []
    finally:
        where.release()


def test_a_scheduler_that_is_not_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("asmsim.sweeps.execute.executors.CONNECT_SECONDS", 0.3)
    with pytest.raises(AsmsimError, match="no scheduler answers"):
        choose_pool(None, "tcp://127.0.0.1:9", 0)


def test_the_room_is_the_function_too() -> None:
    import asmsim
    import asmsim.sweeps.api

    with pytest.raises(ConfigError, match="gradual"):
        asmsim.sweep("legalisation=none,gradul")  # type: ignore[operator]
