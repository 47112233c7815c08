"""Ingredient 2: a human-rights-based approach and investment in people (M1, M4, M5, M9, M12)."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from asmsim.config.schema import field
from asmsim.model.handles import H
from asmsim.model.levers.base import Lever, lever
from asmsim.model.plan import Floats, Grid, Write


@lever
class RightsInformation(Lever):
    """Miners learn their rights and the procedure, from a leaflet or from a visit."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "rights_information"
    label: ClassVar[str] = "Information on rights and procedure"
    acts_on: ClassVar[str] = "M1 knowledge of procedure, M9 trust, M12 complaints"
    fails: ClassVar[str] = "a leaflet does about nothing (W156, W164)"

    reach: float = field(0.3, "share of miners reached in a year", "1/year", 0, 6)
    by: Literal["leaflet", "visit"] = field("visit", "how they are reached")
    services: float = field(0.0, "services that come with a visit (advice, account, mediation)", "1", 0, 1, "W159")
    usd_a_visit: float = field(6.0, "cost of a visit", "USD", 0, 1_000)
    services_cost: float = field(1.0, "cost of full services with a visit, over that of the visit", "1", 0, 20)
    usd_a_leaflet: float = field(0.3, "cost of a leaflet", "USD", 0, 100)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Reach miners."""
        monthly = min(1.0, self.reach / 12)
        yield Write(H.rights_visits if self.by == "visit" else H.leaflets, self.fill(grid, monthly))
        if self.by == "visit" and self.services:
            yield Write(H.visit_services, self.fill(grid, self.services))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each person reached, with the services of a visit."""
        each = self.usd_a_visit * (1 + self.services_cost * self.services) if self.by == "visit" else self.usd_a_leaflet
        return float(grid.miners.sum()) * self.reach / 12 * each


