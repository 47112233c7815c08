"""What the page reads when it opens: presets with their levers and assumptions, labels of outcomes, and its words."""

import math
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np

from asmsim.config.errors import ConfigError
from asmsim.config.provenance import package_version
from asmsim.config.yaml_files import read_yaml
from asmsim.evidence.priors import priors_of
from asmsim.model.levers import all_levers
from asmsim.model.own_outcomes import find_outcome, list_reported
from asmsim.model.parameters import parameter_table
from asmsim.workshop.drawer import describe_control
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import Control, Preset, WorkshopState, find_dose

CATALOGUES = Path(__file__).resolve().parent / "catalogues"
STEPS = 20
NO_DOSES = ("start", "until", "funder")
"""Fields that every lever has and that are no dose."""


@lru_cache(maxsize=1)
def list_page_presets(engine: Engine) -> dict[str, Any]:
    """Return all that the page needs to show any preset."""
    outcomes = {
        o.name: {"label": o.label, "unit": o.unit, "meaning": o.meaning, "group": o.group}
        for o in list_reported()
        if o.group != "check"
    }
    presets = [describe_preset(engine, preset) for preset in engine.presets.values()]
    return {"version": package_version(), "presets": presets, "outcomes": outcomes}


def describe_preset(engine: Engine, preset: Preset) -> dict[str, Any]:
    """Return a preset in the form of the page's contract."""
    shown = [c.key for c in preset.levers]
    return {
        "name": preset.name,
        "title": preset.title,
        "story": preset.story,
        "questions": preset.questions,
        "watch": preset.watch,
        "posterior": {"name": preset.posterior, "draws": preset.draws} if preset.posterior else None,
        "context": preset.base.context.name,
        "context_title": preset.base.context.title,
        "scale": preset.scale,
        "resolution": preset.resolution,
        "outcomes": preset.outcomes.names,
        "small": preset.outcomes.small,
        "levers": [show_control(preset, control) for control in preset.levers],
        "more": [more for key in list_doses() if key not in shown and (more := show_dose(preset, key)) is not None],
        "assumptions": [show_assumption(engine, preset, name) for name in preset.assumptions],
    }


def show_control(preset: Preset, control: Control) -> dict[str, Any]:
    """Return one of the preset's levers; a dose of a lever that the baseline does not use stands at the low end."""
    shown = describe_control(preset, control.key) | {"word": control.word}
    if control.unit:
        shown["unit"] = control.unit
    if control.choices:
        return shown | {"choices": control.choices}
    whole = _is_whole(control.key)
    ends = {"low": control.low, "high": control.high, "step": control.step}
    if shown["value"] is None:
        shown["value"] = control.low
    return shown | {k: int(v) if whole and v is not None else v for k, v in ends.items()} | {"whole": whole}


def list_doses() -> list[str]:
    """Name every dose of every lever that is a number or a choice."""
    return [
        f"{path}.{name}"
        for path, kind in all_levers().items()
        for name, info in kind.model_fields.items()
        if name not in NO_DOSES and (_list_choices(info.annotation) or _is_number(info.annotation))
    ]


def show_dose(preset: Preset, key: str) -> dict[str, Any] | None:
    """Return a dose that the preset does not name, with a range worked out; None where its baseline has no number."""
    path, name = find_dose(key)
    info = all_levers()[path].model_fields[name]
    shown = describe_control(preset, key)
    default = info.get_default(call_default_factory=True)
    if choices := _list_choices(info.annotation):
        return shown | {"word": shown["label"], "choices": choices, "value": shown["value"] or default}
    least, most = (next((getattr(m, side) for m in info.metadata if hasattr(m, side)), None) for side in ("ge", "le"))
    value = shown["value"]
    if value is None:
        value = least if least is not None else default
    if value is None or least is None or most is None:
        return None
    usual = max(abs(float(value)), abs(float(default or 0.0)))
    high = min(float(most), max(float(least) + 1.0, 4 * usual))
    step = find_step(float(least), high)
    whole = _is_whole(key)
    if whole:
        step = max(1.0, round(step))
    high = min(float(most), float(least) + step * math.ceil((high - least) / step))
    kind: Any = int if whole else float
    return shown | {
        "word": shown["label"], "value": kind(value), "low": kind(least), "high": kind(high), "step": kind(step),
        "whole": whole,
    }  # fmt: skip


def show_assumption(engine: Engine, preset: Preset, name: str) -> dict[str, Any]:
    """Return a behaviour parameter with the range of its prior; a value that is drawn stands at the median of the draws."""
    row = parameter_table()[name]
    draws = engine.find_draws(preset, preset.base)
    known = [v[name] for v in draws.values if name in v] if draws is not None else []
    value = float(np.median(known)) if known else float(preset.base.behaviour[name])
    prior = priors_of(preset.base.context.name).get(name)
    low, high = (row.low, row.high) if prior is None else map(float, prior.of_uniform(np.array([0.02, 0.98])))
    low, high = min(low, value), max(high, value)
    return {
        "key": f"parameters.{name}", "group": "assumptions", "word": row.label, "label": row.label,
        "meaning": row.meaning, "unit": row.unit, "value": value, "low": low, "high": high,
        "step": find_step(low, high), "whole": False, "drawn": bool(known), "grade": row.grade,
    }  # fmt: skip


def find_step(low: float, high: float) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about twenty steps lead from low to high."""
    rough = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    return float(f"{next(n for n in (1, 2, 5, 10) if n * power >= rough * 0.999) * power:.6g}")


def _is_whole(key: str) -> bool:
    path, name = find_dose(key)
    return all_levers()[path].model_fields[name].annotation is int


def _is_number(annotation: Any) -> bool:
    return annotation in (int, float) or annotation == float | None


def _list_choices(annotation: Any) -> tuple[str, ...]:
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()


@cache
def read_words(language: str) -> dict[str, Any]:
    """Return the words of a language laid over the English ones, and which languages there are.

    Raises
    ------
    ConfigError
        No such language.
    """
    files = {path.stem: path for path in sorted(CATALOGUES.glob("*.yaml"))}
    if language not in files:
        raise ConfigError(f"No words in {language[:20]!r}; known: {', '.join(files) or 'none'}.")
    words = {code: read_yaml(path) for code, path in files.items()}
    languages = [
        {"code": code, "name": text.get("name", code), "draft": bool(text.get("draft"))} for code, text in words.items()
    ]
    return lay_words(words.get("en", {}), words[language]) | {"languages": languages}


def lay_words(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one catalogue over another, key by key."""
    found = dict(below)
    for key, value in above.items():
        inner = found.get(key)
        found[key] = lay_words(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return found


def check_outcome(state: WorkshopState, preset: Preset, name: str = "") -> str:
    """Return the outcome that a request is about: the one it names, the state's, or the preset's.

    Raises
    ------
    ConfigError
        No such outcome.
    """
    chosen = name or state.outcome or preset.outcomes.main
    find_outcome(chosen)
    return chosen
