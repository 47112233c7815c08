"""Verdicts on hypotheses: five words, and the one place where each of them is given.

A claim is about a mean, a share, a rank or a list.  Each rule below gives the verdict on one such claim, or on one
part of it; `combine_verdicts` gives the verdict on a hypothesis that claims several things.
"""

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np

from asmsim.analysis.statistics import Direction

Verdict = Literal["supported", "contradicted", "mixed", "not enough evidence", "true by construction"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def judge_direction(direction: Direction, wants: int) -> Verdict:
    """Return the verdict on the claim that a difference is above zero (1), below it (-1), or negligible (0).

    A difference whose whole interval is negligible supports the claim of none.  It is not enough evidence against a
    claim of more or less: a small difference that way is not excluded.
    """
    if direction == "not enough evidence":
        return "not enough evidence"
    if wants == 0:
        return "supported" if direction == "negligible" else "contradicted"
    if direction == "negligible":
        return "not enough evidence"
    return "supported" if direction == ("more" if wants > 0 else "less") else "contradicted"


def judge_interval(low: float, high: float, least: float) -> Verdict:
    """Return the verdict on the claim that a value is at least so much, by the ends of its interval."""
    if not np.isfinite(low + high) or low < least <= high:
        return "not enough evidence"
    return "supported" if low >= least else "contradicted"


def judge_samples(share: float) -> Verdict:
    """Return the verdict on a claim that holds in so large a share of bootstrap samples: 95 % either way decide."""
    if share > 0.95:
        return "supported"
    return "contradicted" if share < 0.05 else "not enough evidence"


def judge_conditions(met: int, named: int, one_is_enough: bool = False) -> Verdict:
    """Return the verdict on a claim that names conditions of which so many were met, judged without an interval.

    That none is met does not contradict the claim: without an interval it is not known how surely they are not.
    """
    if met == named or (one_is_enough and met):
        return "supported"
    return "mixed" if met else "not enough evidence"


def combine_verdicts(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on a hypothesis that claims several things: what all parts say, or else `mixed`.

    Raises
    ------
    ValueError
        No part has a verdict.
    """
    different = set(verdicts)
    if not different:
        raise ValueError("a hypothesis without parts has no verdict")
    return different.pop() if len(different) == 1 else "mixed"
