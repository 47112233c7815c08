"""What leaves the page as files: the table as CSV, and a report in one HTML file that opens without a network.

Both hold what is needed to get the same numbers again: levers, assumptions, version, draws, seeds and scale.
"""

import csv
import io
import json
import math
import shlex
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from asmsim.config.characters import protect_cell
from asmsim.config.provenance import environment
from asmsim.config.settings import write_value
from asmsim.engine.kernel_identity import kernel_id
from asmsim.model.own_outcomes import find_outcome, list_reported
from asmsim.model.scenarios import to_yaml
from asmsim.workshop.drawer import describe_control
from asmsim.workshop.frames import NAMES, WORLDS, make_frame, measure_worlds
from asmsim.workshop.no_effect import list_idle_changes
from asmsim.workshop.page_data import show_assumption, show_control
from asmsim.workshop.pairing import Engine, RunSample
from asmsim.workshop.preset import RUNS, Preset, WorkshopState, read_dose
from asmsim.workshop.reasons import explain
from asmsim.workshop.speech import Speech

COLUMNS = ("outcome", "label", "unit", "year", "world", *NAMES)
CHART = "chart.js"
"""File of the page that draws a chart; the report holds a copy of it."""


def find_whole_pair(engine: Engine, state: WorkshopState) -> tuple[RunSample, RunSample]:
    """Return both samples with all their runs."""
    pair = engine.find_pair(state)
    for sample in pair:
        sample.grow(RUNS, pool=engine.pool)
    return pair


