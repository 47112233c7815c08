"""Points of the experiment: every order of the five ingredients, on budgets that make all spend the same."""

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.gains import read_monthly
from asmsim.sweeps.store.results import Results

ITEMS = ("governance", "rights", "knowledge", "market", "donor")
EVERY = 24
"""Months from one ingredient to the next."""
EXIT, LENGTH = 12, 10
"""Years from the first ingredient to the exit of every programme; or that every programme lasts."""
DESIGNS = ("same_exit", "same_length")
"""All programmes end in the same month; or all last equally long."""
SPENT, BUDGETS = 15.0, (16.0, 24.0, 40.0, 80.0)
"""USD M that every order's programme spends on average; and that it has in trial runs, which tell what it must have."""
BUDGET, YEARS, OVERHEAD = "donor.programme.usd_year", "donor.programme.duration_years", "parameters.overhead_share"
ORDER = pl.col("order").str.strip_chars('"')
PLACE, _WITH_RIGHTS = (
    ORDER.str.split(" > ").list.eval(pl.element() == name).list.arg_max() + 1 for name in ("donor", "rights")
)
"""Of the programme, and of work on rights, in an order, from 1."""
RIGHTS = pl.max_horizontal(PLACE, _WITH_RIGHTS)
"""Where work on rights really begins, as the programme pays for it."""
MONEY = ("budget", "spent", "levers", "government")


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Return every order, first on trial budgets, then on the one that makes it spend what all spend."""
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
    """Return what each order's programme must have a year to spend `SPENT` on average: between two trial budgets, in logarithms.

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


def money_of(results: Results) -> pl.DataFrame:
    """Return what the donor had, spent, and spent on levers, and the government paid: one row a run, USD M, not discounted.

    Overhead is a share of what a programme has, spent or not.
    """
    paid = (
        read_monthly(results)
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
