"""Figure of what job descriptions change, from the table of gains."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from asmsim.analysis.style import draw_gains, make_figure, put_source
from asmsim.config.provenance import package_version

EFFECT, SHARE = "parameters.turnover_effect", "context.handles.world.turnover_share"
PANELS = (
    ("licensed_share", 100.0, "Licensed share, points"),
    ("office_experience", 1.0, "Experience of an office, sign-offs"),
)


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return gains by share replaced, one line for each effect of a newcomer."""
    figure = make_figure(10, 4)
    for axes, (outcome, factor, title) in zip(figure.subplots(1, 2), PANELS, strict=True):
        table = tables["gains"].filter(pl.col("outcome") == outcome)
        draw_gains(axes, table, SHARE, EFFECT, factor, "a newcomer's effort {:+g}".format, "{:.0%}".format)
        axes.set(title=title, xlabel="officials replaced at an election")
    figure.axes[1].legend(fontsize=8, loc="upper left")
    put_source(
        figure,
        "Simulated, not observed. Job descriptions for all duties minus none, five years after the programme, paired: "
        f"median and 90 % of runs. asmsim {package_version()}",
    )
    return {"turnover": figure}
