"""Results as files for other programs: CSV, Parquet, Excel, NetCDF."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asmsim.config.characters import protect_cell
from asmsim.config.errors import ConfigError
from asmsim.config.extras import require_extra
from asmsim.sweeps.codebook import describe_columns, make_codebook
from asmsim.sweeps.request.points import PARAMETERS
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.parts import KEYS
from asmsim.sweeps.store.results import Results
from asmsim.sweeps.store.targets import check_file, whole_file

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS_EXCEL = 1_048_575


def export_results(results: Results, table: str, path: Path, overwrite: bool = False) -> None:
    """Write a table, with the values of its points, in the format that the file's ending says.

    Raises
    ------
    ConfigError
        No such format, a package is missing, the table is too long for it, or something is there already.
    """
    check_export(path, overwrite)
    beside = path.with_name(f"{path.stem}.points{path.suffix}")
    apart = path.suffix in (".csv", ".parquet") and table != "points" and list_drawn_columns(results)
    if apart:
        check_export(beside, overwrite)
    for name, target in ((table, path), *([("points", beside)] if apart else [])):
        with whole_file(target, overwrite) as work:
            FORMATS[path.suffix](results, name, work)


def check_export(path: Path, overwrite: bool) -> None:
    """Refuse what cannot be written, before the work.

    Raises
    ------
    ConfigError
        No such format, or as `check_file`.
    """
    check_file(path, "--to", FORMATS, overwrite)


def sink_as_csv(results: Results, table: str, path: Path) -> None:
    """Stream a table to a CSV file in which no text is a formula."""
    import polars as pl

    frame = export_table(results, table)
    texts = [name for name, kind in frame.collect_schema().items() if kind == pl.String]
    frame.with_columns(pl.col(texts).map_elements(protect_cell, pl.String)).sink_csv(path)


def sink_as_parquet(results: Results, table: str, path: Path) -> None:
    """Stream a table to a Parquet file, with the meaning of its columns."""
    described = describe_columns(results.manifest.outcomes)
    export_table(results, table).sink_parquet(path, compression="zstd", metadata=described)


def list_drawn_columns(results: Results) -> list[str]:
    """Columns of behaviour parameters that were drawn: hundreds, the same for all runs of a draw."""
    names = results.points.collect_schema().names()
    return [name for name in names if name.startswith(PARAMETERS)] if "draw" in names else []


def export_table(results: Results, table: str) -> "pl.LazyFrame":
    """A table as it is exported: drawn parameters are not repeated on every row, but stand with the points."""
    frame = results.table(table)
    return frame if table == "points" else frame.drop(list_drawn_columns(results))


def to_excel(results: Results, table: str, path: Path) -> None:
    """A workbook: the table, the points, and what the sweep is."""
    require_extra("xlsxwriter", "--to xlsx")
    import xlsxwriter

    frame = export_table(results, table).collect()
    if frame.height > MOST_ROWS_EXCEL:
        raise ConfigError(
            f"{table}: {frame.height:,} rows, and a sheet holds {MOST_ROWS_EXCEL:,}; export to .csv or .parquet, "
            "or another table"
        )
    codebook = make_codebook(results.manifest.outcomes)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        frame.write_excel(book, table, autofit=True, freeze_panes=(1, 0))
        if table != "points":
            results.points.collect().write_excel(book, "points", autofit=True, freeze_panes=(1, 0))
        codebook.write_excel(book, "codebook", autofit=True, freeze_panes=(1, 0))
        describe_sweep(results).write_excel(book, "about", autofit=True)


def describe_sweep(results: Results) -> "pl.DataFrame":
    """What a sweep is, as rows of `about` and `value`."""
    import polars as pl

    m = results.manifest
    about = {
        "name": m.name,
        "design": m.design,
        "dimensions": "; ".join(m.dimensions),
        "fixed": "; ".join(m.fixed),
        "seeds of each point": str(len(m.seeds)),
        "code of the model": m.code,
        "asmsim": m.packages.get("asmsim", ""),
        "note": "Simulated, not observed.",
    }
    return pl.DataFrame({"about": list(about), "value": list(about.values())})


def to_netcdf(results: Results, table: str, path: Path) -> None:
    """Arrays by point, seed and date or month; values of the points are coordinates; missing runs are NaN."""
    require_extra("xarray", "--to nc")
    if table not in KEYS:
        raise ConfigError(f"--table {table}: NetCDF holds arrays; export summary or series, or {table} to .csv")
    to_xarray(results, table).to_netcdf(path, engine="scipy")


def to_xarray(results: Results, table: str) -> Any:
    """The summary or the series as an xarray Dataset; each draw of parameters has as many seeds of its own.

    Raises
    ------
    ConfigError
        Seeds differ from point to point, so that they are no dimension.
    """
    require_extra("xarray", "an xarray dataset")
    import xarray

    manifest = results.manifest
    if not manifest.paired:
        raise ConfigError("NetCDF needs seeds that all points share; this sweep is --unpaired: export to .parquet")
    frame = getattr(results, table).collect()
    points = results.points.collect()
    last = KEYS[table][2]
    along = results.dates() if table == "summary" else sorted(frame[last].unique().to_list())
    at = [
        _places(frame["point"].to_list(), points["point"].to_list()),
        open_sweep(results.folder).layout.held(frame["point"].to_list(), frame["seed"].to_list()) % len(manifest.seeds),
        _places(frame[last].to_list(), along),
    ]
    shape = (points.height, len(manifest.seeds), len(along))
    arrays: dict[str, Any] = {}
    for outcome, unit in manifest.outcomes.items():
        values = np.full(shape, np.nan, frame[outcome].to_numpy().dtype)
        values[at[0], at[1], at[2]] = frame[outcome].to_numpy()
        arrays[outcome] = (("point", "seed", last), values, {"units": unit})
    where = {key: ("point", _plain_column(points[key].to_list())) for key in results.keys}
    coordinates = {"point": points["point"].to_list(), "seed": list(manifest.seeds), last: along}
    where |= {"draw": ("point", points["draw"].to_numpy())} if "draw" in points.columns else {}
    attributes = {"title": manifest.name, "code": manifest.code, "note": "Simulated, not observed."}
    return xarray.Dataset(arrays, coordinates | where, attributes)


FORMATS: dict[str, Callable[[Results, str, Path], None]] = {
    ".csv": sink_as_csv,
    ".parquet": sink_as_parquet,
    ".xlsx": to_excel,
    ".nc": to_netcdf,
}


def _places(values: list[Any], among: list[Any]) -> Any:
    place = {value: n for n, value in enumerate(among)}
    return np.array([place[v] for v in values], np.int64)


def _plain_column(values: list[Any]) -> Any:
    return np.array(values, np.float64) if not isinstance(values[0], str) else np.array(values, str)
