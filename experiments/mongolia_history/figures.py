"""What happened in Mongolia, simulated beside what was observed, and what would have happened without its parts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, monthly, sources, together
from asmsim.analysis.style import LINES, MAIN, REFERENCE, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results

REAL = "mongolia_as_was"
WITHOUT = {
    "mongolia_no_project": "no project",
    "mongolia_no_royalty_cut": "no royalty cut",
    "mongolia_no_suspension": "no suspension",
    "mongolia_exit_2011": "exit in 2011",
}
PANELS = {
    "licensed_share": ("Licensed share", 100.0, "% of miners"),
    "enterprises": ("Partnerships", 1.0, "number"),
    "gold_official": ("Gold that leaves officially", 12.0, "kg a year"),
    "miners": ("Miners", 1e-3, "thousand"),
}
UNITS = {"licensed_share": "share", "enterprises": "enterprises", "gold_official": "kg/month", "miners": "persons"}


def find(results: Mapping[str, Results]) -> Found:
    """Figures, a table of differences by year, and the hypotheses."""
    yearly = {law: by_year(r) for law, r in results.items()}
    table = pl.DataFrame(
        [
            {"law": law, "policy": policy, "outcome": outcome, "year": year} | gain(frame, policy, outcome, year).row()
            for law, frame in yearly.items()
            for policy in WITHOUT
            for outcome in PANELS
            for year in (2011, 2014, 2018, 2019, 2022)
        ]
    )
    figures = {"history": history(yearly["dated"]), "counterfactuals": counterfactuals(yearly)}
    return Found(sentences(yearly, results["dated"]), {"differences": table}, figures)


def by_year(results: Results) -> pl.DataFrame:
    """One row a run and year: means of the twelve months."""
    year = pl.col("month").str.slice(0, 4).cast(pl.Int32).alias("year")
    table = monthly(results).select("policy", "draw", "seed", year, *PANELS)
    keys = ["policy", "draw", "seed", "year"]
    return table.group_by(keys).agg(pl.all().mean()).sort(keys).collect(engine="streaming")


def of(frame: pl.DataFrame, policy: str, outcome: str, first: int, last: int | None = None) -> Any:
    """(run,) means of some years."""
    mine = frame.filter((pl.col("policy") == policy) & pl.col("year").is_between(first, last or first))
    return mine.group_by("draw", "seed").agg(pl.col(outcome).mean()).sort("draw", "seed")[outcome].to_numpy()


def gain(frame: pl.DataFrame, policy: str, outcome: str, first: int, last: int | None = None) -> Gain:
    """What a policy changes from what was, in some years."""
    change = of(frame, policy, outcome, first, last) - of(frame, REAL, outcome, first, last)
    return Gain(change, frame["draw"].n_unique(), UNITS[outcome])


def history(frame: pl.DataFrame) -> object:
    """Simulated fans and observed circles."""
    observed = scenario("context=mongolia").context.observed
    figure = new_figure(10, 6.6)
    for axes, (outcome, (title, factor, unit)) in zip(figure.subplots(2, 2).ravel(), PANELS.items(), strict=True):
        mine = frame.filter(pl.col("policy") == REAL)
        years = np.array(sorted(mine["year"].unique()))
        values = np.stack([mine.filter(pl.col("year") == y)[outcome].to_numpy() for y in years], 1) * factor
        low, q1, middle, q3, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
        axes.fill_between(years, low, high, color=MAIN, alpha=0.16, lw=0, label="90 % of runs")
        axes.fill_between(years, q1, q3, color=MAIN, alpha=0.3, lw=0, label="50 %")
        axes.plot(years, middle, color=MAIN, lw=1.8, label="median")
        seen = observed.get(outcome, {})
        if seen:
            axes.plot(
                [int(m[:4]) for m in seen],
                [v * factor for v in seen.values()],
                "o",
                mfc="white",
                mec="black",
                ms=5,
                label="observed",
            )
        axes.set(title=title, ylabel=unit, ylim=(0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.axes[0].legend(fontsize=8)
    runs = frame.filter(pl.col("policy") == REAL).select("draw", "seed").unique().height
    source_line(
        figure,
        f"Simulated, not observed, but for the circles: Mongolia as it was, law as dated, {runs} runs (draws x seeds). asmsim {package_version()}",
    )
    return figure


def counterfactuals(yearly: Mapping[str, pl.DataFrame]) -> object:
    """Licensed share and official sales under each counterfactual, with the law as dated and endogenous."""
    figure = new_figure(10, 6.6)
    for row, (law, frame) in zip(figure.subplots(2, 2), yearly.items(), strict=True):
        for axes, outcome in zip(row, ("licensed_share", "gold_official"), strict=True):
            title, factor, unit = PANELS[outcome]
            for k, (policy, name) in enumerate([(REAL, "as it was"), *WITHOUT.items()]):
                mine = (
                    frame.filter(pl.col("policy") == policy).group_by("year").agg(pl.col(outcome).median()).sort("year")
                )
                colour, dashes = (REFERENCE, "-") if policy == REAL else LINES[k - 1]
                axes.plot(
                    mine["year"].to_numpy(),
                    mine[outcome].to_numpy() * factor,
                    color=colour,
                    ls=dashes,
                    lw=1.6,
                    label=name,
                )
            axes.set(title=f"{title}, law {law}", ylabel=unit, ylim=(0, None))
            axes.xaxis.get_major_locator().set_params(integer=True)
    figure.axes[0].legend(fontsize=8)
    source_line(figure, f"Simulated, not observed. Medians of runs. asmsim {package_version()}")
    return figure


def seen_beside(was: Any) -> str:
    """What was observed of the licensed share, and where it lies among the runs."""
    said = []
    for month, value in scenario(f"policy={REAL}").context.observed["licensed_share"].items():
        low, high = np.quantile(was, (0.05, 0.95))
        where = "which nine in ten runs hold" if low <= value <= high else "outside what nine in ten runs hold"
        said.append(f"{100 * value:.1f} % in {month}, {where}")
    return "; ".join(said)


def sentences(yearly: Mapping[str, pl.DataFrame], results: Results) -> list[str]:
    """The finding, hypothesis by hypothesis, with the law as dated."""
    frame = yearly["dated"]
    draws = frame["draw"].n_unique()

    def share(values: Any) -> Gain:
        return Gain(values, draws, "share")

    project = gain(frame, "mongolia_no_project", "licensed_share", 2017, 2019)
    was = of(frame, REAL, "licensed_share", 2017, 2019)
    groups = gain(frame, "mongolia_no_project", "enterprises", 2019)
    half = share(-project.values - was / 2)
    first = together(half.verdict(1), groups.verdict(-1))
    sold, uncut = (of(frame, p, "gold_official", 2018) for p in (REAL, "mongolia_no_royalty_cut"))
    fifth = Gain(sold / 5 - uncut, draws, UNITS["gold_official"]).verdict(1)
    licences = gain(frame, "mongolia_no_royalty_cut", "licensed_share", 2017, 2019)
    suspended = gain(frame, "mongolia_no_suspension", "licensed_share", 2022)
    end, peak = (of(frame, "mongolia_no_suspension", "licensed_share", year) for year in (2022, 2018))
    kept = share(end - peak)
    early = gain(frame, "mongolia_exit_2011", "licensed_share", 2018)
    above = share(early.values + of(frame, REAL, "licensed_share", 2018) / 2)
    free = gain(yearly["endogenous"], "mongolia_no_project", "licensed_share", 2017, 2019)
    return [
        f"In the model, as it was, {100 * np.median(was):.1f} % of miners are licensed in 2017-19 in the median run [{100 * np.quantile(was, 0.05):.1f}; {100 * np.quantile(was, 0.95):.1f}]; observed: {seen_beside(was)}.",
        f"Hypothesis 1 (the project made half of the licences or more, and partnerships): {first}. Without it the licensed share of 2017-19 changes by {project.said()}; that loss, less half of the share as it was, is {half.said()} (half or more: {half.verdict(1)}). Partnerships of 2019 change by {groups.said()} ({groups.verdict(-1)}).",
        f"Hypothesis 2 (without the royalty cut official sales stay under a fifth, and licences do not change): {together(fifth, licences.verdict(0))}. Sales of 2018 are {100 * uncut.mean() / max(1e-9, sold.mean()):.0f} % of what they were ({fifth}). The licensed share changes by {licences.said()} (no change: {licences.verdict(0)}).",
        f"Hypothesis 3 (without the suspension the share of 2022 lies above that of 2018): {kept.verdict(1)}. It changes from 2018 to 2022 by {kept.said()}; against what was, 2022 gains {suspended.said()}.",
        f"Hypothesis 4 (exit in 2011 costs licences, but not half): {together(early.verdict(-1), above.verdict(1))}. The share of 2018 changes by {early.said()} ({early.verdict(-1)}); what is left, less half of the share as it was, is {above.said()} (more than half: {above.verdict(1)}).",
        f"With the law left to politics instead of dated, no project changes the licensed share of 2017-19 by {free.said()}.",
        sources(project, results).said(),
    ]
