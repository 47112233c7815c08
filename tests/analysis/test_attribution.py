"""Shapley values: they add up, give nothing to what does nothing, and are the same for what is the same."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asmsim.analysis.attribution import (
    attribute_to_parts,
    draw_orders,
    follow_orders,
    list_subsets,
    measure_interactions,
    measure_shapley,
    pick_within_cost,
)

GAMES = st.integers(1, 5).flatmap(lambda n: arrays(np.float64, (1 << n, 3), elements=st.floats(-1e3, 1e3)))


@given(GAMES)
def test_values_add_up_to_the_whole(values: np.ndarray) -> None:
    assert measure_shapley(values).sum(0) == pytest.approx(values[-1] - values[0], abs=1e-9)


@given(GAMES, GAMES)
def test_values_are_linear(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape == b.shape:
        assert measure_shapley(2 * a - b) == pytest.approx(2 * measure_shapley(a) - measure_shapley(b), abs=1e-9)


def test_known_games() -> None:
    held = np.array([[s >> k & 1 for k in range(3)] for s in range(8)], float)
    additive = held @ np.array([1.0, 2.0, 3.0])
    assert measure_shapley(additive) == pytest.approx([1, 2, 3])
    assert measure_interactions(additive) == pytest.approx(np.zeros((3, 3)))
    glove = np.minimum(held[:, 0], np.maximum(held[:, 1], held[:, 2]))  # a left glove and two right ones
    assert measure_shapley(glove) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    both = held[:, 0] * held[:, 1]
    assert measure_interactions(both)[0, 1] == pytest.approx(1.0)
    assert measure_interactions(both)[0, 2] == pytest.approx(0.0)


def test_sampling_agrees_with_the_exact_within_its_error() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(64, 5))
    exact, none = attribute_to_parts(dict(enumerate(rows)), 6)
    assert exact == pytest.approx(measure_shapley(rows))
    assert none.max() == 0
    with pytest.raises(ValueError, match="subsets: every one is needed"):
        attribute_to_parts({0: rows[0], 63: rows[63]}, 6)
    few = {s: rows[s] for pair in islice(draw_orders(6), 4) for order in pair for s in follow_orders(order)}
    found, error = attribute_to_parts(few, 6)
    assert found.sum(0) == pytest.approx(rows[-1] - rows[0])
    assert np.abs(found.mean(1) - exact.mean(1)).max() <= 4 * error.max()
    assert error.max() > 0


def test_beyond_ten_parts_the_subsets_asked_for_are_those_that_tell() -> None:
    assert list_subsets(3) == list(range(8))
    asked = list_subsets(14, orders=40)
    assert len(asked) < 2**14 / 10
    weights = np.arange(14.0)
    held = np.array([[s >> k & 1 for k in range(14)] for s in asked], float)
    found, error = attribute_to_parts(dict(zip(asked, (held @ weights)[:, None], strict=True)), 14)
    assert found[:, 0] == pytest.approx(weights)
    assert error == pytest.approx(np.zeros(14), abs=1e-12)


def test_at_equal_cost_a_dear_part_may_take_from_the_whole() -> None:
    """Beside the dear second part only half a dose of the first is left to be had."""
    doses = np.array([0.0, 1.0, 2.0])
    costs = np.array([[0, 0, 0], [0, 10, 20], [10, 10, 10], [10, 20, 30]], float)
    brings = np.array([[0, 0, 0], [0, 4, 8], [1, 1, 1], [1, 5, 9]], float)[:, :, None]
    rich, poor = (pick_within_cost(doses, costs, brings, b)[:, 0] for b in (30.0, 15.0))
    assert rich == pytest.approx([0, 8, 1, 9]), "what a subset cannot spend it keeps"
    assert poor == pytest.approx([0, 6, 1, 3], abs=0.05)
    assert measure_shapley(poor)[1] < 0 < measure_shapley(rich)[1]
    with pytest.raises(ValueError, match="subset 2 costs at least 10"):
        pick_within_cost(doses, costs, brings, 5.0)


def test_what_is_missing_or_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="every one of"):
        measure_shapley(np.zeros(5))
    with pytest.raises(ValueError, match="not finite"):
        measure_shapley(np.array([0.0, np.nan]))
