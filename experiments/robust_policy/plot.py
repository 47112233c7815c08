"""Figure of the frontier, from the saved tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.style import COLOURS, make_figure, put_source
from asmsim.config.provenance import package_version

DESIGN = import_file(Path(__file__).with_name("design.py"))
OBJECTIVES = DESIGN.OBJECTIVES


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the frontier with its compromises."""
    return {"frontier": draw_frontier(tables["frontier"], tables["compromises"])}


def draw_frontier(table: pl.DataFrame, compromises: pl.DataFrame) -> Any:
    """Draw parallel coordinates: every policy of the frontier, best at the top; compromises in colour."""
    figure = make_figure(10, 5)
    axes = figure.subplots()
    ends = {o: (float(table[o].min()), float(table[o].max())) for o in OBJECTIVES}

    def heights(rows: pl.DataFrame) -> np.ndarray:
        """(policy, objective) places, the best at 1."""
        places = []
        for o, (a, b) in ends.items():
            values = rows[o].to_numpy()
            places.append((values - a if OBJECTIVES[o][1] < 0 else b - values) / max(1e-12, b - a))
        return np.stack(places, 1)

    x = np.arange(len(OBJECTIVES))
    axes.plot(x, heights(table).T, color="0.8", lw=0.7, zorder=1)
    for k, (name, path) in enumerate(zip(compromises["name"], heights(compromises), strict=True)):
        axes.plot(x, path, color=COLOURS[k], ls=("-", "--", "-.", ":")[k], lw=2.2, marker="o", label=name, zorder=3)
    for at, (o, (a, b)) in enumerate(ends.items()):
        best, least = (b, a) if OBJECTIVES[o][1] < 0 else (a, b)
        axes.text(at, 1.03, f"{best + 0.0:.3g}", ha="center", fontsize=8)
        axes.text(at, -0.06, f"{least + 0.0:.3g}", ha="center", fontsize=8)
    axes.set_xticks(x, [f"{title}\n{unit}" for title, _, unit in OBJECTIVES.values()], fontsize=8.5)
    axes.tick_params(axis="x", pad=14)
    axes.set_yticks([])
    axes.set(ylim=(-0.02, 1.02), title="The frontier: the higher, the better")
    axes.set_title(axes.get_title(loc="left"), pad=22)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=4)
    put_source(
        figure,
        f"Simulated, not observed. {table.height} policies that no other betters in everything; means of draws, year to {DESIGN.AT}. asmsim {package_version()}",
    )
    return figure
