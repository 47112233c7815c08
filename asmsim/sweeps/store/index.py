"""What a sweep's folder holds, and what in it is none of the sweep's."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from asmsim.sweeps.request.request import StoredSweep
from asmsim.sweeps.store.parts import OK, DamagedError, Fault, Part, check_part, explain_disk, fault_part, find_parts

UNVERIFIED = "this sweep was begun before asmsim kept digests: damage within its older tables may go unnoticed"
HELD = np.dtype([("run", "i8"), ("part", "i4"), ("row", "i4"), ("ok", "?"), ("best", "?")])
"""A run that a part holds: its number in the layout, the part and the row in it, whether it is ok and counts."""


@dataclass(frozen=True, eq=False)
class Index:
    """Parts that can be read, and files that cannot.

    Attributes
    ----------
    held
        (row,) of `HELD`, one for each run of each part, part by part: some 20 bytes a run.
    """

    parts: Sequence[Part]
    held: npt.NDArray[np.void] = field(repr=False)
    faults: Sequence[Fault]


def index_parts(sweep: StoredSweep, verified: bool = False) -> Index:
    """Everything in the folder; a part with a run that is none of the sweep's is foreign as a whole.

    Parameters
    ----------
    verified
        Whether all parts have been verified a moment ago, or written since: then only their runs are read.

    Raises
    ------
    StoreError
        The disk cannot be read.
    """
    with explain_disk(sweep.folder):
        return _index_parts(sweep, verified)


def _index_parts(sweep: StoredSweep, verified: bool) -> Index:
    found, faults = find_parts(sweep.folder, sweep.manifest)
    parts: list[Part] = []
    tables: list[npt.NDArray[np.void]] = []
    for part in found:
        try:
            rows = part.read("runs", ["point", "seed", "status"]) if verified else check_part(part, sweep.manifest)
        except DamagedError as error:
            faults += fault_part(part.files, error.fault)
            continue
        numbers = sweep.layout.held(rows["point"].to_list(), rows["seed"].to_list())
        if (numbers < 0).any():
            faults += [Fault(path, "its runs are not of this sweep") for path in part.files.values()]
            continue
        table = np.zeros(rows.height, HELD)
        table["run"], table["ok"] = numbers, (rows["status"] == OK).to_numpy()
        table["part"], table["row"] = len(parts), np.arange(rows.height)
        parts.append(part)
        tables.append(table)
    held = np.concatenate(tables) if tables else np.zeros(0, HELD)
    held["best"] = choose_rows(held, np.array([p.runs.parent.name == "compact" for p in parts], np.bool_))
    return Index(parts, held, faults)


def choose_rows(held: npt.NDArray[np.void], compacted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(row,) whether a row counts where a run stands in several parts.

    An ok one goes before a failed one, a compacted one before another, then the order of names.
    """
    order = np.lexsort((held["row"], held["part"], ~compacted[held["part"]], ~held["ok"], held["run"]))
    runs = held["run"][order]
    first = np.ones(len(held), np.bool_)
    first[1:] = runs[1:] != runs[:-1]
    found = np.zeros(len(held), np.bool_)
    found[order] = first
    return found
