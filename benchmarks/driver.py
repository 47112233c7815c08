"""A sweep whose runs compute nothing, on two processes: `python -m benchmarks.driver RUNS`; prints JSON."""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from asmsim.model.scenario import Scenario
from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.execute.simulator import About, Simulate, Simulator
from asmsim.sweeps.request.request import SweepOptions, make_request
from benchmarks.peak import peak_mb

TINY = ("context=generic", "model.scale=200", "context.end=2006-12", "context.districts={number: 3, provinces: 1}")
SEEDS = 20


@dataclass(frozen=True)
class Nothing:
    """Zeros for every outcome."""

    def about(self) -> About:
        """Of the model."""
        return Simulator().about()

    def ready(self, scenario: Scenario) -> None:
        """Need nothing."""

    def __call__(self, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Any:
        """(month, outcome) zeros."""
        return np.zeros((scenario.context.months, len(Simulator().about().outcomes)))


def main(runs: int) -> None:
    """Sweep and measure this process, which is the driver."""
    begin = perf_counter()
    asked = make_request(
        [*TINY, "donor.programme.duration_years=interval(0,20)"],
        SweepOptions(design="sobol", n=runs // SEEDS, seeds=SEEDS, keep="summary"),
    )
    with tempfile.TemporaryDirectory() as folder:
        done = run_request(asked, Path(folder), False, Execution(workers=2, run=Nothing())).status["ok"]
    print(json.dumps({"runs": done, "peak_mb": peak_mb(), "seconds": perf_counter() - begin}))


if __name__ == "__main__":
    from benchmarks.driver import main as measured  # not from __main__, which a worker could not find again

    measured(int(sys.argv[1]))
