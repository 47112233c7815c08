"""Priors: what is believed of each parameter before any pattern is looked at.

Every parameter has a row of its own in `configs/priors.csv`: a distribution, where it holds, and the reason (*data*,
*analogy* to another trade or country, *elicitation*, *ignorance*, or *definition*, which alone is held fixed).  For
ignorance the central 90 % span a factor of two each way, or a third of the admissible interval.  Those marked *fitted*
are what calibration looks for first.

What differs by country (`where: country`) is drawn in two steps: a median over countries and a spread between them are
drawn with the behaviour; each country is drawn from these, and a country's own number or its own prior takes their place.
"""

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.paths import config_dir
from asmsim.model import parameters

HOME = "mongolia"
"""Where behaviour is fitted."""
COUNTRY = "country"
"""Where a prior holds whose parameter differs by country."""
KINDS = ("data", "analogy", "elicitation", "ignorance", "definition")
MEDIAN, SPREAD = "median.", "spread."
"""Before a parameter's name: its median over countries, and the standard deviation of its logarithm between them."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """Distribution of one parameter; `where` = the context to which it belongs, empty = behaviour everywhere.

    Of what differs by country, `a` and `b` are of the median over countries, and the spread of logarithms between them
    is uniform between `spread_low` and `spread_high`.
    """

    parameter: str
    distribution: str
    a: float
    b: float
    fitted: bool
    where: str
    reason: str
    kind: str = "data"
    spread_low: float = 0.0
    spread_high: float = 0.0

    @property
    def fixed(self) -> bool:
        """Whether it is a definition, which is not drawn."""
        return self.distribution == "fixed"

    @property
    def hierarchical(self) -> bool:
        """Whether it differs by country."""
        return self.where == COUNTRY and not self.fixed

    def of_any_country(self) -> "Prior":
        """The prior of a country of which nothing is known: both steps in one."""
        between = (self.spread_low + self.spread_high) / 2
        return replace(self, b=float(np.hypot(self.b, between)), where="", spread_low=0.0, spread_high=0.0)

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

    def of_uniform(self, u: Floats) -> Floats:
        """Values at quantiles `u`, cut to the parameter's range by restricting the quantiles."""
        row = parameters.parameter_table()[self.parameter]
        if self.distribution == "uniform":
            return np.asarray(np.clip(self.a + u * (self.b - self.a), row.low, row.high))
        cumulative, quantile = self._functions()
        low, high = cumulative(row.low), cumulative(row.high)
        return np.asarray(np.clip(quantile(low + u * (high - low)), row.low, row.high))

    def _functions(self) -> tuple[Callable[[float], Any], Callable[[Any], Any]]:
        """Distribution function and quantiles as SciPy's distributions have them, which are slow to set up one by one."""
        from scipy.special import ndtr, ndtri

        a, b = self.a, self.b
        if self.distribution == "normal":
            return lambda x: ndtr((x - a) / b), lambda q: a + b * ndtri(q)
        if self.distribution == "lognormal":
            return lambda x: ndtr(np.log(x / a) / b) if x > 0 else 0.0, lambda q: a * np.exp(b * ndtri(q))
        if self.distribution == "loguniform":
            width = np.log(b / a)
            return (
                lambda x: np.clip(np.log(x / a) / width, 0.0, 1.0) if x > 0 else 0.0,
                lambda q: a * np.exp(q * width),
            )
        frozen = self.frozen()
        return frozen.cdf, frozen.ppf


@cache
def read_priors() -> tuple[Prior, ...]:
    """The priors of `configs/priors.csv`.

    Raises
    ------
    ConfigError
        A row of no parameter, of an unknown reason, or a parameter without a row.
    """
    with (config_dir() / "priors.csv").open(newline="", encoding="utf-8") as file:
        rows = tuple(
            Prior(
                r["parameter"], r["distribution"], float(r["a"] or 0), float(r["b"] or 0), r["fitted"] == "1", r["where"],
                r["reason"], r["kind"], float(r["spread_low"] or 0), float(r["spread_high"] or 0),
            )
            for r in csv.DictReader(file)
        )  # fmt: skip
    known = parameters.parameter_table()
    for row in rows:
        if row.parameter not in known:
            raise ConfigError(f"priors.csv: no parameter {row.parameter!r}")
        if row.kind not in KINDS:
            raise ConfigError(f"priors.csv: {row.parameter}: kind {row.kind!r} is none of {', '.join(KINDS)}")
    without = set(known) - {row.parameter for row in rows}
    if without:
        raise ConfigError(f"priors.csv: no prior of {', '.join(sorted(without))}")
    return rows


def priors_of(context: str) -> dict[str, Prior]:
    """Prior of every parameter that is not fixed, as it holds in a context."""
    found = {
        p.parameter: p.of_any_country() if p.hierarchical else p for p in read_priors() if p.where in ("", COUNTRY)
    }
    found |= {p.parameter: p for p in read_priors() if p.where == context}
    return {name: p for name, p in found.items() if not p.fixed}


def list_fitted() -> dict[str, Prior]:
    """What calibration looks for, in the order of the file."""
    return {p.parameter: p for p in read_priors() if p.fitted}


