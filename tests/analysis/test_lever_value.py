"""What a lever buys: the difference with less without, on equal seeds, whoever would have paid."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asmsim.analysis import lever_value as lv
from asmsim.analysis.budget import describe_budget, show_budget, tabulate_budget
from asmsim.config.errors import ConfigError
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.replicates import replicate

SEEDS = 4
SMALL = (
    "context=generic",
    "policy=five_ingredients",
    "model.scale=60",
    "context.end=2012-12",
    "market=[buying_centres,royalty_and_tax]",
)


@pytest.fixture(scope="module")
def policy() -> Scenario:
    return scenario(*SMALL)


@pytest.fixture(scope="module")
def values(policy: Scenario) -> list[lv.LeverValue]:
    return lv.measure_levers(policy, "official_share", SEEDS)


def test_a_lever_that_the_policy_has_is_removed(policy: Scenario, values: list[lv.LeverValue]) -> None:
    (found,) = [v for v in values if v.path == "market.buying_centres"]
    assert found.held
    whole = replicate(policy_paid(policy), SEEDS)
    without = replicate(policy_paid(scenario(*SMALL[:-1], "market=[royalty_and_tax]")), SEEDS)
    differs = (whole.of("official_share") - without.of("official_share"))[:, -12:].mean(1)
    assert found.effect == pytest.approx(differs)
    assert found.effect.mean() > 0.05


def policy_paid(policy: Scenario) -> Scenario:
    from asmsim.model.scenarios import from_mapping

    return from_mapping(lv.pay_in_full(policy.dump()))


def test_everything_is_paid_in_full_by_the_government(policy: Scenario) -> None:
    paid = policy_paid(policy)
    assert {lever.funder for lever in paid.levers if lever.path not in lv.NOT_TRIED} <= {"government", "market"}
    assert paid.donor.programme is None
    assert policy.donor.programme is not None, "the policy itself is left as it was"


def test_a_lever_that_it_has_not_is_added_at_the_standard_dose(policy: Scenario, values: list[lv.LeverValue]) -> None:
    (found,) = [v for v in values if v.path == "market.central_bank_purchases"]
    assert not found.held
    data = lv.pay_in_full(policy.dump())
    standard = lv.pay_in_full(scenario("context=generic", "policy=five_ingredients").dump())
    added = lv.switch(data, found.path, standard)
    assert added["market"]["central_bank_purchases"] == standard["market"]["central_bank_purchases"]
    assert data["market"].get("central_bank_purchases") is None, "what is switched is a copy"
    assert found.cost.mean() > 0


def made_up(effects: list[float], costs: list[float]) -> list[lv.LeverValue]:
    paths = lv.list_tried()
    return [
        lv.LeverValue(p, True, np.full(4, e), np.full(4, c)) for p, e, c in zip(paths, effects, costs, strict=False)
    ]


def test_what_fits_a_budget_keeps_levers_that_need_each_other() -> None:
    values = made_up([6.0, 10.0, 12.0, -1.0, 0.5], [1.0, 2.0, 3.0, 0.0, 0.0])
    first, second, third, harm, free = values

    def measure(held: Sequence[lv.LeverValue]) -> float:
        """The first two are worth 20 together and nothing alone; the third 12."""
        return 20.0 * (first in held and second in held) + 12.0 * (third in held) + 0.5 * (free in held)

    def choose(budget: float) -> set[str]:
        return {v.path for v in lv.choose_within(values, budget, measure, "share")}

    assert choose(9.0) == {v.path for v in (first, second, third, free)}, "all but what harms"
    assert choose(5.0) == {v.path for v in (first, second, free)}, "12 for 3 is less than 20 for either of 1 and 2"
    assert choose(0.0) == {free.path}, "what is free stays"
    assert lv.choose_within([harm], 9.0, measure, "share") == []


def test_only_what_was_chosen_is_held(policy: Scenario, values: list[lv.LeverValue]) -> None:
    chosen = [v for v in values if v.path in ("market.buying_centres", "knowledge.outreach_local")]
    held = {lever.path for lever in lv.hold_only(policy, chosen).levers}
    assert held - set(lv.NOT_TRIED) == {"market.buying_centres", "knowledge.outreach_local"}
    assert "legalisation" in held


def test_table_words_and_picture_say_the_same(policy: Scenario, values: list[lv.LeverValue], tmp_path: Path) -> None:
    budget = tabulate_budget(policy)
    picture = lv.write_values(values, "official_share", "Generic country", "4 seeds", tmp_path, budget)
    assert pl.read_csv(tmp_path / "budget.csv").equals(budget)
    assert picture.stat().st_size > 10_000
    table = pl.read_csv(tmp_path / "levers.csv")
    assert table["lever"].to_list() == [v.path for v in values]
    assert table["effect"].to_list() == pytest.approx([float(np.median(v.effect)) for v in values])
    assert table["effect"].is_sorted(descending=True)
    header, rows = lv.show_values(values, "official_share")
    assert len(rows) == len(values)
    assert len(header) == len(rows[0])
    assert "Local buying centres" in lv.describe_values(values, "official_share")
    with pytest.raises(ConfigError, match="is there already"):
        lv.write_values(values, "official_share", "t", "r", tmp_path, budget)


def test_a_budget_is_an_amount() -> None:
    for budget in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="--budget"):
            lv.check_budget(budget)


def test_the_budget_by_year_is_what_is_planned_and_names_the_years_without_money() -> None:
    plan = scenario("policy=mongolia_as_was")
    table = tabulate_budget(plan)
    costs = {lever.path: np.maximum(c, 0).sum() for lever, c in zip(plan.plan.levers, plan.plan.cost, strict=False)}
    months = 12 * (2005 - int(plan.context.start[:4]))
    assert costs.pop("donor.programme") >= 0
    before = sum(np.maximum(c, 0)[:months].sum() for c in plan.plan.cost)
    assert float(table.select(pl.sum_horizontal("donor", "government", "market")).to_numpy().sum()) == pytest.approx(
        sum(costs.values()) - before
    )
    assert float(table["donor_money"].sum()) == pytest.approx(plan.donor.programme.budget(plan.plan.grid).sum())
    assert "In 3 of 18 years the donor's levers cost more than its money" in describe_budget(table)
    rows = {row[0]: row for row in show_budget(table)[1]}
    assert rows["2021"][1].endswith(" *")
    assert not rows["2019"][1].endswith(" *")
    assert describe_budget(tabulate_budget(scenario("context=generic", "policy=none"))) == "No lever costs anything."
