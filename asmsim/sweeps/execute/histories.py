"""Shared histories: what runs have in common is simulated once.

Runs of one seed are alike to the last bit until they are given different things, so that a run can go
on from where another parts from it: a project of 12 years from the eleventh of one of 11.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.model.plan import Plan
from asmsim.model.scenario import Scenario
from asmsim.model.simulate import Run, check_conserved, make_orders, prepare_run, simulate
from asmsim.model.state import Orders
from asmsim.sweeps.execute.schedule import SIDE_BY_SIDE

BY_MONTH = ("base", "funded", "cost", "which")
"""What `Orders` tell month by month and `by_month` takes up; all else in them must be the same throughout."""
MOST_BYTES = 400e6
"""Of the plans that a worker has in memory at a time, where it has more than one."""

Digests = npt.NDArray[np.bytes_]
Key = tuple[bytes, int, bytes]


def digest_by_month(plan: Plan) -> Digests:
    """(month,) digest, in hexadecimal, of all that a plan tells up to the end of each month."""
    base, funded, _, _, _, _, cost, _ = plan.arrays
    so_far = hashlib.sha256()
    found = []
    for t in range(len(base)):
        for told in (base[t], funded[:, t], cost[:, t], plan.which[t]):
            so_far.update(np.ascontiguousarray(told).data)
        found.append(so_far.hexdigest().encode())
    return np.array(found)


def digest_constants(scenario: Scenario) -> bytes:
    """Digest of what holds in all months: the world (of context and model), behaviour, which levers there are.

    When the last month comes is not among it: what a shorter run is given is the beginning of what a longer one is, but
    for what leads up to the horizon (an event's ramp, a taper cut off), which differs month by month.
    """
    orders = make_orders(scenario)
    rules = repr(scenario.plan.rules)  # of which `orders.rules` has other forms, compiled and interpreted
    digest = hashlib.sha256()
    context = scenario.context.model_dump_json(exclude={"end"})
    for text in (context, scenario.model.model_dump_json(), rules):
        digest.update(text.encode() + b"\0")
    for name in Orders._fields:
        if name not in (*BY_MONTH, "rules"):
            array = np.ascontiguousarray(getattr(orders, name))
            digest.update(f"{name} {array.shape} {array.dtype}\0".encode() + array.tobytes())
    return digest.digest()


@dataclass(frozen=True, eq=False)
class PreparedScenario:
    """A scenario, and digests of what its runs are given: in all months, and up to each."""

    scenario: Scenario
    throughout: bytes
    by_month: Digests

    def alike_until(self, other: "PreparedScenario") -> int:
        """Number of months, from the first on, in which both are given the same."""
        if self.throughout != other.throughout:
            return 0
        months = min(len(self.by_month), len(other.by_month))
        differ = self.by_month[:months] != other.by_month[:months]
        return int(differ.argmax()) if differ.any() else months


def is_crowded(scenarios: Sequence[Scenario]) -> bool:
    """Whether these are more, or larger, than may be in a worker's memory at a time."""
    plans = [s.plan for s in scenarios]
    size = sum(a.nbytes for p in plans for a in (p.base, p.funded, *p.written.values()))
    return len(plans) > SIDE_BY_SIDE or size > MOST_BYTES


class Histories:
    """Runs of a few scenarios, each going on from where an earlier one parts from it.

    A run is kept as it stood where a later scenario parts from it, until that one is reached.

    Parameters
    ----------
    told
        The scenarios, in the order in which they will be run.
    """

    def __init__(self, told: Sequence[PreparedScenario]) -> None:
        self._told = told
        self._places = {id(one.scenario): k for k, one in enumerate(told)}
        self._alike = [[one.alike_until(other) for other in told] for one in told]
        self._kept: dict[int, dict[Key, Run]] = {}  # by seed

    def simulate(self, scenario: Scenario, seed: int) -> Run:
        """A whole run, the same as `asmsim.model.simulate.simulate` makes.

        Raises
        ------
        ConservationError
            Gold, money, people or files were made or lost.
        """
        k = self._places.get(id(scenario))
        if k is None:
            return simulate(scenario, seed)
        kept = self._kept.setdefault(seed, {})
        run, at = prepare_run(scenario, seed), 0
        if (latest := self._latest(kept, k, k)) is not None:
            at = latest[1]
            copy_history(run, kept[latest], at)
        partings = {month for month in self._alike[k][k + 1 :] if month > at}
        for month in sorted(partings | {scenario.context.months}):
            run.advance(at, month)
            at = month
            if month in partings:
                kept[self._key(k, month)] = copy_history(prepare_run(scenario, seed), run, month)
        check_conserved(run, scenario.context.months)
        self._forget(kept, k)
        return run

    def _forget(self, kept: dict[Key, Run], k: int) -> None:
        """Drop what no scenario after the k-th goes on from."""
        needed = {self._latest(kept, later, k + 1) for later in range(k + 1, len(self._told))}
        for key in kept.keys() - needed:
            del kept[key]

    def _latest(self, kept: Mapping[Key, Run], k: int, before: int) -> Key | None:
        """The farthest of the runs kept that the k-th scenario can go on from, among those of the first `before`."""
        months = sorted({*self._alike[k][:before]} - {0}, reverse=True)
        return next((key for month in months if (key := self._key(k, month)) in kept), None)

    def _key(self, k: int, month: int) -> Key:
        """What a run of the k-th scenario has been told by the end of a month."""
        one = self._told[k]
        return one.throughout, month, one.by_month[month - 1]


def copy_history(run: Run, before: Run, months: int) -> Run:
    """Bring a run that has not begun to where another stands after so many months."""
    written: list[tuple[Any, Any]] = [*zip(run.state, before.state, strict=True)]
    written += zip(run.scratch, before.scratch, strict=True)
    for array, other in written:
        array[...] = other
    recorded: list[tuple[Any, Any]] = [*zip(run.record, before.record, strict=True)]
    for array, other in recorded:
        array[:months] = other[:months]
    run.seen[:, :months] = before.seen[:, :months]
    return run