def list_own(context: str) -> frozenset[str]:
    """Parameters whose prior belongs to this context alone: a fact of the country, not behaviour."""
    return frozenset(p.parameter for p in read_priors() if p.where == context)


def list_hierarchical() -> dict[str, Prior]:
    """Priors of what differs by country, by parameter."""
    return {p.parameter: p for p in read_priors() if p.hierarchical}


def list_drawn(context: str) -> list[str]:
    """What a draw for a context is made of: its parameters, and medians and spreads over countries."""
    over = [f"{which}{name}" for name in list_hierarchical() for which in (MEDIAN, SPREAD)]
    return sorted([*priors_of(context), *over])


def value_in_country(name: str, median: Any, spread: Any, u: Any) -> Floats:
    """Value of a parameter in the country at quantile `u` of all countries, cut to the parameter's range."""
    from scipy.special import ndtri

    row = parameters.parameter_table()[name]
    standard = ndtri(np.clip(u, 1e-12, 1 - 1e-12))
    return np.asarray(np.clip(np.asarray(median) * np.exp(np.asarray(spread) * standard), row.low, row.high), float)


def values_of_quantiles(context: str, quantiles: Mapping[str, Floats]) -> dict[str, Floats]:
    """Values at quantiles of what is drawn for a context; names as `list_drawn` has them."""
    over, known = list_hierarchical(), priors_of(context)
    own = list_own(context)
    found: dict[str, Floats] = {}
    for name, prior in over.items():
        if f"{MEDIAN}{name}" in quantiles:
            found[f"{MEDIAN}{name}"] = prior.of_uniform(quantiles[f"{MEDIAN}{name}"])
            low, high = prior.spread_low, prior.spread_high
            found[f"{SPREAD}{name}"] = low + (high - low) * quantiles[f"{SPREAD}{name}"]
    for name, u in quantiles.items():
        if "." in name:
            continue
        if name in over and name not in own:
            found[name] = value_in_country(name, found[f"{MEDIAN}{name}"], found[f"{SPREAD}{name}"], u)
        else:
            found[name] = known[name].of_uniform(u)
    return found


def draw_quantiles(context: str, number: int, seed: int, only: Collection[str] | None = None) -> dict[str, Floats]:
    """(number,) quantiles of everything that is drawn for a context, or of some parameters, by scrambled Sobol points.

    What differs by country comes with its median and its spread over countries.
    """
    from scipy.stats import qmc

    wanted = [n for n in list_drawn(context) if only is None or n.rpartition(".")[2] in only]
    if not wanted:
        return {}
    points = 1 << max(0, (max(1, number) - 1).bit_length())
    u = qmc.Sobol(len(wanted), rng=np.random.default_rng(seed)).random(points)
    return {name: u[:number, k] for k, name in enumerate(wanted)}


def draw_priors(context: str, number: int, seed: int, only: Collection[str] | None = None) -> dict[str, Floats]:
    """(number,) values of everything that is drawn for a context, or of some parameters."""
    return values_of_quantiles(context, draw_quantiles(context, number, seed, only))


def apply_draw(draw: Mapping[str, float], context: str, facts: Mapping[str, float]) -> dict[str, float]:
    """A draw as it holds in a context: what the context states as a fact wins, but for what is its own to draw.

    What was fitted as behaviour is no country's fact: where a context gives it a value, that is where to start
    from without a posterior.
    """
    own = list_own(context) | {name for name, prior in list_fitted().items() if not prior.where}
    return {
        name: float(value) for name, value in draw.items() if "." not in name and (name in own or name not in facts)
    }


def draw_abroad(drawn: Sequence[Mapping[str, float]], context: str, seed: int = 1) -> list[dict[str, float]]:
    """Draws made at home, for another country: behaviour is carried along, what is a country's is drawn there.

    What differs by country is drawn from the median and the spread that each draw holds; from their priors where it
    holds none.  Where a draw has been fitted on a pattern of that country too, it holds the country's own as
    `country.parameter`.
    """
    there, over = f"{context}.", list_hierarchical()
    fitted_there = [{n.removeprefix(there): float(v) for n, v in d.items() if n.startswith(there)} for d in drawn]
    plain = [{name: float(value) for name, value in d.items() if "." not in name} for d in drawn]
    if context == HOME:
        return plain
    theirs = list_own(HOME) | list_own(context) | over.keys()
    local = draw_quantiles(context, len(drawn), seed, theirs)
    found = []
    for k, d in enumerate(drawn):
        own = {name: u[k : k + 1] for name, u in local.items()}
        values = {name: float(v[0]) for name, v in values_of_quantiles(context, own).items() if "." not in name}
        for name in over.keys() - list_own(context):
            if f"{MEDIAN}{name}" in d and f"{SPREAD}{name}" in d:
                at = value_in_country(name, d[f"{MEDIAN}{name}"], d[f"{SPREAD}{name}"], own[name])
                values[name] = float(at[0])
        found.append({n: v for n, v in plain[k].items() if n not in theirs} | values | fitted_there[k])
    return found
