"""Figure of what buying centres gain, from the table of gains."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from asmsim.analysis.style import draw_gains, make_figure, put_source
from asmsim.config.provenance import package_version

NUMBER, ROYALTY, CASH = (
    "market.buying_centres.number",
    "market.royalty_and_tax.royalty",
    "market.buying_centres.cash_usd_month",
)
PANELS = (
    ("official_share", "Official share of gold, points", 100.0),
    ("gold_to_centre", "Gold sold to centres, kg a month", 1.0),
)


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return gains in official share and in gold to the centres, by number and royalty, with ample cash."""
    figure = make_figure(10, 4)
    ample = tables["gains"].filter(pl.col(CASH) == pl.col(CASH).max())
    for axes, (outcome, title, factor) in zip(figure.subplots(1, 2), PANELS, strict=True):
        table = ample.filter(pl.col("outcome") == outcome)
        draw_gains(axes, table, NUMBER, ROYALTY, factor, lambda royalty: f"royalty {100 * royalty:g} %")
        axes.set(title=title, xlabel="buying centres in thirty districts")
    figure.axes[0].legend(fontsize=8, loc="upper left")
    put_source(
        figure,
        f"Simulated, not observed. Gain over no centre, paired: median and 90 % of runs. asmsim {package_version()}",
    )
    return {"centres": figure}
