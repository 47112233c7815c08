"""The store: Parquet parts that appear whole or not at all, and a list of what they hold.

    manifest.json            what was asked, with which code
    bases/ID.json            resolved scenarios on which points are laid
    points.parquet, .csv     one row a point
    parts/ID.series.parquet  one row per run and month, float32
    parts/ID.summary.parquet one row per run and date, float64
    parts/ID.runs.parquet    one row a run
    parts/ID.json            SHA-256 of each table, and the code; written last: its presence says that the part is whole
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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from asmsim.config.errors import AsmsimError
from asmsim.sweeps.store.manifest import Manifest

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
RECORD = "record"
PART = re.compile(r"^(?P<id>(\d{6}-)?[0-9a-f]{16})\.(?P<table>(series|summary|runs)(?=\.parquet$)|(?=json$))")
UNREADABLE = (errno.ENOENT, errno.EIO, errno.EISDIR, errno.ENOTDIR, errno.ELOOP)
"""What makes a file none; any other fault of the disk is to be mended first, lest whole files be set aside."""

Run = tuple[str, int]
"""Id of a point, and a seed."""


class StoreError(AsmsimError):
    """Results cannot be written; what has been written is safe."""


def part_id(runs: Iterable[Sequence[Any]]) -> str:
    """Id of a part: hash of the runs that it holds."""
    text = json.dumps([list(run) for run in runs])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_whole(path: Path, content: bytes, settled: bool = True) -> int:
    """Write a file that appears whole or not at all, and is on the disk when this returns.

    Parameters
    ----------
    settled
        Whether its name is on the disk too; else another file that is written after it must see to that.

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
        if settled:
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
    why = error.strerror or str(error).partition("\n")[0]  # polars gives no number
    return f"{path}: cannot be written ({why}); mend that, then give the same command again"


@contextmanager
def explain_disk(where: Path) -> Iterator[None]:
    """Turn a fault of the disk into one line with its remedy.

    Raises
    ------
    StoreError
        Anything but a lost connection.
    """
    try:
        yield
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else where
        raise StoreError(explain_disk_error(path, error).replace("be written", "be used")) from error


def read_parquet(path: Path, columns: list[str] | None = None) -> "pl.DataFrame":
    """A Parquet file; its path is taken as it is, whatever characters it holds."""
    return decode_parquet(path.read_bytes(), columns)


def decode_parquet(content: bytes, columns: list[str] | None = None) -> "pl.DataFrame":
    """A table from the bytes of a Parquet file.

    Raises
    ------
    PolarsError
        It is none.
    """
    import polars as pl

    try:
        return pl.read_parquet(content, columns=columns, hive_partitioning=False)
    except pl.exceptions.PanicException as error:  # no `Exception`: nothing else would catch it
        raise pl.exceptions.ComputeError(str(error)) from error


def scan_parquet(paths: Sequence[Path]) -> "pl.LazyFrame":
    """Parquet files one after the other, read when they are needed; paths are taken as they are."""
    import polars as pl

    return pl.scan_parquet([path.absolute() for path in paths], glob=False, hive_partitioning=False)


def to_bytes(frame: "pl.DataFrame") -> bytes:
    """A table as Parquet; the same table gives the same bytes."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def write_part(folder: Path, name: str, frames: dict[str, "pl.DataFrame"], code: str) -> int:
    """Write the tables of a part, and last the record that says that it is whole; returns bytes written.

    Parameters
    ----------
    code
        `kernel_id` of the model that its runs were made with.
    """
    tables = {t: to_bytes(frames[t]) for t in TABLES if t in frames}
    size = sum(write_whole(folder / f"{name}.{t}.parquet", content, False) for t, content in tables.items())
    digests = {t: hashlib.sha256(content).hexdigest() for t, content in tables.items()}
    return size + write_whole(folder / f"{name}.json", json.dumps({"code": code, "sha256": digests}).encode())


@dataclass(frozen=True)
class Fault:
    """A file that is not what it should be."""

    path: Path
    why: str


@dataclass(frozen=True)
class Part:
    """A whole part.

    Attributes
    ----------
    files
        Its files by table, and its record.
    digests
        SHA-256 of each table; none in sweeps that were begun before asmsim kept them.
    """

    files: dict[str, Path]
    digests: dict[str, str]

    @property
    def runs(self) -> Path:
        """The file that says what it holds."""
        return self.files["runs"]

    @property
    def tables(self) -> list[str]:
        """Tables that it has, `runs` last."""
        return [table for table in TABLES if table in self.files]

    def read(self, table: str, columns: list[str] | None = None) -> "pl.DataFrame":
        """A table, from the very bytes whose digest is right.

        Raises
        ------
        DamagedError
            The file is not what was written.
        """
        return self._decode(table, self._bytes(table), columns)

    def read_keys(self, table: str, columns: list[str]) -> "pl.DataFrame":
        """Point and seed of each row; where there is no digest, all of the table is read, so that damage shows.

        Raises
        ------
        DamagedError
            The file is not what was written, or has other columns than these.
        """
        import polars as pl

        content = self._bytes(table)
        whole = None if self.digests else self._decode(table, content)
        found = list(pl.read_parquet_schema(io.BytesIO(content))) if whole is None else whole.columns
        if found != columns:
            raise DamagedError(self.files[table], "its columns are not those of this sweep")
        keys = [column for column in columns if column in ("point", "seed", "status")]
        return self._decode(table, content, keys) if whole is None else whole.select(keys)

    def _bytes(self, table: str) -> bytes:
        path = self.files[table]
        try:
            content = path.read_bytes()
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
            raise DamagedError(path, f"cannot be read ({error.strerror})") from error
        if self.digests and hashlib.sha256(content).hexdigest() != self.digests[table]:
            raise DamagedError(path, "damaged: its SHA-256 is not the one in the record of its part")
        return content

    def _decode(self, table: str, content: bytes, columns: list[str] | None = None) -> "pl.DataFrame":
        import polars as pl

        try:
            return decode_parquet(content, columns)
        except pl.exceptions.PolarsError as error:
            raise DamagedError(self.files[table], "truncated, or no Parquet file") from error


class DamagedError(StoreError):
    """A file of the store that is not what was written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}; go on with the sweep, which runs its runs again: asmsim sweep FOLDER")
        self.fault = Fault(path, why)


