"""What is wrong with a scenario, in the user's terms: place, value, remedy; one line for each fault."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_origin

from asmsim.config.errors import nearest
from asmsim.model.parameters import parameter_table

Place = tuple[str | int, ...]
_MOST_MEANT = 4

# What to say for a kind of fault; {x} are the fault's own terms.
_WORDS = {
    "missing": "missing",
    "model_type": "a mapping such as {{key: value}} is needed",
    "model_attributes_type": "a mapping such as {{key: value}} is needed",
    "dict_type": "a mapping such as {{key: value}} is needed",
    "tuple_type": "a list such as [a, b] is needed",
    "list_type": "a list such as [a, b] is needed",
    "string_type": "a text is needed",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "finite_number": "a finite number is needed",
    "greater_than_equal": "the least allowed is {ge}",
    "less_than_equal": "the most allowed is {le}",
    "literal_error": "not one of {expected}",
}


def explain_validation(error: Any, root: Any) -> str:
    """A validation error of the model class `root` in one line for each fault."""
    lines: list[str] = []
    for fault in _relevant(error.errors()):
        line = _line(fault, root)
        if line not in lines:
            lines.append(line)
    return "\n".join(lines)


def name_events(message: str, data: Mapping[str, Any]) -> str:
    """A message of the plan, which numbers the context's and the policy's events in one row, in the file's terms."""
    found = re.match(r"events\[(\d+)\]", message)
    if found is None:
        return message
    theirs: Sequence[Any] = (data.get("context") or {}).get("events") or ()
    n, of_context = int(found[1]), len(theirs)
    place = f"context.events[{n}]" if n < of_context else f"events[{n - of_context}]"
    return place + message[found.end() :]


def _line(fault: Mapping[str, Any], root: Any) -> str:
    at = tuple(part for part in fault["loc"] if not _is_branch(part))
    place, value = _value_text(at), fault.get("input")
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key{_near_key(at, root)}"
    shown = f" = {value!r}" if isinstance(value, str | int | float | bool) and fault["type"] != "missing" else ""
    words = _WORDS.get(fault["type"])
    said = words.format(**_terms(fault)) if words else fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "literal_error":
        said += nearest(str(value), re.findall(r"'([^']*)'", fault["ctx"]["expected"]))
    unit = _unit(at, root) if fault["type"] != "value_error" else ""
    return f"{place}{shown}: {said}{unit}" if place else said


def _terms(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {k: f"{v:g}" if isinstance(v, float) else v for k, v in (fault.get("ctx") or {}).items()}


def _relevant(faults: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Faults without those of forms that the user did not mean.

    Districts are a list or a rule, a first month is a month or `start`: each form that does not fit
    reports its own faults.
    """
    kept: list[Mapping[str, Any]] = []
    for fault in faults:
        loc, value = fault["loc"], fault.get("input")
        if "Generated" in loc and fault["type"] in ("model_type", "model_attributes_type", "dict_type"):
            if not isinstance(value, list | tuple):
                kept.append({**fault, "type": "value_error", "msg": "a list, {number: ...} or {file: x.csv} is needed"})
            continue
        if any(str(part).startswith("tuple[District") for part in loc) and fault["type"] == "tuple_type":
            continue
        if "literal['start']" in loc:
            continue
        kept.append(fault)
    return kept


def _is_branch(part: str | int) -> bool:
    """Whether a part of a place is a form's name and not a key."""
    return part == "Generated" or (isinstance(part, str) and ("[" in part or "-" in part) and part[-1:] == "]")


def _value_text(at: Place) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _model_at(at: Place, root: Any) -> Any:
    """The model class in which the last part of a place is a field, or None."""
    kind = root
    for part in at[:-1]:
        if isinstance(part, int):
            continue
        info = getattr(kind, "model_fields", {}).get(part)
        if info is None:
            return None
        kind = _first_model(info.annotation)
    return kind


def _first_model(annotation: Any) -> Any:
    """The first model class in an annotation such as `tuple[Event, ...]` or `Programme | None`."""
    if hasattr(annotation, "model_fields"):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _first_model(inner)
        if found is not None:
            return found
    return None


def _near_key(at: Place, root: Any) -> str:
    """What an unknown key may have been meant as: a key of its own place, else one whose last part it is or nearly is."""
    kind, key = _model_at(at, root), str(at[-1])
    known = [kind.model_fields[k].alias or k for k in kind.model_fields] if kind is not None else []
    if close := nearest(key, known):
        return close
    by_last: dict[str, list[str]] = {}
    for whole in [*list_keys(root), *(f"parameters.{name}" for name in parameter_table())]:
        by_last.setdefault(whole.rpartition(".")[2], []).append(whole)
    found = get_close_matches(key, by_last, n=1, cutoff=0.8)
    meant = by_last[found[0]][:_MOST_MEANT] if found else []
    return f"; did you mean {' or '.join(map(repr, meant))}?" if meant else ""


def list_keys(kind: Any, above: str = "") -> list[str]:
    """Dotted keys of a model class, of the models within it too."""
    found = []
    for name, info in kind.model_fields.items():
        inner = None if get_origin(info.annotation) is tuple else _first_model(info.annotation)
        found += [f"{above}{name}", *(list_keys(inner, f"{above}{name}.") if inner is not None else ())]
    return found


def _unit(at: Place, root: Any) -> str:
    kind = _model_at(at, root) if at else None
    info = kind.model_fields.get(at[-1]) if kind is not None else None
    extra = getattr(info, "json_schema_extra", None) or {}
    return f" ({extra['unit']})" if extra.get("unit") else ""
