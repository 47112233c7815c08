"""The run function of a sweep: a scenario and a seed to monthly outcomes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from asmsim.config.provenance import package_version
from asmsim.engine.kernel_identity import kernel_id
from asmsim.model.inputs_identity import planning_id

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario
    from asmsim.model.simulate import Run

Simulate = Callable[["Scenario", int], "Run"]
"""Makes a whole run of a scenario and a seed."""


@dataclass(frozen=True)
class About:
    """What computes the runs: its outcomes with their units, its code, its packages.

    A worker tells this before any work, so that the driver need not load the compiler, and a worker
    that has other code than the driver is found out.

    Attributes
    ----------
    code, planning
        `kernel_id` and `planning_id` of the model.
    codebook
        Label, unit and meaning of what the runs give, as CSV.
    compiled
        Whether the first run need not wait for the compiler.
    """

    outcomes: dict[str, str]
    code: str
    packages: dict[str, str] = field(default_factory=dict)
    compiled: bool = True
    planning: str = ""
    codebook: str = ""


class RunFunction(Protocol):
    """What a sweep runs; it must be picklable.  Tests put faulty ones in its place."""

    def about(self) -> About:
        """What computes the runs."""

    def ready(self, scenario: "Scenario") -> None:
        """Whatever must happen once a process before its first run, and counts as no run's time."""

    def __call__(self, scenario: "Scenario", seed: int, simulate: Simulate | None = None) -> npt.NDArray[np.float64]:
        """(month, outcome) of all simulated months, outcomes as in `about`; `simulate` may know a shorter way there."""


class Simulator:
    """The model itself."""

    def about(self) -> About:
        """Outcomes as `asmsim run` reports them."""
        import platform

        import numba
        import polars
        import scipy

        from asmsim.engine.compile import is_cached
        from asmsim.model.own_outcomes import list_reported
        from asmsim.sweeps.codebook import make_codebook
        from asmsim.sweeps.store.targets import to_csv

        packages = {
            "asmsim": package_version(),
            "python": platform.python_version(),
            **{m.__name__: str(m.__version__) for m in (numba, np, polars, scipy)},
            "libc": " ".join(platform.libc_ver()),
            "machine": platform.machine(),
        }
        outcomes = {o.name: o.unit for o in list_reported()}
        codebook = to_csv(make_codebook(outcomes))
        return About(outcomes, kernel_id(), packages, is_cached(), planning_id(), codebook)

    def ready(self, scenario: "Scenario") -> None:
        """Have the kernel compiled by one process while the others of this machine wait for it."""
        from asmsim.engine.compile import CACHE, is_cached
        from asmsim.engine.kernel_cache import lock_compiling
        from asmsim.model.simulate import prepare_run

        def compiled() -> None:
            prepare_run(scenario, 0).advance(0, 0)

        if CACHE is None or is_cached():
            compiled()
            return
        with lock_compiling(CACHE):
            compiled()

    def __call__(self, scenario: "Scenario", seed: int, simulate: Simulate | None = None) -> npt.NDArray[np.float64]:
        """A whole run, checked for conservation."""
        from asmsim.model.own_outcomes import list_reported
        from asmsim.model.simulate import simulate as from_the_start

        return (simulate or from_the_start)(scenario, seed).reported[:, list_reported()]


SIMULATOR: Any = Simulator()
