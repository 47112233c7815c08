"""Paired comparison: the difference that a policy makes on the same luck.

Both policies run on the same seeds and share every draw, so a difference is caused by the policy
alone; a policy against itself differs by exactly 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.analysis.summary import QUANTILES, dates, number
from asmsim.config.errors import ConfigError
from asmsim.model.outcomes import O
from asmsim.model.plan import first_difference
from asmsim.model.scenario import Scenario
from asmsim.sweep.replicates import REPORTED, Replicates, replicate

if TYPE_CHECKING:
    import polars as pl

NO_DIFFERENCE = "no clear difference"
DISCOUNT_A_YEAR = 0.03


@dataclass(frozen=True, eq=False)
class Comparison:
    """Policies side by side on the same seeds; the first is the reference."""

    runs: tuple[Replicates, ...]

    @property
    def reference(self) -> Replicates:
        """What the others are compared with."""
        return self.runs[0]

    @property
    def names(self) -> list[str]:
        """Names of the policies, made distinct."""
        names: list[str] = []
        for run in self.runs:
            name = run.name
            while name in names:
                name += " (2)"
            names.append(name)
        return names

    def difference(self, which: int, outcome: O) -> npt.NDArray[np.float64]:
        """(seed, month) difference of policy number `which` from the reference."""
        return self.runs[which].of(outcome) - self.reference.of(outcome)

    def dates(self) -> dict[str, int]:
        """Dates of the comparison: those of the longest programme."""
        return dates(max(self.runs, key=lambda r: r.exit_index))

    def differences(self) -> "pl.DataFrame":
        """One row per policy, outcome and date: quantiles of the paired 12-month difference, and a verdict."""
        import polars as pl

        rows = []
        for which in range(1, len(self.runs)):
            for name, at in self.dates().items():
                for o in REPORTED:
                    if o.group == "check":
                        continue
                    values = self.difference(which, o)[:, max(0, at - 12) : at].mean(1)
                    row: dict[str, object] = {
                        "policy": self.names[which],
                        "reference": self.names[0],
                        "outcome": o.name,
                        "unit": o.unit,
                        "date": name,
                        "until": self.reference.months[at - 1],
                        "mean": float(values.mean()),
                    }
                    row |= {f"q{round(100 * q):02d}": float(np.quantile(values, q)) for q in QUANTILES}
                    rows.append(row | {"verdict": verdict(values, o.unit), "seeds": len(values)})
        return pl.DataFrame(rows)

    def cost_per_result(self, which: int) -> str:
        """Licensed miner-years per USD 1 M of extra public and donor cost, present value at 3 %."""
        months = np.arange(len(self.reference.months))
        weight = (1 + DISCOUNT_A_YEAR) ** (-months / 12)
        money = sum(self.difference(which, o) for o in (O.cost_donor, O.cost_government))
        spent = float((np.asarray(money) * weight).sum(1).mean())
        years = float(self.difference(which, O.licensed).sum(1).mean() / 12)
        if abs(spent) < 1.0:
            return f"{number(years)} licensed miner-years at no extra cost"
        if spent < 0:
            return f"{number(years)} licensed miner-years while USD {number(-spent)} less is spent"
        return f"{number(years / (spent / 1e6))} licensed miner-years per USD 1 M (USD {number(spent)} spent)"

    def durability(self, which: int) -> str:
        """Share of the gain at exit that is left five years on; only if there was a gain of 2 points."""
        at = self.dates()
        if "exit" not in at or "exit+5" not in at:
            return "not established (the horizon ends less than five years after exit)"
        gain = self.difference(which, O.licensed_share)
        now = gain[:, at["exit"] - 12 : at["exit"]].mean(1)
        later = gain[:, at["exit+5"] - 12 : at["exit+5"]].mean(1)
        if now.mean() < 0.02:
            return "not established (the gain at exit is under 2 points)"
        return f"{later.sum() / now.sum():.2f}"


def verdict(values: npt.NDArray[np.float64], unit: str) -> str:
    """Median and 90 % interval of a paired difference; `no clear difference` when the interval holds zero."""
    low, middle, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
    if low <= 0 <= high:
        return NO_DIFFERENCE
    points = unit == "share"
    low, middle, high = (100 * v if points else v for v in (low, middle, high))
    shown = [("+" if v > 0 else "") + number(v) for v in (middle, low, high)]
    return f"{shown[0]} {'points' if points else unit.removeprefix('1')}".rstrip() + f" [{shown[1]}; {shown[2]}]"


def compare(
    scenarios: Sequence[Scenario],
    seeds: int | Sequence[int] = 32,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run scenarios on the same seeds.

    Raises
    ------
    ConfigError
        Fewer than two scenarios, or scenarios that do not share months, districts and scale.
    """
    if len(scenarios) < 2:
        raise ConfigError("compare: at least two policies are needed")
    first = scenarios[0]
    for other in scenarios[1:]:
        same = (
            first.context.start == other.context.start
            and first.context.end == other.context.end
            and first.context.recorded == other.context.recorded
            and first.world.names == other.world.names
            and first.model.scale == other.model.scale
        )
        if not same:
            raise ConfigError("compare: policies must share context, months and scale, or nothing is paired")
    return Comparison(tuple(replicate(s, seeds, threads, progress) for s in scenarios))


def identical_until(a: Scenario, b: Scenario) -> str | None:
    """First month in which two policies' plans differ, or None if they never do."""
    from asmsim.config.schema import month_name, month_number

    t = first_difference(a.plan, b.plan)
    return None if t is None else month_name(month_number(a.context.start) + t)
