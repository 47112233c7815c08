"""Replicates: the same scenario on many seeds, on threads, in one process.

The kernel releases the interpreter, so threads share the plan and the compiled code; results come in
the order of the seeds whatever finishes first.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.language import tr
from asmsim.config.schema import month_name, month_number
from asmsim.config.seeds import check_seeds
from asmsim.model.defined import finish_outcomes
from asmsim.model.inputs_identity import describe_provenance
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import Outcome, find_outcome, list_outcomes, list_reported
from asmsim.model.pathway import classify
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import as_scenario
from asmsim.model.simulate import simulate
from asmsim.sweeps.cautions import list_cautions
from asmsim.sweeps.draws import Draws, draw_seed
from asmsim.sweeps.store.run_tables import number_column

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Replicates:
    """Outcomes of one scenario on its seeds, for the recorded months.

    Attributes
    ----------
    values
        (run, month, outcome) float64; a run is a seed or, where parameters are drawn, a seed of a draw.
    lever_cost, lever_delivered
        (month, lever) means over runs: USD a month, share of the plan delivered.
    places
        (month, [miners, licensed share, stigma, mercury kg], district) means over runs.
    drawn
        Draws of parameters, each run on so many seeds of its own; runs go draw by draw.
    """

    scenario: Scenario
    seeds: tuple[int, ...]
    values: npt.NDArray[np.float64]
    lever_cost: npt.NDArray[np.float64]
    lever_delivered: npt.NDArray[np.float64]
    places: npt.NDArray[np.float64]
    drawn: Draws | None = None

    def __repr__(self) -> str:
        """What was run, in one line."""
        where = f"{self.scenario.context.title}: {self.name}"
        return f"<Replicates of {where}; {self.counted}, {self.months[0]} to {self.months[-1]}>"

    def plot(self, y: str | Sequence[str] = "", **options: Any) -> Any:
        """Return a matplotlib figure; parameters as in `asmsim.plot`."""
        import asmsim

        return asmsim.plot(self, y, **options)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the answer and the small table."""
        import asmsim

        return asmsim.to_html(self)

    def why(self, beside: "Replicates | None" = None) -> str:
        """Return what held people back; beside other runs also what changed most."""
        import asmsim

        return asmsim.why(self, beside)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.values)

    @property
    def draws(self) -> int:
        """How many draws of parameters; 0 where they are as the scenario has them."""
        return 0 if self.drawn is None else len(self.drawn)

    @property
    def seeds_run(self) -> list[int]:
        """Seed of each run: every draw has its own, the same under every policy."""
        return [draw_seed(seed, draw) for draw in range(max(1, self.draws)) for seed in self.seeds]

    @property
    def counted(self) -> str:
        """Seeds, and draws if there are any, in words."""
        seeds = tr("1 seed") if len(self.seeds) == 1 else tr("{number} seeds", number=len(self.seeds))
        return seeds if self.drawn is None else tr("{sets} on {seeds} each", sets=self.drawn.sets, seeds=seeds)

    @property
    def id(self) -> str:
        """Hash of the compiled model, of what its runs were given, and of their seeds."""
        return str(self.provenance["run_id"])

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What a reader needs to run it again."""
        values, told = (self.drawn.values, self.drawn.told) if self.drawn else ((), None)
        return describe_provenance([self.scenario], self.seeds, values, told, "asmsim run --scenario scenario.yaml")

    @cached_property
    def cautions(self) -> list[str]:
        """What to be careful of in them."""
        return list_cautions([self.scenario], len(self.seeds), self.draws)

    @property
    def name(self) -> str:
        """What figures call it."""
        return self.scenario.name or self.scenario.policy or self.scenario.context.name

    @cached_property
    def months(self) -> list[str]:
        """Names of the recorded months."""
        first, last = month_number(self.scenario.context.recorded), month_number(self.scenario.context.end)
        return [month_name(m) for m in range(first, last + 1)]

    @property
    def years(self) -> npt.NDArray[np.float64]:
        """Recorded months as decimal years."""
        return np.array([int(m[:4]) + (int(m[5:]) - 0.5) / 12 for m in self.months])

    def of(self, outcome: str | Outcome) -> npt.NDArray[np.float64]:
        """(seed, month) values of one outcome."""
        return self.values[:, :, find_outcome(outcome) if isinstance(outcome, str) else outcome]

    def series(self) -> "pl.DataFrame":
        """One row per run and month; float32 as stored."""
        import polars as pl

        runs, months, _ = self.values.shape
        frame = {
            "seed": np.repeat(np.array(self.seeds_run, np.uint64).astype(np.int64), months),
            "month": np.tile(np.array(self.months), runs),
        }
        if self.drawn is not None:
            frame = {"draw": np.repeat(np.arange(self.draws), len(self.seeds) * months)} | frame
        columns = {
            o.name: number_column(o.name, self.values[:, :, o].ravel().astype(np.float32)) for o in list_reported()
        }
        return pl.DataFrame(frame | columns)

    def to_pandas(self) -> Any:
        """The series as a pandas DataFrame."""
        return self.series().to_pandas()

    @cached_property
    def pathways(self) -> list[str | None]:
        """Pathway of each run; None where nobody mines in the end."""
        share, pending, age = (self.of(o) for o in (O.licensed_share, O.in_process_share, O.file_age))
        return [classify(share[k], pending[k], age[k]) for k in range(self.runs)]

    @property
    def exit_index(self) -> int:
        """Index among the recorded months of the first month after the programme."""
        offset = month_number(self.scenario.context.recorded) - month_number(self.scenario.context.start)
        return int(np.clip(self.scenario.exit_month - offset, 1, len(self.months)))


def count_workers(threads: int | None, tasks: int) -> int:
    """Threads to start for so many tasks.

    Raises
    ------
    ConfigError
        Not a whole number from 1.
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ConfigError(f"threads = {threads!r}: a whole number from 1 is needed, or None for one on each core")
    return max(1, min(threads or os.cpu_count() or 1, tasks))


