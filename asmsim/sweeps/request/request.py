"""What is asked for: overrides, tables and seeds turned to points on bases, checked before any work."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.seeds import check_seeds, check_whole_number
from asmsim.engine.kernel_identity import kernel_id
from asmsim.model.inputs_identity import inputs_id, planning_id
from asmsim.model.scenario import Scenario, make_scenario
from asmsim.sweeps.execute.schedule import Schedule, chunk_size
from asmsim.sweeps.execute.simulator import About
from asmsim.sweeps.request.bases import (
    Base,
    Choices,
    ScenarioSize,
    check_values,
    compose_bases,
    identify_points,
    measure_size,
)
from asmsim.sweeps.request.designs import Draw, make_points, order_points
from asmsim.sweeps.request.dimensions import split_dimensions
from asmsim.sweeps.request.listed_points import check_keys_apart, read_drawn_points, read_listed_points
from asmsim.sweeps.request.overlay import check_starts_free, overlay
from asmsim.sweeps.request.points import Points, drop_doubles, from_frame, kind_of, point_id
from asmsim.sweeps.store.manifest import Manifest, list_model_changes, read_base
from asmsim.sweeps.store.parts import decode_parquet, explain_disk

if TYPE_CHECKING:
    import polars as pl

SERIES_BYTES_A_VALUE = 2.8
"""Measured: 10^4 runs of 240 months and 30 outcomes take 198 MB."""
SERIES_BYTES_BY_DEFAULT = 2e9
POINTS_IDENTIFIED = 4
"""Points by which a sweep knows whether a changed way of planning gives the same runs."""
MOST_RUNS_ASKED = 50_000_000
KEEP = {"summary": ("summary",), "series": ("series",), "both": ("summary", "series")}


@dataclass(frozen=True)
class SweepOptions:
    """What a user can say of a sweep beside its overrides.

    Attributes
    ----------
    seeds
        A number of seeds, or the seeds themselves.
    keep
        `summary`, `series` or `both`; None = both, unless the series are very large.
    """

    design: str = "grid"
    n: int | None = None
    design_seed: int = 1
    seeds: int | Sequence[int] = 8
    points: Path | None = None
    draws: Path | None = None
    order: Sequence[str] = ()
    every_months: int = 12
    paired: bool = True
    name: str = "sweep"
    keep: str | None = None
    outcomes: Sequence[str] = ()


@dataclass(frozen=True)
class Request:
    """A sweep that can be run: points with ids, their bases, and what its manifest will say.

    Attributes
    ----------
    of_base
        Base id of each point.
    data
        Base id: resolved scenario as plain data.
    notes
        What has no effect in the scenarios that were tried.
    """

    wish: SweepOptions
    design: str
    dimensions: tuple[str, ...]
    fixed: tuple[str, ...]
    points: Points
    ids: Sequence[str]
    of_base: Sequence[str]
    data: Mapping[str, dict[str, Any]]
    choices: Mapping[str, dict[str, str]]
    seeds: tuple[int, ...]
    size: ScenarioSize
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.ids) * len(self.seeds)

    @property
    def bases(self) -> dict[Choices, Base]:
        """Its scenarios by group choices."""
        found = (Base(base, tuple(chosen.items()), self.data[base]) for base, chosen in self.choices.items())
        return {base.choices: base for base in found}

    @property
    def seconds(self) -> float:
        """What they take on one core, roughly."""
        return self.runs * self.size.seconds

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Point id: what its runs are given, of a few points from first to last."""
        some = sorted({round(k) for k in np.linspace(0, len(self.ids) - 1, POINTS_IDENTIFIED)})
        return {
            self.ids[k]: inputs_id(make_scenario(overlay(self.data[self.of_base[k]], self.points[k]))) for k in some
        }

    def manifest(self, about: About) -> Manifest:
        """What to write down.

        Raises
        ------
        ConfigError
            An outcome or a table that does not exist.
        """
        outcomes = choose_outcomes(self.wish.outcomes, about)
        return Manifest(
            name=self.wish.name,
            design=self.design,
            dimensions=self.dimensions,
            fixed=self.fixed,
            kinds={key: kind_of(column) for key, column in self.points.columns.items()},
            seeds=self.seeds,
            paired=self.wish.paired,
            keep=choose_tables(self.wish.keep, self.runs * self.size.months * len(outcomes)),
            outcomes=outcomes,
            chunk=chunk_size(self.runs, len(self.seeds), self.size.seconds, int(self.points.policies().max()) + 1),
            bases={base: dict(choices) for base, choices in self.choices.items()},
            code=about.code,
            packages=about.packages,
            planning=about.planning,
            inputs=self.inputs,
        )


