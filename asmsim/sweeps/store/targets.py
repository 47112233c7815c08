"""Where commands write: a file or folder that is checked before the work, and appears whole or not at all.

Everything is made beside its place under a name that no other process has, whatever machine or container it is on,
and then renamed.  Nothing is written over unless that is asked for.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from asmsim.config.characters import protect_cell
from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.sweeps.store.parts import StoreError, explain_disk_error

if TYPE_CHECKING:
    import polars as pl


def check_folder(folder: Path, what: str = "--out") -> Path:
    """Return a folder in which results can be written; it need not be there yet.

    Raises
    ------
    ConfigError
        It is a file, or cannot be written to.
    """
    try:
        there = folder.resolve()
        while not there.exists():
            there = there.parent
        if not there.is_dir():
            raise ConfigError(f"{what} {folder}: {there.name} is a file, not a folder")
        with tempfile.TemporaryDirectory(prefix=".asmsim-", dir=there) as trial:
            (Path(trial) / "trial").write_text("trial", encoding="utf-8")  # a full disk lets folders be made
            return folder
    except (OSError, RuntimeError) as error:  # a link to itself is a RuntimeError
        why = error.strerror if isinstance(error, OSError) else "a link that leads to itself"
        raise ConfigError(f"{what} {folder}: cannot write there ({why}); choose another folder") from error


def check_file(path: Path, what: str, endings: Collection[str], overwrite: bool = False) -> Path:
    """Return a path at which a file can be written.

    Raises
    ------
    ConfigError
        Another ending, something is there already, or the folder cannot be written to.
    """
    if path.suffix not in endings:
        raise ConfigError(f"{what} {path}: end the name in {' or '.join(endings)}")
    if os.path.lexists(path) and (not overwrite or path.is_dir()):
        more = "is a folder" if path.is_dir() else "it is there already; nothing was written"
        raise ConfigError(f"{what} {path}: {more}")
    check_folder(path.parent, what)
    return path


@contextmanager
def explain_faults(path: Path) -> Iterator[None]:
    """Say in one line what kept something from being written.

    Raises
    ------
    StoreError
        Whatever the disk, or the library that writes, said.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(explain_disk_error(path, error)) from error
    except Exception as error:
        number = re.search(r"(?:os error |\[Errno )(\d+)", str(error))  # as polars and xlsxwriter tell of the disk
        if number is None:
            raise
        fault = OSError(int(number[1]), os.strerror(int(number[1])))
        raise StoreError(explain_disk_error(path, fault)) from error


@contextmanager
def whole_file(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Yield a path to write to; on leaving, the file stands at its own place, and after a fault there is none.

    Raises
    ------
    StoreError
        It cannot be written, or something has come to stand there meanwhile.
    """
    work = path.with_name(f".asmsim-{uuid4().hex}{path.suffix}")
    try:
        with explain_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield work
            with work.open("rb") as file:
                os.fsync(file.fileno())
            move_file(work, path, overwrite)
    finally:
        work.unlink(missing_ok=True)


def move_file(work: Path, path: Path, overwrite: bool) -> None:
    """Rename a file to its place; over what is there only if that is asked for."""
    if overwrite:
        os.replace(work, path)
        return
    try:
        os.link(work, path)  # unlike a rename, never over a file
    except FileExistsError as error:
        raise AsmsimError(f"{path} is there already; nothing was written") from error
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise AsmsimError(f"{path} is there already; nothing was written") from None
        os.replace(work, path)


def write_table(table: "pl.DataFrame", path: Path, overwrite: bool = False) -> None:
    """Write a table as CSV, in which no cell is a formula, or as Parquet, as the file's ending says."""
    with whole_file(path, overwrite) as work:
        if path.suffix == ".csv":
            work.write_text(to_csv(table), encoding="utf-8")
        else:
            table.write_parquet(work, compression="zstd")


def to_csv(table: "pl.DataFrame") -> str:
    """A table as CSV in which spreadsheets take no text for a formula; keys and numbers stay as they are."""
    return protect_text(table).write_csv()


def protect_text(table: "pl.DataFrame") -> "pl.DataFrame":
    """A table whose cells and headers of text no spreadsheet calculates."""
    import polars as pl

    texts = [name for name, kind in table.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    cells = {name: pl.Series(name, [c and protect_cell(c) for c in table[name].to_list()], pl.String) for name in texts}
    return table.with_columns(cells.values()).rename({name: protect_cell(name) for name in table.columns})


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to write into; on leaving it stands at its own place, and after a fault there is none.

    What has come to stand there meanwhile is left, as the same results have the same name.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    work = path.with_name(f".asmsim-{uuid4().hex}")
    try:
        with explain_faults(path):
            work.mkdir(parents=True)
            yield work
            if not path.exists():
                os.replace(work, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def whole_files(folder: Path) -> Iterator[Path]:
    """Yield a folder to write into; on leaving, its files stand in `folder`, over those of the same names.

    After a fault none of them does.

    Raises
    ------
    StoreError
        They cannot be written.
    """
    work = folder / f".asmsim-{uuid4().hex}"
    try:
        with explain_faults(folder):
            work.mkdir(parents=True)
            yield work
            files = [path.relative_to(work) for path in sorted(work.rglob("*")) if path.is_file()]
            for name in sorted(files, key=lambda name: -len(name.parts)):  # pages after what they show
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(work / name, folder / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
