"""Shapley values: they add up, give nothing to what does nothing, and are the same for what is the same."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asmsim.analysis.attribution import along, at_cost, attribute, interactions, orders_of, shapley, subsets_for

GAMES = st.integers(1, 5).flatmap(lambda n: arrays(np.float64, (1 << n, 3), elements=st.floats(-1e3, 1e3)))


@given(GAMES)
def test_values_add_up_to_the_whole(values: np.ndarray) -> None:
    assert shapley(values).sum(0) == pytest.approx(values[-1] - values[0], abs=1e-9)


@given(GAMES, GAMES)
def test_values_are_linear(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape == b.shape:
        assert shapley(2 * a - b) == pytest.approx(2 * shapley(a) - shapley(b), abs=1e-9)


def test_known_games() -> None:
    held = np.array([[s >> k & 1 for k in range(3)] for s in range(8)], float)
    additive = held @ np.array([1.0, 2.0, 3.0])
    assert shapley(additive) == pytest.approx([1, 2, 3])
    assert interactions(additive) == pytest.approx(np.zeros((3, 3)))
    glove = np.minimum(held[:, 0], np.maximum(held[:, 1], held[:, 2]))  # a left glove and two right ones
    assert shapley(glove) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    both = held[:, 0] * held[:, 1]
    assert interactions(both)[0, 1] == pytest.approx(1.0)
    assert interactions(both)[0, 2] == pytest.approx(0.0)


def test_sampling_agrees_with_the_exact_within_its_error() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(64, 5))
    exact, none = attribute(dict(enumerate(rows)), 6)
    assert exact == pytest.approx(shapley(rows))
    assert none.max() == 0
    with pytest.raises(ValueError, match="subsets: every one is needed"):
        attribute({0: rows[0], 63: rows[63]}, 6)
    few = {s: rows[s] for pair in islice(orders_of(6), 4) for order in pair for s in along(order)}
    found, error = attribute(few, 6)
    assert found.sum(0) == pytest.approx(rows[-1] - rows[0])
    assert np.abs(found.mean(1) - exact.mean(1)).max() <= 4 * error.max()
    assert error.max() > 0


def test_beyond_ten_parts_the_subsets_asked_for_are_those_that_tell() -> None:
    assert subsets_for(3) == list(range(8))
    asked = subsets_for(14, orders=40)
    assert len(asked) < 2**14 / 10
    weights = np.arange(14.0)
    held = np.array([[s >> k & 1 for k in range(14)] for s in asked], float)
    found, error = attribute(dict(zip(asked, (held @ weights)[:, None], strict=True)), 14)
    assert found[:, 0] == pytest.approx(weights)
    assert error == pytest.approx(np.zeros(14), abs=1e-12)


def test_at_equal_cost_a_dear_part_may_take_from_the_whole() -> None:
    """Beside the dear second part only half a dose of the first is left to be had."""
    doses = np.array([0.0, 1.0, 2.0])
    costs = np.array([[0, 0, 0], [0, 10, 20], [10, 10, 10], [10, 20, 30]], float)
    brings = np.array([[0, 0, 0], [0, 4, 8], [1, 1, 1], [1, 5, 9]], float)[:, :, None]
    rich, poor = (at_cost(doses, costs, brings, b)[:, 0] for b in (30.0, 15.0))
    assert rich == pytest.approx([0, 8, 1, 9]), "what a subset cannot spend it keeps"
    assert poor == pytest.approx([0, 6, 1, 3], abs=0.05)
    assert shapley(poor)[1] < 0 < shapley(rich)[1]
    with pytest.raises(ValueError, match="subset 2 costs at least 10"):
        at_cost(doses, costs, brings, 5.0)


def test_what_is_missing_or_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="every one of"):
        shapley(np.zeros(5))
    with pytest.raises(ValueError, match="not finite"):
        shapley(np.array([0.0, np.nan]))
