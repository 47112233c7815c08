"""What the page says of one lever: what it does, on what evidence, at what cost, who wins and loses, how it fails."""

from collections.abc import Callable
from typing import Any

from asmsim.analysis.catalogue import read_evidence
from asmsim.analysis.paired import BETTER
from asmsim.analysis.statistics import is_clear
from asmsim.config.errors import ConfigError, nearest
from asmsim.model.labels import dose_label, find_label
from asmsim.model.levers import Lever, all_levers
from asmsim.model.parameters import parameter_table
from asmsim.workshop.pairing import Engine, never
from asmsim.workshop.preset import Preset, WorkshopState, find_dose, find_preset, read_dose

RUNS_OF_ENDS = 40
"""Paired runs from which it is said who wins and who loses."""


def describe_lever(engine: Engine, name: str, key: str, stop: Callable[[], bool] = never) -> dict[str, Any]:
    """Return what a lever's drawer shows; `key` is one of its doses, or the lever itself, `name` a preset or nothing.

    Raises
    ------
    ValueError
        No such lever.
    """
    if key.startswith("parameters."):
        return describe_parameter(key)
    path = key if key in all_levers() else find_dose(key)[0]
    kind = all_levers()[path]
    expects = kind.expects
    better, worse = compare_ends(engine, name, key, stop) if name and key != path else ([], [])
    return {
        "key": key,
        "label": find_label(path),
        "what": (kind.__doc__ or "").strip().splitlines()[0],
        "acts_on": kind.acts_on,
        "expects": f"{'More' if expects.sign > 0 else 'Less'}: {find_label(expects.measure).lower()}",
        "evidence": list_evidence(" ".join(str(_extra(kind, name).get("source", "")) for name in kind.model_fields)),
        "cost": _describe_cost(path, kind),
        "effects": {"better": better, "worse": worse},
        "fails": kind.fails,
        "doses": [_describe_dose(path, kind, dose) for dose in kind.model_fields],
    }


def describe_parameter(key: str) -> dict[str, Any]:
    """Return what the drawer of a behaviour parameter shows.

    Raises
    ------
    ConfigError
        No such parameter.
    """
    name = key.removeprefix("parameters.")
    known = parameter_table()
    if name not in known:
        raise ConfigError(f"No parameter {name[:60]!r}{nearest(name[:60], known)}.")
    row = known[name]
    what = f"{row.meaning}; {row.low:g} to {row.high:g} {row.unit}; mechanism {row.mechanism}; grade {row.grade}"
    evidence = list_evidence(row.source)
    return {"key": key, "label": row.label, "what": what, "evidence": evidence, "cost": None, "fails": ""}


def list_evidence(sources: str) -> list[dict[str, str]]:
    """Return the pieces of evidence that a text of sources names, each once."""
    found = []
    for one in dict.fromkeys(sources.split()):
        if one in read_evidence():
            row = read_evidence()[one]
            value = f"{row['value']} {row['unit']}".strip()
            text = f"{row['about']} ({row['country']}, {row['year']}): {value}. {row['source']} [{one}]"
            found.append({"id": one, "text": text, "grade": row["grade"], "url": row["url"]})
    return found


def compare_ends(
    engine: Engine, name: str, key: str, stop: Callable[[], bool] = never
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what becomes clearly better, and what worse, when a slider of the preset goes from low to high."""
    preset = find_preset(name, engine.presets)
    control = next((c for c in preset.levers if c.key == key), None)
    if control is None or control.high is None or control.low is None:
        return [], []
    whole = isinstance(read_dose(preset, key), int)
    ends = (int(end) if whole else end for end in (control.low, control.high))
    low, high = (engine.find_sample(WorkshopState(preset=name, levers={key: end})) for end in ends)
    for sample in (low, high):
        sample.grow(RUNS_OF_ENDS, stop, engine.pool)
    outcomes = list(BETTER)
    change = (high.take(RUNS_OF_ENDS, outcomes) - low.take(RUNS_OF_ENDS, outcomes))[:, -1]
    better: list[dict[str, Any]] = []
    worse: list[dict[str, Any]] = []
    for k, outcome in enumerate(outcomes):
        if is_clear(change[:, k], outcome.unit):
            middle = float(change[:, k].mean())
            entry = {"outcome": outcome.name, "label": outcome.label, "unit": outcome.unit, "change": middle}
            (better if middle * BETTER[outcome] > 0 else worse).append(entry)
    return better, worse


def describe_control(preset: Preset, key: str) -> dict[str, Any]:
    """Return group, label, meaning, unit and baseline value of a dose."""
    path, name = find_dose(key)
    kind = all_levers()[path]
    return {
        "key": key,
        "group": kind.ingredient,
        "label": find_label(key),
        "meaning": kind.model_fields[name].description or "",
        "unit": str(_extra(kind, name).get("unit", "")),
        "value": read_dose(preset, key),
    }


def _describe_dose(path: str, kind: type[Lever], name: str) -> dict[str, str]:
    info = kind.model_fields[name]
    extra = _extra(kind, name)
    return {
        "key": f"{path}.{name}",
        "label": dose_label(kind, name),
        "meaning": info.description or "",
        "unit": str(extra.get("unit", "")),
        "source": str(extra.get("source", "")),
    }


def _describe_cost(path: str, kind: type[Lever]) -> dict[str, Any]:
    """Who pays if nobody else is named, and the prices from which the cost is reckoned."""
    funder = "donor" if kind.ingredient == "donor" else str(kind.model_fields["funder"].default)
    prices = [
        {
            "key": f"{path}.{name}",
            "label": (info.description or name).partition(";")[0],
            "unit": unit,
            "value": float(info.default),
        }
        for name, info in kind.model_fields.items()
        if "USD" in (unit := str(_extra(kind, name).get("unit", "")))
        and info.default
        and name.startswith(("usd", "cost"))
    ]
    return {"payer": funder, "prices": prices}


def _extra(kind: type[Lever], name: str) -> dict[str, Any]:
    extra = kind.model_fields[name].json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}
