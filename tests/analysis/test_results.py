"""Results folders, tables and verdicts."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import asmsim
from asmsim.analysis.paired import ACCOUNTS, Comparison, describe_difference, measure_harm
from asmsim.analysis.report import (
    describe_policy,
    list_account_rows,
    list_caveats,
    list_cost_rows,
    list_lever_rows,
    list_plan_remarks,
    measure_share_paid,
    write_sentences,
)
from asmsim.analysis.results_folder import choose_place, list_damage, readable_name
from asmsim.analysis.statistics import NEGLIGIBLE, NO_DIFFERENCE
from asmsim.analysis.summary import (
    PATHWAY_MEANINGS,
    find_payer,
    list_observed,
    show_interval_of,
    split_sources,
    tabulate_observed,
)
from asmsim.model.outcomes import O
from asmsim.model.pathway import PATHWAYS
from asmsim.sweeps.replicates import Replicates

TINY = "context=generic policy=five_ingredients model.scale=100 context.end=2007-12"


@pytest.fixture(scope="module")
def run() -> Replicates:
    observed = "context.observed={miners: {2005-06: 1, 2006-12: 9e6, 1999-01: 5}}"
    return asmsim.run([*TINY.split(), observed, "context.sources={observed.miners: X1}"], seeds=3)


# --- folders --------------------------------------------------------------------------------------
def test_a_complete_folder_is_kept_and_a_damaged_one_left_beside_a_new_one(run: Replicates, tmp_path: Path) -> None:
    first = asmsim.write(run, tmp_path)
    assert list_damage(first) == []
    assert asmsim.write(run, tmp_path) == first
    (first / "notes.txt").write_text("mine")  # not ours to judge
    assert asmsim.write(run, tmp_path) == first
    (first / "summary.csv").write_text("changed")
    (first / "report.html").unlink()
    assert list_damage(first) == ["report.html missing", "summary.csv changed"]
    said: list[str] = []
    path, there = choose_place(first, said.append)
    assert (path.name, there) == (f"{first.name}-2", False)
    assert "report.html missing" in said[0]
    second = asmsim.write(run, tmp_path)
    assert second == path
    assert list_damage(second) == []
    assert (first / "summary.csv").read_text() == "changed"
    assert asmsim.write(run, tmp_path) == second


def test_a_folder_without_manifest_does_not_count(tmp_path: Path) -> None:
    assert list_damage(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    assert list_damage(tmp_path)


def test_the_folder_is_named_by_what_was_run(run: Replicates, tmp_path: Path) -> None:
    made = asmsim.run("context=generic donor=none model.scale=500 context.end=2005-12", seeds=1)
    assert asmsim.write(made, tmp_path).name.startswith(
        "generic-five_ingredients-donor=none-model.scale=500-context.end=2005-12-"
    )
    assert readable_name("a/b: ../c") == "a_b_.._c"
    assert len(readable_name("x" * 300)) == 100


def test_policies_whose_names_look_alike_keep_their_own_files(tmp_path: Path) -> None:
    done = asmsim.compare([TINY + " name=a/b", TINY + " name=a_b donor=none"], 1)
    folder = asmsim.write(done, tmp_path)
    assert len(list(folder.glob("*.parquet"))) == 2
    assert len(json.loads((folder / "manifest.json").read_text())["files"]) >= 10


# --- tables ---------------------------------------------------------------------------------------
def test_observations_stand_beside_what_was_simulated(run: Replicates) -> None:
    rows = list_observed(run)
    assert [row[:2] for row in rows] == [["miners", "2005-06"], ["miners", "2006-12"]]
    assert [row[-1] for row in rows] == ["below", "above"]
    assert {row[3] for row in rows} == {"X1"}


def test_observations_are_numbers_with_units_in_a_table(run: Replicates, tmp_path: Path) -> None:
    table = tabulate_observed(run)
    assert table["observed"].dtype == pl.Float64
    assert table["unit"].to_list() == ["persons", "persons"]
    folder = asmsim.write(run, tmp_path)
    assert pl.read_csv(folder / "observed.csv")["observed"].to_list() == table["observed"].to_list()
    units = json.loads(pl.read_parquet_metadata(folder / "series.parquet")["units"])
    codebook = pl.read_csv(folder / "codebook.csv")
    for name in pl.read_parquet(folder / "series.parquet").columns:
        assert name in codebook["column"].to_list(), name
        assert name in units or name in ("seed", "month", "draw")


def test_sources_are_told_apart_by_commas_outside_brackets() -> None:
    assert split_sources("A, B x C", 2) == ["A", "B x C"]
    assert split_sources("A (6,500 of 60,000)", 1) == ["A (6,500 of 60,000)"]
    assert split_sources("A, B", 3) == ["A, B"] * 3


def test_few_seeds_are_warned_of_and_one_has_no_interval(run: Replicates) -> None:
    assert "3 seeds" in run.cautions[0]
    shown = list_caveats(run)
    assert set(run.cautions) <= {*shown, *list_plan_remarks(run)}
    assert show_interval_of(np.array([0.5]), "share") == "50.0 %"
    assert "[" in show_interval_of(np.array([0.5, 0.6]), "share")
    assert describe_difference(np.array([0.5]), "share") == "+50.0 points (one seed)"


def test_the_donors_levers_are_the_donors(run: Replicates) -> None:
    assert {row[2] for row in list_lever_rows(run) if row[1].startswith("donor.")} == {"donor"}
    assert find_payer("market.buying_centres", "government") == "government"
    programme = next(row for row in list_lever_rows(run) if row[1] == "donor.programme")
    assert programme[0] == "Donor's programme"
    assert "in all" in programme[3]


def test_every_pathway_is_explained() -> None:
    assert tuple(PATHWAY_MEANINGS) == PATHWAYS


# --- verdicts -------------------------------------------------------------------------------------
def test_every_unit_has_a_smallest_difference() -> None:
    assert {o.unit for o in O if o.group != "check"} <= set(NEGLIGIBLE)


@pytest.mark.parametrize(("value", "unit"), [(6e-6, "1"), (0.0005, "share"), (3, "persons"), (0.4, "USD/month")])
def test_a_trifle_is_no_clear_difference_though_all_seeds_agree(value: float, unit: str) -> None:
    assert describe_difference(np.full(20, value), unit) == NO_DIFFERENCE
    assert describe_difference(np.full(20, 1000 * value), unit) != NO_DIFFERENCE


def test_a_cost_per_result_has_an_interval() -> None:
    done = asmsim.compare(
        [
            "context=generic policy=minimal_law model.scale=50 context.end=2009-12",
            TINY.replace("2007", "2009").replace("100", "50"),
        ],
        3,
    )
    said = done.cost_per_result(1)
    assert "licensed miner-years" in said
    assert said.count("[") >= 1


def test_a_run_says_which_levers_no_money_reached() -> None:
    world = "context=generic policy=none model.scale=100 context.end=2007-12 market.buying_centres.number=5"
    unpaid = asmsim.run(world, seeds=2)
    paid = asmsim.run(f"{world} market.buying_centres.funder=government", seeds=2)
    assert any("no money reached" in line and "Local buying centres" in line for line in write_sentences(unpaid))
    assert not any("no money reached" in line for line in write_sentences(paid))


def test_a_run_says_how_much_of_its_plans_a_programme_pays() -> None:
    world = "context=generic policy=five_ingredients model.scale=100 context.end=2007-12 donor.programme.ramp_years=0"
    poor, rich = (asmsim.run(f"{world} donor.programme.usd_year={usd}", seeds=1) for usd in (200_000, 40_000_000))
    assert 0 < measure_share_paid(poor) < 0.5 < measure_share_paid(rich) <= 1
    assert any("of what its levers plan is paid for" in line for line in write_sentences(poor))
    assert measure_share_paid(asmsim.run(TINY.replace("five_ingredients", "minimal_law"), seeds=1)) == 1


# --- comparisons ----------------------------------------------------------------------------------
def test_every_policy_is_measured_at_its_own_exit() -> None:
    """Else a short programme's gain would be taken where a longer one ends."""
    none = ["context=generic", "model.scale=50", "context.end=2012-12", "policy=none"]
    short, long = ([*none[:3], "policy=five_ingredients", f"donor.programme.duration_years={y}"] for y in (1, 6))
    alone = asmsim.compare([none, short], seeds=3)
    beside = asmsim.compare([none, short, long], seeds=3)
    assert beside.dates(1) == alone.dates(1)
    assert beside.dates(1)["exit"] == 12
    assert beside.dates(2)["exit"] == 72
    assert beside.durability(1) == alone.durability(1)
    assert "exit+5" not in beside.dates(2)
    assert "the simulation ends less than five years after" in beside.durability(2)
    rows = [r for r in beside.differences().to_dicts() if r["policy"] == beside.names[1]]
    assert alone.differences().to_dicts() == rows
    assert {r["date"] for r in rows} >= {"exit", "exit+5", "horizon"}
    never = [*long[:-1], "donor.programme.duration_years=0"]
    assert asmsim.compare([long, never], seeds=1).dates(1)["exit"] == 72, "where a policy has no exit, the reference's"


