"""Prove that a saved result still holds, by running a little of its experiment again."""

import json
from pathlib import Path

from asmsim.analysis.experiments.conduct import digest_quick_tables
from asmsim.analysis.experiments.experiment_plan import Experiment
from asmsim.analysis.experiments.standing import design_id, reading_id
from asmsim.analysis.experiments.witness import check_witnesses
from asmsim.config.errors import ConfigError
from asmsim.sweeps.api import Say


def check_experiment(experiment: Experiment, folder: Path, say: Say) -> list[str]:
    """Return a line for each thing that differs; nothing where the results hold.

    Its witnesses are run again.  Where the code that reads runs, or makes the points, has changed, a quick run is made as
    well and its tables are compared with those of a quick run of then.

    Raises
    ------
    ConfigError
        It has not been run.
    """
    path = folder / "provenance.json"
    if not path.is_file():
        raise ConfigError(f"{experiment.id}: not run; asmsim experiment run {experiment.id}")
    origin = json.loads(path.read_text(encoding="utf-8"))
    lines = check_witnesses(experiment, folder)
    now = {"reading_id": reading_id(experiment), "design_id": design_id(experiment)}
    if lines or all(origin.get(key) == value for key, value in now.items()):
        return lines
    then = origin.get("quick_tables")
    if not then:
        return ["the code that reads its runs has changed, and no quick run of then is kept; run the experiment again"]
    tables = digest_quick_tables(experiment, say)
    return [
        f"table {name} of a quick run is another: the code that reads runs gives something else"
        for name in sorted({*then, *tables})
        if then.get(name) != tables.get(name)
    ]
