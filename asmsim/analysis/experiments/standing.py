"""What a result is of: ids of model, inputs and reading, and whether they are still the same.

The ids follow meaning: a reworded docstring, a YAML comment, another label or an unused lever changes none of them.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from asmsim.analysis.experiments.experiment_plan import Experiment
from asmsim.analysis.experiments.hypothesis import SAVED
from asmsim.analysis.experiments.saved_tables import RENDERED
from asmsim.analysis.experiments.witness import Witness, find_scenario, load_witnesses
from asmsim.config.errors import ConfigError
from asmsim.config.paths import config_dir
from asmsim.config.provenance import environment, package_version
from asmsim.config.syntax import Sources, parse_module, syntax_id
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence.posterior import posterior_digest
from asmsim.model.inputs_identity import inputs_id, planning_id
from asmsim.sweeps.store.results import Results

READ_BY = (
    "asmsim.analysis.",
    "asmsim.model.pathway",
    "asmsim.sweeps.draws",
    "asmsim.sweeps.store.dates",
    "asmsim.sweeps.store.run_tables",
)
"""Modules that turn series into a finding, beside the experiment's own."""
WORDS = frozenset(["description", "label", "meaning", "note", "notes", "reason", "source", "sources", "title"])
"""Keys of configs and columns of tables that people read and no run does."""


def describe_standing(experiment: Experiment, out: Path) -> str:
    """Say whether it has been run, and what has changed since: its finding is of what was there then."""
    folder = out / experiment.id
    path = folder / "provenance.json"
    if not path.is_file():
        return "not run"
    then = json.loads(path.read_text(encoding="utf-8"))
    changed = list_changed(experiment, then, folder)
    return f"changed since: {', '.join(changed)}; asmsim experiment check {experiment.id}" if changed else "up to date"


def list_changed(experiment: Experiment, then: Mapping[str, Any], folder: Path) -> list[str]:
    """Return what has changed since a provenance was written: model, posterior, design, reading; if none of these, inputs.

    Another way of planning asks for the scenarios of the witnesses to be made, which takes a second or two; all else is
    told from ids alone.
    """
    now = identify(experiment, dict.fromkeys(then.get("posterior", {}), ""))
    names = {"kernel_id": "model", "posterior": "posterior", "design_id": "design", "reading_id": "reading"}
    changed = [name for key, name in names.items() if then.get(key) != now[key]]
    if changed or then.get("planning_id") == now["planning_id"]:
        return changed
    return [] if find_inputs(experiment, folder) == then.get("inputs_id") else ["inputs"]


def identify(experiment: Experiment, posteriors: Mapping[str, str]) -> dict[str, Any]:
    """Return the ids of today: of the model, of what makes its inputs, of the design, of the posteriors, of the reading."""
    return {
        "kernel_id": kernel_id(),
        "planning_id": hashlib.sha256(f"{planning_id()} {configs_id()}".encode()).hexdigest()[:16],
        "design_id": design_id(experiment),
        "posterior": {name: posterior_digest(name) for name in posteriors},
        "reading_id": reading_id(experiment),
    }


def find_inputs(experiment: Experiment, folder: Path) -> str:
    """Return the hash of what the experiment's witnesses are given today; empty where they cannot be made."""
    try:
        return _joined([inputs_id(find_scenario(experiment, witness)) for witness in load_witnesses(folder)])
    except ConfigError:
        return ""


def _joined(inputs: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(inputs).encode()).hexdigest()[:16]


def configs_id() -> str:
    """Return the hash of the contexts, policies, levers and tables that scenarios are composed of, words left out."""
    root = config_dir()
    whole = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".csv")):
        place = path.relative_to(root)
        if place.parts[0] not in ("pattern", "posterior", "workshop"):
            whole.update(place.as_posix().encode() + b"\0" + json.dumps(_data_of(path), default=str).encode())
    return whole.hexdigest()[:16]


def _data_of(path: Path) -> Any:
    """The content of a config but for its words."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        return _without_words(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    rows = csv.DictReader(text.splitlines())
    return sorted([sorted((k, v) for k, v in row.items() if k not in WORDS) for row in rows], key=str)


def _without_words(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _without_words(value) for key, value in data.items() if key not in WORDS}
    return [_without_words(value) for value in data] if isinstance(data, list) else data


def design_id(experiment: Experiment) -> str:
    """Return the hash of which runs are made: the sweeps of the plan, tables of points, the code that makes points."""
    parts = [experiment.plan.model_dump_json(include={"sweeps"}, exclude_defaults=True)]
    tables = sorted(p for p in experiment.folder.iterdir() if p.suffix in (".csv", ".parquet"))
    parts += [f"{p.name} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in tables]
    parts.append(_code_id(experiment, "design", ("asmsim.analysis.",)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def reading_id(experiment: Experiment) -> str:
    """Return the hash of the code that turns the runs into tables and verdicts."""
    return _code_id(experiment, "find", READ_BY)


def _code_id(experiment: Experiment, part: str, follow: tuple[str, ...]) -> str:
    """Hash of all that a file of the experiment defines, and of what it uses of some modules."""
    path = experiment.folder / f"{part}.py"
    if not path.is_file():
        return ""
    others = {p.stem: p for p in sorted(experiment.folder.glob("*.py"))}
    entries = [f"{part}:{name}" for name in parse_module(path.read_text(encoding="utf-8")).statements]
    return syntax_id(entries, lambda module: module.startswith(follow) or module == part, Sources(others=others))


def describe_origin(
    experiment: Experiment, results: Mapping[str, Results], quick: bool, witnesses: Sequence[Witness] = ()
) -> dict[str, Any]:
    """Return what a reader needs to reproduce the finding; it names no place, person or time."""
    designed = (experiment.folder / "design.py").is_file()
    own = getattr(experiment.load_code("design"), "POSTERIOR", "none") if designed else "none"
    posteriors = sorted({own, *(experiment.sweep_of(name, quick).posterior for name in results)} - {"none"})
    return {
        "experiment": experiment.id,
        "command": f"asmsim experiment run {experiment.id}{' --quick' if quick else ''}",
        "asmsim": package_version(),
        "made_with": environment(),
        **identify(experiment, dict.fromkeys(posteriors, "")),
        "inputs_id": _joined([witness.inputs for witness in witnesses]),
        "sweeps": {name: {"folder": r.folder.name, "runs": r.status["ok"]} for name, r in results.items()},
    }


def sign_result(experiment: Experiment, folder: Path) -> None:
    """Write today's ids into a result whose witnesses hold, so that it is known to be of today's model.

    What was found, with what it was made, and the names of its sweeps stay as they are.
    """
    path = folder / "provenance.json"
    origin = json.loads(path.read_text(encoding="utf-8"))
    for old in ("code", "configs", "files"):  # how earlier versions knew what a result is of
        origin.pop(old, None)
    origin |= identify(experiment, dict(origin.get("posterior", {})))
    origin |= {"inputs_id": find_inputs(experiment, folder), "written": digest_written(folder)}
    path.write_text(json.dumps(origin, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def digest_written(folder: Path) -> dict[str, str]:
    """Return digests of the saved finding, tables and policies, which show that nobody has touched them."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".yaml") or p.name == SAVED)
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()[:12]
        for p in files
        if p.name != RENDERED
    }


def is_quick(origin: Mapping[str, Any]) -> bool:
    """Tell whether a provenance is of a quick run."""
    return str(origin["command"]).endswith("--quick")
