"""With what a result was made: version, commit, packages and machine; nothing that names a person or a place."""

import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent
PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "polars", "pyarrow", "pydantic", "hydra-core", "omegaconf", "mesa")
"""Packages whose version may decide a byte of a result."""


def version_of(package: str) -> str:
    """Version of an installed package; `not installed` where it is not."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def package_version() -> str:
    """Version of asmsim."""
    found = version_of("asmsim")
    return "0+uninstalled" if found == "not installed" else found


@cache
def commit() -> dict[str, Any]:
    """Commit of the checkout that asmsim runs from, and whether it had no changes; nothing where it is no checkout."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(_PACKAGE.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    if not (_PACKAGE.parent / ".git").exists():
        return {}
    try:
        return {"commit": git("rev-parse", "HEAD"), "clean": not git("status", "--porcelain", "--untracked-files=no")}
    except (OSError, subprocess.SubprocessError):
        return {}


def environment() -> dict[str, Any]:
    """What may decide a byte of a result beside the model and its inputs."""
    return {
        "asmsim": package_version(),
        **commit(),
        "python": platform.python_version(),
        "packages": {name: version_of(name) for name in PACKAGES},
        "os": f"{platform.system()} {platform.release()}",
        "libc": " ".join(platform.libc_ver()),
        "machine": platform.machine(),
    }
