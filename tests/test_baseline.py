"""The five canonical scenarios give what is pinned in ``tests/baseline.yaml`` (rewritten by ``make baseline``)."""

import pytest
import yaml

from asmsim.model.outcomes import CHECKS, O
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate
from tests.baseline import BASELINE, OUTCOMES, SCENARIOS, SEED, yearly_means

PINNED = yaml.safe_load(BASELINE.read_text())
TOLERANCE = 1e-7
"""Relative: above the last digits, in which processors and libraries differ, and below any change of a rule."""


def test_every_scenario_is_pinned() -> None:
    assert list(PINNED) == list(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_outcomes_are_as_pinned(name: str) -> None:
    found = yearly_means(name)
    changed = [
        f"{outcome}: {pinned} pinned, {found.get(outcome)} found"
        for outcome, pinned in PINNED[name].items()
        if found.get(outcome) != pytest.approx(pinned, rel=TOLERANCE, abs=1e-12)
    ]
    assert not changed, f"{name} differs from tests/baseline.yaml; if that is meant: make baseline\n" + "\n".join(
        changed
    )
    assert list(found) == [o.name for o in OUTCOMES]


def test_between_them_the_scenarios_exercise_every_outcome() -> None:
    runs = [simulate(scenario(*typed), SEED).out for typed in SCENARIOS.values()]
    idle = [o.name for o in O if o not in CHECKS and not any(out[:, o].any() for out in runs)]
    assert idle == []
