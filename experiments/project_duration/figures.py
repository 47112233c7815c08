"""Gain in licensed share by duration of the project: at exit, five years on, and thirty years after the start."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, monthly, sources, together
from asmsim.analysis.style import COLOURS, MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweeps.store.results import Results

YEARS, TAPER = "donor.programme.duration_years", "donor.programme.taper_years"
SHARE, GROWTH, MOST = (f"donor.local_ownership.{name}" for name in ("own_share", "growth_a_year", "most"))
END = "context.end"
OWN = "own"
OWNS = ("none", "growing", "large at once")
"""How partners come to carry the work: not at all; a tenth more each year; four fifths from the first day."""
SHARES = ((0.0, 0.0, 0.0), (0.0, 0.1, 0.8), (0.8, 0.0, 0.8))
"""Own share at first, growth a year and most of each of these."""
TAPERS, LONGEST = (0, 2, 4), 20
START = 2005
WHEN = {"at exit": 0, "five years after exit": 5, "ten years after exit": 10}
LAST = "thirty years after the start"
PER, AGAIN = "licensed_years_per_million", 2000


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Durations with each own share and taper, each as far as it is asked about.

    With a growing own share and no taper to thirty years after the start, with another own share to ten years after
    exit, with a taper to five.
    """
    step = LONGEST // plan.size
    rows = []
    for own, share in zip(OWNS, SHARES, strict=True):
        for taper in TAPERS:
            after = WHEN["five years after exit"] if taper else 30 if own == OWNS[1] else WHEN["ten years after exit"]
            for years in range(step, LONGEST + 1, step):
                end = f"{min(START + 29, START + years + after - 1)}-12"
                rows.append(
                    dict(zip((SHARE, GROWTH, MOST), share, strict=True)) | {TAPER: taper, YEARS: years, END: end}
                )
    return pl.DataFrame(rows)


def find(results: Mapping[str, Results]) -> Found:
    """Curves, tables and what they say of the hypotheses."""
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
    figures = {"duration": curves(table, own, taper), "own_share_and_taper": multiples(table)}
    middle = gains[own, taper, min((y for o, t, y, _ in gains), key=lambda y: abs(y - 10)), "at exit"]
    label = sources(middle, results["main"]).said()
    worth = {years: v for (o, t, years), v in dollars.items() if (o, t) == (own, taper) and np.isfinite(v).all()}
    return Found([*sentences(gains, worth, own, taper), label], {"gains": table}, figures)


def yearly(results: Results) -> pl.DataFrame:
    """One row a run and year: the means of its twelve months; money in present value at 3 %."""
    year = pl.col("month").str.slice(0, 4).cast(pl.Int32).alias("year")
    table = monthly(results)
    form = [name for name in (YEARS, TAPER, SHARE, GROWTH) if name in table.collect_schema()]
    keys = [*form, "draw", "seed", "year"]
    table = table.select(*keys[:-1], year, "licensed_share", "licensed", "cost_donor", "cost_government")
    frame = table.group_by(keys).agg(pl.all().mean()).sort(keys).collect(engine="streaming")
    discounted = (pl.col("cost_donor") + pl.col("cost_government")) * 12 / 1.03 ** (pl.col("year") - START)
    return frame.with_columns(discounted.alias("cost"))


def beside_none(frame: pl.DataFrame, none: pl.DataFrame) -> pl.DataFrame:
    """The projects of every form, each beside no project: that has no form, and is simulated once."""
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
    """Paired gain of a duration over none, in the last year before the date; None beyond the horizon."""
    year = START + 29 if when == LAST else max(START, START + round(years) + WHEN[when] - 1)
    if year > horizon(mine, years):
        return None
    at = mine.filter(pl.col("year") == year)
    a, b = (at.filter(pl.col(YEARS) == y)["licensed_share"].to_numpy() for y in (years, 0.0))
    return Gain(a - b, at["draw"].n_unique(), "share")