@lever
class DutyToProtectTraining(Lever):
    """Officials learn their duty to protect, with or without consequences for breaking it."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "duty_to_protect_training"
    label: ClassVar[str] = "Training on the duty to protect"
    acts_on: ClassVar[str] = "M12 violations by officials"
    fails: ClassVar[str] = "the programme ends, and turnover wipes it out"

    coverage: float = field(0.5, "share of officials trained", "share", 0, 1)
    oversight: float = field(0.2, "share of violations with a consequence", "share", 0, 1)
    procedure_training: float = field(
        0.03, "share of officials who learn the procedure in a month, at full coverage", "1/month", 0, 1
    )
    usd_an_office_month: float = field(40, "training and oversight", "USD/month", 0, 10_000)
    ramp_months: int = field(12, "months to full coverage and oversight", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Train and oversee."""
        yield Write(H.duty_training, self.fill(grid, self.coverage, self.ramp_months))
        yield Write(H.oversight, self.fill(grid, self.oversight, self.ramp_months))
        yield Write(H.procedure_training, self.fill(grid, self.procedure_training * self.coverage))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each office."""
        return self.coverage * self.usd_an_office_month * grid.districts


@lever
class CompanyResponsibility(Lever):
    """Companies train guards not to infringe, and let groups in on idle land."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "company_responsibility"
    label: ClassVar[str] = "Company responsibility"
    acts_on: ClassVar[str] = "M12 violations by guards, M4 consent"
    fails: ClassVar[str] = "the programme ends; holders close their land again"

    coverage: float = field(0.5, "share of guards and managers trained", "share", 0, 1)
    consent: float = field(
        0.01, "hazard that a holder lets a group in, at full coverage", "1/month", 0, 1, "MN081 MN226"
    )
    usd_a_district_month: float = field(50, "training and mediation", "USD/month", 0, 10_000)
    ramp_months: int = field(12, "months to full coverage", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Train guards and win consent."""
        yield Write(H.company_training, self.fill(grid, self.coverage, self.ramp_months))
        yield Write(H.holder_consent, self.fill(grid, self.consent * self.coverage, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each district."""
        return self.coverage * self.usd_a_district_month * grid.districts


@lever
class RegularisationSupport(Lever):
    """Help with land, contracts and fees."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "regularisation_support"
    label: ClassVar[str] = "Support for regularisation"
    acts_on: ClassVar[str] = "M1 fees and hassle, M4 plots, M6 staff"
    fails: ClassVar[str] = "holders and councils refuse"

    plots: float = field(0.3, "plots allotted above an office's own rate", "share", 0, 5)
    consent: float = field(0.005, "hazard that a holder lets a group in", "1/month", 0, 1)
    hassle_saved: float = field(0.3, "share of paper days saved", "share", 0, 0.9, "W167")
    fee_subsidy: float = field(0.0, "share of the fee paid for miners", "share", 0, 1, "W152")
    staff: float = field(0.2, "officials paid in each office", "persons", 0, 20)
    usd_staff_month: float = field(400, "an official", "USD/month", 0, 10_000)
    usd_a_district_month: float = field(60, "surveys and mediation", "USD/month", 0, 10_000)
    ramp_months: int = field(12, "months to full support with plots, consent and papers", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Plots, consent, papers, fees, staff."""
        yield Write(H.plots, self.fill(grid, 1 + self.plots, self.ramp_months, low=1.0))
        yield Write(H.holder_consent, self.fill(grid, self.consent, self.ramp_months))
        yield Write(H.hassle, self.fill(grid, 1 - self.hassle_saved, self.ramp_months, low=1.0))
        yield Write(H.staff_funded, self.fill(grid, self.staff))
        if self.fee_subsidy:
            yield Write(H.fee_subsidy, self.fill(grid, self.fee_subsidy))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Staff and surveys; fees that are paid for miners are counted as they are paid."""
        return grid.districts * (self.staff * self.usd_staff_month + self.usd_a_district_month)


@lever
class EnterpriseSupport(Lever):
    """Facilitators help crews to organise and to stay together."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "enterprise_support"
    label: ClassVar[str] = "Support for enterprises"
    acts_on: ClassVar[str] = "M5 formation and cohesion"
    fails: ClassVar[str] = "few want to be legal; no law under which a group could file; free riding"

    facilitators: float = field(0.3, "facilitators in each district", "persons", 0, 20)
    usd_facilitator_month: float = field(350, "a facilitator with travel", "USD/month", 0, 10_000)
    ramp_months: int = field(12, "months until all facilitators are in place", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Send facilitators."""
        yield Write(H.facilitators, self.fill(grid, self.facilitators, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each facilitator."""
        return self.facilitators * self.usd_facilitator_month * grid.districts


@lever
class NationalFederation(Lever):
    """A federation of miners' groups: helps to form groups, batches files, holds them together, lobbies."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "national_federation"
    label: ClassVar[str] = "National federation of miners"
    acts_on: ClassVar[str] = "M5 formation, files, cohesion; M7 lobby"
    fails: ClassVar[str] = "few want to be legal; it fades without dues or funds (MN091, MN201)"

    strength: float = field(0.5, "support of the federation", "share", 0, 1)
    cost_usd_month: float = field(8_000, "full support", "USD/month", 0, 1e7)
    ramp_months: int = field(24, "months to full support", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Support the federation."""
        yield Write(H.federation, self.fill(grid, self.strength, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by strength."""
        return self.strength * self.cost_usd_month


@lever
class MinersVoice(Lever):
    """Forums, local and national, in which miners speak and are answered, or not."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "miners_voice"
    label: ClassVar[str] = "Miners' voice"
    acts_on: ClassVar[str] = "M9 trust, fit of rules, M12 remedies"
    fails: ClassVar[str] = "a voice that is not answered lowers trust"

    forums: float = field(0.3, "share of miners with a forum", "share", 0, 1)
    answered: float = field(0.5, "share of what is raised that is answered", "share", 0, 1)
    rule_fit: float = field(0.2, "fit of the rules gained when all is answered", "1", 0, 1)
    usd_a_district_month: float = field(40, "forums", "USD/month", 0, 10_000)
    ramp_months: int = field(12, "months until all forums meet", "months", 0, 240)
    rule_fit_months: int = field(24, "months until the rules fit as well as they will", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Hold forums and answer."""
        yield Write(H.forums, self.fill(grid, self.forums, self.ramp_months))
        yield Write(H.voice_answered, self.fill(grid, self.answered))
        yield Write(H.rule_fit, self.fill(grid, self.rule_fit * self.forums * self.answered, self.rule_fit_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each district."""
        return self.forums * self.usd_a_district_month * grid.districts


@lever
class WomensEmpowerment(Lever):
    """Women's access to licences, credit and leadership."""

    ingredient: ClassVar[str] = "rights"
    name: ClassVar[str] = "womens_empowerment"
    label: ClassVar[str] = "Women's empowerment"
    acts_on: ClassVar[str] = "M1 and M5 access gaps, M15 credit"
    fails: ClassVar[str] = "the programme ends, and formal groups push women out again (W175)"

    licence: float = field(0.5, "share of the gap in licences closed", "share", 0, 1)
    credit: float = field(0.5, "share of the gap in credit closed", "share", 0, 1)
    leadership: float = field(0.5, "share of groups with support for women leaders", "share", 0, 1)
    cost_usd_month: float = field(3_000, "all three in full", "USD/month", 0, 1e7)
    ramp_months: int = field(12, "months until the gaps are closed", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Close the gaps."""
        yield Write(H.women_access, self.fill(grid, self.licence, self.ramp_months))
        yield Write(H.women_credit, self.fill(grid, self.credit, self.ramp_months))
        yield Write(H.women_leadership, self.fill(grid, self.leadership, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """A third for each."""
        return (self.licence + self.credit + self.leadership) / 3 * self.cost_usd_month
