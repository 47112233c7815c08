"""Before the record begins nothing changes from outside, so that what is recorded does not begin with a drift (3.2)."""

import numpy as np
import pytest

from asmsim.config.schema import month_number
from asmsim.model.handles import H
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate

SETTLED = ("generic", "cote_divoire", "zimbabwe", "burkina_faso", "philippines", "ecuador", "colombia", "peru", "trial")
"""Every shipped context but Mongolia, whose history is simulated from nothing."""


def yearly_drift(made: Scenario, outcome: O) -> float:
    """Change a year over the last two years before the record begins, mean of four seeds."""
    first = month_number(made.context.recorded) - month_number(made.context.start)
    out = np.mean([simulate(made, seed).out[:, outcome] for seed in range(1, 5)], axis=0)
    values = 1 - out if outcome is O.trader_price else out
    return float((values[first - 12 : first].mean() / values[first - 36 : first - 24].mean()) ** 0.5 - 1)


@pytest.mark.parametrize("outcome", [O.miners, O.tied_share, O.trader_price], ids=["miners", "debtors", "margin"])
@pytest.mark.parametrize("context", SETTLED)
def test_people_debts_and_margins_have_settled_when_the_record_begins(context: str, outcome: O) -> None:
    scale = 5 if context == "generic" else 20
    made = scenario(f"context={context}", "policy=none", "~events", f"model.scale={scale}")
    assert abs(yearly_drift(made, outcome)) <= 0.02


def test_series_stand_still_before_the_record_unless_history_is_simulated() -> None:
    for context, still in (("zimbabwe", True), ("mongolia", False)):
        made = scenario(f"context={context}", "policy=none")
        first = month_number(made.context.recorded) - month_number(made.context.start)
        prices = made.plan.base[: first + 12, 0, H.gold_price]
        assert (len(set(prices[: first + 1])) == 1) == still
        assert len(set(prices[first:])) > 6, "the record's own prices are left as they are"
