"""Tables of a finding as they are saved and read: the same bytes whatever the number of threads."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

RENDERED = "hypotheses.csv"
"""The one table that is rendered from the finding, not made of the sweeps."""


def drop_last_digits(table: "pl.DataFrame") -> "pl.DataFrame":
    """Return a table without the last digits of its floats: threads add in any order, and those digits are the order's.

    To be used before ordering by a float, too, or what is equal stands as it happens to.
    """
    import polars as pl

    floats = pl.selectors.float().round_sig_figs(13).round(9)
    return table.with_columns(pl.when(floats == 0.0).then(0.0).otherwise(floats).name.keep())


def write_tables(tables: Mapping[str, "pl.DataFrame"], folder: Path) -> None:
    """Write tables as CSV; those that were there before are replaced."""
    for old in folder.glob("*.csv"):
        old.unlink()
    for name, table in tables.items():
        drop_last_digits(table).write_csv(folder / f"{name}.csv", float_precision=6)


def read_tables(folder: Path) -> dict[str, "pl.DataFrame"]:
    """Read the saved tables of a result, by name."""
    import polars as pl

    paths = sorted(path for path in folder.glob("*.csv") if path.name != RENDERED)
    tables = {path.stem: pl.read_csv(path, infer_schema_length=None, glob=False) for path in paths}
    return {
        name: table.with_columns(  # a column without any value says nothing of its type
            pl.col(column).cast(pl.Float64) for column in table.columns if table[column].null_count() == table.height
        )
        for name, table in tables.items()
    }
