"""Paired runs for the what-if page: baseline and changed scenario on the same draws and seeds, in growing numbers.

A *sample* is what the runs of one scenario gave so far.  It grows in chunks: a first estimate comes from a few runs,
and the last from all.  Samples are kept by what their runs are given, so that an undone change costs nothing and all
tabs share one baseline.  A changed scenario that is given the same up to the start of policy begins there, from where
the baseline's runs stood.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from asmsim.config.schema import month_number
from asmsim.model.defined import finish_outcomes
from asmsim.model.handles import H
from asmsim.model.means import mean_defined
from asmsim.model.own_outcomes import list_outcomes
from asmsim.model.scenario import Scenario
from asmsim.model.simulate import Run, check_conserved, prepare_run
from asmsim.model.state import Record
from asmsim.sweeps.draws import Draws, draw_seed
from asmsim.sweeps.execute.histories import copy_history, digest_by_month, digest_constants
from asmsim.sweeps.execute.preparation import lay_draw_on
from asmsim.workshop.preset import RUNS, Preset, WorkshopState, draw_parameters, find_preset, make_changed

Floats = npt.NDArray[np.float64]
CHUNKS = (4, 16, 40, 80, 120, 160, RUNS)
"""Runs of each scenario after each chunk: the first is small, so that a room sees something at once."""
MAPPED = 40
"""Runs over which the map is the mean."""
MOST_BYTES_OF_SAMPLES = 32_000_000
"""Of the samples kept; one of 200 runs of 18 years takes about 3 MB."""
BYTES_OF_SCENARIO = 200_000
"""What a sample's scenario takes beside its runs, about."""
MOST_HISTORIES = RUNS
"""Runs kept as they stood at the start of policy, up to 1 MB each: those of one baseline."""
MOST_STATES = 2_000
"""States of which it is known which sample is theirs."""
MOST_PLANS = 2
"""Changed scenarios whose plans are kept for more runs, up to 35 MB each."""


class Stopped(Exception):
    """Something newer is wanted, so that what is computed is given up."""


def never() -> bool:
    """Say that nothing newer is wanted."""
    return False


class Given(NamedTuple):
    """Digests of what all runs of a scenario are given: at any time, up to the start of policy, up to the end."""

    throughout: str
    before: str
    whole: str

    @property
    def history(self) -> str:
        """What decides a run up to the start of policy, but for its number."""
        return self.throughout + self.before


