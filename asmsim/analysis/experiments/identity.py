"""What a result is of: digests of model, configs, posterior and experiment, and whether they are still the same."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asmsim.analysis.experiments.hypothesis import SAVED
from asmsim.analysis.experiments.plan import Experiment
from asmsim.analysis.experiments.tables import RENDERED
from asmsim.config.paths import config_dir
from asmsim.config.provenance import code_hash, package_version
from asmsim.evidence.posterior import digest
from asmsim.sweep.results import Results

WORDS = ("describe.py", "plot.py")
"""Files of an experiment that put what was found into words and figures, and decide none of it."""


def standing(experiment: Experiment, out: Path) -> str:
    """Say whether it has been run, and what has changed since: its finding is of what was there then."""
    path = out / experiment.id / "provenance.json"
    if not path.is_file():
        return "not run"
    then_all = json.loads(path.read_text(encoding="utf-8"))
    now = {
        "model": (then_all["code"], code_hash()),
        "configs": (then_all.get("configs"), world()),
        "posterior": (then_all["posterior"], {name: digest(name) for name in then_all["posterior"]}),
        "experiment": (then_all["files"], files_of(experiment)),
    }
    changed = [name for name, (then, here) in now.items() if then != here]
    return f"run; changed since: {', '.join(changed)}" if changed else "up to date"


def world() -> str:
    """Return the digest of the contexts, policies, levers and priors that scenarios are composed of."""
    root = config_dir()
    whole = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".csv")):
        if path.relative_to(root).parts[0] not in ("pattern", "posterior", "screening.csv"):
            whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]


def files_of(experiment: Experiment) -> dict[str, str]:
    """Return digests of what decides a finding: the sweeps of the plan, and the files but for words and figures."""
    deciding = experiment.plan.model_dump_json(include={"sweeps"}, exclude_defaults=True).encode()
    files = sorted(p for p in experiment.folder.iterdir() if p.suffix in (".py", ".csv", ".parquet"))
    contents = {"experiment.yaml": deciding} | {f.name: f.read_bytes() for f in files if f.name not in WORDS}
    return {name: hashlib.sha256(content).hexdigest()[:12] for name, content in contents.items()}


def provenance(experiment: Experiment, results: Mapping[str, Results], quick: bool) -> dict[str, Any]:
    """Return what a reader needs to reproduce the finding; it names no place, person or time."""
    designed = (experiment.folder / "design.py").is_file()
    own = getattr(experiment.load_code("design"), "POSTERIOR", "none") if designed else "none"
    posteriors = sorted({own, *(experiment.sweep_of(name, quick).posterior for name in results)} - {"none"})
    return {
        "experiment": experiment.id,
        "command": f"asmsim experiment run {experiment.id}{' --quick' if quick else ''}",
        "asmsim": package_version(),
        "code": code_hash(),
        "configs": world(),
        "files": files_of(experiment),
        "posterior": {name: digest(name) for name in posteriors},
        "sweeps": {name: {"folder": r.folder.name, "runs": r.status["ok"]} for name, r in results.items()},
    }


def written(folder: Path) -> dict[str, str]:
    """Return digests of the saved finding, tables and policies, by which it can be told that nobody has touched them."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".yaml") or p.name == SAVED)
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()[:12]
        for p in files
        if p.name != RENDERED
    }


def is_quick(origin: Mapping[str, Any]) -> bool:
    """Tell whether a provenance is of a quick run."""
    return str(origin["command"]).endswith("--quick")
