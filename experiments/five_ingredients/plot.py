"""Figures of what each ingredient adds, from the saved tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.style import MAIN, make_figure, put_source
from asmsim.config.provenance import package_version

NAMES = ("1 governance", "2 rights", "3 knowledge", "4 market", "5 donor")
DATES = {"exit": "end of the programme", "exit+5": "five years later", "exit+10": "ten years later"}
OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}
HEADLINE = "law_in_force"
WORLDS = {HEADLINE: "law in force, minimal", "no_law": "no law", "royalty_inside": "royalty cut in 4"}
SHARES = (0.1, 0.25, 0.5, 1.0)


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return Shapley values, values at equal cost, and interactions."""
    return {
        "shapley": draw_values(tables["shapley"]),
        "equal_cost": draw_equal_cost(tables["equal_cost"]),
        "interactions": draw_interactions(tables["interactions"]),
    }


def draw_values(table: pl.DataFrame) -> Any:
    """Draw what each ingredient adds, at exit, five and ten years on."""
    figure = make_figure(11, 6.4)
    panels = figure.subplots(2, len(WORLDS), sharey="row")
    for row, outcome in zip(panels, OUTCOMES, strict=True):
        for axes, world in zip(row, WORLDS, strict=True):
            for k, date in enumerate(DATES):
                which = (pl.col("world") == world) & (pl.col("outcome") == outcome) & (pl.col("date") == date)
                rows = table.filter(which & (pl.col("players") == "five") & pl.col("ingredient").is_in(NAMES))
                x = np.arange(5) + 0.27 * (k - 1)
                middle, low, high = (100 * rows[name].to_numpy() for name in ("mean", "q05", "q95"))
                axes.bar(
                    x, middle, 0.25, color=(MAIN, "#8fa9b8", "#dfe8ec")[k], edgecolor="black", lw=0.4, label=DATES[date]
                )
                axes.vlines(x, low, high, color="black", lw=0.9)
            axes.axhline(0, color="black", lw=0.8)
            axes.set_xticks(range(5), [n.replace(" ", "\n", 1) for n in NAMES], fontsize=8)
            axes.set_title(f"{OUTCOMES[outcome]}: {WORLDS[world]}", fontsize=10)
        row[0].set_ylabel("Shapley value, points")
    panels[0, list(WORLDS).index("no_law")].legend(fontsize=8, loc="center", title="nobody can be licensed")
    put_source(
        figure,
        f"Simulated, not observed. Bars are means, lines 90 % of {table['runs'][0]} runs (draws x seeds). Among all five: what 2 adds is shared with 5, which pays for it; "
        f"the finding\nis of 1 to 4 given the programme (shapley.csv, players four). asmsim {package_version()}",
    )
    return figure


def draw_equal_cost(money: pl.DataFrame) -> Any:
    """Draw what each of the four is worth where every subset has the same to spend."""
    figure = make_figure(10, 4)
    panels = figure.subplots(1, 2, sharey=True)
    shades = ("#eef3f5", "#c2d1d9", "#8fa9b8", MAIN)
    for axes, account in zip(panels, money["account"].unique(maintain_order=True), strict=True):
        for k, share in enumerate(SHARES):
            rows = money.filter((pl.col("account") == account) & (pl.col("budget_share") == share))
            found = [rows.filter(pl.col("ingredient") == n).to_dicts()[0] for n in NAMES[:4]]
            x = np.arange(4) + 0.2 * (k - 1.5)
            label = f"{share:.0%}: USD {found[0]['usd_million']:.1f} M"
            axes.bar(x, [100 * r["mean"] for r in found], 0.19, color=shades[k], edgecolor="black", lw=0.4, label=label)
            axes.vlines(x, [100 * r["q05"] for r in found], [100 * r["q95"] for r in found], color="black", lw=0.9)
        axes.axhline(0, color="black", lw=0.8)
        axes.set_xticks(range(4), [n.replace(" ", "\n", 1) for n in NAMES[:4]], fontsize=8)
        axes.set_title(f"Equal cost, {account}", fontsize=10)
        axes.legend(loc="upper left", ncols=2, fontsize=8, title="To spend, present value", title_fontsize=8)
    panels[0].set_ylabel("Shapley value of the mean\nlicensed share to 2024, points")
    top = 100 * money.filter(pl.col("ingredient").is_in(NAMES))["q95"].max()
    panels[0].set_ylim(top=1.35 * max(0.1, top))
    put_source(
        figure,
        f"Simulated, law in force, royalty's cut in 4. Bars are means, lines 90 % of {money['runs'][0]} runs. "
        f"asmsim {package_version()}",
    )
    return figure


def draw_interactions(table: pl.DataFrame) -> Any:
    """Draw how much two ingredients add together beyond what each adds alone, given the programme."""
    figure = make_figure(10, 4.8)
    shown = [
        table.filter((pl.col("world") == HEADLINE) & (pl.col("outcome") == o) & (pl.col("date") == "exit"))
        for o in OUTCOMES
    ]
    for axes, rows, title in zip(figure.subplots(1, 2), shown, OUTCOMES.values(), strict=True):
        most = max(0.1, 100 * float(rows["mean"].abs().max()))  # type: ignore[arg-type]
        grid = np.full((4, 4), np.nan)
        for row in rows.to_dicts():
            i, j = NAMES.index(row["with"]), NAMES.index(row["ingredient"])
            grid[i, j] = 100 * row["mean"]
            ends = f"{100 * row['mean_low']:+.2f} to\n{100 * row['mean_high']:+.2f}"
            colour = "white" if abs(grid[i, j]) > 0.6 * most else "black"
            axes.text(j, i - 0.18, f"{grid[i, j]:+.2f}", ha="center", va="center", fontsize=10, color=colour)
            axes.text(j, i + 0.2, ends, ha="center", va="center", fontsize=7, color=colour)
        picture = axes.imshow(grid[1:, :3], cmap="RdBu", vmin=-most, vmax=most, extent=(-0.5, 2.5, 3.5, 0.5))
        axes.set_xticks(range(3), [n.replace(" ", "\n", 1) for n in NAMES[:3]], fontsize=8)
        axes.set_yticks(range(1, 4), NAMES[1:4], fontsize=8)
        axes.grid(visible=False)
        axes.set_title(f"{title} at the end of the programme", fontsize=10)
        figure.colorbar(picture, ax=axes, shrink=0.8, label="points")
    put_source(
        figure,
        f"Simulated, law in force, given the programme. Interaction with the 95 % interval of its mean. asmsim {package_version()}",
    )
    return figure