class RunSample:
    """What the runs of one scenario gave so far, run by run in a fixed order.

    Attributes
    ----------
    values
        (year, outcome) calendar-year means of each run.
    dates
        Decimal years in which the law comes into force and the programme ends, by the names of the page.
    places
        (year, [miners, licensed share, stigma, mercury kg], district) sum over the first `MAPPED` runs.
    keeps
        Whether runs are kept as they stand at the start of policy, for others to go on from.
    """

    def __init__(self, engine: "Engine", made: Scenario, draws: Draws | None, given: Given, seed: int, keeps: bool):
        self.values: list[Floats] = []
        self.places: Floats = np.zeros(0)
        self.given, self.draws, self.seed, self.keeps = given, draws, seed, keeps
        self.dates = find_dates_of(made)
        self.lock = threading.Lock()
        self._engine, self._made = engine, made
        self._members: dict[int, Scenario] = {}
        context = made.context
        self._recorded = month_number(context.recorded) - month_number(context.start)
        self._policy = month_number(context.policy_start) - month_number(context.start)
        first = month_number(context.recorded)
        months = np.arange(first, month_number(context.end) + 1) // 12
        self.years: list[int] = sorted({int(y) for y in months})
        self.months_of_years = np.array([(months == y).sum() for y in self.years])
        self._ends = np.cumsum(self.months_of_years)

    @property
    def made(self) -> Scenario:
        """The scenario."""
        return self._made

    @property
    def size(self) -> int:
        """Bytes of what is kept."""
        return sum(v.nbytes for v in self.values) + self.places.nbytes + BYTES_OF_SCENARIO

    def take(self, runs: int, columns: Iterable[int]) -> Floats:
        """Return (run, year, outcome) values of the first runs."""
        chosen = list(columns)
        return np.stack([v[:, chosen] for v in self.values[:runs]])

    def grow(self, runs: int, stop: Callable[[], bool] = never, pool: ThreadPoolExecutor | None = None) -> None:
        """Simulate until there are so many runs, in the threads of a pool or in this one.

        Raises
        ------
        Stopped
            `stop` said so; the runs that were finished are kept.
        """
        with self.lock:
            wanted = range(len(self.values), min(runs, RUNS))
            if not wanted:
                return
            self.prepare(wanted)
            work = (lambda k: self._simulate(k, stop)) if stop is not never else self._simulate
            for values, places in map(work, wanted) if pool is None else pool.map(work, wanted):
                if len(self.values) < MAPPED:
                    self.places = places if not self.values else self.places + places
                self.values.append(values)

    def prepare(self, wanted: Iterable[int]) -> None:
        """Make what the runs share before threads start."""
        if "base" not in vars(self._made.plan):
            self._engine.share_base(self._made)
        self._made.plan.arrays  # noqa: B018
        for k in wanted:
            draw = self._number(k)[0]
            if draw not in self._members:
                self._members[draw] = self._lay(draw)

    def find_run(self, k: int) -> tuple[Scenario, int]:
        """Return scenario and seed of a run that has been prepared."""
        draw, seed = self._number(k)
        return self._members[draw], draw_seed(seed, draw)

    def forget_plan(self) -> None:
        """Drop the plan; it is made again if more runs are wanted."""
        self._members.clear()
        vars(self._made).pop("plan", None)

    def _number(self, k: int) -> tuple[int, int]:
        """Draw and seed of a run: every draw on the first seed, then every draw on the second."""
        draws = 1 if self.draws is None else len(self.draws)
        return k % draws, self.seed + k // draws

    def _lay(self, draw: int) -> Scenario:
        if self.draws is None:
            return self._made
        values = self.draws.values[draw]
        if self._made.plan.behaving:  # an event changes behaviour, so that the plan depends on it
            return self._made.with_parameters(values)
        return lay_draw_on(self._made, values)

    def _simulate(self, k: int, stop: Callable[[], bool] = never) -> tuple[Floats, Floats]:
        """One run: its calendar-year means of outcomes and of places."""
        if stop():
            raise Stopped
        made, seed = self.find_run(k)
        run, at = prepare_run(made, seed), 0
        months = made.context.months
        if 0 < self._policy <= self._recorded:
            before = self._engine.histories.get((self.given.history, k))
            if before is not None:
                copy_history(run, before, self._policy)
                at = self._policy
            elif self.keeps:
                run.advance(0, self._policy)
                at = self._policy
                self._engine.keep_history((self.given.history, k), copy_beginning(run, at))
        run.advance(at, months)
        check_conserved(run, months)
        reported = finish_outcomes(run.reported[self._recorded :].copy(), [o.name for o in list_outcomes()])
        return self._yearly(reported), self._yearly(run.record.places[self._recorded :])

    def _yearly(self, values: Floats) -> Floats:
        """Means of each calendar year of what is defined, (year, ...)."""
        return np.stack([mean_defined(part, 0) for part in np.split(values, self._ends[:-1])])


def copy_beginning(run: Run, months: int) -> Run:
    """Return a run as it stands after so many months, without room for what comes after them."""
    copied = copy_history(prepare_run(run.scenario, run.seed), run, months)
    record: Any = Record(*(array[:months].copy() for array in copied.record))  # type: ignore[arg-type]
    return replace(copied, record=record, seen=copied.seen[:, :months].copy())