def horizon(mine: pl.DataFrame, years: float) -> int:
    """Last year simulated of a duration."""
    return int(mine.filter(pl.col(YEARS) == years)["year"].max())


def per_million(mine: pl.DataFrame, years: float) -> tuple[np.ndarray, dict[str, float]]:
    """Licensed miner-years gained for each extra million USD (present value), over thirty years.

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
    low, high = np.quantile(found, (0.05, 0.95))
    return found, {PER: float(whole), f"{PER}_q05": float(low), f"{PER}_q95": float(high)}


def curves(table: pl.DataFrame, own: str, taper: float) -> object:
    """The gain at exit, five years on and at the end, and per dollar."""
    figure = new_figure(12, 7)
    last = len(WHEN) + 1
    base = table.filter((pl.col("own_share") == own) & (pl.col("taper_years") == taper))
    panels = figure.subplots(2, 3).ravel()
    for axes, when in zip(panels, (*WHEN, LAST), strict=False):
        t = base.filter(pl.col("when") == when)
        x = t["duration_years"].to_numpy()
        axes.fill_between(
            x, 100 * t["q05"].to_numpy(), 100 * t["q95"].to_numpy(), color=MAIN, alpha=0.16, lw=0, label="90 % of runs"
        )
        axes.plot(x, 100 * t["median"].to_numpy(), color=MAIN, lw=1.8, label="median")
        axes.plot(x, 100 * t["mean"].to_numpy(), color="black", lw=1, ls=":", label="mean")
        axes.axhline(0, color="0.4", lw=0.8)
        axes.set(title=f"Gain {when}", xlabel="duration of the project, years", ylabel="licensed share, points")
    panels[0].legend(fontsize=8)
    t = base.filter(pl.col("when") == LAST)
    x = t["duration_years"].to_numpy()
    band = (t[f"{PER}_{q}"].to_numpy() for q in ("q05", "q95"))
    panels[last].fill_between(x, *band, color=MAIN, alpha=0.3, lw=0, label="90 % interval of the mean, by bootstrap")
    panels[last].plot(x, t[PER].to_numpy(), color=MAIN, lw=1.8)
    panels[last].legend(fontsize=8)
    panels[last + 1].set_visible(False)
    panels[last].set(
        title="Per dollar, over thirty years",
        xlabel="duration of the project, years",
        ylabel="licensed miner-years per USD 1 M",
    )
    panels[last].set_ylim(bottom=min(0, panels[last].get_ylim()[0]))
    source_line(
        figure,
        f"Simulated, not observed. Own share {own}, taper {taper:g} years; against no project, paired; n = {int(t['runs'][0])} runs a duration. asmsim {package_version()}",
    )
    return figure


def multiples(table: pl.DataFrame) -> object:
    """The gain five years after exit for each own share and taper."""
    figure = new_figure(10, 3.6)
    for axes, own in zip(figure.subplots(1, len(OWNS), sharey=True), OWNS, strict=True):
        for k, taper in enumerate(sorted(table["taper_years"].unique())):
            t = table.filter(
                (pl.col("own_share") == own)
                & (pl.col("taper_years") == taper)
                & (pl.col("when") == "five years after exit")
            )
            axes.plot(
                t["duration_years"].to_numpy(),
                100 * t["mean"].to_numpy(),
                color=COLOURS[k],
                ls=("-", "--", ":")[k % 3],
                label=f"taper {taper:g} years",
            )
        axes.axhline(0, color="0.4", lw=0.8)
        axes.set(title=f"own share: {own}", xlabel="duration, years")
    figure.axes[0].set_ylabel("mean gain five years\nafter exit, points")
    figure.axes[0].legend(fontsize=8)
    source_line(
        figure, f"Simulated, not observed. Licensed share against no project, paired. asmsim {package_version()}"
    )
    return figure


def sentences(
    gains: Mapping[tuple[str, float, float, str], Gain], worth: Mapping[float, np.ndarray], own: str, taper: float
) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    durations = sorted({y for o, t, y, _ in gains if (o, t) == (own, taper)})

    def nearest(years: float) -> float:
        return min(durations, key=lambda y: abs(y - years))

    def of(years: float, when: str, o: str = own, t: float = taper) -> Gain:
        return gains[o, t, nearest(years), when]

    def step(a: float, b: float, when: str) -> Gain:
        return Gain(of(b, when).values - of(a, when).values, of(b, when).draws, "share")

    exit_, later, _ = WHEN
    rises, flattens = step(0, 10, exit_), step(10, 20, exit_)
    bent = Gain(rises.values / 2 - flattens.values, rises.draws, "share")
    brief, almost, short, long = (of(years, later) for years in (2, 4, 6, 15))
    none, _, high = OWNS

    def instead(o: str, other: str) -> Gain:
        return Gain(of(10, later, o).values - of(10, later, other).values, of(10, later).draws, "share")

    grown, at_once = instead(own, none), instead(high, own)
    tapered = max(t for _, t, *_ in gains)
    taper_gain = Gain(of(10, later, own, tapered).values - of(10, later).values, of(10, later).draws, "share")
    first = together(rises.verdict(1), bent.verdict(1))
    second = together(brief.verdict(0), almost.verdict(0))
    third = together(grown.verdict(1), taper_gain.verdict(1), at_once.verdict(-1))
    return [
        f"Hypothesis 1 (the gain at exit rises, then flattens): {first}. From none to ten years it changes by {rises.said()}; from ten to twenty by {flattens.said()} (less than half as much: {bent.verdict(1)}).",
        f"Hypothesis 2 (a gain that outlasts the project by five years takes five years of project): {second}. A project of two years leaves {brief.said()} (nothing: {brief.verdict(0)}); one of four {almost.said()} (nothing: {almost.verdict(0)}); one of six {short.said()}; one of fifteen {long.said()}.",
        f"Hypothesis 3 (a growing own share and a taper keep more of the gain, a large own share at once less): {third}. With ten years, a growing own share instead of none changes what is left five years on by {grown.said()} (more: {grown.verdict(1)}); a large one from the first day instead of a growing one by {at_once.said()} (less: {at_once.verdict(-1)}); a taper of {tapered:g} years, with less money, by {taper_gain.said()} (more: {taper_gain.verdict(1)}).",
        f"Hypothesis 4 (the middle does best per dollar, the shortest worst): {per_dollar(worth)}",
        f"Thirty years after the start, a project of ten years leaves {of(10, LAST).said()}.",
    ]


def per_dollar(worth: Mapping[float, np.ndarray]) -> str:
    """Which durations buy most and least with a dollar, by how many of the bootstrap's samples."""
    years = np.array(sorted(worth))
    values = np.stack([worth[y] for y in years])
    best, least = years[values.argmax(0)], years[values.argmin(0)]
    middle, short = float(((best >= 5) & (best <= 10)).mean()), float((least <= 2).mean())

    def verdict(share: float) -> str:
        return "supported" if share > 0.95 else "not supported" if share < 0.05 else "cannot be told"

    mean = dict(zip(years, values.mean(1), strict=True))
    told = ", ".join(
        f"{y:g} years {mean[y]:.0f} [{np.quantile(worth[y], 0.05):.0f}; {np.quantile(worth[y], 0.95):.0f}]"
        for y in sorted({min(years, key=lambda y, w=w: abs(y - w)) for w in (1, 2, 5, 10, 15, 20)})
    )
    return (
        f"{together(verdict(middle), verdict(short))}. Licensed miner-years per USD 1 M over thirty years: {told}. "
        f"When draws are taken anew, one of five to ten years does best in {middle:.0%} of samples "
        f"({verdict(middle)}), one of at most two years worst in {short:.0%} ({verdict(short)})."
    )
