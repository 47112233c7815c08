"""Figures of Mongolia as it was and as it was not, from the saved tables."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from asmsim.analysis.style import LINES, MAIN, REFERENCE, make_figure, put_source
from asmsim.config.provenance import package_version

REAL = "mongolia_as_was"
POLICIES = {
    REAL: "as it was",
    "mongolia_no_project": "no project",
    "mongolia_no_royalty_cut": "no royalty cut",
    "mongolia_no_suspension": "no suspension",
    "mongolia_exit_2011": "exit in 2011",
}
PANELS = {
    "licensed_share": ("Licensed share", 100.0, "% of miners"),
    "enterprises": ("Partnerships", 1.0, "number"),
    "gold_official": ("Gold through the official channel", 12.0, "kg a year"),
    "miners": ("Miners", 1e-3, "thousand"),
}


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the paths without each part, and what happened beside what was observed."""
    return {
        "counterfactuals": draw_counterfactuals(tables["medians"]),
        "history": draw_history(tables["history"], tables["observed"]),
    }


def draw_history(table: pl.DataFrame, observed: pl.DataFrame) -> Any:
    """Draw simulated fans and observed circles."""
    figure = make_figure(10, 6.6)
    for axes, (outcome, (title, factor, unit)) in zip(figure.subplots(2, 2).ravel(), PANELS.items(), strict=True):
        mine = table.filter(pl.col("outcome") == outcome).sort("year")
        years = mine["year"].to_numpy()
        low, q1, middle, q3, high = (factor * mine[q].to_numpy() for q in ("q05", "q25", "q50", "q75", "q95"))
        axes.fill_between(years, low, high, color=MAIN, alpha=0.16, lw=0, label="90 % of runs")
        axes.fill_between(years, q1, q3, color=MAIN, alpha=0.3, lw=0, label="50 %")
        axes.plot(years, middle, color=MAIN, lw=1.8, label="median")
        seen = observed.filter(pl.col("outcome") == outcome)
        if seen.height:
            at = [int(month[:4]) for month in seen["month"]]
            axes.plot(at, factor * seen["value"].to_numpy(), "o", mfc="white", mec="black", ms=5, label="observed")
        axes.set(title=title, ylabel=unit, ylim=(0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.axes[0].legend(fontsize=8)
    put_source(
        figure,
        f"Simulated, not observed, but for the circles: Mongolia as it was, law as dated, {table['runs'][0]} runs "
        f"(draws x seeds). asmsim {package_version()}",
    )
    return figure


def draw_counterfactuals(table: pl.DataFrame) -> Any:
    """Draw licensed share and official sales without each part, with the law as dated and endogenous."""
    figure = make_figure(10, 6.6)
    for row, law in zip(figure.subplots(2, 2), ("dated", "endogenous"), strict=True):
        for axes, outcome in zip(row, ("licensed_share", "gold_official"), strict=True):
            title, factor, unit = PANELS[outcome]
            for k, (policy, name) in enumerate(POLICIES.items()):
                which = (pl.col("law") == law) & (pl.col("policy") == policy) & (pl.col("outcome") == outcome)
                mine = table.filter(which).sort("year")
                colour, dashes = (REFERENCE, "-") if policy == REAL else LINES[k - 1]
                axes.plot(
                    mine["year"].to_numpy(), factor * mine["median"].to_numpy(), color=colour, ls=dashes, lw=1.6, label=name
                )  # fmt: skip
            axes.set(title=f"{title}, law {law}", ylabel=unit, ylim=(0, None))
            axes.xaxis.get_major_locator().set_params(integer=True)
    figure.axes[0].legend(fontsize=8)
    put_source(figure, f"Simulated, not observed. Medians of runs. asmsim {package_version()}")
    return figure
