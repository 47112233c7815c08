"""From what a user types to one plain mapping: Hydra composes groups, numbers are laid on top.

A configuration from a stranger can neither run code nor read the environment: anything that holds
`_target_`, an interpolation (`${...}`) or a `hydra` key is refused before Hydra sees it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir

GROUPS = (
    "context",
    "policy",
    "legalisation",
    "governance",
    "rights",
    "knowledge",
    "market",
    "donor",
    "enforcement",
)
_FORBIDDEN_KEYS = ("_target_", "_partial_", "_recursive_", "_convert_", "hydra")


def options(group: str, user_dir: Path | None = None) -> dict[str, Path]:
    """Named options of a group, shipped and the user's, by name."""
    found: dict[str, Path] = {}
    for root in (config_dir(), user_dir):
        if root is not None:
            found |= {p.stem: p for p in sorted((root / group).glob("*.yaml"))}
    return found


def forbid_code(data: Any, where: str) -> None:
    """Refuse anything that could run code or read the environment.

    Raises
    ------
    ConfigError
        Names the key or the value.
    """
    if isinstance(data, Mapping):
        for key, value in data.items():
            if str(key) in _FORBIDDEN_KEYS:
                raise ConfigError(f"{where}.{key}: a received configuration may not hold {key!r}; remove it")
            forbid_code(value, f"{where}.{key}")
    elif isinstance(data, list | tuple):
        for n, value in enumerate(data):
            forbid_code(value, f"{where}[{n}]")
    elif isinstance(data, str) and "${" in data:
        raise ConfigError(f"{where} = {data!r}: interpolation is not allowed; write the value")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping, checked for code.

    Raises
    ------
    ConfigError
        No such file, not YAML, not a mapping, or something forbidden in it.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no such file")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path.name}: not valid YAML: {error}") from error
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name}: a mapping is needed, not a {type(data).__name__}")
    forbid_code(data, path.stem)
    return data


def _check_user_dir(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"--config-dir {folder}: no such folder")
    for path in sorted(folder.rglob("*.yaml")):
        read_yaml(path)


def parse(text: str) -> Any:
    """One override in Hydra's grammar, as Hydra's own parsed object; it may hold several values.

    Raises
    ------
    ConfigError
        Not `key=value`, or something that a received configuration may not hold.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    key = text.split("=", 1)[0].lstrip("+~")
    if "=" not in text and not text.startswith("~"):
        raise ConfigError(f"{text!r}: write key=value, for example donor.programme.duration_years=5")
    if key.split(".")[0] in _FORBIDDEN_KEYS or "${" in text:
        raise ConfigError(f"{text!r}: not allowed here")
    try:
        return OverridesParser.create().parse_override(text)
    except HydraException as error:
        raise ConfigError(f"{text!r}: {str(error).splitlines()[0]}") from error


def split(overrides: Iterable[str], user_dir: Path | None = None) -> tuple[list[str], list[Any]]:
    """Group choices (for Hydra) and parsed value overrides, in the order given.

    Raises
    ------
    ConfigError
        Not `key=value`; a sweep where one value is needed; an option that does not exist.
    """
    groups: list[str] = []
    values: list[Any] = []
    for text in overrides:
        parsed = parse(text)
        if parsed.is_sweep_override():
            raise ConfigError(f"{text!r}: several values make a sweep (asmsim sweep); give one value here")
        key = text.split("=", 1)[0].lstrip("+~")
        if key in GROUPS:
            groups.append(text)
            check_option(key, parsed.value(), user_dir)
        else:
            values.append(parsed)
    return groups, values


def check_option(group: str, value: Any, user_dir: Path | None) -> None:
    """Refuse a name that is no option of a group.

    Raises
    ------
    ConfigError
        Names the nearest, and all that are known.
    """
    known = options(group, user_dir)
    for name in value if isinstance(value, list) else [value]:
        if str(name) not in known:
            raise ConfigError(f"{group}={name}: no such option{nearest(str(name), known)}; known: {', '.join(known)}")


def drop_none(data: Any) -> Any:
    """A mapping without its null entries: null means 'the default'."""
    if isinstance(data, Mapping):
        return {k: drop_none(v) for k, v in data.items() if v is not None}
    return [drop_none(v) for v in data] if isinstance(data, list | tuple) else data


def with_value(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The same nested mapping with a dotted key set; None removes it.

    The original is left as it is: what the key does not pass through is shared, not copied, so that a
    sweep lays thousands of values on one base.  Handles and months keep their dots: below `handles`,
    `series` and the like the rest is one key.
    """
    head, _, rest = key.partition(".")
    if rest:
        below = data.get(head)
        below = below if isinstance(below, Mapping) else {}
        value = _with_leaf(below, rest, value) if head in ("handles", "series") else with_value(below, rest, value)
    return _with_leaf(data, head, value)


def _with_leaf(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {k: v for k, v in data.items() if k != key}
    return {**data, key: value}


def compose(overrides: Sequence[str] = (), user_dir: Path | None = None) -> dict[str, Any]:
    """One plain mapping: shipped config, the user's folder, group choices, then single values.

    Raises
    ------
    ConfigError
        With the place and the remedy.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if user_dir is not None:
        _check_user_dir(user_dir)
    groups, values = split(overrides, user_dir)
    groups = _default_policy(groups, user_dir)
    search = [f"hydra.searchpath=[file://{user_dir.resolve()}]"] if user_dir is not None else []
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(config_dir()), version_base="1.3"):
            composed = hydra_compose("config", overrides=[*groups, *search])
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(re.sub(r"\s+", " ", str(error)).strip()) from error
    data: dict[str, Any] = OmegaConf.to_container(composed, resolve=False)
    forbid_code(data, "config")
    for parsed in values:
        data = with_value(data, str(parsed.key_or_group), None if parsed.is_delete() else plain_value(parsed.value()))
    complete: dict[str, Any] = drop_none(data)
    return complete


def plain_value(value: Any) -> Any:
    """A parsed value as plain data."""
    from hydra.core.override_parser.types import QuotedString

    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {str(k.text if isinstance(k, QuotedString) else k): plain_value(v) for k, v in value.items()}
    return [plain_value(v) for v in value] if isinstance(value, list) else value


def _default_policy(groups: list[str], user_dir: Path | None) -> list[str]:
    """A context may name the policy that goes with it, where the user names none."""
    chosen = {g.split("=", 1)[0].lstrip("+"): g.split("=", 1)[1] for g in groups}
    if "context" in chosen and "policy" not in chosen:
        path = options("context", user_dir).get(chosen["context"])
        policy = read_yaml(path).get("default_policy") if path else None
        return [*groups, f"policy={policy or 'none'}"]
    return groups


def folder_of(group: str, name: str, user_dir: Path | None) -> Path:
    """The folder in which an option's files lie."""
    return options(group, user_dir)[name].parent
