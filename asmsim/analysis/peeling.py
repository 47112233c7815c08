"""PRIM, the patient rule induction method: a box is peeled until it is dense, then pasted where that makes it denser.

Friedman and Fisher (1999), doi:10.1023/A:1008894516817, with the choice of the next box of Kwakkel and Jaxa-Rozen (2016),
doi:10.1016/j.envsoft.2015.11.020: the gain in density for each run that is given up.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
ALPHA = 0.05
"""Share of a box's runs that a peel takes away, and of those beside it that a paste takes in."""


class Peeled(NamedTuple):
    """A box on the way: (2, variable) lowest and highest values, and (run,) which runs lie in it."""

    limits: Floats
    held: Flags


def peel_boxes(inputs: Floats, cases: Flags, mass: float) -> list[Peeled]:
    """Return the boxes of one peeling and pasting, the whole first.

    Parameters
    ----------
    inputs
        (run, variable) numbers.
    cases
        (run,) whether it happened.
    mass
        Least share of the runs that a box holds.
    """
    whole = Peeled(np.stack([inputs.min(0), inputs.max(0)]), np.ones(len(inputs), np.bool_))
    path = [whole]

    def follow(propose: Callable[[Floats, Peeled, Floats], Iterator[Peeled]], grows: bool) -> None:
        while candidates := list(propose(inputs, path[-1], whole.limits)):
            box = path[-1]
            gains = [
                (find_gain(cases, box, new), -int((new.limits != whole.limits).any(0).sum())) for new in candidates
            ]
            best = max(range(len(candidates)), key=gains.__getitem__)
            size, before = int(candidates[best].held.sum()), int(box.held.sum())
            moves = size > before if grows else size < before
            if size < mass * len(inputs) or not moves or gains[best][0] <= 0:
                return
            path.append(candidates[best])

    follow(list_peels, False)
    follow(list_pastes, True)
    return path


def find_gain(cases: Flags, box: Peeled, new: Peeled) -> float:
    """Gain in density for each run by which two boxes differ."""
    before, after = int(box.held.sum()), int(new.held.sum())
    if before == after:
        return 0.0
    density = float(cases[new.held].mean()) if after else 0.0
    return (density - float(cases[box.held].mean())) / abs(before - after)


def list_peels(inputs: Floats, box: Peeled, _: Floats) -> Iterator[Peeled]:
    """Boxes that are smaller by a slice at one end of one variable."""
    for k in range(inputs.shape[1]):
        for end, share in ((1, 1 - ALPHA), (0, ALPHA)):
            cut = find_cut(inputs[box.held, k], share)
            limits = box.limits.copy()
            limits[end, k] = cut
            yield Peeled(limits, box.held & (inputs[:, k] <= cut if end else inputs[:, k] >= cut))


def list_pastes(inputs: Floats, box: Peeled, whole: Floats) -> Iterator[Peeled]:
    """Boxes that are larger by a slice at one end of one variable that is restricted."""
    restricted = (box.limits != whole).any(0)
    for k in np.flatnonzero(restricted):
        for end, share in ((0, 1 - ALPHA), (1, ALPHA)):
            beside, limits = box.limits.copy(), box.limits.copy()
            beside[:, k] = (box.limits[1, k], whole[1, k]) if end else (whole[0, k], box.limits[0, k])
            there = inputs[is_within(inputs, beside, restricted), k]
            limits[end, k] = find_cut(there, share) if len(there) else whole[end, k]
            yield Peeled(limits, is_within(inputs, limits, restricted))


def is_within(inputs: Floats, limits: Floats, restricted: Flags) -> Flags:
    """(run,) which runs lie within the limits of some variables."""
    some = inputs[:, restricted]
    return np.asarray(((some >= limits[0, restricted]) & (some <= limits[1, restricted])).all(1))


def find_cut(values: Floats, share: float) -> float:
    """Quantile halfway between two values that differ, so that equal values stay together."""
    ordered = np.sort(values)
    at = (len(ordered) - 1) * share
    low, high = math.floor(at), math.ceil(at)
    if share > 0.5:
        while ordered[low] == ordered[high] and low > 0:
            low -= 1
    else:
        while ordered[low] == ordered[high] and high < len(ordered) - 1:
            high += 1
    return float((ordered[low] + ordered[high]) / 2)
