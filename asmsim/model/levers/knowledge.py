"""Ingredient 3: knowledge sharing against stigma (M6, M7, M10)."""

from collections.abc import Iterator
from typing import ClassVar

from asmsim.config.schema import field
from asmsim.model.handles import H
from asmsim.model.levers.base import Lever, lever
from asmsim.model.plan import Floats, Grid, Write


@lever
class OutreachLocal(Lever):
    """Residents meet miners and hear of them."""

    ingredient: ClassVar[str] = "knowledge"
    name: ClassVar[str] = "outreach_local"
    label: ClassVar[str] = "Local outreach"
    acts_on: ClassVar[str] = "M10 residents' stigma, through contact"
    fails: ClassVar[str] = "a damage shock outweighs it; those too far away harden"

    reach: float = field(0.2, "share of residents met in a month", "1/month", 0, 1)
    usd_a_district_month: float = field(60, "full reach", "USD/month", 0, 10_000)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Meet residents."""
        yield Write(H.outreach_local, self.fill(grid, self.reach))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """For each district."""
        return self.reach * self.usd_a_district_month * grid.districts


@lever
class OutreachNational(Lever):
    """Stories in national media."""

    ingredient: ClassVar[str] = "knowledge"
    name: ClassVar[str] = "outreach_national"
    label: ClassVar[str] = "National outreach"
    acts_on: ClassVar[str] = "M10 stigma in national media"
    fails: ClassVar[str] = "the stories stop, and the media go back to bad news"

    weight: float = field(0.3, "weight of the stories in the media", "share", 0, 1)
    cost_usd_month: float = field(4_000, "full weight", "USD/month", 0, 1e7)
    ramp_months: int = field(6, "months to full weight", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Tell stories."""
        yield Write(H.outreach_national, self.fill(grid, self.weight, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by weight."""
        return self.weight * self.cost_usd_month


@lever
class InternationalExchange(Lever):
    """Officials learn from other countries."""

    ingredient: ClassVar[str] = "knowledge"
    name: ClassVar[str] = "international_exchange"
    label: ClassVar[str] = "International exchange"
    acts_on: ClassVar[str] = "M6 quality of rules, M7 knowledge and will"
    fails: ClassVar[str] = "the exchange ends, and those who took part are replaced"

    intensity: float = field(0.3, "share of officials in exchange", "share", 0, 1)
    rule_fit: float = field(0.1, "fit of the rules gained", "1", 0, 1)
    cost_usd_month: float = field(5_000, "full intensity", "USD/month", 0, 1e7)
    ramp_months: int = field(12, "months to full exchange", "months", 0, 240)
    rule_fit_months: int = field(24, "months until the rules fit as well as they will", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Exchange."""
        yield Write(H.exchange, self.fill(grid, self.intensity, self.ramp_months))
        yield Write(H.rule_fit, self.fill(grid, self.intensity * self.rule_fit, self.rule_fit_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by intensity."""
        return self.intensity * self.cost_usd_month


@lever
class KnowledgeHub(Lever):
    """A place where know-how is kept outside heads."""

    ingredient: ClassVar[str] = "knowledge"
    name: ClassVar[str] = "knowledge_hub"
    label: ClassVar[str] = "Knowledge hub"
    acts_on: ClassVar[str] = "M6 forgetting, newcomers' start"
    fails: ClassVar[str] = "no upkeep after exit"

    coverage: float = field(0.5, "share of know-how kept", "share", 0, 1)
    upkeep: float = field(1.0, "share of it kept up to date", "share", 0, 1)
    cost_usd_month: float = field(4_000, "full coverage", "USD/month", 0, 1e7)
    ramp_months: int = field(24, "months until the hub keeps what it can", "months", 0, 240)

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Keep know-how."""
        yield Write(H.memory, self.fill(grid, self.coverage * self.upkeep, self.ramp_months))

    def monthly_cost(self, grid: Grid) -> float | Floats:
        """Scaled by coverage."""
        return self.coverage * self.cost_usd_month
