"""Named options of each group of the configuration: shipped ones, those of plugins, and the user's own.

A name means one thing: an option of one's own that has the name of another is refused.
"""

import keyword
import os
import re
from pathlib import Path
from typing import Any

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir
from asmsim.config.plugins import plugin_config_dirs
from asmsim.config.yaml_files import read_text, read_yaml

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
_NAME = re.compile(r"[\w][\w.+-]*")
_EVERYWHERE = re.compile(r"(\s*#[^\n]*\n|\s*\n)*\s*#\s*@package\s+_global_\s*(\n|$)")
_DEFAULT = re.compile(r"(?:override )?/?(\w+)")
VALUES = ("null", "true", "false", "nan", "inf", "yes", "no", "on", "off")
"""Words that YAML or the command line read as a value, so that they cannot be names of one's own."""


def list_options(group: str, user_dir: Path | None = None) -> dict[str, Path]:
    """Named options of a group by name: shipped, of plugins, the user's.

    Raises
    ------
    ConfigError
        A name that is there already.
    """
    found: dict[str, Path] = {}
    for root in (config_dir(), *plugin_config_dirs(), user_dir):
        for path in sorted((root / group).glob("*.yaml")) if root is not None else ():
            if path.stem in found and path.resolve() != found[path.stem].resolve():
                raise ConfigError(
                    f"{group}/{path.name}: there is a {group} called {path.stem!r} already; give yours a name of its "
                    f"own, for example my_{path.name}"
                )
            found[path.stem] = path
    return found


def find_groups(name: str) -> list[str]:
    """Groups that have a shipped option of this name."""
    return [group for group in GROUPS if name in list_options(group)]


def check_option(group: str, value: Any, user_dir: Path | None) -> None:
    """Refuse a name that is no option of a group.

    Raises
    ------
    ConfigError
        Names the nearest, and all that are known.
    """
    known = list_options(group, user_dir)
    if group in ("context", "policy", "legalisation") and not isinstance(value, str):
        raise ConfigError(f"{group}={value}: needs the name of one {group}; known: {', '.join(known)}")
    if isinstance(value, dict):
        raise ConfigError(f"{group}: takes names of options ({', '.join(known)}); set a lever with {group}.LEVER")
    for name in value if isinstance(value, list | tuple) else [value]:
        if name not in known:
            raise ConfigError(
                f"{group}={name}: no such option{nearest(str(name).lower(), known)}; known: {', '.join(known)}"
            )


def check_name(name: str, what: str) -> None:
    """Refuse a name for something new that could not be typed as it is.

    Raises
    ------
    ConfigError
        Other letters than a-z, digits and _, or a word that is read as a value or by Python.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", name):
        raise ConfigError(f"{what} {name!r}: a name is letters a-z, digits and underscores, and begins with a letter")
    if name.lower() in (*VALUES, "none") or keyword.iskeyword(name):
        raise ConfigError(f"{what} {name!r}: is read as a value where it is typed; choose another, such as my_{name}")


def check_user_dir(folder: Path) -> None:
    """Read every file of a user's configuration, so that nothing in it is used unchecked.

    Raises
    ------
    ConfigError
        No such folder, a file that is not as it must be, or a link that leads out of the folder.
    """
    if not folder.is_dir():
        raise ConfigError(f"--config-dir {folder}: no such folder")
    for group in GROUPS:
        list_options(group, folder)
    top = folder.resolve()
    for group in (*GROUPS, "pattern"):
        for place, folders, files in os.walk(folder / group):  # which does not follow links
            for path in (Path(place), *(Path(place) / name for name in sorted([*folders, *files]))):
                if path.is_symlink() and not path.resolve().is_relative_to(top):
                    raise ConfigError(f"{path}: a link that leads out of {folder.name}/; put the file itself there")
                if path.is_symlink() and path.is_dir():
                    raise ConfigError(f"{path}: a link to a folder; put the folder itself there")
            for name in sorted(files):
                if name.endswith(".yaml"):
                    _check_file(Path(place) / name, group, folder)


def _check_file(path: Path, group: str, folder: Path) -> None:
    data = read_yaml(path)
    if path.parent == folder / group and not _NAME.fullmatch(path.stem):
        raise ConfigError(f"{group}/{path.name}: use letters, digits, _ and - only in the name of an option")
    where = f"{group}/{path.name}"
    if group == "policy" and not _EVERYWHERE.match(read_text(path)):
        raise ConfigError(f"{where}: must begin with the line '# @package _global_', or nothing in it would count")
    for key in data:
        if not isinstance(key, str):
            raise ConfigError(f"{where}: {key!r}: a key must be a text")
    defaults = data.get("defaults") or []
    if not isinstance(defaults, list):
        raise ConfigError(f"{where}: defaults: a list such as [override /market: full] is needed")
    chosen = [name for entry in defaults for name in _check_default(entry, group, folder, where)]
    for n, name in enumerate(chosen):
        if name in chosen[:n]:
            raise ConfigError(f"{where}: defaults: {name} is there twice")
    if path.stem in defaults:
        raise ConfigError(f"{where}: defaults: {path.stem} builds on itself")


def _check_default(entry: Any, group: str, folder: Path, where: str) -> list[str]:
    """Refuse an entry of Hydra's `defaults` that names anything but options of the groups; returns the groups."""
    if entry == "_self_":
        return ["_self_"]
    named = []
    for key, value in list(entry.items()) if isinstance(entry, dict) else [(group, entry)]:
        found = _DEFAULT.fullmatch(str(key))
        if found is None or found[1] not in GROUPS:
            raise ConfigError(f"{where}: defaults: {key}: is no group; known: {', '.join(GROUPS)}")
        for name in value if isinstance(value, list) else [value]:
            if name is not None:
                check_option(found[1], name, folder)
        named.append(found[1])
    return named
