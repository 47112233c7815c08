"""Fitting by approximate Bayesian computation: sequential Monte Carlo (pyABC) on Mongolia alone.

A particle is a value of every fitted parameter and an index that draws all others from their priors, so
that nothing is held fixed.  The distance of a run is by how far its statistics lie outside their bands:
0 = every band is met.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import AsmsimError
from asmsim.config.paths import config_dir
from asmsim.config.provenance import code_hash, package_version
from asmsim.evidence import priors
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.patterns import ArmEffect, Pattern, Statistic, load

Floats = npt.NDArray[np.float64]
FITTED = ("P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "V6a")
NUISANCE = "nuisance"
_POOL = 2**16
"""Draws of the parameters that are not fitted, from which the index picks."""


def excess(judged: Statistic | ArmEffect, value: float) -> float:
    """How far a value lies outside its band, in half-widths of it, at most 4; NaN counts as 4."""
    if not np.isfinite(value):
        return 4.0
    finite = [abs(b) for b in (judged.low, judged.high) if np.isfinite(b)]
    both = np.isfinite(judged.low) and np.isfinite(judged.high)
    half = (judged.high - judged.low) / 2 if both else max(finite, default=1.0)
    return float(min(4.0, max(judged.low - value, value - judged.high, 0.0) / max(half, 1e-12)))


def distance(patterns: Sequence[Pattern], values: Mapping[str, float]) -> float:
    """Sum over statistics that count of how far each lies outside its band."""
    return sum(
        excess(judged, values[f"{p.name} {name}"])
        for p in patterns
        for name, judged in p.judged.items()
        if judged.counts
    )


@dataclass(frozen=True)
class Simulator:
    """From a particle to its statistics: one seed, drawn with the particle, so that chance is part of the fit."""

    patterns: tuple[Pattern, ...]

    def draw_of(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Every parameter's value: the particle's for those fitted, and the index's for the others."""
        index = int(particle[NUISANCE] * _POOL) % _POOL
        others = {name: p for name, p in priors.priors_of("mongolia").items() if name not in particle}
        u = np.random.default_rng([index, 20_190]).random(len(others))
        drawn = {
            name: float(prior.of_uniform(u[k : k + 1])[0]) for k, (name, prior) in enumerate(sorted(others.items()))
        }
        return drawn | {name: float(value) for name, value in particle.items() if name != NUISANCE}

    def seed_of(self, particle: Mapping[str, float]) -> int:
        """The seed that goes with a particle."""
        return 1 + int(particle[NUISANCE] * 2**52) % 100_000

    def __call__(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Statistics by pattern and name."""
        seed = self.seed_of(particle)
        found = evaluate(self.patterns, [self.draw_of(particle)], [seed], threads=1, local_seed=seed)
        return {f"{p.name} {n}": float(found[p.name].values[n][0, 0]) for p in self.patterns for n in p.judged}


def prior_of(names: Sequence[str]) -> Any:
    """PyABC's prior: each fitted parameter as a quantile of its own prior, and the index."""
    import pyabc

    return pyabc.Distribution(**{name: pyabc.RV("uniform", 0.0, 1.0) for name in (*names, NUISANCE)})


@dataclass(frozen=True)
class Quantiles:
    """Wraps a simulator whose particles are quantiles, which makes every prior a unit interval."""

    simulator: Simulator

    def values_of(self, particle: Mapping[str, float]) -> dict[str, float]:
        """The particle in the parameters' own units."""
        known = priors.fitted()
        return {
            name: float(known[name].of_uniform(np.array([q]))[0]) if name in known else float(q)
            for name, q in particle.items()
        }

    def __call__(self, particle: Mapping[str, float]) -> dict[str, float]:
        """Statistics."""
        return self.simulator(self.values_of(particle))


@dataclass(frozen=True)
class Distance:
    """Distance of a simulated set of statistics; the second argument, the data, is the bands themselves."""

    patterns: tuple[Pattern, ...]

    def __call__(self, simulated: Mapping[str, float], _: Mapping[str, float]) -> float:
        """Sum of excesses."""
        return distance(self.patterns, simulated)


def sampler_of(processes: int) -> Any:
    """Particles in parallel, by forked processes that share the compiled code."""
    import pyabc

    if processes <= 1:
        return pyabc.SingleCoreSampler()
    return pyabc.MulticoreEvalParallelSampler(n_procs=processes)


def calibrate(
    folder: Path,
    population: int = 300,
    rounds: int = 10,
    hours: float = 2.0,
    processes: int = 2,
    names: Sequence[str] = FITTED,
    note: Callable[[str], None] = lambda _: None,
) -> Any:
    """Fit; the database in `folder` lets an interrupted fit go on where it was.

    Returns
    -------
    pyabc.History
        Rounds so far.

    Raises
    ------
    AsmsimError
        pyABC is not installed.
    """
    try:
        import pyabc
    except ImportError as error:
        raise AsmsimError("calibrate needs pyABC: pip install -e '.[calibrate]'") from error
    from datetime import timedelta

    patterns = tuple(load(name) for name in names)
    quantiles = Quantiles(Simulator(patterns))
    quantiles(dict.fromkeys((*priors.fitted(), NUISANCE), 0.5))  # compiled before processes fork
    abc = pyabc.ABCSMC(
        quantiles,
        prior_of(list(priors.fitted())),
        Distance(patterns),
        population_size=population,
        eps=pyabc.QuantileEpsilon(alpha=0.5),
        sampler=sampler_of(processes),
    )
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "fit.db"
    remember(folder, names, going_on=database.exists())
    if database.exists():
        note(f"going on with {database}")
        abc.load(f"sqlite:///{database}")
    else:
        abc.new(f"sqlite:///{database}", {})
    return abc.run(
        minimum_epsilon=0.01, max_nr_populations=rounds, max_walltime=timedelta(hours=hours), min_acceptance_rate=0.002
    )


def remember(folder: Path, names: Sequence[str], going_on: bool) -> None:
    """Write what the fit is of; a fit that goes on must be of the same.

    Raises
    ------
    AsmsimError
        Code, priors or patterns have changed since it began.
    """
    files = [config_dir() / "priors.csv", *(config_dir() / "pattern" / f"{name}.yaml" for name in names)]
    told = {"code": code_hash(), "patterns": list(names)}
    told |= {f.name: hashlib.sha256(f.read_bytes()).hexdigest()[:12] for f in files}
    path = folder / "fit.json"
    if going_on and (not path.is_file() or json.loads(path.read_text()) != told):
        raise AsmsimError(f"{folder}: that fit was of other code, priors or patterns; give a new folder with --out")
    path.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def save(history: Any, folder: Path) -> tuple[Path, int, float]:
    """Write the last round as a posterior table; returns its path, the draws, and the distance reached."""
    from asmsim.evidence import posterior

    names = json.loads((folder / "fit.json").read_text())["patterns"]
    simulator = Simulator(tuple(load(name) for name in names))
    quantiles = Quantiles(simulator)
    particles, weights = history.get_distribution()
    epsilon = float(history.get_all_populations()["epsilon"].iloc[-1])
    chosen = [simulator.draw_of(quantiles.values_of(row)) for row in particles.to_dict("records")]
    told = {
        "fitted_on": names,
        "fitted": sorted(priors.fitted()),
        "draws": len(chosen),
        "rounds": int(history.n_populations),
        "simulations": int(history.total_nr_simulations),
        "distance": epsilon,
        "code": code_hash(),
        "asmsim": package_version(),
        "method": "ABC-SMC (pyABC), sum of distances outside the bands in half-widths",
    }
    path = folder / "posterior.parquet"
    posterior.write(path, chosen, list(map(float, weights)), told)
    return path, len(chosen), epsilon
