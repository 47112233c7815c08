"""A full disk stops the sweep with a clear message; what is done is safe, and the same command continues."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.request.request import Request
from asmsim.sweeps.store.parts import StoreError
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import files


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    there = tmp_path / "disk"
    there.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(there)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield there
    subprocess.run(["umount", str(there)], check=True)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_full_disk_stops_the_sweep_and_loses_nothing(
    tiny_disk: Path, small_sweep: Request, undisturbed: Results, workers: int
) -> None:
    stuff = tiny_disk / "stuff"
    stuff.write_bytes(bytes(2_600_000))
    with pytest.raises(StoreError, match="no space left"):
        run_request(small_sweep, tiny_disk, False, Execution(workers=workers))
    (folder,) = (p for p in tiny_disk.iterdir() if p.is_dir())
    safe = open_results(folder).status
    assert 0 < safe["ok"] < 32
    stuff.unlink()
    ran: list[int] = []
    again = run_request(small_sweep, tiny_disk, False, Execution(workers=0), lambda tally: ran.append(tally.before))
    assert ran[0] == safe["ok"]
    assert again.status == {"ok": 32, "missing": 0}
    assert files(again.folder) == files(undisturbed.folder)
