"""Compaction: many parts become few sorted blocks, the same bytes whatever the history of the sweep.

A block is a part like any other, in another folder.  So a crash at any moment leaves a sweep that reads
the same: a run that stands in a block and in a part counts once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    """Write sorted blocks, each time taking away the parts that it makes needless; returns how many blocks there are.

    Raises
    ------
    StoreError
        A block cannot be written; nothing is lost.
    """
    import polars as pl

    manifest, folder = sweep.manifest, sweep.folder / "compact"
    found = contents(sweep)
    held = found.held.with_columns(pl.Series("place", found.numbers)).filter(pl.col("best")).sort("place")
    left = Counter(held["part"].to_list())
    needless = [part for n, part in enumerate(found.parts) if n not in left]
    folder.mkdir(exist_ok=True)
    written: set[Path] = set()
    for number, rows in enumerate(_blocks(held, _runs_a_block(sweep))):
        name = f"{number:06d}-{part_id(rows.select('point', 'seed', 'ok').iter_rows())}"
        files = {t: folder / f"{name}.{t}.parquet" for t in TABLES}
        written |= set(files.values())
        if not files["runs"].exists():
            made = {t: _gathered(t, rows, found.parts) for t in (*manifest.keep, "runs")}
            write_part(folder, name, {t: frame for t, frame in made.items() if frame is not None})
        left -= Counter(rows["part"].to_list())
        needless += [found.parts[n] for n in rows["part"].unique() if n not in left]
        _remove(needless, written)
        needless.clear()
    _remove(needless, written)
    return len(written) // len(TABLES)


def _remove(parts: Iterable[Part], but: set[Path]) -> None:
    """Take parts away, first the file that says that they are whole."""
    for part in parts:
        for path in (part.files[t] for t in reversed(TABLES) if t in part.files):
            if path not in but:
                path.unlink(missing_ok=True)


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
