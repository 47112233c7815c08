"""Points of the experiment: a many-objective search over doses, and its frontier run anew."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiments.saved_tables import drop_last_digits
from asmsim.analysis.frontier import choose_next_generation, find_frontier, measure_regret
from asmsim.analysis.gains import read_monthly
from asmsim.config.schema import month_name, month_number
from asmsim.sweeps.store.results import Results

DOSES = {
    "donor.programme.duration_years": (2.0, 15.0),
    "donor.programme.usd_year": (300_000.0, 4_000_000.0),
    "donor.local_ownership.own_share": (0.0, 0.6),
    "rights.enterprise_support.facilitators": (0.0, 1.0),
    "rights.rights_information.reach": (0.0, 1.0),
    "rights.regularisation_support.plots": (0.0, 2.0),
    "knowledge.outreach_local.reach": (0.0, 0.5),
    "market.buying_centres.number": (0, 30),
    "market.royalty_and_tax.royalty": (0.0, 0.08),
    "market.fiscal_planning.local_share": (0.0, 0.8),
    "market.rehabilitation_support.coverage": (0.0, 1.0),
    "enforcement.policing.raids": (0.0, 0.05),
}
WHOLE = {"market.buying_centres.number"}
LATEST = {"legalisation.start": 60, "rights.enterprise_support.start": 60}
"""Months by which these may begin after the programme."""
PACE = "legalisation"
OBJECTIVES = {
    "licensed_share": ("licensed share", -100.0, "%"),
    "income_low": ("income of the bottom fifth", -1.0, "USD a month"),
    "mercury": ("mercury", 1.0, "kg a month"),
    "violations": ("violations", 1.0, "per 1,000 miners and month"),
    "cost": ("cost", 1.0, "USD M, present value"),
}
VARIABLES = len(DOSES) + len(LATEST) + 1
SEARCH, INSTEAD = "generation", "instead"
"""Sweeps: generations of the search; compromises otherwise."""
TURNED = {
    "legalisation": ("at_once", "gradual"),
    "market.fiscal_planning.local_share": (0.0, 0.8),
    "rights.enterprise_support.facilitators": (0.0, 1.0),
}
"""What hypothesis 2 is about, with and without."""
BEGINS, AT = "2005-01", "2024-12"
"""Where all but cost is measured: the year to the end, five years after the longest project."""


def doses_of(rows: np.ndarray) -> pl.DataFrame:
    """Return doses at rows of the unit cube; the last variable is the pace of legalisation."""
    table: dict[str, Any] = {}
    for k, (key, (low, high)) in enumerate(DOSES.items()):
        column = low + rows[:, k] * (high - low)
        table[key] = np.round(column).astype(int) if key in WHOLE else np.round(column, 6)
    for k, (key, most) in enumerate(LATEST.items(), len(DOSES)):
        table[key] = [month_name(month_number(BEGINS) + min(most, int(v * (most + 1)))) for v in rows[:, k]]
    return pl.DataFrame(table | {PACE: ["at_once" if v > 0.5 else "gradual" for v in rows[:, -1]]})


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Return the next generation, given what the earlier ones found; afterwards what has been found, run anew."""
    generations = generations_of(before, plan.size)
    if name.startswith(SEARCH):
        return doses_of(choose_next_generation(mean_values(generations), plan.size, VARIABLES, len(OBJECTIVES)))
    best, values = best_of(generations)
    return turned_compromises(best, compromises(best, values)) if name == INSTEAD else best


def best_of(generations: list[tuple[np.ndarray, np.ndarray]]) -> tuple[pl.DataFrame, np.ndarray]:
    """Return doses of the frontier that the search found, and its (policy, objective, draw) values there."""
    policies, values = together_of(generations)
    at = find_frontier(values.mean(2)).tolist()
    return policies[at], values[at]


def turned_compromises(best: pl.DataFrame, named: Mapping[str, int]) -> pl.DataFrame:
    """Return the compromises with each of what hypothesis 2 is about, and without."""
    rows = best[sorted(set(named.values()))]
    turned = [rows.with_columns(pl.lit(v).cast(rows.schema[k]).alias(k)) for k, both in TURNED.items() for v in both]
    return pl.concat(turned).unique(maintain_order=True)


