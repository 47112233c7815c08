"""One run: state allocated, the compiled months called, the outcomes and their checks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConservationError
from asmsim.engine.columns import Rows
from asmsim.engine.rng import U
from asmsim.model import parameters
from asmsim.model.handles import H
from asmsim.model.month import AFTER, BEFORE, MINERS, WHOLE, run_months
from asmsim.model.outcomes import CHECKS, O
from asmsim.model.own_outcomes import Floats, agent_months, append_own, look_at_agents, number_of_own
from asmsim.model.scenario import Scenario
from asmsim.model.state import (
    BUYERS,
    COHORTS,
    INCOME_BINS,
    MINISTRIES,
    OFFERS,
    TABLES,
    TRADERS,
    Orders,
    Record,
    Scratch,
    State,
)
from asmsim.model.tallies import FLOWS, LEDGER, TALLIES

TOLERANCE = 1e-6
PLACE_OUTCOMES = ("miners", "licensed_share", "stigma", "mercury_kg")


def as_numbers(rows: Rows) -> npt.NDArray[np.float64]:
    """(row, field) view of rows whose fields are all float64."""
    return np.asarray(rows.view(np.ndarray).view("f8").reshape(len(rows), -1))


@dataclass(frozen=True, eq=False)
class Run:
    """One seed of one scenario under way.

    Attributes
    ----------
    record
        Outcomes by month, what each lever cost and delivered, and four outcomes by district.
    """

    scenario: Scenario
    seed: int
    state: State
    scratch: Scratch
    orders: Orders
    record: Record
    seen: Floats  # (own outcome, month) what outcomes of one's own saw of the agents, NaN where they did not look

    @property
    def rows(self) -> Rows:
        """(month,) outcomes by name; filled as far as the run has come."""
        return self.record.outcomes

    @property
    def out(self) -> npt.NDArray[np.float64]:
        """(month, outcome) numbers."""
        return as_numbers(self.record.outcomes)

    @property
    def reported(self) -> Floats:
        """(month, outcome) numbers, those of plugins behind the model's."""
        return append_own(self.out, dict(enumerate(self.seen)))

    def advance(self, first: int, last: int, threads: int = 1) -> None:
        """Run months `first` to `last - 1`: one native call, or miners shared out by district to threads.

        The bytes are the same however many threads there are.
        """
        for month in [t for t in agent_months(last) if t >= first]:
            self._advance(first, month + 1, threads)
            first = month + 1
            for k, value in look_at_agents(self.state, month, self.scenario.model.scale).items():
                self.seen[k, month] = value
        self._advance(first, last, threads)

    def _advance(self, first: int, last: int, threads: int) -> None:
        if threads == 1:
            self._call(first, last, WHOLE, 0, len(self.state.places))
            return
        shares = share_evenly(self.state.places.slots, threads)
        with ThreadPoolExecutor(threads) as pool:
            for t in range(first, last):
                self._call(t, t + 1, BEFORE, 0, 0)
                list(pool.map(partial(self._call, t, t + 1, MINERS), shares[:-1], shares[1:]))
                self._call(t, t + 1, AFTER, 0, 0)

    def _call(self, first: int, last: int, part: int, d0: int, d1: int) -> None:
        run_months(self.state, self.scratch, self.orders, self.record, U(self.seed), first, last, part, d0, d1)


def share_evenly(slots: npt.NDArray[Any], shares: int) -> list[int]:
    """Bounds of runs of districts with about as many slots each, in order; the first is 0."""
    ends = np.cumsum(slots)
    cuts = np.searchsorted(ends, ends[-1] * np.arange(1, shares) / shares)
    return [0, *(int(c) + 1 for c in cuts), len(slots)]


def make_orders(scenario: Scenario) -> Orders:
    """What the kernel takes of a scenario's plan and world."""
    world, plan = scenario.world, scenario.plan
    rules = parameters.make_records(plan.rules, scenario.model.scale)
    return Orders(*plan.arrays, world.near, world.near_hours, rules, plan.which)


def prepare_run(scenario: Scenario, seed: int) -> Run:
    """Allocate a run; nothing has happened yet."""
    world, plan = scenario.world, scenario.plan
    districts, slots = len(world.names), int(world.slots.sum())
    crew = int(scenario.behaviour["crew_slots"])
    sites = scenario.context.sites_per_district
    rows = {
        "miners": slots,
        "bands": slots // crew,
        "sites": districts * sites,
        "buyers": districts * BUYERS,
        "residents": districts * COHORTS,
        "ministries": len(MINISTRIES),
        "nation": 1,
        "donors": 1,
        "programmes": max(1, len(plan.levers)),
    }
    state = State(*[t.allocate(rows.get(name, districts)) for name, t in zip(State._fields, TABLES, strict=True)])
    places = state.places
    places.first_slot[:], places.slots[:], places.initial[:] = world.first_slot, world.slots, world.initial
    places.room[:], places.usual[:] = world.room, world.miners
    places.entry_usual[:], state.nation.settles_until[:] = 1.0, scenario.context.settles
    places.first_site[:], places.sites[:] = np.arange(districts) * sites, sites
    places.traders[:] = min(TRADERS, scenario.context.traders_per_district)
    places.hard_rock[:] = world.hard_rock
    state.holders.present[:], state.holders.land_share[:] = world.company_land > 0, world.company_land
    here: Any = np.zeros(districts, [(h.name, "f8") for h in H]).view(np.recarray)
    country: Any = np.zeros(1, here.dtype).view(np.recarray)
    tallies, every = TALLIES.allocate(districts), TALLIES.allocate(1)
    scratch = Scratch(
        here,
        as_numbers(here),
        country,
        as_numbers(country),
        np.zeros(districts, "i8"),
        OFFERS.allocate(districts),
        tallies,
        as_numbers(tallies),
        np.zeros((districts, INCOME_BINS)),
        every,
        as_numbers(every)[0],
        np.zeros(INCOME_BINS),
        FLOWS.allocate(1),
        LEDGER.allocate(1),
        LEDGER.allocate(1),
    )
    months = scenario.context.months
    outcomes: Any = np.zeros(months, [(o.name, "f8") for o in O]).view(np.recarray)
    return Run(
        scenario,
        seed,
        state,
        scratch,
        make_orders(scenario),
        Record(
            outcomes,
            np.zeros((months, len(state.programmes), 2)),
            np.zeros((months, len(PLACE_OUTCOMES), districts)),
        ),
        np.full((number_of_own(), months), np.nan),
    )


def simulate(scenario: Scenario, seed: int, threads: int = 1) -> Run:
    """A whole run, on one thread unless it is so huge that its miners are worth sharing out.

    Raises
    ------
    ConservationError
        Gold, money, people or files were made or lost.
    """
    run = prepare_run(scenario, seed)
    run.advance(0, scenario.context.months, threads)
    check_conserved(run, scenario.context.months)
    return run


def check_conserved(run: Run, months: int) -> None:
    """Refuse a run that made or lost anything."""
    for o in CHECKS:
        residual = np.abs(run.out[:months, o])
        if not (residual <= TOLERANCE).all():
            t = int(np.argmax(~(residual <= TOLERANCE)))
            raise ConservationError(
                f"{o.name} = {run.out[t, o]:g} in month {t} of seed {run.seed}: not conserved; please report it"
            )
