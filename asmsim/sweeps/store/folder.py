"""A sweep's folder: found again, refused if it is another sweep, begun, extended, locked."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.sweeps.execute.schedule import Shard
from asmsim.sweeps.request.points import to_frame
from asmsim.sweeps.request.request import Request, StoredSweep, read_point_table
from asmsim.sweeps.store.manifest import ChangedError, Manifest, list_changes
from asmsim.sweeps.store.parts import explain_disk_error, to_bytes, write_whole
from asmsim.sweeps.store.targets import to_csv

SUBFOLDERS = ("bases", "parts", "working")


def choose_folder(asked: Request, manifest: Manifest, out: Path, fork: bool = False) -> tuple[Path, Manifest]:
    """The folder of a sweep, and the manifest that it shall have; nothing is written yet.

    Folders of one identity are NAME-HASH, NAME-HASH-2, ... The first that can go on with what is asked is
    taken.

    Raises
    ------
    ChangedError
        None of those that lie there can, and `fork` is not asked for.
    """
    stem = f"{folder_name(manifest.name)}-{manifest.identity}"
    refused: list[str] = []
    number, folder = 1, out / stem
    while (folder / "manifest.json").is_file():
        old = Manifest.read(folder)
        now = replace(manifest, keep=old.keep) if asked.wish.keep is None else manifest
        refused = [*list_changes(old, now, folder, asked.data), *_gone(asked, old, folder)]
        if not refused:
            return folder, replace(now, chunk=old.chunk, packages=old.packages, schema=old.schema)
        number += 1
        folder = out / f"{stem}-{number}"
    if refused and not fork:
        before = out / (stem if number == 2 else f"{stem}-{number - 1}")
        raise ChangedError(
            f"{before} holds another sweep of this name:\n  "
            + "\n  ".join(refused)
            + f"\nAdd --fork to begin afresh in {folder.name}, or give it another --name"
        )
    return folder, manifest


def _gone(asked: Request, old: Manifest, folder: Path) -> list[str]:
    """Points of the old sweep that are no longer asked for, where the bases are the same."""
    now = {json.dumps(c, sort_keys=True): b for b, c in asked.choices.items()}
    if any(now.get(json.dumps(c, sort_keys=True), b) != b for b, c in old.bases.items()):
        return []  # then every point is another, and the bases say why
    try:
        table = read_point_table(folder, old)
    except ConfigError:
        return []  # it is written anew, and runs of other points are set aside
    gone = table.filter(~table["point"].is_in(list(asked.ids)))
    if gone.height == 0:
        return []
    first = ", ".join(f"{key}={gone[key][0]}" for key in old.kinds)
    more = "; a Latin hypercube cannot be extended, a Sobol sequence can" if "lhs" in old.design else ""
    return [f"points: {gone.height} of {table.height} are no longer in the design, such as {first}{more}"]


def make_folders(folder: Path) -> None:
    """Make the folders of a sweep.

    Raises
    ------
    AsmsimError
        Nothing can be written there.
    """
    try:
        for name in SUBFOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AsmsimError(explain_disk_error(folder, error)) from error


def write_request(asked: Request, manifest: Manifest, folder: Path) -> StoredSweep:
    """Write what is missing or has grown; the manifest last.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    frame = to_frame(asked.points, asked.ids, asked.of_base)
    files = {f"bases/{base}.json": json.dumps(data, sort_keys=True).encode() for base, data in asked.data.items()}
    table = to_bytes(frame)
    files |= {"points.parquet": table, "points.csv": to_csv(frame).encode()}
    manifest = replace(manifest, points=hashlib.sha256(table).hexdigest() if manifest.digests else "")
    files["manifest.json"] = manifest.text().encode()
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            write_whole(path, content)
    return StoredSweep(folder, manifest, asked.points, asked.ids, asked.of_base)


def folder_name(text: str) -> str:
    """A name that is safe in a path."""
    return "".join(c if c.isalnum() else "_" for c in text).strip("_")[:60] or "sweep"


@contextmanager
def lock_folder(folder: Path, shard: Shard) -> Iterator[None]:
    """Keep a second driver off: a whole sweep off everything, a shard off itself and off whole sweeps.

    The locks die with the process that holds them.

    Raises
    ------
    AsmsimError
        Another driver is at it.
    """
    names = ["whole"] if shard.whole else ["whole", str(shard)]
    handles = []
    try:
        for name in names:
            handle = os.open(folder / "working" / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o666)
            handles.append(handle)
            how = fcntl.LOCK_SH if name == "whole" and not shard.whole else fcntl.LOCK_EX
            try:
                fcntl.flock(handle, how | fcntl.LOCK_NB)
            except BlockingIOError as error:
                what = "another asmsim sweep" if name == "whole" else f"another driver of shard {shard}"
                raise AsmsimError(f"{folder}: {what} is at work in it; wait for it or stop it") from error
        yield
    finally:
        for handle in handles:
            os.close(handle)


def remove_leftovers(folder: Path, shard: Shard) -> None:
    """Take away what broken-off writes left; only when nobody else can be writing."""
    if shard.whole:
        for path in [*folder.glob("*/.*.tmp"), *folder.glob(".*.tmp")]:
            path.unlink(missing_ok=True)
