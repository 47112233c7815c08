"""Every number has a unit, a range, a source and a grade; every source is in the evidence."""

import csv

import pytest

from asmsim.config.paths import evidence_dir
from asmsim.model.handles import H
from asmsim.model.levers import all_levers
from asmsim.model.outcomes import O
from asmsim.model.parameters import GRADES, Parameter, parameter_table


def evidence() -> set[str]:
    found = set()
    for path in evidence_dir().glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found |= {row["id"] for row in csv.DictReader(file)}
    return found


@pytest.mark.parametrize("row", parameter_table().values(), ids=parameter_table())
def test_parameter_is_documented(row: Parameter) -> None:
    assert row.unit
    assert row.low <= row.value <= row.high
    assert row.low < row.high
    assert row.grade in GRADES
    assert row.mechanism
    assert row.meaning
    sources = row.source.split()
    assert sources == ["assumed"] or set(sources) <= evidence(), row.source
    assert row.grade == "assumed" or sources != ["assumed"] or row.grade == "expert"


def test_sources_of_levers_are_in_the_evidence() -> None:
    known = evidence()
    for path, kind in all_levers().items():
        for name, info in kind.model_fields.items():
            source = str((info.json_schema_extra or {}).get("source", ""))  # type: ignore[union-attr]
            assert source == "assumed" or set(source.split()) <= known, f"{path}.{name}: {source}"


def test_handles_and_outcomes_have_unit_and_meaning() -> None:
    for h in H:
        assert h.unit, h.name
        assert h.meaning, h.name
        assert h.low <= h.default <= h.high or h.name == "expected_royalty", h.name
    for o in O:
        assert o.unit, o.name
        assert o.meaning, o.name
