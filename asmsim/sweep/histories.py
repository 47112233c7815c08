"""Shared histories: what runs have in common is simulated once.

Runs of one seed are alike to the last bit until they are told different things, so that a run can go
on from where another parts from it: a project of 12 years from the eleventh of one of 11.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from asmsim.model.plan import Plan
from asmsim.model.scenario import Scenario
from asmsim.model.simulate import Run, check, orders_of, prepare
from asmsim.model.state import Orders

BY_MONTH = ("base", "funded", "cost")
"""What `Orders` tell month by month and `Monthly` takes up; all else in them must be the same throughout."""


class Monthly:
    """What a plan tells month by month; the same for all draws of behaviour."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @cached_property
    def digests(self) -> npt.NDArray[np.bytes_]:
        """(month,) digest, in hexadecimal, of all that is told up to the end of each month."""
        base, funded, _, _, _, _, cost, _ = self._plan.arrays
        so_far = hashlib.sha256()
        found = []
        for t in range(len(base)):
            for told in (base[t], funded[:, t], cost[:, t]):
                so_far.update(told.tobytes())
            found.append(so_far.hexdigest().encode())
        return np.array(found)


@dataclass(frozen=True, eq=False)
class Told:
    """A scenario, and what its runs are told."""

    scenario: Scenario
    monthly: Monthly

    @cached_property
    def throughout(self) -> bytes:
        """Digest of what holds in all months: the world (of context and model), behaviour, which levers there are."""
        scenario, orders = self.scenario, orders_of(self.scenario)
        digest = hashlib.sha256()
        rules = repr(scenario.plan.rules)  # of which `orders.rules` has other forms, compiled and interpreted
        for text in (scenario.context.model_dump_json(), scenario.model.model_dump_json(), rules):
            digest.update(text.encode() + b"\0")
        for name in Orders._fields:
            if name not in (*BY_MONTH, "rules"):
                array = np.ascontiguousarray(getattr(orders, name))
                digest.update(f"{name} {array.shape} {array.dtype}\0".encode() + array.tobytes())
        return digest.digest()

    def alike_until(self, other: "Told") -> int:
        """Number of months, from the first on, in which both are told the same."""
        if self.throughout != other.throughout:
            return 0
        differ = self.monthly.digests != other.monthly.digests
        return int(differ.argmax()) if differ.any() else len(differ)


class Histories:
    """Runs of a few scenarios, each going on from where an earlier one parts from it.

    A run is kept as it stood where a later scenario parts from it: fewer than there are runs, and gone
    with this object.

    Parameters
    ----------
    told
        The scenarios, in the order in which they will be run.
    """

    def __init__(self, told: Sequence[Told]) -> None:
        self._places = {id(one.scenario): k for k, one in enumerate(told)}
        self._told = told
        self._kept: dict[tuple[int, bytes, int, bytes], Run] = {}

    @cached_property
    def _alike(self) -> dict[tuple[int, int], int]:
        """Months that the j-th and a later scenario have in common."""
        return {(j, k): self._told[j].alike_until(self._told[k]) for j, k in combinations(range(len(self._told)), 2)}

    def simulate(self, scenario: Scenario, seed: int) -> Run:
        """A whole run, the same as `asmsim.model.simulate.simulate` makes.

        Raises
        ------
        ConservationError
            Gold, money, people or files were made or lost.
        """
        k = self._places[id(scenario)]
        run, at = prepare(scenario, seed), 0
        for month in sorted({self._alike[j, k] for j in range(k)} - {0}, reverse=True):
            if (before := self._kept.get(self._key(k, seed, month))) is not None:
                take_over(run, before)
                at = month
                break
        for month in sorted({self._alike[k, j] for j in range(k + 1, len(self._told))}):
            if month <= at:
                continue
            run.advance(at, month)
            self._kept[self._key(k, seed, month)] = take_over(prepare(scenario, seed), run)
            at = month
        run.advance(at, scenario.context.months)
        check(run, scenario.context.months)
        return run

    def _key(self, k: int, seed: int, month: int) -> tuple[int, bytes, int, bytes]:
        one = self._told[k]
        return seed, one.throughout, month, one.monthly.digests[month - 1]


def take_over(run: Run, before: Run) -> Run:
    """Bring a run that has not begun to where another stands."""
    for mine, others in ((run.state, before.state), (run.scratch, before.scratch), (run.record, before.record)):
        for array, other in zip(mine, others, strict=True):
            array[...] = other
    return run
