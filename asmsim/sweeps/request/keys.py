"""What is known of a key of a scenario: its field, its unit, whether it counts."""

from typing import Any, get_args

from asmsim.model.parameters import parameter_table
from asmsim.model.scenario import Scenario


def find_field(key: str) -> Any:
    """Field of a dotted key, or None where the key leads to no field (an entry of a mapping, say)."""
    kind: Any = Scenario
    info: Any = None
    for part in key.split("."):
        info = getattr(kind, "model_fields", {}).get(part)
        if info is None:
            return None
        members = get_args(info.annotation) or (info.annotation,)
        kind = next((m for m in members if hasattr(m, "model_fields")), None)
    return info


def find_unit(key: str) -> str:
    """Unit of a key, or nothing."""
    if key.startswith("parameters."):
        row = parameter_table().get(key.partition(".")[2])
        return row.unit if row else ""
    info = find_field(key)
    return str((info.json_schema_extra or {}).get("unit", "")) if info is not None else ""


def is_whole(key: str) -> bool:
    """Whether a key takes whole numbers only."""
    info = find_field(key)
    return info is not None and info.annotation is int
