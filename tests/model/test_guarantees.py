"""What every run guarantees."""

import hashlib
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from asmsim.model.outcomes import CHECKS, O
from asmsim.model.plan import first_difference
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import from_mapping, scenario
from asmsim.model.simulate import TOLERANCE, prepare_run, simulate
from asmsim.sweeps.replicates import replicate
from tests import circumstances
from tests.conftest import SMALL


def test_a_policy_against_itself_differs_by_exactly_zero(small: Scenario) -> None:
    again = from_mapping(small.dump())
    assert first_difference(small.plan, again.plan) is None
    a, b = replicate(small, 3, 1), replicate(again, 3, 2)
    assert (a.values - b.values == 0).all()


@pytest.mark.parametrize(
    "change",
    ["market.bank_services.until=2008-07", "events=[{from:2008-07,set:{market.royalty:0.2}}]", "donor.programme.duration_years=3.5"],
)  # fmt: skip
def test_policies_are_identical_until_their_plans_differ(small: Scenario, change: str) -> None:
    other = scenario(*SMALL, "policy=five_ingredients", change)
    month = first_difference(small.plan, other.plan)
    assert month is not None
    assert month > 60
    a, b = simulate(small, 5), simulate(other, 5)
    assert a.out[:month].tobytes() == b.out[:month].tobytes()
    assert a.out[month:].tobytes() != b.out[month:].tobytes()


def test_threads_and_order_of_seeds_never_change_a_byte(small: Scenario) -> None:
    one = replicate(small, [1, 2, 3, 4], threads=1)
    two = replicate(small, [1, 2, 3, 4], threads=2)
    back = replicate(small, [4, 3, 2, 1], threads=2)
    assert one.values.tobytes() == two.values.tobytes() == back.values[::-1].tobytes()


def test_month_by_month_gives_the_bytes_of_one_call(small: Scenario) -> None:
    whole, steps = simulate(small, 3), prepare_run(small, 3)
    for t in range(small.context.months):
        steps.advance(t, t + 1)
    assert whole.out.tobytes() == steps.out.tobytes()
    assert whole.state.miners.tobytes() == steps.state.miners.tobytes()


TINY = (
    "context=generic", "policy=five_ingredients", "context.districts={number: 4, provinces: 2}",
    "context.population.miners=800", "context.population.low=100", "model.scale=4", "context.end=2007-12", "legalisation=at_once",
    "enforcement=policing", "enforcement.policing.raids=0.2", "parameters.taste_base=3", "parameters.form_hazard=0.1",
)  # fmt: skip
DIGEST = """
import hashlib, sys
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate
run = simulate(scenario(*sys.argv[1:]), 7)
print(hashlib.sha256(run.out.tobytes() + run.state.miners.tobytes() + run.record.places.tobytes()).hexdigest())
"""


def test_compiled_and_interpreted_runs_give_the_same_bytes() -> None:
    run = simulate(scenario(*TINY), 7)
    bytes_ = run.out.tobytes() + run.state.miners.tobytes() + run.record.places.tobytes()
    compiled = hashlib.sha256(bytes_).hexdigest()
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, *TINY], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == compiled
    assert run.out[:, O.applications].sum() > 0, "the comparison must exercise applications"
    assert run.out[:, O.raids].sum() > 0, "and raids"


@pytest.mark.parametrize("policy", ["none", "minimal_law", "five_ingredients"])
@pytest.mark.parametrize("extra", ["enforcement.policing.raids=0.3", "legalisation.to=individuals"])
def test_gold_money_people_and_files_are_conserved(policy: str, extra: str) -> None:
    run = simulate(scenario(*SMALL, f"policy={policy}", extra), 2)
    for o in CHECKS:
        assert np.abs(run.out[:, o]).max() <= TOLERANCE, o.name
    assert run.out[:, O.gold_mined].sum() > 0


def test_a_leak_would_be_noticed(small: Scenario) -> None:
    run = prepare_run(small, 1)
    run.advance(0, 12)
    run.state.miners.cash[:] += 1.0  # money from nowhere
    run.advance(12, 13)
    assert np.abs(run.out[12, O.check_money]) > TOLERANCE


MAIN = (O.miners, O.licensed_share, O.official_share, O.gold_mined, O.income_median, O.trust, O.enterprises, O.mercury)
EVERY = tuple(o for o in O if o not in CHECKS and o is not O.polarisation)  # the sample's own noise polarises residents
QUEUES = (O.licensed_share, O.enterprises, O.in_process_share, O.office_experience, O.licences_granted, O.miners)
RAIDED = (O.miners, O.enterprises, O.in_process_share, O.trust, O.raids, O.gold_mined, O.income_median)
BUSY = ("context=generic", "policy=minimal_law", *(f"{key}={value}" for key, value in circumstances.BUSY.items()))


