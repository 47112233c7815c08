"""What each part of a bundle adds: Shapley values and pairwise interactions, over all subsets or sampled orders.

A part's Shapley value is its marginal contribution, averaged over every order in which the parts could
have been put together; the values add up to what the whole adds over nothing (Shapley 1953).  The pairwise
interaction says how much two parts add together beyond what each adds alone (Grabisch and Roubens 1999).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_EXACT = 10
"""Parts up to which every subset is asked for."""


def find_bundle_parts(values: Floats) -> int:
    """How many parts there are, from (subset, ...) values.

    Raises
    ------
    ValueError
        The number of subsets is not a power of two, or a value is not finite.
    """
    n = int(values.shape[0]).bit_length() - 1
    if values.shape[0] != 1 << n:
        raise ValueError(f"{values.shape[0]} subsets: every one of 2**n is needed")
    if not np.isfinite(values).all():
        raise ValueError("a subset has a value that is not finite: mend or leave out the run, do not average it away")
    return n


def measure_shapley(values: Floats) -> Floats:
    """(part, ...) Shapley values of (subset, ...) values.

    Subset number s holds part k if bit k of s is set; number 0 is nothing, the last is the whole.
    """
    n = find_bundle_parts(values)
    size = np.array([s.bit_count() for s in range(1 << n)])
    found = np.zeros((n, *values.shape[1:]))
    for k in range(n):
        without = np.array([s for s in range(1 << n) if not s >> k & 1])
        weight = np.array([factorial(m) * factorial(n - m - 1) / factorial(n) for m in size[without]])
        found[k] = np.tensordot(weight, values[without | 1 << k] - values[without], axes=1)
    return found


def measure_interactions(values: Floats) -> Floats:
    """(part, part, ...) Shapley interaction index of (subset, ...) values; the diagonal is zero."""
    n = find_bundle_parts(values)
    found = np.zeros((n, n, *values.shape[1:]))
    for i in range(n):
        for j in range(i):
            both = 1 << i | 1 << j
            without = np.array([s for s in range(1 << n) if not s & both])
            size = np.array([int(s).bit_count() for s in without])
            weight = np.array([factorial(m) * factorial(n - m - 2) / factorial(n - 1) for m in size])
            more = values[without | both] - values[without | 1 << i] - values[without | 1 << j] + values[without]
            found[i, j] = found[j, i] = np.tensordot(weight, more, axes=1)
    return found


def pick_within_cost(doses: Floats, costs: Floats, values: Floats, budget: float) -> Floats:
    """(subset, run) values where every subset of parts has the same to spend: a game at equal cost.

    Each subset is bought in the largest dose that does not cost more, on average over runs, between the doses that
    were run; one that costs less in its largest dose keeps the rest.

    Parameters
    ----------
    doses
        (dose,) in rising order.
    costs
        (subset, dose) means.
    values
        (subset, dose, run).

    Raises
    ------
    ValueError
        A subset costs more in every dose.
    """
    fine = np.linspace(doses[0], doses[-1], 401)
    found = np.empty((len(costs), values.shape[2]))
    for k, cost in enumerate(costs):
        may = np.interp(fine, doses, cost) <= budget
        if not may.any():
            raise ValueError(f"subset {k} costs at least {cost.min():.3g}, more than {budget:.3g}")
        share = np.interp(fine[np.flatnonzero(may)[-1]], doses, np.arange(len(doses)))
        below = min(int(share), len(doses) - 2)
        found[k] = values[k, below] + (share - below) * (values[k, below + 1] - values[k, below])
    return found


def draw_orders(parts: int, seed: int = 1) -> Iterator[tuple[list[int], list[int]]]:
    """Random orders without end, each with its reverse."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(parts).tolist()
        yield order, order[::-1]


def follow_orders(order: Sequence[int]) -> list[int]:
    """Subsets that an order passes, from nothing to the whole."""
    passed = [0]
    for part in order:
        passed.append(passed[-1] | 1 << part)
    return passed


def list_subsets(parts: int, orders: int = 64, seed: int = 1) -> list[int]:
    """Subsets that attribution asks for: all up to ten parts; beyond, those that random orders pass, to and fro."""
    if parts <= MOST_EXACT:
        return list(range(1 << parts))
    pairs = islice(draw_orders(parts, seed), orders)
    return sorted({s for pair in pairs for order in pair for s in follow_orders(order)})


def attribute_to_parts(values: Mapping[int, Floats], parts: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Shapley values: exact if every subset is there, else over the random orders of which all subsets are.

    Parameters
    ----------
    values
        Subset, as bits: (run,) values.

    Returns
    -------
    tuple of arrays
        (part, run) values, which add up to the whole; (part,) standard errors of their means by which orders were
        drawn, 0 where exact.

    Raises
    ------
    ValueError
        Too few subsets for two pairs of orders.
    """
    if len(values) == 1 << parts:
        return measure_shapley(np.stack([values[s] for s in range(1 << parts)])), np.zeros(parts)
    pairs = []
    for pair in draw_orders(parts, seed):
        steps = [
            (part, a, b) for order in pair for part, (a, b) in zip(order, pairwise(follow_orders(order)), strict=True)
        ]
        if any(a not in values or b not in values for _, a, b in steps):
            break
        found = np.zeros((parts, *values[0].shape))
        for part, a, b in steps:
            found[part] += (values[b] - values[a]) / 2
        pairs.append(found)
    if len(pairs) < 2:
        raise ValueError(
            f"{len(values)} of {1 << parts} subsets: every one is needed, or those of two random orders and their reverses"
        )
    each = np.stack(pairs)
    means = each.reshape(len(pairs), parts, -1).mean(2)
    return each.mean(0), means.std(0, ddof=1) / np.sqrt(len(pairs))
