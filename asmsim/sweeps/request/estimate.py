"""What a sweep will take, from a few of its runs: time, disk, and how many seeds it should have."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError, nearest
from asmsim.model.scenario import make_scenario
from asmsim.sweeps.execute.executors import count_cores
from asmsim.sweeps.execute.simulator import SIMULATOR, RunFunction
from asmsim.sweeps.execute.worker import complete_run
from asmsim.sweeps.request.overlay import overlay
from asmsim.sweeps.request.request import Request
from asmsim.sweeps.store.dates import year_mean
from asmsim.sweeps.store.manifest import Manifest
from asmsim.sweeps.store.parts import to_bytes
from asmsim.sweeps.store.run_tables import CompletedRun, Row, make_tables

POINTS, SEEDS, SECONDS = 6, 8, 20.0
"""Points spread over the design and seeds of each that are tried, and the time after which no more are begun."""
OVERHEAD = 1.1


@dataclass(frozen=True)
class Estimate:
    """What was tried and what follows.

    Attributes
    ----------
    hours
        Of all runs, each from its first month; what runs have in common makes it less.
    difference_sd
        Standard deviations, over seeds, of the paired differences of the tried points from the first: the
        median and the largest; None where fewer than two points or seeds were tried.
    seeds
        Replicates advised for the median and for the largest of them.
    """

    runs: int
    tried: int
    run_seconds: float
    point_seconds: float
    hours: float
    workers: int
    disk: float
    outcome: str
    half_width: float
    difference_sd: tuple[float, float] | None
    seeds: tuple[int, int] | None


def estimate_request(
    asked: Request,
    workers: int | None,
    outcome: str,
    half_width: float,
    advance: Callable[[int], None] = lambda _: None,
    run: RunFunction = SIMULATOR,
) -> Estimate:
    """Time a few real runs; nothing is written.

    Raises
    ------
    ConfigError
        No such outcome, or a half-width that is not positive.
    """
    about = run.about()
    names = list(about.outcomes)
    if outcome not in names:
        raise ConfigError(f"--outcome {outcome}: no such outcome{nearest(outcome, names)}")
    if half_width <= 0:
        raise ConfigError(f"--half-width {half_width:g}: needs a number above 0, in the unit of {outcome}")
    manifest = asked.manifest(about)
    chosen = sorted({round(k) for k in np.linspace(0, len(asked.ids) - 1, min(POINTS, len(asked.ids)))})
    seeds = range(1, SEEDS + 1)
    rows: list[Row] = []
    ends: list[npt.NDArray[np.float64]] = []
    run_seconds = point_seconds = 0.0
    begin = perf_counter()
    for number, point in enumerate(chosen):
        since = perf_counter()
        scenario = make_scenario(overlay(asked.data[asked.of_base[point]], asked.points[point]))
        scenario.plan.arrays  # noqa: B018
        point_seconds += perf_counter() - since
        if number == 0:
            run.ready(scenario)
            begin = perf_counter()
        end = []
        for seed in seeds:
            since = perf_counter()
            values = run(scenario, seed)
            run_seconds += perf_counter() - since
            done = complete_run(scenario, values, names, list(manifest.outcomes))
            rows.append((asked.ids[point], seed, done))
            end.append(float(year_mean(values, len(values))[names.index(outcome)]))
            advance(1)
        ends.append(np.array(end))
        if perf_counter() - begin > SECONDS:
            break
    each, plan = run_seconds / len(rows), point_seconds / len(ends)
    number_of = workers or count_cores()
    total = (asked.runs * each + len(asked.ids) * plan) * OVERHEAD / max(1, min(number_of, asked.runs))
    sd = paired_sd(ends) if asked.wish.paired else independent_sd(ends)
    return Estimate(
        runs=asked.runs,
        tried=len(rows),
        run_seconds=each,
        point_seconds=plan,
        hours=total / 3600,
        workers=number_of,
        disk=_bytes_a_run(rows, manifest) * asked.runs,
        outcome=outcome,
        half_width=half_width,
        difference_sd=sd,
        seeds=None if sd is None else (count_needed_seeds(sd[0], half_width), count_needed_seeds(sd[1], half_width)),
    )


def paired_sd(ends: Sequence[npt.NDArray[np.float64]]) -> tuple[float, float] | None:
    """Median and largest standard deviation, over seeds, of the differences of points from the first."""
    spreads = [float((other - ends[0]).std(ddof=1)) for other in ends[1:]]
    return (float(np.median(spreads)), max(spreads)) if spreads else None


def independent_sd(ends: Sequence[npt.NDArray[np.float64]]) -> tuple[float, float] | None:
    """The same where points do not share their seeds: variances add."""
    spreads = [math.hypot(float(other.std(ddof=1)), float(ends[0].std(ddof=1))) for other in ends[1:]]
    return (float(np.median(spreads)), max(spreads)) if spreads else None


def count_needed_seeds(sd: float, half_width: float) -> int:
    """Seeds for which the 95 % interval of a mean difference, by Student's t, has this half-width; at least 2."""
    from scipy import stats

    n = max(2, math.ceil((stats.norm.ppf(0.975) * sd / half_width) ** 2))
    while stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n) > half_width:
        n += 1
    return n


def _bytes_a_run(rows: Sequence[Row], manifest: Manifest) -> float:
    done = [row for row in rows if isinstance(row[2], CompletedRun)]
    made = make_tables(done, manifest.keep, list(manifest.outcomes))
    return sum(len(to_bytes(frame)) for frame in made.values()) / len(done)
