"""Shapley values and interactions of the five ingredients, in two worlds and per dollar."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.attribution import interactions, shapley
from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, draws_of, year_to
from asmsim.analysis.style import MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweep.results import Results

PARTS = {
    "governance": "1 governance",
    "rights": "2 rights",
    "knowledge": "3 knowledge",
    "market": "4 market",
    "donor": "5 donor",
}
DATES = {"exit": "2014-12", "exit+5": "2019-12", "exit+10": "2024-12"}
"""Last month of the whole's programme, and five and ten years later; subsets without one are taken at the same months."""
OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}
HEADLINE = "law_in_force"
WORLDS = {"law_in_force": "law in force, minimal", "no_law": "no law"}


def games(results: Results, outcome: str, date: str) -> tuple[Any, int]:
    """(subset, run) values, and how many draws."""
    frame = year_to(results, outcome, DATES[date])
    number = sum(pl.when(pl.col(k) == '"none"').then(0).otherwise(1 << i) for i, k in enumerate(PARTS))
    whole = frame.with_columns(number.alias("subset")).sort("subset", "draw", "seed")
    return whole["value"].to_numpy().reshape(32, -1), draws_of(whole)


def find(results: Mapping[str, Results]) -> Found:
    """Values with intervals, figures, and what they say of the hypotheses."""
    rows, values, pairs = [], {}, {}
    for world, found in results.items():
        for outcome in OUTCOMES:
            for date in DATES:
                game, draws = games(found, outcome, date)
                each, both = shapley(game), interactions(game)
                values[world, outcome, date] = [Gain(v, draws, "share") for v in each]
                pairs[world, outcome, date] = both
                whole = Gain(game[-1] - game[0], draws, "share")
                assert abs(each.sum(0) - whole.values).max() < 1e-9
                named = [*zip(PARTS.values(), values[world, outcome, date], strict=True), ("all five", whole)]
                rows += [
                    {"world": world, "outcome": outcome, "date": date, "ingredient": n} | g.row() for n, g in named
                ]
    table = pl.DataFrame(rows)
    dollars = per_dollar(results[HEADLINE])
    figures = {"shapley": bars(values), "interactions": heat(pairs[HEADLINE, "licensed_share", "exit"])}
    return Found(sentences(values, pairs, dollars, table), {"shapley": table, "per_dollar": dollars}, figures)


def per_dollar(results: Results) -> pl.DataFrame:
    """Licensed miners at exit for each million USD a year, without and with forgone revenue."""
    licensed = shapley(games(results, "licensed", "exit")[0]).mean(1)
    spent = sum(shapley(games(results, o, "exit")[0]).mean(1) for o in ("cost_donor", "cost_government"))
    forgone = -shapley(games(results, "royalty_and_tax", "exit")[0]).mean(1)
    money, more = spent * 12 / 1e6, (spent + forgone) * 12 / 1e6
    return pl.DataFrame(
        {
            "ingredient": list(PARTS.values()),
            "licensed": licensed,
            "usd_million_a_year": money,
            "with_forgone_revenue": more,
            "licensed_per_million": np.where(money > 0.01, licensed / np.where(money > 0.01, money, 1), np.nan),
            "licensed_per_million_with_forgone": np.where(
                more > 0.01, licensed / np.where(more > 0.01, more, 1), np.nan
            ),
        }
    )


def bars(values: Mapping[Any, list[Gain]]) -> object:
    """What each ingredient adds, at exit, five and ten years on."""
    figure = new_figure(10, 6.4)
    panels = figure.subplots(2, 2, sharey="row")
    for row, outcome in zip(panels, OUTCOMES, strict=True):
        for axes, world in zip(row, WORLDS, strict=True):
            for k, date in enumerate(DATES):
                gains = values[world, outcome, date]
                x = np.arange(5) + 0.27 * (k - 1)
                middle = np.array([100 * g.values.mean() for g in gains])
                ends = np.array([g.interval for g in gains]) * 100
                axes.bar(x, middle, 0.25, color=(MAIN, "#8fa9b8", "#dfe8ec")[k], edgecolor="black", lw=0.4, label=date)
                axes.vlines(x, ends[:, 0], ends[:, 1], color="black", lw=0.9)
            axes.axhline(0, color="black", lw=0.8)
            axes.set_xticks(range(5), [n.replace(" ", "\n", 1) for n in PARTS.values()], fontsize=8)
            axes.set_title(f"{OUTCOMES[outcome]}: {WORLDS[world]}", fontsize=10)
        row[0].set_ylabel("Shapley value, points")
    panels[0, 0].legend(fontsize=8)
    n = len(values[HEADLINE, "licensed_share", "exit"][0].values)
    source_line(
        figure,
        f"Simulated, not observed. Bars are means, lines 90 % of {n} runs (draws x seeds). asmsim {package_version()}",
    )
    return figure


