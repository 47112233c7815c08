"""All 120 orders of the five ingredients, at equal spending: how far they lie apart, beside what chance makes of one order."""

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from asmsim.analysis.experiment import Found, steady
from asmsim.analysis.gains import Gain, among, draws_of, monthly, runs_of, sources, together, year_to
from asmsim.analysis.style import COLOURS, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweeps.store.results import Results

ITEMS = ("governance", "rights", "knowledge", "market", "donor")
EVERY = 24
"""Months from one ingredient to the next."""
EXIT, LENGTH = 12, 10
"""Years from the first ingredient to the exit of every programme; or that every programme lasts."""
DESIGNS = {"same_exit": "where all programmes end in the same month", "same_length": f"where all last {LENGTH} years"}
SPENT, BUDGETS = 15.0, (16.0, 24.0, 40.0)
"""USD M that every order's programme spends on average; and that it has in trial runs, which tell what it must have."""
BUDGET, YEARS, OVERHEAD = "donor.programme.usd_year", "donor.programme.duration_years", "parameters.overhead_share"
ORDER = pl.col("order").str.strip_chars('"')
PLACE, WITH_RIGHTS = (
    ORDER.str.split(" > ").list.eval(pl.element() == name).list.arg_max() + 1 for name in ("donor", "rights")
)
"""Of the programme, and of work on rights, in an order, from 1."""
RIGHTS = pl.max_horizontal(PLACE, WITH_RIGHTS)
"""Where work on rights really begins, as the programme pays for it."""
MONEY = ("budget", "spent", "levers", "government")


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Every order, first on trial budgets, then on the one that makes it spend what all spend."""
    design = name.removesuffix("_budgets")
    orders = [" > ".join(order) for order in permutations(ITEMS)][:: max(1, 120 // plan.size)]
    every = pl.DataFrame({"order": orders, "every_months": EVERY})
    years = pl.lit(LENGTH) if design == "same_length" else EXIT - EVERY / 12 * (PLACE - 1)
    every = every.with_columns(years.cast(pl.Float64).alias(YEARS))
    if name == design:
        return every.join(enough(money_of(before[f"{design}_budgets"])), "order", maintain_order="left")
    tried = every.join(pl.DataFrame({"usd_million": BUDGETS}), how="cross")
    return tried.select(*every.columns, (1e6 * pl.col("usd_million") / pl.col(YEARS)).alias(BUDGET))


def enough(money: pl.DataFrame) -> pl.DataFrame:
    """What each order's programme must have a year to spend `SPENT` on average: between two trial budgets, in logarithms.

    Raises
    ------
    ValueError
        An order spends more on the least of them, or less on the most.
    """
    tried = money.group_by("order", BUDGET).agg(pl.col("spent").mean()).sort("order", BUDGET)
    found = {}
    for (order,), rows in tried.group_by("order", maintain_order=True):
        spent = rows["spent"].to_numpy()
        if not spent[0] <= SPENT <= spent[-1] or (np.diff(spent) <= 0).any():
            raise ValueError(f"{order}: on trial budgets it spends USD {spent} M, which does not lead to {SPENT:g}")
        found[order] = float(round(np.exp(np.interp(np.log(SPENT), np.log(spent), np.log(rows[BUDGET])))))
    return pl.DataFrame({"order": found.keys(), BUDGET: found.values()})


def find(results: Mapping[str, Results]) -> Found:
    """Means of orders, their spread, and the hypotheses."""
    late = {design: licensed(results[design]) for design in DESIGNS}
    early = year_to(results["same_exit"], "official_share", "2010-12").with_columns(order=ORDER)
    money = {design: by_order(money_of(results[design])) for design in DESIGNS}
    tables = {
        **{design: ranked(frame).join(money[design], "order", maintain_order="left") for design, frame in late.items()},
        "early": ranked(early),
    }
    figure = new_figure(11, 4.4)
    panels = {
        "same_exit": f"Licensed share five years after exit,\n{DESIGNS['same_exit']}",
        "same_length": f"The same,\n{DESIGNS['same_length']}",
        "early": "Official share of gold in 2010,\nwhere all programmes end in the same month",
    }
    for axes, (name, title) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        draw(axes, tables[name], title)
    figure.axes[0].set_ylabel("above the mean of all orders, points")
    figure.axes[0].legend(title="The programme begins", fontsize=7, title_fontsize=7)
    runs = early.select("draw", "seed").unique().height
    source_line(
        figure,
        f"Simulated, not observed. Paired on {runs} runs (draws x seeds); bars are 95 % intervals of the mean. asmsim {package_version()}",
    )
    said = [*sentences(late, early, results["same_exit"]), *(paid(design, tables[design]) for design in DESIGNS)]
    return Found(said, tables, {"orders": figure})


def licensed(results: Results) -> pl.DataFrame:
    """Licensed share five years after each order's exit: one row an order, draw and seed."""
    return runs_of(results, "licensed_share", "exit+5").with_columns(order=ORDER)


