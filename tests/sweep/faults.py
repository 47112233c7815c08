"""Run functions that misbehave at chosen runs, as a worker would meet them."""

import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asmsim.model.scenario import Scenario
from asmsim.sweeps.execute.simulator import SIMULATOR, About, Simulate

Which = tuple[float, int]
"""Years of the programme, which is what the tests vary, and seed."""


@dataclass(frozen=True)
class Faulty:
    """The simulator, but some runs raise, kill their worker, or hang.

    `once` is a file: while it is not there, the run makes it and kills, or stops, its worker.  `at_start` is a signal
    by which a worker dies before it has said what it computes with: once, if `once` is given.
    """

    raises: tuple[Which, ...] = ()
    kills: tuple[Which, ...] = ()
    hangs: tuple[Which, ...] = ()
    hangs_natively: tuple[Which, ...] = ()
    kills_once: tuple[Which, ...] = ()
    stops: tuple[Which, ...] = ()
    stops_once: tuple[Which, ...] = ()
    at_start: int = 0
    once: str = ""
    slow: float = 0.0

    def about(self) -> About:
        if self.at_start and (not self.once or self.is_first()):
            os.kill(os.getpid(), self.at_start)
        return SIMULATOR.about()

    def ready(self, scenario: Scenario) -> None:
        SIMULATOR.ready(scenario)

    def is_first(self) -> bool:
        """Whether nobody has been here before."""
        try:
            Path(self.once).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def __call__(self, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Any:
        which = (float(scenario.donor.programme.duration_years), seed)
        if which in self.raises:
            raise ZeroDivisionError(f"no such luck as {seed}")
        if which in self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        if which in self.kills_once and self.is_first():
            os.kill(os.getpid(), signal.SIGKILL)
        if which in self.stops or (which in self.stops_once and self.is_first()):
            os.kill(os.getpid(), signal.SIGSTOP)
        if which in self.hangs:
            time.sleep(1000)
        if which in self.hangs_natively:
            ctypes.PyDLL(None).sleep(1000)  # holds the interpreter
        time.sleep(self.slow)
        return SIMULATOR(scenario, seed, simulate)


@dataclass(frozen=True)
class Nothing:
    """Computes nothing, at once: what is left is the sweep's own work."""

    def about(self) -> About:
        return SIMULATOR.about()

    def ready(self, scenario: Scenario) -> None:
        pass

    def __call__(self, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Any:
        return np.zeros((scenario.context.months, len(SIMULATOR.about().outcomes)))