class Engine:
    """Samples of all scenarios that the tabs ask for, and the threads that make them."""

    def __init__(self, presets: Mapping[str, Preset], threads: int | None = None) -> None:
        self.presets = presets
        self.threads = threads or os.cpu_count() or 1
        self.pool = ThreadPoolExecutor(self.threads, "run")
        self.histories: OrderedDict[tuple[str, int], Run] = OrderedDict()
        self._samples: OrderedDict[str, RunSample] = OrderedDict()
        self._by_state: OrderedDict[str, str] = OrderedDict()
        self._draws: dict[tuple[str, ...], Draws | None] = {}
        self._planned: list[RunSample] = []
        self._base: RunSample | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the threads; runs that have not begun are given up."""
        self.pool.shutdown(wait=True, cancel_futures=True)

    def find_preset(self, state: WorkshopState) -> Preset:
        """Return the preset of a state."""
        return find_preset(state.preset, self.presets)

    def find_pair(self, state: WorkshopState) -> tuple[RunSample, RunSample]:
        """Return the samples of the baseline and of the changed scenario; one and the same where nothing differs."""
        base = self.find_sample(state.unchanged)
        return base, (self.find_sample(state) if state.levers else base)

    def find_sample(self, state: WorkshopState) -> RunSample:
        """Return the sample of a state, with the runs that there are already.

        Raises
        ------
        ConfigError
            The state cannot be simulated.
        """
        with self._lock:
            kept = self._samples.get(self._by_state.get(state.key, ""))
            if kept is not None:
                self._use(kept)
                return kept
        preset = self.find_preset(state)
        made = make_changed(preset, state)
        draws = self.find_draws(preset, made)
        given = digest_given(made, draws, state.seed)
        sample = RunSample(self, made, draws, given, state.seed, keeps=not state.levers)
        with self._lock:
            sample = self._samples.setdefault(given.whole, sample)
            self._by_state[state.key] = given.whole
            while len(self._by_state) > MOST_STATES:
                self._by_state.popitem(last=False)
            self._use(sample)
        return sample

    def _use(self, sample: RunSample) -> None:
        """Mark a sample as the one used last, and drop what has not been used for longest."""
        self._samples.move_to_end(sample.given.whole)
        if sample.keeps:
            self._base = sample
        while len(self._samples) > 2 and sum(s.size for s in self._samples.values()) > MOST_BYTES_OF_SAMPLES:
            self._samples.popitem(last=False)
        self._planned = [s for s in self._planned if s is not sample] + [sample]
        for old in self._planned[: -MOST_PLANS - 1]:
            if old is not self._base and old.lock.acquire(blocking=False):  # not while it grows
                old.forget_plan()
                old.lock.release()
                self._planned.remove(old)

    def find_draws(self, preset: Preset, made: Scenario) -> Draws | None:
        """Return the draws of a scenario; those of a preset are the same until an assumption fixes one."""
        key = (preset.name, *sorted(made.parameters))
        if key not in self._draws:
            self._draws[key] = draw_parameters(preset, made)
        return self._draws[key]

    def share_base(self, made: Scenario) -> None:
        """Make the base of a plan from the baseline's, where that is of the same places and months."""
        base = self._base
        if base is None or base.made is made or base.made.context.name != made.context.name:
            return
        plan = base.made.plan
        if "base" in vars(plan) and plan.base.shape[:2] == (made.plan.grid.months, made.plan.grid.districts):
            made.plan.copy_base(plan)

    def keep_history(self, key: tuple[str, int], run: Run) -> None:
        """Keep a run as it stands at the start of policy, and drop those that were made first."""
        with self._lock:
            self.histories[key] = run
            while len(self.histories) > MOST_HISTORIES:
                self.histories.popitem(last=False)


def digest_given(made: Scenario, draws: Draws | None, seed: int) -> Given:
    """Digest what the runs of a scenario are given."""
    context = made.context
    policy = month_number(context.policy_start) - month_number(context.start)
    by_month = digest_by_month(made.plan)
    told: Any = None if draws is None else (draws.told, sorted(made.parameters))
    throughout = hashlib.sha256(digest_constants(made) + repr((told, seed)).encode()).hexdigest()
    before = by_month[policy - 1].decode() if policy > 0 else ""
    return Given(throughout, before, throughout + by_month[-1].decode())


def find_dates_of(made: Scenario) -> dict[str, float]:
    """Return the decimal years in which the law comes into force and the programme ends, where they do in the years shown."""
    begins, first = month_number(made.context.start), month_number(made.context.recorded)
    found: dict[str, int] = {}
    force = made.plan.written.get(H.in_force)
    if force is not None and (force > 0).any():
        found["law"] = begins + int((force > 0).any(1).argmax())
    if made.donor.programme is not None and made.exit_month < made.context.months:
        found["exit"] = begins + made.exit_month
    return {what: month / 12 for what, month in found.items() if month >= first}
