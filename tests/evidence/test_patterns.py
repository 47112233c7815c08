"""Patterns are data: each is well formed, cites evidence, and its statistics are what they say."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from asmsim.config.errors import ConfigError
from asmsim.config.paths import config_dir
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.patterns import Measure, Pattern, Statistic, is_inside, list_patterns, load_pattern, match_value
from asmsim.model import parameters
from asmsim.model.outcomes import O
from tests.config.test_parameters import evidence

MONTHS = 48
LINE = np.arange(MONTHS, dtype=float)[None, :] + np.array([[0.0], [100.0]])  # two runs that rise by one a month


def measure(of: str = "mean", since: str = "2006-01", until: str = "2007-01", **more: object) -> Measure:
    return Measure(**{"outcome": "miners", "from": since, "until": until, "of": of, **more})


@pytest.mark.parametrize("name", list_patterns())
def test_pattern_loads_and_every_band_cites_evidence(name: str) -> None:
    pattern = load_pattern(name)
    known = evidence()
    for key, judged in pattern.judged.items():
        assert judged.low < judged.high, key
        if judged.counts:
            assert judged.sources, f"{name} {key} has no source"
        assert set(judged.sources.split()) <= known, judged.sources


@pytest.mark.parametrize(
    ("of", "expected"),
    [("mean", 17.5), ("sum", 210.0), ("max", 23.0), ("last", 23.0), ("slope", 12.0)],
)
def test_measures_of_a_straight_line(of: str, expected: float) -> None:
    assert measure(of).of_runs(LINE, "2005-01")[0] == pytest.approx(expected)


def test_months_to_a_level_counts_from_the_window_and_has_no_end_if_never() -> None:
    step = np.where(np.arange(MONTHS) >= 20, 1.0, 0.0)[None, :]
    found = measure("months_to", "2006-01", "2008-01", level=0.999).of_runs(step, "2005-01")
    assert found[0] == 20 + 11 - 12  # the first month whose last twelve are all ones
    at_once = measure("months_to", "2006-01", "2008-01", level=0.999, smooth=1)
    assert at_once.of_runs(step, "2005-01")[0] == 20 - 12, "the month itself"
    assert measure("months_to", "2006-01", "2006-06", level=0.999).of_runs(step, "2005-01")[0] == np.inf


@pytest.mark.parametrize(("how", "expected"), [("ratio", 2.0), ("change", 1.0), ("difference", 5.0)])
def test_two_measures_are_compared_as_said(how: str, expected: float) -> None:
    statistic = Statistic(**{"measure": measure(), "over": measure(), "as": how, "counts": False})
    assert statistic.of_measures(np.array([10.0]), np.array([5.0]))[0] == expected


def test_something_over_nothing_is_infinite_and_nothing_over_nothing_undefined() -> None:
    statistic = Statistic(**{"measure": measure(), "over": measure(), "as": "ratio", "low": 0, "high": 9})
    value = statistic.of_measures(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    assert value[0] == np.inf
    assert np.isnan(value[1])
    assert not is_inside(statistic, value).any()
    assert np.isfinite(match_value(statistic, value)).tolist() == [True, False]


BASE = """
title: T
role: check
tests: nothing
context: generic
scenarios: {as_was: ["policy=none"]}
statistics:
  s:
    measure: {outcome: miners, from: "2006-01", until: "2007-01"}
    low: 0
    high: 1
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("outcome: miners", "outcome: minors", "did you mean 'miners'"),
        ('until: "2007-01"', 'until: "2005-01"', "is not after"),
        ("low: 0", "low: 2", "is empty"),
        ("high: 1", "high: 1\n    over: {outcome: miners, from: '2006-01', until: '2007-01'}", "`over` goes with"),
        ("    measure: {", "    measure: {scenario: other, ", "no scenario 'other'"),
        ("tests: nothing", "tests: nothing\nlevel: 3", "level"),
        ("    low: 0\n    high: 1", "    unit: persons", "what counts needs"),
        ('until: "2007-01"', 'until: "2006-02", of: slope', "two months"),
        ('{as_was: ["policy=none"]}', "{}", "`scenarios` is empty"),
        ("statistics:", "observed: {outcome: minors, points: {'2006-01': 1}}\nstatistics:", "did you mean 'miners'"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "mine.yaml").write_text(BASE.replace(old, new, 1))
    with pytest.raises(ConfigError, match="pattern mine") as caught:
        load_pattern("mine", tmp_path)
    assert says in str(caught.value)


