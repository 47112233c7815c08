"""The scorecard: equal to the table of differences; scores, ranks and chances recomputed by an independent few lines."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import asmsim
from asmsim.analysis.paired import Comparison
from asmsim.analysis.scorecard import (
    MEASURES,
    describe_scorecard,
    list_columns,
    measure_any_harm,
    measure_best,
    parse_weights,
    show_scorecard,
    tabulate_scorecard,
    title_scorecard,
    write_scorecard,
)
from asmsim.analysis.statistics import find_negligible
from asmsim.config.errors import ConfigError
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario

POLICIES = ("none", "minimal_law", "five_ingredients")
WORLD = ["context=generic", "model.scale=40", "context.end=2016-12"]


@pytest.fixture(scope="module")
def done() -> Comparison:
    compared = asmsim.compare([[*WORLD, f"policy={name}"] for name in POLICIES], seeds=6)
    return replace(
        compared,
        runs=tuple(replace(r, scenario=named(r.scenario, n)) for r, n in zip(compared.runs, POLICIES, strict=True)),
    )


def named(scenario: Scenario, name: str) -> Scenario:
    return scenario.model_copy(update={"name": name})


def test_it_equals_the_table_of_differences(done: Comparison) -> None:
    differences = done.differences().filter(pl.col("until") == done.reference.months[-1])
    for row in tabulate_scorecard(done).to_dicts():
        for measure in MEASURES:
            if measure.outcome is None or row["reference"]:
                continue
            mine = differences.filter((pl.col("policy") == row["policy"]) & (pl.col("outcome") == measure.outcome.name))
            assert row[f"{measure.name}_difference"] == pytest.approx(mine["q50"][0], nan_ok=True)
            assert row[f"{measure.name}_clear"] == (mine["verdict"][0][:1] in "+-0123456789")


def test_levels_and_money_are_those_of_the_runs(done: Comparison) -> None:
    table = {row["policy"]: row for row in tabulate_scorecard(done).to_dicts()}
    months = len(done.reference.months)
    worth = 1.03 ** (-np.arange(months) / 12)  # the policy begins in the first month that is recorded
    for run, name in zip(done.runs, done.names, strict=True):
        assert table[name]["licences"] == pytest.approx(np.median(run.of(O.licensed_share)[:, -12:].mean(1)))
        assert table[name]["donor"] == pytest.approx(np.median((run.of(O.cost_donor) * worth).sum(1)))
    five, none = (done.runs[done.names.index(n)] for n in ("five_ingredients", "none"))
    spent = (
        (five.of(O.cost_donor) + five.of(O.cost_government) - none.of(O.cost_donor) - none.of(O.cost_government))
        * worth
    ).sum(1)
    years = (five.of(O.licensed) - none.of(O.licensed)).sum(1) / 12
    assert table["five_ingredients"]["usd_a_licensed_miner_year"] == pytest.approx(np.median(spent / years))


def test_scores_ranks_and_chances_by_hand(done: Comparison) -> None:
    table = tabulate_scorecard(done, parse_weights("licences=3,mercury=1"))
    licences = np.stack([run.of(O.licensed_share)[:, -12:].mean(1) for run in done.runs])
    mercury = -np.stack([run.of(O.mercury)[:, -12:].mean(1) for run in done.runs])
    score = 0
    for weight, values in ((0.75, licences), (0.25, mercury)):
        above = values - values.min(0)
        score = score + weight * np.minimum(1, above / np.quantile(above.max(0), 0.9))
    assert score.min() >= 0
    assert score.max() <= 1
    order = np.argsort(-np.median(score, 1), kind="stable")
    assert table["policy"].to_list() == [done.names[k] for k in order]
    assert table["rank"].to_list() == [1, 2, 3]
    assert table["score"].to_numpy() == pytest.approx(np.median(score, 1)[order])
    wins = np.bincount(score.argmax(0), minlength=3) / score.shape[1]
    assert table["chance_of_best"].to_numpy() == pytest.approx(wins[order])


def test_a_tie_is_shared() -> None:
    assert measure_best(np.array([[1.0, 0.2], [1.0, 0.5], [0.0, 0.4]])).tolist() == [0.25, 0.75, 0.0]


def test_harm_is_of_people_and_gold_not_of_money(done: Comparison) -> None:
    which = done.names.index("five_ingredients")
    worse = np.zeros(6, bool)
    for measure in MEASURES:
        if measure.outcome is not None:
            change = done.mean_difference(which, measure.outcome, len(done.reference.months)) * measure.better
            level = np.median(done.reference.of(measure.outcome)[:, -12:].mean(1))
            worse |= change < -max(find_negligible(measure.unit), 0.01 * level)
    assert measure_any_harm(done, which, len(done.reference.months)) == worse.mean()
    assert measure_any_harm(done, 0, len(done.reference.months)) == 0.0, "the reference harms nobody beside itself"


@pytest.mark.parametrize(
    ("text", "says"),
    [("licenses=3", "did you mean 'licences'"), ("mercury=much", "mercury=NUMBER"), ("mercury=-1", "0 or more"), ("mercury=0", "above 0")],
)  # fmt: skip
def test_weights_that_cannot_be_are_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_weights(text)


def test_what_is_not_named_does_not_count() -> None:
    assert parse_weights("mercury=2") == {m.name: 2.0 if m.name == "mercury" else 0.0 for m in MEASURES}
    assert set(parse_weights("").values()) == {1.0}


def test_the_answer_comes_first_and_in_words(done: Comparison) -> None:
    weights = parse_weights("licences=1")
    table = tabulate_scorecard(done, weights)
    assert table["policy"][0] == "five_ingredients"
    said = describe_scorecard(table, weights)
    assert said.startswith("five ingredients scores highest with the weights licences 1: it is best in ")
    header, rows = show_scorecard(table)
    assert len(header) == len(rows[0]) == len(MEASURES) + 5
    assert " points [" in rows[0][1], "a clear difference stands beside the level, with nine runs in ten"


def test_it_opens_in_excel_and_says_what_each_column_means(done: Comparison, tmp_path: Path) -> None:
    table = tabulate_scorecard(done)
    write_scorecard(table, tmp_path / "card.xlsx")
    write_scorecard(table, tmp_path / "card.csv")
    assert pl.read_csv(tmp_path / "card.csv").columns == table.columns == [name for name, *_ in list_columns()]
    assert (tmp_path / "card.xlsx").stat().st_size > 5_000


def test_money_is_of_the_year_in_which_policies_begin() -> None:
    later = asmsim.compare(
        [[*WORLD, "context.policy_start=2008-01", policy] for policy in ("policy=none", "policy=minimal_law")], 2
    )
    months = np.arange(len(later.reference.months)) - 12 * (2008 - int(later.reference.months[0][:4]))
    worth = 1.03 ** (-months / 12)
    spent = np.median((later.runs[1].of(O.cost_government) * worth).sum(1))
    row = tabulate_scorecard(later).filter(~pl.col("reference")).to_dicts()[0]
    assert row["state"] == pytest.approx(spent)
    assert "in 2008 at 3 %" in title_scorecard(later)
