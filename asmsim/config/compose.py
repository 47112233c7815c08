"""From what a user types to one plain mapping: Hydra composes groups, numbers are laid on top.

What the user types wins: an option chosen for a group (`donor=none`) stands instead of what the policy
has in that group; single values (`donor.programme.duration_years=5`) are then laid on it; events are
added to the policy's, unless `~events` takes these away.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.groups import check_option, check_user_dir, list_options
from asmsim.config.paths import config_dir
from asmsim.config.plugins import plugin_config_dirs
from asmsim.config.settings import Setting, resolve_settings, write_value
from asmsim.config.yaml_files import forbid_code, read_yaml

_ONE_KEY_BELOW = ("handles", "series", "set", "scale", "ramp")
"""Below these the rest of a dotted key is one key, since names of handles and months keep their dots."""


def drop_none(data: Any) -> Any:
    """A mapping without its null entries: null means 'the default'."""
    if isinstance(data, Mapping):
        return {k: drop_none(v) for k, v in data.items() if v is not None}
    return [drop_none(v) for v in data] if isinstance(data, list | tuple) else data


def set_value(data: Mapping[str, Any], key: str, value: Any, above: str = "") -> dict[str, Any]:
    """The same nested mapping with a dotted key set; None removes it.

    The original is left as it is: what the key does not pass through is shared, not copied, so that a
    sweep lays thousands of values on one base.

    Raises
    ------
    ConfigError
        The key leads through something that is no mapping, such as a list.
    """
    head, _, rest = key.partition(".")
    if rest:
        below = data.get(head)
        if value is None and not isinstance(below, Mapping):
            return dict(data)  # nothing there to be removed
        if below is not None and not isinstance(below, Mapping):
            place = f"{above}{head}"
            kind = "a list" if isinstance(below, list | tuple) else repr(below)
            raise ConfigError(
                f"{above}{key}: {place} is {kind} here, so nothing in it has this name; set {place} whole"
            )
        below = below or {}
        value = (
            _with_leaf(below, rest, value)
            if head in _ONE_KEY_BELOW
            else set_value(below, rest, value, f"{above}{head}.")
        )
    return _with_leaf(data, head, value)


def _with_leaf(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {k: v for k, v in data.items() if k != key}
    return {**data, key: value}


def dotted_keys(data: Mapping[str, Any], above: str = "") -> list[str]:
    """Dotted keys of a nested mapping, of what holds others too."""
    found = []
    for key, value in data.items():
        found += [f"{above}{key}", *(dotted_keys(value, f"{above}{key}.") if isinstance(value, Mapping) else ())]
    return found


def lay_on(data: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The same data with the value of a setting laid on it: events are added, anything else is replaced.

    Raises
    ------
    ConfigError
        The key leads through something that is no mapping, or events are no list of mappings.
    """
    value = drop_none(value)
    if key == "events":
        return {**data, "events": [*(data.get("events") or []), *_as_events(value)]}
    return set_value(data, key, value)


def _as_events(value: Any) -> list[Any]:
    """Events that a user adds to the policy's."""
    if isinstance(value, Mapping):
        return [value]
    if not isinstance(value, list | tuple) or not value:
        raise ConfigError(
            f"events={write_value(value)}: events are added to the policy's; write "
            "events=[{from:2015-01,set:{law.new_land:0}}], or ~events to take the policy's away"
        )
    return list(value)


def compose(settings: Sequence[Setting] = (), user_dir: Path | None = None) -> dict[str, Any]:
    """One plain mapping: shipped config, the user's folder, group choices, then single values.

    Raises
    ------
    ConfigError
        With the place and the remedy.
    """
    if user_dir is not None:
        check_user_dir(user_dir)
    settings = resolve_settings(settings)
    chosen: dict[str, Any] = {s.key: s.value for s in settings if s.chooses}
    for group, option in chosen.items():
        check_option(group, option, user_dir)
    if "context" in chosen and "policy" not in chosen:  # a context may name the policy that goes with it
        path = list_options("context", user_dir)[str(chosen["context"])]
        chosen["policy"] = read_yaml(path).get("default_policy") or "none"
        check_option("policy", chosen["policy"], user_dir)
    data = _composed(chosen, user_dir)
    name = chosen.get("context") or data["context"].get("name")
    if "policy" in chosen:
        data["policy"] = chosen["policy"]
    own = [group for group in chosen if group not in ("context", "policy")]
    if own:  # the policy is composed last and would fill them again
        without = _composed(chosen | {"policy": "none"}, user_dir)
        data |= {group: without.get(group) for group in own}
    if any(s.removes and s.key == "events" for s in settings):
        data["events"] = []
    for setting in settings:
        if setting.chooses or (setting.removes and setting.key == "events"):
            continue
        if setting.removes and setting.key not in (known := dotted_keys(data)):
            raise ConfigError(f"'~{setting.key}': there is nothing to take away{nearest(setting.key, known)}")
        data = lay_on(data, setting.key, setting.value)
    complete: dict[str, Any] = drop_none(data)
    named = (complete.get("context") or {}).get("name") if isinstance(complete.get("context"), Mapping) else None
    if named is not None and named != name:
        raise ConfigError(f"context.name = {named!r}: a context's name is that of its file, {name}; set context.title")
    return complete


def _composed(chosen: Mapping[str, Any], user_dir: Path | None) -> dict[str, Any]:
    """What Hydra makes of group choices, as plain data."""
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    typed = [f"{group}={write_value(option)}" for group, option in chosen.items()]
    folders = [*([user_dir] if user_dir is not None else []), *plugin_config_dirs()]
    GlobalHydra.instance().clear()
    try:
        with _search_in(folders), initialize_config_dir(str(config_dir()), version_base="1.3"):
            composed = hydra_compose("config", overrides=typed)
            data: dict[str, Any] = OmegaConf.to_container(composed, resolve=False)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{' '.join(typed)}: {_NO_MAPPING}") from error
    except HydraException as error:
        said = _NO_MAPPING if "Error raised while composing" in str(error) else str(error).splitlines()[0]
        raise ConfigError(f"{' '.join(typed)}: {said}") from error
    except RecursionError as error:
        raise ConfigError(f"{' '.join(typed)}: their defaults lead back to themselves") from error
    if isinstance(data.get("policy"), dict):
        raise ConfigError(f"policy={chosen.get('policy')}: its file must begin with the line '# @package _global_'")
    forbid_code(data, "config")
    return data


_NO_MAPPING = (
    "a list or a number stands where a mapping is needed; compare its file with a shipped one (asmsim show policy)"
)
_FOLDERS: list[Path] = []


@contextmanager
def _search_in(folders: Sequence[Path]) -> Iterator[None]:
    """Let Hydra find options in these folders too, whatever letters their names hold."""
    _register_search()
    _FOLDERS[:] = folders
    try:
        yield
    finally:
        _FOLDERS.clear()


@cache
def _register_search() -> None:
    from hydra.core.config_search_path import ConfigSearchPath
    from hydra.core.plugins import Plugins
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    class OwnFolders(SearchPathPlugin):  # type: ignore[misc]
        """Folders of configurations beside the shipped one."""

        def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
            """Append the folders of the scenario that is being composed."""
            for folder in _FOLDERS:
                search_path.append("asmsim", str(folder.resolve()))

    Plugins.instance().register(OwnFolders)


def find_folder(group: str, name: str, user_dir: Path | None) -> Path:
    """The folder in which an option's files lie."""
    return list_options(group, user_dir)[name].parent