def test_more_money_for_less_is_no_price() -> None:
    less = [*TINY.split(), "policy=minimal_law"]
    done = asmsim.compare([TINY.split(), less], seeds=2)
    months = len(done.reference.months)
    for sign, says in ((-1, "though USD"), (1, "per USD 1 million")):
        values = done.runs[1].values.copy()
        values[:, :, O.licensed] = done.reference.of(O.licensed) + sign
        values[:, :, O.cost_donor] = done.reference.of(O.cost_donor) + 1e6 / months
        values[:, :, O.cost_government] = done.reference.of(O.cost_government)
        made = Comparison((done.reference, replace(done.runs[1], values=values)))
        assert says in made.cost_per_result(1)


def test_who_pays_is_told_apart() -> None:
    done = asmsim.compare([TINY.split(), TINY.split()], seeds=2)
    values = done.runs[1].values.copy()
    for o, more in ((O.cost_private, 3e6), (O.cost_government, 5e6), (O.royalty_and_tax, 7e6)):
        values[:, :, o] = done.reference.of(o)
        values[:, 0, o] += more
    made = Comparison((done.reference, replace(done.runs[1], values=values)))
    told = {name: made.present_value(1, account) / 1e6 for name, account in ACCOUNTS.items()}
    assert [round(float(v.mean()), 9) for v in told.values()] == [0.0, 3.0, 0.0, -2.0]
    assert [row[2:] for row in list_account_rows(made)][-1] == [show_interval_of(v, "") for v in told.values()]


