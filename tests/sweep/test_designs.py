"""Designs are pure functions from dimensions to points."""

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asmsim.config.errors import ConfigError
from asmsim.sweeps.request.designs import (
    MOST_ORDERS,
    Draw,
    fraction,
    make_points,
    order_points,
)
from asmsim.sweeps.request.dimensions import Dimension, split_dimensions
from asmsim.sweeps.request.listed_points import read_drawn_points, read_listed_points
from asmsim.sweeps.request.request import SweepOptions, make_request
from tests.sweep.conftest import TINY, asked

numbers = st.lists(st.integers(-50, 50), min_size=1, max_size=4, unique=True)


def dimensions(values: list[list[int]]) -> list[Dimension]:
    return [Dimension(f"k{n}", tuple(v)) for n, v in enumerate(values)]


def intervals(n: int) -> list[Dimension]:
    return [Dimension(f"k{k}", (), (k, k + 2.0)) for k in range(n)]


@given(st.lists(numbers, min_size=1, max_size=4))
def test_a_grid_holds_every_combination_once(values: list[list[int]]) -> None:
    points = make_points("grid", dimensions(values), Draw())
    assert [tuple(p.values()) for p in points] == list(itertools.product(*values))


@given(st.lists(st.lists(st.integers(), min_size=3, max_size=3, unique=True), min_size=1, max_size=4))
def test_a_zip_takes_values_together(values: list[list[int]]) -> None:
    points = make_points("zip", dimensions(values), Draw())
    assert [tuple(p.values()) for p in points] == list(zip(*values, strict=True))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(1, 40), st.integers(0, 5))
def test_a_latin_hypercube_has_one_point_in_each_slice(k: int, n: int, seed: int) -> None:
    points = make_points("lhs", intervals(k), Draw(n, seed))
    for d in intervals(k):
        low, high = d.bounds or (0, 1)
        slices = np.floor((np.array(points.columns[d.key]) - low) / (high - low) * n).astype(int)
        assert sorted(slices) == list(range(n))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 60), st.integers(1, 60), st.integers(0, 5))
def test_a_longer_sobol_sequence_begins_with_the_shorter(k: int, a: int, b: int, seed: int) -> None:
    short, long = (list(make_points("sobol", intervals(k), Draw(n, seed))) for n in sorted((a, b)))
    assert long[: len(short)] == short


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 10))
def test_a_sobol_sequence_of_whole_powers_is_balanced_over_listed_values(power: int) -> None:
    points = make_points("sobol", [Dimension("a", ("x", "y")), Dimension("b", (), (0.0, 1.0))], Draw(2**power))
    assert sorted(points.columns["a"]).count("x") == 2 ** (power - 1)


@pytest.mark.parametrize("factors", range(1, 13))
def test_a_fraction_is_of_resolution_four(factors: int) -> None:
    signs = 1 - 2 * fraction(factors)
    runs = len(signs)
    assert runs == 2 ** math.ceil(math.log2(max(2, 2 * factors)))
    for size in (1, 2, 3):
        for columns in itertools.combinations(range(factors), size):
            assert signs[:, list(columns)].prod(1).sum() == 0, columns
    assert len(np.unique(signs, axis=0)) == runs if factors > 2 else True


def test_a_factorial_takes_the_bounds_of_an_interval() -> None:
    points = make_points("factorial", [Dimension("a", ("x", "y")), Dimension("b", (), (0.0, 1.0))], Draw())
    assert [tuple(p.values()) for p in points] == [("x", 0), ("x", 1), ("y", 0), ("y", 1)]


def test_every_order_is_run_or_a_sample_of_very_many() -> None:
    points = order_points(["a", "b", "c"], 12, Draw())
    assert set(points.columns["order"]) == {" > ".join(p) for p in itertools.permutations("abc")}
    many = order_points(list("abcdefgh"), 12, Draw(seed=3))
    assert len(many) == len(set(many.columns["order"])) == MOST_ORDERS
    assert many == order_points(list("abcdefgh"), 12, Draw(seed=3))


