"""Points, their ids, their scenarios, and which runs make which chunk."""

import contextlib
import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asmsim.config.compose import set_value
from asmsim.config.errors import ConfigError
from asmsim.model.scenarios import scenario
from asmsim.sweeps.execute.schedule import Schedule, Shard, block_shape, chunk_size, point_seed
from asmsim.sweeps.request.overlay import overlay
from asmsim.sweeps.request.points import Points, from_frame, kind_of, point_id, to_frame
from tests.sweep.conftest import TINY, asked

values = st.one_of(st.integers(-1000, 1000), st.booleans(), st.text(max_size=5), st.none(), st.floats(-1, 1))


@given(st.dictionaries(st.text(min_size=1, max_size=5), values, max_size=5), st.randoms())
def test_the_id_of_a_point_does_not_depend_on_the_order_of_its_values(point: dict[str, Any], random: Any) -> None:
    shuffled = list(point.items())
    random.shuffle(shuffled)
    assert point_id("b", point) == point_id("b", dict(shuffled)) != point_id("c", point)


def test_whole_numbers_are_numbers() -> None:
    assert point_id("b", {"k": 1}) == point_id("b", {"k": 1.0}) != point_id("b", {"k": "1"})
    assert point_id("b", {"k": 1}) != point_id("b", {"k": True})


def test_points_survive_their_table() -> None:
    points = Points({"a": [1.0, 2.0], "b": ["x", "y"], "c": [["p"], None], "d": [True, False]}, {"weight": [1.0, 2.0]})
    kinds = {k: kind_of(c) for k, c in points.columns.items()}
    assert kinds == {"a": "number", "b": "text", "c": "json", "d": "json"}
    assert from_frame(to_frame(points, ["1", "2"], ["b", "b"]), kinds) == points


keys = st.sampled_from(["a", "a.b", "a.b.c", "handles.x.y", "d.handles.x.y", "e"])


@given(st.lists(st.tuples(keys, values), max_size=6))
def test_a_value_is_laid_on_a_base_that_stays_as_it_is(changes: list[tuple[str, Any]]) -> None:
    base = {"a": {"b": {"c": 1, "z": 2}}, "d": {"handles": {"x.y": 1}}, "q": {"r": []}}
    before = copy.deepcopy(base)
    data: dict[str, Any] = base
    for key, value in changes:
        with contextlib.suppress(ConfigError):  # a key that leads through a number or a list
            data = set_value(data, key, value)
    assert base == before
    assert data["q"] is base["q"], "what is not touched is shared"


def test_values_laid_on_a_base_make_what_composing_makes() -> None:
    base = scenario(*TINY, called_by="").dump()
    laid = overlay(base, {"donor.programme.duration_years": 3.0, "market.buying_centres": None})
    composed = scenario(*TINY, "donor.programme.duration_years=3", "~market.buying_centres", called_by="").dump()
    from asmsim.model.scenario import make_scenario

    assert make_scenario(laid).dump() == composed


def test_an_order_sets_when_levers_begin() -> None:
    base = scenario(*TINY).dump()
    data = overlay(base, {"order": "market > legalisation > rights.miners_voice", "every_months": 6})
    assert {lever["start"] for lever in data["market"].values()} == {"2005-01"}
    assert data["legalisation"]["start"] == "2005-07"
    assert data["rights"]["miners_voice"]["start"] == "2006-01"
    assert data["knowledge"] == base["knowledge"]
    with pytest.raises(ConfigError, match="doses no lever"):
        overlay(base, {"order": "market > enforcement", "every_months": 6})


def test_bad_values_are_one_error_before_any_work() -> None:
    with pytest.raises(ConfigError, match=r"duration_years=99"):
        asked("donor.programme.duration_years=1,99")
    with pytest.raises(ConfigError, match="royalty"):
        asked("market.royalty_and_tax.royalty=interval(0,7)", design="sobol", n=4)
    with pytest.raises(ConfigError, match="duration_years"):
        asked("donor.programme.duration_year=1,2")


def places(policies: list[int] | None) -> Callable[[], Any] | None:
    return None if policies is None else lambda: np.array(policies)


@given(st.integers(1, 12), st.integers(1, 9), st.integers(1, 20), st.integers(1, 5), st.booleans(), st.data())
def test_shards_share_out_every_run_once(
    points: int, seeds: int, size: int, shards: int, paired: bool, data: Any
) -> None:
    numbers = st.lists(st.integers(0, 9), min_size=points, max_size=points)
    drawn, policies = data.draw(st.none() | numbers), data.draw(st.none() | numbers)
    ids = [f"p{n}" for n in range(points)]
    layout = Schedule(ids, list(range(1, seeds + 1)), paired, size, drawn, places(policies))
    mine = np.array([layout.mine(Shard(k, shards)) for k in range(1, shards + 1)])
    assert (mine.sum(0) == 1).all()
    pending = np.array(data.draw(st.lists(st.booleans(), min_size=layout.runs, max_size=layout.runs)))
    runs = [(p, s) for chunk in layout.chunks(pending) for p, some in chunk for s in some]
    assert sorted(runs) == sorted(layout.run(n) for n in np.flatnonzero(pending))
    assert all(a != b for chunk in layout.chunks(pending) for (a, _), (b, _) in itertools.pairwise(chunk))
    held = layout.held([layout.ids[p] for p, _ in runs], [s for _, s in runs])
    assert [layout.run(n) for n in held] == runs
    assert (layout.held(["stranger", layout.ids[0]], [1, 10**9]) == -1).all()


