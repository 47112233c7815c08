"""Which runs make which chunk: always the same, whatever is done already and whoever does it."""

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.sweeps.draws import draw_seed

MOST_RUNS, CHUNK_SECONDS, LEAST_CHUNKS = 200, 5.0, 16
SIDE_BY_SIDE = 20
"""Policies, at most, that are run one after the other on a draw of parameters, so that they can share their history."""
NUMBER = re.compile("[0-9]{1,9}")
SEED_BITS = 48
"""Derived seeds are whole numbers that a spreadsheet does not round."""


def chunk_size(runs: int, seeds: int, run_seconds: float, policies: int = 1) -> int:
    """Runs in a chunk: about five seconds of them, at most 200, whole blocks and whole points where that can be.

    A chunk is what is lost when a worker dies and what the last worker ends on; so there are at least
    some 16 of them in a small sweep.
    """
    size = int(max(1, min(MOST_RUNS, CHUNK_SECONDS / run_seconds, runs / LEAST_CHUNKS)))
    side, some = block_shape(size, seeds, policies)
    return size // (side * some) * side * some


def block_shape(size: int, seeds: int, policies: int) -> tuple[int, int]:
    """Policies side by side on one draw, and seeds of each, of which a chunk of about `size` runs holds one block or more."""
    side = min(SIDE_BY_SIDE, policies, size)
    blocks = math.ceil(seeds / (size // side))
    return side, math.ceil(seeds / blocks)


def point_seed(point: str, number: int) -> int:
    """Seed of a point that shares none; it does not depend on which other points there are."""
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
        if not (NUMBER.fullmatch(first) and NUMBER.fullmatch(second) and 1 <= int(first) <= int(second)):
            raise ConfigError(f"--shard {text:.80}: write k/K with k from 1 to K, for example 2/8")
        return cls(int(first), int(second))

    @property
    def whole(self) -> bool:
        """Whether it is all there is."""
        return self.K == 1

    def __str__(self) -> str:
        return f"{self.k}-of-{self.K}"


WHOLE = Shard()


def count_occurrences(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How often each value has stood before, counted from 0."""
    by_value = np.argsort(values, kind="stable")
    firsts = np.r_[0, np.flatnonzero(np.diff(values[by_value])) + 1]
    found = np.empty(len(values), np.int64)
    found[by_value] = np.arange(len(values)) - np.repeat(firsts, np.diff(np.r_[firsts, len(values)]))
    return found


@dataclass(frozen=True)
class Schedule:
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
        Finds the place of each point's policy among all, neighbours side by side; None = runs are handed out as numbered.
    """

    ids: Sequence[str]
    seeds: Sequence[int]
    paired: bool
    size: int
    draws: Sequence[int] | None = None
    policies: Callable[[], npt.NDArray[np.int64]] | None = None

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """(run,) numbers of all runs as they are handed out: a few neighbouring policies, on some seeds of a draw at a time."""
        points, seeds = len(self.ids), len(self.seeds)
        numbers = np.arange(self.runs).reshape(points, seeds)
        if self.policies is None:
            return numbers.ravel()
        policies = self.policies()
        side, some = block_shape(self.size, seeds, int(policies.max()) + 1)
        draws = count_occurrences(policies) if self.draws is None else np.asarray(self.draws)
        row, place = np.divmod(policies, side)
        by_row = np.lexsort((place, draws, row))
        parts = math.ceil(seeds / some)
        cells = np.full((points, parts * some), -1)  # those beyond the seeds stay empty
        cells[:, :seeds] = numbers[by_row]
        group = np.cumsum(np.r_[0, (np.diff(row[by_row]) != 0) | (np.diff(draws[by_row]) != 0)])
        in_turn = np.lexsort((np.tile(np.arange(parts), points), np.repeat(group, parts)))
        found = cells.reshape(-1, some)[in_turn].ravel()
        return np.asarray(found[found >= 0])

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
            return point_seed(self.ids[point], seed)
        return seed if self.draws is None else draw_seed(seed, self.draws[point])

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
