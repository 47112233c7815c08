"""What a result came from: content hashes, code version, machine; nothing that names a person or a place."""

import hashlib
import json
import platform
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent
_ROOMS = ("engine", "model", "config", *(f"sweep/{name}.py" for name in ("dates", "histories", "scenarios", "tables")))


@cache
def code_hash() -> str:
    """Hash of the sources and tables that decide a run's bytes."""
    from asmsim.config.paths import config_dir

    digest = hashlib.sha256()
    rooms = [_PACKAGE / room for room in _ROOMS]
    files = [p for room in rooms for p in (sorted(room.rglob("*.py")) if room.is_dir() else [room])]
    for path in [*files, config_dir() / "parameters.csv"]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def package_version() -> str:
    """Version of asmsim."""
    try:
        return version("asmsim")
    except PackageNotFoundError:
        return "0+uninstalled"


def content_id(data: Any, seeds: Sequence[int] = ()) -> str:
    """Id of a run: hash of what was asked, of the code, and of the seeds."""
    text = json.dumps([data, code_hash(), list(seeds)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def provenance(scenario: Any, seeds: Sequence[int]) -> dict[str, Any]:
    """What a reader needs to reproduce a result.

    Parameters
    ----------
    scenario
        The resolved scenario as plain data.
    seeds
        Seeds that were run.
    """
    import numba
    import numpy

    return {
        "run_id": content_id(scenario, seeds),
        "asmsim": package_version(),
        "code": code_hash(),
        "scenario_sha256": hashlib.sha256(json.dumps(scenario, sort_keys=True, default=str).encode()).hexdigest(),
        "seeds": list(seeds),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": numba.__version__,
        "libc": " ".join(platform.libc_ver()),
        "machine": platform.machine(),
    }
