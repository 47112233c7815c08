"""Where the shipped configuration lies, beside the package in a checkout, inside it once installed; and users' paths."""

import os
from functools import cache
from pathlib import Path

from asmsim.config.characters import CONTROL
from asmsim.config.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def config_dir() -> Path:
    """The folder of shipped configs."""
    inside = _PACKAGE / "configs"
    return inside if inside.is_dir() else _PACKAGE.parent / "configs"


def evidence_dir() -> Path:
    """The project's own copy of the evidence."""
    return _PACKAGE / "data" / "evidence"


def leave_out_working_folder() -> None:
    """Let processes that this one starts import nothing from the folder in which they happen to be started.

    A file there that is called like a module would run in each of them.
    """
    os.environ["PYTHONSAFEPATH"] = "1"


def expand_path(given: str | Path) -> Path:
    """Return a path that a user gave, with `~` expanded and made absolute; links in it are left.

    Every path passes here once, where it comes in, so that what is stored or run elsewhere means the same place.

    Raises
    ------
    ConfigError
        It is empty, or holds characters that no script or table of results could carry.
    """
    text = os.fspath(given)
    if not text or CONTROL.search(text) or "\n" in text or "\t" in text:
        what = "has control characters, or is not UTF-8" if text else "is empty"
        raise ConfigError(f"path {text!a}: {what}; give another name")
    return Path(os.path.abspath(os.path.expanduser(text)))
