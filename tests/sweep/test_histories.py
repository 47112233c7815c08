"""Runs that share their history are what they would be alone, and what they share is simulated once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, make_orders, prepare_run, simulate
from asmsim.model.state import Orders
from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.execute import histories, worker
from asmsim.sweeps.execute.histories import BY_MONTH, Histories, PreparedScenario, digest_by_month
from asmsim.sweeps.execute.simulator import SIMULATOR
from asmsim.sweeps.execute.worker import Chunk, Piece, complete_run, group_pieces
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.results import Results
from tests.sweep.conftest import TINY, asked

ENDS = ("2007-12", "2006-03", "2006-12")
YEARS, TAPER = "donor.programme.duration_years", "donor.programme.taper_years"
PRICE = "events=[{from: 2006-06, set: {world.gold_price: 60}}]"
FEAR_CHANGES = "events=[{from: 2006-06, set: {parameters.belief_floor: 0.1}}]"
VARIANTS = (
    (f"{YEARS}=2",),
    (f"{YEARS}=1",),
    (f"{YEARS}=2", f"{TAPER}=1"),
    (f"{YEARS}=2", PRICE),
    (f"{YEARS}=2",),
    (f"{YEARS}=2", FEAR_CHANGES),
    (f"{YEARS}=2", "parameters.belief_floor=0.02"),
    (f"{YEARS}=1", "parameters.belief_floor=0.02"),
    (f"{YEARS}=0", "parameters.belief_floor=0.02"),
    (f"{YEARS}=2", "donor.local_ownership=null"),
    (f"{YEARS}=2", "legalisation=none"),
    (f"{YEARS}=2", "rights=none"),
    (f"{YEARS}=2", "model.scale=100"),
    (f"{YEARS}=2", "context.end=2005-12"),
    (f"{YEARS}=2", "context.sites_per_district=2"),
    (f"{YEARS}=2", "context.traders_per_district=1"),
    (f"{YEARS}=2", "parameters.crew_slots=8"),
    (f"{YEARS}=0",),
)


def told(*typed: str) -> PreparedScenario:
    return told_again(scenario(*TINY, *typed, called_by=""))


def told_again(made: Scenario) -> PreparedScenario:
    return PreparedScenario(made, histories.digest_constants(made), digest_by_month(made.plan))


def same(a: Run, b: Run) -> bool:
    return all(x.tobytes() == y.tobytes() for x, y in zip((*a.state, *a.record), (*b.state, *b.record), strict=True))


@pytest.mark.parametrize("order", [1, -1], ids=["as listed", "the other way round"])
def test_a_run_is_what_it_would_be_alone(order: int) -> None:
    together = [told(*typed) for typed in VARIANTS][::order]
    shared = Histories(together)
    for one in together:
        for seed in (1, 2):
            assert same(shared.simulate(one.scenario, seed), simulate(one.scenario, seed)), one.scenario.name


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 1),
            st.sampled_from(["", "2005-07", "2006-06"]),
            st.sampled_from([ENDS[0], *ENDS]),
        ),
        min_size=2,
        max_size=6,
    )
)
def test_whatever_the_policies_their_horizons_and_their_order(policies: list[tuple[int, int, str, str]]) -> None:
    together = [
        told(
            f"{YEARS}={y}",
            f"{TAPER}={min(y, t)}",
            f"context.end={end}",
            *([PRICE.replace("2006-06", month)] if month and month < end else []),
        )
        for y, t, month, end in policies
    ]
    shared = Histories(together)
    for one in together:
        assert same(shared.simulate(one.scenario, 1), simulate(one.scenario, 1))


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Months of each piece of a run that is simulated."""
    found: list[int] = []
    advance = Run.advance

    def counted(run: Run, first: int, last: int, threads: int = 1) -> None:
        found.append(last - first)
        advance(run, first, last, threads)

    monkeypatch.setattr(Run, "advance", counted)
    return found


def test_runs_that_end_sooner_share_their_history(simulated: list[int]) -> None:
    together = [told(f"context.end={end}") for end in (ENDS[1], *ENDS)]
    months = [one.scenario.context.months for one in together]
    assert months[0] < months[1] > months[3] > months[2]
    shared = Histories(together)
    for one, due in zip(together, (months[0], months[1] - months[0], 0, 0), strict=True):
        simulated.clear()
        shared.simulate(one.scenario, 1)
        assert sum(simulated) == due


def test_what_is_alike_is_simulated_once(simulated: list[int]) -> None:
    together = [told(f"{YEARS}=1"), told(f"{YEARS}=2"), told(f"{YEARS}=2"), told(f"{YEARS}=2", "rights=none")]
    shared = Histories(together)
    months = together[0].scenario.context.months
    begin = together[0].scenario.plan.grid.t(None)
    assert together[2].alike_until(together[1]) == months
    expected = (months, months - (begin + 12), 0, months)
    for one, due, kept in zip(together, expected, (1, 1, 0, 0), strict=True):
        simulated.clear()
        shared.simulate(one.scenario, 1)
        assert sum(simulated) == due
        assert len(shared._kept[1]) == kept, "nothing that nobody goes on from"


