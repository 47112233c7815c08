"""What the user types wins over the policy."""

from pathlib import Path

import pytest

from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import make_variant, parse_variants, scenario

POLICY = "policy=mongolia_as_was"


def levers(made: Scenario, group: str) -> set[str]:
    return {lever.path for lever in made.levers if lever.path.split(".")[0] == group}


@pytest.fixture(scope="module")
def as_was() -> Scenario:
    return scenario()


@pytest.mark.parametrize("group", [g for g in GROUPS if g not in ("context", "policy", "legalisation")])
def test_none_removes_all_levers_of_a_group_and_of_no_other(group: str, as_was: Scenario) -> None:
    assert levers(as_was, group) or group == "enforcement"
    made = scenario(f"{group}=none")
    assert levers(made, group) == set()
    others = {lever.path for lever in as_was.levers} - levers(as_was, group)
    assert {lever.path for lever in made.levers} == others
    assert scenario(f"~{group}").dump() | {"name": ""} == made.dump() | {"name": ""}


@pytest.mark.parametrize(
    "choice", ["market=[buying_centres]", "governance=[political_engagement]", "rights=[miners_voice]"]
)
def test_a_choice_leaves_just_that_lever_at_the_options_dose(choice: str) -> None:
    group, _, short = choice.rstrip("]").partition("=[")
    made, alone = scenario(choice), scenario("policy=none", choice)
    assert levers(made, group) == {f"{group}.{short}"}
    assert getattr(made, group) == getattr(alone, group)


@pytest.mark.parametrize("group", ["governance", "rights", "knowledge", "market", "donor"])
def test_an_ingredient_in_full_is_that_of_the_policy_of_all_five(group: str) -> None:
    policy = scenario("policy=five_ingredients")
    assert getattr(scenario("policy=none", f"{group}=full"), group) == getattr(policy, group)
    assert getattr(scenario("policy=five_ingredients", f"{group}=full"), group) == getattr(policy, group)


def test_legalisation_is_replaced_as_a_whole(as_was: Scenario) -> None:
    assert as_was.legalisation.in_force == "2010-12"
    assert scenario("legalisation=at_once").legalisation == scenario("policy=none", "legalisation=at_once").legalisation


def test_a_group_is_chosen_before_its_levers_are_changed() -> None:
    made = scenario("donor=none", "donor.programme.duration_years=5")
    assert levers(made, "donor") == {"donor.programme"}
    with pytest.raises(ConfigError, match="donor=none: comes after donor"):
        scenario("donor.programme.duration_years=5", "donor=none")


def test_policies_may_still_override_groups(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    text = "# @package _global_\ndefaults:\n  - override /market: [buying_centres]\nmarket: {buying_centres: {number: 3}}\n"
    (tmp_path / "policy" / "mine.yaml").write_text(text)
    assert scenario("policy=mine", config_dir=tmp_path).market.buying_centres.number == 3
    assert scenario("policy=mine", config_dir=tmp_path).policy == "mine"
    made = scenario("policy=mine", "market=[buying_centres]", config_dir=tmp_path)
    assert made.market.buying_centres.number == 10


EVENT = "events=[{from:2015-01,until:2016-01,set:{law.new_land:0}}]"


def test_events_are_added_to_the_policys(as_was: Scenario) -> None:
    made = scenario(EVENT)
    assert made.events[:-1] == as_was.events
    assert made.events[-1].since == "2015-01"
    assert len(scenario(EVENT, EVENT.replace("2015", "2012")).events) == len(as_was.events) + 2


@pytest.mark.parametrize("typed", [["~events", EVENT], [EVENT, "~events"]])
def test_events_of_the_policy_can_be_taken_away(typed: list[str]) -> None:
    assert scenario("~events").events == ()
    assert [e.since for e in scenario(*typed).events] == ["2015-01"]


def test_no_events_is_a_question_and_not_silence() -> None:
    with pytest.raises(ConfigError, match="~events"):
        scenario("events=[]")


def test_a_scenario_is_called_by_what_was_changed(as_was: Scenario) -> None:
    assert as_was.name == ""
    made = scenario("legalisation=at_once", "donor.programme.duration_years=5")
    assert made.name == "mongolia_as_was, changed: legalisation=at_once, donor.programme.duration_years=5"
    assert scenario("context=generic", "policy=none").name == ""
    assert scenario("donor=none", "name=mine").name == "mine"


# --- variants -------------------------------------------------------------------------------------
def test_variants_are_policies_with_changes_of_their_own() -> None:
    typed = [
        "none", "five=mongolia_as_was,donor.programme.duration_years=5", "mongolia_as_was,market=[buying_centres,bank_services]",
        "context=mongolia", "model.scale=20",
    ]  # fmt: skip
    found, shared = parse_variants(typed)
    assert [v.policy for v in found] == ["none", "mongolia_as_was", "mongolia_as_was"]
    assert [v.label for v in found][:2] == ["none", "five"]
    assert found[1].changed == ("donor.programme.duration_years=5",)
    assert found[2].changed == ("market=[buying_centres,bank_services]",)
    assert shared == ["context=mongolia", "model.scale=20"]
    made = make_variant(found[1], shared)
    assert (made.name, made.policy, made.model.scale) == ("five", "mongolia_as_was", 20)
    assert made.donor.programme.duration_years == 5


def test_a_variant_of_no_policy_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="mongolia_as_was"):
        parse_variants(["five=mongolia_as_wsa,donor=none", "none"])
