"""Pathway classes, first match in the order of the model description."""

import numpy as np
import pytest

from asmsim.model.pathway import classify, trailing_mean

MONTHS = 240
ramp = np.linspace(0, 1, MONTHS)
none = np.zeros(MONTHS)


@pytest.mark.parametrize(
    ("share", "pending", "age", "pathway"),
    [
        (none + 0.04, none + 0.12, none + 30, "limbo"),
        (none + 0.04, none + 0.12, none + 12, "never started"),
        (none + 0.03, none, none, "never started"),
        (np.where(ramp < 0.5, 0.3, 0.01), none, none, "collapse"),
        (np.where(ramp < 0.5, 0.3, 0.12), none, none, "reversal"),
        (0.4 * ramp + 0.05, none, none, "take-off"),
        (np.minimum(0.2, ramp), none, none, "plateau"),
        (0.2 * ramp, none, none, "drifting"),
    ],
)
def test_first_match(share: np.ndarray, pending: np.ndarray, age: np.ndarray, pathway: str) -> None:
    assert classify(share, pending, age) == pathway


def test_trailing_mean_uses_what_there_is_at_the_beginning() -> None:
    values = np.arange(1.0, 25.0)
    assert trailing_mean(values)[0] == 1
    assert trailing_mean(values)[11] == pytest.approx(values[:12].mean())
    assert trailing_mean(values)[-1] == pytest.approx(values[-12:].mean())
