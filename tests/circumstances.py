"""Circumstances in which a lever's effect can be seen: what both scenarios of a comparison share."""

BUSY: dict[str, object] = {
    "legalisation.pace": "at_once",
    "parameters.form_hazard": 0.05,
    "parameters.plots_per_office": 20,
    "parameters.taste_base": 3.0,
}
"""A country in which many want a licence and get one, so that what acts on files and groups can be seen."""

GIVEN: dict[str, dict[str, object]] = {
    "donor.adaptive_management": {"rights.rights_information.reach": 0.3, "donor.programme.duration_years": 10.0},
    "donor.local_ownership": {"donor.programme.duration_years": 10.0, "rights.rights_information.reach": 0.5},
    "donor.programme": {"rights.rights_information.reach": 0.5},
    "governance.asm_department": BUSY,
    "governance.job_descriptions": BUSY,
    "knowledge.knowledge_hub": BUSY,
    "legalisation": {key: value for key, value in BUSY.items() if key.startswith("parameters")},
    "market.bank_services": BUSY
    | {
        "market.buying_centres.number": 12,
        "market.buying_centres.funder": "government",
        "market.buying_centres.roll_out_months": 0,
        "legalisation.to": "individuals",  # each pays a fee on credit; a group pays one
        "parameters.office_staff": 20,
    },
    "market.central_bank_purchases": {"context.handles.market.royalty": 0.02, "parameters.smuggling_cost": 0.05},
    "market.equipment_finance": BUSY,
    "market.rehabilitation_support": BUSY,
    "market.responsible_markets": BUSY | {"parameters.certification_years": 1.0},
    "market.royalty_and_tax": {"context.handles.market.royalty": 0.08},
    "market.supply_chain_engagement": BUSY,
    "rights.enterprise_support": BUSY | {"parameters.form_hazard": 0.002},
    "rights.national_federation": BUSY | {"parameters.form_hazard": 0.002},
    "rights.regularisation_support": BUSY | {"parameters.plots_per_office": 3},
    "rights.womens_empowerment": BUSY | {"parameters.women_gap": 0.9},
}
"""Scenario keys that the scenarios with and without a lever share, by lever; none where a lever is not here."""
