"""What a sweep found, by the values that it varied: one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.statistics import QUANTILES, measure_fan
from asmsim.model.labels import find_label
from asmsim.model.own_outcomes import list_reported
from asmsim.sweeps.store.results import Results

if TYPE_CHECKING:
    import polars as pl

MAIN = ("licensed_share", "official_share", "income_median", "trust")
"""Outcomes that the table and the figure lead with, as far as they were kept."""
MOST_VALUES, BINS = 12, 8
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Level:
    """Runs that share a value of a dimension, or a bin of its values.

    Attributes
    ----------
    at
        Middle of the values, for an axis; the number of the level for text.
    values
        (quantile, outcome) at `QUANTILES`.
    """

    label: str
    at: float
    runs: int
    values: Array


@dataclass(frozen=True, eq=False)
class Effect:
    """Outcomes by the values of one dimension, whatever the others are."""

    key: str
    numeric: bool
    levels: Sequence[Level]


MOST_LED = 8
"""Outcomes that were asked for, of which at most so many are printed."""


def choose_lead_outcomes(results: Results) -> list[str]:
    """Outcomes to lead with: those that were asked for, or of all the main ones."""
    kept = list(results.manifest.outcomes)
    if len(kept) < len(list_reported()):
        return kept[:MOST_LED]
    return [o for o in MAIN if o in kept]


def has_draws(results: Results) -> bool:
    """Whether behaviour parameters are drawn."""
    return "draw" in results.points.collect_schema().names()


def list_dimensions(results: Results) -> list[str]:
    """Keys that take several values by design, not those that were drawn."""
    typed = {text.partition("=")[0] for text in results.manifest.dimensions}
    by_draw = has_draws(results)
    points = results.points.collect()
    return [
        key
        for key in results.keys
        if points[key].n_unique() > 1
        and (key in typed or not (by_draw and key.startswith("parameters.")))
        and key != "every_months"
    ]


def choose_dates(results: Results) -> dict[str, str]:
    """Dates to lead with, in words: the end of the programme, where half of the runs or more have one, and the last month.

    Where programmes end in different months, what all share comes first.
    """
    import polars as pl

    from asmsim.analysis.summary import name_date

    counts = results.summary.group_by("date").agg(
        pl.len().alias("runs"), pl.col("until").min().alias("first"), pl.col("until").max().alias("last")
    )
    of = {row["date"]: row for row in counts.collect().to_dicts()}
    last = {"horizon": name_date("horizon")} if "horizon" in of else {}
    most, end = of.get("horizon", {}).get("runs", 0), of.get("exit")
    if end is None or not 0 < most <= 2 * end["runs"]:
        return last
    words = name_date("exit")
    if end["runs"] < most:
        words += f" ({end['runs']:,} of {most:,} runs have one)"
    if end["first"] == end["last"]:
        return {"exit": words} | last
    months = " to ".join(str(end[key])[:7] for key in ("first", "last"))
    return last | {"exit": f"{words} (another month by point, {months}: what changes with time differs, too)"}


def select_date(results: Results, outcomes: Sequence[str], date: str = "horizon") -> "pl.DataFrame":
    """One row a run: its point's values, and outcomes at a date."""
    import polars as pl

    carried = ["weight"] if results.weighted else []
    wanted = results.table("summary").filter(pl.col("date") == date)
    return wanted.select(*list_dimensions(results), *carried, *outcomes).collect()


def measure_effects(results: Results, outcomes: Sequence[str] | None = None, date: str = "horizon") -> list[Effect]:
    """Outcomes by the values of each dimension."""
    outcomes = outcomes or choose_lead_outcomes(results)
    frame = select_date(results, outcomes, date)
    if frame.height == 0:
        return []
    values = frame.select(outcomes).to_numpy()
    weights = frame["weight"].to_numpy() if "weight" in frame.columns else np.ones(frame.height)
    points = results.points.collect()
    return [
        _effect(key, frame[key].to_list(), points[key].to_list(), values, weights) for key in list_dimensions(results)
    ]


def _effect(key: str, column: list[Any], design: list[Any], values: Array, weights: Array) -> Effect:
    numeric = not isinstance(column[0], str)
    labels, places = _binned(np.array(column, float)) if numeric else _name_labels(key, column, design)
    found = []
    for label, at, rows in _grouped(labels, places):
        found.append(Level(label, at, len(rows), measure_quantiles(values[rows], weights[rows])))
    return Effect(key, numeric, found)