def make_request(
    overrides: Sequence[str], wish: SweepOptions, config_dir: Path | None = None, like: Request | None = None
) -> Request:
    """Points on bases, every value tried.

    Parameters
    ----------
    like
        The same asked a moment ago, whose bases are taken from it.

    Raises
    ------
    ConfigError
        One clear error, before any work.
    """
    choose_tables(wish.keep, 0)
    check_whole_number(wish.design_seed, "design_seed")
    check_whole_number(wish.every_months, "every_months")
    if wish.n is not None:
        check_whole_number(wish.n, "n", 1)
    fixed, dimensions = split_dimensions(overrides, config_dir)
    draw = Draw(wish.n, wish.design_seed)
    tables: dict[str, Points] = {}
    if wish.points is not None:
        tables["listed"] = read_listed_points(wish.points, config_dir)
    if wish.order:
        tables["order"] = order_points(wish.order, wish.every_months, draw)
    if wish.draws is not None:
        tables["draws"] = read_drawn_points(wish.draws)
    if not dimensions and (wish.design != "grid" or wish.n is not None):
        raise ConfigError(f"--design {wish.design}: nothing varies; give a key several values, key=a,b or interval()")
    seeds = check_seeds(wish.seeds)
    listed = tables.get("listed", Points({}))
    twice = len(listed) - len(drop_doubles(listed))
    doubled = (
        [f"--points {wish.points}: {twice:,} rows say what earlier rows say; each point is run once."] if twice else []
    )
    points = make_points(wish.design, dimensions, draw, list(tables.values()))
    if len(points) * len(seeds) > MOST_RUNS_ASKED:
        raise ConfigError(
            f"{len(points):,} points on {len(seeds):,} seeds each are {len(points) * len(seeds):,} runs; "
            f"at most {MOST_RUNS_ASKED:,}"
        )
    check_keys_apart(list(points.columns), "sweep")
    bases = compose_bases(fixed, points, config_dir, like.bases if like and like.fixed == tuple(fixed) else None)
    if wish.order:
        check_starts_free(wish.order, fixed, points)
    ids, of_base = identify_points(points, bases)
    size, notes = check_values(points, dimensions, bases)
    return Request(
        wish=wish,
        design=" x ".join([*([wish.design] if dimensions else []), *tables]) or "one point",
        dimensions=tuple(d.text for d in dimensions),
        fixed=tuple(fixed),
        points=points,
        ids=ids,
        of_base=of_base,
        data={b.id: b.data for b in bases.values()},
        choices={b.id: dict(b.choices) for b in bases.values()},
        seeds=seeds,
        size=size,
        notes=(*doubled, *notes),
    )


def choose_tables(keep: str | None, values: int) -> tuple[str, ...]:
    """Tables to keep; by default both, unless the series would be very large.

    Raises
    ------
    ConfigError
        No such table.
    """
    if keep is None:
        keep = "both" if values * SERIES_BYTES_A_VALUE < SERIES_BYTES_BY_DEFAULT else "summary"
    if keep not in KEEP:
        raise ConfigError(f"--keep {keep}: say summary, series or both")
    return KEEP[keep]


def choose_outcomes(asked: Sequence[str], about: About) -> dict[str, str]:
    """Outcomes to keep, with their units: those asked for, or all.

    Raises
    ------
    ConfigError
        No such outcome; names the nearest.
    """
    for name in asked:
        if name not in about.outcomes:
            raise ConfigError(f"--outcomes {name}: no such outcome{nearest(name, about.outcomes)}")
    return {name: unit for name, unit in about.outcomes.items() if not asked or name in asked}