def heat(both: Any) -> object:
    """How much two ingredients add together beyond what each adds alone."""
    mean = 100 * both.mean(-1)
    figure = new_figure(5.6, 4.6)
    axes = figure.subplots()
    most = max(0.1, float(np.abs(mean).max()))
    picture = axes.imshow(mean, cmap="RdBu", vmin=-most, vmax=most)
    names = list(PARTS.values())
    axes.set_xticks(range(5), [n.replace(" ", "\n", 1) for n in names], fontsize=8)
    axes.set_yticks(range(5), names, fontsize=8)
    axes.grid(visible=False)
    for i in range(5):
        for j in range(5):
            if i != j:
                axes.text(
                    j,
                    i,
                    f"{mean[i, j]:+.1f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if abs(mean[i, j]) > 0.6 * most else "black",
                )
    axes.set_title("Interactions: licensed share at exit, points", fontsize=10)
    figure.colorbar(picture, ax=axes, shrink=0.8)
    source_line(figure, f"Simulated, law in force. asmsim {package_version()}")
    return figure


def sentences(
    values: Mapping[Any, list[Gain]], pairs: Mapping[Any, Any], dollars: pl.DataFrame, table: pl.DataFrame
) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    names = list(PARTS.values())

    def ranked(world: str, outcome: str, date: str) -> list[tuple[str, Gain]]:
        return sorted(zip(names, values[world, outcome, date], strict=True), key=lambda p: -p[1].values.mean())

    def told(ranking: list[tuple[str, Gain]]) -> str:
        return "; ".join(f"{n} {g.said()}" for n, g in ranking)

    licensed = ranked(HEADLINE, "licensed_share", "exit")
    top = {licensed[0][0], licensed[1][0]}
    _, _, knowledge, _, donor = values[HEADLINE, "licensed_share", "exit"]
    lawless = values["no_law", "licensed_share", "exit"]
    inter = 100 * pairs[HEADLINE, "licensed_share", "exit"].mean(-1)
    whole = {
        d: table.filter(
            (pl.col("world") == HEADLINE)
            & (pl.col("outcome") == "licensed_share")
            & (pl.col("date") == d)
            & (pl.col("ingredient") == "all five")
        )
        for d in DATES
    }
    left = whole["exit+10"]["mean"][0] / whole["exit"]["mean"][0] if whole["exit"]["mean"][0] > 0 else float("nan")
    official = ranked(HEADLINE, "official_share", "exit")
    best = dollars.filter(pl.col("licensed_per_million_with_forgone").is_not_nan()).sort(
        "licensed_per_million_with_forgone", descending=True
    )
    yields = ", ".join(f"{r['ingredient']} {r['licensed_per_million_with_forgone']:.0f}" for r in best.to_dicts())
    return [
        f"Hypothesis 1 (governance and the market carry licences where the law is in force): {'supported' if top == {names[0], names[3]} else 'not supported'}. Shapley values of the licensed share at exit: {told(licensed)}. Without a law the largest is {max(g.values.mean() for g in lawless) * 100:.2f} points.",
        f"Hypothesis 2 (rights matter together with governance): {'supported' if inter[1, 0] > 0.1 else 'not supported'}. Their interaction is {inter[1, 0]:+.2f} points; that of rights with the donor's programme {inter[1, 4]:+.2f}.",
        f"Hypothesis 3 (knowledge alone changes no licence clearly): {'supported' if not knowledge.clear else 'not supported'}. {knowledge.said()}.",
        f"Hypothesis 4 (the programme alone does nothing): its Shapley value, which counts what it pays for in the others, is {donor.said()}.",
        f"Hypothesis 5 (much of the whole is gone ten years later): of {100 * whole['exit']['mean'][0]:.1f} points at exit {left:.0%} are left ten years on: {'supported' if left < 0.5 else 'not supported'}.",
        f"Hypothesis 6 (official sales follow the market ingredient): {'supported' if official[0][0] == names[3] else 'not supported'}. At exit: {told(official[:2])}.",
        f"Hypothesis 7 (per dollar the market falls behind governance once forgone revenue counts): licensed miners for each million USD a year with forgone revenue: {yields}.",
    ]