@pytest.mark.parametrize(
    ("typed", "outcomes", "year", "tolerance"),
    [
        (("policy=mongolia_as_was",), EVERY, 2018, 0.0),
        # where files and land queue, a sample of few groups a district carries a bias of its own
        ((*BUSY, "parameters.office_staff=5"), QUEUES, 2027, 0.05),
        ((*BUSY, "legalisation.to=individuals", "parameters.office_staff=20"), QUEUES, 2027, 0.05),
        # raids fall on sites that the sample leaves empty too, and crews unseen move as those seen
        ((*BUSY, "enforcement.policing.raids=0.05"), RAIDED, 2020, 0.05),
    ],
    ids=["mongolia", "groups that queue", "individuals that queue", "raids"],
)
def test_one_to_ten_agrees_with_one_to_one(typed: Any, outcomes: Any, year: int, tolerance: float) -> None:
    """The year's means differ by at most 4 standard errors plus the tolerance, a share of the 1:1 value.

    Where every outcome is compared, those that are not main ones may differ by 5 % more: a bias of the sample.
    """
    whole, tenth = (replicate(scenario(*typed, f"model.scale={k}"), n) for k, n in ((1, 3), (10, 20)))
    months = slice(12 * (year - 2005), 12 * (year - 2004))
    for o in outcomes:
        a, b = whole.of(o)[:, months].mean(1), tenth.of(o)[:, months].mean(1)
        error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        bias = 0.05 if outcomes is EVERY and o not in MAIN else tolerance
        assert abs(a.mean() - b.mean()) <= 4 * error + bias * abs(a.mean()), (o.name, a.mean(), b.mean(), error)


def test_miners_shared_out_to_threads_give_the_same_bytes(small: Scenario) -> None:
    one, two = simulate(small, 3), simulate(small, 3, threads=3)
    assert one.out.tobytes() == two.out.tobytes()
    assert one.state.miners.tobytes() == two.state.miners.tobytes()


def test_a_centre_pays_out_no_more_than_its_cash() -> None:
    keys = ("market.buying_centres.number=4", "market.buying_centres.funder=government")
    paid = []
    for cash in (5_000, 50_000, 500_000):
        run = prepare_run(
            scenario(*SMALL, "policy=minimal_law", *keys, f"market.buying_centres.cash_usd_month={cash}"), 1
        )
        total, most = 0.0, 0.0
        for t in range(run.scenario.context.months):
            before = run.state.buyers.overdrawn.copy()
            run.advance(t, t + 1)
            total = total + run.scratch.tallies.centre_paid
            most = max(most, float((run.scratch.tallies.centre_paid + before[3::5]).max()))
        paid.append(float(run.out[:, O.gold_to_centre].sum()))
        months = run.scenario.context.months - 60
        parcel = float(run.state.buyers.overdrawn.max())
        assert 0 < total.max() <= (months * cash / run.scenario.model.scale + parcel) * (1 + 1e-9), (
            "the last parcel is next month's"
        )
        assert most > 0
    assert paid[0] < paid[1] < paid[2], "more cash buys more gold"


@pytest.mark.parametrize("name", ["none", "minimal_law", "five_ingredients", "mongolia_as_was", "mongolia_no_project"])
def test_first_difference_is_known_whichever_policy_comes_first(name: str) -> None:
    a, b = (scenario("model.scale=100", f"policy={p}") for p in ("mongolia_as_was", name))
    assert first_difference(a.plan, b.plan) == first_difference(b.plan, a.plan)
    assert (first_difference(a.plan, b.plan) is None) == (name == "mongolia_as_was")


def test_alternative_status_rule_runs_and_differs(small: Scenario) -> None:
    other = scenario(*SMALL, "policy=five_ingredients", "model.status_rule=threshold")
    assert replicate(small, 2).values.tobytes() != replicate(other, 2).values.tobytes()


def test_endogenous_law_can_advance_stall_and_be_suspended() -> None:
    stages, suspended = set(), set()
    for seed in range(12):
        run = simulate(
            scenario("context=generic", "policy=five_ingredients", "model.law=endogenous", "model.scale=50"), seed
        )
        stages |= set(run.out[:, O.law_stage].astype(int))
        suspended |= set(run.out[:, O.law_suspended].astype(int))
    assert {0, 1, 4} <= stages
    assert suspended == {0, 1}


def test_null_model_has_no_institutions() -> None:
    run = simulate(scenario(*SMALL, "policy=five_ingredients", "model.institutions=false"), 1)
    assert run.out[:, O.licensed].max() == 0
    assert run.out[:, [O.cost_donor, O.cost_government, O.royalty_and_tax]].sum() == 0
    taxed = scenario("model.institutions=false", "model.scale=100")  # Mongolia, with its windfall tax of 2006
    assert simulate(taxed, 1).out[72:, O.official_share].min() > 0.9
