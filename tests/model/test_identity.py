"""A run's id follows what it is given, and nothing else."""

import pytest

from asmsim.model.inputs_identity import inputs_id, run_id
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from tests.conftest import SMALL


def small(*typed: str) -> Scenario:
    return scenario(*SMALL, "policy=minimal_law", *typed)


def test_words_of_a_scenario_are_no_inputs() -> None:
    first = small()
    context = first.context.model_copy(update={"title": "Elsewhere", "note": "Another note."})
    assert inputs_id(first.model_copy(update={"name": "another name", "context": context})) == inputs_id(first)


def test_a_lever_that_does_nothing_is_no_input_but_its_default_is_what_it_stands_for() -> None:
    assert inputs_id(small("legalisation.pace=at_once")) != inputs_id(small("legalisation.pace=none"))
    default = small().legalisation.pace
    assert inputs_id(small(f"legalisation.pace={default}")) == inputs_id(small())


@pytest.mark.parametrize(
    "changed",
    [
        "parameters.taste_base=0.7",
        "model.scale=25",
        "context.end=2013-01",
        "legalisation.fee_usd=900",
        "events=[{from:2010-01,set:{law.renewal:0}}]",
        "context.districts={number: 13, provinces: 3, span_km: 300}",
    ],
)
def test_whatever_changes_a_run_changes_its_inputs(changed: str) -> None:
    assert inputs_id(small(changed)) != inputs_id(small())


def test_seeds_and_draws_are_part_of_a_runs_id() -> None:
    one = inputs_id(small())
    ids = {run_id([one], [1]), run_id([one], [2]), run_id([one], [1], [{"taste_base": 0.1}]), run_id([one, one], [1])}
    assert len(ids) == 4
    assert run_id([one], [1]) == run_id([inputs_id(small())], [1])
