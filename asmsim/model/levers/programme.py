"""Ingredient 5: sustained donor commitment with local ownership (M18)."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from asmsim.config.schema import field
from asmsim.model.handles import H
from asmsim.model.levers.base import Funder, Lever, lever
from asmsim.model.plan import Floats, Grid, Write


@lever
class Programme(Lever):
    """The money: start, duration, yearly budget, ramp, taper, gaps.

    The programme is not delivered by itself: it is what pays for all levers that a donor funds.
    """

    ingredient: ClassVar[str] = "donor"
    name: ClassVar[str] = "programme"
    label: ClassVar[str] = "Donor's programme"
    acts_on: ClassVar[str] = "M18 all that it funds"
    fails: ClassVar[str] = "short phases, dependence, crowding-out"

    funder: Funder = field("government", "who plans it (the money itself is the donor's)")
    duration_years: float = field(10, "years from start to exit", "years", 0, 50, "MN198")
    usd_year: float = field(1_200_000, "yearly budget at the plateau", "USD/year", 0, 1e9, "MN195 MN197")
    usd_by_year: dict[int, float] = field(
        {}, "budget by calendar year, each until the next, instead of the plateau", "USD/year"
    )
    ramp_years: float = field(1, "years to the plateau", "years", 0, 20)
    taper_years: float = field(0, "years of falling budgets before exit", "years", 0, 20)
    gap_months: int = field(0, "months without money between phases", "months", 0, 60)
    phase_years: float = field(4, "length of a phase (for gaps)", "years", 0.5, 50, "MN198")

    def plan(self, grid: Grid) -> Iterator[Write]:
        """The budget, month by month."""
        yield Write(H.budget, np.repeat(self.budget(grid)[:, None], grid.districts, 1))

    def exit_month(self, grid: Grid) -> int:
        """Index of the first month without the programme."""
        first, last = self.span(grid)
        return min(last, first + round(12 * self.duration_years))

    def budget(self, grid: Grid) -> Floats:
        """(months,) USD a month."""
        first, _ = self.span(grid)
        last = self.exit_month(grid)
        money = np.zeros(grid.months)
        if last <= first:
            return money
        at = np.arange(first, last)
        since, left = at - first + 1, last - at
        shape = np.minimum(1.0, since / max(1.0, 12 * self.ramp_years))
        shape = np.minimum(shape, left / max(1.0, 12 * self.taper_years))
        if self.gap_months:
            into = (at - first) % round(12 * self.phase_years)
            shape = np.where((at - first >= 12 * self.phase_years) & (into < self.gap_months), 0.0, shape)
        money[first:last] = shape * self.usd_year / 12
        if self.usd_by_year:
            year = int(grid.start[:4]) + (int(grid.start[5:7]) - 1 + at) // 12
            listed = sorted(self.usd_by_year)
            then = np.searchsorted(listed, year, side="right")
            money[first:last] = np.array([0.0, *(self.usd_by_year[y] for y in listed)])[then] / 12
        return money

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        shape = ("usd_year", "ramp_years", "taper_years", "gap_months")
        idle = [k for k in shape if getattr(self, k) != type(self).model_fields[k].default]
        if self.usd_by_year and idle:
            raise ValueError(
                f"usd_by_year says what each year costs, so {idle[0]} = {getattr(self, idle[0]):g} would do nothing; "
                "add donor.programme.usd_by_year=null to use it"
            )
        return self


@lever
class AdaptiveManagement(Lever):
    """The programme tries, fails, revises, and moves money to what works."""

    ingredient: ClassVar[str] = "donor"
    name: ClassVar[str] = "adaptive_management"
    label: ClassVar[str] = "Adaptive management"
    acts_on: ClassVar[str] = "M18 learned effectiveness"
    fails: ClassVar[str] = "short phases, no memory"

    funder: Funder = field("government", "who pays (the cost is in the programme's overhead)")
    cycles_a_year: float = field(1.0, "try-fail-revise cycles", "1/year", 0, 6)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Learn."""
        yield Write(H.learning, self.fill(grid, self.cycles_a_year))


@lever
class LocalOwnership(Lever):
    """Local partners carry a growing share of the work."""

    ingredient: ClassVar[str] = "donor"
    name: ClassVar[str] = "local_ownership"
    label: ClassVar[str] = "Local ownership"
    acts_on: ClassVar[str] = "M18 local capacity, and what is left after exit"
    fails: ClassVar[str] = "too much too early: overload; nobody pays for the partners after the programme"

    funder: Funder = field("government", "who pays (the cost is in the programme)")
    own_share: float = field(0.1, "share carried by partners at the start", "share", 0, 1)
    growth_a_year: float = field(0.04, "growth of the partners' share", "1/year", 0, 1)
    most: float = field(0.7, "share carried at most", "share", 0, 1)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Hand over, year by year."""
        first, last = self.span(grid)
        years = np.arange(last - first) / 12
        share = np.minimum(self.own_share + self.growth_a_year * years, max(self.most, self.own_share))
        cells = np.full((grid.months, grid.districts), np.nan)
        cells[first:last] = share[:, None]
        yield Write(H.own_share, cells)
