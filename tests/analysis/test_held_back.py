"""What held people back: each miner is counted once, by the agents' own states, in every month."""

import numpy as np
import pytest

import asmsim
from asmsim.analysis.held_back import (
    PLACES,
    HeldBack,
    count_of_hundred,
    count_places,
    describe_held_back,
    divide_reported,
    find_held_back,
    look_back,
    weigh_licence,
)
from asmsim.config.errors import ConfigError
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import prepare_run
from asmsim.model.state import UNREGISTERED

SMALL = ("context=generic", "model.scale=20", "context.end=2011-12")


def made(*changes: str) -> Scenario:
    return scenario(*SMALL, *changes)


@pytest.mark.parametrize("law", ["legalisation.to=groups", "legalisation.to=individuals"])
def test_counts_add_up_to_the_people_and_agree_with_outcomes_in_every_month(law: str) -> None:
    run = prepare_run(made("policy=five_ingredients", law, "legalisation.pace=at_once"), 3)
    for month in range(run.scenario.context.months):
        run.advance(month, month + 1)
        found = count_places(run)
        row = run.rows[month]
        assert sum(found.values()) == pytest.approx(row.miners_present)
        assert found["licensed"] == pytest.approx(row.paper_licences)
        assert found["waits_office"] + found["waits_land"] + found["resting"] == pytest.approx(row.in_process)
        assert found["lapsed"] == pytest.approx(row.lapsed)
        assert set(found) == set(PLACES)
    assert found["licensed"] > 0
    assert found["waits_office"] + found["waits_land"] > 0


@pytest.mark.parametrize("law", ["legalisation.to=groups", "legalisation.to=individuals"])
def test_what_a_licence_is_worth_is_reckoned_as_in_the_run(law: str) -> None:
    """Where everybody weighs it each month, those for whom it is worth their hurdle are those who would apply."""
    run = prepare_run(made("policy=minimal_law", law, "parameters.review_hazard=0.5", "parameters.newcomer_knows=1"), 3)
    run.advance(0, 90)
    me = run.state.miners
    there = np.flatnonzero(
        (me.present == 1) & (me.status == UNREGISTERED) & (me.knows_procedure == 1) & (me.months > 12)
    )
    me = me[there]
    stigma, wait = run.state.places[me.district].stigma, run.state.offices[me.district].wait_months
    agree = (weigh_licence(run, there)(wait, me.trust, stigma, False) > me.hurdle) == (me.willing == 1)
    assert len(there) > 100
    assert agree.mean() > 0.93, "but for who has not weighed it anew, and for a month's change"


def test_without_a_law_nobody_could_apply() -> None:
    found = find_held_back(made("policy=none"), 2)
    assert found.share("no_law") == 1.0
    assert found.month == "2011-12"


def test_who_does_not_know_is_counted_as_such_and_visits_change_it() -> None:
    law = ("policy=minimal_law", "parameters.newcomer_knows=0.05")
    alone = find_held_back(made(*law), 3)
    visited = find_held_back(made(*law, "rights=[rights_information]", "rights.rights_information.reach=0.5", "rights.rights_information.funder=government"), 3)  # fmt: skip
    assert alone.share("unheard") > 0.5
    assert visited.share("unheard") < alone.share("unheard") - 0.2
    said = describe_held_back(visited, alone, ("visits", "the law alone"))
    assert said.startswith("Of 100 miners in 2011-12, ")
    assert "fewer do not know how to apply" in said
    assert said.endswith("than under the law alone.")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (("parameters.taste_base=-3", "parameters.taste_stigma=0", "parameters.taste_trust=0", "parameters.hurdle_median=4"), "worth"),
        (("parameters.taste_base=1.5", "parameters.taste_stigma=4", "parameters.stigma_start=0.9", "parameters.taste_trust=0"), "stigma"),
        (("parameters.form_hazard=0.0001", "parameters.taste_base=3"), "no_group"),
    ],
    ids=["worth", "stigma", "no_group"],
)  # fmt: skip
def test_what_stands_in_the_way_is_what_was_put_there(changes: tuple[str, ...], place: str) -> None:
    found = find_held_back(made("policy=minimal_law", "parameters.newcomer_knows=1", *changes), 2)
    shares = {name: found.share(name) for name in PLACES}
    assert max(shares, key=lambda name: shares[name]) == place, shares


def test_a_month_on_the_way() -> None:
    early = find_held_back(made("policy=minimal_law"), [5], "2004-12")
    assert early.share("no_law") == 1.0, "before the law"
    with pytest.raises(ConfigError, match="2031-01"):
        find_held_back(made(), 1, "2031-01")


def test_what_is_told_of_runs_is_what_they_report() -> None:
    run = asmsim.run(made("policy=five_ingredients"), seeds=5)
    found = look_back(run)
    assert found.share("licensed") * float(found.people.mean()) == pytest.approx(run.of("paper_licences")[:, -1].mean())
    assert float(found.people.mean()) == pytest.approx(run.of("miners_present")[:, -1].mean())
    waiting = sum(float(found.counts[place].mean()) for place in ("waits_office", "waits_land", "resting"))
    assert waiting == pytest.approx(run.of("in_process")[:, -1].mean())
    assert sum(count_of_hundred(found).values()) == 100


def test_a_status_that_was_not_met_in_the_runs_looked_at_has_a_place() -> None:
    nobody = HeldBack("2030-12", {place: np.zeros(2) for place in PLACES} | {"unheard": np.array([90.0, 110.0])})
    found = divide_reported(nobody, 100.0, {O.paper_licences: 10.0, O.in_process: 5.0, O.lapsed: 0.0})
    assert float(found.counts["licensed"][0]) == 10.0
    assert float(found.counts["waits_office"][0]) == 5.0
    assert float(found.counts["unheard"][0]) == 85.0


def test_words_leave_out_what_is_nothing() -> None:
    counts = {place: np.zeros(2) for place in PLACES} | {
        "licensed": np.array([10.0, 14.0]),
        "unheard": np.array([30.0, 26.0]),
    }
    found = HeldBack("2030-12", counts)
    assert describe_held_back(found) == "Of 100 miners in 2030-12, 70 do not know how to apply and 30 hold a licence."
    assert describe_held_back(found, found, ("a", "b")).endswith("That is as under b.")
    nobody = HeldBack("2030-12", {place: np.zeros(1) for place in PLACES})
    assert describe_held_back(nobody) == "Nobody mines."
    assert O.paper_licences.unit == "persons"
