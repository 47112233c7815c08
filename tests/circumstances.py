"""A country in which what acts on files and groups can be seen: what scenarios of a comparison share."""

BUSY: dict[str, object] = {
    "legalisation.pace": "at_once",
    "parameters.form_hazard": 0.05,
    "parameters.plots_per_office": 20,
    "parameters.taste_base": 3.0,
}
"""A country in which many want a licence and get one."""
