"""What runs of a sweep differ by: paired on the same draw and seed, with chance and parameters separated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.statistics import (
    BAND,
    find_direction,
    is_clear,
    measure_band,
    measure_share_below,
    measure_t_interval,
)
from asmsim.analysis.sweeps import list_dimensions
from asmsim.analysis.verdicts import Verdict, judge_direction
from asmsim.config.errors import ConfigError
from asmsim.sweeps.draws import split_spread
from asmsim.sweeps.store.results import Results

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]
LUCK = ("draw", "seed")
WORDS = {"share": (100.0, "points")}


@dataclass(frozen=True, eq=False)
class Gain:
    """Paired differences of one choice from another.

    Attributes
    ----------
    values
        (run,) differences, draw by draw and, within a draw, seed by seed.
    draws
        How many draws; 0 where parameters were not drawn.
    apart
        Sum of the two choices' own variances: that of the difference if they did not share their seeds.
    unsure
        Standard error of the mean that does not come from draws and seeds, such as of orders that were sampled.
    """

    values: Floats
    draws: int
    unit: str = "1"
    apart: float = float("nan")
    unsure: float = 0.0

    @property
    def median(self) -> float:
        """Median over runs."""
        return float(np.median(self.values))

    @property
    def interval(self) -> tuple[float, float]:
        """90 % of runs: chance and parameters together."""
        low, _, high = measure_band(self.values)
        return low, high

    @property
    def mean_interval(self) -> tuple[float, float]:
        """95 % interval of the mean over draws (each the mean of its seeds), by Student's t."""
        groups = self.values.reshape(self.draws, -1).mean(1) if self.draws > 1 else self.values
        return measure_t_interval(groups, self.unsure)

    @property
    def fewer_runs(self) -> float:
        """How many times the runs would be needed, for the same half-width, if draws and seeds were not shared."""
        spread_ = float(self.values.var(ddof=1)) if len(self.values) > 1 else 0.0
        return self.apart / spread_ if spread_ > 0 else float("nan")

    @property
    def below_zero(self) -> float:
        """Share of runs in which the difference is below zero by more than is negligible."""
        return measure_share_below(self.values, self.unit)

    @property
    def clear(self) -> bool:
        """Whether nine runs in ten agree on the sign, and the median is more than negligible."""
        return is_clear(self.values, self.unit)

    def verdict(self, wants: int) -> Verdict:
        """Return what the mean says of a hypothesis that the difference is above zero (1), below it (-1), or none (0)."""
        return judge_direction(find_direction(self.mean_interval, self.unit), wants)

    def describe(self) -> str:
        """Return in words: mean with its 95 % interval, by which a verdict goes; 90 % of runs; share below zero."""
        factor, unit = WORDS.get(self.unit, (1.0, self.unit if self.unit != "1" else ""))
        mean, least, most, low, high = (
            round(factor * v, 9) + 0.0 for v in (float(self.values.mean()), *self.mean_interval, *self.interval)
        )
        sure = f" ({least:+.3g} to {most:+.3g})" if np.isfinite(most) else ""
        runs = f"runs [{low:+.3g}; {high:+.3g}], below zero in {self.below_zero:.0%}"
        return (
            f"{mean:+.3g} {unit}".rstrip()
            + f"{sure}, {runs}"
            + ("" if self.clear else ", no clear difference in single runs")
        )

    def row(self) -> dict[str, float]:
        """Columns for a table: mean with its 95 % interval, median with 90 % of runs, and where the variance is from."""
        chance, parameters = split_spread(self.values, self.draws)
        low, high = self.interval
        least, most = self.mean_interval
        return {
            "mean": float(self.values.mean()), "mean_low": least, "mean_high": most,
            "median": self.median, "q05": low, "q95": high, "below_zero": self.below_zero,
            "chance_sd": chance, "parameter_sd": parameters, "runs": len(self.values),
            "fewer_runs": self.fewer_runs,
        }  # fmt: skip


def split_choices(values: Floats) -> tuple[Floats, Floats]:
    """Variances between choices, net of chance, and between seeds of one choice, by draw.

    Choices of a draw share its seeds: what a seed does to all of them alike is no chance that would make their
    means differ, so only what it does to each in its own way is taken off (two-way layout).

    Parameters
    ----------
    values
        (draw, choice, seed).

    Returns
    -------
    tuple of (draw,) arrays
        The first is without bias, and so may be below zero.  NaN with one seed.
    """
    _, choices, seeds = values.shape
    if seeds < 2:
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    own = values - values.mean(2, keepdims=True) - values.mean(1, keepdims=True) + values.mean((1, 2), keepdims=True)
    left = (own**2).sum((1, 2)) / ((choices - 1) * (seeds - 1))
    return values.mean(2).var(1, ddof=1) - left / seeds, values.var(2, ddof=1).mean(1)


