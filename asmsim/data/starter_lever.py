"""A lever of your own: try it with  asmsim --plugins NAME.py run context=generic 'market.NAME={visits: 3}'"""

from collections.abc import Iterator
from typing import ClassVar

from asmsim.extension import Expectation, Floats, Grid, H, Lever, Write, field, lever


@lever
class NAME_CLASS(Lever):
    """Say in one line what is done."""

    ingredient: ClassVar[str] = "market"  # governance, rights, knowledge, market, donor or enforcement
    name: ClassVar[str] = "NAME"
    label: ClassVar[str] = "NAME_LABEL"
    acts_on: ClassVar[str] = "M9 what miners know"  # the mechanism that it reaches, by docs/odd.md
    fails: ClassVar[str] = "when the donor has left and nobody carries it on"
    expects: ClassVar[Expectation] = Expectation("visits", +1, {"visits": 3}, {"donor.programme.duration_years": 2.0})

    visits: float = field(0.0, "share of miners visited in a year", "1/year", 0, 12)
    usd_a_visit: float = field(5.0, "cost of a visit", "USD", 0, 1000)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Write the handles that the lever moves, by month and district; never an outcome."""
        yield Write(H.rights_visits, self.fill(grid, self.visits / 12))  # `asmsim show handles` lists them

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """USD a month at full delivery."""
        return float(grid.miners.sum()) * self.visits / 12 * self.usd_a_visit
