"""Which parameters drive licences and official sales: Morris over all, Sobol over those that remain."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import gain, runs_of
from asmsim.analysis.sensitivity import (
    morris_design,
    morris_table,
    parameters_at,
    rank_agreement,
    sobol_design,
    sobol_table,
    uncertain,
)
from asmsim.analysis.style import MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweep.results import Results

CONTEXT, DATE = "mongolia", "exit"
OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}
KEPT, SHOWN = 7, 12
"""Strongest parameters of each outcome that Sobol indices are taken of; and how many a figure shows."""


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """The points of a sweep, as SALib designs them."""
    if name == "screening":
        names = uncertain(CONTEXT)
        return parameters_at(names, morris_design(names, plan.size), CONTEXT)
    names = remaining(before["screening"])
    return parameters_at(names, sobol_design(names, plan.size), CONTEXT)


def remaining(screening: Results) -> list[str]:
    """Parameters that the screening leaves for Sobol indices."""
    found: dict[str, None] = {}
    for outcome in OUTCOMES:
        found |= dict.fromkeys(screened(screening, outcome)["parameter"].head(KEPT))
    return sorted(found)


def means(results: Results, outcome: str) -> np.ndarray:
    """(point,) means over seeds, in the order of the design."""
    frame = results.of(outcome, DATE).group_by("point", maintain_order=True).agg(pl.col("value").mean())
    order = results.points.select("point").collect()
    return order.join(frame, "point", maintain_order="left")["value"].to_numpy()


def screened(results: Results, outcome: str) -> pl.DataFrame:
    """Morris's table of an outcome."""
    names = uncertain(CONTEXT)
    values = means(results, outcome)
    return morris_table(names, morris_design(names, len(values) // (len(names) + 1)), values)


def find(results: Mapping[str, Results]) -> Found:
    """Tables, figures and the hypotheses."""
    names = remaining(results["screening"])
    morris = {o: screened(results["screening"], o) for o in OUTCOMES}
    once, twice = ({o: sobol_table(names, means(results[k], o)) for o in OUTCOMES} for k in ("sobol", "sobol_doubled"))
    agreement = {o: rank_agreement(once[o], twice[o], "total") for o in OUTCOMES}
    tables = {f"morris_{o}": t for o, t in morris.items()} | {f"sobol_{o}": t for o, t in twice.items()}
    rule = runs_of(results["rule"], "licensed_share", DATE)
    other = gain(rule, {"model.status_rule": "threshold"}, {"model.status_rule": "hurdle"}, "share")
    figures = {"morris": strongest(morris), "sobol": shares(twice)}
    return Found(sentences(morris, twice, agreement, other), tables, figures)


def strongest(tables: Mapping[str, pl.DataFrame]) -> object:
    """The strongest parameters of the screening."""
    figure = new_figure(10, 4.6)
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
    source_line(
        figure,
        f"Simulated. Morris screening of {tables['licensed_share'].height} parameters, Mongolia as it was, year before exit. asmsim {package_version()}",
    )
    return figure


def shares(tables: Mapping[str, pl.DataFrame]) -> object:
    """Total and first-order shares of the variance."""
    figure = new_figure(10, 4.6)
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
    source_line(
        figure,
        f"Simulated. Sobol indices with 95 % intervals, Mongolia as it was, year before exit. asmsim {package_version()}",
    )
    return figure


def sentences(
    morris: Mapping[str, pl.DataFrame], sobol: Mapping[str, pl.DataFrame], agreement: Mapping[str, float], other: Any
) -> list[str]:
    """The finding, hypothesis by hypothesis."""

    def top(outcome: str, n: int = 5) -> list[str]:
        return sobol[outcome]["parameter"].head(n).to_list()

    def few(outcome: str) -> int:
        total = sobol[outcome]["total"].clip(0).to_numpy()
        return int(np.argmax(np.cumsum(total) >= 0.9 * total.sum())) + 1

    wanted = {
        "licensed_share": {"hurdle_median", "taste_base", "plots_per_office", "form_help"},
        "official_share": {"smuggling_cost", "exit_slope_pp", "back_rate"},
    }
    said = []
    for number, outcome in enumerate(wanted, 1):
        met = wanted[outcome] & set(top(outcome, 6))
        verdict = (
            "supported"
            if len(met) == len(wanted[outcome])
            else f"in part ({', '.join(sorted(met)) or 'none'} among the first six)"
        )
        said.append(
            f"Hypothesis {number} (what drives the {OUTCOMES[outcome].lower()}): {verdict}. The first five by total share of the variance: {', '.join(top(outcome))}."
        )
    counts = {o: few(o) for o in wanted}
    said.append(
        f"Hypothesis 3 (fewer than ten parameters make nine tenths of the variance): {'supported' if max(counts.values()) < 10 else 'not supported'}. Of those screened in, {counts['licensed_share']} do for the licensed share and {counts['official_share']} for the official share."
    )
    strongest_one = 100 * morris["licensed_share"]["effect"][0]
    said.append(
        f"Hypothesis 4 (the status rule matters more than any parameter): {'supported' if abs(100 * other.median) > strongest_one else 'not supported'}. The alternative rule changes the licensed share by {other.said()}; the strongest parameter, {morris['licensed_share']['parameter'][0]}, by {strongest_one:.2f} points over its range."
    )
    said.append(
        f"Rankings when the number of points doubles: rank correlation {agreement['licensed_share']:.2f} for the licensed share, {agreement['official_share']:.2f} for the official share (wanted: 0.9)."
    )
    return said
