"""What has no effect in a room's scenario is found, and said with labels in every language."""

import re
from typing import Any

import pytest

from asmsim.model.without_effect import list_without_effect
from asmsim.workshop.no_effect import list_idle_changes
from asmsim.workshop.preset import WorkshopState, make_changed
from asmsim.workshop.speech import Speech
from tests.workshop.conftest import make_preset

PRESET = make_preset()
CASES: dict[str, dict[str, Any]] = {
    "idle": {"rights.rights_information.by": "leaflet", "rights.rights_information.services": 0.2},
    "beyond": {"market.buying_centres.number": 30},
    "unfinished": {"legalisation.phases": 3, "legalisation.months_a_phase": 60},
    "unpaid": {"donor.programme.duration_years": 0.0},
}
SAID = {
    "idle": ("rights.rights_information.services", "has no effect"),
    "beyond": ("market.buying_centres.number", "only 4 of it has an effect"),
    "unfinished": ("legalisation.phases", "takes 121 months"),
    "unpaid": ("knowledge.outreach_local", "No donor's money"),
}


def note(levers: dict[str, Any]) -> list[dict[str, Any]]:
    state = WorkshopState(preset="small", levers=levers)
    return list_idle_changes(PRESET, state, make_changed(PRESET, state))


@pytest.mark.parametrize("template", CASES)
def test_it_is_what_the_model_says_too(template: str) -> None:
    found = note(CASES[template])
    assert {each["template"] for each in found} == {template}
    key, words = SAID[template]
    assert key in {lever["key"] for each in found for lever in each["levers"]}
    state = WorkshopState(preset="small", levers=CASES[template])
    before = list_without_effect(PRESET.base)
    lines = [line for line in list_without_effect(make_changed(PRESET, state)) if line not in before]
    assert any(key in line and words in line for line in lines), lines


def test_numbers_are_those_of_the_plan() -> None:
    assert [each["enough"] for each in note(CASES["beyond"])] == [4]
    assert {(each["months"], each["has"]) for each in note(CASES["unfinished"])} == {(121, 96)}
    assert note({"legalisation.pace": "none", "legalisation.phases": 9})[0]["template"] == "idle"


def test_what_has_an_effect_is_not_named() -> None:
    assert note({}) == []
    assert (
        note({"legalisation.signoffs": 3, "market.royalty_and_tax.royalty": 0.0, "legalisation.to": "individuals"})
        == []
    )
    assert note({"legalisation.phases": PRESET.data["legalisation"]["phases"], "legalisation.pace": "at_once"}) == []


@pytest.mark.parametrize("language", ["en", "fr", "es", "mn"])
def test_notes_are_said_with_labels_alone(language: str) -> None:
    speech = Speech(language, PRESET)
    texts = [speech.note(each) for levers in CASES.values() for each in note(levers)]
    assert len(texts) >= 4
    assert not any(re.search(r"[a-z]_[a-z]|[a-z]\.[a-z]|[{}]", text) for text in texts), texts
    if language in ("fr", "es"):
        english = Speech("en", PRESET)
        assert not set(texts) & {english.note(each) for levers in CASES.values() for each in note(levers)}
