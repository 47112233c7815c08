"""Errors that name the value, the place and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches


class AsmsimError(Exception):
    """Base of all errors that are the user's to mend."""


class ConfigError(AsmsimError):
    """A configuration that cannot be run; nothing has been written."""


class ConservationError(AsmsimError):
    """A run in which gold, money, people or files were made or lost: a defect, never a result."""


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