@dataclass(frozen=True)
class StoredSweep:
    """A sweep in its folder: what workers need to be told, and which runs there are."""

    folder: Path
    manifest: Manifest
    points: Points
    ids: Sequence[str]
    of_base: Sequence[str]

    @cached_property
    def layout(self) -> Schedule:
        """All its runs."""
        m = self.manifest
        draws = self.points.carried.get("draw")
        numbers = None if draws is None else [int(d) for d in draws]
        return Schedule(self.ids, m.seeds, m.paired, m.chunk, numbers, self.points.policies if m.paired else None)

    def scenario(self, point: int) -> Scenario:
        """Scenario of a point.

        Raises
        ------
        ConfigError
            It cannot be made.
        """
        return make_scenario(overlay(self.base(point), self.points[point]))

    def base(self, point: int) -> dict[str, Any]:
        """Resolved base of a point, as plain data."""
        return read_base(self.folder, self.of_base[point])

    def size(self) -> ScenarioSize:
        """Size of the first point's scenario."""
        return measure_size(self.scenario(0))


def read_point_table(folder: Path, manifest: Manifest) -> "pl.DataFrame":
    """The table of points of a sweep.

    Raises
    ------
    ConfigError
        It is missing, no table, or not the one that asmsim wrote.
    """
    import polars as pl

    path = folder / "points.parquet"
    remedy = "give the whole command again"
    if not path.is_file():
        raise ConfigError(f"{path}: missing; {remedy}")
    content = path.read_bytes()
    if manifest.digests and hashlib.sha256(content).hexdigest() != manifest.points:
        raise ConfigError(f"{path}: edited or damaged since asmsim wrote it; {remedy}")
    try:
        return decode_parquet(content)
    except pl.exceptions.PolarsError as error:
        raise ConfigError(f"{path}: not a table; {remedy}") from error


def open_sweep(folder: Path) -> StoredSweep:
    """A sweep as it lies in its folder; ids are hashes, so that whatever has been edited is found.

    Raises
    ------
    ConfigError
        There is none, or its bases or points are not those that asmsim wrote.
    StoreError
        The disk cannot be read.
    """
    with explain_disk(folder):
        return _open_sweep(folder)


def _open_sweep(folder: Path) -> StoredSweep:
    import polars as pl

    manifest = Manifest.read(folder)
    table = read_point_table(folder, manifest)
    try:
        points, ids, of_base = from_frame(table, manifest.kinds), table["point"].to_list(), table["base"].to_list()
        right = [point_id(base, points.told(k)) for k, base in enumerate(of_base)]
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        raise ConfigError(
            f"{folder}/points.parquet: not the points of this sweep; give the whole command again"
        ) from error
    wrong = [k for k, (point, other) in enumerate(zip(ids, right, strict=True)) if point != other]
    if wrong or not ids or len(set(ids)) < len(ids) or not set(of_base) <= set(manifest.bases):
        told = f": {ids[wrong[0]]} is not the id of its values" if wrong else ""
        raise ConfigError(f"{folder}/points.parquet: edited since asmsim wrote it{told}; give the whole command again")
    for base in sorted(set(of_base)):
        read_base(folder, base)
    return StoredSweep(folder, manifest, points, ids, of_base)


def check_same_model(sweep: StoredSweep) -> None:
    """Runs of two codes are never mixed.

    Raises
    ------
    ConfigError
        The code has changed since the sweep was begun.
    """
    there = sweep.manifest
    now = replace(there, code=kernel_id(), planning=planning_id())
    if there.code == now.code and there.planning != now.planning:
        places = {point: k for k, point in enumerate(sweep.ids)}
        now = replace(now, inputs={point: inputs_id(sweep.scenario(places[point])) for point in there.inputs})
    for line in list_model_changes(there, now):
        raise ConfigError(f"{sweep.folder}: {line}; give the whole command again with --fork to begin afresh beside it")
