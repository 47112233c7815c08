"""PRIM finds the box in which something was made to happen, and says nothing where there is none."""

import numpy as np
import polars as pl
import pytest

from asmsim.analysis.discovery import find_box, find_leaves, hold_back
from asmsim.analysis.sensitivity import (
    check_finite,
    compare_ranks,
    draw_morris,
    draw_sobol,
    tabulate_morris,
    tabulate_sobol,
)
from asmsim.config.errors import AsmsimError


def test_a_box_is_found_and_told() -> None:
    rng = np.random.default_rng(2)
    inputs = pl.DataFrame({"wet": rng.random(1_500), "cold": rng.random(1_500), "idle": rng.random(1_500)})
    cases = (inputs["wet"] > 0.6).to_numpy() & (inputs["cold"] < 0.4).to_numpy()
    box = find_box(inputs, cases, np.arange(1_500))
    assert box is not None
    assert {"wet", "cold"} <= set(box.limits)
    assert box.limits["wet"][0] == pytest.approx(0.6, abs=0.05)
    assert box.limits["cold"][1] == pytest.approx(0.4, abs=0.05)
    assert box.density > 0.75
    assert box.coverage > 0.8
    assert "wet at least 0.593 and cold at most 0.389" in box.describe("frost", inputs)


def test_a_box_is_judged_on_runs_on_which_it_was_not_found() -> None:
    rng = np.random.default_rng(5)
    inputs = pl.DataFrame({f"x{k}": rng.random(1_000) for k in range(8)})
    denser = []
    for _ in range(8):
        noise = rng.random(1_000) < 0.1
        box = find_box(inputs, noise, np.arange(1_000))
        if box is not None and box.limits:
            held = np.ones(500, bool)
            for name, (low, high) in box.limits.items():
                column = inputs[name].to_numpy()[1::2]
                held &= (column >= low) & (column <= high)
            assert box.density == pytest.approx(noise[1::2][held].mean())
            denser.append(box.density / box.base)
    assert len(denser) > 2
    assert np.mean(denser) < 1.5, "what noise gives does not hold on other runs"


def test_what_belongs_to_a_point_does_not_hold_on_other_points() -> None:
    """Cases are of points, drawn by chance, each run on two seeds: boxes must not be judged on the twin of a run."""
    rng = np.random.default_rng(8)
    point = np.repeat(np.arange(250), 2)
    denser = []
    for _ in range(12):
        inputs = pl.DataFrame({f"x{k}": rng.random(250)[point] for k in range(10)})
        noise = (rng.random(250) < 0.2)[point]
        for found in (find_box(inputs, noise, point), *find_leaves(inputs, noise, point)[:1]):
            if found is not None and found.limits:
                denser.append(found.density / found.base)
    assert len(denser) > 6
    assert np.mean(denser) < 1.3
    assert set(point[hold_back(point)]).isdisjoint(point[~hold_back(point)])


def test_leaves_of_a_tree_part_the_runs() -> None:
    rng, each = np.random.default_rng(2), np.arange(2_000)
    inputs = pl.DataFrame({"wet": rng.random(2_000), "cold": rng.random(2_000)})
    cases = (inputs["wet"] > 0.6).to_numpy() & (inputs["cold"] < 0.4).to_numpy()
    leaves = find_leaves(inputs, cases, each)
    assert sum(leaf.mass for leaf in leaves) == pytest.approx(1.0)
    assert sum(leaf.coverage for leaf in leaves) == pytest.approx(1.0)
    assert leaves[0].limits["wet"][0] == pytest.approx(0.6, abs=0.02)
    assert leaves[0].limits["cold"][1] == pytest.approx(0.4, abs=0.02)
    assert leaves[0].density > 0.95
    texts = inputs.with_columns((pl.col("wet") > 0.6).cast(pl.Float64).alias("sky=grey")).drop("wet")
    assert " and sky=grey: 100%" in find_leaves(texts, cases, each)[0].describe("frost", texts)
    assert "not sky=grey" in find_leaves(texts, ~cases, each)[0].describe("none", texts) + find_leaves(
        texts, ~cases, each
    )[1].describe("none", texts)
    noise = find_leaves(inputs, rng.random(2_000) < 0.1, each)
    assert noise[0].density < 0.2, "what noise gives does not hold on other runs"


def test_too_few_cases_make_no_box() -> None:
    inputs = pl.DataFrame({"a": np.linspace(0, 1, 200)})
    assert find_leaves(inputs, np.arange(200) < 3, np.arange(200)) == []
    assert find_box(inputs, np.arange(200) < 3, np.arange(200)) is None


NAMES = ["strong", "weak", "none"]


def outcome(u: np.ndarray) -> np.ndarray:
    return 4 * u[:, 0] + u[:, 1]


def test_screening_and_indices_rank_what_drives() -> None:
    design = draw_morris(NAMES, 20)
    table = tabulate_morris(NAMES, design, outcome(design))
    assert table["parameter"].to_list() == NAMES
    assert table["effect"].to_list() == pytest.approx([4.0, 1.0, 0.0], abs=1e-9)
    found = tabulate_sobol(NAMES, outcome(draw_sobol(NAMES, 256)))
    assert found["total"].to_list() == pytest.approx([16 / 17, 1 / 17, 0.0], abs=0.05)
    assert compare_ranks(table.rename({"effect": "total"}), found, "total") == pytest.approx(1.0)


def test_what_is_not_finite_or_does_not_vary_is_refused() -> None:
    with pytest.raises(AsmsimError, match="1 of 3 runs gave no finite value"):
        check_finite(np.array([1.0, np.nan, 2.0]))
    with pytest.raises(AsmsimError, match="the same in every run"):
        check_finite(np.ones(4))
