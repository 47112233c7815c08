"""Ingredient 1: governance and gradual legalisation (M1, M2, M6, M7, M8)."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from asmsim.config.errors import ConfigError
from asmsim.config.schema import Month, field
from asmsim.model.handles import H
from asmsim.model.levers.base import Funder, Lever, lever
from asmsim.model.plan import Floats, Grid, Write


@lever
class Legalisation(Lever):
    """A law under which miners can become legal, at once or by phases.

    Gradual means: temporary contracts before the law, districts opening in phases, so that experience
    and trust can grow before the rush; at once means every district on one day.
    """

    ingredient: ClassVar[str] = "legalisation"
    name: ClassVar[str] = "legalisation"
    label: ClassVar[str] = "Law on artisanal mining"
    acts_on: ClassVar[str] = "M1 gates, M2 files, M6 queue, M7 law"
    fails: ClassVar[str] = "the window of high will closes, or files swamp the offices"

    pace: Literal["none", "gradual", "at_once"] = field("gradual", "how districts open")
    funder: Funder = field("government", "who pays")
    in_force: Month | None = field(None, "month the law is in force; none = `lead_months` after start")
    lead_months: int = field(24, "months from first permissions to the law in force", "months", 0, 240, "MN115 MN119")
    phases: int = field(4, "phases in which districts open (gradual)", "count", 1, 20)
    months_a_phase: int = field(12, "months a phase lasts (gradual)", "months", 1, 120)
    temporary_contracts: float = field(
        0.2, "share of the plots rate open as temporary contracts before the law (gradual)", "share", 0, 1, "MN115"
    )
    signoffs: int = field(6, "serial sign-offs a file needs", "count", 1, 30)
    fee_usd: float = field(60, "entry fee and papers for each licence holder", "USD", 0, 100_000)
    recurring_usd_month: float = field(8, "taxes, insurance and reports of a holder", "USD/month", 0, 10_000)
    to: Literal["groups", "individuals"] = field("groups", "who may hold a licence", source="MN101")
    shield: float = field(0.0, "share of sanctions that a pending file fends off", "share", 0, 1, "W091")
    drafting_effort: float = field(1.0, "effort at carrying the law forward (endogenous law)", "1", 0, 2)
    cost_usd_month: float = field(5_000, "drafting and implementing", "USD/month", 0, 1e7)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Open districts, by phases or at once."""
        if self.pace == "none":
            return
        first, last = self.span(grid)
        lead = 0 if self.pace == "at_once" else self.lead_months
        force = grid.t(self.in_force, "legalisation.in_force") if self.in_force else min(first + lead, grid.months)
        if self.in_force and force >= grid.months:
            raise ConfigError(
                f"legalisation.in_force: {self.in_force} is after the last month, so there would be no law"
            )
        yield Write(H.drafting, self.fill(grid, self.drafting_effort))
        yield Write(H.in_force, grid.cells(1.0, slice(None), force, last))
        yield Write(H.signoffs, self.fill(grid, float(self.signoffs)))
        yield Write(H.licence_fee, self.fill(grid, self.fee_usd))
        yield Write(H.recurring_cost, self.fill(grid, self.recurring_usd_month))
        yield Write(H.individual_licences, self.fill(grid, float(self.to == "individuals")))
        yield Write(H.process_shield, self.fill(grid, self.shield))
        if self.pace == "gradual":
            order = np.argsort(-grid.miners, kind="stable")
            size = -(-grid.districts // self.phases)
            for n in range(self.phases):
                opens = min(first + n * self.months_a_phase, last)
                group = order[n * size : (n + 1) * size]
                yield Write(H.temporary_contracts, grid.cells(self.temporary_contracts, group, opens, last))
                yield Write(H.phase_open, grid.cells(0.0, group, first, opens))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Drafting and implementing."""
        return 0.0 if self.pace == "none" else self.cost_usd_month


@lever
class PoliticalEngagement(Lever):
    """Advocates engage ministries and local offices early and often."""

    ingredient: ClassVar[str] = "governance"
    name: ClassVar[str] = "political_engagement"
    label: ClassVar[str] = "Political engagement"
    acts_on: ClassVar[str] = "M7 will and knowledge, M10 attitude, fit of rules"
    fails: ClassVar[str] = "the programme ends, those engaged are replaced"

    share: float = field(0.5, "share of ministries and offices engaged", "share", 0, 1)
    rule_fit: float = field(0.3, "fit of the rules to work at the site gained by consultation", "1", 0, 1, "W182")
    ramp_months: int = field(24, "months to full engagement", "months", 0, 240)
    cost_usd_month: float = field(6_000, "full engagement", "USD/month", 0, 1e7)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Engage, and fit the rules."""
        yield Write(H.engagement, self.fill(grid, self.share, self.ramp_months))
        yield Write(H.rule_fit, self.fill(grid, self.share * self.rule_fit, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by the share engaged."""
        return self.share * self.cost_usd_month


@lever
class InterministerialCooperation(Lever):
    """A working group in which ministries settle ASM matters together."""

    ingredient: ClassVar[str] = "governance"
    name: ClassVar[str] = "interministerial_cooperation"
    label: ClassVar[str] = "Cooperation between ministries"
    acts_on: ClassVar[str] = "M7 coordination, M2 sign-offs"
    fails: ClassVar[str] = "loses funding at exit; the lowest will decides again"

    share: float = field(0.5, "share of matters settled jointly", "share", 0, 1)
    signoffs_saved: float = field(
        0.3, "share of sign-offs settled together with another when all matters are joint", "share", 0, 0.9
    )
    cost_usd_month: float = field(2_500, "secretariat", "USD/month", 0, 1e7)
    ramp_months: int = field(12, "months to full cooperation", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Coordinate, and settle sign-offs together."""
        yield Write(H.cooperation, self.fill(grid, self.share, self.ramp_months))
        yield Write(H.joint_signoffs, self.fill(grid, self.share * self.signoffs_saved, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Secretariat."""
        return self.share * self.cost_usd_month


@lever
class AsmDepartment(Lever):
    """A dedicated department that helps offices, coordinates ministries and keeps what they know."""

    ingredient: ClassVar[str] = "governance"
    name: ClassVar[str] = "asm_department"
    label: ClassVar[str] = "Department for artisanal mining"
    acts_on: ClassVar[str] = "M6 staff, M7 coordination and what ministries know"
    fails: ClassVar[str] = "loses funding at exit"

    staffing: float = field(0.5, "staffing of the department", "share", 0, 1)
    cost_usd_month: float = field(12_000, "full department", "USD/month", 0, 1e7)
    ramp_months: int = field(12, "months to full staffing", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Staff the department."""
        yield Write(H.asm_department, self.fill(grid, self.staffing, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by staffing."""
        return self.staffing * self.cost_usd_month


@lever
class JobDescriptions(Lever):
    """ASM duties are written into officials' job descriptions."""

    ingredient: ClassVar[str] = "governance"
    name: ClassVar[str] = "job_descriptions"
    label: ClassVar[str] = "Duties in job descriptions"
    acts_on: ClassVar[str] = "M8 what turnover destroys"
    fails: ClassVar[str] = "on paper only; or newcomers would have brought more effort than was lost"

    coverage: float = field(0.5, "share of ASM duties described", "share", 0, 1)
    practised: float = field(0.8, "share of what is described that is practised", "share", 0, 1)
    pace_months: int = field(24, "months to full coverage", "months", 0, 240)
    cost_usd_month: float = field(1_500, "full coverage", "USD/month", 0, 1e7)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Write the duties down; only practice counts."""
        yield Write(H.job_descriptions, self.fill(grid, self.coverage * self.practised, self.pace_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by coverage."""
        return self.coverage * self.cost_usd_month
