"""Priors: what is believed of each parameter before any pattern is looked at.

Parameters named in `configs/priors.csv` have a distribution of their own and a reason; those marked
*fitted* are what calibration looks for.  Every other parameter that is graded `assumed` or `expert`
is uniform about its starting value, within its range, and is drawn anew in each draw: it is never
held fixed.  What is measured, a count or a switch stays as it is.
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.paths import config_dir
from asmsim.model import parameters

HOME = "mongolia"
"""Where behaviour is fitted."""
SPREAD = {"assumed": 0.30, "expert": 0.20}
"""Half-width of the default prior over the starting value, by evidence grade."""
_FIXED_UNITS = frozenset({"count", "persons", "code", "0/1"})


@dataclass(frozen=True)
class Prior:
    """Distribution of one parameter; `where` = the context to which it belongs, empty = behaviour everywhere."""

    parameter: str
    distribution: str
    a: float
    b: float
    fitted: bool
    where: str
    reason: str

    def frozen(self) -> Any:
        """The scipy distribution, before it is cut to the parameter's range."""
        from scipy import stats

        if self.distribution == "uniform":
            return stats.uniform(self.a, self.b - self.a)
        if self.distribution == "loguniform":
            return stats.loguniform(self.a, self.b)
        if self.distribution == "normal":
            return stats.norm(self.a, self.b)
        if self.distribution == "lognormal":
            return stats.lognorm(self.b, scale=self.a)
        raise ConfigError(f"priors.csv: {self.parameter}: no distribution {self.distribution!r}")

    def of_uniform(self, u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Values at quantiles `u`, cut to the parameter's range by restricting the quantiles."""
        row = parameters.parameter_table()[self.parameter]
        if self.distribution == "uniform":  # by far the most, and scipy is slow to set up
            return np.asarray(np.clip(self.a + u * (self.b - self.a), row.low, row.high))
        frozen = self.frozen()
        low, high = frozen.cdf(row.low), frozen.cdf(row.high)
        return np.asarray(np.clip(frozen.ppf(low + u * (high - low)), row.low, row.high))


@cache
def read_priors() -> tuple[Prior, ...]:
    """The priors of `configs/priors.csv`."""
    with (config_dir() / "priors.csv").open(newline="", encoding="utf-8") as file:
        rows = tuple(
            Prior(
                r["parameter"],
                r["distribution"],
                float(r["a"]),
                float(r["b"]),
                r["fitted"] == "1",
                r["where"],
                r["reason"],
            )
            for r in csv.DictReader(file)
        )
    for row in rows:
        if row.parameter not in parameters.parameter_table():
            raise ConfigError(f"priors.csv: no parameter {row.parameter!r}")
    return rows


def default_prior(row: parameters.Parameter) -> Prior | None:
    """The prior of a parameter that has none of its own; None if it is held fixed."""
    if row.grade not in SPREAD or row.unit in _FIXED_UNITS or row.value == 0 or row.name in parameters.STRUCTURAL:
        return None
    half = SPREAD[row.grade] * abs(row.value)
    low, high = max(row.low, row.value - half), min(row.high, row.value + half)
    return Prior(row.name, "uniform", low, high, False, "", f"{row.grade}: within {SPREAD[row.grade]:.0%} of its value")


def priors_of(context: str) -> dict[str, Prior]:
    """Prior of every parameter that is not fixed, as it holds in a context."""
    found = {name: p for name, row in parameters.parameter_table().items() if (p := default_prior(row)) is not None}
    found |= {p.parameter: p for p in read_priors() if not p.where}
    return found | {p.parameter: p for p in read_priors() if p.where == context}


def list_fitted() -> dict[str, Prior]:
    """What calibration looks for, in the order of the file."""
    return {p.parameter: p for p in read_priors() if p.fitted}


def list_own(context: str) -> frozenset[str]:
    """Parameters whose prior belongs to this context alone: a fact of the country, not behaviour."""
    return frozenset(p.parameter for p in read_priors() if p.where == context)


def draw_priors(
    context: str, number: int, seed: int, only: Collection[str] | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """(number,) values of every parameter that is not fixed, or of some, by scrambled Sobol points."""
    from scipy.stats import qmc

    chosen = {name: p for name, p in priors_of(context).items() if only is None or name in only}
    if not chosen:
        return {}
    u = qmc.Sobol(len(chosen), rng=np.random.default_rng(seed)).random(number)
    return {name: prior.of_uniform(u[:, k]) for k, (name, prior) in enumerate(sorted(chosen.items()))}


def apply_draw(draw: Mapping[str, float], context: str, facts: Mapping[str, float]) -> dict[str, float]:
    """A draw as it holds in a context: what the context states as a fact wins, but for what is its own to draw.

    What was fitted as behaviour is no country's fact: where a context gives it a value, that is where to start
    from without a posterior.
    """
    own = list_own(context) | {name for name, prior in list_fitted().items() if not prior.where}
    return {name: float(value) for name, value in draw.items() if name in own or name not in facts}


def draw_abroad(drawn: Sequence[Mapping[str, float]], context: str, seed: int = 1) -> list[dict[str, float]]:
    """Draws made at home, for another country: behaviour is carried along, what is a country's is drawn there.

    Where a draw has been fitted on a pattern of that country too, it holds the country's own as `country.parameter`.
    """
    there = f"{context}."
    fitted_there = [{n.removeprefix(there): float(v) for n, v in d.items() if n.startswith(there)} for d in drawn]
    drawn = [{name: float(value) for name, value in d.items() if "." not in name} for d in drawn]
    if context == HOME:
        return [dict(d) for d in drawn]
    theirs = list_own(HOME) | list_own(context)
    number = 1 << max(0, (max(1, len(drawn)) - 1).bit_length())
    local = draw_priors(context, number, seed, theirs)
    return [
        {name: value for name, value in d.items() if name not in theirs}
        | {name: float(values[k]) for name, values in local.items()}
        | fitted_there[k]
        for k, d in enumerate(drawn)
    ]
