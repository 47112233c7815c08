"""Settings: what a user typed, one key and its value each, in Hydra's grammar or as Python values.

The last word on a key wins.  What would take an earlier setting away without saying so (`donor=none` after
`donor.programme.duration_years=7`) is refused, so that a title never tells more than what holds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asmsim.config.characters import CONTROL
from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS, VALUES, find_groups
from asmsim.config.yaml_files import FORBIDDEN_KEYS, forbid_code

_NOT_IN_A_SCENARIO = {"seeds": "--seeds", "seed": "--seeds", "n": "--seeds", "threads": "--threads", "out": "--out"}
_BASES = ("context", "policy", "name")
_PLAIN = re.compile(r"[A-Za-z_][\w./+-]*|\d{4}-\d\d", re.ASCII)
_QUOTED_OR_WORD = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^,\[\]{}():'"=\\]+""")


@dataclass(frozen=True)
class Setting:
    """A key and the value that the user gives it.

    Attributes
    ----------
    removes
        Whether the key is taken away (`~key`).
    text
        What was typed, for the record.
    """

    key: str
    value: Any
    text: str
    removes: bool = False

    @property
    def chooses(self) -> bool:
        """Whether it chooses options of a group."""
        return self.key in GROUPS


def parse_override(text: str) -> Any:
    """One override in Hydra's grammar, as Hydra's own parsed object; it may hold several values.

    Raises
    ------
    ConfigError
        Not `key=value`, or something that a received configuration may not hold.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    if not isinstance(text, str):
        raise ConfigError(f"{text!r}: a text such as 'donor.programme.duration_years=5' is needed")
    _check_letters(text)
    key = text.split("=", 1)[0].lstrip("+~")
    if "=" not in text and not text.startswith("~"):
        if meant := [f"{group}={text}" for group in find_groups(text)]:
            raise ConfigError(f"{text!r}: did you mean {' or '.join(meant)}?")
        raise ConfigError(f"{text!r}: write key=value, for example donor.programme.duration_years=5")
    if key.split(".")[0] in FORBIDDEN_KEYS or "${" in text:
        raise ConfigError(f"{text!r}: not allowed here")
    if not all(key.split(".")) or "@" in key or " " in key:
        raise ConfigError(f"{text!r}: {key!r} is no key; write key=value, for example donor.programme.duration_years=5")
    if key in _NOT_IN_A_SCENARIO:
        option, value = _NOT_IN_A_SCENARIO[key], text.partition("=")[2]
        raise ConfigError(f"{text!r}: not part of a scenario; write {option} {value}, in Python {option[2:]}={value}")
    try:
        parsed = OverridesParser.create().parse_override(_quote_letters(text))
    except (HydraException, RecursionError) as error:
        closed = all(text.count(a) == text.count(b) for a, b in ("[]", "{}", "()"))
        remedy = (
            "put a text that holds a comma, a colon, a bracket or a quote into quotes, for example 'name=\"a, b\"'"
            if closed
            else "a bracket is not closed"
        )
        raise ConfigError(f"{text[:200]!r}: cannot be read; {remedy}") from error
    if parsed.is_delete() and "=" in text:
        raise ConfigError(f"{text!r}: takes {key} away, so give it no value: ~{key}")
    return parsed


def _check_letters(text: str) -> None:
    """Refuse letters that no terminal and no file shows as they are."""
    if found := CONTROL.search(text) or re.search(r"[\n\t]", text):
        raise ConfigError(f"{text[:100]!r}: holds {found[0]!r}, which cannot be printed; remove it")


def _quote_letters(text: str) -> str:
    """The same with words of letters beyond ASCII in quotes, since the grammar reads such words only there."""
    key, sign, value = text.partition("=")
    if value.isascii():
        return text

    def quote(found: re.Match[str]) -> str:
        word = found[0]
        bare = word.strip()
        if word.isascii() or word[0] in "\"'" or not bare:
            return word
        return word.replace(bare, f'"{bare}"')

    return key + sign + _QUOTED_OR_WORD.sub(quote, value)


def plain_value(value: Any) -> Any:
    """A parsed value as plain data."""
    from hydra.core.override_parser.types import QuotedString

    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {str(k.text if isinstance(k, QuotedString) else k): plain_value(v) for k, v in value.items()}
    return [plain_value(v) for v in value] if isinstance(value, list) else value


def parse_setting(text: str) -> Setting:
    """A setting from what was typed.

    Raises
    ------
    ConfigError
        Not `key=value`, or a sweep where one value is needed.
    """
    parsed = parse_override(text)
    if parsed.is_sweep_override():
        raise ConfigError(f"{text!r}: several values make a sweep (asmsim sweep); give one value here")
    key = str(parsed.key_or_group)
    if not parsed.is_delete():
        return Setting(key, plain_value(parsed.value()), text.lstrip("+"))
    if key in ("context", "policy"):
        raise ConfigError(f"{text!r}: a scenario needs a {key}; name one with {key}=NAME")
    return Setting(key, "none" if key in GROUPS else None, text, removes=True)


def make_setting(key: str, value: Any) -> Setting:
    """A setting from a key and a Python value, which is taken as it is.

    Raises
    ------
    ConfigError
        Something that a received configuration may not hold.
    """
    if key.split(".", maxsplit=1)[0] in FORBIDDEN_KEYS:
        raise ConfigError(f"{key!r}: not allowed here")
    if key in _NOT_IN_A_SCENARIO:
        raise ConfigError(f"{key}: not part of a scenario; give {_NOT_IN_A_SCENARIO[key][2:]} to run, compare or sweep")
    forbid_code(value, key)
    return Setting(key, value, f"{key}={write_value(value)}")


def write_value(value: Any) -> str:
    """A value as it is typed; a text in quotes where it would be read as something else."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{k}:{write_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(write_value, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in VALUES
        return value if plain else '"' + re.sub(r'(\\*)("|$)', _escape_quotes, value) + '"'
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _escape_quotes(found: re.Match[str]) -> str:
    """Backslashes before a quotation mark or the end are doubled, and others are not: so Hydra reads them."""
    return found[1] * 2 + ('\\"' if found[2] else "")


def resolve_settings(settings: Iterable[Setting]) -> list[Setting]:
    """The last word on each key, in the order typed; events are added to each other.

    Raises
    ------
    ConfigError
        A setting takes away what an earlier one said of a part of it.
    """
    last: dict[str, Setting] = {}
    for n, setting in enumerate(settings):
        inside = [key for key in last if key.startswith(f"{setting.key}.")]
        if inside:
            earlier = last[inside[0]].text
            raise ConfigError(
                f"{setting.text}: comes after {earlier} and would take it away; leave out one of the two, or write "
                f"{setting.text} first"
            )
        last.pop(setting.key, None)
        last[f"events {n}" if setting.key == "events" else setting.key] = setting
    return list(last.values())


def list_typed_changes(settings: Iterable[Setting]) -> list[str]:
    """What was typed beyond context, policy and name: the last word on each key, in the order typed."""
    return [setting.text for setting in resolve_settings(settings) if setting.key not in _BASES]
