"""Whichever operation on a file fails, a sweep goes on or ends in one line, and the same command completes it."""

import errno
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asmsim.config.errors import AsmsimError
from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.request.request import Request
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import files, mount_small_disk

OPERATIONS = ("open", "os.rename", "os.mkdir", "os.remove", "os.listdir", "os.scandir")
TRIES = 30


@dataclass
class Disk:
    """A folder in which one operation, and all after it, fails."""

    folder: str = ""
    error: int = 0
    fails_at: int = -1
    count: int = 0

    def meet(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.folder and event in OPERATIONS and arguments and str(arguments[0]).startswith(self.folder):
            self.take()

    def take(self) -> None:
        self.count += 1
        if 0 <= self.fails_at < self.count:
            raise OSError(self.error, os.strerror(self.error))


DISK = Disk()
sys.addaudithook(DISK.meet)


@pytest.fixture
def faulty_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk under `tmp_path`, whose operations can be made to fail."""
    sync = os.fsync

    def count_sync(handle: int) -> None:
        DISK.take()
        sync(handle)

    monkeypatch.setattr(os, "fsync", count_sync)
    DISK.folder, DISK.fails_at, DISK.count = str(tmp_path), -1, 0
    yield DISK
    DISK.folder, DISK.fails_at = "", -1


def count_operations(disk: Disk, work: Callable[[], object]) -> int:
    disk.count = 0
    work()
    return disk.count


def attempt(work: Callable[[], object]) -> str:
    """What a piece of work ends in: the line of an error, or nothing."""
    try:
        work()
    except AsmsimError as error:
        return str(error)
    return ""


def test_any_operation_may_fail(faulty_disk: Disk, small_sweep: Request, undisturbed: Results, tmp_path: Path) -> None:
    chance = random.Random(5)
    operations = count_operations(
        faulty_disk, lambda: run_request(small_sweep, tmp_path / "count", False, Execution(workers=0))
    )
    assert operations > 200
    failures = 0
    for number in range(TRIES):
        faulty_disk.error = chance.choice([errno.ENOSPC, errno.EMFILE, errno.EROFS, errno.EACCES, errno.ENOLCK])
        faulty_disk.count, faulty_disk.fails_at = 0, chance.randrange(operations)
        out = tmp_path / f"out{number}"
        said = attempt(lambda out=out: run_request(small_sweep, out, False, Execution(workers=0, say=str)))
        assert "\n" not in said
        assert not said or os.strerror(faulty_disk.error) in said or "no space left" in said
        failures += bool(said)
        faulty_disk.fails_at = -1
        again = run_request(small_sweep, out, False, Execution(workers=0, say=str))
        assert again.status == {"ok": 32, "missing": 0}
        assert files(again.folder) == files(undisturbed.folder)
    assert failures > TRIES // 2


def test_results_on_a_disk_that_fails_are_one_line(faulty_disk: Disk, small_sweep: Request, tmp_path: Path) -> None:
    folder = run_request(small_sweep, tmp_path, False, Execution(workers=0, compact=False)).folder
    operations = count_operations(faulty_disk, lambda: open_results(folder))
    faulty_disk.error = errno.EMFILE
    for at in range(operations):
        faulty_disk.count, faulty_disk.fails_at = 0, at
        with pytest.raises(AsmsimError) as refused:
            open_results(folder)
        assert "Too many open files" in str(refused.value)
        assert "edited" not in str(refused.value)
    faulty_disk.fails_at = -1
    assert open_results(folder).status == {"ok": 32, "missing": 0}


@pytest.fixture
def few_inodes(tmp_path: Path) -> Iterator[Path]:
    """A disk that holds forty files and folders."""
    yield from mount_small_disk(tmp_path / "disk", "size=30m,nr_inodes=40")


@pytest.mark.parametrize("workers", [0, 2])
def test_a_full_inode_table_stops_the_sweep_and_loses_nothing(
    few_inodes: Path, small_sweep: Request, undisturbed: Results, workers: int
) -> None:
    with pytest.raises(AsmsimError, match="no space left") as refused:
        run_request(small_sweep, few_inodes, False, Execution(workers=workers))
    assert "\n" not in str(refused.value)
    (folder,) = few_inodes.iterdir()
    assert 0 < open_results(folder).status["ok"] < 32
    subprocess.run(["mount", "-o", "remount,nr_inodes=400", str(few_inodes)], check=True)
    again = run_request(small_sweep, few_inodes, False, Execution(workers=0))
    assert files(again.folder) == files(undisturbed.folder)