def test_harm_is_a_change_for_the_worse_whichever_way_that_is() -> None:
    up = np.array([0.2, 0.2, -0.2, 0.0])
    level = np.full(4, 0.5)
    assert measure_harm(up, O.licensed_share, level) == 0.25
    assert measure_harm(up, O.stigma_local, level) == 0.5
    assert measure_harm(np.full(4, 1e-9), O.stigma_local, level) == 0.0, "negligible"
    assert measure_harm(np.array([5.0, 20.0]), O.mercury, np.full(2, 1000.0)) == 0.5, "a hundredth of the level"
    assert measure_harm(np.array([np.nan, -0.2]), O.licensed_share, level) == 1.0
    assert measure_harm(up, O.enterprises, level) is None
    done = asmsim.compare(
        [TINY.split(), [*TINY.split(), "enforcement=policing", "enforcement.policing.raids=2"]], seeds=3
    )
    assert list(done.harms(1).values()) == sorted(done.harms(1).values(), reverse=True)
    assert done.harms(1)["violations"] > 0.5
    assert "Rights violations in" in describe_policy(done, 1)
    assert len(list_cost_rows(done)) == len(done.dates(1)) - 1
    same = asmsim.compare([TINY.split(), TINY.split()], seeds=2)
    assert set(same.harms(1).values()) == {0.0}
    assert "fewer than 5 %" in describe_policy(same, 1)
