"""The store: Parquet parts that appear whole or not at all, and a list of what they hold.

    manifest.json            what was asked, with which code
    bases/ID.json            resolved scenarios on which points are laid
    points.parquet, .csv     one row a point
    parts/ID.series.parquet  one row per run and month, float32
    parts/ID.summary.parquet one row per run and date, float64
    parts/ID.runs.parquet    one row a run; written last, so that its presence says that the part is whole
    compact/                 the same, sorted, in few large blocks
    working/                 what workers are at just now
    set_aside/               files that could not be read

Nothing here knows of clocks: the same runs give the same bytes, whoever computed them and when.
"""

import errno
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from asmsim.config.errors import AsmsimError

if TYPE_CHECKING:
    import polars as pl

TABLES = ("series", "summary", "runs")
FOLDERS = ("parts", "compact")
OK, FAILED, KILLED, TIMED_OUT = "ok", "failed", "killed", "timed out"
RUN_COLUMNS = {
    "point": "String",
    "seed": "Int64",
    "status": "String",
    "error": "String",
    "traceback": "String",
    "pathway": "String",
    "exit_month": "String",
}
KEYS = {"summary": ("point", "seed", "date", "until"), "series": ("point", "seed", "month")}
PART = re.compile(r"^(?P<id>(\d{6}-)?[0-9a-f]{16})\.(?P<table>series|summary|runs)\.parquet$")
MAGIC = b"PAR1"

Run = tuple[str, int]
"""Id of a point, and a seed."""


class StoreError(AsmsimError):
    """Results cannot be written; what has been written is safe."""


def part_id(runs: Iterable[Sequence[Any]]) -> str:
    """Id of a part: hash of the runs that it holds."""
    text = json.dumps([list(run) for run in runs])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_whole(path: Path, content: bytes) -> int:
    """Write a file that appears whole or not at all, and is on the disk when this returns.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    StoreError
        No space left, no permission, or any other fault of the disk.
    """
    work = path.with_name(f".{path.name}.{os.getpid()}-{uuid4().hex[:8]}.tmp")
    try:
        with work.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(work, path)
        _sync_folder(path.parent)
    except OSError as error:
        work.unlink(missing_ok=True)
        raise StoreError(explain_disk_error(path, error)) from error
    return len(content)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def explain_disk_error(path: Path, error: OSError) -> str:
    """A fault of the disk, with its remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path.parent}: no space left for {path.name}; free some space, then give the same command again"
    return f"{path}: cannot be written ({error.strerror}); mend that, then give the same command again"


def read_parquet(path: Path, columns: list[str] | None = None) -> "pl.DataFrame":
    """A Parquet file; its path is taken as it is, whatever characters it holds."""
    import polars as pl

    return pl.read_parquet(path, columns=columns, glob=False, hive_partitioning=False)


def scan_parquet(paths: Sequence[Path]) -> "pl.LazyFrame":
    """Parquet files one after the other, read when they are needed."""
    import polars as pl

    return pl.scan_parquet(list(paths), glob=False, hive_partitioning=False)


def to_bytes(frame: "pl.DataFrame") -> bytes:
    """A table as Parquet; the same table gives the same bytes."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def write_part(folder: Path, name: str, frames: dict[str, "pl.DataFrame"]) -> int:
    """Write the tables of a part, `runs` last; returns bytes written."""
    return sum(write_whole(folder / f"{name}.{t}.parquet", to_bytes(frames[t])) for t in TABLES if t in frames)


@dataclass(frozen=True)
class Fault:
    """A file that is not what it should be."""

    path: Path
    why: str


@dataclass(frozen=True)
class Part:
    """A whole part: its files by table."""

    files: dict[str, Path]

    @property
    def runs(self) -> Path:
        """The file that says what it holds."""
        return self.files["runs"]


def find_parts(folder: Path, keep: Sequence[str], outcomes: Sequence[str]) -> tuple[list[Part], list[Fault]]:
    """Whole parts of a sweep in the order of their names, and files that are faulty or foreign.

    A part one of whose files is faulty is no part: its other files are named too, since its runs will
    be run again.  Files without a `runs` beside them belong to a chunk that was broken off; they are
    left where they are and will be replaced.
    """
    parts: list[Part] = []
    faults: list[Fault] = []
    for sub in FOLDERS:
        found: dict[str, dict[str, Path]] = {}
        for path in sorted((folder / sub).glob("*")):
            match = PART.match(path.name)
            if match is not None and path.is_file():
                found.setdefault(match["id"], {})[match["table"]] = path
            elif not path.name.endswith(".tmp"):
                faults.append(Fault(path, "no file of this sweep"))
        for files in found.values():
            if "runs" not in files:
                continue
            bad = _faults_of(files, keep, outcomes)
            faults.extend(bad)
            if not bad:
                parts.append(Part(files))
    return parts, faults


def _faults_of(files: dict[str, Path], keep: Sequence[str], outcomes: Sequence[str]) -> list[Fault]:
    bad = []
    for table in ("runs", *keep):
        if table in files and (why := find_fault(files[table], table, outcomes)):
            bad.append(Fault(files[table], why))
    missing = [table for table in keep if table not in files]
    if not bad and missing and _has_results(files["runs"]):
        bad.append(Fault(files["runs"], f"its {missing[0]} is missing"))
    if bad:
        named = {f.path for f in bad}
        bad += [Fault(p, "its part is not whole without the others") for p in files.values() if p not in named]
    return bad


def _has_results(runs: Path) -> bool:
    return bool((read_parquet(runs, ["status"])["status"] == OK).any())


def find_fault(path: Path, table: str, outcomes: Sequence[str]) -> str:
    """What is wrong with a file, or nothing."""
    import polars as pl

    try:
        with path.open("rb") as file:
            file.seek(-4, os.SEEK_END)
            if file.read() != MAGIC:
                return "truncated"
        schema = pl.read_parquet_schema(path)
    except (OSError, pl.exceptions.PolarsError):
        return "truncated, or no Parquet file"
    wanted = list(RUN_COLUMNS) if table == "runs" else [*KEYS[table], *outcomes]
    return "" if list(schema) == wanted else "its columns are not those of this sweep"


def move_faulty(folder: Path, faults: Sequence[Fault]) -> list[str]:
    """Move faulty files out of the way; returns a line for each."""
    lines = []
    for one in faults:
        there = folder / "set_aside"
        there.mkdir(exist_ok=True)
        goal = there / one.path.name
        number = 1
        while goal.exists():
            number += 1
            goal = there / f"{one.path.name}.{number}"
        try:
            os.replace(one.path, goal)
        except FileNotFoundError:  # another shard has moved it
            continue
        lines.append(f"{one.path.parent.name}/{one.path.name}: {one.why}; moved to set_aside/{goal.name}")
    return lines
