"""Where something happens: boxes by PRIM and leaves of a tree, with coverage and density."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.analysis.peeling import peel_boxes
from asmsim.config.extras import require_extra

MASS = 0.05
"""Least share of the runs that a box holds."""
LEAST = 10
"""Fewest cases in the half of the runs on which a box is found."""
TELLS = 0.02
"""By how much a limit must make a box denser to be kept."""


@dataclass(frozen=True)
class Box:
    """Limits within which something happens.

    Attributes
    ----------
    limits
        Variable: lowest and highest value; only those that restrict.
    coverage, density, mass
        Share of all cases that lie in the box; share of the box's runs that are cases; share of all runs in it.
    base
        Share of all runs that are cases.

    All are of runs on which the box was not found.
    """

    limits: dict[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float
    base: float

    def conditions(self, whole: pl.DataFrame) -> list[tuple[str, float | None, float | None]]:
        """Return variable, least and most of each limit; None for an end that does not restrict."""
        ends = {name: (whole[name].to_numpy().min(), whole[name].to_numpy().max()) for name in self.limits}
        return [
            (name, low if low > ends[name][0] else None, high if high < ends[name][1] else None)
            for name, (low, high) in self.limits.items()
        ]

    def describe(self, of: str, whole: pl.DataFrame) -> str:
        """Return a sentence; an end that does not restrict is left out.  A column `key=value` says by 1 and 0 whether it is so."""
        parts = []
        for name, low, high in self.conditions(whole):
            if "=" in name:  # whether a text has this value: 1 or 0
                parts.append(name if self.limits[name][0] > 0 else f"not {name}")
                continue
            at_least = f"at least {low:.3g}" if low is not None else ""
            at_most = f"at most {high:.3g}" if high is not None else ""
            parts.append(f"{name} {' and '.join(p for p in (at_least, at_most) if p)}")
        if not parts:
            return f"{of}: no box is denser than the whole ({self.base:.0%} of runs)."
        where = " and ".join(parts)
        return (
            f"{of} where {where}: {self.density:.0%} of those runs against {self.base:.0%} of all; "
            f"the box holds {self.coverage:.0%} of the cases."
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row a limit."""
        told = {"coverage": self.coverage, "density": self.density, "mass": self.mass, "base": self.base}
        return [{"variable": n, "low": a, "high": b} | told for n, (a, b) in self.limits.items()]


def hold_back(groups: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """(run,) which runs a box is judged on: those of every other group, so that none lies in both halves.

    Runs of one point, or of one draw of the parameters, are alike: apart they would let chance judge itself.
    """
    _, first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))  # in the order in which they come
    return np.asarray(place[group] % 2 == 1)


def find_box(inputs: pl.DataFrame, cases: npt.NDArray[np.bool_], groups: npt.ArrayLike) -> Box | None:
    """The box of a peeling with the largest product of coverage and density; None with too few cases.

    Limits that make it no denser are dropped.  It is found on every other group of runs, and judged on the rest.

    Parameters
    ----------
    inputs
        (run, variable) numbers.
    cases
        (run,) whether it happened.
    groups
        (run,) which runs belong together: those of a draw, or else of a point.
    """
    rest = hold_back(groups)
    whole, told, inputs, cases = inputs, cases, inputs.filter(~rest), cases[~rest]
    base = float(cases.mean())
    if not has_enough(cases):
        return None
    numbers = inputs.to_numpy().astype(np.float64)
    path = peel_boxes(numbers, cases, MASS)
    if cases[path[-1].held].mean() < min(0.99, base):  # the peeling led nowhere
        path = path[:1]
    worth = [float(cases[box.held].mean() * cases[box.held].sum()) for box in path]
    limits = path[int(np.argmax(worth))].limits
    columns = {name: inputs[name].to_numpy() for name in inputs.columns}
    kept = {name: (float(limits[0, k]), float(limits[1, k])) for k, name in enumerate(inputs.columns)}
    for name in inputs.columns:
        fewer = {n: ends for n, ends in kept.items() if n != name}
        if cases[find_inside(columns, fewer)].mean() > cases[find_inside(columns, kept)].mean() - TELLS:
            kept = fewer
    for name, (low, high) in kept.items():  # an end that does not restrict is that of all runs
        here, everywhere = columns[name], whole[name].to_numpy()
        kept[name] = (
            float(everywhere.min()) if low <= here.min() else low,
            float(everywhere.max()) if high >= here.max() else high,
        )
    return judge_box(kept, whole.filter(rest), told[rest])


def judge_box(limits: dict[str, tuple[float, float]], inputs: pl.DataFrame, rest: npt.NDArray[np.bool_]) -> Box:
    """A box by the runs on which it was not found."""
    held = find_inside({name: inputs[name].to_numpy() for name in inputs.columns}, limits)
    return Box(
        limits,
        float(rest[held].sum() / max(1, rest.sum())),
        float(rest[held].mean()) if held.any() else 0.0,
        float(held.mean()),
        float(rest.mean()),
    )


def find_leaves(inputs: pl.DataFrame, cases: npt.NDArray[np.bool_], groups: npt.ArrayLike, depth: int = 3) -> list[Box]:
    """Leaves of a classification tree, the densest first; none with too few cases.

    Grown, and its leaves ranked, on every other group of runs; judged on the rest.
    """
    require_extra("sklearn", "a classification tree")
    from sklearn.tree import DecisionTreeClassifier

    rest = hold_back(groups)
    x, y = inputs.filter(~rest).to_numpy(), cases[~rest]
    if not has_enough(y):
        return []
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=MASS, random_state=1).fit(x, y).tree_
    whole = {name: (float(inputs[name].min()), float(inputs[name].max())) for name in inputs.columns}  # type: ignore[arg-type]
    leaves: list[tuple[float, dict[str, tuple[float, float]]]] = []

    def go_down(node: int, limits: dict[str, tuple[float, float]]) -> None:
        if tree.children_left[node] < 0:
            leaves.append((float(tree.value[node][0][-1]), limits))
            return
        name, cut = inputs.columns[tree.feature[node]], float(tree.threshold[node])
        low, high = limits.get(name, whole[name])
        go_down(tree.children_left[node], limits | {name: (low, cut)})
        go_down(tree.children_right[node], limits | {name: (float(np.nextafter(cut, np.inf)), high)})

    go_down(0, {})
    others, told = inputs.filter(rest), cases[rest]
    return [judge_box(limits, others, told) for _, limits in sorted(leaves, key=lambda leaf: -leaf[0])]


def has_enough(cases: npt.NDArray[np.bool_]) -> bool:
    """Whether there are cases enough, and not only cases."""
    return bool(cases.sum() >= max(LEAST, MASS * len(cases) / 2)) and not bool(cases.all())


def find_inside(columns: dict[str, Any], limits: dict[str, tuple[float, float]]) -> npt.NDArray[np.bool_]:
    """(run,) which runs lie within all limits."""
    held = np.ones(len(next(iter(columns.values()))), np.bool_)
    for name, (low, high) in limits.items():
        held &= (columns[name] >= low) & (columns[name] <= high)
    return held
