"""Leave one episode out: each is predicted by what is known of the others, and set beside what was seen.

A model that is wrong but says so in its intervals is usable; one that is sure and wrong is not.  So the share of statistics
within the 50 % and the 90 % intervals is counted, and the score of the forecasts is compared with three simple nulls
(`nulls`), fitted to the same episodes.
"""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from asmsim.config.errors import ConfigError
from asmsim.evidence.condition import Conditioned, Floats, condition, weighted_quantiles
from asmsim.evidence.nulls import NULLS, QUANTILES, forecast_nulls
from asmsim.evidence.particle_table import FitTarget, ParticleTable
from asmsim.evidence.patterns import HALF_OF_90
from asmsim.evidence.scores import is_covered, score_draws

AT = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
FILE = "left_out.csv"


def unit_of_score(target: FitTarget) -> float:
    """Return in what a score is counted: a factor of two on a log scale, else the half-width of the band."""
    return float(np.log(2.0)) if target.judged.is_logarithmic else HALF_OF_90 * target.error


def give_own_unit(target: FitTarget, value: float) -> float:
    """Return a value of the matched scale in the statistic's own unit."""
    return float(np.exp(value)) - target.judged.offset if target.judged.is_logarithmic else float(value)


def measure_miss(found: Conditioned, target: FitTarget) -> float:
    """Return how far what was seen lies off a forecast's median, in half-widths of its 90 % interval on that side."""
    low, middle, high = weighted_quantiles(found.predicted[target.name], found.weights, np.array([0.05, 0.5, 0.95]))
    side = middle - low if target.observed < middle else high - middle
    return float(abs(target.observed - middle) / max(side, 1e-12))


def learn_factor(misses: Sequence[float]) -> float:
    """Return by how much forecasts have to be widened for nine in ten of the misses that were seen to lie inside; at least 1.

    So the error of the model itself is learned from other episodes, never from the one that is predicted.
    """
    known = [m for m in misses if np.isfinite(m)]
    return max(1.0, float(np.quantile(known, 0.9))) if known else 1.0


def widen(values: Floats, weights: Floats, factor: float) -> Floats:
    """Return (draw,) values spread about their median by a factor."""
    middle = weighted_quantiles(values, weights, np.array([0.5]))[0]
    return np.asarray(middle + factor * (values - middle))


def leave_one_out(
    table: ParticleTable, targets: Sequence[FitTarget], progress: Callable[[int], None] = lambda _: None
) -> pl.DataFrame:
    """Predict each episode from the others.

    Returns
    -------
    DataFrame
        One row for each statistic: episode, what was seen, quantiles of the forecast (with chance and the error of
        observation), whether the 50 % and 90 % intervals hold it, scores of the model and of each null that forecasts it (in factors of two or
        half-widths of the band), the same of the forecast widened by the model's error (`wide_...`, `factor`), share of draws in which it is not defined, and how many draws were effective.

    Raises
    ------
    ConfigError
        There are fewer than two episodes.
    """
    episodes = list(dict.fromkeys(t.episode for t in targets))
    if len(episodes) < 2:
        raise ConfigError(f"leave one out: only the episode {', '.join(episodes)} is there; two are needed at least")
    forecasts = {}
    for episode in episodes:
        others = [t for t in targets if t.episode != episode]
        forecasts[episode] = condition(table, others, [t for t in targets if t.episode == episode])
        progress(1)
    misses = {t.name: measure_miss(forecasts[t.episode], t) for t in targets}
    rows = []
    for episode in episodes:
        mine = [t for t in targets if t.episode == episode]
        others = [t for t in targets if t.episode != episode]
        found = forecasts[episode]
        factor = learn_factor([misses[t.name] for t in others])
        for t in mine:
            values = found.predicted[t.name]
            wide = widen(values, found.weights, factor)
            known = np.isfinite(values)
            unit = unit_of_score(t)
            quantiles = weighted_quantiles(values, found.weights, np.array(list(AT.values())))
            row = {
                "episode": episode, "statistic": t.name, "unit": t.judged.unit, "observed": give_own_unit(t, t.observed),
                **{n: give_own_unit(t, q) for n, q in zip(AT, quantiles.tolist(), strict=True)},
                "inside_50": is_covered(values, found.weights, t.observed, 0.5),
                "inside_90": is_covered(values, found.weights, t.observed, 0.9),
                "score": score_draws(values[known], found.weights[known], t.observed) / unit if known.any() else None,
                "factor": factor, "wide_50": is_covered(wide, found.weights, t.observed, 0.5),
                "wide_90": is_covered(wide, found.weights, t.observed, 0.9),
                "wide_score": score_draws(wide[known], found.weights[known], t.observed) / unit if known.any() else None,
                **dict.fromkeys(NULLS), "undefined": float(found.weights[~known].sum()), "effective": found.effective,
            }  # fmt: skip
            equal = np.full(len(QUANTILES), 1 / len(QUANTILES))
            simple = forecast_nulls(t, others, targets)
            rows.append(row | {n: score_draws(v, equal, t.observed) / unit for n, v in simple.items()})
    kinds = dict.fromkeys(("score", "wide_score", *NULLS), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)


def tabulate_coverage(found: pl.DataFrame) -> pl.DataFrame:
    """One row for each episode, and one for all: statistics, shares within 50 % and 90 % intervals, mean score."""
    measures = [
        pl.len().alias("statistics"),
        pl.col("inside_50").mean(),
        pl.col("inside_90").mean(),
        pl.col("score").mean(),
        pl.col("wide_50").mean(),
        pl.col("wide_90").mean(),
        pl.col("effective").mean(),
    ]
    by_episode = found.group_by("episode", maintain_order=True).agg(measures)
    return pl.concat([by_episode, found.select(pl.lit("all").alias("episode"), *measures)])


def measure_skill(found: pl.DataFrame, score: str = "score") -> dict[str, tuple[float, int]]:
    """Return by null the model's skill, 1 - its mean score over the null's, and on how many statistics.

    `score` is the forecast as it stands, or `wide_score`.

    Above 0 the model is better; NaN where the null forecasts none.
    """
    skill = {}
    for null in NULLS:
        both = found.filter(pl.col(null).is_not_null() & pl.col(score).is_not_null())
        theirs = float(both[null].to_numpy().sum())
        mine = float(both[score].to_numpy().sum())
        skill[null] = (1 - mine / theirs if theirs > 0 else float("nan"), both.height)
    return skill
