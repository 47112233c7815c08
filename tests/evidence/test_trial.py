"""The trial: arms act through handles, and the demand curve has its shape."""

import numpy as np
import pytest

from asmsim.evidence import trial
from asmsim.model.outcomes import O
from asmsim.model.scenarios import from_mapping, scenario
from asmsim.model.simulate import prepare_run, simulate
from asmsim.model.state import LICENSED, UNREGISTERED


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    return trial.trial_effects(scenario("context=trial", "model.scale=1"), 3)


def test_arms_are_large_enough_and_few_of_all_miners_are_treated(found: dict[str, float]) -> None:
    assert found["miners an arm"] >= 500
    weights = {d.district: d.miner_weight for d in scenario("context=trial").context.districts}
    treated = sum(weights[arm] for arm in trial.ARMS if arm != trial.CONTROL)
    assert treated <= 0.05 * sum(weights.values())


def test_more_is_paid_more_register(found: dict[str, float]) -> None:
    assert found["half_month at 12"] < found["one_month at 12"] < found["two_months at 12"]
    assert abs(found["information at 12"]) < 3
    assert found["visit at 12"] < found["visit_services at 12"]


def test_paying_for_a_licence_conserves_money_and_is_somebodys_cost() -> None:
    control = scenario("context=trial", "model.scale=5", "context.end=2006-12")
    treated = from_mapping(control.dump() | {"events": trial.trial_events(300.0)})
    a, b = simulate(control, 1), simulate(treated, 1)
    begin = 60
    assert a.out[:begin].tobytes() == b.out[:begin].tobytes()
    assert b.out[begin:, O.cost_government].sum() > a.out[begin:, O.cost_government].sum()


def test_effects_are_of_those_who_were_there_and_still_mine() -> None:
    run = prepare_run(scenario("context=trial", "model.scale=20"), 1)
    run.advance(0, 12)
    miners, sample = run.state.miners, trial.Sample.of(run)
    one, other = np.flatnonzero((miners.present == 1) & (miners.district == 3))[:2]
    size = np.count_nonzero(sample.district == 3)
    miners.status[:] = UNREGISTERED
    assert not sample.licensed(run).any()
    miners.status[one] = LICENSED
    assert sample.licensed(run)[3] == pytest.approx(100 / size)
    miners.present[other] = 0  # has left
    assert sample.licensed(run)[3] == pytest.approx(100 / (size - 1))
    empty = np.flatnonzero((miners.present == 0) & (miners.district == 4))[0]
    miners[empty] = miners[one]  # mines elsewhere: offered was what the first place was
    miners.district[empty] = 4
    miners.present[one] = 0
    assert sample.licensed(run)[3] == pytest.approx(100 / (size - 1))
    for other_hurdle in (1.01 * miners.hurdle[empty], 2 * sample.hurdle[-1]):  # another person, who was offered nothing
        miners.hurdle[empty] = other_hurdle
        assert not sample.licensed(run).any()
    assert not trial.Sample(sample.hurdle[:0], sample.district[:0]).licensed(run).any(), "nobody was there"


def test_whoever_is_followed_is_one_person() -> None:
    run = prepare_run(scenario("context=trial", "model.scale=1"), 1)
    run.advance(0, 24)
    assert (np.diff(trial.Sample.of(run).hurdle) > 0).all()
