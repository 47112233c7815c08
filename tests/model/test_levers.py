"""Every lever moves what it is meant to move where its problem is present, and has a region where it does not."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from asmsim.analysis import lever_page
from asmsim.analysis.catalogue import read_evidence
from asmsim.analysis.lever_effects import LeverEffect, make_case, measure_lever, measure_world
from asmsim.analysis.statistics import find_negligible
from asmsim.model.lever_worlds import find_world, list_worlds, read_worlds
from asmsim.model.levers import all_levers
from asmsim.model.own_outcomes import find_outcome
from asmsim.model.without_effect import list_without_effect
from asmsim.sweeps.replicates import replicate

WORLDS = sorted(read_worlds())
ALIVE = [name for name in WORLDS if not read_worlds()[name].argument]
SEEDS, SCALE = 8, 20


@cache
def measured(name: str) -> LeverEffect:
    """Its highest dose alone: results/levers/ holds the others."""
    world = find_world(name)
    return measure_world(world.model_copy(update={"doses": world.doses[-1:]}), SEEDS, SCALE)


def standard_error(values: np.ndarray[Any, Any]) -> float:
    return float(np.nanstd(values, ddof=1) / np.sqrt(len(values)))


@pytest.mark.parametrize("name", ALIVE)
def test_lever_moves_its_outcome_as_expected_where_its_problem_is(name: str) -> None:
    effect = measured(name)
    change = effect.world.sign * effect.top
    assert np.nanmean(change) > max(1.5 * standard_error(change), find_negligible(effect.unit)), change


@pytest.mark.parametrize("name", WORLDS)
def test_lever_fails_where_it_is_said_to_fail(name: str) -> None:
    effect = measured(name)
    if effect.world.harms:
        assert np.nanmean(effect.fails) < -1.5 * standard_error(effect.fails), effect.fails
        return
    works, fails = (effect.world.sign * np.nanmean(v) for v in (effect.top, effect.fails))
    assert fails <= 0.3 * works, (works, fails)


@pytest.mark.parametrize("name", WORLDS)
def test_a_donor_delivers_no_more_than_the_whole(name: str) -> None:
    effect = measured(name)
    if effect.donor:
        whole, part = (effect.world.sign * np.nanmean(v[-1]) for v in (effect.full, effect.donor))
        assert part < 1.25 * whole + 1.5 * standard_error(effect.donor[-1]), (
            "but for chance, which is all of a null effect"
        )


@pytest.mark.parametrize("name", WORLDS)
def test_lever_fails_at_a_dose_that_is_there_and_by_no_coefficient_of_its_own(name: str) -> None:
    world = find_world(name)
    dose = world.dose_at(world.doses[-1])
    varied = {k for k in dose if dose[k] and f"{world.lever}.{k}" in world.fails_when}
    assert all(world.fails_when[f"{world.lever}.{k}"] for k in varied), "a dose of nothing is no failure"
    assert world.fails_when
    assert not any(k.startswith("parameters.") and v == 0 for k, v in world.fails_when.items())


@pytest.mark.parametrize("path", sorted(all_levers()))
def test_lever_says_what_it_is_costs_and_how_it_fails(path: str) -> None:
    kind = all_levers()[path]
    assert kind.__doc__
    assert kind.acts_on
    assert kind.fails
    for name, info in kind.model_fields.items():
        assert info.description, f"{path}.{name} has no meaning"
        assert "source" in dict(info.json_schema_extra or {})  # type: ignore[arg-type]
        assert dict(info.json_schema_extra or {})["source"], f"{path}.{name} has no source"


def test_every_lever_has_a_world() -> None:
    assert len(all_levers()) == 32
    assert set(all_levers()) == {world.name for world in list_worlds() if world.name == world.lever}
    assert len(list_worlds()) - 32 == sum("/" in world.name for world in list_worlds())


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_is_complete_and_can_be_made(name: str) -> None:
    world = find_world(name)
    assert 5 <= len(world.doses) <= 6
    assert list(world.doses) in (sorted(world.doses), sorted(world.doses, reverse=True))
    assert find_outcome(world.outcome).name in lever_page.PHRASES
    assert not world.harms or find_outcome(world.harms)
    assert set(world.sources.split()) - {"assumed"} <= set(read_evidence())
    assert world.because.endswith(".")
    assert not world.argument or world.sources != "assumed"
    assert {world.along, *world.dose} <= set(all_levers()[world.lever].model_fields)
    assert make_case(world, world.dose_at(world.doses[-1]), world.fails_when, SCALE).plan


@pytest.mark.parametrize("name", WORLDS)
def test_no_dose_of_a_world_does_nothing(name: str) -> None:
    world = find_world(name)
    for value in world.doses:
        said = list_without_effect(make_case(world, world.dose_at(value), {}, SCALE))
        assert not [
            line for line in said if line.startswith(f"{world.lever} ") or f"{world.lever}.{world.along} " in line
        ]


def test_without_a_lever_its_own_settings_of_the_failing_world_do_not_count() -> None:
    world = find_world("market.processing_centres")
    alone = make_case(world, None, world.fails_when, SCALE)
    assert not any(lever.path == world.lever for lever in alone.levers)
    assert replicate(alone, 1).runs == 1


def test_sentences_and_table_are_made_from_the_effect() -> None:
    effect = measured("rights.rights_information")
    sentence, *more = lever_page.describe_effect(effect)
    assert sentence.startswith(
        "In a country where one miner in ten knows how to apply, visiting four miners in ten each year"
    )
    mean = lever_page.show_size(float(effect.top.mean()), "share")
    assert f"raises the licensed share of miners by {mean} percentage points (90 % of runs: " in sentence
    assert "It costs USD 72,000 a year." in sentence
    assert any("A donor's programme of USD 1.2 million a year brings" in line for line in more)
    row = lever_page.tabulate_effects([effect]).to_dicts()[0]
    assert row["effect"] == pytest.approx(effect.top.mean())
    assert row["verdict"] == effect.standing == "alive"
    assert len(lever_page.list_cells(effect)) == len(lever_page.HEADER)


def test_enforcement_prints_what_it_does_to_people() -> None:
    effects = [measured(world.name) for world in list_worlds("enforcement.policing")]
    assert len(effects) == 2
    page = lever_page.write_markdown(effects)
    for effect in effects:
        said = lever_page.write_rights(effect)
        for word in ("rights violations", "people moving to another district", "bribes", "trust"):
            assert word in said
    assert "## Enforcement: effect, persistence, cost and what it does to people" in page
    assert all(cell for cell in lever_page.list_cells(effects[0]))


def test_a_figure_of_all_doses_is_drawn(tmp_path: Any) -> None:
    effect = measure_lever("governance.job_descriptions", 4, SCALE)
    assert len(effect.full) == len(effect.donor) == 5
    path = lever_page.write_dose_figure(effect, tmp_path)
    assert 10_000 < path.stat().st_size < 100_000


def test_the_command_prints_the_answer_first(elsewhere: Path) -> None:
    words = [sys.executable, "-m", "asmsim", "show", "levers", "miners_voice", "--effect", "--seeds", "2"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip().startswith("In a country where miners trust officials little, a forum for every miner")
    assert "ramp_months" in done.stdout
    assert [path.name for path in (elsewhere / "results/levers").iterdir()] == ["rights_miners_voice.png"]
    alone = subprocess.run([*words[:6], "--seeds", "2"], capture_output=True, text=True, check=False)
    assert alone.returncode
    assert "belong to --effect" in alone.stderr


def test_the_table_that_is_shipped_is_of_the_worlds_as_they_are() -> None:
    folder = Path(__file__).resolve().parents[2] / "results" / "levers"
    table = {row["lever"]: row for row in pl.read_csv(folder / "levers.csv", infer_schema_length=None).to_dicts()}
    assert list(table) == [world.name for world in list_worlds()]
    for world in list_worlds():
        row = table[world.name]
        assert row["world"] == ", ".join(f"{key}={value}" for key, value in world.keys.items())
        assert (row["highest_dose"], row["outcome"], row["country"]) == (world.doses[-1], world.outcome, world.country)
        assert (folder / lever_page.file_name(world)).stat().st_size < 100_000
    alive = [row for name, row in table.items() if "/" not in name and row["verdict"] == "alive"]
    assert len(alive) >= 24
    assert f"**{len(alive)} of 32 levers answer to their dose" in (folder / "README.md").read_text(encoding="utf-8")


def test_what_moves_trust_least_and_most_is_said() -> None:
    one, other = (measured(name) for name in ("rights.miners_voice", "enforcement.policing"))
    said = lever_page.describe_trust([one, other])
    assert f"between {lever_page.show_change(other.trust, '1')} (inspections and raids)" in said
    assert f"and {lever_page.show_change(one.trust, '1')} (miners' voice)" in said
    assert one.trust.mean() > 0 > other.trust.mean()


def test_opening_districts_one_by_one_keeps_promises_where_one_desk_answers_all_and_nowhere_else() -> None:
    effect = measured("legalisation/pace")
    assert effect.top.mean() > 0.05
    assert abs(effect.fails.mean()) < 0.03
