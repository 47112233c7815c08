"""`rule` and `kernel`: compiled functions whose cache can never be stale.

A *rule* is a small pure function of numbers; a *kernel* is the one native entry that calls the
rules.  Numba's own cache looks only at the file a kernel stands in, so an edited helper in another
file would be served stale.  Here the cache folder is named by a hash of every source file that can
be compiled in: edit any of them and the next run compiles afresh.

With ``NUMBA_DISABLE_JIT=1`` the very same source runs in the interpreter and gives the same bytes.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config, njit

F = TypeVar("F", bound=Callable[..., Any])

COMPILING = "Compiling the model for this machine (once, about 25 s) ..."
INTERPRETED = bool(config.DISABLE_JIT)
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
# Rules are called by kernels only: without entry points of their own they compile a third faster.
# (Tests call rules with the compiler off.)
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_PACKAGE = Path(__file__).resolve().parent.parent
# What plans and reports is never compiled in; a test and an import contract keep it so.
_NOT_COMPILED = (
    "levers",
    "context.py",
    "model.py",
    "parameters.py",
    "pathway.py",
    "plan.py",
    "scenario.py",
    "scenarios.py",
    "simulate.py",
    "views.py",
    "roster.py",
)


def source_files(root: Path = _PACKAGE) -> list[Path]:
    """Every file whose text can end up in a kernel, in a fixed order."""
    files = [*(root / "engine").rglob("*.py"), *(root / "model").rglob("*.py")]
    return sorted(f for f in files if not set(f.relative_to(root).parts) & set(_NOT_COMPILED))


def sources_hash(root: Path = _PACKAGE) -> str:
    """Hash of the kernel sources and of the compiler that reads them."""
    digest = hashlib.sha256(f"numba {numba.__version__}".encode())
    for path in source_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_dir() -> Path | None:
    """A writable folder for compiled kernels, or None where nothing is writable."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    wanted = os.environ.get("ASMSIM_CACHE_DIR") or os.path.join(home, "asmsim")
    spare = os.path.join(tempfile.gettempdir(), f"asmsim-{os.getuid()}")
    for base in (wanted, spare):
        folder = Path(base) / sources_hash()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


CACHE = None if INTERPRETED else cache_dir()


def is_cached() -> bool:
    """Whether a compiled kernel lies ready, so that the first run need not compile."""
    return INTERPRETED or (CACHE is not None and any(CACHE.rglob("*.nbc")))


def rule(function: F) -> F:
    """Compile a pure function of numbers; it is inlined into the kernels that call it."""
    return cast(F, njit(**INNER)(function))


def inlined(function: F) -> F:
    """A rule that stands in the innermost loop: always inlined, so that its many inputs cost no call."""
    return cast(F, njit(forceinline=True, **INNER)(function))


def kernel(function: F) -> F:
    """Compile an entry point and keep the result on disk for the next process."""
    if CACHE is None:
        return cast(F, njit(**OPTIONS)(function))
    before, config.CACHE_DIR = config.CACHE_DIR, str(CACHE)  # numba reads it once, here
    try:
        return cast(F, njit(cache=True, **OPTIONS)(function))
    finally:
        config.CACHE_DIR = before
