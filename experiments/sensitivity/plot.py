"""Figures of which parameters drive the results, from the saved tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.style import COLOURS, MAIN, make_figure, put_source
from asmsim.config.provenance import package_version
from asmsim.model import parameters

OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}
SHOWN = 12
"""Strongest parameters that a figure shows."""


def plot(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Return shares of the variance, the screening, and curves of the strongest."""
    return {
        "sobol": draw_shares({o: tables[f"sobol_{o}"] for o in OUTCOMES}),
        "morris": draw_screening({o: tables[f"morris_{o}"] for o in OUTCOMES}),
        "one_at_a_time": draw_curves(tables["one_at_a_time"]),
    }


def draw_curves(table: pl.DataFrame) -> Any:
    """Draw each of the strongest parameters along its prior."""
    names = table["parameter"].unique(maintain_order=True).to_list()
    figure = make_figure(10, 1.2 + 2.3 * -(-len(names) // 4))
    panels = np.atleast_1d(figure.subplots(-(-len(names) // 4), 4)).ravel()
    for axes, name in zip(panels, [*names, *[None] * (len(panels) - len(names))], strict=True):
        if name is None:
            axes.set_visible(False)
            continue
        for k, (outcome, title) in enumerate(OUTCOMES.items()):
            t = table.filter((pl.col("parameter") == name) & (pl.col("outcome") == outcome)).sort("value")
            axes.errorbar(
                t["value"].to_numpy(), 100 * t["mean"].to_numpy(), 196 * t["error"].fill_null(0).to_numpy(),
                color=COLOURS[k], ls=("-", "--")[k], marker="o", ms=3, lw=1.2, label=title,
            )  # fmt: skip
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(parameters.parameter_table()[name].unit, fontsize=7)
        axes.tick_params(labelsize=7)
        axes.set_ylim(0, None)
    panels[0].legend(fontsize=7)
    figure.supylabel("%", fontsize=9)
    put_source(
        figure,
        f"Simulated, Mongolia as it was, year before the end of the programme; one parameter along its prior, others as they start; 95 % of the mean. asmsim {package_version()}",
    )
    return figure


def draw_screening(tables: Mapping[str, pl.DataFrame]) -> Any:
    """Draw the strongest parameters of the screening."""
    figure = make_figure(10, 4.6)
    for axes, (outcome, table) in zip(figure.subplots(1, 2), tables.items(), strict=True):
        top = table.head(SHOWN).reverse()
        axes.barh(
            top["parameter"].to_list(),
            100 * top["effect"].to_numpy(),
            xerr=100 * top["effect_ci95"].to_numpy(),
            color=MAIN,
            ecolor="black",
            error_kw={"lw": 0.8},
        )
        axes.set(title=OUTCOMES[outcome], xlabel="mean absolute effect over the prior's range, points")
        axes.tick_params(axis="y", labelsize=8)
    put_source(
        figure,
        f"Simulated. Morris screening of {tables['licensed_share'].height} parameters, Mongolia as it was, year before the end of the programme. asmsim {package_version()}",
    )
    return figure


def draw_shares(tables: Mapping[str, pl.DataFrame]) -> Any:
    """Draw total and first-order shares of the variance."""
    figure = make_figure(10, 4.6)
    for axes, (outcome, table) in zip(figure.subplots(1, 2), tables.items(), strict=True):
        top = table.reverse()
        y = np.arange(top.height)
        axes.barh(
            y + 0.2,
            top["total"].to_numpy(),
            0.38,
            xerr=top["total_ci95"].to_numpy(),
            color=MAIN,
            error_kw={"lw": 0.8},
            label="total",
        )
        axes.barh(
            y - 0.2,
            top["first"].to_numpy(),
            0.38,
            xerr=top["first_ci95"].to_numpy(),
            color="#dfe8ec",
            edgecolor="black",
            lw=0.4,
            error_kw={"lw": 0.8},
            label="alone",
        )
        axes.set_yticks(y, top["parameter"].to_list(), fontsize=8)
        axes.set(title=OUTCOMES[outcome], xlabel="share of the variance", xlim=(min(0, axes.get_xlim()[0]), None))
    figure.axes[0].legend(fontsize=8, loc="lower right")
    put_source(
        figure,
        f"Simulated. Sobol indices with 95 % intervals, Mongolia as it was, year before the end of the programme. asmsim {package_version()}",
    )
    return figure
