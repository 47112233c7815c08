"""Which runs make which chunk: always the same, whatever is done already and whoever does it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.sweep.drawn import seed_of

MOST_RUNS, CHUNK_SECONDS, LEAST_CHUNKS = 100, 5.0, 16
SIDE_BY_SIDE = 8
"""Policies that are run one after the other on each draw of parameters, so that they can share their history."""
SEED_BITS = 48
"""Derived seeds are whole numbers that a spreadsheet does not round."""


def chunk_size(runs: int, seeds: int, run_seconds: float) -> int:
    """Runs in a chunk: about five seconds of them, at most 100, whole points where that can be.

    A chunk is what is lost when a worker dies and what the last worker ends on; so there are at least
    some 16 of them in a small sweep.  Where it can be, the points are whole rows of `SIDE_BY_SIDE`.
    """
    size = int(max(1, min(MOST_RUNS, CHUNK_SECONDS / run_seconds, runs / LEAST_CHUNKS)))
    unit = next((n for n in (seeds * SIDE_BY_SIDE, seeds, 1) if n <= size), 1)
    return size // unit * unit


def own_seed(point: str, number: int) -> int:
    """Seed of a point whose luck is its own; it does not depend on which other points there are."""
    digest = hashlib.sha256(f"{point} {number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SEED_BITS)


@dataclass(frozen=True)
class Shard:
    """Part `k` of `K` of a sweep: every K-th chunk of the whole layout."""

    k: int = 1
    K: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """From `2/8`.

        Raises
        ------
        ConfigError
            Not two whole numbers with 1 <= k <= K.
        """
        first, _, second = text.partition("/")
        if not (first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second)):
            raise ConfigError(f"--shard {text}: write k/K with k from 1 to K, for example 2/8")
        return cls(int(first), int(second))

    @property
    def whole(self) -> bool:
        """Whether it is all there is."""
        return self.K == 1

    def __str__(self) -> str:
        return f"{self.k}-of-{self.K}"


WHOLE = Shard()


@dataclass(frozen=True)
class Layout:
    """All runs of a sweep, numbered point by point.

    Attributes
    ----------
    ids
        Points in the order of the design.
    seeds
        Seeds of every point; if not `paired`, numbers from which each point's own are derived.
    draws
        Draw of parameters of each point, if they are drawn: each has seeds of its own.
    policies
        Place of each point's policy among all policies, neighbours side by side; by default each point its own.
    """

    ids: Sequence[str]
    seeds: Sequence[int]
    paired: bool
    size: int
    draws: Sequence[int] | None = None
    policies: Sequence[int] | None = None

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """(run,) numbers of all runs as they are handed out: a few neighbouring policies on each draw in turn."""
        seeds = len(self.seeds)
        numbers = np.arange(self.runs).reshape(-1, seeds)
        if self.policies is None:
            return numbers.ravel()
        row, place = np.divmod(np.asarray(self.policies), SIDE_BY_SIDE)
        draws = np.zeros_like(row) if self.draws is None else np.asarray(self.draws)
        return np.asarray(numbers[np.lexsort((place, draws, row))].ravel())

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.ids) * len(self.seeds)

    def run(self, number: int) -> tuple[int, int]:
        """Number of the point, and seed, of a run."""
        point, k = divmod(number, len(self.seeds))
        return point, self.seed(point, self.seeds[k])

    def seed(self, point: int, seed: int) -> int:
        """What a seed of the sweep is at a point."""
        if not self.paired:
            return own_seed(self.ids[point], seed)
        return seed if self.draws is None else seed_of(seed, self.draws[point])

    @cached_property
    def places(self) -> dict[str, int]:
        """Point: its place in the order of the design."""
        return {point: n for n, point in enumerate(self.ids)}

    def seeds_of(self, point: int) -> dict[int, int]:
        """Seed: its place among the seeds of a point."""
        return {self.seed(point, s): k for k, s in enumerate(self.seeds)}

    def mine(self, shard: Shard) -> npt.NDArray[np.bool_]:
        """(run,) which runs belong to a shard."""
        mine = np.empty(self.runs, np.bool_)
        mine[self.order] = np.arange(self.runs) // self.size % shard.K == shard.k - 1
        return mine

    def held(self, points: Sequence[str], seeds: Sequence[int]) -> npt.NDArray[np.int64]:
        """(row,) numbers of the runs given; -1 where a run is none of this sweep."""
        place = self.places
        known: dict[int, dict[int, int]] = {}
        found = np.full(len(points), -1, np.int64)
        for row, (point, seed) in enumerate(zip(points, seeds, strict=True)):
            n = place.get(point)
            if n is None:
                continue
            shared = self.draws[n] if self.draws is not None else 0
            if not self.paired:
                k = self.seeds_of(n).get(seed)
            else:
                if shared not in known:
                    known[shared] = self.seeds_of(n)
                k = known[shared].get(seed)
            if k is not None:
                found[row] = n * len(self.seeds) + k
        return found

    def chunks(self, pending: npt.NDArray[np.bool_]) -> Iterator[list[tuple[int, list[int]]]]:
        """Pending runs, `size` at a time: number of the point, and its seeds."""
        numbers = self.order[pending[self.order]]
        for begin in range(0, len(numbers), self.size):
            pieces: list[tuple[int, list[int]]] = []
            for number in numbers[begin : begin + self.size].tolist():
                point, seed = self.run(number)
                if pieces and pieces[-1][0] == point:
                    pieces[-1][1].append(seed)
                else:
                    pieces.append((point, [seed]))
            yield pieces
