"""Shapley values and interactions of the five ingredients, in two worlds and at equal cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.attribution import affordable, interactions, shapley
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
BUDGET = "donor.programme.usd_year"
SMALLER = (300_000.0, 600_000.0, 1_200_000.0)
"""USD a year of the smaller programmes; the whole one spends 2.5 million."""
BUDGETS = (0.1, 0.25, 0.5, 1.0)
"""Of what the whole costs more than nothing."""


@dataclass(frozen=True, eq=False)
class Bundles:
    """Parts as bits (bundle,), licensed miner-years over none (bundle, run), mean USD M by account (bundle,)."""

    parts: Any
    licensed: Any
    costs: Mapping[str, Any]
    draws: int


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """The 32 subsets, with the royalty's cut among the levers of the market; or those with a programme, made smaller."""
    table = pl.read_csv(Path(__file__).parent / "subsets.csv")
    table = table.with_columns(pl.col("market").str.replace(r"\]$", ", royalty_and_tax]"))
    if name == "royalty_inside":
        return table
    return table.filter(pl.col("donor") != "none").join(pl.DataFrame({BUDGET: SMALLER}), how="cross")


def games(results: Results, outcome: str, date: str) -> tuple[Any, int]:
    """(subset, run) values in the year up to a date, and how many draws."""
    return in_order(year_to(results, outcome, DATES[date]))


def in_order(frame: pl.DataFrame) -> tuple[Any, int]:
    """(subset, run) values, subset by subset; every one of the 32 must be there."""
    whole = frame.with_columns(subset_number().alias("subset")).sort("subset", "draw", "seed")
    assert whole["subset"].unique().sort().to_list() == list(range(32))
    return whole["value"].to_numpy().reshape(32, -1), draws_of(whole)


def subset_number() -> pl.Expr:
    """Which parts are there, as bits."""
    return pl.sum_horizontal(pl.when(pl.col(k) == '"none"').then(0).otherwise(1 << i) for i, k in enumerate(PARTS))


def totals(results: Results) -> pl.DataFrame:
    """Licensed miner-years, and USD M spent and collected, from the start to exit+10; one row a run."""
    last = pl.col("month") <= pl.lit(DATES["exit+10"])
    keys = [k for k in (*PARTS, BUDGET, "draw", "seed") if k in results.table("series").collect_schema().names()]
    sums = {
        "licensed": pl.col("licensed").sum() / 12,
        "spent": (pl.col("cost_donor") + pl.col("cost_government")).sum() / 1e6,
        "collected": pl.col("royalty_and_tax").sum() / 1e6,
    }
    return results.table("series").filter(last).group_by(keys).agg(**sums).collect()


def find(results: Mapping[str, Results]) -> Found:
    """Values with intervals, figures, and what they say of the hypotheses."""
    rows, values, pairs = [], {}, {}
    for world in WORLDS:
        found = results[world]
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
    money = equal_cost(bundles(results))
    game, draws = games(results[HEADLINE], "licensed_share", "exit")
    alone = {name: Gain(game[1 << k] - game[0], draws, "share") for k, name in enumerate(PARTS)}
    label = sources(Gain(game[-1] - game[0], draws, "share"), results[HEADLINE]).said()
    figures = {
        "shapley": bars(values),
        "interactions": heat(pairs[HEADLINE, "licensed_share", "exit"]),
        "equal_cost": cost_bars(money),
    }
    said = sentences(values, pairs, money, table, alone)
    return Found([*said, label], {"shapley": table, "equal_cost": money}, figures)


def bundles(results: Mapping[str, Results]) -> Bundles:
    """Every bundle with the royalty's cut inside: the 32 subsets, and those with a smaller programme."""
    keys, luck = [*PARTS, BUDGET], ["draw", "seed"]
    table = pl.concat([totals(results[name]) for name in ("royalty_inside", "smaller_programmes")], how="diagonal")
    runs = table.with_columns(subset_number().alias("subset")).sort(*keys, *luck)
    shape = (-1, runs.group_by(luck).len().height)
    parts = runs["subset"].to_numpy().reshape(shape)[:, 0]
    licensed, spent, collected = (runs[name].to_numpy().reshape(shape) for name in ("licensed", "spent", "collected"))
    nothing = int(np.flatnonzero(parts == 0)[0])
    return Bundles(
        parts,
        licensed - licensed[nothing],
        {
            "money spent": (spent - spent[nothing]).mean(1),
            "with forgone revenue": (spent - collected - spent[nothing] + collected[nothing]).mean(1),
        },
        draws_of(runs),
    )


