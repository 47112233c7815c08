"""What every configured thing shares: frozen, closed, with unit, bounds and source on each field."""

import re
import reprlib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


@cache
def _kinds(annotation: Any) -> frozenset[Any]:
    """Every type that an annotation is made of, but for those within models."""
    inner = [_kinds(each) for each in get_args(annotation) if not isinstance(each, str)]
    return frozenset([annotation]).union(*inner)


def _holds_truth(value: Any) -> bool:
    """Whether a value is true or false, or a list or mapping of which one is."""
    if isinstance(value, Mapping):
        return any(map(_holds_truth, value.values()))
    return any(map(_holds_truth, value)) if isinstance(value, list | tuple) else isinstance(value, bool)


class Closed(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """True would be read as 1."""
        annotation: Any = cls.model_fields[str(info.field_name)].annotation
        kinds = _kinds(annotation)
        if bool not in kinds and kinds & {int, float} and _holds_truth(value):
            raise ValueError("a number is needed, not true or false")
        return value

    def __repr__(self) -> str:
        """Class and what differs from the defaults, in one line."""
        shown = []
        for key, info in type(self).model_fields.items():
            value = getattr(self, key)
            if isinstance(value, Closed):
                name = value.__dict__.get("name")
                shown.append(f"{key}={type(value).__name__}({name!r})" if name else f"{key}={type(value).__name__}")
            elif value != info.get_default(call_default_factory=True):
                shown.append(f"{key}={reprlib.repr(value)}")
        text = ", ".join(shown)
        return f"{type(self).__name__}({text if len(text) <= 300 else text[:297] + '...'})"

    __str__ = __repr__


def _month(value: Any) -> Any:
    if hasattr(value, "strftime"):  # YAML reads 2010-01-01 as a date
        return value.strftime("%Y-%m")
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(
            f"{value} is not a month; write {value}-01" if 0 < value < 10_000 else f"{value} is not a month"
        )
    return str(value)[:7] if isinstance(value, str) and re.match(r"^\d{4}-\d\d-\d\d$", value) else value


def _is_month(value: str) -> str:
    if not _MONTH.match(value):
        raise ValueError(
            f"{value!r} is not a month" + (f"; write {value}-01" if value.isdigit() else " such as 2010-07")
        )
    return value


Month = Annotated[str, BeforeValidator(_month), AfterValidator(_is_month)]
"""A month, written 2010-07."""


def is_month(text: str) -> bool:
    """Whether a text is a month, or a day, which stands for its month."""
    return bool(_MONTH.match(text[:7])) and (len(text) == 7 or bool(re.match(r"^-\d\d$", text[7:])))


def month_number(month: str) -> int:
    """Months since year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_name(number: int) -> str:
    """Inverse of `month_number`."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def field(
    default: Any,
    meaning: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    source: str = "assumed",
    label: str = "",
    **more: Any,
) -> Any:
    """A configured number: default, meaning, unit, bounds, source (evidence ids, or 'assumed') and label if it has one."""
    extra: dict[str, Any] = {"unit": unit, "source": source} | ({"label": label} if label else {})
    return Field(default, description=meaning, ge=low, le=high, json_schema_extra=extra, **more)
