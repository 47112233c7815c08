"""A sweep as one row for each combination of what it varies: medians and 90 % intervals, and a workbook of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asmsim.analysis.summary import name_date
from asmsim.analysis.sweeps import has_draws, label_key, label_outcome, list_dimensions, measure_quantiles
from asmsim.config.characters import protect_cell
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.extras import require_extra
from asmsim.sweeps.codebook import make_codebook
from asmsim.sweeps.store.export import describe_sweep
from asmsim.sweeps.store.results import Results
from asmsim.sweeps.store.targets import check_file, whole_file, write_table

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".parquet", ".xlsx")
QUANTILES = {"q05": 0, "": 2, "q95": 4}
"""Columns of an outcome, by their place among the quantiles that are measured."""


def medians(results: Results, outcomes: Sequence[str] | None = None, date: str | None = None) -> "pl.DataFrame":
    """One row for each combination of the varied keys and each date: medians over seeds and draws, with 90 % intervals.

    Parameters
    ----------
    outcomes
        By name; all that were kept if none.
    date
        One date of the summary (`first year`, `exit`, `exit+5`, `exit+10`, `horizon`); all of them if none.

    Returns
    -------
    DataFrame
        The keys, `date`, `runs`, and of each outcome its median under its own name, `NAME_q05` and `NAME_q95`; null where
        an outcome is undefined in every run.  Where runs have weights, quantiles are weighted.

    Raises
    ------
    ConfigError
        An outcome that was not kept, or a date that no run has.
    """
    import polars as pl

    kept = results.manifest.outcomes
    names = list(kept if outcomes is None else outcomes)
    for name in names:
        if name not in kept:
            raise ConfigError(f"{name}: not among the outcomes kept{nearest(name, kept)}; known: {', '.join(kept)}")
    keys = list_dimensions(results)
    carried = ["weight"] if results.weighted else []
    frame = results.table("summary").select(*keys, "date", *carried, *names).collect()
    if date is not None:
        frame = frame.filter(pl.col("date") == date)
        if not frame.height:
            raise ConfigError(f"{date}: no run has such a date; known: {', '.join(results.dates())}")
    rows: list[dict[str, Any]] = []
    for values, group in frame.group_by([*keys, "date"], maintain_order=True):
        weights = group["weight"].to_numpy() if carried else np.ones(group.height)
        found = measure_quantiles(group.select(pl.col(names).cast(pl.Float64)).to_numpy(), weights)
        row: dict[str, Any] = dict(zip([*keys, "date"], values, strict=True)) | {"runs": group.height}
        for k, name in enumerate(names):
            for ending, place in QUANTILES.items():
                value = float(found[place, k])
                row[f"{name}_{ending}" if ending else name] = value if np.isfinite(value) else None
        rows.append(row)
    columns = [*keys, "date", "runs", *(c for name in names for c in (name, f"{name}_q05", f"{name}_q95"))]
    schema = {c: frame.schema[c] for c in (*keys, "date")}
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=schema).select(columns)


def write_medians(results: Results, path: Path, overwrite: bool = False) -> None:
    """Write `medians` as .csv or .parquet with code names, or as a workbook with labels and units.

    The workbook has a sheet of medians, one of what each column means, one of drawn parameters where there are any, and
    one of what the sweep is.

    Raises
    ------
    ConfigError
        No such format, a package is missing, or something is there already.
    """
    check_file(path, "--to", ENDINGS, overwrite)
    table = medians(results)
    if path.suffix != ".xlsx":
        write_table(table, path, overwrite)
        return
    require_extra("xlsxwriter", "--to xlsx")
    import xlsxwriter

    keys, units = list_dimensions(results), results.manifest.outcomes
    with (
        whole_file(path, overwrite=overwrite) as work,
        xlsxwriter.Workbook(work, {"strings_to_formulas": False, "strings_to_urls": False}) as book,
    ):
        sheet = book.add_worksheet("medians")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        small = book.add_format({"italic": True, "font_color": "#555555"})
        percent, plain = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "#,##0.###"})
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, title_column(name, keys, units), head)
            sheet.write_string(1, column, name, small)
            outcome = name.removesuffix("_q05").removesuffix("_q95")
            style = percent if units.get(outcome) == "share" else plain
            for row, value in enumerate(table[name].to_list(), 2):
                if isinstance(value, str):
                    sheet.write_string(row, column, protect_cell(name_date(value) if name == "date" else value))
                elif value is not None:
                    sheet.write_number(row, column, value, style if outcome in units else None)
        sheet.freeze_panes(2, len(keys) + 2)
        sheet.set_column(0, len(table.columns) - 1, 16)
        sheet.autofilter(1, 0, table.height + 1, len(table.columns) - 1)
        for name, frame in list_sheets(results).items():
            frame.write_excel(book, name, autofit=True, freeze_panes=(1, 1))


def list_sheets(results: Results) -> "dict[str, pl.DataFrame]":
    """The other sheets of the workbook, by name."""
    found = {"columns": make_codebook(results.manifest.outcomes), "about": describe_sweep(results)}
    if has_draws(results):
        points = results.points.collect()
        drawn = [c for c in points.columns if c.startswith("parameters.")]
        found["parameters"] = points.select("draw", *drawn).unique("draw", maintain_order=True)
    return found


def title_column(name: str, keys: Sequence[str], units: dict[str, str]) -> str:
    """A column's heading in words, with its unit."""
    outcome = name.removesuffix("_q05").removesuffix("_q95")
    if outcome in units:
        which = {"": "median", "_q05": "5 % of runs lie below", "_q95": "95 % of runs lie below"}[name[len(outcome) :]]
        return f"{label_outcome(outcome, units[outcome])}: {which}"
    return label_key(name) if name in keys else {"date": "Year up to", "runs": "Runs"}[name]
