"""What is varied: overrides in Hydra's grammar, separated into fixed ones and dimensions.

`a,b,c`, `choice(a,b)`, `range(0,21)` and `glob(mongolia_*)` list values; `interval(0,0.1)` is a
continuous range, for the designs that draw from one.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS, check_option, list_options
from asmsim.config.settings import Setting, parse_override, parse_setting, plain_value, resolve_settings
from asmsim.sweeps.request.keys import is_whole

MOST_VALUES = 100_000


@dataclass(frozen=True)
class Dimension:
    """One key that varies: over listed values, or between two bounds.

    Attributes
    ----------
    whole
        Whether only whole numbers between the bounds make sense.
    text
        What the user typed, for the record.
    """

    key: str
    values: tuple[Any, ...] = ()
    bounds: tuple[float, float] | None = None
    text: str = ""
    whole: bool = False

    def at(self, share: float) -> Any:
        """Value at a share in [0, 1) of the dimension; listed values have equal shares."""
        if self.bounds is not None:
            low, high = self.bounds
            if self.whole:
                return int(low) + min(int(share * (high - low + 1)), int(high - low))
            return low + share * (high - low)
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    @property
    def levels(self) -> tuple[Any, ...]:
        """Listed values, or the two bounds."""
        return self.values if self.bounds is None else self.bounds


def normalise_value(value: Any) -> Any:
    """A value in the one form that its identity is made of: 1 and 1.0 are the same, and text is text.

    Raises
    ------
    ConfigError
        Not a finite number, or nothing that a configuration can hold.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ConfigError(f"{value!r} is not a finite number")
        return float(value)
    if isinstance(value, list | tuple):
        return [normalise_value(v) for v in value]
    if isinstance(value, dict):
        return {str(k): normalise_value(v) for k, v in value.items()}
    raise ConfigError(f"{value!r}: a {type(value).__name__} cannot be a value of a configuration")


def value_text(value: Any) -> str:
    """A value as text that is the same for the same value."""
    return value if isinstance(value, str) else json.dumps(normalise_value(value), sort_keys=True)


def split_dimensions(overrides: Iterable[str], user_dir: Path | None = None) -> tuple[list[str], list[Dimension]]:
    """Fixed overrides and dimensions, each in the order given.

    Raises
    ------
    ConfigError
        Not Hydra's grammar, an option that does not exist, a key given twice.
    """
    fixed: list[str] = []
    settings: list[Setting] = []
    found: dict[str, Dimension] = {}
    for text in overrides:
        parsed = parse_override(text)
        if not parsed.is_sweep_override():
            fixed.append(text)
            settings.append(parse_setting(text))
            continue
        dimension = _dimension(text, parsed, user_dir)
        if dimension.key in found:
            raise ConfigError(f"{dimension.key}: given twice; put all its values into one dimension")
        found[dimension.key] = dimension
        settings.append(Setting(dimension.key, None, text))
    for text in fixed:
        if text.split("=", 1)[0].lstrip("+~") in found and not text.startswith("~events"):
            raise ConfigError(f"{text!r}: this key is a dimension of the sweep too; give it once")
    resolve_settings(settings)
    return fixed, list(found.values())


def _dimension(text: str, parsed: Any, user_dir: Path | None) -> Dimension:
    from hydra.core.override_parser.types import Glob, RangeSweep

    key, value = str(parsed.key_or_group), parsed.value()
    if parsed.is_interval_sweep():
        return _interval(text, key, value)
    if getattr(value, "shuffle", False):
        raise ConfigError(f"{text!r}: shuffle would give another sweep each time; list the values in order")
    if isinstance(value, Glob):
        if key not in GROUPS:
            raise ConfigError(f"{text!r}: glob() chooses options of a group ({', '.join(GROUPS)}); list the values")
        values: list[Any] = value.filter(list(list_options(key, user_dir)))
    elif isinstance(value, RangeSweep):
        values = _list_range(text, value.start, value.stop, value.step)
    else:
        values = [plain_value(v) for v in parsed.sweep_iterator()]
    if not values:
        raise ConfigError(f"{text!r}: no value; a sweep needs at least one")
    if not all(value is None or isinstance(value, bool | int | float | str | list | dict) for value in values):
        raise ConfigError(f"{text!r}: give one range, interval or list of values, not one within another")
    if key in GROUPS:
        for one in values:
            check_option(key, one, user_dir)
    distinct = list({value_text(v) + str(type(v) is str): v for v in values}.values())
    return Dimension(key, tuple(distinct), None, text)


def _list_range(text: str, start: Any, stop: Any, step: Any) -> list[Any]:
    """Numbers from `start` to before `stop`, worked out in decimals, in which 0.05 is five times 0.01."""
    if not all(map(math.isfinite, (start, stop, step))) or step == 0:
        raise ConfigError(f"{text!r}: a range needs finite numbers and a step that is not 0, as in range(0,1,0.25)")
    first, last, by = (Decimal(repr(number)) for number in (start, stop, step))
    number = max(0, math.ceil((last - first) / by))
    if number > MOST_VALUES:
        raise ConfigError(
            f"{text!r}: {number:,} values; at most {MOST_VALUES:,}, or draw from interval({start},{stop})"
        )
    whole = all(isinstance(each, int) for each in (start, stop, step))
    return [int(first + k * by) if whole else float(first + k * by) for k in range(number)]


def _interval(text: str, key: str, value: Any) -> Dimension:
    low, high = float(value.start), float(value.end)
    if key in GROUPS:
        raise ConfigError(f"{text!r}: {key} has options, not numbers; list them: {key}=a,b")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f"{text!r}: an interval needs two finite bounds, the lower first")
    whole = is_whole(key)
    if whole and not (low.is_integer() and high.is_integer()):
        raise ConfigError(f"{text!r}: {key} takes whole numbers; give whole bounds")
    return Dimension(key, (), (low, high), text, whole)
