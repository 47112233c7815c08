"""Particles are simulated once, weigh right whatever the rounds, and come out the same after an interruption."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.evidence import particle_table, priors
from asmsim.evidence.condition import condition, count_effective, propose_near, weighted_quantiles
from asmsim.evidence.particle_table import (
    Coordinates,
    FitTarget,
    ParticleTable,
    Proposal,
    count_failures,
    list_targets,
    load_seen,
    read_particles,
    simulate_table,
)
from asmsim.evidence.patterns import Pattern, Statistic, find_observed, list_patterns, load_pattern, match_value
from asmsim.evidence.world_fit import recover_table, save_world, share_rounds

NAMES = ("V1", "V4")


def nowhere(_: ParticleTable, __: int) -> Proposal:
    """A round that looks no nearer than the prior."""
    return Proposal((), np.empty(0), np.empty((0, 0)))


def make_table(number: int = 2000, proposals: tuple[Proposal, ...] = (), later: int = 0) -> ParticleTable:
    """Particles whose statistics are known: `a s` = the score of `entry_base`, `b s` = that plus twice `taste_base`'s."""
    coordinates = Coordinates(("mongolia",))
    rng = np.random.default_rng(3)
    rows = rng.random((number, len(coordinates.names)))
    if proposals:
        rows = np.vstack([rows, proposals[0].draw(coordinates.names, later, rng)])
    x, y = (ndtri(rows[:, coordinates.names.index(n)]) for n in ("entry_base", "taste_base"))
    statistics = {
        "a s": x + 0.1 * rng.standard_normal(len(rows)),
        "b s": x + 2 * y + 0.1 * rng.standard_normal(len(rows)),
    }
    first = np.arange(0, len(rows), 16)
    again = {n: v[first] + 0.14 * rng.standard_normal(len(first)) for n, v in statistics.items()}
    rounds = np.repeat([0, 1], [number, len(rows) - number])
    return ParticleTable(coordinates.names, rows, statistics, again, first, rounds, proposals, coordinates)


def make_target(name: str, observed: float, error: float = 0.1) -> FitTarget:
    half = 1.645 * error
    measure = {"outcome": "miners", "from": "2010-01", "until": "2011-01"}
    judged = Statistic(measure=measure, low=observed - half, high=observed + half, observed=observed, logarithmic=False)  # type: ignore[arg-type]
    pattern = Pattern(name=name, title=name, role="check", tests="", context="mongolia", statistics={"s": judged})
    return FitTarget(f"{name} s", name, *find_observed(judged), judged, pattern)


def test_every_matched_statistic_of_what_was_seen_has_an_observed_value_and_an_error() -> None:
    targets = list_targets(load_seen())
    assert {t.episode for t in targets} == {"mongolia", "V1", "V2", "V3", "V4", "V5", "V6a", "V6b", "Z1", "B1"}
    for t in targets:
        assert np.isfinite(t.observed), t.name
        assert t.error > 0, t.name


def test_only_scenarios_that_matched_statistics_need_are_run() -> None:
    by = {p.name: p for p in load_seen()}
    assert list(by["V3"].scenarios) == ["as_was"]
    assert list(by["V5"].scenarios) == ["shown", "not shown"]
    assert "where anybody digs" not in by["V3"].statistics
    assert by["P0"].scale == 10
    assert by["V3"].scale == 1
    assert by["V6b"].trial


def test_what_was_seen_lies_within_or_beside_its_band() -> None:
    for name in list_patterns():
        for label, judged in load_pattern(name).judged.items():
            if judged.observed is not None and np.isfinite([judged.low, judged.high]).all():
                half = (judged.high - judged.low) / 2
                assert judged.low - half <= judged.observed <= judged.high + half, f"{name} {label}"


def test_sizes_are_matched_on_a_log_scale_and_what_is_far_is_cut() -> None:
    size = load_pattern("P2").statistics["in 2019"]
    assert size.is_logarithmic
    assert match_value(size, np.array([294.0]))[0] == pytest.approx(find_observed(size)[0])
    assert np.isfinite(match_value(size, np.array([0.0, np.inf]))).all()
    assert np.isnan(match_value(size, np.array([np.nan]))).all()
    change = load_pattern("Z1").statistics["2020 on 2018, bad pay"]
    assert match_value(change, np.array([-0.43]))[0] == pytest.approx(np.log(0.57))
    assert not load_pattern("V6a").trial["information"].is_logarithmic