@given(st.integers(1, 10**6), st.integers(1, 500), st.floats(1e-3, 100), st.integers(1, 100))
def test_chunks_are_of_a_size_that_can_be_lost(runs: int, seeds: int, seconds: float, policies: int) -> None:
    size = chunk_size(runs, seeds, seconds, policies)
    assert 1 <= size <= 200
    assert size == 1 or size * seconds <= 5
    side, some = block_shape(size, seeds, policies)
    assert size % (side * some) == 0, "whole blocks"
    assert side <= policies
    assert some == seeds or (some < seeds and size == side * some), "whole points where that can be"


def test_neighbouring_policies_are_run_side_by_side_on_each_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asmsim.sweeps.execute.schedule.SIDE_BY_SIDE", 8)
    drawn = [0, 1] * 20
    policies = [k for k in range(20) for _ in range(2)]
    layout = Schedule([f"p{n}" for n in range(40)], [1, 2], True, 32, drawn, places(policies))
    (first, *_) = layout.chunks(np.ones(layout.runs, bool))
    assert [(policies[p], drawn[p]) for p, _ in first] == [(k, d) for d in (0, 1) for k in range(8)]
    assert layout.mine(Shard(1, 3))[[4 * k + j for k in range(8) for j in range(4)]].all()
    assert chunk_size(10**4, 2, 0.1, 20) == 48, "three draws of eight policies on two seeds"


def test_many_seeds_are_shared_out_so_that_policies_stand_side_by_side() -> None:
    size = chunk_size(10**4, 30, 0.05, 3)
    assert size == 90, "three policies on thirty seeds"
    layout = Schedule(["a", "b", "c"], list(range(30)), True, chunk_size(10**4, 30, 0.2, 3), None, places([2, 0, 1]))
    chunks = list(layout.chunks(np.ones(layout.runs, bool)))
    assert [(p, len(s)) for p, s in chunks[0]] == [(1, 8), (2, 8), (0, 8)]
    assert [s for _, s in chunks[1]] == [list(range(8, 16))] * 3


def test_policies_are_told_from_draws_and_the_finest_difference_comes_last() -> None:
    years, own, where = [3.0, 1.0, 2.0, 3.0, 1.0, 2.0], [0.1, 0.1, 0.1, 0.0, 0.0, 0.0], ["b", "b", "b", "a", "a", "a"]
    points = Points({"years": years, "own": own, "where": where, "parameters.x": [5, 4, 3, 2, 1, 0]})
    assert points.policies().tolist() == [5, 3, 4, 2, 0, 1]
    assert Points({"parameters.x": [1, 2]}).policies().tolist() == [0, 0]
    assert Points({}).policies().tolist() == [0]
    odd = Points({"a": [None, [1], None, True], "b": [1, 1, 1, 1]})
    assert odd.policies().tolist() == [0, 1, 0, 2]


def test_unpaired_points_have_seeds_of_their_own() -> None:
    layout = Schedule(["a", "b"], [1, 2, 3], False, 10)
    seeds = {layout.run(n)[1] for n in range(layout.runs)}
    assert len(seeds) == 6
    assert all(0 <= s < 2**48 for s in seeds)
    assert point_seed("a", 1) == layout.run(0)[1], "and they do not depend on which other points there are"


def test_each_draw_has_seeds_of_its_own_shared_by_all_policies() -> None:
    layout = Schedule(["a1", "a2", "b1", "b2"], [1, 2], True, 10, [0, 1, 0, 1])
    runs = [layout.run(n) for n in range(layout.runs)]
    seeds = [{seed for p, seed in runs if p == point} for point in range(4)]
    assert seeds[0] == seeds[2]
    assert seeds[1] == seeds[3]
    assert not seeds[0] & seeds[1]
    points, chosen = zip(*((layout.ids[p], seed) for p, seed in runs), strict=True)
    assert layout.held(points, chosen).tolist() == list(range(8))
    assert layout.held(["a2", "nobody"], [1, 1]).tolist() == [-1, -1]


@pytest.mark.parametrize("text", ["0/3", "4/3", "x", "1/", "-1/2", "1"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="k/K"):
        Shard.parse(text)
