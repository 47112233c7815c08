"""Worlds of levers: for each a country in which its problem is present, its doses there, and how it fails.

`configs/levers.yaml` lists them.  They are what tests of levers, `asmsim show levers` and `results/levers/` read.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import ValidationError

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir
from asmsim.config.schema import Closed, field
from asmsim.config.yaml_files import read_yaml
from asmsim.model.levers.base import Expectation

FILE = "levers.yaml"


class SharedWorld(Closed):
    """Settings that several levers' worlds have in common, and why they are so."""

    because: str
    sources: str = "assumed"
    keys: dict[str, Any]


class LeverWorld(Closed):
    """A country in which a lever's problem is present, its doses there, what is measured, and how it fails."""

    name: str = field(..., "the lever's dotted name; a second instrument of it after a slash")
    country: str = field(..., "the problem, as it follows `In a country where`")
    action: str = field(..., "what the highest dose does, as the subject of a sentence in the singular")
    keys: dict[str, Any] = field(..., "settings that scenarios with and without the lever share")
    because: str = field(..., "why the world is so")
    sources: str = field("assumed", "evidence ids of the world, or assumed")
    along: str = field(..., "field of the lever that is varied")
    doses: tuple[float, ...] = field(..., "its values, from the weakest to the strongest")
    none: float | str = field(0.0, "where no dose stands on the axis: a number, or a word where there is no such place")
    dose: dict[str, Any] = field({}, "other fields, the same at every dose")
    outcome: str
    sign: Literal[-1, 1]
    by_donor: bool = field(True, "whether a donor could pay for it")
    lasts: bool = field(True, "whether it can end at half time, so that what is left can be measured")
    fails_when: dict[str, Any] = field(..., "settings under which it does nothing or harm")
    harms: str = field("", "what it makes worse where it fails, if that is not the outcome itself")
    argument: str = field("", "where it does nothing: why that is as it should be")

    @property
    def lever(self) -> str:
        """Dotted name of the lever."""
        return self.name.partition("/")[0]

    def dose_at(self, value: float) -> dict[str, Any]:
        """Every field of the lever at one value of the one that is varied."""
        from asmsim.model.levers import all_levers

        whole = all_levers()[self.lever].model_fields[self.along].annotation is int
        return self.dose | {self.along: int(value) if whole else value}

    @property
    def expectation(self) -> Expectation:
        """What is expected at the highest dose."""
        return Expectation(self.outcome, self.sign, self.dose_at(self.doses[-1]), self.fails_when, self.harms or None)


@cache
def read_worlds() -> Mapping[str, LeverWorld]:
    """Return the worlds of all shipped levers by name.

    Raises
    ------
    ConfigError
        A row of the file is not such.
    """
    data = read_yaml(config_dir() / FILE)
    shared = {name: SharedWorld(**row) for name, row in data["worlds"].items()}
    found = {}
    for name, row in data["levers"].items():
        base = shared[row["world"]]
        sources = " ".join(s for s in (base.sources, row.get("sources", "assumed")) if s != "assumed") or "assumed"
        merged = {key: value for key, value in row.items() if key not in ("world", "more")} | {
            "name": name,
            "keys": base.keys | row.get("more", {}),
            "because": f"{base.because} {row['because']}".strip(),
            "sources": sources,
        }
        try:
            found[name] = LeverWorld(**merged)
        except ValidationError as error:
            raise ConfigError(f"{FILE}: {name}: {error}") from error
    return found


def find_world(name: str) -> LeverWorld:
    """Return the world of a lever.

    Raises
    ------
    ConfigError
        It has none.
    """
    if name not in read_worlds():
        raise ConfigError(f"{FILE}: no world for {name}{nearest(name, read_worlds())}")
    return read_worlds()[name]


def list_worlds(lever: str | None = None) -> list[LeverWorld]:
    """Return the worlds of a lever, each of its instruments with its own, or those of all levers.

    Raises
    ------
    ConfigError
        The lever has none.
    """
    found = [world for world in read_worlds().values() if lever in (None, world.lever)]
    return found or [find_world(str(lever))]
