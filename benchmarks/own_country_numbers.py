"""Which of the ten numbers of `asmsim new context` matter for which outcome: each halved and doubled, in each setting.

Writes the table of docs/how-to/own-country.md: `python -m benchmarks.own_country_numbers` (some minutes on two cores).
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from asmsim.analysis.own_country import QUESTIONS, measure_like_yours, read_settings, write_country
from asmsim.model.labels import find_label
from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario
from asmsim.sweeps.replicates import replicate

SEEDS = 8
OUTCOMES = {O.licensed_share: 100.0, O.official_share: 100.0, O.income_low: 1.0, O.mercury: 1.0}
"""Outcomes, and their factor to points where they are shares; the others are told in per cent of their level."""


def measure(given: dict[str, Any], setting: str) -> dict[O, float]:
    """Mean of the last twelve months under the country's law with support, by outcome."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_country("mine", folder, given, setting)
        made = scenario("context=mine", "policy=mine_support", "model.scale=100", config_dir=folder)
        run = replicate(made, SEEDS)
    return {o: float(np.nanmean(run.of(o)[:, -12:])) for o in OUTCOMES}


def list_ends(setting: str) -> dict[str, tuple[float, float]]:
    """Half and twice of each number, within what it can be; of what is drawn, the ends of nine in ten."""
    start: dict[str, Any] = {"miners": 30_000, "districts": 30} | read_settings()[setting]
    ends = {}
    for q in QUESTIONS:
        if q.parameter:
            low, _, high = measure_like_yours(q.parameter)
            ends[q.name] = (low * 30, high * 30) if q.name == "officials" else (low, high)
        else:
            ends[q.name] = (max(q.low, start[q.name] / 2), min(q.high, start[q.name] * 2))
    return ends


def main() -> None:
    """Print the table as Markdown, the number that moves most first."""
    moved: dict[str, dict[O, float]] = {q.name: dict.fromkeys(OUTCOMES, 0.0) for q in QUESTIONS}
    for setting in read_settings():
        level = measure({}, setting)
        for name, (low, high) in list_ends(setting).items():
            below, above = (measure({name: value}, setting) for value in (low, high))
            for o, factor in OUTCOMES.items():
                change = abs(above[o] - below[o])
                told = factor * change if o.unit == "share" else 100 * change / max(abs(level[o]), 1e-9)
                moved[name][o] += told / len(read_settings())
            print(setting, name, file=sys.stderr)
    print(
        "| number | "
        + " | ".join(f"{find_label(o.name)}, {'points' if o.unit == 'share' else '%'}" for o in OUTCOMES)
        + " |"
    )
    print("|---|" + "---|" * len(OUTCOMES))
    asked = {q.name: q.asked for q in QUESTIONS}
    for name in sorted(moved, key=lambda n: -moved[n][O.licensed_share]):
        print(f"| {asked[name]} | " + " | ".join(f"{float(f'{moved[name][o]:.2g}'):g}" for o in OUTCOMES) + " |")


if __name__ == "__main__":
    main()
