"""What an experiment's folder says: its question, its registered hypotheses, its sweeps, and its own code."""

import importlib.util
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import ValidationError, field_validator

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.schema import Closed
from asmsim.config.schema import field as key
from asmsim.config.yaml_files import read_yaml

QUICK = "model.scale=100"
"""Sample of a quick run."""


class Claim(Closed):
    """A hypothesis as it was registered before the first run."""

    label: str = key(..., "the claim in a few words, for tables")
    claim: str = key(..., "the claim as registered: its words are never changed")

    @field_validator("claim")
    @classmethod
    def _on_one_line(cls, text: str) -> str:
        return " ".join(text.split())


class SweepPlan(Closed):
    """One sweep of an experiment, as `asmsim sweep` takes it."""

    overrides: tuple[str, ...] = key(..., "what is fixed and what varies, as typed")
    design: str = "grid"
    n: int | None = key(None, "points that lhs and sobol draw")
    points: str | None = key(None, "table of points in the experiment's folder; design.py = made by its `points`")
    size: int = key(0, "how many `points` is to make")
    order: tuple[str, ...] = key((), "ingredients or levers that begin in every order")
    every_months: int = key(12, "months from one of them to the next", "months", 1, 600)
    posterior: str = key("mongolia", "where they come from; none = starting values")
    draws: int = key(32, "how many", "count", 1, 10_000)
    draw_seed: int = key(1, "another one makes other draws", "count", 1, 10_000)
    seeds: int | tuple[int, ...] = key(2, "seeds of each draw: how many, or those seeds themselves")
    keep: Literal["summary", "series", "both"] = "summary"
    outcomes: tuple[str, ...] = ()


class ExperimentPlan(Closed):
    """What an experiment asks and runs."""

    title: str
    caution: str = key(
        "", "what a reader must know first: on which choice of the design, or of the model, the finding rests"
    )
    minutes: float = key(..., "time it takes on two cores", "minutes", 0, 10_000)
    hypotheses: dict[str, Claim] = key({}, "by number: what is claimed, written before the first run")
    sweeps: dict[str, SweepPlan]
    quick: dict[str, dict[str, Any]] = key({}, "sweep: what --quick takes instead, on a coarse sample")

    @field_validator("caution")
    @classmethod
    def _in_one_line(cls, text: str) -> str:
        return " ".join(text.split())

    @field_validator("hypotheses", mode="before")
    @classmethod
    def _numbered(cls, found: Any) -> Any:
        return {str(number): claim for number, claim in found.items()} if isinstance(found, Mapping) else found


@dataclass(frozen=True)
class Experiment:
    """An experiment's folder."""

    folder: Path
    plan: ExperimentPlan

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def readme(self) -> Path:
        """Where its question, hypotheses, design and finding stand."""
        return self.folder / "README.md"

    def sweep_of(self, name: str, quick: bool) -> SweepPlan:
        """Return one of its sweeps; the smaller one if it shall be quick."""
        plan = self.plan.sweeps[name]
        if not quick:
            return plan
        smaller = SweepPlan(**(plan.model_dump() | self.plan.quick.get(name, {})))
        return smaller.model_copy(update={"overrides": (*smaller.overrides, QUICK)})

    def load_code(self, part: Literal["design", "find", "describe", "plot"]) -> ModuleType:
        """Import one of the experiment's own modules.

        Raises
        ------
        ConfigError
            The experiment has no such file.
        """
        path = self.folder / f"{part}.py"
        if not path.is_file():
            raise ConfigError(f"experiment {self.id}: it needs a {part}.py, which is not in {self.folder}")
        return import_file(path)


def import_file(path: Path) -> ModuleType:
    """Import a file of an experiment's folder, which is no package; its files import each other by this."""
    spec = importlib.util.spec_from_file_location(f"experiment_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def list_names(root: Path) -> list[str]:
    """Return the names of the experiments in a folder."""
    return sorted(path.parent.name for path in root.glob("*/experiment.yaml"))


def load_experiment(name: str, root: Path) -> Experiment:
    """Load an experiment by name.

    Raises
    ------
    ConfigError
        There is no such experiment, or its file cannot be read.
    """
    path = root / name / "experiment.yaml"
    if not path.is_file():
        raise ConfigError(
            f"experiment {name}: none in {root}{nearest(name, list_names(root))}; known: {', '.join(list_names(root))}"
        )
    try:
        return Experiment(path.parent, ExperimentPlan(**read_yaml(path, aliases=True)))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {faults}") from error


def list_claims(experiment: Experiment) -> str:
    """Return the registered hypotheses as the numbered list of a README."""
    lines = [
        textwrap.fill(f"{number}. {item.claim}", 132, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)
        for number, item in experiment.plan.hypotheses.items()
    ]  # fmt: skip
    return "\n".join(lines)


CLAIMS = re.compile(r"(?<=\*\*Hypotheses\*\*, written before the first run:\n\n)(?:\d+\. .*\n(?:   .*\n)*)+")


def put_claims(readme: Path, experiment: Experiment) -> None:
    """Write the registered hypotheses where a README lists them, from the file that registers them."""
    before = readme.read_text(encoding="utf-8")
    after = CLAIMS.sub(lambda _: list_claims(experiment) + "\n", before)
    if after != before:
        readme.write_text(after, encoding="utf-8")
