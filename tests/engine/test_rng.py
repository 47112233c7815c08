"""Keyed randomness: known answers, and draws that are uniform and independent in every key."""

import numpy as np
import pytest
from numba import njit
from scipy import stats

from asmsim.engine.rng import U, bell, mix, month_key, slot_key, twin, uniform

MASK = 2**64 - 1


def reference_mix(z: int) -> int:
    """SplitMix64's finaliser in plain integers."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


@njit
def mixed(z):
    return mix(z)


@njit
def draw(seed, stream, slot, month, purpose):
    return uniform(slot_key(month_key(seed, stream, month), slot), purpose)


@njit
def many(seed, stream, slots, months, purposes):
    out = np.empty((slots, months, purposes))
    for t in range(months):
        key = month_key(seed, stream, t)
        for i in range(slots):
            for p in range(purposes):
                out[i, t, p] = uniform(slot_key(key, i), p)
    return out


@njit
def twins_and_bells(n):
    a, b, c = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        a[i], b[i] = twin(slot_key(month_key(U(1), 1, 0), i), 3)
        c[i] = bell(slot_key(month_key(U(1), 1, 0), i), 4)
    return a, b, c


def test_known_answers_of_splitmix64() -> None:
    # the published first outputs for seed 0: state k * golden gamma
    known = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]
    for k, answer in enumerate(known, 1):
        assert int(mixed(U(k * 0x9E3779B97F4A7C15 & MASK))) == answer == reference_mix(k * 0x9E3779B97F4A7C15 & MASK)


def test_known_answer_of_a_draw() -> None:
    golden, slot_constant = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03
    month = reference_mix((reference_mix((7 + golden * 2) & MASK) + golden * 12) & MASK)
    key = reference_mix((month + slot_constant * 5) & MASK)
    expected = (reference_mix((key + golden * 3) & MASK) >> 11) / 2**53
    assert draw(U(7), 2, 5, 11, 3) == expected


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_draws_are_uniform(seed: int) -> None:
    assert stats.kstest(many(U(seed), 1, 200, 50, 10).ravel(), "uniform").pvalue > 1e-3


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["slot", "month", "purpose"])
def test_neighbours_along_a_key_are_independent(axis: int) -> None:
    u = np.moveaxis(many(U(3), 1, 120, 60, 12), axis, 0)
    pairs = np.histogram2d(u[:-1].ravel(), u[1:].ravel(), bins=16, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-3


@pytest.mark.parametrize(("a", "b"), [((1, 1), (2, 1)), ((1, 1), (1, 2))], ids=["seed", "stream"])
def test_seeds_and_streams_are_independent(a: tuple[int, int], b: tuple[int, int]) -> None:
    x, y = many(U(a[0]), a[1], 200, 50, 8).ravel(), many(U(b[0]), b[1], 200, 50, 8).ravel()
    pairs = np.histogram2d(x, y, bins=16, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-3


def test_twins_are_uniform_and_independent_and_bells_are_standardised() -> None:
    a, b, c = twins_and_bells(100_000)
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    assert stats.kstest(b, "uniform").pvalue > 1e-3
    assert stats.chisquare(np.histogram2d(a, b, bins=16)[0].ravel()).pvalue > 1e-3
    assert abs(c.mean()) < 0.02
    assert abs(c.std() - 1) < 0.02
    assert np.abs(c).max() <= 3
