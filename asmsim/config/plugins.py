"""Extensions from outside the package: levers, outcomes, designs, contexts and experiments of a user's own.

A plugin is a Python module that registers things when it is imported, and may name a folder of configs (`CONFIG_DIR`)
and one of experiments (`EXPERIMENTS`).  It is found through the entry point `asmsim.plugins` of an installed package,
through `--plugins FILE.py`, or through `load_plugin` in Python.  Loading a plugin runs its code: use only what you trust.
"""

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from asmsim.config.errors import ConfigError

GROUP = "asmsim.plugins"
VARIABLE = "ASMSIM_PLUGINS"
"""Environment variable with the files to load; worker processes inherit it."""
_LOADED: dict[str, ModuleType] = {}
Rows = Sequence[Mapping[str, Any]]
Design = Callable[[Mapping[str, Sequence[Any]], Mapping[str, tuple[float, float]], int | None, int], Rows]
OWN_DESIGNS: dict[str, Design] = {}
"""Designs that plugins add, by name."""


def design(name: str) -> Callable[[Design], Design]:
    """Register a function as a design of sweeps, for `--design NAME`.

    It takes the listed values by key, the bounds of intervals by key, how many points are asked for (None = not said)
    and the design's seed, and returns one mapping of keys to values for each point.

    Raises
    ------
    ConfigError
        The name is taken.
    """

    def register(function: Design) -> Design:
        if name in OWN_DESIGNS and OWN_DESIGNS[name].__module__ != function.__module__:
            raise ConfigError(f"design {name}: there is one of this name already; choose another")
        OWN_DESIGNS[name] = function
        return function

    return register


_UNDER_WAY: list[bool] = []


def load_plugins() -> None:
    """Load every plugin that is installed or named, once; called before the first scenario is made."""
    if _UNDER_WAY:  # by what a plugin imports
        return
    _UNDER_WAY.append(True)
    try:
        for entry in entry_points(group=GROUP):
            if entry.value not in _LOADED:
                _LOADED[entry.value] = entry.load()
        for path in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
            _load_file(Path(path))
    finally:
        _UNDER_WAY.clear()


def load_plugin(file: str | Path) -> None:
    """Load a plugin from a file, here and in every process that this one starts.

    Raises
    ------
    ConfigError
        No such file, its code fails, or a scenario has been made already, which knows the levers of then.
    """
    path = Path(file).expanduser().resolve()
    if str(path) in _LOADED:
        return
    if "asmsim.model.scenario" in sys.modules:
        raise ConfigError(f"{path.name}: load plugins before the first scenario is made; restart Python, load it first")
    if not path.is_file():
        raise ConfigError(f"--plugins {file}: no such file")
    named = [*filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)), str(path)]
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys(named))


def _load_file(path: Path) -> None:
    if str(path) in _LOADED:
        return
    name = f"asmsim_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError(f"--plugins {path}: no Python file there")
    module = _LOADED[str(path)] = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ConfigError:
        raise
    except Exception as error:
        del _LOADED[str(path)]
        raise ConfigError(f"--plugins {path}: its code fails ({type(error).__name__}: {error})") from error


def _folders(name: str) -> list[Path]:
    load_plugins()
    found = (getattr(module, name, None) for module in _LOADED.values())
    return [Path(folder) for folder in found if folder is not None]


def plugin_config_dirs() -> list[Path]:
    """Folders of configs that plugins bring, in the order in which they were loaded."""
    return _folders("CONFIG_DIR")


def plugin_experiments() -> list[Path]:
    """Folders of experiments that plugins bring."""
    return _folders("EXPERIMENTS")
