"""Types of the rows that kernels read, for the type checker alone: `rows.pyi` has their fields.

To the compiler and to Python a row is a record, whatever the annotation says.  The stub is written from the declarations by
`make rows`, so that a misspelt field in a kernel is an error of `make check` and not of a run.
"""

from typing import Any


class TableOf:
    """Rows of one kind; `TableOf[MinerRow]`."""

    def __class_getitem__(cls, row: Any) -> Any:
        """Any rows at all, at run time."""
        return Any


MinerRow = BandRow = SiteRow = BuyerRow = OfficeRow = PlaceRow = ResidentRow = MinistryRow = NationRow = Any
HolderRow = DonorRow = ProgrammeRow = OfferRow = TallyRow = FlowRow = LedgerRow = Any
HandlesRow = OutcomeRow = Parameters = Any
