"""Compiled kernels on disk: used only when they are whole and the user's own, else compiled again.

A compiled kernel is native code: a damaged one ends the process, and a stranger's does what the stranger likes.  So
each file carries its digest, the folder and the file must belong to the user and be closed to others, and whatever goes
wrong with the disk costs the time of compiling and nothing else.
"""

import fcntl
import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

ENDING = ".nbc"
DIGEST_BYTES = hashlib.sha256().digest_size
NONE_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def is_private(found: os.stat_result) -> bool:
    """Whether a file or folder is the user's own and nobody else can write to it."""
    return found.st_uid == os.geteuid() and not found.st_mode & NONE_OF_OTHERS


def make_private_folder(folder: Path) -> bool:
    """Make a folder, where it is missing, that only the user can enter; whether it is one and can be written to."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()  # a link could be turned elsewhere later
        if not stat.S_ISDIR(found.st_mode) or not is_private(found):
            return False
        folder.chmod(0o700)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@contextmanager
def lock_compiling(folder: Path) -> Iterator[None]:
    """Let one process of this machine compile while the others wait; where there can be no lock, all do."""
    handle = None
    try:
        handle = os.open(folder / "compiling.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)  # released when the file is closed, and by death
    except OSError:
        pass
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


class KernelCache(_Cache):  # type: ignore[misc]  # numba has no types
    """The compiled forms of one kernel, a file for each signature and kind of processor."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self.folder = folder
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.enabled = True

    @property
    def cache_path(self) -> str:
        """Folder of the files."""
        return str(self.folder)

    def enable(self) -> None:
        """Read and write from now on."""
        self.enabled = True

    def disable(self) -> None:
        """Neither read nor write from now on."""
        self.enabled = False

    def flush(self) -> None:
        """Forget what has been compiled."""
        for path in self.folder.glob(f"{self.name}-*{ENDING}"):
            path.unlink(missing_ok=True)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled form of a signature, or None where there is none that can be trusted."""
        if not self.enabled:
            return None
        target_context.refresh()
        try:
            content = read_private(self._path(sig, target_context.codegen()))
            return None if content is None else CompileResult._rebuild(target_context, *pickle.loads(content))
        except Exception:  # whatever another version of a library makes of it
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled form; where that cannot be, the next process compiles again."""
        if not self.enabled or data.lifted or data.library.has_dynamic_globals:
            return
        try:
            write_private(self._path(sig, data.codegen), dumps(data._reduce()))
        except OSError:
            self.disable()

    def _path(self, sig: Any, codegen: Any) -> Path:
        key = repr((sig, codegen.magic_tuple(), sys.implementation.cache_tag))
        return self.folder / f"{self.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}{ENDING}"


def read_private(path: Path) -> bytes | None:
    """What `write_private` has written there; None where it is damaged, moved, missing or not the user's own.

    Raises
    ------
    OSError
        It cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or not is_private(found):
            return None
        content = file.read()
    digest, content = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    return content if digest == _digest_under_name(path, content) else None


def write_private(path: Path, content: bytes) -> None:
    """Write a file with its digest, whole or not at all, that only the user can read.

    Raises
    ------
    OSError
        It cannot be written.
    """
    work = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    try:
        handle = os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            file.write(_digest_under_name(path, content) + content)
        os.replace(work, path)
    except OSError:
        work.unlink(missing_ok=True)
        raise


def _digest_under_name(path: Path, content: bytes) -> bytes:
    """Digest of a content under its name, so that no file can stand in for another."""
    return hashlib.sha256(path.name.encode() + b"\0" + content).digest()
