"""Ingredient 4: private sector and fiscal planning (M4, M13-M17, M20).

`BuyingCentres` is the exemplar of a lever: dose, plan, cost, expectation, failure.
"""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from asmsim.config.errors import ConfigError
from asmsim.config.schema import Month, field
from asmsim.model.handles import H
from asmsim.model.levers.base import Funder, Lever, lever
from asmsim.model.plan import Floats, Grid, Write


def roll_out(lever: Lever, grid: Grid, number: int, months: int) -> Floats:
    """How many of `number` are open in each month of the lever's span."""
    first, last = lever.span(grid)
    opens = np.arange(number) * months // max(1, number)
    return np.searchsorted(opens, np.arange(last - first), side="right").astype(float)


@lever
class BuyingCentres(Lever):
    """Formal buying points where gold is mined."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "buying_centres"
    label: ClassVar[str] = "Local buying centres"
    acts_on: ClassVar[str] = "M13 the miner's sale"
    fails: ClassVar[str] = "tax wedge, stock-outs, papers asked, too little volume to stay open"

    number: int = field(0, "centres, one a district at most", "count", 0, 10_000, "MN185", "Number of buying centres")
    siting: Literal["most_gold", "remote", "named"] = field("most_gold", "which districts come first")
    named: tuple[str, ...] = field((), "districts in order, where siting is `named`")
    roll_out_months: int = field(24, "months from the first centre to the last", "months", 0, 240)
    cash_usd_month: float = field(500_000, "cash a centre can pay out", "USD/month", 0, 1e9)
    price: float = field(1.0, "share of the world price paid, before royalty and fee", "share", 0, 1.2, "MN131")
    fee: float = field(0.01, "fee of the centre", "share", 0, 0.5)
    days: float = field(2.0, "days until paid in full", "days", 0, 60, "MN189")
    open_share: float = field(1.0, "share of the month it is open", "share", 0, 1)
    papers: bool = field(False, "asks for a licence", source="MN191")
    break_even_g_month: float = field(0.0, "volume below which a centre is given up", "g/month", 0, 1e9, "W128")
    usd_centre_month: float = field(3_000, "running a centre", "USD/month", 0, 1e6)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Open centres one after the other."""
        first, last = self.span(grid)
        sites = self.sites(grid)
        for k, d in enumerate(sites):
            opens = min(first + k * self.roll_out_months // len(sites), last)
            yield Write(H.centre_open, grid.cells(self.open_share, d, opens, last))
            yield Write(H.centre_cash, grid.cells(self.cash_usd_month, d, opens, last))
        yield Write(H.centre_price, self.fill(grid, self.price))
        yield Write(H.centre_fee, self.fill(grid, self.fee))
        yield Write(H.centre_days, self.fill(grid, self.days))
        yield Write(H.centre_papers, self.fill(grid, float(self.papers)))
        yield Write(H.centre_break_even, self.fill(grid, self.break_even_g_month))

    def sites(self, grid: Grid) -> list[int]:
        """Districts that get a centre, in order; most gold is taken to be mined where most miners are."""
        if self.siting == "named":
            named = grid.at_first(self.named, f"{self.path}.named")
            if self.number > len(named):
                raise ConfigError(
                    f"{self.path}: number = {self.number}, but siting=named names {len(named)} districts; "
                    "name more, or write siting=most_gold"
                )
            return named[: self.number]
        worth = grid.miners
        if self.siting == "remote":
            middle = grid.hours_from(*(float(np.average(x, weights=grid.miners)) for x in (grid.lat, grid.lon)))
            worth = grid.miners * middle
        return [int(d) for d in np.argsort(-worth, kind="stable")[: self.number]]

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each centre."""
        return roll_out(self, grid, len(self.sites(grid)), self.roll_out_months) * self.usd_centre_month


@lever
class BankServices(Lever):
    """Bank branches that lend on sales slips."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "bank_services"
    label: ClassVar[str] = "Bank services"
    acts_on: ClassVar[str] = "M15 debts to traders"
    fails: ClassVar[str] = "no slips, where tax drives miners to traders"

    reach: float = field(0.3, "chance a year that a licensed miner with sales slips gets a loan", "1/year", 0, 1)
    funder: Funder = field("market", "who pays")
    usd_a_district_month: float = field(300, "branch services", "USD/month", 0, 1e5)
    ramp_months: int = field(24, "months to full reach", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Lend on slips."""
        yield Write(H.bank_services, self.fill(grid, self.reach, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each district."""
        return self.reach * self.usd_a_district_month * grid.districts


@lever
class EquipmentFinance(Lever):
    """Loans for equipment to licensed groups."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "equipment_finance"
    label: ClassVar[str] = "Finance for equipment"
    acts_on: ClassVar[str] = "M15 yield of licensed groups"
    fails: ClassVar[str] = "no licensed groups to lend to (W127)"

    groups_a_year: float = field(0.1, "share of licensed groups equipped in a year", "1/year", 0, 12)
    usd_a_group: float = field(8_000, "equipment of a group, net of repayment", "USD", 0, 1e6)
    groups_a_thousand: float = field(1.0, "licensed groups in 1,000 miners (for the cost)", "count", 0, 100)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Equip groups."""
        yield Write(H.equipment_finance, self.fill(grid, min(1.0, self.groups_a_year / 12)))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each group that is equipped."""
        groups = self.groups_a_thousand * float(grid.miners.sum()) / 1000
        return self.groups_a_year / 12 * self.usd_a_group * groups


@lever
class EconomicResilience(Lever):
    """Savings groups, insurance, second incomes."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "economic_resilience"
    label: ClassVar[str] = "Savings, insurance and second incomes"
    acts_on: ClassVar[str] = "M15 distress sales and debt"
    fails: ClassVar[str] = "no surplus to save; low payouts"

    savings: float = field(0.2, "share of miners in savings groups", "share", 0, 1)
    insurance: float = field(0.2, "share of licensed miners insured", "share", 0, 1, "MN218")
    second_income: float = field(0.05, "share of miners helped to a second income in a year", "1/year", 0, 6)
    usd_a_saver_month: float = field(0.3, "savings groups", "USD/month", 0, 100)
    usd_a_second_income: float = field(150, "helping one person", "USD", 0, 10_000)
    ramp_months: int = field(24, "months until savings groups and insurance reach their share", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Save, insure, diversify."""
        yield Write(H.savings_groups, self.fill(grid, self.savings, self.ramp_months))
        yield Write(H.insurance, self.fill(grid, self.insurance, self.ramp_months))
        yield Write(H.second_income, self.fill(grid, min(1.0, self.second_income / 12)))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each saver and each second income."""
        people = float(grid.miners.sum())
        return people * (self.savings * self.usd_a_saver_month + self.second_income / 12 * self.usd_a_second_income)


@lever
class ProcessingCentres(Lever):
    """One-stop shops that mill hard rock without mercury."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "processing_centres"
    label: ClassVar[str] = "One-stop processing centres"
    acts_on: ClassVar[str] = "M16 mercury and recovery"
    fails: ClassVar[str] = "haul, queue, breakdown without upkeep (MN206-207)"

    number: int = field(0, "plants", "count", 0, 1_000, "MN205")
    capacity_g_month: float = field(5_000, "gold a plant can recover", "g/month", 0, 1e9, "MN043")
    fee: float = field(0.08, "fee, share of the gold's value", "share", 0, 1, "MN205")
    hours: float = field(2.0, "haul from site to plant", "hours", 0, 100)
    upkeep: float = field(0.8, "share of upkeep done", "share", 0, 1, "MN207")
    roll_out_months: int = field(24, "months from the first plant to the last", "months", 0, 240)
    usd_plant_month: float = field(4_000, "running and writing off a plant", "USD/month", 0, 1e6)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Open plants where most miners dig: gold is taken to be mined where they are."""
        first, last = self.span(grid)
        number = min(self.number, grid.districts)  # one a district
        for k, d in enumerate(np.argsort(-grid.miners, kind="stable")[:number]):
            opens = min(first + k * self.roll_out_months // max(1, number), last)
            yield Write(H.plant_capacity, grid.cells(self.capacity_g_month, d, opens, last))
        yield Write(H.plant_upkeep, self.fill(grid, self.upkeep))
        yield Write(H.plant_fee, self.fill(grid, self.fee))
        yield Write(H.plant_hours, self.fill(grid, self.hours))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each plant."""
        return roll_out(self, grid, min(self.number, grid.districts), self.roll_out_months) * self.usd_plant_month


@lever
class RehabilitationSupport(Lever):
    """Worked land is restored and handed back."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "rehabilitation_support"
    label: ClassVar[str] = "Support for restoring land"
    acts_on: ClassVar[str] = "M4 another plot, M10 damage and stigma"
    fails: ClassVar[str] = "no contracts under which land must be handed back restored"

    coverage: float = field(0.3, "share of worked land restored with support", "share", 0, 1, "MN111")
    hectares_a_year: float = field(60, "hectares restored at full coverage (for the cost)", "ha/year", 0, 1e5, "MN111")
    usd_a_ha: float = field(900, "restoring a hectare by frugal methods", "USD/ha", 0, 1e5)
    ramp_months: int = field(12, "months to full coverage", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Restore land."""
        yield Write(H.rehabilitation, self.fill(grid, self.coverage, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each hectare."""
        return self.coverage * self.hectares_a_year / 12 * self.usd_a_ha


@lever
class FiscalPlanning(Lever):
    """Revenue stays in the district, and the state budget takes over programme work."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "fiscal_planning"
    label: ClassVar[str] = "Fiscal planning"
    acts_on: ClassVar[str] = "M20 effort of offices, staff after exit; M18 what lasts"
    fails: ClassVar[str] = "a tax that drives gold underground leaves nothing to share"

    funder: Funder = field("government", "who pays")
    local_share: float = field(0.3, "share of ASM revenue that stays in the district", "share", 0, 1, "MN216 W119")
    budget_line: float = field(0.2, "share of programme work in the state budget", "share", 0, 1)
    budget_line_months: int = field(36, "months until the budget line carries its share", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Share revenue and budget for the work."""
        yield Write(H.local_share, self.fill(grid, self.local_share))
        yield Write(H.budget_line, self.fill(grid, self.budget_line, self.budget_line_months))


@lever
class RoyaltyAndTax(Lever):
    """Royalty and taxes collected at the official window, by date."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "royalty_and_tax"
    label: ClassVar[str] = "Royalty and tax"
    acts_on: ClassVar[str] = "M13 and M14, the wedge between window and smuggling"
    fails: ClassVar[str] = "the learned cost of smuggling stays below the wedge"

    funder: Funder = field("government", "who pays")
    royalty: float | None = field(None, "royalty at the window from `start`; none = the context's", "share", 0, 0.5)
    taxes: float | None = field(None, "other taxes at the window from `start`; none = the context's", "share", 0, 0.5)
    royalty_by_date: dict[Month, float] = field({}, "royalty from each month on", "share")
    hoped_for: dict[Month, float] = field(
        {}, "royalty announced or hoped for from each month on; -1 ends the hope", "share"
    )

    hoped_in_months: float = field(3, "months until the royalty hoped for", "months", 0, 60, "MN168 MN169")

    @model_validator(mode="after")
    def _one_royalty(self) -> Self:
        if self.royalty is not None and self.royalty_by_date:
            raise ValueError(
                f"royalty_by_date says what holds from {min(self.royalty_by_date)} on, so royalty = {self.royalty:g} would "
                "end there; put it among the dates, or add market.royalty_and_tax.royalty_by_date=null to use it alone"
            )
        return self

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Set the rates; what the treasury forgoes is an outcome, not a cost."""
        if self.royalty is not None:
            yield Write(H.royalty, self.fill(grid, self.royalty))
        if self.taxes is not None:
            yield Write(H.window_taxes, self.fill(grid, self.taxes))
        yield from self.dated(grid, H.royalty, self.royalty_by_date)
        yield from self.dated(grid, H.expected_royalty, self.hoped_for)
        if self.hoped_for:
            yield Write(H.expected_months, self.fill(grid, self.hoped_in_months))

    def dated(self, grid: Grid, handle: H, rates: dict[Month, float]) -> Iterator[Write]:
        """One write for each dated rate, which holds until the next."""
        months = sorted(rates)
        _, last = self.span(grid)
        for k, month in enumerate(months):
            until = grid.t(months[k + 1], self.path) if k + 1 < len(months) else last
            yield Write(handle, grid.cells(rates[month], slice(None), grid.t(month, self.path), until))


@lever
class CentralBankPurchases(Lever):
    """The central bank buys at the world price and pays promptly."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "central_bank_purchases"
    label: ClassVar[str] = "Purchases by the central bank"
    acts_on: ClassVar[str] = "M14 official net; M7 will through reserves"
    fails: ClassVar[str] = "overvalued rate, slow pay"

    funder: Funder = field("government", "who pays")
    price: float | None = field(None, "share of the world price paid; none = the context's", "share", 0, 1.2, "MN131")
    days: float | None = field(None, "days to be paid; none = the context's", "days", 0, 180, "MN189")
    fee: float | None = field(None, "assay and bank fee; none = the context's", "share", 0, 0.5)
    papers: float | None = field(None, "cost of papers, share of value; none = the context's", "share", 0, 0.5, "MN191")
    cost_usd_month: float = field(5_000, "running the window on these terms", "USD/month", 0, 1e7)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Set the terms of the window that are given."""
        for handle, value in self.terms.items():
            yield Write(handle, self.fill(grid, value))

    @property
    def terms(self) -> dict[H, float]:
        """The terms that are given."""
        asked = {
            H.window_price: self.price,
            H.window_days: self.days,
            H.window_fee: self.fee,
            H.window_papers: self.papers,
        }
        return {handle: value for handle, value in asked.items() if value is not None}

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Running the window; nothing where no term is given."""
        return self.cost_usd_month if self.terms else 0.0


@lever
class SupplyChainEngagement(Lever):
    """Off-takers are brought to licensed groups, early or late."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "supply_chain_engagement"
    label: ClassVar[str] = "Engagement of the supply chain"
    acts_on: ClassVar[str] = "M13 a formal buyer who comes; time to first formal sale"
    fails: ClassVar[str] = "no licensed groups yet"

    reach: float = field(0.2, "share of licensed miners an off-taker reaches", "share", 0, 1)
    cost_usd_month: float = field(3_000, "full reach", "USD/month", 0, 1e7)
    ramp_months: int = field(12, "months to full reach", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Bring off-takers."""
        yield Write(H.supply_chain, self.fill(grid, self.reach, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by reach."""
        return self.reach * self.cost_usd_month


@lever
class ResponsibleMarkets(Lever):
    """Certification and a premium, as far as buyers want certified gold."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "responsible_markets"
    label: ClassVar[str] = "Responsible markets"
    acts_on: ClassVar[str] = "M17 certification"
    fails: ClassVar[str] = "demand cap; cost above premium"

    support: float = field(0.1, "share of licensed groups helped to certify", "share", 0, 1, "MN226 W126")
    demand_kg_year: float = field(10, "certified gold that buyers take", "kg/year", 0, 1e5, "MN228")
    premium_usd_kg: float = field(5_000, "premium", "USD/kg", 0, 1e5, "MN229")
    usd_month: float = field(6_000, "full support", "USD/month", 0, 1e7)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Help to certify; buyers pay the premium."""
        yield Write(H.certification, self.fill(grid, self.support))
        yield Write(H.certified_demand, self.fill(grid, self.demand_kg_year))
        yield Write(H.certified_premium, self.fill(grid, self.premium_usd_kg))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by support."""
        return self.support * self.usd_month
