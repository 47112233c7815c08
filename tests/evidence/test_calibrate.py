"""The fit: particles stay within the prior and the distance, a broken-off fit goes on to the same bytes; recovery."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.config.schema import month_number
from asmsim.evidence import particles, posterior, priors
from asmsim.evidence.calibrate import (
    Fit,
    Within,
    anneal,
    calibrate,
    learn_shift,
    make_moves,
    read_effects,
    save_posterior,
)
from asmsim.evidence.evaluate import Evaluated, evaluate, make_scenarios, unfold
from asmsim.evidence.particles import ParticleSimulator, Quantiles, distance
from asmsim.evidence.patterns import ArmEffect, Pattern, Statistic, load_pattern
from asmsim.evidence.recovery import Simulated, recover, tabulate_recovery
from asmsim.model.simulate import Run

NAMES, PARTICLES = ("P7",), 40


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person in 400, and then in 200, stands for a sample and everybody."""
    of = ParticleSimulator.of.__func__  # type: ignore[attr-defined]

    def scaled(cls: type[ParticleSimulator], names: tuple[str, ...], whole: bool = False) -> ParticleSimulator:
        made = of(cls, names, whole)
        scale = 200.0 if whole else 400.0
        return replace(made, patterns=tuple(p.model_copy(update={"scale": scale}) for p in made.patterns))

    monkeypatch.setattr(ParticleSimulator, "of", classmethod(scaled))


def fitted(folder: Path, stop_at: str = "") -> Fit:
    """Two stages and the last one; broken off at the one whose title begins so."""

    @contextmanager
    def progress(total: int, title: str) -> Iterator[Callable[[int], None]]:
        if stop_at and title.startswith(stop_at):
            raise KeyboardInterrupt
        yield lambda _: None

    return calibrate(folder, PARTICLES, 2, 1, -1.0, threads=2, rough=-1.0, names=NAMES, progress=progress)


@pytest.mark.usefixtures("fewer")
def test_a_broken_off_fit_goes_on_to_the_same_bytes_and_becomes_a_posterior(tmp_path: Path) -> None:
    whole = fitted(tmp_path / "whole")
    for stage in ("Stage 2", "Simulating everybody", "Stage 5", "Settling, stage 6"):
        with pytest.raises(KeyboardInterrupt):
            fitted(tmp_path / "broken", stage)
    again = fitted(tmp_path / "broken")
    assert whole.settled == 1
    assert whole.stage == 7, "the prior and two stages; everybody, two more and one of settling"
    assert whole.learned == 3
    assert len(whole.shift) == len(load_pattern("P7").judged)
    assert any(whole.shift), "one in 200 differs from one in 400"
    assert again.rows.tobytes() == whole.rows.tobytes()
    assert again.epsilons == whole.epsilons
    assert (whole.distances <= whole.epsilons[-1]).all()
    assert ((whole.rows >= 0) & (whole.rows < 1)).all(), "within the prior"
    for part in (whole.epsilons[:3], whole.epsilons[3:]):
        assert list(part) == sorted(part, reverse=True)
    path = save_posterior(whole, tmp_path / "whole")
    drawn = posterior.draw_posterior(str(path), 8)
    assert len(drawn) == 8
    assert set(priors.list_fitted()) < set(drawn[0]), "what is not fitted is drawn from its prior"
    with pytest.raises(AsmsimError, match="differs in patterns"):
        calibrate(tmp_path / "whole", PARTICLES, names=("P0",))


