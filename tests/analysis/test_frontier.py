"""The search goes on to the same policies; the frontier, regret and satisficing are what they are called."""

import numpy as np
import pytest

from asmsim.analysis.frontier import choose_next_generation, find_frontier, measure_regret, measure_satisficing


def values(doses: np.ndarray) -> np.ndarray:
    return np.stack([doses[:, 0], 1 - doses[:, 0] + doses[:, 1:].sum(1)], 1)


def test_a_search_that_was_broken_off_goes_on_to_the_same_policies_and_gets_better() -> None:
    told: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(8):
        doses = choose_next_generation(told, 20, 3, 2)
        assert (choose_next_generation(told, 20, 3, 2) == doses).all()
        assert ((doses >= 0) & (doses <= 1)).all()
        told.append((doses, values(doses)))
    assert told[-1][1].sum(1).mean() < told[0][1].sum(1).mean() - 0.3
    with pytest.raises(ValueError, match="not of the doses proposed"):
        choose_next_generation([(told[1][0], told[1][1])], 20, 3, 2)


def test_frontier_holds_what_nothing_betters() -> None:
    assert find_frontier(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0], [2.0, 2.0]])).tolist() == [0, 1, 2]


def test_regret_is_zero_for_the_best_of_a_draw_and_one_for_the_worst() -> None:
    found = measure_regret(np.array([[[1.0, 5.0]], [[3.0, 5.0]], [[2.0, 5.0]]]))
    assert found[:, 0, 0].tolist() == [0.0, 1.0, 0.5]
    assert (found[:, 0, 1] == 0).all(), "what does not differ is not regretted"


def test_satisficing_counts_draws_in_which_everything_is_good_enough() -> None:
    cases = np.array([[[1.0, 3.0], [1.0, 1.0]], [[3.0, 3.0], [1.0, 1.0]]])
    assert measure_satisficing(cases, np.array([2.0, 2.0])).tolist() == [0.5, 0.0]
