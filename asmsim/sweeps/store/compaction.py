"""Compaction: many parts become few sorted blocks, the same bytes whatever the history of the sweep.

A block is a part like any other, in another folder.  So a crash at any moment leaves a sweep that reads
the same: a run that stands in a block and in a part counts once.  Blocks do not depend on each other, so
workers write them; only one block is in memory at a time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.sweeps.request.request import StoredSweep
from asmsim.sweeps.store.index import index_parts
from asmsim.sweeps.store.parts import RECORD, TABLES, Part, explain_disk, move_faulty, part_id, write_part

if TYPE_CHECKING:
    import polars as pl

BLOCK_VALUES, MOST_RUNS = 12_000_000, 10_000
"""Most values of a series, and most runs, that a block holds: some 50 MB in memory as float32."""


@dataclass(frozen=True)
class Source:
    """Runs that a block takes from a part.

    Attributes
    ----------
    runs
        (point, seed, place in the sweep) of each run; None = all that the part holds.
    """

    part: Part
    runs: tuple[tuple[str, int, int], ...] | None


@dataclass(frozen=True)
class Block:
    """What a worker needs to write a block.

    Attributes
    ----------
    ordered
        Whether the sources one after the other are in order already, as in a sweep that nothing disturbed.
    code
        `kernel_id` of the model that its runs were made with.
    """

    folder: Path
    name: str
    tables: tuple[str, ...]
    sources: tuple[Source, ...]
    ordered: bool
    code: str

    @property
    def record(self) -> Path:
        """The file that says that the block is whole."""
        return self.folder / f"{self.name}.json"

    @property
    def files(self) -> set[Path]:
        """Every file that it has or may have."""
        return {self.record, *(self.folder / f"{self.name}.{t}.parquet" for t in TABLES)}


Held = npt.NDArray[np.void]
"""(row,) of `contents.HELD`."""

Each = Callable[[Callable[[Block], None], Iterable[Block]], Iterator[None]]
"""Does something with each block and yields in their order: `map`, or that of an executor."""


def compact_parts(sweep: StoredSweep, each: Each = map, verified: bool = False) -> int:
    """Write sorted blocks, each time taking away the parts that it makes needless; returns how many blocks there are.

    Parameters
    ----------
    verified
        Whether all parts have been verified a moment ago, or written since.

    Raises
    ------
    StoreError
        A block cannot be written; nothing is lost.
    """
    folder = sweep.folder / "compact"
    found = index_parts(sweep, verified)
    if found.faults:  # a damaged block is no block: it must not stand for its parts
        move_faulty(sweep.folder, found.faults)
        found = index_parts(sweep, verified=True)
    held = found.held[found.held["best"]]
    held = held[np.argsort(held["run"])]
    left = _count(held)
    sizes = _count(found.held)
    size = _runs_a_block(sweep)
    cuts = [held[begin : begin + size] for begin in range(0, len(held), size)]
    with explain_disk(folder):
        folder.mkdir(exist_ok=True)
    blocks = [_block(sweep, n, rows, found.parts, sizes) for n, rows in enumerate(cuts)]
    written = {path for block in blocks for path in block.files}
    _remove((part for n, part in enumerate(found.parts) if n not in left), written)
    for rows, _ in zip(cuts, each(write_block, blocks), strict=True):
        left -= _count(rows)
        _remove((found.parts[n] for n in _count(rows) if n not in left), written)
    return len(blocks)


def _remove(parts: Iterable[Part], but: set[Path]) -> None:
    """Take parts away, first the file that says that they are whole."""
    for part in parts:
        for path in (part.files[t] for t in (RECORD, *reversed(TABLES)) if t in part.files):
            if path not in but:
                with explain_disk(path):
                    path.unlink(missing_ok=True)


def _runs_a_block(sweep: StoredSweep) -> int:
    """Runs in a block: as many as fit in memory with ease; the same for the same sweep."""
    if "series" not in sweep.manifest.keep:
        return MOST_RUNS
    return max(1, min(MOST_RUNS, BLOCK_VALUES // (sweep.size().months * len(sweep.manifest.outcomes))))


def _count(held: Held) -> Counter[int]:
    """Runs by part, parts in the order in which they first come."""
    return Counter(held["part"].tolist())


def _block(sweep: StoredSweep, number: int, rows: Held, parts: Sequence[Part], sizes: Counter[int]) -> Block:
    """The block of some rows of what is held, sorted by run."""
    layout = sweep.layout
    asked = [(layout.ids[point], seed, int(run)) for run in rows["run"] for point, seed in [layout.run(int(run))]]
    name = part_id((*asked[k][:2], bool(ok)) for k, ok in enumerate(rows["ok"]))
    turns = 1 + np.count_nonzero(np.diff(rows["part"]))
    by_part = {part: np.flatnonzero(rows["part"] == part) for part in _count(rows)}
    ordered = turns == len(by_part) and all((np.diff(rows["row"][mine]) > 0).all() for mine in by_part.values())
    sources = []
    for part, mine in by_part.items():
        whole = ordered and len(mine) == sizes[part]
        sources.append(Source(parts[part], None if whole else tuple(asked[k] for k in mine)))
    folder, tables = sweep.folder / "compact", (*sweep.manifest.keep, "runs")
    return Block(folder, f"{number:06d}-{name}", tables, tuple(sources), ordered, sweep.manifest.code)


def write_block(block: Block) -> None:
    """Write a block, unless it is there."""
    if not block.record.exists():
        found = {table: _gathered(table, block) for table in block.tables}
        write_part(block.folder, block.name, {t: frame for t, frame in found.items() if frame is not None}, block.code)


def _gathered(table: str, block: Block) -> "pl.DataFrame | None":
    """One table of a block, from the parts that hold its runs; None where no part has it."""
    import polars as pl

    found = [_taken(table, s, block.ordered) for s in block.sources if table in s.part.files]
    if not found:
        return None
    whole = pl.concat(found)
    return whole if block.ordered else whole.sort("place", maintain_order=True).drop("place")


def _taken(table: str, source: Source, ordered: bool) -> "pl.DataFrame":
    import polars as pl

    frame = source.part.read(table)
    if source.runs is None:
        return frame
    schema = {"point": pl.String, "seed": pl.Int64, "place": pl.Int64}
    wanted = pl.DataFrame(source.runs, schema=schema, orient="row")
    if ordered:
        return frame.join(wanted, ["point", "seed"], how="semi", maintain_order="left")
    return frame.join(wanted, ["point", "seed"], maintain_order="left")