def money_of(results: Results) -> pl.DataFrame:
    """What the donor had, spent, and spent on levers, and the government paid: one row a run, USD M, not discounted.

    Overhead is a share of what a programme has, spent or not.
    """
    paid = (
        monthly(results)
        .group_by(ORDER, BUDGET, YEARS, "draw", "seed", OVERHEAD)
        .agg(spent=pl.col("cost_donor").sum() / 1e6, government=pl.col("cost_government").sum() / 1e6)
    )
    had = pl.col(BUDGET).cast(pl.Float64) * pl.col(YEARS).cast(pl.Float64) / 1e6
    return (
        paid.with_columns(pl.col(BUDGET).cast(pl.Float64), budget=had)
        .with_columns(levers=pl.col("spent") - had * pl.col(OVERHEAD).cast(pl.Float64))
        .sort("order", BUDGET, "draw", "seed")
        .collect()
    )


def by_order(money: pl.DataFrame) -> pl.DataFrame:
    """Means of orders, USD M, and the place of the programme in each."""
    means = money.group_by("order", PLACE.alias("programme_begins_as")).agg(pl.col(*MONEY).mean())
    return steady(means.rename({name: f"{name}_usd_million" for name in MONEY}))


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Orders from best to worst: mean, how far above that of all orders, and half of the 95 % interval of that."""
    each = frame.group_by("order", "draw").agg(pl.col("value").mean())
    level = each.group_by("draw").agg(pl.col("value").mean().alias("level"))
    above = each.join(level, "draw").with_columns(above=pl.col("value") - pl.col("level"))
    half = float(stats.t.ppf(0.975, max(1, level.height - 1))) / level.height**0.5
    return steady(
        above.group_by("order").agg(
            pl.col("value").mean().alias("mean"),
            pl.col("above").mean(),
            (half * pl.col("above").std()).fill_null(0.0).alias("half_width"),
        )
    ).sort("above", "order", descending=True)


def draw(axes: Any, table: pl.DataFrame, title: str) -> None:
    """Orders from best to worst; the place of the programme by colour and marker."""
    place = table.select(PLACE).to_series().to_numpy()
    for k, (marker, label) in enumerate(zip("os^Dv", ("first", "second", "third", "fourth", "last"), strict=True)):
        at = np.flatnonzero(place == k + 1)
        y, half = (100 * table[name].to_numpy()[at] for name in ("above", "half_width"))
        axes.errorbar(at, y, half, fmt=marker, ms=3, lw=0.7, color=COLOURS[k], label=label)
    axes.axhline(0, color="0.4", lw=0.8)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("orders, best to worst")


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
    return f"the best order is {orders[best]}, and the worst {orders[worst]}; on the draws that did not choose them they lie apart by {apart.said()}"


def sentences(late: Mapping[str, pl.DataFrame], early: pl.DataFrame, results: Results) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    first, last = ORDER.str.starts_with("governance"), ORDER.str.ends_with("governance")
    whole = {design: difference(frame, first, last) for design, frame in late.items()}
    alike = {
        design: difference(frame, first, last, PLACE.alias("place"), RIGHTS.alias("rights"))
        for design, frame in late.items()
    }
    spread = {design: spreads(frame) for design, frame in late.items()}
    rivals = {
        other: difference(early, ORDER.str.starts_with("market"), ORDER.str.starts_with(other))
        for other in ITEMS
        if other != "market"
    }
    market = together(*(g.verdict(1) for g in rivals.values()))
    against = "; ".join(f"instead of {name} {g.said()}" for name, g in rivals.items())

    def each(gains: Mapping[str, Gain]) -> str:
        return "; ".join(f"{DESIGNS[design]} by {g.said()} ({g.verdict(1)})" for design, g in gains.items())

    apart = "; ".join(
        f"{DESIGNS[design]}, {100 * between:.2f} points between orders, net of chance, and {100 * within:.2f} between seeds of one order ({less})"
        for design, (between, within, less) in spread.items()
    )
    return [
        f"Hypothesis 1 (governance first ends better than governance last): {together(*(g.verdict(1) for g in whole.values()))}. Governance first instead of last changes the licensed share five years after exit, {each(whole)}. Governance waits for the programme that pays for it, and with governance first the programme and work on rights, which waits for it too, begin later; where both begin at the same place with governance first as with it last, the change is, {each(alike)}. {sources(whole['same_exit'], results).said()}",
        f"Hypothesis 2 (orders differ less than seeds): {together(*(less for _, _, less in spread.values()))}. Standard deviations are, {apart}.",
        f"When the programme begins, and when work on rights really does, makes of the variance between orders {' and '.join(f'{early_start(frame):.0%} {DESIGNS[design]}' for design, frame in late.items())}.",
        *(f"Chosen on every other draw, {DESIGNS[design]}, {ends(frame)}." for design, frame in late.items()),
        f"Hypothesis 3 (the market first does best for official sales): {market}. The market first changes the official share of 2010, {against}.",
    ]


def early_start(frame: pl.DataFrame) -> float:
    """Share of the variance between orders that lies between places of the programme and of the start of work on rights."""
    orders = frame.group_by("order").agg(pl.col("value").mean()).with_columns(place=PLACE, rights=RIGHTS)
    among_places = pl.col("value").mean().over("place", "rights")
    return float(orders.select(among_places.var() / pl.col("value").var()).item())


def difference(frame: pl.DataFrame, some: pl.Expr, others: pl.Expr, *alike: pl.Expr) -> Gain:
    """Paired difference of the means of two sets of orders: of those alike, on average over the kinds that both sets hold."""
    run = ["draw", "seed"]
    kinds = frame.with_columns(*alike)
    by = [*run, *(kind.meta.output_name() for kind in alike)]
    a, b = (kinds.filter(which).group_by(by).agg(pl.col("value").mean()) for which in (some, others))
    both = a.join(b, by, suffix="_other").with_columns(change=pl.col("value") - pl.col("value_other"))
    return Gain(
        both.group_by(run).agg(pl.col("change").mean()).sort(run)["change"].to_numpy(), draws_of(frame), "share"
    )


def paid(design: str, table: pl.DataFrame) -> str:
    """What programmes came to, by their place in the order."""
    place = table.group_by("programme_begins_as").agg(pl.all().exclude("order").mean()).sort("programme_begins_as")
    each = {name: ", ".join(f"{v:.1f}" for v in place[f"{name}_usd_million"]) for name in MONEY}
    spent = table["spent_usd_million"]
    shares = ", ".join(f"{100 * v:.1f}" for v in place["mean"])
    return f"At equal spending {DESIGNS[design]} (USD {spent.mean():.1f} M, from order to order {spent.min():.1f} to {spent.max():.1f} M, overhead included, not discounted), programmes that begin first to last need budgets of {each['budget']} M; overhead is a share of those, so that {each['levers']} M are spent on what levers do; they leave {shares} % licensed; the government pays {each['government']} M."
