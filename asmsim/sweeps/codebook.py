"""The codebook of a results folder: label, unit and meaning of every column, and how intervals are made."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

CODEBOOK = "codebook.csv"
Row = tuple[str, str, str, str]
KEYS: tuple[Row, ...] = (
    ("seed", "Seed", "", "number that decides every random draw of a run; runs of one seed share their draws"),
    (
        "draw",
        "Draw of behaviour parameters",
        "",
        "number of the set of behaviour parameters, where a posterior is drawn from",
    ),
    ("month", "Month", "month", "calendar month, such as 2005-01"),
    ("point", "Point", "", "id of a combination of values; `points` says which values"),
    ("date", "Date", "", "first year, exit (end of the donor's programme), exit+5, exit+10, horizon"),
    ("until", "Last month", "month", "last of the twelve months that are averaged"),
    ("status", "Status", "", "ok, failed, killed or timed out"),
    ("pathway", "Pathway", "", "where a run ends up; defined in the model's description (docs/odd.md)"),
    ("outcome", "Outcome", "", "name of an outcome, as in this codebook"),
    ("unit", "Unit", "", "unit of the outcome"),
    ("mean", "Mean", "unit of the outcome", "mean over runs of 12-month means"),
    ("median", "Median", "unit of the outcome", "median over runs of 12-month means"),
    ("q05", "5 % quantile", "unit of the outcome", "5 % of runs lie below; with q95 the 90 % interval of runs"),
    ("q25", "25 % quantile", "unit of the outcome", "25 % of runs lie below; with q75 the 50 % interval of runs"),
    ("q75", "75 % quantile", "unit of the outcome", "75 % of runs lie below"),
    ("q95", "95 % quantile", "unit of the outcome", "95 % of runs lie below"),
    ("chance_sd", "Spread by chance", "unit of the outcome", "standard deviation between seeds of one draw"),
    ("parameter_sd", "Spread by parameters", "unit of the outcome", "standard deviation between draws, net of chance"),
    ("observed", "Observed", "unit of the outcome", "what was observed, in the source named"),
)
"""Columns that are no outcomes."""


def make_codebook(outcomes: Iterable[str]) -> "pl.DataFrame":
    """Return one row for each column that results may have: column, label, unit, meaning."""
    import polars as pl

    from asmsim.model.own_outcomes import find_outcome  # loads the compiler, which a driver does without

    rows = [*KEYS, *((o.name, o.label, o.unit, o.meaning) for o in map(find_outcome, outcomes))]
    return pl.DataFrame(rows, schema=["column", "label", "unit", "meaning"], orient="row")


def describe_columns(outcomes: Iterable[str]) -> dict[str, str]:
    """Return units and labels as the metadata of a Parquet file."""
    from asmsim.model.own_outcomes import find_outcome

    found = [find_outcome(name) for name in outcomes]
    return {
        "units": json.dumps({o.name: o.unit for o in found}),
        "labels": json.dumps({o.name: o.label for o in found}),
        "note": "Simulated, not observed.",
    }
