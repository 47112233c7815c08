"""Figure of how far orders lie apart, from the saved tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.style import COLOURS, make_figure, put_source
from asmsim.config.provenance import package_version

DESIGN = import_file(Path(__file__).with_name("design.py"))
PANELS = {
    "same_exit": "Licensed share five years after the programme,\nwhere all programmes end in the same month",
    "same_length": f"The same,\nwhere all last {DESIGN.LENGTH} years",
    "early": "Official share of gold in 2010,\nwhere all programmes end in the same month",
}


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return orders from best to worst, by two designs, and early on."""
    figure = make_figure(11, 4.4)
    for axes, (name, title) in zip(figure.subplots(1, 3), PANELS.items(), strict=True):
        draw_orders(axes, tables[name], title)
    figure.axes[0].set_ylabel("above the mean of all orders, points")
    figure.axes[0].legend(title="The programme begins", fontsize=7, title_fontsize=7)
    put_source(
        figure,
        f"Simulated, not observed. Paired on {tables['runs']['runs_an_order'][0]} runs (draws x seeds); bars are 95 % "
        f"intervals of the mean. asmsim {package_version()}",
    )
    return {"orders": figure}


def draw_orders(axes: Any, table: pl.DataFrame, title: str) -> None:
    """Draw orders from best to worst; the place of the programme by colour and marker."""
    place = table.select(DESIGN.PLACE).to_series().to_numpy()
    for k, (marker, label) in enumerate(zip("os^Dv", ("first", "second", "third", "fourth", "last"), strict=True)):
        at = np.flatnonzero(place == k + 1)
        y, half = (100 * table[name].to_numpy()[at] for name in ("above", "half_width"))
        axes.errorbar(at, y, half, fmt=marker, ms=3, lw=0.7, color=COLOURS[k], label=label)
    axes.axhline(0, color="0.4", lw=0.8)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("orders, best to worst")
