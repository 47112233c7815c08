"""All 120 orders of the five ingredients: how far they lie apart, beside what chance makes of one order."""

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
from scipy.interpolate import PchipInterpolator

from asmsim.analysis.experiment import Found, steady
from asmsim.analysis.gains import Gain, among, draws_of, monthly, sources, together, year_to
from asmsim.analysis.style import MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweep.results import Results

ITEMS = ("governance", "rights", "knowledge", "market", "donor")
EVERY, YEARS, SPENT = 24, 12, 16.0
"""Months from one ingredient to the next; years from the first to the programme's exit; USD M that it spends in all."""
BUDGETS = (15.0, 22.0, 32.0, 50.0)
"""USD M that it has in trial runs, which tell what it must have to spend as much."""
BUDGET = "donor.programme.usd_year"
PLACE = pl.col("order").str.split(" > ").list.eval(pl.element() == "donor").list.arg_max() + 1
"""Of the programme in an order, from 1."""
OUTCOMES = {
    "late": ("licensed_share", "2029-12", "Licensed share in 2029"),
    "early": ("official_share", "2010-12", "Official share of gold in 2010"),
}


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Every order; a programme that begins later is shorter.  First on trial budgets, then on those that make all spend alike."""
    orders = [" > ".join(o) for o in permutations(ITEMS)]
    years = [YEARS - order.split(" > ").index("donor") * EVERY / 12 for order in orders]
    every = pl.DataFrame({"order": orders, "every_months": EVERY, "donor.programme.duration_years": years})
    if name == "budgets":
        tried = every.join(pl.DataFrame({"millions": BUDGETS}), how="cross")
        return tried.select(
            *every.columns, (1e6 * pl.col("millions") / pl.col("donor.programme.duration_years")).alias(BUDGET)
        )
    return every.join(enough(spent_by_run(before["budgets"])), "order", maintain_order="left")


def enough(spent: pl.DataFrame) -> pl.DataFrame:
    """What each order's programme must have a year to spend `SPENT` on average, between the trial budgets.

    Raises
    ------
    ValueError
        An order spends more on the least of them, or less on the most.
    """
    tried = spent.group_by("order", BUDGET).agg(pl.col("donor").mean()).sort("order", BUDGET)
    found = {}
    for (order,), rows in tried.group_by("order", maintain_order=True):
        spends = rows["donor"].to_numpy()
        if not spends[0] <= SPENT <= spends[-1] or (np.diff(spends) <= 0).any():
            raise ValueError(f"{order}: on trial budgets it spends {spends} USD M, which does not lead to {SPENT:g}")
        found[order] = float(PchipInterpolator(spends, rows[BUDGET].to_numpy())(SPENT))
    return pl.DataFrame({"order": found.keys(), BUDGET: found.values()})


def find(results: Mapping[str, Results]) -> Found:
    """Means of orders, their spread, and the hypotheses."""
    tables, said, figure = {}, {}, new_figure(10, 4.4)
    for axes, (key, (outcome, month, title)) in zip(figure.subplots(1, 2), OUTCOMES.items(), strict=True):
        frame = year_to(results["main"], outcome, month)
        each = frame.group_by("order", "draw").agg(pl.col("value").mean())
        level = each.group_by("draw").agg(pl.col("value").mean().alias("level"))
        table = steady(
            each.join(level, "draw")
            .with_columns(above=pl.col("value") - pl.col("level"))
            .group_by("order")
            .agg(
                pl.col("value").mean().alias("mean"),
                pl.col("above").mean(),
                (pl.col("above").std() / level.height**0.5).fill_null(0.0).alias("error"),
            )
        ).sort("above", "order", descending=True)
        tables[key] = table
        said[key] = (frame, table)
        y = 100 * table["above"].to_numpy()
        axes.errorbar(range(len(y)), y, 196 * table["error"].to_numpy(), fmt="o", ms=2.5, lw=0.7, color=MAIN)
        axes.axhline(0, color="0.4", lw=0.8)
        axes.set(
            title=title,
            xlabel="orders, best to worst",
            ylabel="above the mean of all orders, points",
        )
    money = spent_by_run(results["main"])
    tables["money"] = spent(money)
    runs = said["late"][0].select("draw", "seed").unique().height
    source_line(
        figure,
        f"Simulated, not observed. Paired on {runs} runs (draws x seeds); bars are 95 % intervals of the mean. asmsim {package_version()}",
    )
    return Found(sentences(said, results["main"], money), tables, {"orders": figure})


def spent_by_run(results: Results) -> pl.DataFrame:
    """What the donor and the government paid: one row an order, budget, draw and seed, USD M, not discounted."""
    paid = {payer: pl.col(f"cost_{payer}").sum() / 1e6 for payer in ("donor", "government")}
    keys = [pl.col("order").str.strip_chars('"'), pl.col(BUDGET).cast(pl.Float64)]
    return monthly(results).group_by(*keys, "draw", "seed").agg(**paid).sort("order", BUDGET, "draw", "seed").collect()


def spent(money: pl.DataFrame) -> pl.DataFrame:
    """Means of orders, with what they had to spend."""
    years = YEARS - EVERY / 12 * (PLACE - 1)
    had = money.with_columns(
        programme_begins_as=PLACE, budget_usd_million=pl.col(BUDGET).cast(pl.Float64) * years / 1e6
    )
    return steady(
        had.group_by("order", "programme_begins_as", "budget_usd_million").agg(
            pl.col("donor").mean().alias("donor_usd_million"),
            pl.col("government").mean().alias("government_usd_million"),
        )
    ).sort("programme_begins_as", "order")


def cube(frame: pl.DataFrame) -> tuple[list[str], np.ndarray]:
    """Orders, and (draw, order, seed) values."""
    whole = frame.sort("draw", "order", "seed")
    orders = whole["order"].unique().sort().to_list()
    return orders, whole["value"].to_numpy().reshape(draws_of(whole), len(orders), -1)


def spreads(frame: pl.DataFrame) -> tuple[float, float, str]:
    """Standard deviations between orders, net of chance, and between seeds of one order; whether the first is less."""
    between, within = among(cube(frame)[1])
    less = Gain(1e4 * (within - between), 0)  # points squared, one a draw
    sizes = (float(np.sqrt(max(0.0, v.mean()))) for v in (between, within))
    return *sizes, less.verdict(1)


def ends(frame: pl.DataFrame) -> str:
    """The best and the worst order on every other draw, and how far they lie apart on the rest."""
    orders, values = cube(frame)
    chosen, rest = values[::2].mean((0, 2)), values[1::2] if len(values) > 1 else values
    best, worst = int(chosen.argmax()), int(chosen.argmin())
    apart = Gain((rest[:, best] - rest[:, worst]).ravel(), len(rest), "share")
    return f"On every other draw the best order is {orders[best]}, and the worst {orders[worst]}; on the draws that did not choose them they lie apart by {apart.said()}."


def sentences(
    said: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]], results: Results, money: pl.DataFrame
) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    frame, order = said["late"][0], pl.col("order")
    first = _difference(frame, order.str.starts_with("governance"), order.str.ends_with("governance"))
    between, within, less = spreads(frame)
    soon = frame.filter(order.str.starts_with("donor"))
    next_ = _difference(soon, order.str.starts_with("donor > governance"), order.str.ends_with("governance"))
    between_soon, within_soon, less_soon = spreads(soon)
    rivals = {
        other: _difference(said["early"][0], order.str.starts_with("market"), order.str.starts_with(other))
        for other in ITEMS
        if other != "market"
    }
    market = together(*(g.verdict(1) for g in rivals.values()))
    against = "; ".join(f"instead of {name} {g.said()}" for name, g in rivals.items())
    return [
        f"Hypothesis 1 (governance first ends better than governance last): {first.verdict(1)}. Governance first instead of last changes the licensed share of 2029 by {first.said()}. {sources(first, results).said()}",
        f"Hypothesis 2 (orders differ less than seeds): {less}. The standard deviation between the 120 orders, net of chance, is {100 * between:.2f} points; that between seeds of one order and draw {100 * within:.2f} points.",
        f"In the 24 orders in which the programme begins first, so that nothing it pays for waits for it, governance next instead of last changes the licensed share by {next_.said()} ({next_.verdict(1)}); the standard deviation between these orders is {100 * between_soon:.2f} points, that between seeds {100 * within_soon:.2f} (less than seeds: {less_soon}).",
        ends(frame),
        f"Hypothesis 3 (the market first does best for official sales): {market}. The market first changes the official share of 2010, {against}.",
        alike(spent(money), money),
    ]


def alike(orders: pl.DataFrame, money: pl.DataFrame) -> str:
    """How far orders cost the same."""

    def span(column: str) -> str:
        return f"{orders[column].min():.1f} to {orders[column].max():.1f}"

    within = money.group_by("order").agg(pl.col("donor").std())["donor"].fill_null(0.0).mean()
    return f"The mean programme spends USD {money['donor'].mean():.1f} M, from order to order {span('donor_usd_million')} M (the standard deviation between runs of one order is {within:.1f} M), and has {span('budget_usd_million')} M for it: one that begins late must have more, as it cannot spend all in time. The government pays USD {span('government_usd_million')} M."


def _difference(frame: pl.DataFrame, some: pl.Expr, others: pl.Expr) -> Gain:
    """Paired difference of the means of two groups of orders."""
    a, b = (
        frame.filter(which).group_by("draw", "seed").agg(pl.col("value").mean()).sort("draw", "seed")["value"]
        for which in (some, others)
    )
    return Gain((a - b).to_numpy(), draws_of(frame), "share")
