"""Scenarios by name: what the command line and the Python interface both begin with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from asmsim.config.compose import compose, folder_of, forbid_code, read_yaml
from asmsim.config.errors import ConfigError
from asmsim.model.context import resolve_files
from asmsim.model.scenario import Scenario, make


def scenario(*overrides: str, config_dir: str | Path | None = None, **keys: Any) -> Scenario:
    """A scenario from what a user would type.

    Parameters
    ----------
    overrides
        `"context=generic"`, `"legalisation=at_once"`, `"donor.programme.duration_years=5"`, ...
    config_dir
        A folder with the user's own `context/`, `policy/` and so on.
    keys
        The same with Python values; dots are written as double underscores
        (`donor__programme__duration_years=5`).

    Raises
    ------
    ConfigError
        Unknown key, wrong unit or range, missing series month, event outside the horizon.

    Examples
    --------
    >>> s = scenario("context=generic", "policy=five_ingredients", donor__programme__duration_years=5)
    >>> s.donor.programme.duration_years
    5.0
    """
    typed = [*overrides, *(f"{key.replace('__', '.')}={_text(value)}" for key, value in keys.items())]
    folder = Path(config_dir) if config_dir is not None else None
    data = compose(typed, folder)
    return make(_with_files(data, folder))


def load(path: str | Path) -> Scenario:
    """A scenario from a resolved `scenario.yaml`."""
    return make(read_yaml(Path(path)))


def from_mapping(data: Mapping[str, Any]) -> Scenario:
    """A scenario from plain data such as `Scenario.dump()` gives."""
    forbid_code(data, "scenario")
    return make(dict(data))


def to_yaml(scenario: Scenario) -> str:
    """The fully resolved scenario as YAML; runs again to identical bytes."""
    text: str = yaml.safe_dump(scenario.dump(), sort_keys=True, allow_unicode=True, width=110)
    return text


def _with_files(data: dict[str, Any], user_dir: Path | None) -> dict[str, Any]:
    context = data.get("context")
    if not isinstance(context, dict) or "name" not in context:
        raise ConfigError("context: missing; choose one with context=NAME")
    folder = folder_of("context", str(context["name"]), user_dir)
    return data | {"context": resolve_files(context, folder)}


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(_text(v) for v in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{k}:{_text(v)}" for k, v in value.items()) + "}"
    return "null" if value is None else str(value)
