"""What has no effect is said, and what has one is not."""

import re

import pytest

from asmsim.config.errors import ConfigError
from asmsim.config.groups import list_options
from asmsim.model.scenarios import scenario
from asmsim.model.without_effect import list_without_effect
from asmsim.sweeps.request.request import SweepOptions, make_request

FIVE = ("context=generic", "policy=five_ingredients")
CENTRES = "market.buying_centres"


def said(*typed: str) -> list[str]:
    return list_without_effect(scenario(*typed))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ([f"{CENTRES}.named=['District 01']"], rf"{CENTRES}\.named = \[District 01\] has no effect with siting = most_gold"),
        ([f"{CENTRES}.number=0", f"{CENTRES}.siting=named", f"{CENTRES}.named=['District 01']"], r"named = .* with number = 0"),
        ([f"{CENTRES}.number=1", f"{CENTRES}.siting=named", f"{CENTRES}.named=['District 01','District 02']"], r"last of its 2 entries, District 02"),
        (["legalisation.pace=at_once", "legalisation.phases=7"], r"legalisation\.phases = 7 has no effect with pace = at_once"),
        (["legalisation.pace=at_once", "legalisation.temporary_contracts=0.9"], r"temporary_contracts = 0\.9 has no effect"),
        (["legalisation.phases=20", "context.districts.number=5"], r"phases = 20: only 5 of it"),
        (["rights.rights_information.usd_a_leaflet=2"], r"usd_a_leaflet = 2 has no effect with by = visit; it has with leaflet"),
        (["rights.rights_information.by=leaflet", "rights.rights_information.services=0.5"], r"services = 0\.5 has no effect with by = leaflet"),
        ([f"{CENTRES}.number=60", "context.districts.number=12"], rf"{CENTRES}\.number = 60: only 12 of it has an effect"),
        (["market.processing_centres.number=60", "context.districts.number=12"], r"processing_centres\.number = 60: only 12"),
        (["donor.programme.duration_years=40"], r"donor\.programme\.duration_years = 40: only 2\d"),
        (["donor.programme.gap_months=6", "donor.programme.phase_years=30"], r"gap_months = 6 has no effect"),
        (["~donor.programme"], r"No donor's money for governance\.asm_department"),
        (["events=[{from: 2010-01, set: {law.new_land: 1}}]"], r"events\[0\]: changes nothing"),
        (["events=[{from: 2010-01, scale: {bank.window_taxes: 0.5}}]"], r"events\[0\]: changes nothing|no handle"),
        (["legalisation.drafting_effort=2"], r"drafting_effort has no effect with model\.law = dated"),
        (["model.institutions=false"], r"institutions = false"),
        ([f"{CENTRES}.roll_out_months=240", f"{CENTRES}.start=2020-01"], rf"{CENTRES}\.roll_out_months takes 240 months and has 120"),
        (["legalisation.phases=6", "legalisation.months_a_phase=60"], r"phases x months_a_phase takes 301 months and has 300"),
        (["rights.miners_voice.until=2006-01"], r"miners_voice\.rule_fit_months takes 24 months and has 12"),
        (["context.windows=[{name: W, lat: 1, lon: 2, from: 2040-01}]"], r"context\.windows\[0\] \(W\) is open in no month"),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_said(typed: list[str], says: str) -> None:
    try:
        lines = said(*FIVE, *typed)
    except ConfigError as error:
        lines = [str(error)]
    assert any(re.search(says, line) for line in lines), lines


def test_a_programme_without_levers_is_said() -> None:
    assert any(
        "no lever to pay for" in line
        for line in said("context=generic", "policy=none", "donor.programme.duration_years=4")
    )


def test_years_beyond_the_horizon_are_said() -> None:
    assert "what it says of 2040 has no effect" in said("donor.programme.usd_by_year={2004: 5, 2010: 6, 2040: 7}")[0]


def test_prices_that_stand_still_are_said() -> None:
    assert any("2022-12" in line for line in said("context.end=2030-12"))
    assert not said()


@pytest.mark.parametrize("policy", ["none", "minimal_law", "five_ingredients"])
def test_shipped_policies_have_an_effect_in_full(policy: str) -> None:
    assert said("context=generic", f"policy={policy}") == []


@pytest.mark.parametrize("group", ["market", "rights", "governance", "knowledge"])
def test_shipped_options_have_an_effect_in_full(group: str) -> None:
    for option in list_options(group):
        lines = said("context=generic", "policy=none", f"{group}={option}", "donor=programme")
        assert not [line for line in lines if "has no effect" in line], option


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ([f"{CENTRES}.start=2012-01", f"{CENTRES}.until=2012-01"], "so it would do nothing"),
        ([f"{CENTRES}.until=2004-01"], "so it would do nothing"),
        ([f"{CENTRES}.until=2050-01"], "outside the horizon"),
        ([f"{CENTRES}.start=2030-01"], "after the last month"),
        (["legalisation.in_force=2030-01"], "after the last month"),
        (["context.series.world.gold_price={points: {2000-01: 1}, anchor: 2000-01, value: 3}"], "beside points does nothing"),
        (["context.series.world.gold_price={points: {2000-01: 1}, growth_a_year: 0.1}"], "growth_a_year beside points"),
        (["context.series.world.gold_price={anchor: 2000-01}"], "anchor and value belong together"),
        (["context.series.world.gold_price={anchor: 2000-01, value: 3, interpolate: linear}"], "interpolate is between points"),
    ],
)  # fmt: skip
def test_what_can_never_have_an_effect_is_refused(typed: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        scenario(*FIVE, *typed)


def test_a_sweep_says_in_which_points() -> None:
    request = make_request(
        [*FIVE, "legalisation.pace=at_once,gradual", "legalisation.phases=3,5"], SweepOptions(seeds=1)
    )
    assert len(request.notes) == 2
    assert "phases = 3 has no effect with pace = at_once" in request.notes[0]
    assert "(In legalisation.pace=at_once, legalisation.phases=3" in request.notes[0]


def test_a_lever_that_costs_and_sets_what_holds_already_is_named() -> None:
    window = "market.central_bank_purchases"
    typed = ("context=generic", "policy=minimal_law", f"{window}.price=1.0", f"{window}.days=2.5")
    assert any(f"{window} costs USD 5,000 a month and changes nothing" in line for line in said(*typed))
    assert not any(window in line for line in said(*typed, f"{window}.days=1.0"))
    assert not any(window in line for line in said(*typed, "context.handles.market.window_days=30"))