def test_a_particle_holds_behaviour_medians_spreads_and_each_countrys_own_values() -> None:
    coordinates = Coordinates(("ecuador", "mongolia"))
    draw = coordinates.draws_of(np.full((1, len(coordinates.names)), 0.5))[0]
    assert draw["ecuador.office_staff"] == pytest.approx(draw["median.office_staff"])
    assert {"taste_base", "office_staff", "spread.office_staff"} <= draw.keys()
    there = [priors.draw_abroad([draw], "ecuador", seed)[0] for seed in (1, 2)]
    assert there[0] == there[1], "nothing of the country is left to be drawn"
    assert there[0]["office_staff"] == draw["ecuador.office_staff"]


def test_a_table_goes_on_after_a_kill_with_the_same_bytes(tmp_path: Path) -> None:
    assert simulate_table(tmp_path / "a", (3, 2), nowhere, NAMES, threads=1, levels=False)
    with pytest.raises(KeyboardInterrupt):
        simulate_table(tmp_path / "b", (3, 2), stop_here, NAMES, threads=1, levels=False)
    assert (tmp_path / "b/part-0-0000.parquet").is_file()
    assert simulate_table(tmp_path / "b", (3, 2), nowhere, NAMES, threads=2, levels=False)
    table = read_particles(tmp_path / "b")
    assert table.digest == read_particles(tmp_path / "a").digest
    assert len(table) == 5
    assert len(table.first) == 1, "the first runs on a second seed"
    assert np.allclose(table.weights, 1.0)
    with pytest.raises(AsmsimError, match="differs in rounds"):
        simulate_table(tmp_path / "b", (4, 2), nowhere, NAMES, threads=1, levels=False)
    on = [t for t in list_targets(load_seen(NAMES)) if t.name in table.statistics]
    assert {t.episode for t in on} == set(NAMES)


def test_particles_that_fail_are_rows_that_say_why_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = particle_table.evaluate, []

    def breaks(patterns: Any, draws: Any, seeds: Any, **more: Any) -> Any:
        calls.append(seeds)
        if len(calls) in (3, 5):  # the first call is to get ready
            raise AsmsimError("gold was made")
        return whole(patterns, draws, seeds, **more)

    monkeypatch.setattr(particle_table, "evaluate", breaks)
    assert simulate_table(tmp_path, [6], nowhere, NAMES, threads=1, levels=False)
    assert count_failures(tmp_path) == {"gold was made": 2}
    assert len(read_particles(tmp_path)) == 4


def stop_here(_: ParticleTable, __: int) -> Proposal:
    raise KeyboardInterrupt


def test_hours_that_are_over_leave_what_is_there(tmp_path: Path) -> None:
    assert not simulate_table(tmp_path, (40,), nowhere, ("V4",), hours=-1.0, levels=False)
    with pytest.raises(ConfigError, match="no particle table"):
        read_particles(tmp_path)


def test_rounds_share_the_particles() -> None:
    assert share_rounds(100, 1) == (100,)
    assert share_rounds(101, 3) == (51, 25, 25)
    assert sum(share_rounds(1003, 4)) == 1003


def test_later_rounds_leave_the_prior_as_it_is() -> None:
    near = Proposal(("entry_base", "taste_base"), np.array([1.5, 0.0]), np.array([[0.3, 0.0], [0.0, 0.5]]))
    table = make_table(2000, (near,), 2000)
    scores = ndtri(table.rows[:, table.names.index("entry_base")])
    weights = table.weights / table.weights.sum()
    assert scores.mean() > 0.5, "the second round looks elsewhere"
    assert weights @ scores == pytest.approx(0.0, abs=0.06)
    assert weights @ scores**2 == pytest.approx(1.0, abs=0.1)
    assert table.weights.max() <= 2.0 + 1e-9, "the inverse of the first round's share"


