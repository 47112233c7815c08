"""All 120 orders of the five ingredients: how far they lie apart, beside what chance makes of one order."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, draws_of, runs_of
from asmsim.analysis.style import MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweep.results import Results

OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}


def find(results: Mapping[str, Results]) -> Found:
    """Means of orders, their spread, and the hypotheses."""
    tables, said, figure = {}, {}, new_figure(10, 4.4)
    for axes, (outcome, title) in zip(figure.subplots(1, 2), OUTCOMES.items(), strict=True):
        frame = runs_of(results["main"], outcome)
        luck = frame.group_by("draw", "seed").agg(pl.col("value").mean().alias("level"))
        paired = frame.join(luck, ["draw", "seed"]).with_columns(above=pl.col("value") - pl.col("level"))
        count = luck.height
        table = (
            paired.group_by("order")
            .agg(
                pl.col("value").mean().alias("mean"),
                pl.col("above").mean(),
                (pl.col("above").std() / count**0.5).alias("error"),
            )
            .sort("above", descending=True)
        )
        tables[outcome] = table
        said[outcome] = (frame, paired, table, count)
        y = 100 * table["above"].to_numpy()
        axes.errorbar(range(len(y)), y, 196 * table["error"].to_numpy(), fmt="o", ms=2.5, lw=0.7, color=MAIN)
        axes.axhline(0, color="0.4", lw=0.8)
        axes.set(
            title=f"{title} at the horizon",
            xlabel="orders, best to worst",
            ylabel="above the mean of all orders, points",
        )
    runs = said["licensed_share"][3]
    source_line(
        figure,
        f"Simulated, not observed. Paired on {runs} runs (draws x seeds); bars are 95 % intervals of the mean. asmsim {package_version()}",
    )
    return Found(sentences(said), tables, {"orders": figure})


def sentences(said: Mapping[str, tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, int]]) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    frame, _, table, count = said["licensed_share"]
    between = float(np.sqrt(max(0.0, table["above"].var() - (table["error"] ** 2).mean())))
    within = float(frame.group_by("order").agg(pl.col("value").std())["value"].mean())
    first = _difference(
        frame, pl.col("order").str.starts_with("governance"), pl.col("order").str.ends_with("governance")
    )
    official = said["official_share"][0]
    market = _difference(official, pl.col("order").str.starts_with("market"), pl.col("order").str.ends_with("market"))
    best, worst = table.row(0, named=True), table.row(-1, named=True)
    return [
        f"Hypothesis 1 (governance first ends better than governance last): {'supported' if first.clear and first.median > 0 else 'not supported'}. The licensed share at the horizon changes by {first.said()}.",
        f"Hypothesis 2 (orders differ less than seeds): {'supported' if between < within else 'not supported'}. The standard deviation between orders, net of chance, is {100 * between:.2f} points; that between runs of one order {100 * within:.2f} points ({count} runs an order).",
        f"The best order is {best['order']} ({100 * best['mean']:.1f} %), the worst {worst['order']} ({100 * worst['mean']:.1f} %).",
        f"Hypothesis 3 (the market first does best for official sales): {'supported' if market.clear and market.median > 0 else 'not supported'}. Market first instead of last changes the official share at the horizon by {market.said()}.",
    ]


def _difference(frame: pl.DataFrame, some: pl.Expr, others: pl.Expr) -> Gain:
    """Paired difference of the means of two groups of orders."""
    a, b = (
        frame.filter(which).group_by("draw", "seed").agg(pl.col("value").mean()).sort("draw", "seed")["value"]
        for which in (some, others)
    )
    return Gain((a - b).to_numpy(), draws_of(frame), "share")
