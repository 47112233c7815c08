"""Which parameters drive licences and official sales: Morris over all, Sobol over those that remain."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import (
    Answer,
    Finding,
    Number,
    round_decimals,
    round_gain,
    round_share,
    round_to,
)
from asmsim.analysis.gains import Gain, collect_runs, count_draws, measure_gain, split_choices
from asmsim.analysis.sensitivity import compare_ranks, tabulate_sobol
from asmsim.analysis.statistics import CENTRAL_95
from asmsim.analysis.verdicts import Verdict, combine_verdicts, judge_interval
from asmsim.sweeps.draws import split_spread
from asmsim.sweeps.store.results import Results

DESIGN = import_file(Path(__file__).with_name("design.py"))
OUTCOMES, DOUBLED = DESIGN.OUTCOMES, DESIGN.DOUBLED
STABLE = 0.9
"""Rank correlation from which a ranking is stable."""
MOST = 0.9
"""Share of the variance that few parameters are said to make."""
FIRST = 6
"""Places of the ranking in which a parameter drives an outcome."""
WANTED = {
    "licensed_share": ("form_help", "hurdle_median", "plots_per_office", "taste_base"),
    "official_share": ("back_rate", "exit_slope_pp", "smuggling_cost"),
}
"""What the hypotheses name."""


def find(results: Mapping[str, Results]) -> Finding:
    """Return tables and the hypotheses."""
    names = DESIGN.remaining_parameters(results["screening"])
    morris = {o: DESIGN.screen(results["screening"], o) for o in OUTCOMES}
    once, twice = (
        {o: tabulate_sobol(names, DESIGN.means_of(results[k], o)) for o in OUTCOMES} for k in ("sobol", DOUBLED)
    )
    half = {o: tabulate_sobol(names, first_half(DESIGN.means_of(results[DOUBLED], o))) for o in OUTCOMES}
    agreement = {
        name: [
            compare_ranks(own_parameters(other[o], morris[o]), own_parameters(twice[o], morris[o]), "total")
            for o in OUTCOMES
        ]
        for name, other in (("half", half), ("others", once))
    }
    left = {o: share_explained(results["everything"], results[DOUBLED], o) for o in OUTCOMES}
    rule = collect_runs(results["rule"], "licensed_share", DESIGN.DATE)
    other = measure_gain(rule, {"model.status_rule": "threshold"}, {"model.status_rule": "hurdle"}, "share")
    lines = curve_table(results["one_at_a_time"], DESIGN.strongest_parameters(results["screening"]))
    tables = {f"morris_{o}": t for o, t in morris.items()} | {f"sobol_{o}": t for o, t in twice.items()}
    hypotheses = {
        "1": drivers(twice["licensed_share"], "licensed_share"),
        "2": drivers(twice["official_share"], "official_share"),
        "3": few_make_most(twice, left),
        "4": against_rule(other, morris["licensed_share"]),
    }
    notes = {
        f"rankings_{name}": Answer(
            facts={"correlations": [round_decimals(v, 2) for v in values], "stable": bool(min(values) >= STABLE)}
        )
        for name, values in agreement.items()
    }
    return Finding(hypotheses, notes, tables | {"one_at_a_time": lines})


def own_parameters(sobol: pl.DataFrame, morris: pl.DataFrame) -> pl.DataFrame:
    """Return of the indices those of the outcome's own parameters: that the other outcome's come after them is no wonder."""
    return sobol.filter(pl.col("parameter").is_in(morris["parameter"].head(DESIGN.KEPT).to_list()))


def first_half(values: np.ndarray) -> np.ndarray:
    """Return what the first half of a Sobol design gave, which is a design itself."""
    return values[: len(values) // 2]


def share_explained(everything: Results, kept: Results, outcome: str) -> tuple[float, float]:
    """Return the share of the variance by all parameters, chance taken off, that is there when only those kept vary.

    Returns
    -------
    tuple of float
        Share, and half-width of its 95 % interval by draws taken anew.
    """
    frame = collect_runs(everything, outcome, DESIGN.DATE)
    table = frame["value"].to_numpy().reshape(count_draws(frame), -1)
    some = kept.of(outcome, DESIGN.DATE).sort("point", "seed")
    points = some["value"].to_numpy().reshape(1, some["point"].n_unique(), -1)
    part = max(0.0, float(split_choices(points)[0][0]))  # points share their seeds
    rng = np.random.default_rng(1)
    again = [table[rng.integers(0, len(table), len(table))] for _ in range(400)]
    whole, *others = (split_spread(t.ravel(), len(t))[1] ** 2 for t in (table, *again))
    if not whole > 0:
        return float("nan"), float("nan")
    made = part / np.maximum(others, 1e-3 * whole)
    return part / whole, float(np.ptp(np.quantile(made, CENTRAL_95)) / 2)


def curve_table(results: Results, names: list[str]) -> pl.DataFrame:
    """Return one row a parameter, value and outcome: mean over seeds, and its standard error."""
    rows = []
    for outcome in OUTCOMES:
        frame = results.of(outcome, DESIGN.DATE)
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


def among_first(table: pl.DataFrame, name: str) -> Verdict:
    """Return the verdict on whether a parameter is among the first few by total index, against the one at the border."""
    ranked = table.sort("total", descending=True)
    place = next((k for k, other in enumerate(ranked["parameter"]) if other == name), None)
    if place is None:
        return "not enough evidence"  # the screening left it out, so its index has no interval
    border = ranked.row(FIRST if place < FIRST else FIRST - 1, named=True)
    mine = ranked.row(place, named=True)
    return by_error(mine["total"] - border["total"], float(np.hypot(mine["total_ci95"], border["total_ci95"])), 0.0)


def by_error(value: float, error: float, least: float) -> Verdict:
    """Return the verdict on whether a value is at least so much, given the half-width of its interval."""
    return judge_interval(value - error, value + error, least)


def drivers(table: pl.DataFrame, outcome: str) -> Answer:
    """Return whether the parameters that were named are among those that drive an outcome."""
    numbers = {}
    for name in WANTED[outcome]:
        row = table.filter(pl.col("parameter") == name)
        value, error = (float(f"{row[c][0]:.6f}") if row.height else float("nan") for c in ("total", "total_ci95"))
        known = np.isfinite(value + error)
        ends = (round_to(value - error), round_to(value + error)) if known else None
        mean = round_to(value) if known else None
        numbers[name] = Number(mean, "of the variance", ends, verdict=among_first(table, name))
    verdict = combine_verdicts(number.verdict for number in numbers.values())
    return Answer(verdict, numbers, {"first": table["parameter"].head(FIRST).to_list()})


def plus_minus(value: float, error: float, decimals: int, unit: str, verdict: Verdict | None = None) -> Number:
    """Return a value with the ends of its interval, from its half-width as it is shown."""
    mean, half = (round_share(v) if unit == "share" else round_decimals(v, decimals) for v in (value, error))
    ends = (
        None
        if mean is None or half is None
        else (round_decimals(mean - half, decimals), round_decimals(mean + half, decimals))
    )
    return Number(mean, unit, ends, verdict=verdict)


def few_make_most(sobol: Mapping[str, pl.DataFrame], left: Mapping[str, tuple[float, float]]) -> Answer:
    """Return what the first nine make of the variance under all parameters."""
    numbers = {}
    for outcome in OUTCOMES:
        table = sobol[outcome].sort("total", descending=True)
        total = table["total"].clip(0).to_numpy()
        share, unsure = left[outcome]
        first = float(total[:9].sum() / max(1e-9, total.sum()))
        error = float(np.hypot.reduce(table["total_ci95"].to_numpy()[:9]) / max(1e-9, total.sum()))
        value, half = first * min(1.0, share), float(np.hypot(error * min(1.0, share), first * unsure))
        numbers[f"nine_{outcome}"] = plus_minus(value, half, 2, "share", by_error(value, half, MOST))
    return Answer(combine_verdicts(number.verdict for number in numbers.values()), numbers)


def against_rule(other: Gain, morris: pl.DataFrame) -> Answer:
    """Return whether the alternative status rule changes more than the strongest parameter over its range."""
    first = morris.row(0, named=True)
    sizes = np.abs(other.values.reshape(max(1, other.draws), -1).mean(1))  # as the parameters' effects: without sign
    size = Gain(sizes, len(sizes), "share")
    error = np.hypot(np.ptp(size.mean_interval) / 2, first["effect_ci95"])
    verdict = by_error(float(sizes.mean()) - first["effect"], float(error), 0.0)
    return Answer(
        verdict,
        {
            "size": Number(round_decimals(100 * sizes.mean(), 2), "points", verdict=verdict),
            "strongest": plus_minus(100 * first["effect"], 100 * first["effect_ci95"], 2, "points"),
            "rule": round_gain(other),
        },
        {"strongest": first["parameter"]},
    )
