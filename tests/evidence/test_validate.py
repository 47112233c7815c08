"""`asmsim validate`: bands, verdicts and a page, for shipped patterns and a user's."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from asmsim.analysis.validation_page import describe_identified, list_bands, list_statistics, show_middle
from asmsim.evidence.evaluate import Evaluated, evaluate
from asmsim.evidence.patterns import Measure, Pattern, Statistic, load_pattern
from asmsim.evidence.validation import joint_share, judge_patterns, list_close, pattern_verdicts


def test_the_null_model_meets_what_needs_no_institutions_and_fails_the_rest() -> None:
    patterns = [load_pattern(n) for n in ("P0", "P1", "P3", "P6")]
    null = pattern_verdicts(judge_patterns(evaluate(patterns, [{}], [1, 2], ("model.institutions=false",))))
    assert null["P0"] == "pass"
    assert null["P1"] != "pass"
    assert null["P3"] != "pass"
    assert null["P6"] != "pass"


BAND = Measure(**{"outcome": "miners", "from": "2006-01", "until": "2007-01"})
WIDE = np.linspace(0, 1, 20)[:, None] + np.zeros(2)  # twenty draws from 0 to 1, two seeds


def made_up(low: float, high: float, role: str = "held_out", **more: Any) -> Evaluated:
    """A pattern of one statistic, on made-up draws."""
    judged = Statistic(measure=BAND, low=low, high=high, **more)
    pattern = Pattern(name="T", title="T", role=role, tests="t", context="generic", statistics={"s": judged})
    return Evaluated(pattern, {"s": WIDE}, np.empty(0), "2005-01")


@pytest.mark.parametrize(
    ("low", "high", "role", "expected"),
    [
        (0.2, 0.9, "fitted", "pass"),
        (0.3, 0.7, "fitted", "fail"),  # the median and 40 % of draws
        (0.3, 0.7, "held_out", "pass"),
        (0.6, 0.9, "held_out", "fail"),
        (-np.inf, 0.4, "held_out", "fail"),
        (-np.inf, 0.6, "held_out", "pass"),
    ],
)
def test_a_verdict_is_of_the_median_and_where_fitted_of_the_share(
    low: float, high: float, role: str, expected: str
) -> None:
    assert pattern_verdicts(judge_patterns({"T": made_up(low, high, role)})) == {"T": expected}


def test_a_pattern_may_ask_for_a_share_of_draws() -> None:
    found = made_up(0.3, 0.7)
    for asks, expected in ((0.3, "pass"), (0.5, "fail")):
        asking = replace(found, pattern=found.pattern.model_copy(update={"asks": asks}))
        assert pattern_verdicts(judge_patterns({"T": asking})) == {"T": expected}


def test_what_other_draws_might_have_told_is_close() -> None:
    for low, near in ((0.1, False), (0.46, True), (0.9, False)):
        of = judge_patterns({"T": made_up(low, 2.0)})
        assert (list_close(of) == {"T"}) == near


def test_nothing_is_close_where_another_statistic_fails_whatever_is_drawn() -> None:
    of = judge_patterns({"T": made_up(0.46, 2.0)})
    assert list_close([*of, replace(of[0], statistic="hopeless", share_met=0.0)]) == set()
    assert list_close([*of, replace(of[0], statistic="only reported", share_met=0.0, counts=False)]) == {"T"}


def test_draws_in_which_a_statistic_is_undefined_are_counted_and_said() -> None:
    found = made_up(0.1, 2.0)
    values = {name: np.where(np.arange(v.size).reshape(v.shape) == 0, np.nan, v) for name, v in found.values.items()}
    (standing,) = judge_patterns({"T": replace(found, values=values)})
    assert standing.undefined == pytest.approx(1 / len(next(iter(values.values()))))
    assert show_middle(standing).endswith(f", {standing.undefined:.0%} undefined")


def test_what_does_not_count_decides_nothing() -> None:
    found = made_up(5, 6, counts=False)
    assert pattern_verdicts(judge_patterns({"T": found})) == {"T": "reported"}
    assert np.isnan(joint_share(found))
    both = Evaluated(
        found.pattern.model_copy(
            update={"statistics": {**found.pattern.statistics, "t": Statistic(measure=BAND, low=0, high=2)}}
        ),
        {"s": WIDE, "t": WIDE}, np.empty(0), "2005-01",
    )  # fmt: skip
    assert pattern_verdicts(judge_patterns({"T": both})) == {"T": "pass"}
    assert joint_share(both) == 1


def test_all_of_a_pattern_at_once_is_less_than_each() -> None:
    low, high = made_up(-1, 0.6), made_up(0.4, 2)
    assert joint_share(low) == joint_share(high) == 0.6
    assert joint_share(low, high) == pytest.approx(0.2)


def test_what_is_not_defined_meets_no_band() -> None:
    nothing = replace(made_up(0.1, np.inf), values={"s": np.full((20, 2), np.nan)})
    assert pattern_verdicts(judge_patterns({"T": nothing})) == {"T": "fail"}
    assert np.isnan(judge_patterns({"T": nothing})[0].median)
    assert joint_share(nothing) == 0
    never = replace(made_up(0.1, 99), values={"s": np.where(WIDE > 0.3, np.inf, WIDE)})
    assert judge_patterns({"T": never})[0].median == np.inf
    some = replace(made_up(0.1, 2), values={"s": np.where(WIDE > 0.7, np.nan, WIDE)})
    (told,) = judge_patterns({"T": some})
    assert told.median == pytest.approx(WIDE[6, 0]), "the middle of those defined"
    assert told.share_inside == pytest.approx(12 / 20), "of all"


def test_one_draw_is_judged_by_its_seeds() -> None:
    (told,) = judge_patterns({"T": replace(made_up(0.2, 0.9, "fitted"), values={"s": WIDE[:, :1].T})})
    assert told.q05 < told.median < told.q95
    assert told.meets
    assert np.isfinite(told.chance)


def test_each_draw_has_seeds_of_its_own() -> None:
    found = evaluate([load_pattern("P7")], [{}, {}], [1, 2])["P7"].values["gold of a miner"]
    assert len(np.unique(found)) == 4


def test_the_same_draws_and_seeds_give_the_same_numbers_on_any_threads() -> None:
    patterns = [load_pattern("P0"), load_pattern("P7")]
    draws = [{"entry_elasticity": 0.5}, {"entry_elasticity": 1.2}]
    one, two = (evaluate(patterns, draws, [1], threads=k) for k in (1, 2))
    for name, found in one.items():
        for key, values in found.values.items():
            assert values.tobytes() == two[name].values[key].tobytes()
    changed = one["P0"].values["in 2019"]
    assert changed[0, 0] != changed[1, 0], "a draw must change the run"


def test_what_does_not_happen_has_no_number_on_the_page() -> None:
    found = evaluate([load_pattern("P5")], [{}], [1, 2], ("model.institutions=false",))
    of = judge_patterns(found)
    page = "\n".join(list_statistics(of, found, 1))
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
    assert "parameters: none, 1 draw, 2 seeds. Intervals are over seeds." in page
    assert "| seeds inside |" in page
    assert "Held-out tests that pass: 1 of 1; of these close: none." in page


def test_a_named_pattern_has_a_page_of_its_own_and_says_that_it_is_an_episode(tmp_path: Path) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "mine.yaml").write_text("""
title: Somebody mines
role: development
tests: that a page is kept
context: generic
in_view: a band set with it in view
scenarios: {none: ["policy=none", "context.end=2006-12"]}
scale: 100
statistics:
  people: {measure: {outcome: miners, from: "2005-01", until: "2006-01"}, low: 1, high: 1000000, sources: MN006}
