"""Designs: which combinations of the dimensions' values are run.

Each design is a pure function from dimensions to `Points`.  Seeds are no part of it: they are the
replicates of every point.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.plugins import OWN_DESIGNS
from asmsim.sweeps.request.dimensions import Dimension
from asmsim.sweeps.request.points import Points, cross_points, drop_doubles

MOST_POINTS = 1_000_000
MOST_ORDERS = math.factorial(7)
"""Above this many permutations (5,040) a random sample of them is run."""


@dataclass(frozen=True)
class Draw:
    """How many points a design draws, and from which seed."""

    n: int | None = None
    seed: int = 1


def grid(dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """Every combination."""
    for d in dimensions:
        if d.bounds is not None:
            low, high = d.bounds
            raise ConfigError(
                f"{d.text}: a grid needs listed values, for example {d.key}={low:g},{(low + high) / 2:g},{high:g}; "
                "or draw from the interval with --design sobol or --design lhs"
            )
    return _rows(dimensions, itertools.product(*(d.values for d in dimensions)))


def zipped(dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """First values together, second values together, ..."""
    lengths = {d.key: len(d.values) for d in dimensions}
    if any(d.bounds is not None for d in dimensions) or len(set(lengths.values())) > 1:
        shown = ", ".join(f"{k} has {n or 'an interval'}" for k, n in lengths.items())
        raise ConfigError(f"--design zip: every dimension needs the same number of listed values ({shown})")
    return Points({d.key: list(d.values) for d in dimensions})


def lhs(dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """Latin hypercube: each dimension is covered evenly by its n points."""
    from scipy.stats import qmc

    n = _number(draw, "lhs")
    return _scaled(dimensions, qmc.LatinHypercube(len(dimensions), rng=np.random.default_rng(draw.seed)).random(n))


def sobol(dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """Scrambled Sobol sequence; a larger n keeps the first points as they are."""
    from scipy.stats import qmc

    n = _number(draw, "sobol")
    engine = qmc.Sobol(len(dimensions), rng=np.random.default_rng(draw.seed))
    whole = engine.random_base2(max(0, math.ceil(math.log2(n))))
    return _scaled(dimensions, whole[:n])


def factorial(dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """Every combination of two levels a dimension (an interval has its bounds)."""
    return _rows(dimensions, itertools.product(*(_two_levels(d) for d in dimensions)))


def fractional(dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """A regular two-level fraction of resolution IV.

    Main effects are free of one another and of every interaction of two; interactions of two may be
    confounded with each other.  k dimensions take the columns of odd weight of a Hadamard matrix with
    the least power of two that is at least 2 k rows: three columns of odd weight multiply to a column
    of odd weight, so no product of three of them is constant (Box and Hunter 1961).
    """
    levels = [_two_levels(d) for d in dimensions]
    return _rows(dimensions, ([two[s] for two, s in zip(levels, row, strict=True)] for row in fraction(len(levels))))


def fraction(factors: int) -> npt.NDArray[np.int64]:
    """(run, factor) levels 0 and 1 of the fraction."""
    from scipy.linalg import hadamard

    runs = 1 << max(1, (2 * factors - 1).bit_length())
    odd = [k for k in range(runs) if k.bit_count() % 2][:factors]
    return np.asarray((1 - hadamard(runs)[:, odd]) // 2, np.int64)


DESIGNS: dict[str, Callable[[Sequence[Dimension], Draw], Points]] = {
    "grid": grid,
    "zip": zipped,
    "lhs": lhs,
    "sobol": sobol,
    "factorial": factorial,
    "fractional": fractional,
}


def make_points(kind: str, dimensions: Sequence[Dimension], draw: Draw, tables: Sequence[Points] = ()) -> Points:
    """Points of a design, crossed with the points of tables (listed points, draws of parameters).

    Raises
    ------
    ConfigError
        Unknown design, or dimensions that do not fit it.
    """
    known = [*DESIGNS, *OWN_DESIGNS]
    if kind not in known:
        raise ConfigError(f"--design {kind}: no such design{nearest(kind, known)}; known: {', '.join(known)}")
    if draw.n is not None and kind in DESIGNS and kind not in ("lhs", "sobol"):
        raise ConfigError(f"--n {draw.n}: only --design lhs and sobol draw points; a {kind} has its own number")
    number = count_points(kind, dimensions, draw) * math.prod(len(table) for table in tables)
    if number > MOST_POINTS:
        raise ConfigError(
            f"--design {kind}: {number:,} points; at most {MOST_POINTS:,}: give fewer values, or draw some with "
            "--design sobol --n 1024"
        )
    make = DESIGNS[kind] if kind in DESIGNS else partial(own_points, kind)
    points = make(dimensions, draw) if dimensions else Points({})
    for table in tables:
        points = cross_points(points, table) if points.columns else table
    return drop_doubles(points)


def count_points(kind: str, dimensions: Sequence[Dimension], draw: Draw) -> int:
    """How many points a design makes at most, before it makes them; 1 where only a plugin's design knows."""
    levels = [max(1, len(d.levels)) for d in dimensions]
    counts = {"grid": math.prod(levels), "zip": max(levels, default=1), "factorial": math.prod(levels)}
    counts |= {"lhs": draw.n or 1, "sobol": draw.n or 1}
    return counts.get(kind, 1) if dimensions else 1


