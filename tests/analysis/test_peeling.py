"""PRIM gives the boxes of the published implementation, box by box, and holds where there is little to peel."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asmsim.analysis.peeling import find_cut, peel_boxes

PUBLISHED = json.loads((Path(__file__).parent / "published_prim.json").read_text(encoding="utf-8"))
"""Data, and the path of boxes that the EMA Workbench's PRIM takes through them; its package is needed no more."""


@pytest.mark.parametrize("stored", PUBLISHED["data"], ids=["numbers", "steps", "noise", "one variable", "mixed"])
def test_every_box_is_that_of_the_published_implementation(stored: dict[str, Any]) -> None:
    inputs, cases = np.array(stored["inputs"]), np.array(stored["cases"], np.bool_)
    path = peel_boxes(inputs, cases, 0.05)
    assert [int(box.held.sum()) for box in path] == stored["runs"]
    assert [int(cases[box.held].sum()) for box in path] == stored["cases_held"]
    for box, limits in zip(path, stored["limits"], strict=True):
        assert box.limits.tolist() == limits


def test_what_cannot_be_peeled_is_left_whole() -> None:
    same = np.ones((50, 2))
    cases = np.arange(50) < 20
    assert [int(box.held.sum()) for box in peel_boxes(same, cases, 0.05)] == [50]
    every = peel_boxes(np.arange(50.0)[:, None], np.ones(50, np.bool_), 0.05)
    assert len(every) == 1, "no box is denser than one of cases alone"


def test_no_box_holds_fewer_than_the_least() -> None:
    rng = np.random.default_rng(7)
    inputs, cases = rng.random((200, 3)), rng.random(200) < 0.2
    for mass in (0.05, 0.3, 0.9):
        assert min(box.held.sum() for box in peel_boxes(inputs, cases, mass)) >= mass * 200


def test_a_cut_keeps_equal_values_together() -> None:
    assert find_cut(np.array([1.0, 1, 1, 1, 2, 3]), 0.05) == 1.5
    assert find_cut(np.array([1.0, 2, 3, 3, 3, 3]), 0.95) == 2.5
    assert find_cut(np.array([4.0]), 0.95) == 4.0