def equal_cost(found: Bundles) -> pl.DataFrame:
    """Shapley values of licensed miner-years up to exit+10 at a few budgets, in two accounts."""
    rows = []
    for account, costs in found.costs.items():
        most = float(costs[found.parts == 31].max())
        for share in BUDGETS:
            game, chosen = affordable(len(PARTS), found.parts.tolist(), costs.tolist(), found.licensed, share * most)
            each = shapley(game)
            named = {n: Gain(v, found.draws, "miner-years") for n, v in zip(PARTS.values(), each, strict=True)}
            named["governance less market"] = Gain(each[0] - each[3], found.draws, "miner-years")
            named["all five"] = Gain(game[-1] - game[0], found.draws, "miner-years")
            best = int(chosen[-1])
            bought = " ".join(n[0] for k, n in enumerate(PARTS.values()) if found.parts[best] >> k & 1) or "nothing"
            rows += [
                {
                    "account": account, "budget_usd_million": share * most, "budget_share": share, "ingredient": name,
                    "best_bundle": bought, "best_bundle_usd_million": float(costs[best]),
                } | g.row() | {"verdict": g.verdict(1)}
                for name, g in named.items()
            ]  # fmt: skip
    return pl.DataFrame(rows)


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


def cost_bars(money: pl.DataFrame) -> object:
    """What each ingredient is worth to who has so much to spend."""
    figure = new_figure(10, 4)
    panels = figure.subplots(1, 2, sharey=True)
    shades = ("#eef3f5", "#c2d1d9", "#8fa9b8", MAIN)
    for axes, account in zip(panels, money["account"].unique(maintain_order=True), strict=True):
        for k, share in enumerate(BUDGETS):
            rows = money.filter((pl.col("account") == account) & (pl.col("budget_share") == share))
            found = [rows.filter(pl.col("ingredient") == n).to_dicts()[0] for n in PARTS.values()]
            x = np.arange(5) + 0.2 * (k - 1.5)
            label = f"{share:.0%} of the whole's: USD {found[0]['budget_usd_million']:.0f} M"
            axes.bar(x, [r["mean"] for r in found], 0.19, color=shades[k], edgecolor="black", lw=0.4, label=label)
            axes.vlines(x, [r["q05"] for r in found], [r["q95"] for r in found], color="black", lw=0.9)
        axes.axhline(0, color="black", lw=0.8)
        axes.set_xticks(range(5), [n.replace(" ", "\n", 1) for n in PARTS.values()], fontsize=8)
        axes.set_title(f"Equal cost, {account}", fontsize=10)
        axes.legend(loc="upper left", fontsize=8, title="To spend until ten years after exit", title_fontsize=8)
    panels[0].set_ylabel("Shapley value, licensed miner-years")
    panels[0].set_ylim(top=1.45 * max(1.0, money.filter(pl.col("ingredient").is_in(list(PARTS.values())))["q95"].max()))
    source_line(
        figure,
        f"Simulated, law in force, royalty's cut in 4. Bars are means, lines 90 % of {money['runs'][0]} runs. "
        f"asmsim {package_version()}",
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
    money: pl.DataFrame,
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
    half = money.filter((pl.col("budget_share") == 0.5) & (pl.col("account") == "with forgone revenue"))
    at_half = {r["ingredient"]: r for r in half.to_dicts()}
    listed = ", ".join(
        f"{n} {at_half[n]['mean']:.0f} [{at_half[n]['q05']:.0f}; {at_half[n]['q95']:.0f}]" for n in names
    )
    bought = "; ".join(
        f"{r['budget_share']:.0%} of the whole's cost ({r['budget_usd_million']:.0f} M): {r['best_bundle']}"
        for r in money.filter(
            (pl.col("account") == "with forgone revenue") & (pl.col("ingredient") == "all five")
        ).to_dicts()
    )
    return [
        f"Hypothesis 1 (governance and the market carry licences where the law is in force): {'supported' if top == {names[0], names[3]} else 'not supported'}. Shapley values of the licensed share at exit: {told(licensed)}. Check: without a law the largest is {max(g.values.mean() for g in lawless) * 100:.2f} points.",
        f"Hypothesis 2 (rights matter together with governance): {'supported' if inter[1, 0] > 0.1 else 'not supported'}. Their interaction is {inter[1, 0]:+.2f} points; that of rights with the donor's programme {inter[1, 4]:+.2f}.",
        f"Hypothesis 3 (knowledge alone changes no licence clearly): {alone['knowledge'].verdict(0)}. Alone it changes the licensed share at exit by {alone['knowledge'].said()}.",
        f"Hypothesis 4 (the programme alone does nothing): {alone['donor'].verdict(0)}. Alone it changes the licensed share at exit by {alone['donor'].said()}; its Shapley value, which counts what it pays for in the others, is {values[HEADLINE, 'licensed_share', 'exit'][4].said()}.",
        f"Hypothesis 5 (the whole is more than its parts): {sum_of.verdict(1)}. At exit the whole gains {sum_of.said()} more than the five alone together. (Much of it is gone ten years later): of {100 * whole['exit']['mean'][0]:.1f} points at exit {left:.0%} are left ten years on: {'supported' if left < 0.5 else 'not supported'}.",
        f"Hypothesis 6 (official sales follow the market ingredient): {'supported' if official[0][0] == names[3] else 'not supported'}. At exit: {told(official[:2])}; with the royalty's cut in it the market adds {inside[names[3]].said()}.",
        f"Hypothesis 7 (at equal cost the market falls behind governance once forgone revenue counts): {at_half['governance less market']['verdict']}. With half of the whole's cost to spend, the royalty's cut in the market, Shapley values in licensed miner-years up to ten years after exit: {listed}. The best bundle of ingredients for {bought}.",
    ]
