"""Paired comparison: the difference that a policy makes on the same seeds.

Both policies run on the same seeds and share every draw, so a difference is caused by the policy
alone; a policy against itself differs by exactly 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.statistics import (
    NO_DIFFERENCE,
    UNDEFINED,
    find_negligible,
    is_clear,
    measure_band,
    measure_share_below,
)
from asmsim.analysis.summary import find_dates, show_interval_of, show_number, split_deviations, summarise_values
from asmsim.config.characters import show_controls
from asmsim.config.errors import ConfigError
from asmsim.config.language import mark, tr, use_language
from asmsim.config.schema import month_number
from asmsim.evidence.posterior import draw_for
from asmsim.model.inputs_identity import describe_provenance
from asmsim.model.means import mean_defined
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import Outcome, list_reported
from asmsim.model.plan import first_difference
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import as_scenario
from asmsim.sweeps.cautions import list_cautions, warn_in_python
from asmsim.sweeps.replicates import Replicates, replicate

if TYPE_CHECKING:
    import polars as pl

Flags = npt.NDArray[np.bool_]
DISCOUNT_A_YEAR = 0.03
MONEY = mark("by donor and government together, present value in {year} at 3 % a year")
ACCOUNTS: dict[str, dict[O, int]] = {
    mark("the donor's programme"): {O.cost_donor: 1},
    mark("miners (fees, dues, fines)"): {O.cost_private: 1},
    mark("firms"): {O.cost_market: 1},
    mark("the treasury (spending minus royalty and tax)"): {O.cost_government: 1, O.royalty_and_tax: -1},
}
"""Who pays, apart, as what one saves another may bear."""
BETTER: dict[Outcome, int] = {
    O.licensed_share: 1,
    O.official_share: 1,
    O.price_received: 1,
    O.income_median: 1,
    O.income_low: 1,
    O.trust: 1,
    O.tied_share: -1,
    O.violations: -1,
    O.stigma_local: -1,
    O.mercury: -1,
    O.damage: -1,
}
"""Outcomes of which more (1) or less (-1) is better for those who mine and live there; of others nothing is said.

