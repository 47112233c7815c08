"""Where the shipped configuration lies: beside the package in a checkout, inside it once installed."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def config_dir() -> Path:
    """The folder of shipped configs."""
    inside = _PACKAGE / "configs"
    return inside if inside.is_dir() else _PACKAGE.parent / "configs"


def evidence_dir() -> Path:
    """The project's own copy of the evidence."""
    return _PACKAGE / "data" / "evidence"
