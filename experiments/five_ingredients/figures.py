"""Shapley values and interactions of the five ingredients, in two worlds and per dollar."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.attribution import interactions, shapley
from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, draws_of, sources, year_to
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
WORLDS = {"law_in_force": "law in force, minimal", "no_law": "no law", "royalty_inside": "royalty cut in 4"}
YEARS = 20
"""Over which money and licensed miners are counted: from the start to exit+10."""


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """The 32 subsets, with the royalty's cut among the levers of the market."""
    table = pl.read_csv(Path(__file__).parent / "subsets.csv")
    return table.with_columns(pl.col("market").str.replace(r"\]$", ", royalty_and_tax]"))


def games(results: Results, outcome: str, date: str) -> tuple[Any, int]:
    """(subset, run) values in the year up to a date, and how many draws."""
    return in_order(year_to(results, outcome, DATES[date]))


def in_order(frame: pl.DataFrame) -> tuple[Any, int]:
    """(subset, run) values, subset by subset; every one of the 32 must be there."""
    number = sum(pl.when(pl.col(k) == '"none"').then(0).otherwise(1 << i) for i, k in enumerate(PARTS))
    whole = frame.with_columns(number.alias("subset")).sort("subset", "draw", "seed")
    assert whole["subset"].unique().sort().to_list() == list(range(32))
    return whole["value"].to_numpy().reshape(32, -1), draws_of(whole)


def totals(results: Results) -> dict[str, Any]:
    """(subset, run) licensed miner-years, and USD M spent and collected, from the start to exit+10."""
    last = pl.col("month") <= pl.lit(DATES["exit+10"])
    keys = [*PARTS, "draw", "seed"]
    sums = {
        "licensed": pl.col("licensed").sum() / 12,
        "spent": (pl.col("cost_donor") + pl.col("cost_government")).sum() / 1e6,
        "collected": pl.col("royalty_and_tax").sum() / 1e6,
    }
    table = results.table("series").filter(last).group_by(keys).agg(**sums).collect()
    return {name: in_order(table.select(*keys, pl.col(name).alias("value")))[0] for name in sums}


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
    dollars = pl.concat([per_dollar(results[w]).with_columns(world=pl.lit(w)) for w in (HEADLINE, "royalty_inside")])
    game, draws = games(results[HEADLINE], "licensed_share", "exit")
    alone = {name: Gain(game[1 << k] - game[0], draws, "share") for k, name in enumerate(PARTS)}
    label = sources(Gain(game[-1] - game[0], draws, "share"), results[HEADLINE]).said()
    figures = {"shapley": bars(values), "interactions": heat(pairs[HEADLINE, "licensed_share", "exit"])}
    said = sentences(values, pairs, dollars, table, alone)
    return Found([*said, label], {"shapley": table, "per_dollar": dollars}, figures)