""")
    command = [sys.executable, "-m", "asmsim", "validate", "pattern=mine", "--posterior", "none", "--config-dir", "."]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "mine pass (development episode)." in done.stdout + done.stderr
    assert (tmp_path / "results" / "validation" / "mine" / "validation.md").is_file()
    assert not (tmp_path / "results" / "validation.md").exists()


def test_the_page_says_which_parameters_can_be_told(tmp_path: Path) -> None:
    assert describe_identified(tmp_path) == []
    (tmp_path / "recovery.csv").write_text(
        "parameter,coverage,correlation,narrower\na,0.9,0.8,0.4\nb,0.8,0.1,0.0\nc,1.0,NaN,0.0\n"
    )
    page = "\n".join(describe_identified(tmp_path))
    assert "at 0.5 or more for a (0.80). Of b, c the patterns tell less" in page
    assert "90.0%" in page


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


@pytest.mark.parametrize(
    ("statistic", "drawn"),
    [
        ({"as": "change", "over": ("2014-01", "2015-01"), "low": 1, "high": 3}, [(2.0, 4.0)]),  # of the year drawn as 1
        (
            {"as": "ratio", "over": ("2018-01", "2019-01"), "low": 0.5, "high": 0.7},
            [(2.5, 3.5)],
        ),  # five times as much then
        ({"as": "change", "over": ("2018-01", "2019-01"), "low": -0.5, "high": -0.3}, [(2.5, 3.5)]),
        ({"as": "ratio", "over": ("2016-01", "2017-01"), "low": 0.5, "high": 0.7}, []),  # nothing was observed then
        ({"low": 1, "high": 2}, []),  # kilograms, where a ratio is drawn
    ],
)
def test_bands_of_changes_are_drawn_from_what_they_change(
    statistic: dict[str, Any], drawn: list[tuple[float, float]]
) -> None:
    def measured(since: str, until: str) -> dict[str, str]:
        return {"outcome": "gold_official", "from": since, "until": until}

    over = statistic.pop("over", None)
    judged = statistic | {"measure": measured("2020-01", "2021-01")} | ({"over": measured(*over)} if over else {})
    observed = {"outcome": "gold_official", "relative_to": "2014-01", "points": {"2018-06": 5.0}, "sources": "W036"}
    pattern = Pattern(
        name="T", title="T", role="check", tests="t", context="generic", statistics={"s": judged}, observed=observed
    )  # fmt: skip
    assert [(low, high) for *_, low, high in list_bands(pattern)] == [pytest.approx(d) for d in drawn]