A change the other way is harm, from a hundredth of the reference's level on. Money is left out: results per dollar are reported
apart."""
HUNDREDTH = 0.01
"""Of the reference's level: by how much something has to be worse to be harm."""
OFTEN = 0.05
"""Share of runs from which on harm is reported."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Policies side by side on the same seeds; the first is the reference."""

    runs: tuple[Replicates, ...]
    shared: tuple[str, ...] = ()
    """What was changed in every policy alike, as typed."""
    labels: tuple[str, ...] = ()
    """What labels stand for: `five_years = mongolia_as_was, changed: donor.programme.duration_years=5`."""

    def __repr__(self) -> str:
        """What is compared, in one line."""
        context, paired = self.reference.scenario.context.title, self.reference.counted
        return f"<Comparison in {context}: {', '.join(self.names[1:])} against {self.names[0]}; paired on {paired}>"

    def plot(self, y: str | Sequence[str] = "", **options: Any) -> Any:
        """Return a matplotlib figure; parameters as in `asmsim.plot`."""
        import asmsim

        return asmsim.plot(self, y, **options)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the answer and the small table."""
        import asmsim

        return asmsim.to_html(self)

    @property
    def reference(self) -> Replicates:
        """What the others are compared with."""
        return self.runs[0]

    @property
    def id(self) -> str:
        """Hash of the compiled model, of what its runs were given, and of their seeds."""
        return str(self.provenance["run_id"])

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What a reader needs to run it again."""
        drawn = [each.drawn for each in self.runs if each.drawn is not None]
        values = [values for each in drawn for values in each.values]
        told = drawn[0].told if drawn else None
        return describe_provenance([each.scenario for each in self.runs], self.reference.seeds, values, told)

    @cached_property
    def cautions(self) -> list[str]:
        """What to be careful of in it."""
        return list_cautions([run.scenario for run in self.runs], len(self.reference.seeds), self.reference.draws)

    @property
    def names(self) -> list[str]:
        """Names of the policies, made distinct."""
        names: list[str] = []
        for run in self.runs:
            whole = name = show_controls(run.name)  # they stand in tables and figures
            n = 2
            while name in names:
                name, n = f"{whole} ({n})", n + 1
            names.append(name)
        return names

    def difference(self, which: int, outcome: Outcome) -> npt.NDArray[np.float64]:
        """(run, month) difference of policy number `which` from the reference."""
        return self.runs[which].of(outcome) - self.reference.of(outcome)

    def mean_difference(self, which: int, outcome: Outcome, until: int) -> npt.NDArray[np.float64]:
        """(run,) means of that over the 12 months before month index `until`, in which both are defined."""
        return mean_defined(self.difference(which, outcome)[:, max(0, until - 12) : until], 1)

    def level(self, which: int, outcome: Outcome, until: int) -> npt.NDArray[np.float64]:
        """(run,) means of policy number `which` over the 12 months before month index `until`."""
        return mean_defined(self.runs[which].of(outcome)[:, max(0, until - 12) : until], 1)

    def dates(self, which: int) -> dict[str, int]:
        """Dates of policy number `which`: by the end of its own programme, or the reference's where it has none."""
        own = find_dates(self.runs[which])
        return own if "exit" in own else find_dates(self.reference)

    def differences(self) -> "pl.DataFrame":
        """One row per policy, outcome and date: quantiles of the paired 12-month difference, and a verdict in English.

        Also what chance and parameters add to its spread, and the shares of runs in which it lies below zero by more
        than is negligible, and in which it is harm (null where nothing is better or worse).
        """
        with use_language("en"):
            return self._differences

    @cached_property
    def _differences(self) -> "pl.DataFrame":
        import polars as pl

        rows = []
        for which in range(1, len(self.runs)):
            for name, at in self.dates(which).items():
                for o in list_reported():
                    if o.group == "check":
                        continue
                    values = self.mean_difference(which, o, at)
                    row: dict[str, object] = {
                        "policy": self.names[which],
                        "reference": self.names[0],
                        "outcome": o.name,
                        "unit": o.unit,
                        "date": name,
                        "until": self.reference.months[at - 1],
                    }
                    row |= summarise_values(values)
                    row |= split_deviations(values, self.reference.draws)
                    below = measure_share_below(values, o.unit)
                    row["below_zero"] = below if np.isfinite(below) else None
                    row["harm"] = measure_harm(values, o, self.level(0, o, at))
                    rows.append(row | {"verdict": describe_difference(values, o.unit), "runs": len(values)})
        return pl.DataFrame(rows, infer_schema_length=None)

    def cost_per_result(self, which: int, until: int | None = None) -> str:
        """Licensed miner-years gained and extra public and donor money spent, with 90 % intervals over runs.

        Up to a month, or the last one. Money is present value at 3 %; where every run spends more, the ratio per
        USD 1 million is given too.
        """
        spent = self.present_value(which, {O.cost_donor: 1, O.cost_government: 1}, until)
        years = self.difference(which, O.licensed)[:, :until].sum(1) / 12
        number, money = show_interval_of(years, "years"), tr(MONEY, year=name_base_year(self.reference))
        more, less = show_interval_of(spent, "USD"), show_interval_of(-spent, "USD")
        if np.abs(spent).max() < 1.0:
            return tr("{number} licensed miner-years at no extra cost", number=number)
        if (spent <= -1.0).all():
            return tr(
                "{number} licensed miner-years while USD {less} less is spent {money}",
                number=number,
                less=less,
                money=money,
            )
        if (spent >= 1.0).all() and np.median(years) <= 0:
            return tr(
                "{number} licensed miner-years though USD {more} more is spent {money}",
                number=number,
                more=more,
                money=money,
            )
        if (spent >= 1.0).all():
            rate = show_interval_of(years / (spent / 1e6), "")
            return tr(
                "{rate} licensed miner-years per USD 1 million (USD {more} spent {money})",
                rate=rate,
                more=more,
                money=money,
            )
        return tr(
            "{number} licensed miner-years for USD {more} spent {money}: more in some runs and less in others",
            number=number, more=more, money=money,
        )  # fmt: skip

    def present_value(self, which: int, account: Mapping[O, int], until: int | None = None) -> npt.NDArray[np.float64]:
        """(run,) USD that policy number `which` adds to an account up to a month, present value at the policy's start."""
        weight = discount_months(self.reference)[:until]
        money = sum(sign * self.difference(which, o)[:, :until] for o, sign in account.items())
        return np.asarray((money * weight).sum(1))

    def durability(self, which: int) -> str:
        """Share of the gain at the end of the programme that is left five years on, with its 90 % interval by bootstrap over draws or seeds.

        Only if there was a gain of 2 points.
        """
        at = self.dates(which)
        if "exit" not in at or "exit+5" not in at:
            return tr("not established (the simulation ends less than five years after the programme)")
        gain = self.difference(which, O.licensed_share)
        now, later = (gain[:, at[date] - 12 : at[date]].mean(1) for date in ("exit", "exit+5"))
        if np.isnan([now, later]).any():
            return tr("not established (in some runs nobody mines then)")
        if now.mean() < 0.02:
            return tr("not established (the gain at the end of the programme is under 2 percentage points)")
        left = show_number(later.sum() / now.sum())
        groups = self.reference.draws if self.reference.draws > 1 else len(now)
        if groups < 2:
            return f"{left} ({tr('one run')})"
        from scipy import stats

        found = stats.bootstrap(
            [v.reshape(groups, -1).mean(1) for v in (now, later)],
            lambda a, b, axis: b.sum(axis) / np.maximum(a.sum(axis), 1e-9),
            paired=True, confidence_level=0.9, method="percentile", n_resamples=2_000, rng=1,
        ).confidence_interval  # fmt: skip
        return f"{left} [{show_number(found.low)}; {show_number(found.high)}]"

    def harms(self, which: int) -> dict[str, float]:
        """Outcome: share of runs in which it is worse in the last year by more than is negligible, the most frequent first."""
        until = len(self.reference.months)
        shares = {
            o.name: measure_harm(self.mean_difference(which, o, until), o, self.level(0, o, until)) or 0.0
            for o in BETTER
        }
        return dict(sorted(shares.items(), key=lambda item: -item[1]))


