"""Whatever has happened to the compiled cache, the right code runs: read again if it is sound, else compiled again."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asmsim.engine import compile as c
from asmsim.engine import kernel_cache
from asmsim.engine.kernel_cache import ENDING, lock_compiling, make_private_folder, read_private, write_private

pytestmark = pytest.mark.skipif(c.INTERPRETED, reason="nothing is compiled")

PROGRAM = """
from pathlib import Path
import sys
from numba import njit
from asmsim.engine.kernel_cache import KernelCache

def double(x):
    return 2 * x

def triple(x):
    return 3 * x

for function in (double, triple):
    made = njit(function)
    made._cache = KernelCache(function, Path(sys.argv[1]))
    print(made(7), made.stats.cache_hits.total())
"""
RIGHT = ["14", "21"]


def compute(folder: Path) -> tuple[list[str], list[str]]:
    """What two kernels give in a process of their own, and how often each was read from the cache."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    values, hits = zip(*(line.split() for line in done.stdout.splitlines()), strict=True)
    return list(values), list(hits)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kernels") / "cache"
    assert make_private_folder(folder)
    assert compute(folder) == (RIGHT, ["0", "0"])
    assert compute(folder) == (RIGHT, ["1", "1"])
    return folder


def change(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def swap(path: Path) -> None:
    other = next(p for p in path.parent.glob(f"*{ENDING}") if p != path)
    shutil.copy(other, path)


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda p: p.write_bytes(b""),
    "cut in half": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
    "cut in its digest": lambda p: p.write_bytes(p.read_bytes()[:9]),
    "zeros": lambda p: p.write_bytes(bytes(p.stat().st_size)),
    "a bit of its code": lambda p: change(p, p.stat().st_size // 2),
    "a bit of its digest": lambda p: change(p, 3),
    "another kernel in its place": swap,
    "a folder in its place": put_folder,
    "a pipe in its place": put_pipe,
    "a pickle of a stranger": lambda p: p.write_bytes(b"cos\nsystem\n(S'echo poisoned'\ntR."),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_compiled_again(compiled: Path, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    folder = tmp_path / "cache"
    shutil.copytree(compiled, folder)
    damage(next(folder.glob(f"*double-*{ENDING}")))
    values, hits = compute(folder)
    assert (values, hits) == (RIGHT, ["0", "1"])
    if not next(folder.glob(f"*double-*{ENDING}")).is_dir():
        assert compute(folder) == (RIGHT, ["1", "1"]), "and kept anew"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_not_run(compiled: Path, tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "cache"
    shutil.copytree(compiled, folder)
    next(folder.glob(f"*double-*{ENDING}")).chmod(mode)
    assert compute(folder) == (RIGHT, ["0", "1"])


def test_what_another_user_wrote_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kernel.nbc"
    write_private(path, b"code")
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_private(path) == b"code"
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert read_private(path) is None
    assert not make_private_folder(tmp_path)


def test_a_folder_of_the_cache_is_closed_to_others(tmp_path: Path) -> None:
    assert make_private_folder(tmp_path / "a" / "cache")
    assert (tmp_path / "a" / "cache").stat().st_mode & 0o777 == 0o700
    (tmp_path / "old").mkdir(mode=0o755)
    assert make_private_folder(tmp_path / "old"), "nobody else could write there"
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o700
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert not make_private_folder(tmp_path / "open")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    assert not make_private_folder(tmp_path / "link")


def test_a_poisoned_temporary_folder_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = c.cache_dir()
    assert name is not None
    shared = tmp_path / f"asmsim-{os.geteuid()}" / name.name
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    (tmp_path / "file").touch()
    monkeypatch.setenv("ASMSIM_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert c.cache_dir() is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EIO])
def test_without_a_usable_disk_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(kernel_cache.os, "open", refuse)
    assert not make_private_folder(tmp_path / "cache")
    with pytest.raises(OSError, match=os.strerror(number)):
        write_private(tmp_path / "x.nbc", b"1")
    with lock_compiling(tmp_path):
        pass
    assert not list(tmp_path.glob("*.nbc"))


def test_a_full_disk_costs_the_compiling_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=4k,mode=700", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        assert make_private_folder(folder)
        assert compute(folder) == (RIGHT, ["0", "0"])
        assert list(folder.iterdir()) == [], "nothing half written is left"
    finally:
        subprocess.run(["umount", str(folder)], check=True)
