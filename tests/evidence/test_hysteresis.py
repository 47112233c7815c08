"""The same tax at the window, imposed and repealed (M14): traders leave within weeks and come back over years."""

import numpy as np
import pytest

from asmsim.config.schema import month_number
from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate

IMPOSED, REPEALED = "2011-07", "2015-07"
UNTAXED = "context.series.market.window_taxes={points: {2000-01: 0}, unit: share, grade: assumed, source: assumed}"
TAX = f"events=[{{from: {IMPOSED}, until: {REPEALED}, set: {{market.window_taxes: 0.07}}}}]"


def months_to_half(*changed: str) -> tuple[int, int, float]:
    """Months from imposition until half is lost, from repeal until half of it is back; share back after two years."""
    made = scenario("context=philippines", "model.scale=100", "context.events=[]", UNTAXED, TAX, *changed)
    sold = np.mean([simulate(made, seed).out[:, O.gold_official] for seed in range(4)], axis=0)
    smooth = np.convolve(sold, np.ones(3) / 3, "same")
    start = month_number(made.context.start)
    down, up = month_number(IMPOSED) - start, month_number(REPEALED) - start
    before, under = sold[down - 12 : down].mean(), sold[up - 12 : up].mean()
    assert under < 0.2 * before, "the tax drives gold away"
    half = (before + under) / 2
    back = smooth[up:] >= half
    assert back.any()
    return int(np.argmax(smooth[down:] <= half)), int(np.argmax(back)), float(smooth[up + 24] / before)


def test_what_a_tax_drives_away_within_weeks_comes_back_over_years() -> None:
    lost, regained, share = months_to_half()
    assert lost <= 2
    assert regained >= 6
    assert share < 0.9


@pytest.mark.parametrize("without", [("papers_lapse=0", "back_accredited=1")])
def test_the_asymmetry_is_that_of_ties_and_habit(without: tuple[str, ...]) -> None:
    """Traders whose ties never lapse, who come back at once and have learned nothing, do both as fast."""
    lost, regained, share = months_to_half(*(f"parameters.{w}" for w in (*without, "smuggling_learned=0")))
    assert abs(regained - lost) <= 2
    assert share > 0.85