def discount_months(run: Replicates) -> npt.NDArray[np.float64]:
    """(month,) what a dollar of each recorded month is worth at the start of the policy, at 3 % a year."""
    since = month_number(run.months[0]) - month_number(run.scenario.context.policy_start)
    return np.asarray((1 + DISCOUNT_A_YEAR) ** (-(since + np.arange(len(run.months))) / 12))


def name_base_year(run: Replicates) -> str:
    """The year whose dollars a present value is in: that in which policies begin."""
    return run.scenario.context.policy_start[:4]


def find_harms(values: npt.NDArray[np.float64], outcome: Outcome, reference: npt.NDArray[np.float64]) -> Flags:
    """(run,) whether each difference is harm: worse by more than is negligible and than a hundredth of the reference's median."""
    level = abs(measure_band(reference)[1])
    least = max(find_negligible(outcome.unit), HUNDREDTH * level if np.isfinite(level) else 0.0)
    return np.asarray(BETTER[outcome] * values < -least)


def measure_harm(values: npt.NDArray[np.float64], outcome: Outcome, reference: npt.NDArray[np.float64]) -> float | None:
    """Share of defined differences that are harm; None where nothing is better or worse, or nothing is defined."""
    known = ~np.isnan(values)
    if outcome not in BETTER or not known.any():
        return None
    return float(find_harms(values, outcome, reference)[known].mean())


def describe_difference(values: npt.NDArray[np.float64], unit: str) -> str:
    """Median and 90 % interval of a paired difference, or that there is no clear one."""
    if np.isnan(values).all():
        return tr(UNDEFINED)
    if not is_clear(values, unit):
        return tr(NO_DIFFERENCE)
    low, middle, high = measure_band(values)
    points = unit == "share"
    low, middle, high = (100 * v if points else v for v in (low, middle, high))
    shown = [("+" if v > 0 else "") + show_number(v) for v in (middle, low, high)]
    words = f"{shown[0]} {tr('points') if points else tr(unit) if unit != '1' else ''}".rstrip()
    return f"{words} ({tr('one seed')})" if len(values) == 1 else f"{words} [{shown[1]}; {shown[2]}]"


def compare(
    scenarios: Sequence[Scenario | str | Sequence[str]],
    seeds: int | Sequence[int] = 32,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    shared: Sequence[str] = (),
    labels: Sequence[str] = (),
    posterior: str | None = None,
    draws: int = 16,
) -> Comparison:
    """Run scenarios on the same seeds, and on the same draws of parameters if any; the first is the reference.

    Parameters
    ----------
    scenarios
        Scenarios, or overrides as on the command line.
    shared, labels
        What was changed in all of them alike, and what labels stand for, to be said beside the results.

    posterior, draws
        A posterior from which behaviour parameters are drawn, and how often; each draw runs on seeds of its own.

    Raises
    ------
    ConfigError
        Fewer than two scenarios, or scenarios that do not share months, districts and scale.
    """
    if isinstance(scenarios, str) or len(scenarios) < 2:
        raise ConfigError("compare: a list of at least two scenarios is needed")
    made = [as_scenario(s) for s in scenarios]
    first = made[0]
    for other in made[1:]:
        same = (
            first.context.start == other.context.start
            and first.context.end == other.context.end
            and first.context.recorded == other.context.recorded
            and first.world.names == other.world.names
            and first.model.scale == other.model.scale
        )
        if not same:
            raise ConfigError("compare: policies must share context, months and scale, or nothing is paired")
    drawn = [None if posterior is None else draw_for(posterior, draws, s) for s in made]
    runs = (replicate(s, seeds, threads, progress, d) for s, d in zip(made, drawn, strict=True))
    done = Comparison(tuple(runs), tuple(shared), tuple(labels))
    warn_in_python(done.cautions)
    return done


def find_first_difference(a: Scenario, b: Scenario) -> str | None:
    """First month in which two policies' plans differ, or None if they never do."""
    from asmsim.config.schema import month_name, month_number

    t = first_difference(a.plan, b.plan)
    return None if t is None else month_name(month_number(a.context.start) + t)
