"""From what a user types to one plain mapping: Hydra composes groups, numbers are laid on top.

What the user types wins: an option chosen for a group (`donor=none`) stands instead of what the policy
has in that group; single values (`donor.programme.duration_years=5`) are then laid on it; events are
added to the policy's, unless `~events` takes these away.

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
from asmsim.config.plugins import plugin_config_dirs

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
_NOT_IN_A_SCENARIO = {"seeds": "--seeds", "seed": "--seeds", "n": "--seeds", "threads": "--threads", "out": "--out"}


def list_options(group: str, user_dir: Path | None = None) -> dict[str, Path]:
    """Named options of a group, shipped and the user's, by name."""
    found: dict[str, Path] = {}
    for root in (config_dir(), *plugin_config_dirs(), user_dir):
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


class StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain data only, and no key twice in a mapping."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """A mapping whose keys are distinct."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} occurs twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_text(path: Path) -> str:
    """The text of a user's file; a byte-order mark is dropped.

    Raises
    ------
    ConfigError
        No such file, or not text in UTF-8.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no such file")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: not a text file in UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def parse_yaml(text: str, name: str) -> Any:
    """YAML as plain data, no key twice.

    Raises
    ------
    ConfigError
        In one line, with line and column.
    """
    try:
        return yaml.load(text, StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigError(f"{name}: not valid YAML: {where}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping, checked for code.

    Raises
    ------
    ConfigError
        No such file, not YAML, a key twice, not a mapping, or something forbidden in it.
    """
    data = parse_yaml(read_text(path), path.name)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name}: a mapping is needed, not a {type(data).__name__}")
    forbid_code(data, path.stem)
    forbid_cut_text(data, path.name)
    return data


def forbid_cut_text(data: Any, where: str) -> None:
    """Refuse a key of several words without a value: what YAML makes of a text with a comma and no quotes.

    Raises
    ------
    ConfigError
        There is one.
    """
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if value is None and " " in str(key):
            raise ConfigError(f"{where}: {str(key)!r} has no value; put a text that holds a comma in quotes")
        forbid_cut_text(value, where)


def _check_user_dir(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"--config-dir {folder}: no such folder")
    for path in sorted(folder.rglob("*.yaml")):
        read_yaml(path)


def parse_override(text: str) -> Any:
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
        if meant := [f"{group}={text}" for group in GROUPS if text in list_options(group)]:
            raise ConfigError(f"{text!r}: did you mean {' or '.join(meant)}?")
        raise ConfigError(f"{text!r}: write key=value, for example donor.programme.duration_years=5")
    if key.split(".")[0] in _FORBIDDEN_KEYS or "${" in text:
        raise ConfigError(f"{text!r}: not allowed here")
    if key in _NOT_IN_A_SCENARIO:
        option, value = _NOT_IN_A_SCENARIO[key], text.partition("=")[2]
        raise ConfigError(f"{text!r}: not part of a scenario; write {option} {value}, in Python {option[2:]}={value}")
    try:
        return OverridesParser.create().parse_override(text)
    except HydraException as error:
        closed = all(text.count(a) == text.count(b) for a, b in ("[]", "{}", "()"))
        remedy = "quote texts with commas, colons or brackets in them" if closed else "a bracket is not closed"
        raise ConfigError(f"{text!r}: cannot be read; {remedy} ({str(error).splitlines()[0]:.100})") from error


def split_overrides(overrides: Iterable[str], user_dir: Path | None = None) -> tuple[list[str], list[Any]]:
    """Group choices (for Hydra) and parsed value overrides, in the order given.

    Raises
    ------
    ConfigError
        Not `key=value`; a sweep where one value is needed; an option that does not exist.
    """
    groups: list[str] = []
    values: list[Any] = []
    for typed in overrides:
        text = _without(typed)
        parsed = parse_override(text)
        if parsed.is_sweep_override():
            raise ConfigError(f"{text!r}: several values make a sweep (asmsim sweep); give one value here")
        key = text.split("=", 1)[0].lstrip("+~")
        if key in GROUPS:
            groups.append(text)
            check_option(key, parsed.value(), user_dir)
        else:
            values.append(parsed)
    return groups, values


def _without(text: str) -> str:
    """`~donor` is `donor=none`; other texts are as they are."""
    key = text[1:].split("=", 1)[0]
    if not text.startswith("~") or key not in GROUPS:
        return text
    if key in ("context", "policy"):
        raise ConfigError(f"{text!r}: a scenario needs a {key}; name one with {key}=NAME")
    return f"{key}=none"


