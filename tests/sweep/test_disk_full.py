"""A full disk stops the sweep with a clear message; what is done is safe, and the same command continues."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.request.request import Request
from asmsim.sweeps.store.parts import StoreError
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import files, mount_small_disk


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    yield from mount_small_disk(tmp_path / "disk", "size=3m")


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
