"""`asmsim validate`: bands, verdicts and a page, for shipped patterns and a user's."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asmsim.analysis.validation_page import statistics
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.particles import distance, excess
from asmsim.evidence.patterns import load
from asmsim.evidence.validation import standings, verdicts


def test_the_null_model_meets_what_needs_no_institutions_and_fails_the_rest() -> None:
    patterns = [load(n) for n in ("P0", "P1", "P3", "P6")]
    null = verdicts(standings(evaluate(patterns, [{}], [1, 2], ("model.institutions=false",))))
    assert null["P1"] != "pass"
    assert null["P3"] != "pass"
    assert null["P6"] != "pass"


def test_the_same_draws_and_seeds_give_the_same_numbers_on_any_threads() -> None:
    patterns = [load("P0"), load("P7")]
    draws = [{"entry_elasticity": 0.5}, {"entry_elasticity": 1.2}]
    one, two = (evaluate(patterns, draws, [1], threads=k) for k in (1, 2))
    for name, found in one.items():
        for key, values in found.values.items():
            assert values.tobytes() == two[name].values[key].tobytes()
    changed = one["P0"].values["in 2019"]
    assert changed[0, 0] != changed[1, 0], "a draw must change the run"


@pytest.mark.parametrize(("value", "expected"), [(0.10, 0.0), (0.05, 0.25), (0.18, 1.0), (9.0, 4.0), (np.nan, 4.0)])
def test_distance_is_how_far_outside_the_band_in_half_widths(value: float, expected: float) -> None:
    judged = load("P1").statistics["2017-19"]  # 0.06 to 0.14
    assert excess(judged, value) == pytest.approx(expected)


def test_distance_is_zero_only_where_every_band_is_met() -> None:
    pattern = load("P6")
    key = "P6 share of official sales in 2019"
    assert distance([pattern], {key: 0.1}) == 0
    assert distance([pattern], {key: 0.5}) > 0


def test_what_does_not_happen_has_no_number_on_the_page() -> None:
    found = evaluate([load("P5")], [{}], [1, 2], ("model.institutions=false",))
    of = standings(found)
    page = "\n".join(statistics(of, found))
    assert "| none | 0% | - |" in page
    assert "*None*" in page
    assert "inf" not in page
    assert "nan" not in page


def test_the_command_judges_a_users_pattern(tmp_path: Path) -> None:
    (tmp_path / "pattern").mkdir()
    text = """
title: Somebody mines
role: held_out
tests: that the command works
context: generic
scenarios: {none: ["policy=none", "context.end=2006-12"]}
scale: 100
statistics:
  people: {measure: {outcome: miners, from: "2005-01", until: "2006-01"}, low: 1, high: 1000000, sources: MN006}
"""
    (tmp_path / "pattern" / "mine.yaml").write_text(text)
    command = [sys.executable, "-m", "asmsim", "validate", "pattern=mine", "--posterior", "none", "--json"]
    done = subprocess.run(
        [*command, "--config-dir", str(tmp_path), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    row = json.loads(done.stdout)["full model"][0]
    assert row["verdict"] == "pass"
    page = (tmp_path / "out" / "validation.md").read_text()
    assert "Somebody mines" in page
    assert "Held-out patterns that pass: 1 of 1. Of those, in nobody's view when the model was built: mine." in page


def test_an_unknown_pattern_or_posterior_is_one_clear_error(tmp_path: Path) -> None:
    for more, says in (
        (["pattern=P11"], "did you mean"),
        (["pattern=P1", "--posterior", "mogolia"], "no such posterior"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "asmsim", "validate", *more, "--out", str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def test_draws_are_a_table_without_what_the_country_states(tmp_path: Path) -> None:
    path = tmp_path / "draws.csv"
    command = [sys.executable, "-m", "asmsim", "draws", "prior", "--context", "peru", "-n", "4", "--to", str(path)]
    subprocess.run(command, capture_output=True, check=True)
    table = pl.read_csv(path)
    assert table.height == 4
    assert "exit_slope_pp" in table.columns
    assert "secure_land_share" not in table.columns
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "already" in again.stderr
