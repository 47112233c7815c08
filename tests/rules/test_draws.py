"""No two draws are the same draw (run with the compiler off, where every draw can be watched)."""

import sys
from collections import defaultdict

import pytest

from asmsim.engine import rng
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import prepare_run
from tests.circumstances import BUSY

DRAWS = ("uniform", "twin", "bell")
GROUPS = tuple(f"{key}={value}" for key, value in BUSY.items()) + ("parameters.office_staff=20",)
LAW = ("model.law=endogenous", "parameters.law_advance=0.5", "enforcement.policing.raids=0.3")
PERSONS = (
    "legalisation.to=individuals", "legalisation.pace=at_once", "legalisation.shield=0.8", "parameters.office_staff=20",
    "parameters.taste_base=3", "rights.regularisation_support.consent=0.2", "market.economic_resilience.second_income=1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "months", "asking"),
    [
        (GROUPS, 36, {"organise", "advance_file", "hold_plot", "bands_month", "choose_method", "moves_month"}),
        (PERSONS, 26, {"own_file", "renew", "finance", "meet", "change_status"}),
        (LAW, 8, {"endogenous_law", "nation_month", "election", "best_site", "open_site", "residents_month"}),
    ],
    ids=["groups", "persons", "law"],
)
def test_no_two_purposes_share_a_draw(
    monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...], months: int, asking: set[str]
) -> None:
    """A draw that recurs must be asked for by one and the same line, for a trait that lasts."""
    asked: dict[int, set[tuple[str, int]]] = defaultdict(set)
    mix = rng.mix

    def watched(z: int) -> int:
        caller = sys._getframe(1)
        if caller.f_code.co_name in DRAWS:
            line = caller.f_back
            assert line is not None
            asked[z].add((line.f_code.co_name, line.f_lineno))
        return mix(z)

    monkeypatch.setattr(rng, "mix", watched)
    run = prepare_run(
        scenario(
            "context=generic", "policy=five_ingredients", "context.districts={number: 3, provinces: 1}",
            "context.population.miners=400", "context.population.low=100", "model.scale=4", "context.end=2006-12",
            "context.start=2004-01", "context.policy_start=2004-02", "enforcement=policing",
            "enforcement.policing={raids: 0.05, inspections: 0.1}", *typed,
        ),
        5,
    )  # fmt: skip
    run.advance(0, months)
    assert len(asked) > 4_000
    shared = [lines for lines in asked.values() if len(lines) > 1]
    assert not shared, shared[:3]
    watched_in = {function for lines in asked.values() for function, _ in lines}
    assert asking <= watched_in, f"no draw of {sorted(asking - watched_in)} was watched"