def check_option(group: str, value: Any, user_dir: Path | None) -> None:
    """Refuse a name that is no option of a group.

    Raises
    ------
    ConfigError
        Names the nearest, and all that are known.
    """
    known = list_options(group, user_dir)
    for name in value if isinstance(value, list) else [value]:
        if str(name) not in known:
            raise ConfigError(f"{group}={name}: no such option{nearest(str(name), known)}; known: {', '.join(known)}")


def drop_none(data: Any) -> Any:
    """A mapping without its null entries: null means 'the default'."""
    if isinstance(data, Mapping):
        return {k: drop_none(v) for k, v in data.items() if v is not None}
    return [drop_none(v) for v in data] if isinstance(data, list | tuple) else data


def set_value(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The same nested mapping with a dotted key set; None removes it.

    The original is left as it is: what the key does not pass through is shared, not copied, so that a
    sweep lays thousands of values on one base.  Handles and months keep their dots: below `handles`,
    `series` and the like the rest is one key.
    """
    head, _, rest = key.partition(".")
    if rest:
        below = data.get(head)
        below = below if isinstance(below, Mapping) else {}
        value = _with_leaf(below, rest, value) if head in ("handles", "series") else set_value(below, rest, value)
    return _with_leaf(data, head, value)


def dotted_keys(data: Mapping[str, Any], above: str = "") -> list[str]:
    """Dotted keys of a nested mapping, of what holds others too."""
    found = []
    for key, value in data.items():
        found += [f"{above}{key}", *(dotted_keys(value, f"{above}{key}.") if isinstance(value, Mapping) else ())]
    return found


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
    if user_dir is not None:
        _check_user_dir(user_dir)
    groups, values = split_overrides(overrides, user_dir)
    groups = _default_policy(groups, user_dir)
    data = _composed(groups, user_dir)
    chosen = {g.split("=", 1)[0].lstrip("+"): g.split("=", 1)[1] for g in groups}
    if "policy" in chosen:
        data["policy"] = chosen["policy"]
    own = [group for group in chosen if group not in ("context", "policy")]
    if own:  # the policy is composed last and would fill them again
        without = _composed([*(g for g in groups if not g.startswith("policy=")), "policy=none"], user_dir)
        data |= {group: without.get(group) for group in own}
    if any(parsed.is_delete() and parsed.key_or_group == "events" for parsed in values):
        data["events"] = []
    for parsed in values:
        key, value = str(parsed.key_or_group), None if parsed.is_delete() else plain_value(parsed.value())
        if parsed.is_delete() and key != "events" and key not in dotted_keys(data):
            raise ConfigError(f"'~{key}': there is nothing to take away{nearest(key, dotted_keys(data))}")
        if key == "events":
            data["events"] = [*(data.get("events") or []), *_events(parsed, value)]
        else:
            data = set_value(data, key, value)
    complete: dict[str, Any] = drop_none(data)
    return complete


def _composed(groups: Sequence[str], user_dir: Path | None) -> dict[str, Any]:
    """What Hydra makes of group choices, as plain data."""
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    folders = [*([user_dir] if user_dir is not None else []), *plugin_config_dirs()]
    search = [f"hydra.searchpath=[{','.join(f'file://{folder.resolve()}' for folder in folders)}]"] if folders else []
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(config_dir()), version_base="1.3"):
            composed = hydra_compose("config", overrides=[*groups, *search])
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(re.sub(r"\s+", " ", str(error)).strip()) from error
    data: dict[str, Any] = OmegaConf.to_container(composed, resolve=False)
    forbid_code(data, "config")
    return data


def _events(parsed: Any, value: Any) -> list[Any]:
    """Events that a user adds to the policy's."""
    if parsed.is_delete():
        return []
    if isinstance(value, Mapping):
        return [value]
    if not isinstance(value, list) or not value:
        raise ConfigError(
            f"events={value}: events are added to the policy's; write events=[{{from:2015-01,set:{{law.new_land:0}}}}], "
            "or ~events to take the policy's away"
        )
    return value


def list_overrides(overrides: Iterable[str]) -> list[str]:
    """What was typed beyond context, policy and name: the last word on each key, in the order typed."""
    last: dict[str, str] = {}
    for n, text in enumerate(overrides):
        key = text.split("=", 1)[0].lstrip("+")
        if key.lstrip("~") not in ("context", "policy", "name"):
            last[f"{key} {n}" if key == "events" else key] = text.lstrip("+")
    return list(last.values())


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
        path = list_options("context", user_dir).get(chosen["context"])
        policy = read_yaml(path).get("default_policy") if path else None
        return [*groups, f"policy={policy or 'none'}"]
    return groups


def find_folder(group: str, name: str, user_dir: Path | None) -> Path:
    """The folder in which an option's files lie."""
    return list_options(group, user_dir)[name].parent
