"""Levels on record: every one has a unit and a conversion, stands on the page, and no row of the evidence is forgotten."""

import csv
import math
import re
from pathlib import Path

import pytest

from asmsim.analysis.catalogue import read_evidence
from asmsim.analysis.levels_page import (
    describe_levels,
    describe_remainder,
    list_levels,
    name_ratio,
    show_record,
    show_simulated,
)
from asmsim.config.errors import ConfigError
from asmsim.config.paths import config_dir
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.levels import (
    LEVELS,
    LevelStanding,
    RecordedLevel,
    compare_levels,
    expand_ids,
    list_not_levels,
    load_levels,
    make_level_patterns,
    select_levels,
    tabulate_levels,
)
from asmsim.evidence.patterns import list_patterns, load_pattern
from asmsim.model.outcomes import O

ROOT = Path(__file__).resolve().parent.parent.parent
ALL = load_levels()
EVERY = pytest.mark.parametrize("level", ALL, ids=lambda level: level.id)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def standing(median: float = 2.0, q05: float = 1.0, q95: float = 3.0, **more: object) -> LevelStanding:
    return LevelStanding(ALL[0].model_copy(update={"low": None, "high": None, **more}), median, q05, q95)


@EVERY
def test_every_id_exists(level: RecordedLevel) -> None:
    ids = {*level.sources.split(), *re.findall(r"\b(?:MN|W|X)\d+", level.conversion + level.note)}
    assert level.sources
    assert ids <= set(read_evidence())


@EVERY
def test_the_unit_is_the_outcomes_or_a_conversion_is_stated(level: RecordedLevel) -> None:
    units = {O[name].unit for name in level.outcome.split()}
    assert len(units) == 1, "what is added up has one unit"
    if level.over:
        assert {O[name].unit for name in level.over.split()}
    if level.unit != units.pop() or level.of == "sum" or level.how != "value" or level.times != 1:
        assert level.conversion, f"{level.id}: say how {level.outcome} becomes {level.unit}"


@EVERY
def test_what_is_observed_is_what_is_recorded_converted(level: RecordedLevel) -> None:
    rows = [read_evidence()[name] for name in level.sources.split()]
    if level.recorded:
        texts = " ".join(row["value"] + " " + row["note"] for row in rows)
        numbers = {float(text.replace(",", "")) for text in NUMBER.findall(texts)}
        assert float(level.recorded) in numbers or "DERIVED" in texts, f"{level.recorded} is not in {level.sources}"
    if level.factor is None:
        assert level.conversion, f"{level.id}: say how {level.observed} is had from {level.sources}"
    else:
        assert level.observed == pytest.approx(float(level.recorded) * level.factor, rel=1e-3)
        assert level.factor == 1 or level.conversion
    ends = [level.observed if end is None else end for end in (level.low, level.high)]
    assert ends[0] <= level.observed <= ends[1]


@EVERY
def test_a_level_says_whether_the_fit_knew_it(level: RecordedLevel) -> None:
    fitted = [p for p in map(load_pattern, list_patterns()) if p.role == "fitted"]
    cited = {s for p in fitted for j in p.judged.values() if j.counts for s in j.sources.split()}
    assert (level.fitted in ("yes", "relative")) == bool(cited & set(level.sources.split()))


def test_no_row_of_the_evidence_is_forgotten() -> None:
    levels = {source for level in ALL for source in level.sources.split()}
    others = list_not_levels()
    assert all(others.values()), "each says why it is no level"
    forgotten = set(read_evidence()) - levels - set(others)
    assert not forgotten, f"put them into configs/{LEVELS}, or into configs/not_levels.csv with a reason: {forgotten}"
    assert not levels & set(others)
    assert set(others) <= set(read_evidence())


def test_ids_are_expanded() -> None:
    assert list(expand_ids("MN009-MN011 W7")) == ["MN009", "MN010", "MN011", "W7"]


def test_the_page_the_table_and_its_first_paragraph_hold_every_level() -> None:
    page = (ROOT / "docs/validation.md").read_text(encoding="utf-8")
    table = page.split("## Levels beside the record")[1].split("\n## ")[0]
    with (ROOT / "docs/validation/levels.csv").open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {level.id for level in ALL}
    first = page.split("| pattern | role |")[0]
    for level in ALL:
        assert f"| {level.label} |" in table
        assert float(rows[level.id]["observed"]) == pytest.approx(level.observed)
        if rows[level.id]["off"] == "true":
            assert level.subject in first, f"{level.id} is off, and the first paragraph does not say so"
    off = [row["off"] for row in rows.values()]
    assert off == sorted(off, reverse=True), "what is off comes first"