def _name_labels(key: str, column: list[str], design: list[str]) -> tuple[list[str], Array]:
    """Labels of text, in the order of the design; very many orders are grouped by what begins first."""
    if key == "order" and len(set(design)) > MOST_VALUES:
        column, design = ([f"{text.split(' > ')[0]} first" for text in many] for many in (column, design))
    place = {name: n for n, name in enumerate(dict.fromkeys(design))}
    return column, np.array([place[name] for name in column], float)


def _binned(column: Array) -> tuple[list[str], Array]:
    """Labels of numbers: the numbers themselves, or bins that hold equally many runs."""
    distinct = np.unique(column)
    if len(distinct) <= MOST_VALUES:
        return [f"{v:g}" for v in column], column
    edges = np.quantile(column, np.linspace(0, 1, BINS + 1))
    which = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, BINS - 1)
    middle = np.array([np.median(column[which == b]) if (which == b).any() else np.nan for b in range(BINS)])
    names = [f"{edges[b]:.3g} to {edges[b + 1]:.3g}" for b in range(BINS)]
    return [names[b] for b in which], middle[which]


def _grouped(labels: list[str], places: Array) -> list[tuple[str, float, npt.NDArray[np.int64]]]:
    order = np.argsort(places, kind="stable")
    cuts = np.flatnonzero(np.diff(places[order])) + 1
    return [(labels[rows[0]], float(places[rows[0]]), rows) for rows in np.split(order, cuts)]


def measure_quantiles(values: Array, weights: Array) -> Array:
    """(quantile, outcome) of (run, outcome) values at `QUANTILES`; equal weights give the ordinary ones."""
    if (weights == weights[0]).all():
        return measure_fan(values)
    out = np.empty((len(QUANTILES), values.shape[1]))
    for k in range(values.shape[1]):
        known = ~np.isnan(values[:, k])
        column, weight = values[known, k], weights[known]
        order = np.argsort(column, kind="stable")
        share = np.cumsum(weight[order]) - weight[order] / 2
        out[:, k] = np.interp(QUANTILES, share / weight.sum(), column[order]) if known.any() else np.nan
    return out


def list_records(results: Results, date: str = "horizon", most: int = 4) -> list[dict[str, Any]]:
    """One row a level: dimension, value, runs, and of at most so many main outcomes median and 5 to 95 % quantiles."""
    outcomes = choose_lead_outcomes(results)[:most]
    found = measure_effects(results, outcomes, date)
    frame = select_date(results, outcomes, date)
    if not any(effect.levels for effect in found) and frame.height:  # nothing varies but seeds, or what was drawn
        weights = frame["weight"].to_numpy() if "weight" in frame.columns else np.ones(frame.height)
        whole = measure_quantiles(frame.select(outcomes).to_numpy(), weights)
        found = [Effect("all runs", False, [Level("", 0.0, frame.height, whole)])]
    return [
        {"dimension": effect.key, "value": level.label, "runs": level.runs}
        | {
            o: {
                f"q{100 * q:02.0f}": float(v) if np.isfinite(v) else None
                for q, v in zip(QUANTILES, level.values[:, k], strict=True)
            }
            for k, o in enumerate(outcomes)
        }
        for effect in found
        for level in effect.levels
    ]


def list_table_rows(results: Results, date: str = "horizon", most: int = 4) -> tuple[list[str], list[list[str]]]:
    """Header and rows to print: label and name of a dimension (once), value, runs, then the outcomes.

    An outcome stands by its median and 90 % interval.
    """
    from asmsim.analysis.summary import show_number

    outcomes = choose_lead_outcomes(results)[:most]
    rows: list[list[str]] = []
    before = None
    for record in list_records(results, date, most):
        cells = []
        for o in outcomes:
            q, unit = record[o], results.manifest.outcomes[o]
            cells.append(
                "undefined"
                if q["q50"] is None
                else f"{show_number(q['q50'], unit)}  [{show_number(q['q05'], unit)}; {show_number(q['q95'], unit)}]"
            )
        name = record["dimension"]
        rows.append(["" if name == before else label_key(name), record["value"], f"{record['runs']:,}", *cells])
        before = name
    return ["what varies", "value", "runs", *(label_outcome(o, results.manifest.outcomes[o]) for o in outcomes)], rows


def label_outcome(outcome: str, unit: str) -> str:
    """The label of an outcome with its unit, where its values do not show it."""
    return find_label(outcome) + (f", {unit}" if unit not in ("1", "share") else "")


def label_key(key: str) -> str:
    """The label of a key with the name by which it is typed: `Number of buying centres (market.buying_centres.number)`."""
    label = find_label(key)
    return label if label.lower().replace(" ", "_") == key.replace(" ", "_") else f"{label} ({key})"
