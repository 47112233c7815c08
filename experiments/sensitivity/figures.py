"""Which parameters drive licences and official sales: Morris over all, Sobol over those that remain."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, among, draws_of, gain, runs_of, together
from asmsim.analysis.sensitivity import (
    morris_design,
    morris_table,
    parameters_at,
    rank_agreement,
    sobol_design,
    sobol_table,
    uncertain,
)
from asmsim.analysis.style import COLOURS, MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.evidence import priors
from asmsim.model import parameters
from asmsim.model.scenarios import scenario
from asmsim.sweeps.draws import split_spread
from asmsim.sweeps.store.results import Results

CONTEXT, DATE = "mongolia", "exit"
OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}
DOUBLED = "sobol_doubled"
"""Twice as many points, none of them of the first design: the two rankings share no run."""
STABLE = 0.9
KEPT, SHOWN, CURVES = 9, 12, 4
"""Strongest parameters of each outcome that Sobol indices are taken of; that a figure shows; whose curves are drawn."""


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """The points of a sweep, as SALib designs them."""
    if name == "screening":
        names = uncertain(CONTEXT)
        return parameters_at(names, morris_design(names, plan.size), CONTEXT)
    if name == "one_at_a_time":
        return along(before["screening"], plan.size)
    names = remaining(before["screening"])
    return parameters_at(names, sobol_design(names, plan.size, seed=1 + (name == DOUBLED)), CONTEXT)


def strongest_of(screening: Results) -> list[str]:
    """The few whose curves are drawn."""
    return list(dict.fromkeys(n for o in OUTCOMES for n in screened(screening, o)["parameter"].head(CURVES)))


def along(screening: Results, size: int) -> pl.DataFrame:
    """One parameter at a time along its prior; the others as they start."""
    known = priors.priors_of(CONTEXT)
    names = strongest_of(screening)
    start = {n: scenario(f"context={CONTEXT}").behaviour[n] for n in names}
    rows = []
    for name in names:
        for value in known[name].of_uniform(np.linspace(0.02, 0.98, size)):
            rows.append({f"parameters.{n}": float(value) if n == name else start[n] for n in names})
    return pl.DataFrame(rows)


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
    once, twice = ({o: sobol_table(names, means(results[k], o)) for o in OUTCOMES} for k in ("sobol", DOUBLED))
    half = {o: sobol_table(names, halved(means(results[DOUBLED], o))) for o in OUTCOMES}
    agreement = {
        words: [rank_agreement(kept(other[o], morris[o]), kept(twice[o], morris[o]), "total") for o in OUTCOMES]
        for words, other in (("half of the points", half), ("half as many points, all of them others", once))
    }
    tables = {f"morris_{o}": t for o, t in morris.items()} | {f"sobol_{o}": t for o, t in twice.items()}
    left = {o: explained(results["everything"], results[DOUBLED], o) for o in OUTCOMES}
    rule = runs_of(results["rule"], "licensed_share", DATE)
    other = gain(rule, {"model.status_rule": "threshold"}, {"model.status_rule": "hurdle"}, "share")
    lines = curve_table(results["one_at_a_time"], strongest_of(results["screening"]))
    figures = {"morris": strongest(morris), "sobol": shares(twice), "one_at_a_time": curves(lines)}
    return Found(sentences(morris, twice, agreement, other, left), tables | {"one_at_a_time": lines}, figures)


def kept(sobol: pl.DataFrame, morris: pl.DataFrame) -> pl.DataFrame:
    """Of the indices those of the outcome's own parameters: that the other outcome's come after them is no wonder."""
    return sobol.filter(pl.col("parameter").is_in(morris["parameter"].head(KEPT).to_list()))


def halved(values: np.ndarray) -> np.ndarray:
    """What the first half of a Sobol design gave, which is a design itself."""
    return values[: len(values) // 2]


def explained(everything: Results, kept: Results, outcome: str) -> tuple[float, float]:
    """Share of the variance by all parameters, chance taken off, that is there when only those kept vary.

    Returns
    -------
    tuple of float
        Share, and half-width of its 95 % interval by draws taken anew.
    """
    frame = runs_of(everything, outcome, DATE)
    table = frame["value"].to_numpy().reshape(draws_of(frame), -1)
    some = kept.of(outcome, DATE).sort("point", "seed")
    points = some["value"].to_numpy().reshape(1, some["point"].n_unique(), -1)
    part = max(0.0, float(among(points)[0][0]))  # points share their seeds
    rng = np.random.default_rng(1)
    again = [table[rng.integers(0, len(table), len(table))] for _ in range(400)]
    whole, *others = (split_spread(t.ravel(), len(t))[1] ** 2 for t in (table, *again))
    if not whole > 0:
        return float("nan"), float("nan")
    made = part / np.maximum(others, 1e-3 * whole)
    return part / whole, float(np.ptp(np.quantile(made, (0.025, 0.975))) / 2)


def curve_table(results: Results, names: list[str]) -> pl.DataFrame:
    """One row a parameter, value and outcome: mean over seeds, and its standard error."""
    rows = []
    for outcome in OUTCOMES:
        frame = results.of(outcome, DATE)
        middle = {n: frame[f"parameters.{n}"].mode().to_list() for n in names}
        for name in names:
            others = [pl.col(f"parameters.{n}").is_in(middle[n]) for n in names if n != name]
            mine = frame.filter(others) if others else frame
            each = mine.group_by(f"parameters.{name}").agg(
                pl.col("value").mean().alias("mean"), (pl.col("value").std() / pl.len().sqrt()).alias("error")
            )
            rows += [
                {"outcome": outcome, "parameter": name, "value": v, "mean": m, "error": e}
                for v, m, e in each.sort(f"parameters.{name}").iter_rows()
            ]
    return pl.DataFrame(rows)


def curves(table: pl.DataFrame) -> object:
    """Each of the strongest parameters along its prior."""
    names = table["parameter"].unique(maintain_order=True).to_list()
    figure = new_figure(10, 1.2 + 2.3 * -(-len(names) // 4))
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
    source_line(
        figure,
        f"Simulated, Mongolia as it was, year before exit; one parameter along its prior, others as they start; 95 % of the mean. asmsim {package_version()}",
    )
    return figure


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


def among_first(table: pl.DataFrame, name: str, number: int = 6) -> str:
    """Verdict on whether a parameter is among the first few by total index, against the one at the border."""
    ranked = table.sort("total", descending=True)
    place = next((k for k, other in enumerate(ranked["parameter"]) if other == name), None)
    if place is None:
        return "not supported"  # the screening left it out
    border = ranked.row(number if place < number else number - 1, named=True)
    mine = ranked.row(place, named=True)
    return by_interval(mine["total"] - border["total"], float(np.hypot(mine["total_ci95"], border["total_ci95"])), 0.0)


def by_interval(value: float, error: float, wanted: float) -> str:
    """Verdict on whether a value reaches what is wanted, given the half-width of its interval."""
    if not np.isfinite(value + error) or value - error < wanted <= value + error:
        return "cannot be told"
    return "supported" if value - error >= wanted else "not supported"


def told_of(found: tuple[float, float]) -> str:
    """A share with its interval."""
    return f"{found[0]:.0%} (+-{found[1]:.0%})"


def sentences(
    morris: Mapping[str, pl.DataFrame],
    sobol: Mapping[str, pl.DataFrame],
    agreement: Mapping[str, list[float]],
    other: Any,
    left: Mapping[str, tuple[float, float]],
) -> list[str]:
    """The finding, hypothesis by hypothesis."""

    def top(outcome: str, n: int = 6) -> list[str]:
        return sobol[outcome]["parameter"].head(n).to_list()

    def nine(outcome: str) -> tuple[float, float]:
        """What the first nine make of the variance under all parameters, and the half-width of its 95 % interval."""
        table = sobol[outcome].sort("total", descending=True)
        total = table["total"].clip(0).to_numpy()
        share, unsure = left[outcome]
        first = float(total[:9].sum() / max(1e-9, total.sum()))
        error = float(np.hypot.reduce(table["total_ci95"].to_numpy()[:9]) / max(1e-9, total.sum()))
        return first * min(1.0, share), float(np.hypot(error * min(1.0, share), first * unsure))

    wanted = {
        "licensed_share": {"hurdle_median", "taste_base", "plots_per_office", "form_help"},
        "official_share": {"smuggling_cost", "exit_slope_pp", "back_rate"},
    }
    said = []
    for number, outcome in enumerate(wanted, 1):
        each = {name: among_first(sobol[outcome], name) for name in sorted(wanted[outcome])}
        told = "; ".join(f"{name} {verdict}" for name, verdict in each.items())
        said.append(
            f"Hypothesis {number} (what drives the {OUTCOMES[outcome].lower()}): {together(*each.values())}. The first six by total share of the variance are {', '.join(top(outcome))}. Among them, by its interval and that of the next: {told}."
        )
    made = {o: nine(o) for o in wanted}
    told = together(*(by_interval(value, error, 0.9) for value, error in made.values()))
    said.append(
        f"Hypothesis 3 (fewer than ten parameters make nine tenths of the variance): {told}. Of the variance under all parameters the first nine make {told_of(made['licensed_share'])} for the licensed share, and {told_of(made['official_share'])} for the official share."
    )
    first = morris["licensed_share"].row(0, named=True)
    strongest_one = 100 * first["effect"]
    sizes = np.abs(other.values.reshape(max(1, other.draws), -1).mean(1))  # as the parameters' effects: without sign
    size = Gain(sizes, len(sizes), "share")
    error = np.hypot(np.ptp(size.mean_interval) / 2, first["effect_ci95"])
    rule = by_interval(float(sizes.mean()) - first["effect"], float(error), 0.0)
    said.append(
        f"Hypothesis 4 (the status rule matters more than any parameter): {rule}. The alternative rule changes the licensed share by {other.said()}, and up or down in a draw by {100 * sizes.mean():.2f} points on average; the strongest parameter, {morris['licensed_share']['parameter'][0]}, by {strongest_one:.2f} points (+-{100 * first['effect_ci95']:.2f}) over its range, on average over places elsewhere."
    )
    ranks = "; ".join(
        f"from {words} it is {a:.2f} and {b:.2f} ({'stable' if min(a, b) >= STABLE else 'not stable'})"
        for words, (a, b) in agreement.items()
    )
    said.append(
        f"Rankings: rank correlation of total shares with those of all points (wanted: at least {STABLE}), for the licensed and the official share: {ranks}."
    )
    return said
