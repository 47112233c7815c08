"""Conditioning: what a particle table says once some of its statistics are known.

Approximate Bayesian computation.  A statistic as it would be observed is what was simulated plus an error of observation.  Its
distance from what was seen is in units of error and chance together.  Particles weigh by a normal kernel of that distance, whose
width is the least that leaves enough draws effective, times the particle's own weight (`ParticleTable.weights`).

What is left of the distance is taken out by regression (Beaumont, Zhang and Balding 2002): each coordinate's normal score is
regressed on the statistics by ridge regression, with the penalty of its own that predicts best when each particle is left
out in turn, and moved to where the statistics are those that were seen.  So coordinates stay within their ranges.  Where no simulation comes near what was
seen, a draw is moved no farther than simulations reach.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.extras import require_extra
from asmsim.evidence import posterior
from asmsim.evidence.particle_table import SEED, FitTarget, ParticleTable, Proposal

Floats = npt.NDArray[np.float64]
BEND = 3.0
"""Units of error and chance beyond which a distance counts by its size, not its square: one statistic that cannot be met must
not decide alone."""
ENOUGH_SHARE, ENOUGH_DRAWS = 0.1, 100
"""Draws that stay effective: this share of the particles, and not fewer than so many (or half of the particles)."""
PENALTIES = np.logspace(0, 5, 11)
KEPT = 320
"""Draws that are taken for a posterior, by their weights."""
LEAST_WEIGHT = 1e-3
"""Of the largest weight: draws below it are left out."""
MOST_MOVED = 20
WIDER = 1.2
"""Coordinates in which a round looks elsewhere than the prior, at most; and by how much wider it looks than what it found."""

CLEARLY = 3.5
"""Standard errors from which a coordinate counts as moved: of 400 that are not, one in five rounds has one by chance."""


@dataclass(frozen=True, eq=False)
class Conditioned:
    """Weighted draws given some statistics.

    Attributes
    ----------
    rows
        (draw, coordinate) quantiles after adjustment.
    weights
        (draw,), which add up to 1.
    predicted
        (draw,) of statistics that were not conditioned on, as they would be observed, on the matched scale; NaN = not defined.
    effective
        Draws that count, by their weights (Kish).
    width
        Of the kernel, in units of error and chance.
    """

    names: tuple[str, ...]
    rows: Floats
    weights: Floats
    predicted: Mapping[str, Floats]
    effective: float
    width: float
    particles: npt.NDArray[np.int64]


def count_effective(weights: Floats) -> float:
    """Return how many equally weighted draws would say as much (Kish 1965)."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total > 0 else 0.0


def observe_target(table: ParticleTable, target: FitTarget) -> Floats:
    """Return (particle,) a statistic as it would be observed, matched scale: simulated, with an error of observation."""
    rng = np.random.default_rng([SEED, zlib.crc32(target.name.encode())])
    return table.matched(target) + target.error * rng.standard_normal(len(table))


def choose_width(distances: Floats, weights: Floats, enough: float) -> float:
    """Return the least width of a normal kernel that leaves so many draws effective, by bisection of its logarithm."""
    low, high = -4.0, 6.0

    def effective(width: float) -> float:
        return count_effective(weights * weigh_distances(distances, width))

    if effective(float(np.exp(low))) >= enough:
        return float(np.exp(low))
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if effective(float(np.exp(middle))) >= enough else (middle, high)
    return float(np.exp(high))


def weigh_distances(distances: Floats, width: float) -> Floats:
    """Return (particle,) kernel weights of (particle,) squared distances; the nearest weighs 1."""
    finite = np.isfinite(distances)
    nearest = float(distances[finite].min()) if finite.any() else 0.0
    return np.asarray(np.exp(-(distances - nearest) / (2 * width**2)))


def condition(
    table: ParticleTable,
    on: Sequence[FitTarget],
    predict: Sequence[FitTarget] = (),
    observed: Mapping[str, float] | None = None,
    without: Sequence[int] = (),
    enough: float | None = None,
) -> Conditioned:
    """Return draws given the statistics `on`, with the statistics `predict` as they would be observed.

    Parameters
    ----------
    observed
        Instead of what was seen, on the matched scale: for synthetic truths.
    without
        Particles that are left out: the truths themselves.
    enough
        Draws that shall stay effective; by default a tenth of the particles, at least a hundred or half of them.

    Raises
    ------
    ConfigError
        Nothing to condition on; no particle in which every statistic is defined.
    """
    if not on:
        raise ConfigError("condition: no statistic is left to condition on; name more patterns")
    seen = {t.name: t.observed for t in on} | dict(observed or {})
    away = np.column_stack([(observe_target(table, t) - seen[t.name]) / np.hypot(t.error, table.chance(t)) for t in on])
    usable = np.isfinite(away).all(1)
    usable[list(without)] = False
    if not usable.any():
        raise ConfigError("condition: in no particle is every statistic defined; simulate more with --particles")
    bent = 2 * BEND**2 * (np.sqrt(1 + (np.nan_to_num(away) / BEND) ** 2) - 1)  # pseudo-Huber
    distances = np.where(usable, bent.sum(1), np.inf)
    n = int(usable.sum())
    wanted = enough if enough is not None else max(ENOUGH_SHARE * n, min(ENOUGH_DRAWS, n / 2))
    prior = np.where(usable, table.weights, 0.0)
    width = choose_width(distances, prior, wanted)
    weights = prior * weigh_distances(distances, width)
    kept = np.flatnonzero(weights > LEAST_WEIGHT * weights.max())
    weights = weights[kept] / weights[kept].sum()
    ahead = np.column_stack([observe_target(table, t)[kept] for t in predict]) if predict else np.empty((len(kept), 0))
    rows, moved = adjust(table.rows[kept], ahead, away[kept], weights)
    predicted = {t.name: moved[:, k] for k, t in enumerate(predict)}
    return Conditioned(table.names, rows, weights, predicted, count_effective(weights), width, kept)


