"""Sweeps: what the driver and the store cost beside the runs, against Mesa's own, and in memory."""

import json
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from asmsim.model.model import FormalisationModel
from asmsim.model.own_outcomes import list_reported
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.execute.simulator import SIMULATOR, About, RunFunction, Simulate, Simulator
from asmsim.sweeps.request.request import SweepOptions, make_request
from asmsim.sweeps.store.results import Results
from benchmarks.common import Row, Rows, python, seconds, warm

SMALL = ("context=generic", "policy=five_ingredients", "model.scale=50")
YEARS = "donor.programme.duration_years"
OVERHEAD, DRIVER_MB = 1.15, 300


def sweep(out: Path, overrides: list[str], seeds: int, run: RunFunction = SIMULATOR, **wish: Any) -> Results:
    """Run a sweep of the small scenario on two processes."""
    asked = make_request([*SMALL, *overrides], SweepOptions(seeds=seeds, **wish))
    return run_request(asked, out, False, Execution(workers=2, run=run))


class Alone(Simulator):
    """Every run from its first month."""

    def __call__(self, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Any:
        """A whole run, whatever others have in common with it."""
        return super().__call__(scenario, seed)


def overhead(quick: bool) -> Rows:
    """Wall time of a sweep over half the sum of its run times, on two processes; from imports to compaction."""
    points, seeds = (40, 25) if quick else (400, 25)
    warm(scenario(*SMALL))
    with tempfile.TemporaryDirectory() as folder:
        begin = perf_counter()
        found = sweep(Path(folder), [f"{YEARS}=interval(0,20)"], seeds, Alone(), design="sobol", n=points)
        wall = perf_counter() - begin
        runs, done = run_seconds(found), found.status["ok"]
    ratio = wall / (runs / 2)
    name = f"sweep: {done:,} runs of {1e3 * runs / done:.1f} ms"
    yield Row(
        f"{name}, series and summary", f"<= {OVERHEAD}", f"{ratio:.3f} x (sum of run times / 2)", ratio <= OVERHEAD
    )
    yield Row(f"{name}: wall, runs", "", f"{wall:.0f} s wall, {runs:.0f} s of runs on 2 processes")


def run_seconds(found: Results) -> float:
    """Sum of the times of a sweep's runs alone."""
    lines = (found.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return float(sum(json.loads(line)["run_seconds"] for line in lines))


def histories(quick: bool) -> Rows:
    """One to twenty years of a project on the same seeds: what runs have in common once, against each run alone."""
    seeds, values = 20 if quick else 100, [f"{YEARS}=range(1,21)", "context.end=2034-12"]
    warm(scenario(*SMALL))
    with tempfile.TemporaryDirectory() as folder:
        alone = run_seconds(sweep(Path(folder) / "alone", values, seeds, Alone()))
        ours = run_seconds(sweep(Path(folder) / "shared", values, seeds))
    said = f"{ours:.1f} s of runs against {alone:.1f} s, ratio {alone / ours:.2f}"
    yield Row(f"sweep of {20 * seeds:,} runs, histories shared", "ratio > 1.2", said, alone > 1.2 * ours)


@dataclass(frozen=True)
class AsMesa:
    """The same run by the Mesa model class: month by month, as `mesa.batch_run` makes it, or in one call."""

    monthly: bool = False

    def about(self) -> About:
        """Of the model."""
        return Simulator().about()

    def ready(self, scenario: Scenario) -> None:
        """Compile."""
        SIMULATOR.ready(scenario)

    def __call__(self, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Any:
        """A whole run; the data collector records every month."""
        model = FormalisationModel(scenario, seed)
        if self.monthly:
            model.run_model()
        else:
            model.run()
        return np.asarray(model.native.out[:, list_reported()])


def against_mesa(quick: bool) -> Rows:
    """200 runs of one model class by `mesa.batch_run` and by a sweep, two processes each."""
    years, seeds = list(range(1, 11)), 5 if quick else 20
    warm(scenario(*SMALL))
    scenarios = [scenario(*SMALL, f"{YEARS}={y}") for y in years]
    theirs = seconds(lambda: batch_run(FormalisationModel, scenarios, seeds))
    values = [f"{YEARS}={','.join(map(str, years))}"]
    with tempfile.TemporaryDirectory() as folder:
        stepped = seconds(lambda: sweep(Path(folder) / "stepped", values, seeds, AsMesa(monthly=True)))
        same = seconds(lambda: sweep(Path(folder) / "mesa", values, seeds, AsMesa()))
        ours = seconds(lambda: sweep(Path(folder) / "native", values, seeds))
    runs = len(years) * seeds
    yield Row(
        f"batch_run: {runs} runs of FormalisationModel", "", f"{theirs:.1f} s; keeps the last month of 4 outcomes"
    )
    said = f"{stepped:.1f} s, ratio {theirs / stepped:.2f}; keeps all months of all outcomes on disk"
    yield Row("sweep of the same model class, month by month", "ratio > 1", said, stepped < theirs)
    said = f"{same:.1f} s, ratio {theirs / same:.1f}"
    yield Row("sweep of the same model class, model.run()", "ratio > 1", said, same < theirs)
    yield Row(
        "sweep as it is (no Mesa in the workers)",
        "ratio > 1",
        f"{ours:.1f} s, ratio {theirs / ours:.1f}",
        ours < theirs,
    )
    yield survival(scenarios[:4])


def batch_run(model: Any, scenarios: list[Scenario], seeds: int) -> list[dict[str, Any]]:
    """Mesa's own, whose ways to give seeds differ by version (see `FormalisationModel`)."""
    from inspect import signature

    import mesa

    many = list(range(1, seeds + 1))
    by_rng = "rng" in signature(mesa.batch_run).parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: list[dict[str, Any]] = mesa.batch_run(
            model,
            {"scenario": scenarios} if by_rng else {"scenario": scenarios, "seed": many},
            number_processes=2,
            max_steps=scenarios[0].context.months - 1,
            display_progress=False,
            **({"rng": many} if by_rng else {}),
        )
    return found


class Raising(FormalisationModel):
    """Raises on seed 2."""

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        if seed == 2:
            raise ZeroDivisionError("seed 2")
        super().__init__(scenario, seed)


@dataclass(frozen=True)
class RaisingRun(AsMesa):
    """The same for a sweep."""

    def __call__(self, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Any:
        """Raise on seed 2."""
        if seed == 2:
            raise ZeroDivisionError("seed 2")
        return super().__call__(scenario, seed)


def survival(scenarios: list[Scenario]) -> Row:
    """What is left when one seed raises."""
    theirs: list[Any] = []
    with suppress(ZeroDivisionError):
        theirs = batch_run(Raising, scenarios, 3)
    with tempfile.TemporaryDirectory() as folder:
        status = sweep(Path(folder), [f"{YEARS}=1,2,3,4"], 3, RaisingRun()).status
    text = f"batch_run: {len(theirs)} of 12 runs left; sweep: {status['ok']} right, {status.get('failed', 0)} named"
    return Row("one seed of three raises", "8 right, 4 named", text, status["ok"] == 8)


def driver_memory(quick: bool) -> Rows:
    """Peak memory of the driver at a tenth of the runs and at all of them; runs compute nothing."""
    few, many = (1_000, 10_000) if quick else (10_000, 100_000)
    warm(scenario(*SMALL))
    peaks = []
    for runs in (few, many):
        _, printed = python("-m", "benchmarks.driver", str(runs))
        peaks.append(json.loads(printed.splitlines()[-1]))
    (a, at_few), (b, at_many) = ((p["peak_mb"], p["runs"]) for p in peaks)
    yield Row(f"driver: peak memory at {at_few:,} runs", "", f"{a:.0f} MB")
    grown = f"{b:.0f} MB ({(b - a) * 1e6 / (at_many - at_few):.0f} bytes a run)"
    yield Row(f"driver: peak memory at {at_many:,} runs", f"<= {DRIVER_MB} MB", grown, b <= DRIVER_MB)
    yield Row("driver: runs that compute nothing", "", f"{peaks[1]['runs'] / peaks[1]['seconds']:,.0f} runs/s")
