"""`rule` and `kernel`: compiled functions whose cache can never be stale.

A *rule* is a small pure function of numbers; a *kernel* is the one native entry that calls the
rules.  Numba's own cache looks only at the time and size of the file a kernel stands in, so an edited helper in
another file would be served stale, and a reworded comment would compile everything afresh.  Here the folder of the
cache is named by `kernel_id`: the hash of the syntax trees of all that is compiled.

With ``NUMBA_DISABLE_JIT=1`` the very same source runs in the interpreter and gives the same bytes.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config, njit

from asmsim.engine.kernel_cache import ENDING, KernelCache, make_private_folder
from asmsim.engine.kernel_identity import kernel_id

F = TypeVar("F", bound=Callable[..., Any])

INTERPRETED = bool(config.DISABLE_JIT)
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
# Rules are called by kernels only: without entry points of their own they compile a third faster.
# (Tests call rules with the compiler off.)
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def cache_dir() -> Path | None:
    """A folder for compiled kernels that is the user's alone, or None where there can be none."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    wanted = os.environ.get("ASMSIM_CACHE_DIR") or os.path.join(home, "asmsim")
    try:
        spare = os.path.join(tempfile.gettempdir(), f"asmsim-{os.geteuid()}")
    except OSError:  # no temporary folder is writable
        spare = wanted
    bases = (Path(os.path.expanduser(base)).absolute() for base in (wanted, spare))
    folders = [base / f"{kernel_id()}-numba{numba.__version__}" for base in bases]
    return next((folder for folder in folders if make_private_folder(folder)), None)


CACHE = None if INTERPRETED else cache_dir()
COMPILING = (
    "Compiling the model for this machine (once, about 25 s) ..."
    if CACHE
    else "Compiling the model (about 25 s, each time: there is no folder that only you can write to; "
    "set ASMSIM_CACHE_DIR to one) ..."
)


def is_cached() -> bool:
    """Whether a compiled kernel lies ready, so that the first run need not compile."""
    try:
        return INTERPRETED or (CACHE is not None and any(CACHE.glob(f"*{ENDING}")))
    except OSError:
        return False


def rule(function: F) -> F:
    """Compile a pure function of numbers; it is inlined into the kernels that call it."""
    return cast(F, njit(**INNER)(function))


def inlined(function: F) -> F:
    """A rule that stands in the innermost loop: always inlined, so that its many inputs cost no call."""
    return cast(F, njit(forceinline=True, **INNER)(function))


def kernel(function: F) -> F:
    """Compile an entry point and keep the result on disk for the next process."""
    made = njit(**OPTIONS)(function)
    if CACHE is not None:
        made._cache = KernelCache(function, CACHE)
    return cast(F, made)