@dataclass(frozen=True)
class VarianceSources:
    """Shares of a difference's variance between runs: fitted parameters, the others, chance.  NaN = too few draws or seeds to say.

    Attributes
    ----------
    fitted_interval, others_interval
        90 % intervals, by parametric bootstrap.
    """

    fitted: float
    others: float
    chance: float
    fitted_interval: tuple[float, float] = (0.0, 1.0)
    others_interval: tuple[float, float] = (0.0, 1.0)

    @property
    def driver(self) -> str:
        """What the difference is driven by: evidence, assumptions, chance, no one source, or not enough evidence to say."""
        (a, b), (c, d) = self.fitted_interval, self.others_interval
        if not np.isfinite(self.fitted):
            return "not enough evidence"
        if c > 0.5:
            return "assumptions"
        if a > 0.5:
            return "evidence"
        if b < 0.5 and d < 0.5:
            return "chance" if self.chance > 0.5 else "no one source"
        return "not enough evidence"


def find_sources(found: Gain, results: Results, again: int = 400) -> VarianceSources:
    """Where the variance of a difference comes from, by linear regression of draws' means on the fitted parameters.

    What is not linear in them counts as the others'.  In another country than that of the fit, what belongs to
    a country is drawn from its prior there, and counts as the others' too.  Intervals are of `again` data sets made
    from what was found, as if it were the truth.
    """
    import polars as pl

    from asmsim.evidence import priors

    unknown = VarianceSources(float("nan"), float("nan"), float("nan"))
    points, context = results.points, results.context
    there = points.collect_schema().names()
    names = [f"parameters.{n}" for n, p in priors.list_fitted().items() if p.where in ("", context)]
    names = [n for n in names if n in there]
    if found.draws < 2 * len(names) + 4 or not names:
        return unknown
    table = found.values.reshape(found.draws, -1)
    seeds = table.shape[1]
    if seeds < 2 or table.var() == 0:
        return unknown
    at = points.select("draw", *names).unique("draw").sort("draw").select(pl.exclude("draw")).collect().to_numpy()
    x = np.column_stack([np.ones(len(at)), (at - at.mean(0)) / np.where(at.std(0) > 0, at.std(0), 1.0)])
    mean, chance = table.mean(1), float(table.var(1, ddof=1).mean())
    line = x @ np.linalg.lstsq(x, mean, rcond=None)[0]

    def parted(mean: Floats, chance: Floats) -> Floats:
        """(3, data set) shares of (draw, data set) means and (data set,) variances within draws."""
        left = mean - x @ np.linalg.lstsq(x, mean, rcond=None)[0]
        whole = mean.var(0, ddof=1)
        parameters = np.maximum(0.0, whole - chance / seeds)
        fitted = np.clip(whole - (left**2).sum(0) / (len(mean) - x.shape[1]), 0.0, parameters)
        total = np.maximum(parameters + chance, 1e-300)
        return np.stack([fitted / total, (parameters - fitted) / total, chance / total])

    fitted, others, by_chance = (float(v[0]) for v in parted(mean[:, None], np.array([chance])))
    scale = (chance / by_chance) if by_chance > 0 else float(mean.var(ddof=1))
    rng = np.random.default_rng(1)
    told = line - line.mean()
    told *= np.sqrt(fitted * scale / max(float(told.var(ddof=1)), 1e-300))
    noise = rng.standard_normal((len(mean), again)) * np.sqrt(others * scale + chance / seeds)
    free = len(mean) * (seeds - 1)
    drawn = parted(told[:, None] + noise, chance * rng.chisquare(free, again) / free)
    (a, b), (c, d) = (np.quantile(v, BAND[::2]) for v in drawn[:2])
    return VarianceSources(fitted, others, by_chance, (float(a), float(b)), (float(c), float(d)))


def read_monthly(results: Results) -> "pl.LazyFrame":
    """One row a run and month, its outcomes in double: a sum of singles would tell in which order they were added."""
    import polars as pl

    return results.table("series").with_columns(pl.col(pl.Float32).cast(pl.Float64))


def refuse_undefined(frame: "pl.DataFrame", outcome: str) -> None:
    """Refuse runs in which an outcome is undefined, as no difference can be taken of it.

    Raises
    ------
    ConfigError
        Says in how many.
    """
    undefined = frame["value"].null_count()
    if undefined:
        raise ConfigError(
            f"{outcome}: undefined in {undefined:,} of {frame.height:,} runs, in which nobody mines; take an outcome that "
            "counts, such as licensed, or points at which people mine"
        )


def collect_runs(results: Results, outcome: str, date: str = "horizon") -> "pl.DataFrame":
    """One row a run, ordered by choice, draw and seed: the choices that vary, draw, seed, last month measured, value."""
    frame = results.of(outcome, date)
    refuse_undefined(frame, outcome)
    keys = list_dimensions(results)
    luck = [name for name in LUCK if name in frame.columns]
    return frame.select(*keys, *luck, "until", "value").sort(*keys, *luck)


