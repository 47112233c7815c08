"""How good a forecast was: its continuous ranked probability score, and whether its intervals held."""

import numpy as np
import numpy.typing as npt

from asmsim.evidence.condition import weighted_quantiles

Floats = npt.NDArray[np.float64]


def score_draws(values: Floats, weights: Floats, observed: float) -> float:
    """Return the continuous ranked probability score of weighted draws: E|X - y| - E|X - X'|/2 (Gneiting and Raftery 2007).

    In the unit of the values; smaller is better, and a forecast that is certain and right has 0.
    """
    order = np.argsort(values, kind="stable")
    x, w = values[order], weights[order] / weights.sum()
    below = np.cumsum(w) - w / 2
    return float(w @ np.abs(x - observed) - 2 * np.sum(w * x * (below - 0.5)))


def score_normal(mean: float, sd: float, observed: float) -> float:
    """Return the continuous ranked probability score of a normal forecast, in closed form (Gneiting et al. 2005)."""
    from scipy.stats import norm

    z = (observed - mean) / sd
    return float(sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))


def is_covered(values: Floats, weights: Floats, observed: float, share: float) -> bool:
    """Return whether the central interval that holds such a share of weighted draws holds what was seen."""
    low, high = weighted_quantiles(values, weights, np.array([(1 - share) / 2, (1 + share) / 2]))
    return bool(low <= observed <= high)
