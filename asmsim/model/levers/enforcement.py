"""The contrast: enforcement (M11, M12)."""

from collections.abc import Iterator
from typing import ClassVar

from asmsim.config.schema import field
from asmsim.model.handles import H
from asmsim.model.levers.base import Funder, Lever, lever
from asmsim.model.plan import Floats, Grid, Write


@lever
class Policing(Lever):
    """Raids that clear sites, and inspections."""

    ingredient: ClassVar[str] = "enforcement"
    name: ClassVar[str] = "policing"
    label: ClassVar[str] = "Inspections and raids"
    acts_on: ClassVar[str] = "M11 fear, M12 sites"
    fails: ClassVar[str] = "displacement, return, distrust"

    funder: Funder = field("government", "who pays")
    raids: float = field(
        0.0, "sites a district's force can clear in a month if it has to find them", "1/month", 0, 100, "MN213 MN215"
    )
    inspections: float = field(0.0, "share of bands inspected in a month", "1/month", 0, 1, "W162")
    patrol_months: float = field(3, "months a cleared site is watched", "months", 0, 60, "W103 W105")
    border_control: float = field(1.0, "multiplier on the cost of smuggling", "1", 0.1, 20)
    usd_a_raid: float = field(
        2_900,
        "clearing a site: 90 staff days (30 officers, 3 days), at 17 a day (official_wage) and 15 for travel",
        "USD",
        0,
        1e6,
    )
    usd_an_inspection: float = field(
        100,
        "inspecting a band: 3 staff days (two officials and the way), at 17 a day (official_wage) and 15 for travel",
        "USD",
        0,
        1e5,
    )
    usd_a_patrol_month: float = field(
        2_700,
        "watching a cleared site: 4 officers, 21 days, at 17 a day (official_wage) and 15 for travel",
        "USD/month",
        0,
        1e6,
    )
    miners_a_band: float = field(10, "miners of a band (for the cost of inspections)", "persons", 1, 1_000)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Raid, inspect, watch."""
        yield Write(H.raids, self.fill(grid, self.raids))
        yield Write(H.inspections, self.fill(grid, self.inspections))
        yield Write(H.patrol_months, self.fill(grid, self.patrol_months))
        yield Write(H.border_control, self.fill(grid, self.border_control))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each raid with the patrol that follows, and each inspection."""
        bands = float(grid.miners.sum()) / self.miners_a_band
        a_raid = self.usd_a_raid + self.patrol_months * self.usd_a_patrol_month
        return grid.districts * self.raids * a_raid + self.inspections * bands * self.usd_an_inspection