def per_dollar(results: Results) -> pl.DataFrame:
    """Licensed miner-years for each million USD up to exit+10, without and with forgone revenue; 90 % by bootstrap.

    NaN where an ingredient costs next to nothing, or brings in money.
    """
    shares = {name: shapley(game) for name, game in totals(results).items()}
    draws = games(results, "licensed_share", "exit")[1] or shares["licensed"].shape[1]
    by_draw = {name: values.reshape(len(PARTS), draws, -1).mean(2) for name, values in shares.items()}
    rng = np.random.default_rng(1)
    samples = [np.arange(draws), *(rng.integers(0, draws, draws) for _ in range(SAMPLES))]  # whole draws

    def mean(name: str) -> Any:
        return np.array([by_draw[name][:, chosen].mean(1) for chosen in samples])

    licensed, spent, forgone = mean("licensed"), mean("spent"), -mean("collected")

    def per(money: Any) -> Any:
        dear = money > LEAST * YEARS
        return np.where(dear, licensed / np.where(dear, money, 1.0), np.nan)

    plain, whole = per(spent), per(spent + forgone)
    costs = spent + forgone
    law, market = 0, 3  # more for the money: both sides times both costs, which may be little
    ahead = (licensed[:, law] * costs[:, market] > licensed[:, market] * costs[:, law])[1:]
    both = (costs[:, [law, market]] > LEAST * YEARS).all(1)[1:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an ingredient that never costs anything
        low, high = np.nanquantile(whole, (0.05, 0.95), axis=0)
    return pl.DataFrame(
        {
            "ingredient": list(PARTS.values()),
            "licensed_years": shares["licensed"].mean(1),
            "usd_million": shares["spent"].mean(1),
            "forgone_usd_million": -shares["collected"].mean(1),
            "years_per_million": plain[0],
            "years_per_million_with_forgone": whole[0],
            "q05": low,
            "q95": high,
            "costs_next_to_nothing": np.isnan(whole[1:]).mean(0),
            "governance_ahead_of_market": float(ahead[both].mean()) if both.mean() > 0.5 else float("nan"),
        }
    )


LEAST = 0.01
"""USD M a year: what costs less has no yield per dollar worth the name."""
SAMPLES = 400


def bars(values: Mapping[Any, list[Gain]]) -> object:
    """What each ingredient adds, at exit, five and ten years on."""
    figure = new_figure(11, 6.4)
    panels = figure.subplots(2, len(WORLDS), sharey="row")
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
    values: Mapping[Any, list[Gain]],
    pairs: Mapping[Any, Any],
    dollars: pl.DataFrame,
    table: pl.DataFrame,
    alone: Mapping[str, Gain],
) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    names = list(PARTS.values())

    def ranked(world: str, outcome: str, date: str) -> list[tuple[str, Gain]]:
        return sorted(zip(names, values[world, outcome, date], strict=True), key=lambda p: -p[1].values.mean())

    def told(ranking: list[tuple[str, Gain]]) -> str:
        return "; ".join(f"{n} {g.said()}" for n, g in ranking)

    licensed = ranked(HEADLINE, "licensed_share", "exit")
    top = {licensed[0][0], licensed[1][0]}
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
    parts = Gain(sum(g.values for g in alone.values()), next(iter(alone.values())).draws, "share")
    sum_of = Gain(
        sum(g.values for g in values[HEADLINE, "licensed_share", "exit"]) - parts.values, parts.draws, "share"
    )
    inside = dict(zip(names, values["royalty_inside", "official_share", "exit"], strict=True))
    official = ranked(HEADLINE, "official_share", "exit")
    yields = {r["ingredient"]: r for r in dollars.filter(pl.col("world") == "royalty_inside").to_dicts()}
    listed = ", ".join(
        f"{n} {r['years_per_million_with_forgone']:.0f} [{r['q05']:.0f}; {r['q95']:.0f}]" for n, r in yields.items()
    )
    ahead = yields[names[0]]["governance_ahead_of_market"]
    behind = "supported" if ahead >= 0.95 else "contradicted" if ahead <= 0.05 else "cannot be told"
    return [
        f"Hypothesis 1 (governance and the market carry licences where the law is in force): {'supported' if top == {names[0], names[3]} else 'not supported'}. Shapley values of the licensed share at exit: {told(licensed)}. Check: without a law the largest is {max(g.values.mean() for g in lawless) * 100:.2f} points.",
        f"Hypothesis 2 (rights matter together with governance): {'supported' if inter[1, 0] > 0.1 else 'not supported'}. Their interaction is {inter[1, 0]:+.2f} points; that of rights with the donor's programme {inter[1, 4]:+.2f}.",
        f"Hypothesis 3 (knowledge alone changes no licence clearly): {alone['knowledge'].verdict(0)}. Alone it changes the licensed share at exit by {alone['knowledge'].said()}.",
        f"Hypothesis 4 (the programme alone does nothing): {alone['donor'].verdict(0)}. Alone it changes the licensed share at exit by {alone['donor'].said()}; its Shapley value, which counts what it pays for in the others, is {values[HEADLINE, 'licensed_share', 'exit'][4].said()}.",
        f"Hypothesis 5 (the whole is more than its parts): {sum_of.verdict(1)}. At exit the whole gains {sum_of.said()} more than the five alone together. (Much of it is gone ten years later): of {100 * whole['exit']['mean'][0]:.1f} points at exit {left:.0%} are left ten years on: {'supported' if left < 0.5 else 'not supported'}.",
        f"Hypothesis 6 (official sales follow the market ingredient): {'supported' if official[0][0] == names[3] else 'not supported'}. At exit: {told(official[:2])}; with the royalty's cut in it the market adds {inside[names[3]].said()}.",
        f"Hypothesis 7 (per dollar the market falls behind governance once forgone revenue counts): {behind}. Licensed miner-years up to ten years after exit for each USD 1 M, with forgone revenue and the royalty's cut in the market (nan: it costs next to nothing): {listed}.",
    ]
