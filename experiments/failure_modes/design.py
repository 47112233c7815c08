"""Points of the experiment: doses of the five ingredients, each with a draw of the other parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from asmsim.evidence.posterior import draw_for
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results

DOSES = {
    "legalisation.signoffs": (2, 14),
    "parameters.office_staff": (0.1, 4.0),
    "parameters.plots_per_office": (2.0, 20.0),
    "parameters.plot_again": (0.5, 0.98),
    "legalisation.recurring_usd_month": (0.0, 40.0),
    "donor.programme.duration_years": (2.0, 20.0),
    "donor.programme.usd_year": (300_000.0, 4_000_000.0),
    "donor.local_ownership.own_share": (0.0, 0.6),
    "rights.enterprise_support.facilitators": (0.0, 1.0),
    "governance.job_descriptions.coverage": (0.0, 1.0),
}
LABELS = {
    "legalisation.signoffs": "sign-offs a file",
    "parameters.office_staff": "officials an office",
    "parameters.plots_per_office": "plots a year and office",
    "parameters.plot_again": "chance of another plot",
    "legalisation.recurring_usd_month": "cost of a licence, USD a month",
    "donor.programme.duration_years": "programme, years",
    "donor.programme.usd_year": "programme, USD a year",
    "donor.local_ownership.own_share": "partners' own share",
    "rights.enterprise_support.facilitators": "facilitators a district",
    "governance.job_descriptions.coverage": "duties in job descriptions, share",
    "at_once": "gradual (0) or at once (1)",
}
"""What a dose is called, with its unit."""
PACES = ("gradual", "at_once")
POSTERIOR, DRAWS = "mongolia", 200


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Return doses by a Latin hypercube, each with seeds of its own and one of 200 draws of the other parameters."""
    from scipy.stats import qmc

    u = qmc.LatinHypercube(len(DOSES) + 1, rng=np.random.default_rng(11)).random(plan.size)
    table = {key: low + u[:, k] * (high - low) for k, (key, (low, high)) in enumerate(DOSES.items())}
    table["legalisation.signoffs"] = np.round(table["legalisation.signoffs"]).astype(int)
    frame = pl.DataFrame(table | {"legalisation": [PACES[int(v > 0.5)] for v in u[:, -1]]})
    draws = draw_for(POSTERIOR, DRAWS, scenario("context=generic")).values
    names = [n for n in draws[0] if f"parameters.{n}" not in DOSES]
    drawn = {f"parameters.{n}": [draws[k % len(draws)][n] for k in range(plan.size)] for n in names}
    luck = pl.DataFrame({"draw": list(range(plan.size))})  # each point has seeds of its own
    return frame.hstack(pl.DataFrame(drawn)).hstack(luck)