def test_how_everybody_differs_from_a_sample_is_learned_and_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody lies 0.3 half-widths of P7's band above the sample, whose first lot, which does not tell, lies 0.2 above the
    others; the trial stays.
    """

    def told(simulator: ParticleSimulator, trial: bool, lot: int = 0) -> dict[str, float]:
        found = {}
        for p in [p for p in simulator.patterns if bool(p.trial) == trial]:
            for name, judged in p.judged.items():
                half = (judged.high - judged.low) / 2
                edge = judged.high if np.isfinite(judged.high) else judged.low
                found[f"{p.name} {name}"] = edge + (
                    0.0 if p.trial else 0.3 * half if p.scale == 1.0 else 0.2 * half if lot == 0 else 0.0
                )
        return found

    monkeypatch.setattr(
        ParticleSimulator, "country", lambda self, _: [told(self, False, lot) for lot in range(self.lots)]
    )
    monkeypatch.setattr(ParticleSimulator, "trial", lambda self, _: told(self, True))
    sample, everybody = (ParticleSimulator.of(("P7", "V6a"), whole) for whole in (False, True))
    rows = np.full((3, len(Quantiles(sample).names)), 0.5)
    with ThreadPoolExecutor(1) as pool:
        fit = learn_shift(sample, everybody, Fit(rows, np.zeros(3), (0.0,), (1.0,), (3,)), pool, lambda _: None)
    shift = dict(zip(sample.names, fit.shift, strict=True))
    assert {name: value for name, value in shift.items() if name.startswith("V6a")} == {
        f"V6a {name}": 0.0 for name in load_pattern("V6a").judged
    }
    assert fit.distances == pytest.approx(0.5 * sum(judged.counts for judged in load_pattern("P7").judged.values()))
    assert fit.learned == 1
    assert fit.simulations == (3, 6)


def edge(judged: Statistic | ArmEffect) -> float:
    return judged.high if np.isfinite(judged.high) else judged.low


def middle(simulator: ParticleSimulator) -> dict[str, float]:
    """The particle in the middle of every prior."""
    return Quantiles(simulator).particle_of(np.full(len(Quantiles(simulator).names), 0.5))


def test_a_shift_is_added_to_what_the_sample_tells_and_the_trial_is_left_out_beyond_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def unfold(patterns: list[Pattern], *_: object) -> Iterator[dict[tuple[str, str], npt.NDArray[np.float64]]]:
        asked.append([p.name for p in patterns])
        yield {(p.name, name): np.full(1, edge(judged)) for p in patterns for name, judged in p.judged.items()}

    def evaluated(patterns: list[Pattern], *_: object, **__: object) -> dict[str, Evaluated]:
        asked.append([p.name for p in patterns])
        return {
            p.name: Evaluated(
                p, {name: np.full((1, 1), edge(judged)) for name, judged in p.judged.items()}, np.array([]), ""
            )
            for p in patterns
        }

    monkeypatch.setattr(particles, "unfold", unfold)
    monkeypatch.setattr(particles, "evaluate", evaluated)
    sample = ParticleSimulator.of(("P7", "V6a"))
    particle = middle(sample)
    assert sample.distance(particle) == pytest.approx(0.0, abs=1e-9)
    assert asked == [["P7"], ["V6a"]]
    halves = {f"{p.name} {n}": (j.high - j.low) / 2 for p in sample.patterns for n, j in p.judged.items()}
    shifted = replace(sample, shift=tuple(halves[n] if n.startswith("P7") else 0.0 for n in sample.names))
    counted = sum(j.counts for j in load_pattern("P7").judged.values())
    assert shifted.distance(particle) == pytest.approx(counted)
    asked.clear()
    assert shifted.distance(particle, 0.5) > 0.5
    assert asked == [["P7"]], "what takes longer is left out"


def test_who_passes_by_the_luck_of_a_first_lot_is_judged_by_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """P7 is missed by so many half-widths in each lot, and a particle is as far as the worst of the means tells."""
    asked, lots_miss = [], [0.0, 2.0, 1.0]

    def unfold(simulator: ParticleSimulator, _: object, __: object, lot: int = 0) -> Iterator[dict[str, float]]:
        asked.append(lot)
        judged = {f"{p.name} {n}": j for p in simulator.patterns for n, j in p.judged.items()}
        yield {n: j.low - lots_miss[lot] * (j.high - j.low) / 2 for n, j in judged.items()}

    monkeypatch.setattr(ParticleSimulator, "unfold", unfold)
    counted = sum(j.counts for j in load_pattern("P7").judged.values())
    sample = ParticleSimulator((load_pattern("P7"),))
    particle = middle(sample)
    for lots, limit, far, simulated in ((1, np.inf, 0, [0]), (3, 0.5, 1, [0, 1]), (3, 9.0, 1, [0, 1, 2])):
        asked.clear()
        assert replace(sample, lots=lots).distance(particle, limit) == pytest.approx(far * counted)
        assert asked == simulated
    lots_miss[:] = 2.0, 0.0, 0.0
    assert replace(sample, lots=3).distance(particle, 9.0) == pytest.approx(2 * counted), "nor does later luck help"
    drawn = [seed for lot in range(3) for seed in sample.seeds_of(particle, 3, lot)]
    assert len(set(drawn)) == 9


def test_a_lot_that_is_partly_told_counts_beside_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the second lot the first statistic of P7, missed by six half-widths, takes the mean to three before the other is told."""
    asked = []

    def unfold(simulator: ParticleSimulator, _: object, __: object, lot: int = 0) -> Iterator[dict[str, float]]:
        known = {}
        for p in simulator.patterns:
            for n, (name, judged) in enumerate(p.judged.items()):
                asked.append((lot, n))
                miss = 6.0 if (lot, n) == (1, 0) else 0.0
                known[f"{p.name} {name}"] = judged.low - miss * (judged.high - judged.low) / 2
                yield dict(known)

    monkeypatch.setattr(ParticleSimulator, "unfold", unfold)
    sample = ParticleSimulator((load_pattern("P7"),), lots=3)
    assert sample.distance(middle(sample), 2.5) == pytest.approx(3.0)
    assert asked == [(0, 0), (0, 1), (1, 0)]


