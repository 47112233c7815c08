"""Compaction: many parts become few sorted blocks, the same bytes whatever the history of the sweep.

A block is a part like any other, in another folder.  So a crash at any moment leaves a sweep that reads
the same: a run that stands in a block and in a part counts once.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from asmsim.sweep.asked import Sweep, reopen
from asmsim.sweep.contents import contents
from asmsim.sweep.store import TABLES, Part, part_id, write_part

if TYPE_CHECKING:
    import polars as pl

BLOCK_VALUES, MOST_RUNS = 12_000_000, 10_000
"""Most values of a series, and most runs, that a block holds: some 50 MB in memory as float32."""


def compact(sweep: Sweep) -> int:
    """Write sorted blocks, then take away what they replace; returns how many there are.

    Raises
    ------
    StoreError
        A block cannot be written; nothing has been taken away.
    """
    import polars as pl

    manifest, folder = sweep.manifest, sweep.folder
    found = contents(sweep)
    parts = found.parts
    held = found.held.with_columns(pl.Series("place", found.numbers)).filter(pl.col("best")).sort("place")
    (folder / "compact").mkdir(exist_ok=True)
    written: set[Path] = set()
    for number, rows in enumerate(_blocks(held, _runs_a_block(sweep))):
        name = f"{number:06d}-{part_id(rows.select('point', 'seed', 'ok').iter_rows())}"
        files = {t: folder / "compact" / f"{name}.{t}.parquet" for t in TABLES}
        if not files["runs"].exists():
            found = {t: _gathered(t, rows, parts) for t in (*manifest.keep, "runs")}
            write_part(folder / "compact", name, {t: frame for t, frame in found.items() if frame is not None})
        written |= set(files.values())
    for part in parts:
        for path in sorted(part.files.values(), key=lambda p: p.name.endswith(".runs.parquet"), reverse=True):
            if path not in written:
                path.unlink()
    return len({p.name[:6] for p in written})


def _runs_a_block(sweep: Sweep) -> int:
    """Runs in a block: as many as fit in memory with ease; the same for the same sweep."""
    if "series" not in sweep.manifest.keep:
        return MOST_RUNS
    return max(1, min(MOST_RUNS, BLOCK_VALUES // (sweep.size().months * len(sweep.manifest.outcomes))))


def _blocks(held: "pl.DataFrame", size: int) -> Iterator["pl.DataFrame"]:
    for begin in range(0, held.height, size):
        yield held.slice(begin, size)


def _gathered(table: str, rows: "pl.DataFrame", parts: Sequence[Part]) -> "pl.DataFrame | None":
    """One table of a block, from the parts that hold its runs; None where no part has it."""
    import polars as pl

    found = []
    for number in rows["part"].unique(maintain_order=True):
        path = parts[number].files.get(table)
        if path is not None:
            wanted = rows.filter(pl.col("part") == number).select("point", "seed", "place")
            found.append(pl.read_parquet(path).join(wanted, ["point", "seed"], maintain_order="left"))
    if not found:
        return None
    return pl.concat(found).sort("place", maintain_order=True).drop("place")


def compact_folder(folder: str) -> int:
    """`compact` as a task for a worker, which keeps the driver small."""
    return compact(reopen(Path(folder)))
