"""What this machine can do just now: a kernel that does the model's memory traffic and draws, and none of its rules.

Absolute times say as much of the machine as of the code.  A ratio to this kernel, measured in the same minute, does not.
"""

from functools import partial
from typing import Any

import numpy as np
from numba import njit

from asmsim.engine.rng import month_key, slot_key, uniform
from asmsim.model.state import MINERS
from benchmarks.common import best

DRAWS = 12
"""Draws of a person in a month, about as many as the model makes."""


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]  # numba has no types
def stream(miners: Any, seed: int, months: int) -> float:
    """Read and write a few columns of every row and make the draws, month by month."""
    total = 0.0
    for t in range(months):
        key = month_key(seed, 1, t)
        for i in range(miners.shape[0]):
            me = miners[i]
            own = slot_key(key, i)
            x = 0.0
            for purpose in range(DRAWS):
                x += uniform(own, purpose)
            me.cash += x - 0.5 * DRAWS
            me.trust += 0.01 * (x / DRAWS - me.trust)
            me.income += (me.cash - me.income) / 12.0
            me.months += 1
            total += me.trust
    return total


def slot_months_a_second(slots: int, months: int = 60, times: int = 5) -> float:
    """Rows streamed in a second, the best of several times."""
    miners = MINERS.allocate(slots)
    seed = np.uint64(1)
    stream(miners, seed, 1)  # compiles
    return slots * months / best(times, partial(stream, miners, seed, months))
