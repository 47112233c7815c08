"""Contributions add up to the headline, and sentences come from counts."""

import numpy as np
import pytest

from asmsim.analysis.attribution import measure_shapley
from asmsim.model.outcomes import O
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import WorkshopState
from asmsim.workshop.reasons import (
    MOST_EXACT_LEVERS,
    PAIRS_OF_ALL,
    PAIRS_OF_ORDERS,
    attribute_levers,
    explain,
    list_combinations,
)

DOSES = {
    "legalisation.signoffs": 14,
    "rights.rights_information.reach": 0.1,
    "rights.enterprise_support.facilitators": 2.0,
    "market.royalty_and_tax.royalty": 0.0,
    "donor.programme.duration_years": 4.0,
    "donor.programme.usd_year": 300_000.0,
    "enforcement.policing.raids": 0.1,
    "market.processing_centres.number": 0,
}


@pytest.mark.parametrize("levers", [0, 1, 2, 4, 8])
def test_contributions_and_overlap_add_up_to_the_headline(engine: Engine, levers: int) -> None:
    changed = dict(list(DOSES.items())[:levers])
    found = explain(engine, WorkshopState(preset="small", levers=changed), "licensed_share")
    assert {part["key"] for part in found["parts"]} == set(changed)
    assert sum(part["value"] for part in found["parts"]) + found["overlap"] == pytest.approx(found["total"], abs=1e-12)
    assert all(part["low"] <= part["value"] <= part["high"] for part in found["parts"])
    if levers == 0:
        assert found["total"] == found["overlap"] == 0.0


def test_contributions_are_shapley_values(engine: Engine) -> None:
    keys = sorted(DOSES)[:3]
    state = WorkshopState(preset="small", levers={key: DOSES[key] for key in keys})
    parts = attribute_levers(engine, state, O.licensed_share)
    values = []
    for bits in range(8):
        chosen = {key: DOSES[key] for k, key in enumerate(keys) if bits >> k & 1}
        sample = engine.find_sample(WorkshopState(preset="small", levers=chosen))
        sample.grow(PAIRS_OF_ALL)
        values.append(sample.take(PAIRS_OF_ALL, [O.licensed_share])[:, -1, 0].mean())
    shapley = dict(zip(keys, measure_shapley(np.array(values)), strict=True))
    assert {part["key"]: part["value"] for part in parts} == pytest.approx(shapley, abs=1e-12)
    assert sum(part["value"] for part in parts) == pytest.approx(values[-1] - values[0])


def test_contributions_of_many_levers_add_up_to_the_difference_of_their_own_runs(engine: Engine) -> None:
    state = WorkshopState(preset="small", levers=DOSES)
    parts = attribute_levers(engine, state, O.licensed_share)
    base, yours = (s.take(PAIRS_OF_ORDERS, [O.licensed_share])[:, -1, 0] for s in engine.find_pair(state))
    assert sum(part["value"] for part in parts) == pytest.approx((yours - base).mean(), abs=1e-12)
    assert len(list_combinations(MOST_EXACT_LEVERS)) == 16
    assert 8 < len(list_combinations(8)) <= 58


def test_sentences_are_of_counts_that_clearly_differ(engine: Engine) -> None:
    state = WorkshopState(preset="small", levers={"legalisation.pace": "none"})
    found = explain(engine, state, "licensed_share")["sentences"]
    assert found
    for sentence in found:
        values = sentence["values"]
        assert values["change"] != 0.0
        assert values["year"] == 2012
        assert values["of"] > 1000
    applied = next(s for s in found if s["template"] == "applied")
    assert applied["values"]["yours"] == 0.0
    assert explain(engine, WorkshopState(preset="small"), "licensed_share")["sentences"] == []
