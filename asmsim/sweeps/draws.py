"""Parameter uncertainty: a scenario run with many draws of its behaviour parameters, and what each kind of luck adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.language import tr

STRIDE = 1_000_000
"""From a seed of one draw to the same of the next."""


def draw_seed(seed: int, draw: int) -> int:
    """The seed that a draw runs on: one of its own, else chance would be the same in all draws; the same under every policy."""
    return (seed + draw * STRIDE) % 2**63


def split_posterior(typed: Sequence[str]) -> tuple[list[str], str | None]:
    """Overrides but for `posterior=NAME`, and that name; None where it is not there, or `none`."""
    named = [text.partition("=")[2] for text in typed if text.startswith("posterior=")]
    rest = [text for text in typed if not text.startswith("posterior=")]
    return rest, named[-1] if named and named[-1] != "none" else None


@dataclass(frozen=True)
class Draws:
    """Draws of behaviour parameters, each laid on a scenario in turn.

    Attributes
    ----------
    source
        Posterior that they come from, or `prior`.
    digest
        Hash of the table they were drawn from.
    values
        Parameter values of each draw; what the scenario or its country states is left out.
    """

    source: str
    digest: str
    values: tuple[Mapping[str, float], ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def sets(self) -> str:
        """How many plausible sets of behaviour parameters there are, and where they are from, in words."""
        where = tr("the prior") if self.source == "prior" else tr("posterior {name}", name=self.source)
        if len(self) == 1:
            return tr("1 plausible set of behaviour parameters ({where})", where=where)
        return tr("{number} plausible sets of behaviour parameters ({where})", number=len(self), where=where)

    @property
    def told(self) -> dict[str, Any]:
        """What a file says of them, from which they are drawn again."""
        return {"posterior": self.source, "draws": len(self), "sha256": self.digest}


def split_spread(values: npt.NDArray[np.float64], draws: int) -> tuple[float, float]:
    """Standard deviations due to chance and to parameters.

    Parameters
    ----------
    values
        (run,) values, draw by draw and, within a draw, seed by seed.
    draws
        How many draws; 0 where parameters were not drawn.

    Returns
    -------
    tuple of float
        Within draws; between draws, net of what chance alone makes their means differ (one-way random
        effects).  NaN where it is not measured: one seed a draw, or no draws.
    """
    if draws < 2:
        return (float(values.std(ddof=1)) if len(values) > 1 else np.nan), np.nan
    table = values.reshape(draws, -1)
    seeds = table.shape[1]
    if seeds < 2:
        return np.nan, np.nan
    within = float(table.var(axis=1, ddof=1).mean())
    between = float(table.mean(axis=1).var(ddof=1)) - within / seeds
    return float(np.sqrt(within)), float(np.sqrt(max(0.0, between)))


def parameter_share(values: npt.NDArray[np.float64], draws: int) -> float:
    """Share of the variance that parameters make; NaN where it is not measured, or where nothing varies."""
    chance, parameters = split_spread(values, draws)
    whole = chance**2 + parameters**2
    return parameters**2 / whole if whole > 0 else np.nan
