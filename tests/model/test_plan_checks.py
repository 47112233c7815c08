"""What is said of a plan before it is run: each faulty plan is remarked on with the number that tells, no shipped one is."""

import pytest

from asmsim.config.groups import list_options
from asmsim.model.plan_checks import check_plan, list_concerns
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.without_effect import list_without_effect
from tests.known_countries import FILE, make_table

MANY = ("context.population.miners=200000", "context.population.high=400000")


def made(*changes: str) -> Scenario:
    return scenario("context=generic", *changes)


def named(*changes: str, word: str) -> list[str]:
    """Remarks that begin with a word."""
    return [text for text in list_concerns(made(*changes)) if text.startswith(word)]


TRUE = {"cote_divoire": {"Land", "Horizon"}, "trial": {"Far from every known country"}}
"""What is rightly said of shipped plans: hardly any land was to be had in Cote d'Ivoire, whose record ends after four years; a
trial's villages are no country."""


def list_own_concerns(scenario_: Scenario) -> set[str]:
    """First words of remarks, but for those on what changes nothing (test_without_effect) and on where data end."""
    idle = list_without_effect(scenario_)
    return {text.partition(":")[0] for text in list_concerns(scenario_) if text not in idle}


@pytest.mark.parametrize("context", list_options("context"))
def test_no_shipped_country_is_remarked_on_falsely(context: str) -> None:
    assert list_own_concerns(scenario(f"context={context}")) == TRUE.get(context, set())


@pytest.mark.parametrize("policy", [name for name in list_options("policy") if name != "trial"])
def test_no_shipped_policy_is_remarked_on_falsely(policy: str) -> None:
    home = ("cote_divoire", "ecuador", "peru", "zimbabwe", "mongolia")
    context = next((c for c in home if policy.startswith(c)), "generic")
    assert list_own_concerns(scenario(f"context={context}", f"policy={policy}")) == TRUE.get(context, set())


def test_few_offices_for_many_miners_leave_no_land_for_licences() -> None:
    (text,) = named(*MANY, "context.districts.number=12", word="Land")
    # 12 offices x 18 plots x goodwill, a year and a half each, for crews of 24 of which 1 in 1.8 places is filled
    assert "257 plots a year" in text
    assert "2.6%" in text
    assert not named(*MANY, "context.districts.number=120", word="Land")
    assert not named(*MANY, "context.districts.number=12", "legalisation.to=individuals", word="Land"), (
        "persons need no plots"
    )
    assert not named(*MANY, "context.districts.number=12", "policy=none", word="Land"), "no law, no licences to be had"


def test_sign_offs_beyond_what_officials_can_give() -> None:
    persons = ("policy=minimal_law", "legalisation.to=individuals")
    (text,) = named(*persons, "legalisation.signoffs=12", "parameters.office_staff=0.3", word="Offices")
    # 9 officials x 40 sign-offs x 12 months / 12 sign-offs = 360 files a year; one in five of 30,000 miners are 6,000
    assert "9 officials can answer 360 files a year" in text
    assert "17 years" in text
    assert not named(*persons, "legalisation.signoffs=3", word="Offices")
    assert not named(*persons, "legalisation.signoffs=12", "parameters.office_staff=3", word="Offices")


@pytest.mark.parametrize(("end", "said"), [("2010-12", True), ("2012-11", True), ("2012-12", False)])
def test_a_horizon_that_cuts_what_a_law_does(end: str, said: bool) -> None:
    assert bool(named("policy=minimal_law", f"context.end={end}", word="Horizon")) == said
    assert not named("policy=none", f"context.end={end}", word="Horizon")


def test_a_programme_beyond_the_horizon() -> None:
    (text,) = named("donor.programme.duration_years=30", word="Programme")
    assert "of which 5 lie beyond 2029-12" in text
    assert not named("donor.programme.duration_years=25", word="Programme")


def test_phases_are_dated() -> None:
    (known,) = [r for r in check_plan(made("legalisation.phases=3")) if r.text.startswith("Phases")]
    assert known.weight == "for your information"
    assert "from 2005-01" in known.text
    assert "last open in 2007-01" in known.text


def test_starter_values_that_nobody_looked_at() -> None:
    (text,) = named("context.population.source='your source'", word="Starter")
    assert "1 of the country's numbers still have 'your source' as source" in text
    assert text.endswith("where it is from: context.population.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("context.handles.market.royalty=0.2", "royalty and taxes as a share of value 0.2"),
        ("context.series.world.outside_income={points: {2000-01: 2000}, unit: USD/month}", "a month of other work in USD 2e+03"),
        ("context.districts.span_km=5000", "hours to the official window"),
        ("context.handles.market.window_days=30", "days until the window pays 30"),
    ],
)  # fmt: skip
def test_numbers_far_from_every_known_country(change: str, words: str) -> None:
    (text,) = named(change, "policy=none", word="Far from")
    assert words in text


def test_known_countries_are_those_that_are_shipped() -> None:
    assert FILE.read_text(encoding="utf-8") == make_table(), "run python -m tests.known_countries"
