"""Summaries of replicates: 12-month means at the dates that matter, with intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.model.outcomes import O
from asmsim.sweep.dates import dates as named_dates
from asmsim.sweep.dates import year_mean
from asmsim.sweep.replicates import REPORTED, Replicates

if TYPE_CHECKING:
    import polars as pl

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

# What the terminal and the report lead with; every outcome is in summary.csv.
HEADLINES: tuple[O, ...] = (
    O.miners,
    O.licensed_share,
    O.licensed,
    O.in_process,
    O.enterprises,
    O.enterprises_licensed,
    O.official_share,
    O.gold_official,
    O.gold_mined,
    O.gold_per_miner,
    O.price_received,
    O.income_median,
    O.income_low,
    O.tied_share,
    O.royalty_and_tax,
    O.cost_donor,
    O.cost_government,
    O.violations,
    O.trust,
    O.stigma_local,
    O.will,
    O.mercury,
    O.damage,
)


def dates(run: Replicates) -> dict[str, int]:
    """Named dates of a run, as the index of the month that follows the 12-month window."""
    return named_dates(len(run.months), run.exit_index, run.scenario.donor.programme is not None)


def year_means(run: Replicates, until: int) -> npt.NDArray[np.float64]:
    """(seed, outcome) means of the 12 months before month index `until`."""
    return year_mean(run.values, until)


def label(run: Replicates, name: str, at: int) -> str:
    """`exit (2019-12)`: a date with the last month of its window."""
    return f"{name} ({run.months[at - 1]})"


def summary(run: Replicates) -> "pl.DataFrame":
    """One row per outcome and date: mean and quantiles over seeds of the 12-month mean."""
    import polars as pl

    rows = []
    for name, at in dates(run).items():
        means = year_means(run, at)
        for o in REPORTED:
            values = means[:, o]
            row: dict[str, object] = {
                "outcome": o.name,
                "unit": o.unit,
                "date": name,
                "until": run.months[at - 1],
                "mean": float(values.mean()),
            }
            row |= {f"q{round(100 * q):02d}": float(np.quantile(values, q)) for q in QUANTILES}
            rows.append(row | {"seeds": len(run.seeds)})
    return pl.DataFrame(rows)


def pathway_shares(run: Replicates) -> Mapping[str, float]:
    """Share of seeds on each pathway that occurs."""
    names, counts = np.unique(run.pathways, return_counts=True)
    return {str(n): float(c) / len(run.seeds) for n, c in zip(names, counts, strict=True)}


def number(value: float, unit: str = "") -> str:
    """A number as people write it: 12 %, 45,300, 0.62."""
    if not np.isfinite(value):
        return "-"
    if unit == "share":
        return f"{100 * value:.1f} %"
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:,.2f} M"
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.005 or value == 0 else f"{value:.1g}"


def interval(values: npt.NDArray[np.float64], unit: str) -> str:
    """Median and 90 % interval."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return f"{number(middle, unit)}  [{number(low, unit)}; {number(high, unit)}]"