def collect_year(results: Results, outcome: str, month: str) -> "pl.DataFrame":
    """The same at a month of the calendar: means of the twelve months that end with it, from the series.

    For runs that have no donor's exit of their own, and are compared with some that have.
    """
    import polars as pl

    from asmsim.config.schema import month_name, month_number

    first = month_name(month_number(month) - 11)
    keys = list_dimensions(results)
    table = read_monthly(results).filter(pl.col("month").is_between(pl.lit(first), pl.lit(month)))
    luck = [name for name in LUCK if name in table.collect_schema().names()]
    found = table.group_by(*keys, *luck).agg(pl.col(outcome).mean().alias("value")).collect()
    if found.height == 0:
        raise ConfigError(f"{month}: no run has the twelve months up to it")
    refuse_undefined(found, outcome)
    return found.sort(*keys, *luck)


def select_values(frame: "pl.DataFrame", choice: Mapping[str, Any]) -> Floats:
    """(run,) values of one choice, by draw and seed.

    Raises
    ------
    ConfigError
        No run of it.
    """
    return select_runs(frame, choice)["value"].to_numpy()


def select_runs(frame: "pl.DataFrame", choice: Mapping[str, Any]) -> "pl.DataFrame":
    """The rows of one choice, by draw and seed."""
    import polars as pl

    found = frame.filter([pl.col(name) == value for name, value in choice.items()])
    if found.height == 0:
        raise ConfigError(f"no run of {name_choice(choice)}")
    return found.sort([name for name in LUCK if name in frame.columns], maintain_order=True)


def name_choice(choice: Mapping[str, Any]) -> str:
    """A choice as it would be typed."""
    return ", ".join(f"{key}={str(value).strip(chr(34))}" for key, value in choice.items())


def check_paired(a: "pl.DataFrame", b: "pl.DataFrame", names: tuple[str, str]) -> None:
    """Refuse two choices whose runs are not of the same draws and seeds, or not measured at the same month.

    Raises
    ------
    ConfigError
        Which run has no partner, or which months are compared.
    """
    luck = [name for name in LUCK if name in a.columns]
    for name, one, other in ((names[0], a, b), (names[1], b, a)):
        rows = one.join(other, luck, how="anti")
        if rows.height:
            which = ", ".join(f"{key} {rows[key][0]}" for key in luck)
            raise ConfigError(
                f"{name}: {rows.height} of its runs have no partner (the first: {which}): nothing is paired; runs that "
                "failed or are still to do are listed by asmsim results FOLDER"
            )
    if a.height != b.height:
        raise ConfigError(f"{names[0]} has {a.height} runs and {names[1]} {b.height}: nothing is paired")
    if "draw" in luck and a.group_by("draw").len()["len"].n_unique() > 1:
        raise ConfigError(f"{names[0]}: its draws differ in how many seeds have been run: nothing is paired")
    if "until" in a.columns and (a["until"] != b["until"]).any():
        months = " and ".join(sorted({str(a["until"][0])[:7], str(b["until"][0])[:7]}))
        raise ConfigError(
            f"{names[0]} and {names[1]}: measured at different months ({months}), which are not compared; ask for one "
            "month (--date 2014-12, of a sweep with --keep both)"
        )


def measure_gain(
    frame: "pl.DataFrame", choice: Mapping[str, Any], reference: Mapping[str, Any], unit: str = "1"
) -> Gain:
    """Paired difference of one choice from another, on equal draws and seeds, at the same month.

    Raises
    ------
    ConfigError
        A run has no partner, or the two are measured at different months.
    """
    one, other = select_runs(frame, choice), select_runs(frame, reference)
    check_paired(one, other, (name_choice(choice), name_choice(reference)))
    a, b = one["value"].to_numpy(), other["value"].to_numpy()
    return Gain(a - b, count_draws(frame), unit, float(a.var(ddof=1) + b.var(ddof=1)) if len(a) > 1 else float("nan"))


def count_draws(frame: "pl.DataFrame") -> int:
    """How many draws a table of runs holds; 0 if none."""
    return frame["draw"].n_unique() if "draw" in frame.columns else 0


def measure_gains(
    frame: "pl.DataFrame", reference: Mapping[str, Any], unit: str = "1", but: Sequence[str] = ()
) -> "pl.DataFrame":
    """One row per choice: its paired gain over the choice that has the reference's values instead of its own."""
    import polars as pl

    keys = [c for c in frame.columns if c not in (*LUCK, "until", "value", *but)]
    rows = []
    for choice in frame.select(keys).unique(maintain_order=True).to_dicts():
        found = measure_gain(frame, choice, choice | dict(reference), unit)
        rows.append(choice | found.row())
    return pl.DataFrame(rows)


def measure_pairing(table: "pl.DataFrame") -> tuple[float, float, float] | None:
    """Return how many times the runs would be needed without shared draws and seeds: 10 %, median and 90 % of choices."""
    import polars as pl

    known = table.filter(pl.col("fewer_runs").is_finite() & (pl.col("mean") != 0))["fewer_runs"].to_numpy()
    if len(known) == 0:
        return None
    low, middle, high = np.quantile(known, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)