def test_conditioning_gives_the_posterior_that_is_known_in_closed_form() -> None:
    """Two normal scores, two linear statistics: the posterior is normal, with the mean and the spread of algebra."""
    table = make_table()
    targets = [make_target("a", 1.0), make_target("b", 0.0)]
    found = condition(table, targets)
    design, noise = np.array([[1.0, 0.0], [1.0, 2.0]]), np.eye(2) * (0.1**2 + 0.1**2)
    covariance = np.linalg.inv(np.eye(2) + design.T @ np.linalg.inv(noise) @ design)
    mean = covariance @ design.T @ np.linalg.inv(noise) @ np.array([1.0, 0.0])
    for k, name in enumerate(("entry_base", "taste_base")):
        scores = ndtri(found.rows[:, table.names.index(name)])
        middle = found.weights @ scores
        assert middle == pytest.approx(mean[k], abs=0.08), name
        spread = np.sqrt(found.weights @ (scores - middle) ** 2)
        assert 0.8 <= spread / np.sqrt(covariance[k, k]) <= 1.7, f"{name}: a little wide is right, narrow is not"
    other = ndtri(found.rows[:, table.names.index("hurdle_median")])
    assert abs(found.weights @ other) < 0.3, "what no statistic sees stays as its prior"
    assert found.effective >= 190
    assert ((found.rows >= 0) & (found.rows <= 1)).all()


def test_a_statistic_is_predicted_from_another_with_chance_and_error() -> None:
    table = make_table()
    found = condition(table, [make_target("a", 1.0)], [make_target("b", 0.0, 0.6)])
    values = found.predicted["b s"]
    assert found.weights @ values == pytest.approx(1.0, abs=0.35)
    assert np.sqrt(found.weights @ (values - found.weights @ values) ** 2) == pytest.approx(np.hypot(2.0, 0.6), rel=0.2)


def test_the_width_is_what_leaves_enough_draws() -> None:
    table = make_table(400)
    target = make_target("a", 2.5, 0.01)
    few, many = (condition(table, [target], enough=n) for n in (30, 200))
    assert few.effective == pytest.approx(30, rel=0.05)
    assert few.width < many.width


def test_nothing_to_condition_on_is_refused() -> None:
    with pytest.raises(ConfigError, match="name more patterns"):
        condition(make_table(10), [])


def test_a_round_looks_where_the_data_move_a_coordinate() -> None:
    near = propose_near(make_table(), [make_target("a", 1.5)])
    assert "entry_base" in near.names
    assert near.mean[near.names.index("entry_base")] == pytest.approx(1.5, abs=0.25)
    assert len(near.names) <= 4, "what no statistic sees comes from the prior"


def test_truths_from_the_prior_are_found_again() -> None:
    table = make_table()
    found = recover_table(table, [make_target("a", 0.0), make_target("b", 0.0)], 40)
    inside = found.group_by("parameter").agg(pl.col("inside").mean(), pl.corr("truth", "median").alias("r"))
    by = {r["parameter"]: r for r in inside.to_dicts()}
    assert 0.8 <= by["entry_base"]["inside"] <= 1.0
    assert by["entry_base"]["r"] > 0.95
    assert 0.8 <= found["inside"].to_numpy().mean() <= 0.98
    with pytest.raises(ConfigError, match="simulate more"):
        recover_table(make_table(30), [make_target("a", 0.0)], 40)


def test_posteriors_hold_behaviour_of_all_and_values_of_their_country(tmp_path: Path) -> None:
    table = make_table(300)
    found, paths = save_world(tmp_path, table, [make_target("a", 1.0)])
    world, home = (pl.read_parquet(p) for p in paths)
    assert {"median.office_staff", "spread.office_staff", "office_staff", "weight"} <= set(home.columns)
    assert home.height == world.height <= len(found.weights)
    assert world["weight"].sum() == pytest.approx(1.0, abs=1e-6)
    taken = world["weight"].to_numpy() * 320
    assert taken == pytest.approx(taken.round(), abs=1e-4), "each draw as often as it was taken"
    told = paths[0].with_suffix(".json").read_text()
    assert "effective_draws" in told
    assert "kernel_width" in told


def test_weighted_quantiles_and_effective_draws_by_hand() -> None:
    assert count_effective(np.array([1.0, 1.0, 0.0])) == 2.0
    middle = weighted_quantiles(np.array([3.0, 1.0, np.nan]), np.array([1.0, 1.0, 5.0]), np.array([0.5]))
    assert middle == pytest.approx([2.0])
