"""Figures of the gain by duration of the project, from the table of gains."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.style import COLOURS, MAIN, make_figure, put_source
from asmsim.config.provenance import package_version

DESIGN = import_file(Path(__file__).with_name("design.py"))
OWNS, WHEN, LAST = DESIGN.OWNS, DESIGN.WHEN, DESIGN.LAST
TITLES = {
    "at exit": "at the end of the programme",
    "five years after exit": "five years later",
    "ten years after exit": "ten years later",
    LAST: LAST,
}
PER = "licensed_years_per_million"


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return curves of the gain, and small multiples by own share and taper."""
    table = tables["gains"]
    return {
        "duration": draw_curves(table, OWNS[1], float(table["taper_years"].min())),
        "own_share_and_taper": draw_multiples(table),
    }


def draw_curves(table: pl.DataFrame, own: str, taper: float) -> Any:
    """Draw the gain at exit, five years on and at the end, and per dollar."""
    figure = make_figure(12, 7)
    last = len(WHEN) + 1
    base = table.filter((pl.col("own_share") == own) & (pl.col("taper_years") == taper))
    panels = figure.subplots(2, 3).ravel()
    for axes, when in zip(panels, (*WHEN, LAST), strict=False):
        t = base.filter(pl.col("when") == when)
        x = t["duration_years"].to_numpy()
        axes.fill_between(
            x, 100 * t["q05"].to_numpy(), 100 * t["q95"].to_numpy(), color=MAIN, alpha=0.16, lw=0, label="90 % of runs"
        )
        axes.plot(x, 100 * t["median"].to_numpy(), color=MAIN, lw=1.8, label="median")
        axes.plot(x, 100 * t["mean"].to_numpy(), color="black", lw=1, ls=":", label="mean")
        axes.axhline(0, color="0.4", lw=0.8)
        axes.set(title=f"Gain {TITLES[when]}", xlabel="duration of the project, years", ylabel="licensed share, points")
    panels[0].legend(fontsize=8)
    t = base.filter(pl.col("when") == LAST)
    x = t["duration_years"].to_numpy()
    band = (t[f"{PER}_{q}"].to_numpy() for q in ("q05", "q95"))
    panels[last].fill_between(x, *band, color=MAIN, alpha=0.3, lw=0, label="90 % interval of the mean, by bootstrap")
    panels[last].plot(x, t[PER].to_numpy(), color=MAIN, lw=1.8)
    panels[last].legend(fontsize=8)
    panels[last + 1].set_visible(False)
    panels[last].set(
        title="Per dollar, over thirty years",
        xlabel="duration of the project, years",
        ylabel="licensed miner-years per USD 1 M",
    )
    panels[last].set_ylim(bottom=min(0, panels[last].get_ylim()[0]))
    put_source(
        figure,
        f"Simulated, not observed. Own share {own}, taper {taper:g} years; against no project, paired; n = {int(t['runs'][0])} runs a duration. asmsim {package_version()}",
    )
    return figure


def draw_multiples(table: pl.DataFrame) -> Any:
    """Draw the gain five years after exit for each own share and taper."""
    figure = make_figure(10, 3.6)
    for axes, own in zip(figure.subplots(1, len(OWNS), sharey=True), OWNS, strict=True):
        for k, taper in enumerate(sorted(table["taper_years"].unique())):
            t = table.filter(
                (pl.col("own_share") == own)
                & (pl.col("taper_years") == taper)
                & (pl.col("when") == "five years after exit")
            )
            axes.plot(
                t["duration_years"].to_numpy(),
                100 * t["mean"].to_numpy(),
                color=COLOURS[k],
                ls=("-", "--", ":")[k % 3],
                label=f"taper {taper:g} years",
            )
        axes.axhline(0, color="0.4", lw=0.8)
        axes.set(title=f"own share: {own}", xlabel="duration, years")
    figure.axes[0].set_ylabel("mean gain five years\nafter the end, points")
    figure.axes[0].legend(fontsize=8)
    put_source(
        figure, f"Simulated, not observed. Licensed share against no project, paired. asmsim {package_version()}"
    )
    return figure
