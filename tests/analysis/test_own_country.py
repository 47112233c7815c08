"""A country from ten numbers: what is given stands in what runs, and every number says where it is from."""

from pathlib import Path
from typing import Any

import pytest

from asmsim.analysis.own_country import QUESTIONS, parse_answer, parse_since, read_settings, write_country
from asmsim.cli.show import ask_numbers
from asmsim.config.errors import ConfigError
from asmsim.model.context import kilometres
from asmsim.model.handles import H
from asmsim.model.plan_checks import check_plan
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario

GIVEN: dict[str, Any] = {
    "miners": 120_000, "districts": 40, "capital_km": 320, "burden": 0.035, "fee_usd": 250, "signoffs": 9, "officials": 60,
    "company_land": 0.3, "outside_income": 210, "mercury": 4.5, "smuggling": 0.06, "licences": "individuals",
}  # fmt: skip


def made(folder: Path, policy: str = "none") -> Scenario:
    return scenario("context=mine", f"policy={policy}", config_dir=folder)


def test_what_is_given_stands_in_what_runs(tmp_path: Path) -> None:
    write_country("mine", tmp_path, GIVEN)
    run = made(tmp_path, "mine_law")
    weight = run.world.miners / run.world.miners.sum()
    assert run.world.miners.sum() == pytest.approx(120_000)
    assert len(run.world.names) == 40
    km = kilometres(run.world.lat, run.world.lon, 10, 20)
    assert km.mean() == pytest.approx(320, rel=0.01)
    assert run.world.company_land @ weight == pytest.approx(0.3, abs=0.002)
    assert {k: run.behaviour[k] for k in ("office_staff", "mercury_per_gold", "smuggling_cost")} == {
        "office_staff": 0.5, "mercury_per_gold": 4.5, "smuggling_cost": 0.06
    }  # fmt: skip
    last = run.plan.base[-1, 0]
    assert (last[H.royalty], last[H.signoffs], last[H.licence_fee], last[H.individual_licences]) == (0.035, 9, 250, 1)
    t = (2024 - 2005) * 12
    assert run.plan.base[t, 0, H.outside_income] == pytest.approx(210)


def test_every_number_says_where_it_is_from(tmp_path: Path) -> None:
    write_country("mine", tmp_path, {"miners": 50_000, "mercury": 2.0})
    text = (tmp_path / "context" / "mine.yaml").read_text(encoding="utf-8")
    lines = {line.split(":")[0].strip(" #"): line for line in text.splitlines() if "#" in line}
    assert "YOURS" in lines["miners"]
    assert "YOURS" in lines["mercury_per_gold"]
    assert "LIKE YOURS: drawn, from" in lines["office_staff"]
    assert "ASSUMED" in lines["law.signoffs"]
    assert "ASSUMED" in lines["world.outside_income"]
    said = [r.text for r in check_plan(made(tmp_path)) if r.text.startswith("Starter values")]
    assert "world.outside_income" in said[0], "what nobody looked at is remarked on"
    assert "population" not in said[0]


@pytest.mark.parametrize("setting", read_settings())
def test_every_setting_runs_and_is_a_country_like_others(setting: str, tmp_path: Path) -> None:
    write_country("mine", tmp_path, {}, setting)
    for policy in ("none", "mine_law", "mine_support"):
        remarks = [r.text.partition(":")[0] for r in check_plan(made(tmp_path, policy)) if r.weight == "look at this"]
        assert set(remarks) <= {"Starter values", "The data of Mine end in 2024-12"}, remarks


def test_districts_of_ones_own_are_kept(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("district,province,lat,lon\nNorth,A,1.0,2.0\nSouth,A,1.5,2.0\n", encoding="utf-8-sig")
    write_country("mine", tmp_path, {"miners": 3_000}, districts=table)
    assert made(tmp_path).world.names == ("North", "South")


@pytest.mark.parametrize(
    ("given", "says"),
    [({"burden": 80}, "--burden 80 is outside 0 to 0.5"), ({"licences": "firms"}, "groups or individuals"), ({"signoffs": 0}, "--signoffs 0")],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused_and_nothing_is_written(
    given: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=says):
        write_country("mine", tmp_path, given)
    with pytest.raises(ConfigError, match="no such setting"):
        write_country("mine", tmp_path, {}, "oil")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    write_country("mine", tmp_path, {})
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.*")}
    with pytest.raises(ConfigError, match="is there already"):
        write_country("mine", tmp_path, {"miners": 5_000})
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.*")} == before


def test_what_is_drawn_elsewhere_is_drawn_where_it_was_not_given() -> None:
    from asmsim.evidence import priors

    assert {q.parameter for q in QUESTIONS if q.parameter} <= priors.list_hierarchical().keys()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("miners", "60,000", 60_000), ("miners", " 60 000 ", 60_000), ("burden", "12%", 0.12), ("burden", "12 %", 0.12), ("burden", "0.12", 0.12),
     ("fee_usd", "1,250.5", 1250.5)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(name: str, typed: str, value: float) -> None:
    assert parse_answer(next(q for q in QUESTIONS if q.name == name), typed) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [("burden", "12", "write 12% or 0.12"), ("miners", "many", "is no number"), ("miners", "1,2", "is no number"), ("signoffs", "99", "outside 1 to 30")],
)  # fmt: skip
def test_what_cannot_be_read_says_how_to_write_it(name: str, typed: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_answer(next(q for q in QUESTIONS if q.name == name), typed)


def test_a_wrong_answer_is_asked_again_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(
        ["sixty", "60,000", *[""] * 2, "12", "12%", *[""] * (len(QUESTIONS) - 4), "firms", "individuals", "2014"]
    )
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(typed))
    assert ask_numbers() == {"miners": 60_000, "burden": 0.12, "licences": "individuals", "law_since": "2014-01"}
    assert next(typed, None) is None


def test_the_law_of_today_is_what_others_are_compared_with(tmp_path: Path) -> None:
    assert [parse_since(text) for text in ("no", "2014", "2014-07")] == ["", "2014-01", "2014-07"]
    with pytest.raises(ConfigError, match="write a year or a month"):
        parse_since("long ago")
    write_country("mine", tmp_path, GIVEN | {"law_since": "2014-01"})
    assert {p.name for p in (tmp_path / "policy").iterdir()} == {"mine_today.yaml", "mine_support.yaml"}
    for policy in ("mine_today", "mine_support"):
        force = made(tmp_path, policy).plan.base[:, 0, H.in_force]
        assert [force[(2013 - 2005) * 12 + 11], force[(2014 - 2005) * 12]] == [0, 1], "since January 2014"
    assert "asmsim compare mine_today mine_support" in (tmp_path / "context" / "mine.yaml").read_text(encoding="utf-8")
