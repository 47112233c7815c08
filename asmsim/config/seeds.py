"""Seeds and other whole numbers that are no part of a scenario, the same wherever they are asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from asmsim.config.errors import ConfigError

MOST_SEED = 2**63 - 1
"""The largest that every table can hold."""
MOST_SEEDS = 1_000_000


def check_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Seeds 1 to n, or the seeds given.

    Raises
    ------
    ConfigError
        None, too many, one twice, or one that is not a whole number from 0 to 2**63 - 1.
    """
    if isinstance(seeds, bool | str | bytes) or not isinstance(seeds, int | np.integer | Sequence | np.ndarray):
        raise ConfigError(f"seeds = {seeds!r}: a number of seeds or a list of seeds is needed")
    if isinstance(seeds, int | np.integer):
        if seeds < 1:
            raise ConfigError(f"seeds = {seeds}: at least 1 is needed")
        if seeds > MOST_SEEDS:
            raise ConfigError(
                f"seeds = {seeds}: this is how many seeds are run, at most {MOST_SEEDS:,}; to run on the one seed "
                f"{seeds}, in Python give seeds=[{seeds}], in a sweep --seeds {seeds}-{seeds}"
            )
        return tuple(range(1, int(seeds) + 1))
    if len(seeds) == 0:
        raise ConfigError("seeds = []: at least one seed is needed")
    if len(seeds) > MOST_SEEDS:
        raise ConfigError(f"seeds: {len(seeds):,} are given; at most {MOST_SEEDS:,}")
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= MOST_SEED:
            raise ConfigError(f"seeds: {seed!r} is not a whole number from 0 to {MOST_SEED}")
    if len(set(seeds)) < len(seeds):
        raise ConfigError(f"seeds = {list(seeds)!r:.80}: a seed is there twice")
    return tuple(int(seed) for seed in seeds)


def check_whole_number(value: Any, name: str, low: int = 0) -> None:
    """Refuse what is no whole number from `low`.

    Raises
    ------
    ConfigError
        Names the value.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise ConfigError(f"{name} = {value!r}: a whole number from {low} is needed")
