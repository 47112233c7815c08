"""Parameter recovery: whether the patterns can tell one value of a parameter from another.

Truths are drawn from the priors and simulated; each is then fitted as if it had been observed, on the very
statistics that the fit on Mongolia uses.  The fit is approximate Bayesian computation by rejection from one
shared table of prior simulations, the reduced budget that lets many synthetic fits be made.  So few simulations
lie near a truth in all statistics at once; each parameter is therefore fitted on the one summary of them that
tells it best, its mean regressed on them (the semi-automatic summaries of Fearnhead and Prangle 2012).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.config.errors import ConfigError
from asmsim.evidence import priors
from asmsim.evidence.particles import Quantiles

Floats = npt.NDArray[np.float64]
UNIFORM_SD = float(np.sqrt(1 / 12))


@dataclass(frozen=True, eq=False)
class Simulated:
    """Prior simulations: (particle, parameter) quantiles and (particle, statistic) values, and what these are called."""

    names: tuple[str, ...]
    quantiles: Floats
    statistics: Floats
    told: tuple[str, ...] = ()

    def table(self) -> pl.DataFrame:
        """One row a particle: quantiles of the prior, and statistics as `PATTERN statistic`."""
        return pl.DataFrame(np.hstack([self.quantiles, self.statistics]), schema=[*self.names, *self.told])


def simulate_prior(
    quantiles: Quantiles, number: int, threads: int = 2, seed: int = 1, progress: Callable[[int], None] = lambda _: None
) -> Simulated:
    """Simulate so many particles of the prior, spread as scrambled Sobol points."""
    from scipy.stats import qmc

    names = tuple(priors.list_fitted())
    exponent = int(np.ceil(np.log2(number)))
    u = qmc.Sobol(len(quantiles.names), rng=np.random.default_rng(seed)).random_base2(exponent)[:number]

    counted = [f"{p.name} {n}" for p in quantiles.simulator.patterns for n, j in p.judged.items() if j.counts]
    quantiles.simulator.ready()

    def one(row: Floats) -> list[float]:
        found = quantiles(dict(zip(quantiles.names, map(float, row), strict=True)))
        progress(1)
        return [found[name] for name in counted]

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(one, u))
    return Simulated(names, u[:, : len(names)], np.array(done), tuple(counted))


def check_enough(simulations: int, fits: int, kept: int) -> None:
    """Refuse fits for which too few particles are left."""
    if simulations < fits + kept:
        raise ConfigError(f"{simulations} simulations: {fits} are truths, and each fit keeps {kept} of the others")


def recover(simulated: Simulated, fits: int, kept: int) -> pl.DataFrame:
    """Fit each of the first `fits` particles on the others.

    Parameters
    ----------
    kept
        Particles that each fit accepts for a parameter: those whose summary is nearest.

    Returns
    -------
    DataFrame
        One row per fit and parameter: truth, median and 90 % interval (all as quantiles of the prior),
        whether the truth lies inside, and by which share the fit is narrower than the prior.

    Raises
    ------
    ConfigError
        No particles are left to fit on.
    """
    check_enough(len(simulated.quantiles), fits, kept)
    told, others = learn_summaries(simulated, fits), simulated.quantiles[fits:]
    rows = []
    for fit in range(fits):
        order = np.argsort(np.abs(told[fits:] - told[fit]), axis=0, kind="stable")[:kept]
        nearest = np.take_along_axis(others, order, axis=0)
        low, middle, high = np.quantile(nearest, (0.05, 0.5, 0.95), axis=0)
        narrower = 1 - nearest.std(axis=0, ddof=1) / UNIFORM_SD
        for k, name in enumerate(simulated.names):
            truth = simulated.quantiles[fit, k]
            rows.append(
                {
                    "fit": fit + 1, "parameter": name, "truth": truth, "median": middle[k], "q05": low[k], "q95": high[k],
                    "inside": bool(low[k] <= truth <= high[k]), "narrower": float(narrower[k]),
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def learn_summaries(simulated: Simulated, fits: int) -> Floats:
    """(particle, parameter) means regressed on statistics and their squares, learned without the first `fits`."""
    values = scale_statistics(simulated.statistics)
    features = np.hstack([np.ones((len(values), 1)), values, values**2])
    weights = np.linalg.lstsq(features[fits:], simulated.quantiles[fits:], rcond=None)[0]
    return np.asarray(features @ weights)


def scale_statistics(statistics: Floats) -> Floats:
    """Statistics in units of their spread under the prior; what is not finite stands far away."""
    finite = np.where(np.isfinite(statistics), statistics, np.nan)
    middle = np.nanmedian(finite, axis=0)
    spread = np.nanmedian(np.abs(finite - middle), axis=0)
    spread = np.where(spread > 0, spread, np.nanstd(finite, axis=0))
    away = np.nan_to_num((finite - middle) / np.where(spread > 0, spread, 1.0), nan=6.0)
    return np.asarray(np.clip(away, -6.0, 6.0))


def tabulate_recovery(found: pl.DataFrame) -> pl.DataFrame:
    """One row per parameter: share of fits whose 90 % interval holds the truth, and how much the data tell."""
    return (
        found.group_by("parameter", maintain_order=True)
        .agg(
            pl.col("inside").mean().alias("coverage"),
            pl.corr("truth", "median").alias("correlation"),
            pl.col("narrower").mean(),
        )
        .sort("correlation", descending=True)
    )
