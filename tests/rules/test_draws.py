"""No two draws are the same draw (run with the compiler off, where every draw can be watched)."""

import sys
from collections import defaultdict

import pytest

from asmsim.engine import rng
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import prepare_run

DRAWS = ("uniform", "twin", "bell")


def test_no_two_purposes_share_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
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
            "context.population.miners=400", "context.population.low=100", "model.scale=4", "model.law=endogenous", "context.end=2005-12",
            "context.start=2004-01", "context.policy_start=2004-02", "enforcement=policing",
            "enforcement.policing={raids: 0.3, inspections: 0.1}", "market.responsible_markets.support=1",
        ),
        5,
    )  # fmt: skip
    run.advance(0, 14)
    assert len(asked) > 5_000
    shared = [lines for lines in asked.values() if len(lines) > 1]
    assert not shared, shared[:3]