def test_what_unfolds_is_what_whole_runs_tell_and_giving_up_early_changes_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Statistics come in the order of their windows, each to the last bit as when all months have been run; and of those
    only as many are run as it takes to know.
    """
    months, advance = [], Run.advance

    def counted(run: Run, first: int, last: int, threads: int = 1) -> None:
        months.append(last - first)
        advance(run, first, last, threads)

    monkeypatch.setattr(Run, "advance", counted)
    sample = ParticleSimulator.of([name for name in particles.FITTED if not load_pattern(name).trial])
    particle = middle(sample)
    told = list(sample.unfold(particle, sample.scenarios_of(particle)))
    start = month_number(next(iter(sample.scenarios_of(particle).values())).context.start)
    assert sum(months) == sample.luck * (month_number("2022-06") - start), "P4 looks farthest"
    assert set(told[0]) == {"P8 in 2005"}
    assert set(told[1]) == {"P8 in 2005", "P0 in 2008", "P1 in 2008", "P2 in 2008"}
    assert all(before.items() < after.items() for before, after in pairwise(told)), "what is told stays"
    seeds = sample.seeds_of(particle, sample.luck)
    whole = evaluate(sample.patterns, [sample.draw_of(particle)], seeds, threads=1)
    assert told[-1] == {f"{p} {n}": float(v.mean()) for p, e in whole.items() for n, v in e.values.items()}
    partly = [distance(sample.patterns, known, partly=True) for known in told]
    assert partly[-1] == distance(sample.patterns, told[-1]) == sample.distance(particle)
    assert len(set(partly)) > 2, "or nothing is given up on the way"
    for far in set(partly):
        limit = float(np.nextafter(far, -1))
        assert sample.distance(particle, far) == (far if far == partly[-1] else min(q for q in partly if q > far))
        assert sample.distance(particle, limit) == min(q for q in partly if q > limit)
    months.clear()
    sample.distance(particle, -1.0)
    assert sum(months) == sample.luck * (month_number("2006-01") - start)


def test_scenarios_that_are_compared_unfold_together(tmp_path: Path) -> None:
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "two.yaml").write_text(
        """
title: Two policies
role: held_out
tests: that scenarios keep their own runs
context: generic
scale: 100
scenarios: {none: ["policy=none"], scaled: ["policy=none", "parameters.hurdle_median=3"]}
statistics:
  later: {measure: {outcome: licensed_share, from: "2006-01", until: "2007-01"}, low: 0, high: 1, sources: MN006}
  gain: {measure: {outcome: miners, from: "2005-01", until: "2006-01", scenario: scaled, less: none}, low: 0, high: 1, sources: MN006}
