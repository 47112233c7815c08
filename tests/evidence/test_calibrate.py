"""The fit: particles stay within the prior and the distance, a broken-off fit goes on to the same bytes; recovery."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from asmsim.config.errors import AsmsimError
from asmsim.evidence import posterior, priors
from asmsim.evidence.calibrate import Fit, Within, anneal, calibrate, moves, save
from asmsim.evidence.particles import Quantiles, Simulator
from asmsim.evidence.patterns import Pattern, load
from asmsim.evidence.recovery import Simulated, by_parameter, recover

NAMES, PARTICLES = ("P7",), 40


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person in 400, and then in 200, stands for a sample and everybody."""
    of = Simulator.of.__func__  # type: ignore[attr-defined]

    def scaled(cls: type[Simulator], names: tuple[str, ...], whole: bool = False) -> Simulator:
        made = of(cls, names, whole)

        def at(simulator: Simulator, scale: float) -> Simulator:
            patterns = tuple(p.model_copy(update={"scale": scale}) for p in simulator.patterns)
            return replace(simulator, patterns=patterns)

        return replace(at(made, 200.0), before=at(made.before, 400.0)) if made.before else at(made, 400.0)

    monkeypatch.setattr(Simulator, "of", classmethod(scaled))


def fitted(folder: Path, stop_at: str = "") -> Fit:
    """Two stages and the last one; broken off at the one whose title begins so."""

    @contextmanager
    def progress(total: int, title: str) -> Iterator[Callable[[int], None]]:
        if stop_at and title.startswith(stop_at):
            raise KeyboardInterrupt
        yield lambda _: None

    return calibrate(folder, PARTICLES, 2, steps=1, enough=-1.0, threads=2, names=NAMES, progress=progress)


@pytest.mark.usefixtures("fewer")
def test_a_broken_off_fit_goes_on_to_the_same_bytes_and_becomes_a_posterior(tmp_path: Path) -> None:
    whole = fitted(tmp_path / "whole")
    for stage in ("Stage 2", "Settling, stage 4", "Simulating everybody", "Stage 12", "Settling, stage 14"):
        with pytest.raises(KeyboardInterrupt):
            fitted(tmp_path / "broken", stage)
    again = fitted(tmp_path / "broken")
    assert whole.settled == 1
    assert whole.stage == 15, "the prior, two stages and eight of settling on a sample; everybody, two and one"
    assert whole.whole == 11
    assert again.rows.tobytes() == whole.rows.tobytes()
    assert again.epsilons == whole.epsilons
    assert (whole.distances <= whole.epsilons[-1]).all()
    assert ((whole.rows >= 0) & (whole.rows < 1)).all(), "within the prior"
    for part in (whole.epsilons[:11], whole.epsilons[11:]):
        assert list(part) == sorted(part, reverse=True)
    path = save(whole, tmp_path / "whole")
    drawn = posterior.draws(str(path), 8)
    assert len(drawn) == 8
    assert set(priors.fitted()) < set(drawn[0]), "what is not fitted is drawn from its prior"
    with pytest.raises(AsmsimError, match="differs in patterns"):
        calibrate(tmp_path / "whole", PARTICLES, names=("P0",))


def test_the_sample_is_asked_first_and_the_farther_of_the_two_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """P7's band is met within 0.8 half-widths on the sample and 0.5 on everybody; the trial lies 0.25 away."""
    asked = []
    away = {10.0: 0.8, 1.0: 0.5}

    def statistics(_: Simulator, particle: dict[str, float], patterns: list[Pattern]) -> dict[str, float]:
        asked.append("trial" if patterns[0].trial else f"1:{patterns[0].scale:g}")
        found = {}
        for p in patterns:
            for k, (name, judged) in enumerate(p.judged.items()):
                half = (judged.high - judged.low) / 2
                far = (0.25 if p.trial else away[p.scale]) if k == 0 else 0.0
                found[f"{p.name} {name}"] = judged.high + far * half
        return found

    monkeypatch.setattr(Simulator, "statistics", statistics)
    everybody = Simulator.of(("P7", "V6a"), whole=True)
    assert everybody.distance({}) == pytest.approx(0.8 + 0.25)
    assert asked == ["1:10", "1:1", "trial"]
    asked.clear()
    assert everybody.distance({}, 0.7) > 0.7
    assert asked == ["1:10"], "what takes longer is left out"
    away[10.0], away[1.0] = 0.1, 0.9
    assert everybody.distance({}) == pytest.approx(0.9 + 0.25)


