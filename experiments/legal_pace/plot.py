"""Figure of what gradual legality gains over at once, from the table of gains."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from asmsim.analysis.style import draw_gains, make_figure, put_source
from asmsim.config.provenance import package_version

STAFF, VOTES = "parameters.office_staff", "context.elections"
SOON = "2006-06"
DATES = {"exit": "at the end of the programme", "exit+5": "five years later"}


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the gain of gradual over at once by staff, at the end of the programme and five years later."""
    figure = make_figure(10, 4)
    for axes, (date, when) in zip(figure.subplots(1, 2, sharey=True), DATES.items(), strict=True):
        table = tables["gains"].filter(pl.col("date") == date)
        draw_gains(axes, table, STAFF, VOTES, 100.0, label_of)
        axes.set(title=f"Gradual minus at once, {when}", xlabel="officials on ASM in an office")
    figure.axes[0].set_ylabel("licensed share, points")
    figure.axes[0].legend(fontsize=8)
    put_source(
        figure,
        f"Simulated, not observed. Five ingredients; paired: median and 90 % of runs. asmsim {package_version()}",
    )
    return {"pace": figure}


def label_of(votes: str) -> str:
    """Return when elections are, in words."""
    return f"election after {'one' if SOON in votes else 'three'} and a half years"
