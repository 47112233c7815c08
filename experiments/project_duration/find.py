"""Gain in licensed share by duration of the project: at its end, five years on, and thirty years after the start."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import (
    Answer,
    Finding,
    Number,
    note_sources,
    round_decimals,
    round_gain,
    round_share,
)
from asmsim.analysis.gains import Gain, find_sources, read_monthly
from asmsim.analysis.statistics import measure_band
from asmsim.analysis.verdicts import combine_verdicts, judge_samples
from asmsim.sweeps.store.results import Results

DESIGN = import_file(Path(__file__).with_name("design.py"))
YEARS, TAPER, SHARE, GROWTH = DESIGN.YEARS, DESIGN.TAPER, DESIGN.SHARE, DESIGN.GROWTH
OWN, OWNS, START, WHEN, LAST = DESIGN.OWN, DESIGN.OWNS, DESIGN.START, DESIGN.WHEN, DESIGN.LAST
PER, AGAIN = "licensed_years_per_million", 2000
TOLD = (1, 2, 5, 10, 15, 20)
"""Durations, years, for which it is said what a dollar buys."""


def find(results: Mapping[str, Results]) -> Finding:
    """Return the table of gains and what it says of the hypotheses."""
    frame = beside_none(yearly(results["main"]), yearly(results["none"]))
    rows, gains, dollars = [], {}, {}
    for own in OWNS:
        for taper in sorted(frame[TAPER].unique()):
            mine = frame.filter((pl.col(OWN) == own) & (pl.col(TAPER) == taper))
            for years in sorted(mine[YEARS].unique()):
                told = {}
                if horizon(mine, years) == START + 29:
                    dollars[own, taper, years], told = per_million(mine, years)
                for when in (*WHEN, LAST):
                    found = gain(mine, years, when)
                    if found is not None:
                        gains[own, taper, years, when] = found
                        at = {"own_share": own, "taper_years": taper, "duration_years": years, "when": when}
                        rows.append(at | found.row() | told)
    table = pl.DataFrame(rows)
    own, taper = OWNS[1], float(frame[TAPER].min())
    middle = gains[own, taper, min((y for o, t, y, _ in gains), key=lambda y: abs(y - 10)), "at exit"]
    worth = {years: v for (o, t, years), v in dollars.items() if (o, t) == (own, taper) and np.isfinite(v).all()}
    hypotheses, notes = answers(gains, worth, own, taper)
    notes["sources"] = note_sources(find_sources(middle, results["main"]))
    return Finding(hypotheses, notes, {"gains": table})


def yearly(results: Results) -> pl.DataFrame:
    """Return one row a run and year: the means of its twelve months; money in present value at 3 %."""
    year = pl.col("month").str.slice(0, 4).cast(pl.Int32).alias("year")
    table = read_monthly(results)
    form = [name for name in (YEARS, TAPER, SHARE, GROWTH) if name in table.collect_schema()]
    keys = [*form, "draw", "seed", "year"]
    table = table.select(*keys[:-1], year, "licensed_share", "licensed", "cost_donor", "cost_government")
    frame = table.group_by(keys).agg(pl.all().mean()).sort(keys).collect(engine="streaming")
    discounted = (pl.col("cost_donor") + pl.col("cost_government")) * 12 / 1.03 ** (pl.col("year") - START)
    return frame.with_columns(discounted.alias("cost"))


def beside_none(frame: pl.DataFrame, none: pl.DataFrame) -> pl.DataFrame:
    """Return the projects of every form, each beside no project: that has no form, and is simulated once."""
    own = (
        pl.when(pl.col(GROWTH) > 0)
        .then(pl.lit(OWNS[1]))
        .when(pl.col(SHARE) > 0)
        .then(pl.lit(OWNS[2]))
        .otherwise(pl.lit(OWNS[0]))
        .alias(OWN)
    )
    projects = frame.select(pl.exclude(SHARE, GROWTH), own)
    forms = projects.select(OWN, TAPER).unique()
    nothing = none.with_columns(pl.lit(0).cast(frame[YEARS].dtype).alias(YEARS)).join(forms, how="cross")
    both = pl.concat([projects, nothing.select(projects.columns)])
    return both.sort(OWN, TAPER, YEARS, "draw", "seed", "year")


def gain(mine: pl.DataFrame, years: float, when: str) -> Gain | None:
    """Return the paired gain of a duration over none, in the last year before the date; None beyond the horizon."""
    year = START + 29 if when == LAST else max(START, START + round(years) + WHEN[when] - 1)
    if year > horizon(mine, years):
        return None
    at = mine.filter(pl.col("year") == year)
    a, b = (at.filter(pl.col(YEARS) == y)["licensed_share"].to_numpy() for y in (years, 0.0))
    return Gain(a - b, at["draw"].n_unique(), "share")


def horizon(mine: pl.DataFrame, years: float) -> int:
    """Return the last year simulated of a duration."""
    return int(mine.filter(pl.col(YEARS) == years)["year"].max())


def per_million(mine: pl.DataFrame, years: float) -> tuple[np.ndarray, dict[str, float]]:
    """Return licensed miner-years gained for each extra million USD (present value), over thirty years.

    Returns
    -------
    tuple
        (again,) values, each of draws taken at random with replacement, the same for every duration; and their
        middle and 90 % interval beside that of all draws.  NaN where no more money is spent.
    """
    draws = mine["draw"].n_unique()
    a, b = (  # added in one order, so that what is the same costs exactly the same
        mine.filter(pl.col(YEARS) == y).select("licensed", "cost").to_numpy().reshape(draws, -1, 2).mean(1)
        for y in (years, 0.0)
    )
    gained, spent = ((a - b) * mine["year"].n_unique() * np.array([1.0, 1e-6])).T
    weights = np.random.default_rng(1).multinomial(len(gained), np.full(len(gained), 1 / len(gained)), AGAIN)
    dollars = weights @ spent
    found = np.where(dollars > 0, (weights @ gained) / np.where(dollars > 0, dollars, 1.0), np.nan)
    whole = gained.sum() / spent.sum() if spent.sum() > 0 else np.nan
    low, _, high = measure_band(found)
    return found, {PER: float(whole), f"{PER}_q05": float(low), f"{PER}_q95": float(high)}


def answers(
    gains: Mapping[tuple[str, float, float, str], Gain], worth: Mapping[float, np.ndarray], own: str, taper: float
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Return the hypotheses, and what is left at the end."""
    durations = sorted({y for o, t, y, _ in gains if (o, t) == (own, taper)})

    def of(years: float, when: str, o: str = own, t: float = taper) -> Gain:
        return gains[o, t, min(durations, key=lambda y: abs(y - years)), when]

    def minus(one: Gain, other: Gain) -> Gain:
        return Gain(one.values - other.values, one.draws, "share")

    exit_, later, _ = WHEN
    none, _, high = OWNS
    rises, flattens = (minus(of(b, exit_), of(a, exit_)) for a, b in ((0, 10), (10, 20)))
    bent = Gain(rises.values / 2 - flattens.values, rises.draws, "share")
    brief, almost, short, long = (of(years, later) for years in (2, 4, 6, 15))
    grown = minus(of(10, later), of(10, later, none))
    at_once = minus(of(10, later, high), of(10, later))
    longest_taper = max(t for _, t, *_ in gains)
    tapered = minus(of(10, later, own, longest_taper), of(10, later))
    hypotheses = {
        "1": Answer(
            combine_verdicts((rises.verdict(1), bent.verdict(1))),
            {"flattens": round_gain(flattens, bent.verdict(1)), "rises": round_gain(rises, rises.verdict(1))},
        ),
        "2": Answer(
            combine_verdicts((brief.verdict(0), almost.verdict(0))),
            {
                "brief": round_gain(brief, brief.verdict(0)),
                "almost": round_gain(almost, almost.verdict(0)),
                "short": round_gain(short),
                "long": round_gain(long),
            },
        ),
        "3": Answer(
            combine_verdicts((grown.verdict(1), tapered.verdict(1), at_once.verdict(-1))),
            {
                "grown": round_gain(grown, grown.verdict(1)),
                "at_once": round_gain(at_once, at_once.verdict(-1)),
                "tapered": round_gain(tapered, tapered.verdict(1)),
            },
            {"taper": float(longest_taper)},
        ),
        "4": per_dollar(worth),
    }
    return hypotheses, {"last": Answer(numbers={"last": round_gain(of(10, LAST))})}


def per_dollar(worth: Mapping[float, np.ndarray]) -> Answer:
    """Return which durations buy most and least with a dollar, by how many of the bootstrap's samples."""
    years = np.array(sorted(worth))
    values = np.stack([worth[y] for y in years])
    best, least = years[values.argmax(0)], years[values.argmin(0)]
    middle, short = float(((best >= 5) & (best <= 10)).mean()), float((least <= 2).mean())
    parts = [judge_samples(middle), judge_samples(short)]
    numbers = {
        "middle": Number(round_share(middle), "share", verdict=parts[0]),
        "shortest": Number(round_share(short), "share", verdict=parts[1]),
    }
    for y in sorted({float(min(years, key=lambda y, w=w: abs(y - w))) for w in TOLD}):
        low, _, high = measure_band(worth[y])
        ends = round_decimals(low, 0), round_decimals(high, 0)
        numbers[f"worth_{y:g}"] = Number(
            round_decimals(values.mean(1)[years == y][0], 0), "licensed miner-years per USD 1 M", ends, level=90
        )
    return Answer(combine_verdicts(parts), numbers)