def test_all_patterns_measure_all_levels_without_another_run() -> None:
    chosen = [load_pattern(name) for name in list_patterns()]
    assert select_levels(ALL, chosen) == ALL
    fitted = select_levels(ALL, [load_pattern("P0")])
    assert {level.context for level in fitted} == {"mongolia"}
    assert select_levels(ALL, [load_pattern("V6a")]) == []


def test_levels_are_measured_in_their_own_units() -> None:
    chosen = [level for level in ALL if level.id in ("bf_mined_2019", "bf_share_2019", "bf_miners")]
    found = evaluate(make_level_patterns(chosen), [{}], [1, 2])
    of = {s.level.id: s for s in compare_levels(chosen, found)}
    assert 10_000 < of["bf_miners"].median < 1_000_000
    grams = 1e6 * of["bf_mined_2019"].median / of["bf_miners"].median  # t/year over persons
    assert 10 < grams < 1000
    assert 0 <= of["bf_share_2019"].median <= 1
    assert tabulate_levels(list(of.values())).height == 3


@pytest.mark.parametrize(
    ("match", "observed", "inside", "off"),
    [
        ("same quantity", 1.5, "yes", False),
        ("same quantity", 1.0, "yes", True),
        ("same quantity", 3.5, "no", True),
        ("proxy", 0.5, "no", True),
        ("at most", 10.0, "yes", False),
        ("at most", 0.5, "no", True),
        ("at least", 0.5, "yes", False),
        ("at least", 10.0, "no", True),
    ],
)
def test_inside_and_off(match: str, observed: float, inside: str, off: bool) -> None:
    found = standing(match=match, observed=observed)
    assert (found.inside, found.off) == (inside, off)


def test_a_range_may_reach_the_runs_where_the_value_does_not() -> None:
    assert standing(match="proxy", observed=3.5, low=2.5, high=4.0).inside == "its range"
    assert standing(match="proxy", observed=3.5, low=3.2, high=4.0).inside == "no"


def test_nothing_simulated_is_off_and_first() -> None:
    found = standing(0.0, 0.0, 0.0, match="same quantity", observed=3.0)
    assert found.off
    assert math.isinf(found.distance)
    assert "none of the" in "\n".join(describe_levels([found]))


def test_numbers_and_ratios_are_in_words() -> None:
    assert [name_ratio(r) for r in (0.0, 0.2, 0.245, 0.5, 1.7, 0.44)] == [
        "none of", "a fifth of", "a quarter of", "half of", "1.7 times", "0.44 times",
    ]  # fmt: skip
    assert (show_simulated(13.64), show_record(13.64), show_simulated(123456)) == ("14", "13.6", "123,000")


def test_the_paragraph_says_how_much_in_one_sentence_a_subject() -> None:
    told = describe_levels(
        [standing(2.8, 2.2, 3.7, match="proxy", observed=13.6, subject="gold", when="2018", unit="t/year")]
    )
    assert "The model gives a fifth of the gold (2018: 2.8 against 13.6 t/year)." in "\n".join(told)
    assert "in 1; in 1 the record lies outside" in "\n".join(told)
    assert list_levels([]) == describe_levels([]) == []


def test_a_user_adds_levels_and_faults_are_named(tmp_path: Path) -> None:
    with (config_dir() / LEVELS).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def write(**changed: str) -> None:
        with (tmp_path / LEVELS).open("w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerow(rows[0] | changed)

    write(id="mine")
    assert load_levels(tmp_path)[-1].id == "mine"
    for changed, says in (
        ({"id": rows[0]["id"]}, "twice"),
        ({"id": "mine", "outcome": "minerz"}, "level mine: .*minerz"),
        ({"id": "mine", "match": "nearly"}, "level mine: match"),
    ):
        write(**changed)
        with pytest.raises(ConfigError, match=says):
            load_levels(tmp_path)
    write(id="mine", context="peru")
    with pytest.raises(ConfigError, match="level mine: pattern P0 has the context mongolia"):
        make_level_patterns(load_levels(tmp_path))


def test_what_of_the_gold_of_individuals_is_unexplained_is_told_in_tonnes() -> None:
    level = next(x for x in ALL if x.id == "individuals_2018")
    inside, outside = (LevelStanding(level, m, a, b) for m, a, b in ((12.0, 9.0, 15.0), (8.8, 5.9, 11.2)))
    assert "Each year on record lies in the 90 %" in "\n".join(describe_remainder([inside]))
    told = "\n".join(describe_remainder([outside]))
    assert "In 2018 13.6 t/year were sold and 8.8 are simulated (5.9 to 11), which leaves 4.8 unexplained" in told
    assert describe_remainder([]) == []