def test_hydras_grammar_is_understood() -> None:
    fixed, found = split_dimensions(
        [
            "context=generic",
            "donor.programme.duration_years=range(0,21,5)",
            "legalisation=none,gradual",
            "policy=glob(mongolia_no_*)",
            "market=[buying_centres,bank_services],none",
            "market.royalty_and_tax.royalty=interval(0,0.1)",
            "market.buying_centres.number=interval(0,9)",
        ]
    )
    assert fixed == ["context=generic"]
    shown: list[Any] = [d.values or d.bounds for d in found]
    assert shown == [
        (0, 5, 10, 15, 20),
        ("none", "gradual"),
        ("mongolia_no_project", "mongolia_no_royalty_cut", "mongolia_no_suspension"),
        (["buying_centres", "bank_services"], "none"),
        (0.0, 0.1),
        (0.0, 9.0),
    ]
    centres = found[-1]
    assert {centres.at(u) for u in np.linspace(0, 0.999, 200)} == set(range(10)), "a count takes whole numbers"


@pytest.mark.parametrize(
    ("overrides", "kind", "n", "said"),
    [
        (["legalisation=none,gradul"], "grid", None, "gradual"),
        (["donor.programme.duration_years=interval(0,10)"], "grid", None, "sobol"),
        (["donor.programme.duration_years=1,2"], "sobol", None, "--n"),
        (["donor.programme.duration_years=1,2"], "grid", 4, "--n 4"),
        (["donor.programme.duration_years=1,2"], "gird", None, "grid"),
        (
            ["donor.programme.duration_years=1,2", "market.royalty_and_tax.royalty=0,0.1,0.2"],
            "zip",
            None,
            "same number",
        ),
        (["donor.programme.duration_years=1,2,3"], "fractional", None, "two levels"),
        (["donor.programme.duration_years=shuffle(1,2)"], "grid", None, "shuffle"),
        (["donor.programme.duration_years=1,2", "donor.programme.duration_years=3"], "grid", None, "give it once"),
        (["policy=interval(0,1)"], "lhs", 2, "options"),
        (["market.buying_centres.number=interval(0.5,2)"], "lhs", 2, "whole"),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(overrides: list[str], kind: str, n: int | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make_points(kind, split_dimensions(overrides)[1], Draw(n))


def test_tables_are_points(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text('policy,market,donor.programme.duration_years,weight\nnone,"[buying_centres]",3,1\nnone,none,4,2\n')
    points = read_listed_points(path)
    assert points.columns["market"] == [["buying_centres"], "none"]
    assert points.carried == {"weight": [1.0, 2.0]}
    parquet = tmp_path / "points.parquet"
    pl.DataFrame({"donor.programme.duration_years": [3, 4]}).write_parquet(parquet)
    assert [p["donor.programme.duration_years"] for p in read_listed_points(parquet)] == [3, 4]


def test_points_that_are_there_twice_are_said_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("parameters.taste_base\n0.1\n0.2\n0.1\n")
    request = make_request(TINY, SweepOptions(seeds=1, points=path))
    assert len(request.ids) == 2
    assert "1 rows say what earlier rows say" in request.notes[0]
    path.write_text("parameters.taste_base,weight\n0.1,1\n0.2,1\n0.1,2\n")
    with pytest.raises(ConfigError, match="row 4: the same point as row 2"):
        make_request(TINY, SweepOptions(seeds=1, points=path))


def test_draws_are_crossed_with_the_other_dimensions(tmp_path: Path) -> None:
    path = tmp_path / "draws.csv"
    path.write_text("taste_base,weight\n1.0,0.5\n2.0,1.5\n")
    points = make_points("grid", [Dimension("legalisation", ("none", "gradual"))], Draw(), [read_drawn_points(path)])
    assert [(p["legalisation"], p["parameters.taste_base"]) for p in points] == [
        ("none", 1.0),
        ("none", 2.0),
        ("gradual", 1.0),
        ("gradual", 2.0),
    ]
    assert points.carried == {"draw": [0, 1, 0, 1], "weight": [0.5, 1.5, 0.5, 1.5]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("taste_bas\n1\n", "taste_base"),
        ("taste_base\n1e9\n", "outside"),
        ("taste_base,weight\n1,0\n", "weight"),
        ("taste_base\n", "no rows"),
    ],
)
def test_bad_draws_are_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "draws.csv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_drawn_points(path)


def test_what_was_asked_a_moment_ago_is_not_composed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    once = asked("legalisation=none,gradual", seeds=1)
    monkeypatch.setattr("asmsim.sweeps.request.bases.scenario", None)
    again = make_request([*TINY, "legalisation=none,gradual"], SweepOptions(seeds=2), like=once)
    assert (again.ids, again.of_base, again.data) == (once.ids, once.of_base, once.data)
    with pytest.raises(TypeError):
        make_request([*TINY, "legalisation=none,at_once"], SweepOptions(seeds=2), like=once)