def generations_of(before: Mapping[str, Results], size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (policy, variable) unit-interval doses and (policy, objective, draw) values of each generation."""
    generations: list[tuple[np.ndarray, np.ndarray]] = []
    for name, results in before.items():
        if name.startswith(SEARCH):
            rows = choose_next_generation(mean_values(generations), size, VARIABLES, len(OBJECTIVES))
            generations.append((rows, values_of(results, doses_of(rows))))
    return generations


def mean_values(generations: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the search learns: doses, and (policy, objective) means of draws."""
    return [(rows, values.mean(2)) for rows, values in generations]


def together_of(generations: list[tuple[np.ndarray, np.ndarray]]) -> tuple[pl.DataFrame, np.ndarray]:
    """Return doses of every policy tried, and (policy, objective, draw) values."""
    return pl.concat([doses_of(rows) for rows, _ in generations]), np.concatenate([values for _, values in generations])


def key_doses(table: pl.DataFrame) -> pl.DataFrame:
    """Return doses as they can be matched: a sweep writes them as text and double numbers."""
    return table.with_columns(
        pl.col(PACE, *LATEST).str.strip_chars('"'), *(pl.col(k).cast(pl.Float64).round(6) for k in DOSES)
    )


def of_runs(results: Results) -> pl.DataFrame:
    """Return one row a run: its doses, draw, seed and objectives in the model's units."""
    costs = ("cost_donor", "cost_government")
    keys = [*DOSES, *LATEST, PACE, "draw", "seed"]
    measured = [o for o in OBJECTIVES if o != "cost"]
    years = pl.col("month").str.slice(0, 4).cast(pl.Int32) - 2005
    late = pl.col("month").is_between(pl.lit(f"{AT[:4]}-01"), pl.lit(AT))
    spent = (pl.sum_horizontal(costs) / 1.03**years).sum() / 1e6
    series = read_monthly(results).select(*keys, "month", *measured, *costs)
    return key_doses(
        series.group_by(keys).agg(*(pl.col(o).filter(late).mean() for o in measured), cost=spent).collect()
    )


def values_of(results: Results, doses: pl.DataFrame) -> np.ndarray:
    """Return (policy, objective, draw) values to be minimised, in the order of the doses; means of seeds."""
    at = [*DOSES, *LATEST, PACE]
    found = of_runs(results).group_by(*at, "draw").agg(pl.col(*OBJECTIVES).mean())
    rows = key_doses(doses.select(at)).with_row_index("policy")
    joined = rows.join(found, at, how="left").sort("policy", "draw")
    signs = np.array([np.sign(OBJECTIVES[o][1]) for o in OBJECTIVES])
    values = drop_last_digits(joined.select(*OBJECTIVES)).to_numpy().reshape(doses.height, -1, len(OBJECTIVES)) * signs
    if not np.isfinite(values).all():
        raise ValueError("a policy of the search has no value: its runs are missing or not finite")
    return values.transpose(0, 2, 1)


def in_units(policies: pl.DataFrame, values: np.ndarray) -> pl.DataFrame:
    """Return doses, and objectives in the units of people."""
    units = [abs(OBJECTIVES[o][1]) * np.sign(OBJECTIVES[o][1]) for o in OBJECTIVES]
    return policies.hstack(pl.DataFrame({o: values[:, k] * units[k] for k, o in enumerate(OBJECTIVES)}))


def compromises(best: pl.DataFrame, values: np.ndarray) -> dict[str, int]:
    """Return policies of the frontier that have a name, by the seeds of the search: row of each."""
    table = in_units(best, values.mean(2)).with_columns(worst_regret=measure_regret(values).max(axis=(1, 2)))
    return {
        "robust_compromise": int(table["worst_regret"].arg_min()),
        "robust_licences": int(table["licensed_share"].arg_max()),
        "robust_frugal": int(
            table.with_columns(
                k=pl.when(pl.col("licensed_share") >= pl.col("licensed_share").median())
                .then(pl.col("cost"))
                .otherwise(np.inf)
            )["k"].arg_min()
        ),
        "robust_clean": int(table["mercury"].arg_min()),
    }
