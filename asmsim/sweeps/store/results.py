"""Results: a sweep's folder as lazy tables."""

import shlex
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import expand_path
from asmsim.sweeps.request.points import CARRIED
from asmsim.sweeps.request.request import StoredSweep, open_sweep
from asmsim.sweeps.store.index import UNVERIFIED, index_parts
from asmsim.sweeps.store.manifest import Manifest, read_base
from asmsim.sweeps.store.parts import KEYS, OK, RUN_COLUMNS, Part, scan_parquet

if TYPE_CHECKING:
    import polars as pl

TABLES = ("runs", "points", "summary", "series")


@dataclass(frozen=True, eq=False)
class Results:
    """What a sweep has found so far.

    Attributes
    ----------
    held
        (row,) one for each run of each part (see `contents.HELD`).
    faults
        Files that could not be read and were left out.
    """

    folder: Path
    manifest: Manifest = field(repr=False)
    parts: Sequence[Part] = field(repr=False)
    held: npt.NDArray[np.void] = field(repr=False)
    faults: tuple[str, ...] = ()

    def plot(self, y: str = "licensed_share", **options: Any) -> Any:
        """Return a matplotlib figure; parameters as in `asmsim.plot`."""
        import asmsim

        return asmsim.plot(self, y, **options)

    def medians(self, outcomes: Sequence[str] | None = None, date: str | None = None) -> "pl.DataFrame":
        """Return one row a point with medians and 90 % intervals; parameters as in `asmsim.medians`."""
        import asmsim

        return asmsim.medians(self, outcomes, date)

    @property
    def points(self) -> "pl.LazyFrame":
        """One row a point: id, base, value of each key; numbers as numbers."""
        return scan_parquet([self.folder / "points.parquet"])

    @property
    def context(self) -> str:
        """Name of the country; of several, that of the first base."""
        base = next(iter(sorted(self.manifest.bases)))
        return str(read_base(self.folder, base)["context"]["name"])

    @property
    def runs(self) -> "pl.LazyFrame":
        """One row a run: point, seed, status; of a failed one, why, and a command that reproduces it."""
        import polars as pl

        runs = self._table("runs")
        begin = pl.lit(f"asmsim sweep {shlex.quote(str(self.folder))} --only ")
        command = pl.concat_str(begin, "point", pl.lit(":"), pl.col("seed").cast(pl.String))
        return runs.with_columns(pl.when(pl.col("status") != OK).then(command).alias("reproduce"))

    @property
    def summary(self) -> "pl.LazyFrame":
        """One row per run and date: 12-month means of the outcomes kept."""
        return self._table("summary")

    @property
    def series(self) -> "pl.LazyFrame":
        """One row per run and month."""
        return self._table("series")

    def table(self, name: str) -> "pl.LazyFrame":
        """A table with the values of its points beside each row.

        Raises
        ------
        ConfigError
            No such table, or it was not kept.
        """
        if name not in TABLES:
            raise ConfigError(f"--table {name}: no such table{nearest(name, TABLES)}; known: {', '.join(TABLES)}")
        if name == "points":
            return self.points
        keys = self.points.drop("base")
        return keys.join(getattr(self, name), "point", maintain_order="right", how="inner")

    def to_pandas(self, name: str = "summary") -> Any:
        """A table as a pandas DataFrame."""
        return self.table(name).collect().to_pandas()

    def of(self, outcome: str, date: str = "horizon") -> "pl.DataFrame":
        """Point, seed and value of one outcome at one date, with the values of the points; `until` is its last month.

        Raises
        ------
        ConfigError
            The outcome was not kept, or no run has that date.
        """
        import polars as pl

        if outcome not in self.manifest.outcomes:
            raise ConfigError(f"{outcome}: not among the outcomes kept{nearest(outcome, self.manifest.outcomes)}")
        found = self.table("summary").filter(pl.col("date") == date)
        frame = found.select(*self._point_columns(), "seed", "until", pl.col(outcome).alias("value")).collect()
        if frame.height == 0:
            raise ConfigError(f"{date}: no run has such a date; known: {', '.join(self.dates())}")
        return frame

    def dates(self) -> list[str]:
        """Dates in the summary, in the order of time."""
        import polars as pl

        names = self.summary.select(pl.col("date").unique(maintain_order=True)).collect()["date"].to_list()
        return [n for n in ("first year", "exit", "exit+5", "exit+10", "horizon") if n in names]

    def _point_columns(self) -> list[str]:
        return [c for c in self.points.collect_schema().names() if c != "base"]

    @cached_property
    def status(self) -> dict[str, int]:
        """Number of runs by status; `missing` = not run yet."""
        counts = self._table("runs").select("status").collect()["status"].value_counts().sort("status")
        found = {str(s): int(n) for s, n in counts.iter_rows()}
        wanted = len(self.manifest.seeds) * self.points.collect().height
        return {OK: 0} | found | {"missing": wanted - sum(found.values())}

    @property
    def keys(self) -> list[str]:
        """Keys that the design gives values to."""
        return list(self.manifest.kinds)

    @property
    def weighted(self) -> bool:
        """Whether points count unequally."""
        return CARRIED[0] in self.points.collect_schema().names()

    def _table(self, name: str) -> "pl.LazyFrame":
        """A table over all parts; rows that are superseded by another part's are left out."""
        import polars as pl

        if name != "runs" and name not in self.manifest.keep:
            kept = ", ".join(self.manifest.keep)
            raise ConfigError(f"{name}: this sweep keeps {kept} only; begin another with --keep both")
        doubles = self.held[~self.held["best"]]
        mixed = set(doubles["part"].tolist())
        whole = [p.files[name] for n, p in enumerate(self.parts) if n not in mixed and name in p.files]
        frames = [scan_parquet(whole)] if whole else []
        for number in sorted(mixed):
            part = self.parts[number]
            if name in part.files:
                gone = part.read("runs", ["point", "seed"])[doubles["row"][doubles["part"] == number]].lazy()
                frames.append(scan_parquet([part.files[name]]).join(gone, ["point", "seed"], how="anti"))
        return pl.concat(frames) if frames else self._nothing(name)

    def _nothing(self, name: str) -> "pl.LazyFrame":
        import polars as pl

        if name == "runs":
            return pl.LazyFrame(schema={c: getattr(pl, kind) for c, kind in RUN_COLUMNS.items()})
        kind = pl.Float64 if name == "summary" else pl.Float32
        keys = {c: (pl.Int64 if c == "seed" else pl.String) for c in KEYS[name]}
        return pl.LazyFrame(schema=keys | dict.fromkeys(self.manifest.outcomes, kind))


def open_results(folder: str | Path) -> Results:
    """Results of a sweep, complete or not; files that cannot be read are named in a warning and left out.

    Raises
    ------
    ConfigError
        No sweep lies there.

    Examples
    --------
    >>> results = open_results("results/sweeps/sweep-0a1b2c3d")  # doctest: +SKIP
    >>> results.table("summary").filter(pl.col("date") == "horizon").collect()  # doctest: +SKIP
    """
    sweep = open_sweep(expand_path(folder))
    if not sweep.manifest.digests:
        warnings.warn(f"{sweep.folder}: {UNVERIFIED}", stacklevel=2)
    return read_results(sweep)


def read_results(sweep: StoredSweep, verified: bool = False) -> Results:
    """Results of a sweep that is open already; every table is verified against its digest.

    Parameters
    ----------
    verified
        Whether that has been done a moment ago, or the tables written since.

    Raises
    ------
    StoreError
        The disk cannot be read.
    """
    found = index_parts(sweep, verified)
    lines = [f"{f.path.parent.name}/{f.path.name}: {f.why}" for f in found.faults]
    for line in lines:
        warnings.warn(f"left out: {line}", stacklevel=3)
    return Results(sweep.folder, sweep.manifest, found.parts, found.held, tuple(lines))