"""
    )
    pattern = load_pattern("two", tmp_path)
    ready = make_scenarios([pattern], {"generic": {}})
    assert len(ready) == 2
    told = list(unfold([pattern], ready, [1, 2]))
    assert [sorted(name for _, name in known) for known in told] == [["gain"], ["gain", "later"]]
    whole = evaluate([pattern], [{}], [1, 2], threads=1)["two"].values
    assert {name: values.tolist() for (_, name), values in told[-1].items()} == {
        n: v[0].tolist() for n, v in whole.items()
    }
    beyond = pattern.statistics["later"].measure.model_copy(update={"until": "2099-01"})
    later = pattern.statistics["later"].model_copy(update={"measure": beyond})
    farther = pattern.model_copy(update={"statistics": {"later": later}})
    with pytest.raises(ConfigError, match="2099-01 is not within the record"):
        next(unfold([farther], ready, [1]))


def test_what_lies_outside_the_prior_costs_no_simulation() -> None:
    within = Within(Quantiles(ParticleSimulator((load_pattern("P7"),))), 1.0)
    row = np.full(len(Quantiles(ParticleSimulator((load_pattern("P7"),))).names), 0.5)
    row[0] = 1.2
    assert within(row) == (-np.inf, np.inf)
    assert within.simulations == 0


def test_moves_change_those_fitted_or_all_parameters_or_some_that_are_not_fitted_or_luck() -> None:
    rng = np.random.RandomState(1)
    fitted = len(priors.list_fitted())
    here, others = rng.random((6, fitted + 50)), [rng.random((6, fitted + 50))]
    changed = []
    for move, _ in make_moves(rng.random(49)):
        if hasattr(move, "setup"):
            move.setup(here)
        proposed, factors = move.get_proposal(here, others, rng)
        assert (factors == 0).all()
        assert (proposed[:, fitted:] >= 0).all()
        assert (proposed[:, fitted:] < 1).all()
        different = (proposed != here).any(0)
        changed.append((different[:fitted].any(), different[fitted:-1].any(), different[-1]))
    assert changed == [(True, False, False)] * 2 + [(True, True, False), (False, True, False), (False, False, True)]


def test_some_drawn_afresh_leave_the_prior_as_it_is() -> None:
    rng = np.random.RandomState(4)
    fitted = len(priors.list_fitted())
    here = rng.random((20_000, fitted + 3))
    there, _ = make_moves(np.array([0.0, 4.0]))[3][0].get_proposal(here, [], rng)
    assert (there[:, fitted] != here[:, fitted]).all(), "no pattern sees it"
    assert 0.02 < (there[:, fitted + 1] != here[:, fitted + 1]).mean() < 0.2
    for k in (fitted, fitted + 1):
        assert stats.kstest(there[:, k], "uniform").pvalue > 0.001
    assert (there[:, -1] == here[:, -1]).all(), "luck stays"


def test_what_was_not_screened_counts_as_the_strongest() -> None:
    known = read_effects(["entry_base", "skill_median", "new_parameter"])
    assert known[0] == known[2] > known[1] > 0


def test_small_steps_of_all_parameters_leave_the_prior_as_it_is() -> None:
    """From uniform quantiles come uniform quantiles, near those that were."""
    rng = np.random.RandomState(2)
    here = rng.random((40_000, 3))
    there, _ = make_moves(np.empty(0))[2][0].get_proposal(here, [], rng)
    for k in range(2):
        assert stats.kstest(there[:, k], "uniform").pvalue > 0.001
        assert 0.5 < np.corrcoef(here[:, k], there[:, k])[0, 1] < 0.99
    assert (there[:, 2] == here[:, 2]).all(), "luck stays"


def test_a_stage_keeps_the_prior_where_the_data_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every distance 0 the population must stay uniform."""
    monkeypatch.setattr(ParticleSimulator, "distance", lambda *_: 0.0)
    quantiles = Quantiles(ParticleSimulator((load_pattern("P7"),)))
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
    table = {row["parameter"]: row for row in tabulate_recovery(found).to_dicts()}
    assert table["shows"]["correlation"] > 0.95
    assert table["shows"]["narrower"] > 0.8
    assert abs(table["hides"]["narrower"]) < 0.1


def test_one_parameter_is_told_beside_many_statistics_that_say_nothing_of_it() -> None:
    rng = np.random.default_rng(2)
    u, noise = rng.random((2_000, 2)), rng.normal(0, 1, (2_000, 20))
    table = tabulate_recovery(
        recover(Simulated(("a", "b"), u, np.hstack([u + 0.05 * noise[:, :2], noise[:, 2:]])), 60, 60)
    )
    assert (table["correlation"].to_numpy() > 0.9).all()
    assert (table["narrower"].to_numpy() > 0.6).all()


def test_a_fit_on_nothing_is_refused() -> None:
    few = Simulated(("a",), np.full((30, 1), 0.5), np.ones((30, 1)))
    with pytest.raises(ConfigError, match="30 simulations: 20 are truths, and each fit keeps 20 of the others"):
        recover(few, 20, 20)


def test_a_fit_begins_on_one_person_in_ten_and_ends_on_everybody() -> None:
    sample, whole = ({p.name: p.scale for p in ParticleSimulator.of(whole=w).patterns} for w in (False, True))
    assert whole == dict.fromkeys(whole, 1)
    assert sample == dict.fromkeys(whole, 10) | {"V6a": 1}
