"""Figure of how often each failure happens along each dose, from the table of doses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.ticker import EngFormatter

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.style import COLOURS, make_figure, put_source
from asmsim.config.provenance import package_version

DESIGN = import_file(Path(__file__).with_name("design.py"))
MODES = {"limbo": "Limbo", "reversal": "Reversal", "collapse": "Collapse"}


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the share of each failure along each dose, in eighths of its range."""
    table = tables["doses"]
    figure = make_figure(10, 6.6)
    names = table["dose"].unique(maintain_order=True).to_list()
    panels = figure.subplots(3, 4, sharey=True).ravel()
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    for axes, name in zip(panels, names, strict=False):
        for k, (mode, title) in enumerate(MODES.items()):
            mine = table.filter((pl.col("dose") == name) & (pl.col("mode") == mode))
            axes.plot(
                mine["value"].to_numpy(), 100 * mine["share"].to_numpy(), color=COLOURS[k], ls=("-", "--", ":")[k],
                marker="o", ms=2.5, lw=1.3, label=title,
            )  # fmt: skip
        axes.set_title(DESIGN.LABELS[name], fontsize=8)
        axes.tick_params(labelsize=7)
        if table.filter(pl.col("dose") == name)["value"].max() > 1e4:
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    figure.axes[0].set_ylim(0, None)
    figure.axes[0].legend(fontsize=7)
    figure.supylabel("share of runs, %", fontsize=9)
    put_source(
        figure,
        f"Simulated, not observed. {table['runs'][0]} runs of the five ingredients, each with doses and seeds of its own "
        f"and one of {DESIGN.DRAWS} draws. asmsim {package_version()}",
    )
    return {"failure_modes": figure}
