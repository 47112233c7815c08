"""Screening: a parameter that moves a statistic within reach of its band is found, one beyond it is not."""

from pathlib import Path

import numpy as np
import polars as pl

from asmsim.analysis.screening import FAR, scale_to_bands, sum_effects, write_screening
from asmsim.analysis.sensitivity import draw_morris
from asmsim.evidence.patterns import Measure, Statistic


def band(low: float, high: float) -> Statistic:
    return Statistic(
        measure=Measure(**{"outcome": "miners", "from": "2008-01", "until": "2008-12"}), low=low, high=high
    )


def test_values_are_placed_by_their_band_and_cut_off_far_from_it() -> None:
    placed = scale_to_bands(band(10, 20), np.array([15.0, 20.0, 10.0, 1e9, np.nan, -np.inf]))
    assert placed.tolist() == [0.0, 1.0, -1.0, 1 + FAR, 1 + FAR, -1 - FAR]


def test_what_moves_a_statistic_comes_first(tmp_path: Path) -> None:
    names = ["hurdle_median", "dig_cost", "crowding"]
    design = draw_morris(names, 20)
    outputs = np.column_stack([3 * design[:, 0] + design[:, 1], np.full(len(design), 7.0)])
    table = sum_effects(names, design, outputs, [("P1", band(0, 2)), ("P2", band(0, 1))])
    assert table["parameter"].to_list() == ["hurdle_median", "dig_cost", "crowding"]
    assert table["fitted"].to_list() == [True, False, False]
    assert np.allclose(table["effect"].to_numpy(), [3, 1, 0])
    assert set(table["most"]) == {"P1"}, "what never varies says nothing"
    folder = write_screening(table, tmp_path, 20)
    assert pl.read_csv(folder / "screening.csv").height == 3
    assert (folder / "screening.png").stat().st_size > 5_000
