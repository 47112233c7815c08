"""`rule` and `kernel`: compiled functions whose cache can never be stale.

A *rule* is a small pure function of numbers; a *kernel* is the one native entry that calls the
rules.  Numba's own cache looks only at the time and size of the file a kernel stands in, so an edited helper in
another file would be served stale, and a reworded comment would compile everything afresh.  Here both the folder and
the stamp of the cache are `kernel_id`: the hash of the syntax trees of all that is compiled.

With ``NUMBA_DISABLE_JIT=1`` the very same source runs in the interpreter and gives the same bytes.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config, njit
from numba.core.caching import UserProvidedCacheLocator

from asmsim.engine.kernel_identity import kernel_id

F = TypeVar("F", bound=Callable[..., Any])

COMPILING = "Compiling the model for this machine (once, about 25 s) ..."
INTERPRETED = bool(config.DISABLE_JIT)
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
# Rules are called by kernels only: without entry points of their own they compile a third faster.
# (Tests call rules with the compiler off.)
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def cache_dir() -> Path | None:
    """A writable folder for compiled kernels, or None where nothing is writable."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    wanted = os.environ.get("ASMSIM_CACHE_DIR") or os.path.join(home, "asmsim")
    spare = os.path.join(tempfile.gettempdir(), f"asmsim-{os.getuid()}")
    for base in (wanted, spare):
        folder = Path(base) / f"{kernel_id()}-numba{numba.__version__}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


CACHE = None if INTERPRETED else cache_dir()


class SyntaxLocator(UserProvidedCacheLocator):  # type: ignore[misc]  # numba has no types
    """Finds compiled kernels by what they do, wherever their source stands and whenever it was written."""

    def get_source_stamp(self) -> str:
        """What must be the same for a compiled kernel to be used again."""
        return kernel_id()

    def get_disambiguator(self) -> str:
        """What tells apart kernels of one name; the folder does."""
        return ""


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
    before = config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES  # numba reads them once, here
    config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES = str(CACHE), f"{__name__}.{SyntaxLocator.__name__}"
    try:
        return cast(F, njit(cache=True, **OPTIONS)(function))
    finally:
        config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES = before
