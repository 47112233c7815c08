"""Key outcomes of five canonical scenarios, pinned: ``make baseline`` rewrites ``tests/baseline.yaml``.

Each scenario is small enough to run in an instant, and between them they exercise every rule of the model.
A change of the model shows as a difference in the file, to be reviewed like any other.
"""

from pathlib import Path

import yaml

from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate
from tests.circumstances import BUSY

BASELINE = Path(__file__).with_suffix(".yaml")
SEED = 1
DIGITS = 9

SMALL = (
    "context=generic", "policy=five_ingredients", "model.scale=4", "context.end=2011-12", "context.policy_start=2001-01",
    "context.population={miners: 400, low: 100, high: 900, slots: 1.5}", "context.sites_per_district=3",
    "donor.programme={usd_year: 1500000, duration_years: 7, gap_months: 4}", "parameters.team_months=4", "parameters.attitude_revenue=0.2", "parameters.learned_start=0.7",
    "governance.political_engagement.ramp_months=12", "governance.job_descriptions.pace_months=12",
)  # fmt: skip
"""A hundred miners of the generic country, who stand for four hundred, under all five ingredients."""
NEAR = "context.districts={number: 4, provinces: 2, span_km: 100}"
BUSY_GROUPS = tuple(f"{key}={value}" for key, value in BUSY.items() if key != "legalisation.pace")
TAXES = (
    "market.royalty_and_tax={royalty_by_date: {2004-01: 0.07, 2008-01: 0.02}, hoped_for: {2007-01: 0.0, 2008-01: -1}}",
    "parameters.patient_share=0.8",
    "parameters.smuggling_cost_sd=0.01",
    "context.handles.market.border_control=1.6",
)
MARKET = (
    "market.buying_centres={number: 3, roll_out_months: 12, cash_usd_month: 9000, break_even_g_month: 300}",
    "market.processing_centres={number: 3, roll_out_months: 6, capacity_g_month: 150, upkeep: 0.5}",
    "market.responsible_markets={support: 0.9, demand_kg_year: 4, funder: government}",
    "market.supply_chain_engagement={reach: 0.4}",
    "market.bank_services={reach: 0.6}",
    "market.equipment_finance={groups_a_year: 0.8}",
    "market.economic_resilience={savings: 0.5, insurance: 0.5, second_income: 0.1}",
)
CREWS = ("parameters.certification_years=1", "parameters.slips_needed=2", "parameters.turnover_effect=0.2")
PEOPLE = ("parameters.slips_needed=2", "parameters.office_staff=3", "parameters.taste_base=2")


def events(*sets: str) -> str:
    """Dated events, as typed."""
    return f"events=[{','.join(sets)}]"


SHOCKS = events(
    "{from: 2003-03, until: 2003-05, set: {world.livelihood_shock: 1, world.discovery: 0.5}}",
    "{from: 2005-02, until: 2005-03, set: {law.deadline_extended: 1, world.stigma_shock: 0.1}}",
    "{from: 2006-06, until: 2006-09, set: {world.pandemic_closure: 0.5}}",
    "{from: 2008-07, until: 2009-01, set: {market.windfall_rate: 0.4, processing.mercury_ban: 1}}",
    "{from: 2009-09, until: 2010-04, set: {law.new_land: 0, law.renewal: 0}}",
)
SCENARIOS: dict[str, tuple[str, ...]] = {
    "generic groups": (
        *SMALL, NEAR, *BUSY_GROUPS, *CREWS, *MARKET, *TAXES, SHOCKS, "legalisation.lead_months=12", "legalisation.phases=2",
        "rights.enterprise_support.facilitators=0.6", "parameters.women_share=0.45", "parameters.renewal_slope=0.5",
    ),
    "generic individuals": (
        *SMALL, NEAR, *PEOPLE, *MARKET, SHOCKS, "legalisation.to=individuals", "legalisation.pace=at_once", "legalisation.shield=0.7",
        "enforcement=policing", "enforcement.policing={raids: 0.1, inspections: 0.05}", "rights.rights_information.by=leaflet",
        "context.handles.law.environment_files=4", "context.traders_per_district=3", "parameters.leaflet_teaches=0.3",
        "context.handles.law.strike_off=0.005", "context.handles.law.licence_months=18", "context.handles.law.renewal_cost=20",
        "context.handles.market.export_price=0.97", "context.handles.market.smuggling_premium=0.02",
    ),
    "enforcement": (
        *SMALL, NEAR, *BUSY_GROUPS, "legalisation.pace=at_once", "legalisation.shield=0.3", "enforcement=policing",
        "enforcement.policing={raids: 0.3, inspections: 0.05, patrol_months: 2, border_control: 1.5}",
        "context.sites_per_district=5", "context.season_open=[0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]", "parameters.move_review=0.1", "parameters.site_least=4",
        events("{from: 2003-01, set: {enforcement.disclosure: 0.5}}", "{from: 2006-01, until: 2007-01, set: {market.window_needs_licence: 1, market.window_taxes: 0.1}}"),
    ),
    "endogenous law": (
        *SMALL, NEAR, *BUSY_GROUPS, *MARKET, "model.law=endogenous", "model.status_rule=threshold", "parameters.law_advance=0.3",
        "parameters.law_suspend=0.03", "parameters.imitation_scale=0.05", "donor.programme.duration_years=4",
        "parameters.plots_per_office=20",
        events(
            "{from: 2005-01, set: {law.licence_payment: 30}}", "{from: 2009-06, set: {law.individual_licences: 1}}",
        ),
    ),
    "mongolia as it was": ("policy=mongolia_as_was", "model.scale=100"),
}  # fmt: skip

OUTCOMES = (
    O.miners, O.licensed_share, O.in_process, O.lapsed, O.women_licence_ratio, O.enterprises, O.certified, O.gold_mined,
    O.official_share, O.price_received, O.income_mean, O.income_low, O.royalty_and_tax, O.cost_donor, O.violations,
    O.trust, O.knows_procedure, O.stigma_local, O.will, O.credibility, O.wait, O.office_attitude, O.mercury, O.damage,
)  # fmt: skip
YEARS = 4
"""Calendar years, evenly spread over the run, whose means are pinned; the last is the run's last."""


def yearly_means(name: str) -> dict[str, list[float]]:
    """Means of the pinned outcomes over the pinned years of one scenario, by outcome."""
    run = simulate(scenario(*SCENARIOS[name]), SEED)
    months = len(run.out) // 12
    pinned = [months * (k + 1) // YEARS for k in range(YEARS)]
    return {o.name: [float(f"{run.out[12 * (y - 1) : 12 * y, o].mean():.{DIGITS}g}") for y in pinned] for o in OUTCOMES}


def write() -> None:
    """Run every scenario and write the file."""
    means = {name: yearly_means(name) for name in SCENARIOS}
    lines = ["# Written by `make baseline`: yearly means of key outcomes; scenarios are in tests/baseline.py.\n"]
    BASELINE.write_text(lines[0] + yaml.safe_dump(means, sort_keys=False, default_flow_style=None, width=120))


if __name__ == "__main__":
    write()