def find_parts(folder: Path, manifest: Manifest) -> tuple[list[Part], list[Fault]]:
    """Parts of a sweep in the order of their names, by their records, and files that are faulty or foreign.

    Files without a record, or without a `runs`, beside them belong to a chunk that was broken off; they are
    left where they are and will be replaced.
    """
    parts: list[Part] = []
    faults: list[Fault] = []
    for sub in FOLDERS:
        found: dict[str, dict[str, Path]] = {}
        for path in sorted((folder / sub).glob("*")):
            match = PART.match(path.name)
            if match is not None and path.is_file():
                found.setdefault(match["id"], {})[match["table"] or RECORD] = path
            elif not path.name.endswith(".tmp"):
                faults.append(Fault(path, "no file of this sweep"))
        for files in found.values():
            if "runs" not in files:
                continue
            try:
                part = _read_record(files, manifest)
            except DamagedError as error:
                faults += fault_part(files, error.fault)
                continue
            if part is not None:
                parts.append(part)
    return parts, faults


def fault_part(files: Mapping[str, Path], fault: Fault) -> list[Fault]:
    """Every file of a part of which one is faulty: its runs will be run again."""
    others = [path for path in files.values() if path != fault.path]
    return [fault, *(Fault(path, "its part is not whole without the others") for path in others)]


def _read_record(files: dict[str, Path], manifest: Manifest) -> Part | None:
    """A part by its record, or None where that has not been written yet.

    Raises
    ------
    DamagedError
        The record is damaged, of other tables or of another model; or without it, even the runs are damaged.
    """
    if RECORD not in files:
        part = Part(files, {})
        if manifest.digests:
            part.read_keys("runs", list(RUN_COLUMNS))
        return None if manifest.digests else part
    path = files[RECORD]
    try:
        record = json.loads(path.read_bytes())
        digests = {str(table): str(digest) for table, digest in record["sha256"].items()}
        code = record["code"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(path, "no record of a part") from error
    if set(digests) != files.keys() - {RECORD}:
        raise DamagedError(path, f"{' and '.join(sorted(digests))} are recorded, and other tables lie there")
    if code != manifest.code:
        raise DamagedError(path, "its runs were made with another version of the model")
    return Part(files, digests)


def check_part(part: Part, manifest: Manifest) -> "pl.DataFrame":
    """Point, seed and status of each of a part's runs, all of whose tables hold exactly those that are ok.

    Raises
    ------
    DamagedError
        A table is damaged, missing, of other columns, or holds other runs.
    """
    import polars as pl

    runs = part.read_keys("runs", list(RUN_COLUMNS))
    good = runs.filter(pl.col("status") == OK).select("point", "seed")
    compacted = part.runs.parent.name == "compact"
    named = [(point, seed, status == OK)[: 3 if compacted else 2] for point, seed, status in runs.iter_rows()]
    if part.runs.name.partition(".")[0].rpartition("-")[2] != part_id(named) or len(set(named)) < len(named):
        raise DamagedError(part.runs, "its runs are not those that its name stands for")
    begins = pl.any_horizontal(pl.all().ne_missing(pl.all().shift()))
    for table in manifest.keep:
        if table in part.files:
            held = part.read_keys(table, [*KEYS[table], *manifest.outcomes])
            if not held.filter(begins).equals(good):
                raise DamagedError(part.files[table], "it does not hold the runs of its part")
        elif good.height:
            raise DamagedError(part.runs, f"its {table} is missing")
    return runs


def move_faulty(folder: Path, faults: Sequence[Fault]) -> list[str]:
    """Move faulty files out of the way; returns a line for each."""
    lines = []
    there = folder / "set_aside"
    for one in faults:
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
