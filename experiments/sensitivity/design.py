"""Points of the experiment: Morris screening, Sobol designs of what remains, and curves of the strongest."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.sensitivity import draw_morris, draw_sobol, find_parameters, list_uncertain, tabulate_morris
from asmsim.evidence import priors
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results

CONTEXT, DATE = "mongolia", "exit"
OUTCOMES = ("licensed_share", "official_share")
DOUBLED = "sobol_doubled"
"""Twice as many points, none of them of the first design: the two rankings share no run."""
KEPT, CURVES = 9, 4
"""Strongest parameters of each outcome that Sobol indices are taken of; whose curves are drawn."""


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Return the points of a sweep, as SALib designs them."""
    if name == "screening":
        names = list_uncertain(CONTEXT)
        return find_parameters(names, draw_morris(names, plan.size), CONTEXT)
    if name == "one_at_a_time":
        return curve_points(before["screening"], plan.size)
    names = remaining_parameters(before["screening"])
    return find_parameters(names, draw_sobol(names, plan.size, seed=1 + (name == DOUBLED)), CONTEXT)


def strongest_parameters(screening: Results) -> list[str]:
    """Return the few whose curves are drawn."""
    return list(dict.fromkeys(n for o in OUTCOMES for n in screen(screening, o)["parameter"].head(CURVES)))


def curve_points(screening: Results, size: int) -> pl.DataFrame:
    """Return one parameter at a time along its prior; the others as they start."""
    known = priors.priors_of(CONTEXT)
    names = strongest_parameters(screening)
    start = {n: scenario(f"context={CONTEXT}").behaviour[n] for n in names}
    rows = []
    for name in names:
        for value in known[name].of_uniform(np.linspace(0.02, 0.98, size)):
            rows.append({f"parameters.{n}": float(value) if n == name else start[n] for n in names})
    return pl.DataFrame(rows)


def remaining_parameters(screening: Results) -> list[str]:
    """Return parameters that the screening leaves for Sobol indices."""
    found: dict[str, None] = {}
    for outcome in OUTCOMES:
        found |= dict.fromkeys(screen(screening, outcome)["parameter"].head(KEPT))
    return sorted(found)


def means_of(results: Results, outcome: str) -> np.ndarray:
    """Return (point,) means over seeds, in the order of the design."""
    frame = results.of(outcome, DATE).group_by("point", maintain_order=True).agg(pl.col("value").mean())
    order = results.points.select("point").collect()
    return order.join(frame, "point", maintain_order="left")["value"].to_numpy()


def screen(results: Results, outcome: str) -> pl.DataFrame:
    """Return Morris's table of an outcome."""
    names = list_uncertain(CONTEXT)
    values = means_of(results, outcome)
    return tabulate_morris(names, draw_morris(names, len(values) // (len(names) + 1)), values)
