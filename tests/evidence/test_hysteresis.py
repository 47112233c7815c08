"""The same tax imposed and repealed: traders leave the window faster than they come back (M14, W001-W009)."""

import numpy as np

from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario
from asmsim.sweep.replicates import replicate


def months_to_half(path: np.ndarray, start: int, goal: float) -> int:  # type: ignore[type-arg]
    """Months after `start` until half the way to `goal` is gone."""
    way = (path[start:] - path[start - 1]) / (goal - path[start - 1])
    return int(np.argmax(way >= 0.5))


def test_a_tax_drives_gold_underground_faster_than_its_repeal_brings_it_back() -> None:
    keys = (
        "context=generic",
        "policy=none",
        "model.scale=20",
        "context.end=2016-12",
        "context.handles={market.royalty: 0}",
    )
    taxed = "events=[{from:2006-01,until:2010-01,set:{market.window_taxes:0.08}}]"
    run = replicate(scenario(*keys, taxed), 8)
    share = run.of(O.official_share).mean(0)
    imposed, repealed = 12, 60
    before, under = share[imposed - 12 : imposed].mean(), share[repealed - 12 : repealed].mean()
    assert before > 0.6
    assert under < 0.3 * before
    down, up = months_to_half(share, imposed, under), months_to_half(share, repealed, before)
    assert up >= 3 * max(1, down), (down, up)
    assert up > 0