def test_a_users_pattern_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "mine.yaml").write_text(BASE)
    pattern: Pattern = load_pattern("mine", tmp_path)
    runs = np.zeros((2, MONTHS, len(O)))
    runs[:, :, O.miners] = LINE
    assert pattern.evaluate({"as_was": runs}, "2005-01")["s"].tolist() == [17.5, 117.5]


TRIAL = """
title: T
role: check
tests: nothing
context: trial
trial:
  s: {effect: [visit at 12], low: 0}
"""


@pytest.mark.parametrize("effect", ["vist at 12", "visit", "visit at -3", "nothing at 12", "visit at 0"])
def test_an_effect_of_no_arm_is_refused(tmp_path: Path, effect: str) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "mine.yaml").write_text(TRIAL.replace("visit at 12", effect))
    with pytest.raises(ConfigError, match="write `ARM at MONTHS`"):
        load_pattern("mine", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("visit at 12", "visit at 600", "its last effect is of"),
        ("context: trial", "context: generic", "needs a district for each arm"),
    ],
)
def test_a_trial_that_cannot_be_held_is_refused_before_any_work(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "mine.yaml").write_text(TRIAL.replace(old, new))
    with pytest.raises(ConfigError, match=says):
        evaluate([load_pattern("mine", tmp_path)], [{}], [1])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('until: "2007-01"', 'until: "2907-01"', "statistics.s: 2006-01 to 2907-01 is not within the record"),
        (
            "statistics:",
            "observed: {outcome: miners, relative_to: 1999-01, points: {'2006-01': 1}}\nstatistics:",
            "observed.relative_to: 1999-01 to 2000-01",
        ),
    ],
)
def test_what_looks_beyond_the_record_is_refused_before_any_work(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "mine.yaml").write_text(BASE.replace(old, new, 1))
    with pytest.raises(ConfigError, match=says):
        evaluate([load_pattern("mine", tmp_path)], [{}], [1])


def test_what_a_record_counts_besides_is_added_month_by_month() -> None:
    runs = np.zeros((2, MONTHS, len(O)))
    runs[:, :, O.miners] = LINE
    judged = Statistic(measure=measure("sum", besides=2.0), low=0, high=9)
    made = Pattern(title="t", role="check", tests="t", context="generic", scenarios={"a": ()}, statistics={"s": judged})
    assert made.evaluate({"a": runs}, "2005-01")["s"].tolist() == [210 + 12 * 2, 1410 + 12 * 2]


def test_one_scenario_less_another_is_their_difference() -> None:
    one, two = (np.zeros((2, MONTHS, len(O))) for _ in range(2))
    one[:, :, O.miners], two[:, :, O.miners] = LINE, LINE - 7
    judged = Statistic(measure=measure(scenario="a", less="b"), low=0, high=9)
    made = Pattern(
        title="t", role="check", tests="t", context="generic", scenarios={"a": (), "b": ()}, statistics={"s": judged}
    )
    assert made.evaluate({"a": one, "b": two}, "2005-01")["s"].tolist() == [7, 7]


@pytest.mark.parametrize("name", [n for n in list_patterns() if load_pattern(n).role == "development"])
def test_a_source_that_an_episode_shares_with_a_parameter_is_declared(name: str) -> None:
    pattern = load_pattern(name)
    mine = {s for j in pattern.judged.values() if j.counts for s in j.sources.split()}
    values = {s for row in parameters.parameter_table().values() for s in row.source.split()}
    with (config_dir() / "priors.csv").open(encoding="utf-8") as file:
        values |= {s for row in csv.DictReader(file) for s in re.findall(r"\b[WX]\d+", row["reason"])}
    if mine & values:
        assert "source" in pattern.in_view, f"{name}: {sorted(mine & values)} also give a parameter its value"
