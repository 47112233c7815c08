"""Write `asmsim/model/rows.pyi`: the fields of every row that kernels read, from their declarations.

`python -m tests.row_types` rewrites it (`make rows`); a test says when it is out of date.
"""

import re
from pathlib import Path

from asmsim.engine.columns import Table
from asmsim.model import state, tallies
from asmsim.model.handles import H
from asmsim.model.outcomes import O
from asmsim.model.parameters import complete_parameters

STUB = Path(__file__).resolve().parent.parent / "asmsim/model/rows.pyi"
NAMES = {
    "MinerRow": state.MINERS,
    "BandRow": state.BANDS,
    "SiteRow": state.SITES,
    "BuyerRow": state.BUYERS_TABLE,
    "OfficeRow": state.OFFICES,
    "PlaceRow": state.PLACES,
    "ResidentRow": state.RESIDENTS,
    "MinistryRow": state.MINISTRY,
    "NationRow": state.NATION,
    "HolderRow": state.HOLDERS,
    "DonorRow": state.DONORS,
    "ProgrammeRow": state.PROGRAMMES,
    "OfferRow": state.OFFERS,
    "TallyRow": tallies.TALLIES,
    "FlowRow": tallies.FLOWS,
    "LedgerRow": tallies.LEDGER,
}
HEAD = """# Written by `make rows` from the declarations of columns, handles, outcomes and parameters: do not edit.
from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

Row = TypeVar("Row")

class TableOf(Generic[Row]):
    shape: tuple[int, ...]
    @overload
    def __getitem__(self, k: int) -> Row: ...
    @overload
    def __getitem__(self, k: str | slice) -> Any: ...
    def __setitem__(self, k: Any, value: Any) -> None: ...
    def __iter__(self) -> Iterator[Row]: ...
    def __len__(self) -> int: ...
    def __getattr__(self, column: str) -> Any: ...
"""


def kind_of_column(dtype: str) -> str:
    """Type of a cell: numbers are numbers, sub-arrays are arrays."""
    if dtype.startswith("("):
        return "npt.NDArray[np.float64]"
    return "float" if re.match(r"[<>=]?f", dtype) else "int"


def write_class(name: str, fields: dict[str, str]) -> str:
    """A class with one line a field."""
    return f"\nclass {name}:\n" + "".join(f"    {field}: {kind}\n" for field, kind in fields.items())


def make_stub() -> str:
    """The whole file."""
    parts = [HEAD]
    for name, table in NAMES.items():
        assert isinstance(table, Table)
        parts.append(write_class(name, {c: kind_of_column(column.dtype) for c, column in table.columns.items()}))
    parts.append(write_class("HandlesRow", dict.fromkeys((h.name for h in H), "float")))
    parts.append(write_class("OutcomeRow", dict.fromkeys((o.name for o in O), "float")))
    parts.append(write_class("Parameters", dict.fromkeys(complete_parameters({}, 1.0), "float")))
    return "".join(parts)


if __name__ == "__main__":
    STUB.write_text(make_stub(), encoding="utf-8")
