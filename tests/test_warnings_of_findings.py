"""Results that mislead say so now: findings name the choice they rest on, episodes are no tests, tonnes are too low."""

import html
import re
from pathlib import Path

import pytest

from asmsim.analysis.experiments.experiment_plan import list_names, load_experiment
from asmsim.analysis.experiments.render import CAUTION
from asmsim.analysis.validation_page import NO_TEST, count_passes, list_pattern_notes
from asmsim.cli.experiment import tell_finding
from asmsim.evidence.evaluate import Evaluated
from asmsim.evidence.patterns import list_patterns, load_pattern

ROOT = Path(__file__).resolve().parent.parent
RESTS_ON = {
    "project_duration": "budget line",
    "five_ingredients": "one fixed purse",
    "turnover": "hub's memory",
    "legal_pace": "no rush of applications",
    "failure_modes": "individual licences",
    "robust_policy": "inspection costs",
    "mongolia_history": "four times too low",
}


@pytest.mark.parametrize(("name", "words"), RESTS_ON.items())
def test_a_finding_says_on_what_it_rests(name: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    experiment = load_experiment(name, ROOT / "experiments")
    line = experiment.plan.caution
    assert words in line
    assert "\n" not in line
    shown = f"{CAUTION} {line}"
    finding = (ROOT / "results" / name / "finding.md").read_text(encoding="utf-8")
    assert finding.split("\n\n")[1] == f"*{shown}*", "right under the headline"
    first = (
        (ROOT / "experiments" / "README.md").read_text(encoding="utf-8").split("## What was found")[1].split("###")[0]
    )
    assert f"- [{name}]({name}/README.md): {line}\n" in first
    assert shown in experiment.readme.read_text(encoding="utf-8").split("**Finding.**")[1]
    assert shown in html.unescape((ROOT / "results" / name / "index.html").read_text(encoding="utf-8"))
    tell_finding(experiment, ROOT / "results" / name, False)
    assert shown in " ".join(capsys.readouterr().out.split())


def test_the_readme_says_how_many_findings_rest_on_a_choice() -> None:
    assert len(RESTS_ON) == 7
    assert "Seven of the ten findings rest on a choice" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_other_finding_claims_to_rest_on_anything() -> None:
    others = set(list_names(ROOT / "experiments")) - set(RESTS_ON)
    assert not [name for name in others if load_experiment(name, ROOT / "experiments").plan.caution]


def evaluated() -> dict[str, Evaluated]:
    return {name: Evaluated(load_pattern(name), {}, None, "2005-01") for name in list_patterns()}  # type: ignore[arg-type]


def test_episodes_are_named_and_not_counted() -> None:
    found = evaluated()
    episodes = ["B1", "V1", "V2", "V3", "V4", "V5", "V6b", "Z1"]
    assert [name for name, e in found.items() if e.pattern.role_name == "development episode"] == episodes
    judged = {"full model": dict.fromkeys(found, "pass")}
    text = "\n".join(count_passes(found, judged, [], 1))
    assert f"Development episodes: {', '.join(episodes)}. {NO_TEST}" in text
    for page in (text, (ROOT / "docs/validation.md").read_text(encoding="utf-8")):
        assert not re.search(r"\d+ of 6\b|that pass: ", page)
        assert "Twelve episodes that nobody here had seen were run by others on an earlier model: none was met." in page


def test_gold_is_judged_in_tonnes() -> None:
    judged = load_pattern("P3").judged
    levels = [judged[name] for name in ("in 2013", "in 2014", "in 2017", "in 2018", "in 2019")]
    assert {(each.unit, each.counts) for each in levels} == {("t/year", True)}
    (line,) = (line for line in list_pattern_notes(evaluated()) if line.startswith("- **P3**"))
    assert "in tonnes a year" in line
