"""A point's values laid on the plain data of its base."""

from collections.abc import Mapping, Sequence
from typing import Any

from asmsim.config.compose import lay_on, set_value
from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS
from asmsim.config.schema import month_name, month_number
from asmsim.config.settings import parse_setting
from asmsim.sweeps.request.points import Points

ORDER, EVERY = "order", "every_months"
"""Keys that are no keys of a scenario: the order in which levers begin, and the months between them."""


def overlay(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Data of a point; the base is shared with it and left as it is.  Group choices are in the base already.

    Raises
    ------
    ConfigError
        An order names something that the base does not dose.
    """
    data = dict(base)
    for key, value in values.items():
        if key == ORDER:
            data = delay_in_order(data, str(value).split(" > "), int(values[EVERY]))
        elif key not in GROUPS and key != EVERY:
            data = lay_on(data, key, value)
    return data


def delay_in_order(data: Mapping[str, Any], items: list[str], every_months: int) -> dict[str, Any]:
    """The same data with the levers of each item beginning `every_months` after those of the item before."""
    first = month_number(str(data["context"]["policy_start"]))
    out = dict(data)
    for n, item in enumerate(items):
        for path in find_dosed(data, item):
            out = set_value(out, f"{path}.start", month_name(first + n * every_months))
    return out


def check_starts_free(items: Sequence[str], fixed: Sequence[str], points: Points) -> None:
    """Refuse a start beside an order, which decides when levers begin.

    Raises
    ------
    ConfigError
        Names the item and the setting.
    """
    given = {s.key: [s.value] for s in map(parse_setting, fixed)} | dict(points.columns)
    for key, values in given.items():
        for item in items:
            inside = key.startswith(f"{item}.") or key == item
            dated = key.endswith(".start") or any(isinstance(v, Mapping) and "start" in v for v in values)
            if inside and dated:
                raise ConfigError(
                    f"--order: {item} begins when its turn comes, so {key} would do nothing; leave one out"
                )


def find_dosed(data: Mapping[str, Any], item: str) -> list[str]:
    """Paths of the levers that an ingredient doses, or of the one lever.

    Raises
    ------
    ConfigError
        The item doses nothing here, so that its place in an order would mean nothing.
    """
    group, _, name = item.partition(".")
    here = data.get(group) if group in GROUPS else None
    if group == "legalisation" and here:
        return [group]
    found = [f"{group}.{lever}" for lever in sorted(here or {}) if name in ("", lever)]
    if not found:
        raise ConfigError(f"--order: {item} doses no lever in this policy; name an ingredient or lever that it doses")
    return found
