"""Points of the experiment: subsets of the five ingredients, some with smaller programmes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from asmsim.sweeps.store.results import Results

ROYALTY = "royalty_inside"
BUDGET = "donor.programme.usd_year"
SMALLER, WHOLE = (300_000.0, 600_000.0, 1_200_000.0), 2_500_000.0
"""USD a year of the smaller programmes, and of the whole one."""


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Return the 32 subsets, with the royalty's cut among the levers of the market; or those with a programme, made smaller."""
    table = pl.read_csv(Path(__file__).parent / "subsets.csv")
    table = table.with_columns(pl.col("market").replace("full", "[full, royalty_and_tax]"))
    if name == ROYALTY:
        return table
    return table.filter(pl.col("donor") != "none").join(pl.DataFrame({BUDGET: SMALLER}), how="cross")