def adjust(rows: Floats, ahead: Floats, away: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return quantiles and predicted statistics moved to where the statistics are what was seen.

    Parameters
    ----------
    rows, ahead
        (draw, coordinate) quantiles, and (draw, statistic) to predict, NaN where not defined.
    away
        (draw, statistic) from what was seen, in units of error and chance.
    weights
        (draw,), which add up to 1.
    """
    from scipy.special import ndtr, ndtri

    require_extra("sklearn", "calibrate")
    from sklearn.linear_model import RidgeCV

    scores = ndtri(np.clip(rows, 1e-9, 1 - 1e-9))
    if len(rows) < 8:
        return rows, ahead
    aim = np.clip(0.0, *weighted_quantiles(away, weights, np.array([0.02, 0.98])))
    middles = np.array([weighted_quantiles(column, weights, np.array([0.5]))[0] for column in ahead.T]).reshape(-1)
    known = np.where(np.isnan(ahead), middles, ahead)
    scale = np.maximum(np.nanstd(known, axis=0), 1e-12) if ahead.size else np.ones(ahead.shape[1])
    goals = np.column_stack([scores, np.nan_to_num(known / scale)])
    ridge: Any = RidgeCV(alphas=PENALTIES, alpha_per_target=True)
    ridge.fit(away, goals, sample_weight=weights * count_effective(weights))
    slopes = np.where(np.asarray(ridge.alpha_)[:, None] < PENALTIES[-1], ridge.coef_, 0.0)
    moved = goals + (aim - away) @ slopes.T
    number = rows.shape[1]
    told = np.where(np.isnan(ahead), np.nan, moved[:, number:] * scale)
    return np.asarray(ndtr(moved[:, :number])), np.asarray(told)


def weighted_quantiles(values: Floats, weights: Floats, at: Floats) -> Floats:
    """Return quantiles of (draw,) or (draw, column) weighted values along the first axis, NaN left out: (quantile, ...).

    A draw stands in the middle of its weight; between draws lines are drawn.
    """
    values = np.asarray(values, float)
    if values.ndim == 2:
        return np.column_stack([weighted_quantiles(column, weights, at) for column in values.T])
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(at), np.nan)
    order = np.argsort(values[known], kind="stable")
    ordered, mass = values[known][order], weights[known][order]
    return np.asarray(np.interp(at, (np.cumsum(mass) - mass / 2) / mass.sum(), ordered))


def propose_near(table: ParticleTable, targets: Sequence[FitTarget]) -> Proposal:
    """Return where a next round looks: the coordinates that the data move, as the kernel leaves them, and wider.

    A coordinate counts as moved if its mean lies off the prior's by more than chance, or if it is clearly narrower.  Draws
    are taken before adjustment: where regression moves them is far off in many coordinates at once, and particles from there
    would weigh nothing as long as the kernel is wide.
    """
    from scipy.special import ndtri

    found = condition(table, targets)
    scores = ndtri(np.clip(table.rows[found.particles], 1e-9, 1 - 1e-9))
    mean = found.weights @ scores
    spread = np.sqrt(found.weights @ (scores - mean) ** 2)
    strength = np.maximum(np.abs(mean), np.sqrt(2) * (1 - spread)) * np.sqrt(found.effective)
    chosen = np.sort(np.argsort(-strength, kind="stable")[:MOST_MOVED])
    chosen = chosen[strength[chosen] > CLEARLY]
    inside = scores[:, chosen] - mean[chosen]
    covariance = (inside * found.weights[:, None]).T @ inside
    covariance = (
        WIDER**2 * np.diag(np.diag(covariance)) if len(chosen) > found.effective / 10 else WIDER**2 * covariance
    )
    return Proposal(tuple(table.names[k] for k in chosen), mean[chosen], covariance)


def save_conditioned(
    path: Any, table: ParticleTable, found: Conditioned, provenance: Mapping[str, Any], home_alone: bool = False
) -> None:
    """Write so many draws as a posterior, with its provenance: taken by their weights, those taken twice weigh twice.

    Parameters
    ----------
    home_alone
        Only Mongolia's own values stay: behaviour from all episodes, for use in Mongolia.
    """
    kept = np.bincount(
        posterior.resample(found.weights, KEPT, np.random.default_rng(SEED)), minlength=len(found.weights)
    )
    chosen = np.flatnonzero(kept)
    draws = table.coordinates.draws_of(found.rows[chosen])
    if home_alone:
        over = ("median", "spread")
        draws = [{n: v for n, v in d.items() if "." not in n or n.split(".")[0] in over} for d in draws]
    told = {"effective_draws": round(found.effective, 1), "kernel_width": round(found.width, 3), "draws": len(draws)}
    posterior.write_posterior(path, draws, (kept[chosen] / KEPT).tolist(), dict(provenance) | told)