@pytest.mark.parametrize(("name", "axis"), [("base", 0), ("funded", 1), ("cost", 1)])
def test_runs_part_in_the_month_in_which_they_are_told_something_else(name: str, axis: int) -> None:
    assert name in BY_MONTH
    one, other, months = told(), told(), told().scenario.context.months
    assert one.alike_until(other) == months
    arrays = list(other.scenario.plan.arrays)
    at = Orders._fields.index(name)
    arrays[at] = arrays[at].copy()
    np.moveaxis(arrays[at], axis, 0)[30].flat[0] = -7.0
    vars(other.scenario.plan)["arrays"] = tuple(arrays)
    assert one.alike_until(told_again(other.scenario)) == 30


def test_runs_part_where_behaviour_changes_in_one_of_them() -> None:
    soon, late = (told(FEAR_CHANGES.replace("2006-06", month)) for month in ("2005-07", "2006-06"))
    assert soon.alike_until(late) == soon.scenario.plan.grid.t("2005-07")
    shared = Histories([late, soon])
    for one in (late, soon):
        assert same(shared.simulate(one.scenario, 1), simulate(one.scenario, 1))


@pytest.mark.parametrize("name", sorted({*Orders._fields} - {*BY_MONTH, "rules"}))
def test_whatever_else_runs_are_told_parts_them_from_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = told(), told()
    changed = getattr(make_orders(other.scenario), name).copy()
    changed.view(np.uint8).flat[0] ^= 1
    monkeypatch.setattr(
        histories, "make_orders", lambda s: make_orders(s)._replace(**{name: changed} if s is other.scenario else {})
    )
    assert one.alike_until(told_again(other.scenario)) == 0


def test_what_a_run_will_be_told_changes_nothing_yet() -> None:
    """No month looks ahead; shared histories rest on it."""
    one, until = told().scenario, 70
    blind = prepare_run(one, 1)
    arrays = {name: getattr(blind.orders, name).copy() for name in ("base", "funded", "cost", "which")}
    for name, axis in (("base", 0), ("funded", 1), ("cost", 1), ("which", 0)):
        later = np.moveaxis(arrays[name], axis, 0)[until:]
        later[...] = 99 if name == "which" else np.nan
    blind = replace(blind, orders=blind.orders._replace(**arrays))
    seeing = prepare_run(one, 1)
    for run in (blind, seeing):
        run.advance(0, until)
    assert same(blind, seeing)


def test_a_sweep_finds_what_each_run_finds_alone(undisturbed: Results) -> None:
    there, names = open_sweep(undisturbed.folder), list(SIMULATOR.about().outcomes)
    rows = undisturbed.series.collect()
    for point, name in enumerate(there.ids):
        for seed in there.manifest.seeds:
            alone = complete_run(there.scenario(point), SIMULATOR(there.scenario(point), seed), names, names)
            found = rows.filter((rows["point"] == name) & (rows["seed"] == seed)).sort("month")
            assert np.array_equal(found.select(names).to_numpy(), alone.values.astype(np.float32)), (name, seed)


@pytest.mark.parametrize("seeds", [4, 50], ids=lambda n: f"{n} seeds")
def test_the_policies_of_a_sweep_share(seeds: int, tmp_path: Path, simulated: list[int]) -> None:
    again = asked(f"{YEARS}=range(0,20)", "context.end=2030-12", seeds=seeds)
    run_request(again, tmp_path, False, Execution(workers=0))
    assert sum(simulated) < 0.8 * 20 * seeds * again.size.months


def test_so_do_those_with_draws(tmp_path: Path, simulated: list[int]) -> None:
    (tmp_path / "draws.csv").write_text("skill_median\n1.5\n2.5\n")
    again = asked(f"{YEARS}=range(0,20)", "context.end=2030-12", seeds=2, draws=tmp_path / "draws.csv")
    run_request(again, tmp_path, False, Execution(workers=0))
    assert sum(simulated) < 0.9 * 80 * again.size.months


def test_pieces_with_one_draw_stand_together_while_memory_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_prepare_piece", lambda *_: told(f"{YEARS}=1"))
    pieces = [Piece(f"p{k}", "b", {YEARS: k % 10, "parameters.x": float(k // 10)}, (1,)) for k in range(20)]
    chunk = Chunk("", tuple(pieces), (), (), None, SIMULATOR)

    monkeypatch.setattr(histories, "SIDE_BY_SIDE", 8)

    def sizes() -> list[int]:
        return [len(few) for few in group_pieces(chunk)]

    assert sizes() == [8, 2, 8, 2]
    plan = told().scenario.plan
    one = sum(a.nbytes for a in (plan.base, plan.funded, *plan.written.values()))
    monkeypatch.setattr(histories, "MOST_BYTES", 3 * one)
    assert sizes() == [3, 3, 3, 1, 3, 3, 3, 1]
    monkeypatch.setattr(histories, "MOST_BYTES", 1)
    assert sizes() == [1] * 20, "one at least"