def test_what_lies_outside_the_prior_costs_no_simulation() -> None:
    within = Within(Quantiles(Simulator((load("P7"),))), 1.0)
    row = np.full(len(Quantiles(Simulator((load("P7"),))).names), 0.5)
    row[0] = 1.2
    assert within(row) == (-np.inf, np.inf)
    assert within.simulations == 0


def test_moves_change_those_fitted_or_all_parameters_or_luck() -> None:
    rng = np.random.RandomState(1)
    fitted = len(priors.fitted())
    here, others = rng.random((6, fitted + 5)), [rng.random((6, fitted + 5))]
    changed = []
    for move, _ in moves():
        if hasattr(move, "setup"):
            move.setup(here)
        proposed, factors = move.get_proposal(here, others, rng)
        assert (factors == 0).all()
        assert (proposed[:, fitted:] >= 0).all()
        assert (proposed[:, fitted:] < 1).all()
        different = (proposed != here).all(0)
        changed.append((different[:fitted].all(), different[fitted:-1].all(), different[-1]))
    assert changed == [(True, False, False)] * 2 + [(True, True, False), (False, False, True)]


def test_small_steps_of_all_parameters_leave_the_prior_as_it_is() -> None:
    """From uniform quantiles come uniform quantiles, near those that were."""
    rng = np.random.RandomState(2)
    here = rng.random((40_000, 3))
    there, _ = moves()[2][0].get_proposal(here, [], rng)
    for k in range(2):
        assert stats.kstest(there[:, k], "uniform").pvalue > 0.001
        assert 0.5 < np.corrcoef(here[:, k], there[:, k])[0, 1] < 0.99
    assert (there[:, 2] == here[:, 2]).all(), "luck stays"


def test_a_stage_keeps_the_prior_where_the_data_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every distance 0 the population must stay uniform."""
    monkeypatch.setattr(Simulator, "distance", lambda *_: 0.0)
    quantiles = Quantiles(Simulator((load("P7"),)))
    rows = np.random.default_rng(3).random((200, len(quantiles.names)))
    with ThreadPoolExecutor(1) as pool:
        after = anneal(quantiles, Fit(rows, np.zeros(200), (0.0,), (1.0,), (0,)), 60, pool, lambda _: None)
    assert after.moved[-1] > 0.05
    assert np.abs(after.rows.mean(0) - 0.5).max() < 0.12
    assert np.abs(after.rows.std(0) - np.sqrt(1 / 12)).max() < 0.06


def test_a_parameter_that_shows_is_recovered_and_one_that_does_not_keeps_its_prior() -> None:
    rng = np.random.default_rng(1)
    u = rng.random((2_000, 2))
    found = recover(Simulated(("shows", "hides"), u, u[:, :1] + rng.normal(0, 0.02, (2_000, 1))), 60, 60)
    assert found["inside"].to_numpy().mean() >= 0.8
    table = {row["parameter"]: row for row in by_parameter(found).to_dicts()}
    assert table["shows"]["correlation"] > 0.95
    assert table["shows"]["narrower"] > 0.8
    assert abs(table["hides"]["narrower"]) < 0.1


def test_a_fit_begins_on_one_person_in_ten_and_ends_on_everybody() -> None:
    sample, whole = ({p.name: p.scale for p in Simulator.of(whole=w).patterns} for w in (False, True))
    assert whole == dict.fromkeys(whole, 1)
    assert sample == dict.fromkeys(whole, 10) | {"V6a": 1}
