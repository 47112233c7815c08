"""The contrast: enforcement (M11, M12)."""

from collections.abc import Iterator
from typing import ClassVar

from asmsim.config.schema import field
from asmsim.model.handles import H
from asmsim.model.levers.base import Expectation, Funder, Lever, lever
from asmsim.model.plan import Floats, Grid, Write


@lever
class Policing(Lever):
    """Raids that clear sites, and inspections."""

    ingredient: ClassVar[str] = "enforcement"
    name: ClassVar[str] = "policing"
    label: ClassVar[str] = "Inspections and raids"
    acts_on: ClassVar[str] = "M11 fear, M12 sites"
    fails: ClassVar[str] = "displacement, return, distrust"
    expects: ClassVar[Expectation] = Expectation(
        "miners",
        -1,
        {"raids": 0.5},
        {"enforcement.policing.patrol_months": 0.0},
        harms="trust",
    )

    funder: Funder = field("government", "who pays")
    raids: float = field(
        0.0, "sites a district's force can clear in a month if it has to find them", "1/month", 0, 100, "MN213 MN215"
    )
    inspections: float = field(0.0, "share of bands inspected in a month", "1/month", 0, 1, "W162")
    patrol_months: float = field(3, "months a cleared site is watched", "months", 0, 60, "W103 W105")
    border_control: float = field(1.0, "multiplier on the cost of smuggling", "1", 0.1, 20)
    usd_a_raid: float = field(2_000, "clearing a site", "USD", 0, 1e6)
    usd_an_inspection: float = field(30, "inspecting a band", "USD", 0, 1e5)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Raid, inspect, watch."""
        yield Write(H.raids, self.fill(grid, self.raids))
        yield Write(H.inspections, self.fill(grid, self.inspections))
        yield Write(H.patrol_months, self.fill(grid, self.patrol_months))
        yield Write(H.border_control, self.fill(grid, self.border_control))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each raid and inspection (bands reckoned at 10 miners)."""
        bands = float(grid.miners.sum()) / 10
        return grid.districts * self.raids * self.usd_a_raid + self.inspections * bands * self.usd_an_inspection