def own_points(kind: str, dimensions: Sequence[Dimension], draw: Draw) -> Points:
    """Points of a plugin's design.

    Raises
    ------
    ConfigError
        It gives none, or not a value of every dimension.
    """
    values = {d.key: d.values for d in dimensions if d.bounds is None}
    bounds = {d.key: d.bounds for d in dimensions if d.bounds is not None}
    rows = list(OWN_DESIGNS[kind](values, bounds, draw.n, draw.seed))
    keys = [d.key for d in dimensions]
    for row in rows:
        if set(row) != set(keys):
            raise ConfigError(
                f"--design {kind}: gives a point with {', '.join(row) or 'nothing'}; needs {', '.join(keys)}"
            )
    if not rows:
        raise ConfigError(f"--design {kind}: gives no point")
    return Points({key: [row[key] for row in rows] for key in keys})


def order_points(items: Sequence[str], every_months: int, draw: Draw) -> Points:
    """All orders in which ingredients or levers can begin, one every `every_months`; a sample of very many.

    Raises
    ------
    ConfigError
        Fewer than two items, or one given twice.
    """
    if len(items) < 2 or len(set(items)) < len(items):
        raise ConfigError(f"--order {','.join(items)}: name at least two ingredients or levers, each once")
    if every_months < 0:
        raise ConfigError(f"--every-months {every_months}: needs a number of months from 0")
    number = math.factorial(len(items))
    if number <= MOST_ORDERS:
        orders = list(itertools.permutations(items))
    else:
        rng, drawn = np.random.default_rng(draw.seed), dict[tuple[str, ...], None]()
        while len(drawn) < MOST_ORDERS:
            drawn[tuple(items[k] for k in rng.permutation(len(items)))] = None
        orders = list(drawn)
    return Points({"order": [" > ".join(o) for o in orders], "every_months": [every_months] * len(orders)})


def _rows(dimensions: Sequence[Dimension], rows: Any) -> Points:
    table = list(rows)
    return Points({d.key: [row[k] for row in table] for k, d in enumerate(dimensions)})


def _scaled(dimensions: Sequence[Dimension], shares: npt.NDArray[np.float64]) -> Points:
    """Shares in [0, 1) of each dimension, (point, dimension), turned to values."""
    return Points({d.key: [d.at(float(u)) for u in shares[:, k]] for k, d in enumerate(dimensions)})


def _two_levels(d: Dimension) -> tuple[Any, Any]:
    if len(d.levels) != 2:
        raise ConfigError(f"{d.text}: a factorial design has two levels a dimension, not {len(d.levels)}")
    return d.levels[0], d.levels[1]


def _number(draw: Draw, kind: str) -> int:
    if draw.n is None or draw.n < 1:
        raise ConfigError(f"--design {kind}: say how many points with --n, for example --n 256")
    return draw.n
