"""What a sweep's folder holds, and what in it is none of the sweep's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.sweep.asked import Sweep
from asmsim.sweep.store import Fault, Part, holdings, survey

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Contents:
    """Parts that can be read, and files that cannot.

    Attributes
    ----------
    held
        One row for each run of each part (see `holdings`).
    numbers
        (row,) numbers of those runs in the layout.
    """

    parts: Sequence[Part]
    held: "pl.DataFrame"
    numbers: npt.NDArray[np.int64]
    faults: Sequence[Fault]


def contents(sweep: Sweep) -> Contents:
    """Everything in the folder; a part with a run that is none of the sweep's is foreign as a whole."""
    manifest = sweep.manifest
    parts, faults = survey(sweep.folder, manifest.keep, list(manifest.outcomes))
    held = holdings(parts)
    numbers = sweep.layout.held(held["point"].to_list(), held["seed"].to_list())
    foreign = set(held["part"].to_numpy()[numbers < 0].tolist())
    if foreign:
        faults += [Fault(path, "its runs are not of this sweep") for n in foreign for path in parts[n].files.values()]
        parts = [part for n, part in enumerate(parts) if n not in foreign]
        held = holdings(parts)
        numbers = sweep.layout.held(held["point"].to_list(), held["seed"].to_list())
    return Contents(parts, held, numbers, faults)
