"""Files that a user wrote: text in UTF-8, YAML as plain data, and nothing that only seems to be what it says.

Every YAML file goes through `read_yaml`, whoever wrote it.  Refused are: what could run code or read the environment
(`_target_`, `${...}`, `hydra`), a key twice, aliases and deep nesting (which make small files huge), files above 5 MB,
and plain words that versions of YAML read differently (`no`, `010`, `1:30`).
"""

import datetime
import numbers
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from asmsim.config.errors import ConfigError

FORBIDDEN_KEYS = ("_target_", "_partial_", "_recursive_", "_convert_", "hydra")
MOST_BYTES = 5_000_000
MOST_DEPTH = 50
_READ_IN_TWO_WAYS = (
    (re.compile(r"[-+]?0[0-9_]+"), "a number with a leading zero"),
    (re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?"), "a number with a colon"),
    (re.compile(r"[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?"), "a number with an underscore"),
    (re.compile(r"(?i:yes|no|on|off)"), "a truth value"),
)


def forbid_code(data: Any, where: str) -> None:
    """Refuse anything that could run code or read the environment.

    Raises
    ------
    ConfigError
        Names the key or the value.
    """
    if isinstance(data, Mapping):
        for key, value in data.items():
            if str(key) in FORBIDDEN_KEYS:
                raise ConfigError(f"{where}.{key}: a received configuration may not hold {key!r}; remove it")
            forbid_code(value, f"{where}.{key}")
    elif isinstance(data, list | tuple):
        for n, value in enumerate(data):
            forbid_code(value, f"{where}[{n}]")
    elif isinstance(data, str):
        if "${" in data:
            raise ConfigError(f"{where} = {data!r}: interpolation is not allowed; write the value")
    elif not isinstance(data, numbers.Number | datetime.date | None):
        raise ConfigError(f"{where}: a {type(data).__name__} is no plain value; use texts, numbers, lists and mappings")


class StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain data only, no key twice in a mapping, and no word that could mean two things."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """A mapping whose keys are distinct."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} occurs twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """A value that means the same to every reader of YAML."""
        if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:str":
            for pattern, meaning in _READ_IN_TWO_WAYS:
                if pattern.fullmatch(node.value):
                    problem = f"{node.value} may be read as {meaning} or as a text; put a text in quotes, else write it plainly"
                    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_object(node, deep)


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """The text of a user's file of at most so many bytes; a byte-order mark is dropped.

    Raises
    ------
    ConfigError
        No such file, no ordinary file, too large, or not text in UTF-8.
    """
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise ConfigError(f"{path}: not an ordinary file")
            if about.st_size > most:
                raise ConfigError(f"{path.name}: {about.st_size / 1e6:,.0f} MB; at most {most / 1e6:g} MB are read")
            content = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "an Excel workbook; save the sheet as CSV (UTF-8)" if content[:2] == b"PK" else "save it as UTF-8"
        raise ConfigError(f"{path.name}: not a text file in UTF-8 (byte {error.start}); {kind}") from error


def parse_yaml(text: str, name: str, aliases: bool = False) -> Any:
    """YAML as plain data, no key twice; aliases only where the text is as trusted as code.

    Raises
    ------
    ConfigError
        In one line, with line and column.
    """
    try:
        _forbid_bombs(text, aliases)
        return yaml.load(text, StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigError(f"{name}: not valid YAML: {where}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:  # a date such as 2010-02-31; a list as a key
        raise ConfigError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from error


def _forbid_bombs(text: str, aliases: bool) -> None:
    """Refuse what makes a small file huge or a reader fail: aliases, and nesting beyond 50."""
    depth = 0
    for event in yaml.parse(text, StrictLoader):
        at: Any = event.start_mark
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) and not aliases:
            problem = f"alias *{event.anchor} is not allowed; write the value"
            raise yaml.composer.ComposerError(None, None, problem, at)
        if depth > MOST_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"nested more than {MOST_DEPTH} deep", at)


def read_yaml(path: Path, aliases: bool = False) -> dict[str, Any]:
    """A YAML mapping, checked for code.

    Raises
    ------
    ConfigError
        No such file, not YAML, a key twice, not a mapping, or something forbidden in it.
    """
    data = parse_yaml(read_text(path), path.name, aliases)
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


def find_named_file(folder: Path, name: Any, where: str) -> Path:
    """The file that a configuration names, which must lie in the folder of that configuration.

    Raises
    ------
    ConfigError
        Not a name, it leads out of the folder (also by a link), or there is no such file.
    """
    if not isinstance(name, str) or not name or any(ord(letter) < 32 for letter in name):
        raise ConfigError(f"{where}: file = {name!r}: the name of a file is needed")
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ConfigError(f"{where}: file = {name!r}: must lie in {folder.name}/, so write its name from there")
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(
            f"{where}: file = {name!r}: a link that leads out of {folder.name}/; put the file itself there"
        )
    if not path.is_file():
        raise ConfigError(f"{where}: no file {name} in {folder.name}/")
    return path