def list_seeds(preset: Preset, state: WorkshopState) -> list[int]:
    """Return the seeds, of each draw where there are draws."""
    return list(range(state.seed, state.seed + RUNS // max(1, preset.draws)))


def list_settings(engine: Engine, state: WorkshopState) -> list[tuple[str, str]]:
    """Return what decides the numbers: version, preset, baseline, scale, draws, seeds, levers and assumptions."""
    preset = engine.find_preset(state)
    seeds = list_seeds(preset, state)
    draws = f"{preset.draws} draws of posterior {preset.posterior}, each on these seeds" if preset.posterior else "none"
    changes = [
        (key, f"{write_value(value)} (baseline: {write_value(read_dose(preset, key))})")
        for key, value in sorted(state.levers.items())
    ]
    return [
        ("version", str(environment()["asmsim"])),
        ("model", kernel_id()),
        ("preset", preset.name),
        ("baseline", " ".join(preset.overrides)),
        ("scale", f"one person simulated stands for {preset.scale:g}"),
        ("draws", draws),
        ("seeds", f"{seeds[0]} to {seeds[-1]}"),
        ("runs", f"{RUNS} of each scenario, paired"),
        *((f"lever {key}", text) for key, text in changes),
        *((f"assumption {key}", write_value(value)) for key, value in sorted(state.assumptions.items())),
    ]


def write_csv(engine: Engine, state: WorkshopState) -> str:
    """Return the settings in lines that begin with #, then mean and quantiles of every outcome by year.

    `world` is baseline, yours, or difference: the mean of yours minus that of the baseline, and quantiles over runs of
    the paired difference.
    """
    pair = find_whole_pair(engine, state)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for key, value in list_settings(engine, state):
        writer.writerow([f"# {key}", protect_cell(value)])
    writer.writerow(COLUMNS)
    outcomes = [o for o in list_reported() if o.group != "check"]
    for world, fans in zip(WORLDS, measure_worlds(*(sample.take(RUNS, outcomes) for sample in pair)), strict=True):
        for k, outcome in enumerate(outcomes):
            for year, row in zip(pair[0].years, fans[:, :, k].T, strict=True):
                numbers = [repr(x) if math.isfinite(x) else "" for x in map(float, row)]
                writer.writerow([outcome.name, protect_cell(outcome.label), outcome.unit, year, world, *numbers])
    return text.getvalue()


def write_command(preset: Preset, state: WorkshopState) -> str | None:
    """Return what to type for the same comparison; None where its seeds do not begin with 1, which cannot be typed."""
    if state.seed != 1:
        return None
    policy = preset.base.policy
    shared = [text for text in preset.typed if not text.startswith("policy=")]
    shared += [f"{key}={write_value(value)}" for key, value in sorted(state.assumptions.items())]
    yours = ",".join([f"yours={policy}", *_list_changes(state)])
    words = ["asmsim", "compare", f"baseline={policy}", yours, *shared, "-n", str(len(list_seeds(preset, state)))]
    if preset.posterior:
        words += [f"posterior={preset.posterior}", "--draws", str(preset.draws)]
    if preset.folder is not None:
        words += ["--config-dir", preset.folder.name]
    return shlex.join(words)


def write_python(preset: Preset, state: WorkshopState) -> str:
    """Return a program of a few lines for the same comparison."""
    typed = [*preset.typed, *(f"{key}={write_value(value)}" for key, value in sorted(state.assumptions.items()))]
    folder = f", config_dir={preset.folder.name!r}" if preset.folder is not None else ""
    seeds = list_seeds(preset, state)
    posterior = f", posterior={preset.posterior!r}, draws={preset.draws}" if preset.posterior else ""
    return "\n".join(
        [
            "import asmsim",
            "",
            f"typed = {typed!r}",
            f"changes = {_list_changes(state)!r}",
            f"baseline = asmsim.scenario(*typed{folder})",
            f"yours = asmsim.scenario(*typed, *changes{folder})",
            f"done = asmsim.compare([baseline, yours], seeds=range({seeds[0]}, {seeds[-1] + 1}){posterior})",
            "print(done.differences())",
            "",
        ]
    )


def _list_changes(state: WorkshopState) -> list[str]:
    return [f"{key}={write_value(value)}" for key, value in sorted(state.levers.items())]


def make_report_data(engine: Engine, state: WorkshopState, language: str) -> dict[str, Any]:
    """Return all that the report shows: frame, why, settings, words, and the scenario as YAML, command and Python."""
    preset = engine.find_preset(state)
    pair = find_whole_pair(engine, state)
    name = state.outcome or preset.outcomes.main
    speech = Speech(language, preset)
    frame = make_frame(preset, state, pair, RUNS)
    drawn = None if pair[1].draws is None else pair[1].draws.told
    notes = list_idle_changes(preset, state, pair[1].made)
    why = explain(engine, state, name)
    return {
        "state": state.model_dump(exclude={"version"}),
        "language": language,
        "words": speech.words,
        "title": speech.tell_preset("title"),
        "story": speech.tell_preset("story"),
        "outcome": name,
        "labels": {each: speech.name_outcome(each) for each in frame["outcomes"]},
        "frame": frame,
        "said": speech.headline(frame["outcomes"][name]["headline"], find_outcome(name).unit),
        "axis": speech.axis(find_outcome(name).unit),
        "why": why,
        "parts": [part | {"label": speech.name_lever(part["key"])} for part in why["parts"]],
        "reasons": [speech.reason(sentence) for sentence in why["sentences"]],
        "notes": [speech.note(note) for note in notes],
        "settings": list_settings(engine, state),
        "changes": list(_list_shown_changes(engine, preset, state, speech)),
        "provenance": environment(),
        "yaml": to_yaml(pair[1].made, list_seeds(preset, state), drawn),
        "command": write_command(preset, state),
        "python": write_python(preset, state),
    }


def _list_shown_changes(
    engine: Engine, preset: Preset, state: WorkshopState, speech: Speech
) -> Iterator[dict[str, str]]:
    controls = {control.key: control for control in preset.levers}
    for key, value in sorted(state.levers.items()):
        unit = show_control(preset, controls[key])["unit"] if key in controls else describe_control(preset, key)["unit"]
        before = speech.value(read_dose(preset, key), unit)
        yield {"label": speech.name_lever(key), "baseline": before, "value": speech.value(value, unit)}
    for key, value in sorted(state.assumptions.items()):
        shown = show_assumption(engine, preset, key.removeprefix("parameters."))
        before = speech.value(shown["value"], shown["unit"])
        yield {"label": speech.name_lever(key), "baseline": before, "value": speech.value(value, shown["unit"])}


def write_report(engine: Engine, state: WorkshopState, language: str, static: Path) -> str:
    """Return the report as one page with its data and, where the page has one, its chart module."""
    data = make_report_data(engine, state, language)
    speech = Speech(language, engine.find_preset(state))
    chart = static / CHART
    script = chart.read_text(encoding="utf-8") if chart.is_file() else ""
    return render_report(data, script, speech)


def render_report(data: dict[str, Any], script: str, speech: Speech) -> str:
    """Return the page of a report's data; texts are escaped, and data cannot end its own script element."""

    def read_template(name: str) -> str:
        package = "asmsim.analysis" if name == "page.html.j2" else "asmsim.workshop"
        return (files(package) / name).read_text(encoding="utf-8")

    templates = Environment(
        loader=FunctionLoader(read_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = {
        "speech": speech,
        "data": embed_json(data),
        "script": Markup(script.replace("</script", "<\\/script")),
    }
    return templates.get_template("what_if.html.j2").render(**data | texts)


def embed_json(data: Any) -> Markup:
    """Return data as JSON that may stand in a script element."""
    text = json.dumps(data, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