def check_observed(scenario: Scenario) -> None:
    """Refuse observations of something that is no outcome.

    Raises
    ------
    ConfigError
        Names the nearest outcome.
    """
    for name in scenario.context.observed:
        find_outcome(name, "context.observed.")


def replicate(
    scenario: Scenario | str | Sequence[str],
    seeds: int | Sequence[int] = 32,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    drawn: Draws | None = None,
) -> Replicates:
    """Run a scenario on seeds 1..n, or on the seeds given.

    Parameters
    ----------
    scenario
        A scenario, or overrides as on the command line, in one string or a list.
    seeds
        A number of seeds or the seeds themselves.
    threads
        Threads to run on; by default one for each core.
    progress
        Called with 1 each time a run is done.
    drawn
        Draws of behaviour parameters; each runs on as many seeds, its own.

    Raises
    ------
    ConfigError
        The scenario, the seeds or the threads are not such.
    ConservationError
        A run made or lost gold, money, people or files.
    UndefinedError
        A value of a run is not finite.
    """
    scenario, chosen = as_scenario(scenario), check_seeds(seeds)
    check_observed(scenario)
    context = scenario.context
    first = month_number(context.recorded) - month_number(context.start)
    scenarios = [scenario.with_parameters(draw) for draw in drawn.values] if drawn is not None else [scenario]
    for each in scenarios:
        each.plan.arrays  # noqa: B018  shared by all seeds, so made before the threads start
    names = [o.name for o in list_outcomes()]
    tasks = [(each, draw_seed(seed, draw)) for draw, each in enumerate(scenarios) for seed in chosen]
    workers = count_workers(threads, len(tasks))

    def one(task: tuple[Scenario, int]) -> tuple[Any, ...]:
        run = simulate(*task)
        if progress is not None:
            progress(1)
        return finish_outcomes(run.reported[first:].copy(), names), run.record.levers[first:], run.record.places[first:]

    with ThreadPoolExecutor(workers) as pool:
        done = list(pool.map(one, tasks))
    levers = ordered_mean([d[1] for d in done])
    return Replicates(
        scenario,
        chosen,
        np.stack([d[0] for d in done]),
        levers[:, :, 0],
        levers[:, :, 1],
        ordered_mean([d[2] for d in done]),
        drawn,
    )


def ordered_mean(arrays: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Mean in a fixed order, so that thread timing can never change a byte."""
    total = np.zeros_like(arrays[0])
    for array in arrays:
        total += array
    return total / len(arrays)
