"""Every lever moves its mechanism's measure the expected way, and has a region where it does not."""

from typing import Any

import numpy as np
import pytest

from asmsim.config.settings import write_value
from asmsim.model.levers import all_levers
from asmsim.model.scenarios import scenario
from asmsim.sweeps.replicates import replicate
from tests.circumstances import GIVEN

BASE = ("context=generic", "policy=minimal_law", "legalisation.pace=none", "model.scale=20", "context.end=2014-12")
PROGRAMME = ("donor.programme.duration_years=10", "donor.programme.usd_year=20000000")
SEEDS = 8


def typed(keys: dict[str, Any]) -> list[str]:
    return [f"{key}={write_value(value)}" for key, value in keys.items()]


def effect(
    path: str, *more: str, given: dict[str, Any], dose: dict[str, Any], measure: str | None = None
) -> np.ndarray[Any, Any]:
    """(seed,) paired difference of the lever's measure over the last five years, with the dose less without."""
    kind = all_levers()[path]
    prefix = path if path != "legalisation" else "legalisation"
    funded = () if path == "donor.programme" else PROGRAMME
    shared = [*BASE, *funded, *typed(given), *more]
    mine = [f"{prefix}.{key}={write_value(value)}" for key, value in dose.items()]
    # a key of the lever's own in `more` must win over the dose, and does not count without it
    own = [m for m in more if m.startswith(f"{prefix}.")]
    without = scenario(*[s for s in shared if s not in own])
    with_ = scenario(*[s for s in shared if s not in own], *mine, *own)
    what, months = measure or kind.expects.measure, slice(-60, None)
    return (replicate(with_, SEEDS).of(what) - replicate(without, SEEDS).of(what))[:, months].mean(1)


@pytest.mark.parametrize("path", sorted(all_levers()))
def test_lever_moves_its_measure_as_expected(path: str) -> None:
    expects = all_levers()[path].expects
    change = expects.sign * effect(path, given=GIVEN.get(path, {}), dose=expects.dose)
    assert change.mean() > 0, change
    assert change.mean() > 1.5 * change.std(ddof=1) / np.sqrt(SEEDS), change


@pytest.mark.parametrize("path", sorted(all_levers()))
def test_lever_fails_where_it_is_said_to_fail(path: str) -> None:
    expects = all_levers()[path].expects
    more = typed(expects.fails_when)
    if expects.harms is not None:
        harm = effect(path, *more, given=GIVEN.get(path, {}), dose=expects.dose, measure=expects.harms)
        assert harm.mean() < -1.5 * harm.std(ddof=1) / np.sqrt(SEEDS), harm
        return
    works = expects.sign * effect(path, given=GIVEN.get(path, {}), dose=expects.dose)
    fails = expects.sign * effect(path, *more, given=GIVEN.get(path, {}), dose=expects.dose)
    assert fails.mean() <= 0.25 * works.mean(), (works.mean(), fails.mean())


@pytest.mark.parametrize("path", sorted(all_levers()))
def test_lever_fails_at_a_dose_that_is_there_and_by_no_coefficient_of_its_own(path: str) -> None:
    expects = all_levers()[path].expects
    doses = {k for k in expects.dose if expects.dose[k] and f"{path}.{k}" in expects.fails_when}
    assert all(expects.fails_when[f"{path}.{k}"] for k in doses), "a dose of nothing is no failure"
    assert expects.fails_when
    assert not any(k.startswith("parameters.") and v == 0 for k, v in expects.fails_when.items())


@pytest.mark.parametrize("path", sorted(all_levers()))
def test_lever_says_what_it_is_costs_and_how_it_fails(path: str) -> None:
    kind = all_levers()[path]
    assert kind.__doc__
    assert kind.acts_on
    assert kind.fails
    for name, info in kind.model_fields.items():
        assert info.description, f"{path}.{name} has no meaning"
        assert "source" in (info.json_schema_extra or {}), f"{path}.{name} has no source"
