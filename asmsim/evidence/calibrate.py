"""Fitting by approximate Bayesian computation, on Mongolia and the trial's payments: a population annealed towards the bands.

Stage by stage the farther half of the particles is replaced by copies of the nearer half, and all are moved within
the distance that is left: those parameters that are fitted by emcee's differential evolution; all of them by small
steps that leave the prior as it is in any number of dimensions (preconditioned Crank-Nicolson, Cotter et al. 2013),
so that copies of a particle also part in what no pattern tells; those that are not fitted drawn afresh, the more of
them the less the patterns see of them (in the Morris screening that is kept); or its seeds alone, afresh.  All keep the
prior as it is, so every particle counts alike.
It is annealed on a sample, where a run is ten times as quick.  Then everybody is simulated once for each particle:
the mean difference, statistic by statistic, is the error of the sample, which is added to what it tells from then on
(the approximation-error approach, Kaipio and Somersalo 2007), and annealing goes on: from now on a particle must be near
on three seeds, on six and on nine, or those near a band's edge would be kept by chance.
At any stage a run ends as soon as what it has told puts its particle beyond the distance that is left, which changes
no verdict: distances only add up.
(The importance weights of ABC-SMC collapse in 18 dimensions: of pyABC's 250 particles 3 to 7 were left in
effect after the second round.)
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from asmsim.config.csv_tables import read_table
from asmsim.config.errors import AsmsimError
from asmsim.config.extras import require_extra
from asmsim.config.paths import config_dir
from asmsim.config.provenance import package_version
from asmsim.config.syntax import syntax_id
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence import priors
from asmsim.evidence.particles import (
    FITTED,
    LOTS,
    LUCK,
    TRIAL_LUCK,
    WHOLE_LUCK,
    Floats,
    ParticleSimulator,
    Quantiles,
    farthest,
    mean_of_lots,
)
from asmsim.model.inputs_identity import planning_id

SEED = 2019
SETTLING = 1
"""Stages in which nothing is replaced, once annealing has ended: copies of a particle move apart."""
SAMPLED = 0.6
"""Share of the time that is over at most when everybody comes to be simulated."""
ROUGH = 0.3
"""Distance at which everybody comes to be simulated: what is learned then takes particles as far away again."""
SMALL_STEP = 0.15
"""Of the difference between two particles: a third of the moves are this small, so that they stay within the bands."""
MOVED = 0.75
"""A stage of annealing ends once so many of the particles have moved."""
STEPS = (0.05, 0.6)
"""Shortest and longest step of all parameters together, in standard deviations of the prior."""
REACH = (0.02, 1.0)
"""Least and largest effect, in half-widths of bands, up to which parameters that are not fitted are drawn afresh all at
once; of those with an effect of twice as much half are, and so on."""


@dataclass(eq=False)
class Within:
    """What emcee asks of a row of quantiles: log 1 if it lies in the prior and within a distance, else log 0.

    Counts the simulations that this takes.
    """

    quantiles: Quantiles
    epsilon: float
    simulations: int = 0
    lock: Any = field(default_factory=Lock)

    def __call__(self, row: Floats) -> tuple[float, float]:
        """Log density, and the distance."""
        if (row < 0.0).any() or (row >= 1.0).any():
            return -np.inf, np.inf
        with self.lock:
            self.simulations += 1
        found = self.quantiles.simulator.distance(self.quantiles.particle_of(row), self.epsilon)
        return (0.0 if found <= self.epsilon else -np.inf), found


@dataclass(frozen=True, eq=False)
class Fit:
    """A population on its way.

    Attributes
    ----------
    rows, distances
        (particle, parameter) quantiles and (particle,) distances.
    epsilons, moved, simulations
        By stage: distance allowed, mean share of proposals accepted, simulations so far.
    shift
        How everybody differs from a sample, by statistic; empty until it is learned.
    learned
        Stages done when it was; 0 until then.
    settled
        Stages of settling done.
    seconds, last
        Time that all stages and the last one took, s.
    """

    rows: Floats
    distances: Floats
    epsilons: tuple[float, ...] = ()
    moved: tuple[float, ...] = ()
    simulations: tuple[int, ...] = ()
    shift: tuple[float, ...] = ()
    learned: int = 0
    settled: int = 0
    seconds: float = 0.0
    last: float = 0.0

    @property
    def stage(self) -> int:
        """Stages done."""
        return len(self.epsilons)

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        work = path.with_suffix(".tmp.npz")
        np.savez(work, **vars(self))
        os.replace(work, path)

    @classmethod
    def read(cls, path: Path) -> Self:
        """As it was saved."""
        with np.load(path) as found:
            stages: Any = {k: tuple(found[k].tolist()) for k in ("epsilons", "moved", "simulations", "shift")}
            rest: Any = {k: found[k].item() for k in ("learned", "settled", "seconds", "last")}
            return cls(found["rows"], found["distances"], **stages, **rest)

    def timed(self, before: float, seconds: float) -> Self:
        """The same after a stage that took so long, s, and all that came before it."""
        return replace(self, seconds=before + seconds, last=seconds)

    @property
    def distinct(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Particles that differ, and how many of each there are."""
        rows, copies = np.unique(self.rows, axis=0, return_counts=True)
        return rows, copies


def read_effects(names: Sequence[str]) -> Floats:
    """(name,) effect of each on what is fitted, in half-widths of bands, by the screening that is kept.

    One that has not been screened counts as the strongest.
    """
    table = read_table(config_dir() / "screening.csv", ("parameter", "fitted", "effect", "most", "most_effect"))
    kept = {row["parameter"]: float(row["effect"]) for _, row in table}
    return np.array([kept.get(name, max(kept.values())) for name in names])


def make_moves(effects: Floats) -> list[tuple[Any, float]]:
    """How particles move: those fitted along differences of two others, all parameters a little, some or seeds afresh.

    Parameters
    ----------
    effects
        (parameter,) what those that are not fitted do, in half-widths of bands.
    """
    import emcee
    from scipy.special import ndtr, ndtri

    number = len(priors.list_fitted())

    class Along(emcee.moves.DEMove):  # type: ignore[misc]
        def get_proposal(self, s: Floats, c: list[Floats], random: Any) -> tuple[Floats, Floats]:
            proposed, factors = super().get_proposal(s, c, random)
            proposed[:, number:] = s[:, number:]
            return proposed, factors

    class Together(emcee.moves.RedBlueMove):  # type: ignore[misc]
        def get_proposal(self, s: Floats, c: list[Floats], random: Any) -> tuple[Floats, Floats]:
            step = np.exp(random.uniform(*np.log(STEPS), (len(s), 1)))
            here = ndtri(np.clip(s[:, :-1], 1e-12, 1 - 1e-12))
            there = np.sqrt(1 - step**2) * here + step * random.standard_normal(here.shape)
            return np.column_stack([ndtr(there), s[:, -1]]), np.zeros(len(s))

    class Some(emcee.moves.RedBlueMove):  # type: ignore[misc]
        def get_proposal(self, s: Floats, c: list[Floats], random: Any) -> tuple[Floats, Floats]:
            reach = np.exp(random.uniform(*np.log(REACH), (len(s), 1)))
            chosen = np.zeros(s.shape, bool)
            chosen[:, number:-1] = random.rand(len(s), len(effects)) * effects < reach
            return np.where(chosen, random.rand(*s.shape), s), np.zeros(len(s))

    class Afresh(emcee.moves.RedBlueMove):  # type: ignore[misc]
        def get_proposal(self, s: Floats, c: list[Floats], random: Any) -> tuple[Floats, Floats]:
            return np.column_stack([s[:, :-1], random.rand(len(s))]), np.zeros(len(s))

    few = {"live_dangerously": True}  # fewer particles than emcee wants for so many dimensions, of which it spans 18
    far = 2.38 / np.sqrt(2 * number)
    return [
        (Along(gamma0=far, **few), 0.15),
        (Along(gamma0=SMALL_STEP, **few), 0.2),
        (Together(**few), 0.2),
        (Some(**few), 0.35),
        (Afresh(**few), 0.1),
    ]


def begin_fit(quantiles: Quantiles, particles: int, pool: ThreadPoolExecutor, advance: Callable[[int], None]) -> Fit:
    """The nearer half of twice as many draws from the prior."""
    from scipy.stats import qmc

    points = qmc.Sobol(len(quantiles.names), rng=np.random.default_rng(SEED))
    rows = points.random_base2((2 * particles - 1).bit_length())[: 2 * particles]

    def one(row: Floats) -> float:
        found = quantiles.simulator.distance(quantiles.particle_of(row))
        advance(1)
        return found

    distances = np.array(list(pool.map(one, rows)))
    nearest = np.argsort(distances, kind="stable")[:particles]
    return Fit(rows[nearest], distances[nearest], (float(distances[nearest].max()),), (1.0,), (2 * particles,))


def anneal(
    quantiles: Quantiles,
    fit: Fit,
    steps: int,
    pool: ThreadPoolExecutor,
    advance: Callable[[int], None],
    settle: bool = False,
) -> Fit:
    """One stage: the farther half is replaced, and all particles move within the distance that is left.

    It ends after so many steps, or once most particles have moved.  To `settle`, none is replaced and the distance
    stays: copies of a particle move apart.
    """
    import emcee

    epsilon = fit.epsilons[-1] if settle else float(np.median(fit.distances))
    rng = np.random.default_rng([SEED, fit.stage])
    near = np.flatnonzero(fit.distances <= epsilon)
    chosen = np.concatenate([near, rng.choice(near, len(fit.rows) - len(near))])
    within = Within(quantiles, epsilon)
    effects = read_effects(quantiles.names[len(priors.list_fitted()) : -1])
    sampler = emcee.EnsembleSampler(*fit.rows.shape, within, pool=pool, moves=make_moves(effects))
    luck = np.random.RandomState(rng.integers(2**32)).get_state()
    now = emcee.State(fit.rows[chosen], log_prob=np.zeros(len(chosen)), blobs=fit.distances[chosen], random_state=luck)
    for now in sampler.sample(now, iterations=steps, skip_initial_state_check=True):  # noqa: B020
        advance(1)
        if not settle and (now.coords != fit.rows[chosen]).any(1).mean() >= MOVED:
            break
    return replace(
        fit,
        rows=now.coords,
        distances=np.asarray(now.blobs, float),
        epsilons=(*fit.epsilons, epsilon),
        moved=(*fit.moved, float(np.mean(sampler.acceptance_fraction))),
        simulations=(*fit.simulations, fit.simulations[-1] + within.simulations),
        settled=fit.settled + settle,
    )


def learn_shift(
    sample: ParticleSimulator,
    everybody: ParticleSimulator,
    fit: Fit,
    pool: ThreadPoolExecutor,
    advance: Callable[[int], None],
) -> Fit:
    """How everybody differs from a sample, in the mean over particles, and their distances with that added.

    The sample is judged by more lots of seeds from then on; the first, which chose the particles, does not tell how
    everybody differs.
    """
    sample = replace(sample, lots=LOTS)

    def one(row: Floats) -> tuple[list[dict[str, float]], dict[str, float]]:
        particle = Quantiles(sample).particle_of(row)
        found = sample.told(particle), everybody.country(particle)[0]
        advance(1)
        return found

    found = list(pool.map(one, fit.rows))
    afresh = [(mean_of_lots(lots[1:]), there) for lots, there in found]
    differs = [[there.get(name, here[name]) - here[name] for name in sample.names] for here, there in afresh]
    known = np.ma.masked_invalid(differs).mean(0).filled(0.0)
    shift = dict(zip(sample.names, map(float, known), strict=True))
    shifted = [[{n: value + shift[n] for n, value in lot.items()} for lot in lots] for lots, _ in found]
    distances = [farthest(sample.patterns, lots) for lots in shifted]
    return replace(
        fit,
        distances=np.array(distances),
        epsilons=(*fit.epsilons, float(np.max(distances))),
        moved=(*fit.moved, 1.0),
        simulations=(*fit.simulations, fit.simulations[-1] + len(fit.rows)),
        shift=tuple(shift.values()),
        learned=fit.stage,
    )


def calibrate(
    folder: Path,
    particles: int = 220,
    stages: int = 30,
    steps: int = 8,
    enough: float = 0.05,
    hours: float = 6.0,
    threads: int = 2,
    rough: float = ROUGH,
    names: Sequence[str] = FITTED,
    note: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, str], AbstractContextManager[Callable[[int], None]]] = lambda *_: nullcontext(
        lambda _: None
    ),
) -> Fit:
    """Fit; a stage that is done is kept in `folder`, so that an interrupted fit goes on where it was.

    Parameters
    ----------
    stages
        Of annealing at most, before everybody is simulated and again after it.
    enough
        Distance at which annealing ends.
    rough
        The same before everybody has been simulated.
    hours
        Annealing ends so that settling can be done within them, as far as the last stage tells.

    Raises
    ------
    AsmsimError
        The folder holds a fit of something else.
    """
    require_extra("emcee", "calibrate")
    sample, everybody = (ParticleSimulator.of(names, whole) for whole in (False, True))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fit.npz"
    check_same_fit(folder, {"patterns": list(names), "particles": particles, "steps": steps}, going_on=path.exists())
    sample.ready()
    everybody.ready()
    with ThreadPoolExecutor(threads) as pool:
        if path.exists():
            fit = Fit.read(path)
            note(f"going on with {path} after stage {fit.stage - 1}")
        else:
            since = perf_counter()
            with progress(2 * particles, "Drawing from the prior") as advance:
                fit = begin_fit(Quantiles(sample), particles, pool, advance).timed(0.0, perf_counter() - since)
            fit.save(path)
        while fit.settled < SETTLING:
            # time is kept for settling
            left = 3600 * hours * (1.0 if fit.learned else SAMPLED) - fit.seconds
            late = left < (1 + SETTLING * bool(fit.learned)) * fit.last and fit.stage > 1
            near = fit.epsilons[-1] <= (enough if fit.learned else max(enough, rough))
            annealed = fit.stage - fit.learned > stages or near or late
            since = perf_counter()
            if annealed and not fit.learned:
                with progress(len(fit.rows), "Simulating everybody") as advance:
                    moved = learn_shift(sample, everybody, fit, pool, advance)
                fit = replace(moved.timed(fit.seconds, perf_counter() - since), last=LOTS * fit.last)
                fit.save(path)
                continue
            allowed = fit.epsilons[-1] if annealed else np.median(fit.distances)
            where = f"{'Settling, stage' if annealed else 'Stage'} {fit.stage}, distance {allowed:.2f}"
            with progress(steps, where) as advance:
                quantiles = Quantiles(replace(sample, shift=fit.shift, lots=LOTS if fit.learned else 1))
                moved = anneal(quantiles, fit, steps, pool, advance, settle=annealed)
            fit = moved.timed(fit.seconds, perf_counter() - since)
            fit.save(path)
            note(
                f"stage {fit.stage - 1}: distance {fit.epsilons[-1]:.2f}, {fit.moved[-1]:.0%} of proposals accepted, "
                f"{len(fit.distinct[1])} of {len(fit.rows)} particles distinct, {fit.simulations[-1]:,} simulations"
            )
    return fit


def check_same_fit(folder: Path, asked: Mapping[str, Any], going_on: bool) -> None:
    """Write what the fit is of; a fit that goes on must be of the same.

    Raises
    ------
    AsmsimError
        What was asked, the code or the configuration has changed since it began.
    """
    configs = hashlib.sha256()
    for file in sorted(config_dir().rglob("*.*")):
        if "posterior" not in file.parts and file.is_file():
            configs.update(file.name.encode() + b"\0" + file.read_bytes())
    told = dict(asked) | {
        "code": kernel_id(),
        "planning": planning_id(),
        "evidence": syntax_id([f"{__name__}:calibrate"], lambda module: module.startswith("asmsim.evidence.")),
        "configs": configs.hexdigest()[:12],
    }
    path = folder / "fit.json"
    then = json.loads(path.read_text()) if path.is_file() else {}
    if going_on and then != told:
        differs = ", ".join(sorted(k for k in told if then.get(k) != told[k]))
        raise AsmsimError(f"{folder}: that fit differs in {differs}; give a new folder with --out")
    path.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def save_posterior(fit: Fit, folder: Path) -> Path:
    """Write the population as a posterior table with its provenance; returns its path.

    A particle that still has copies, which have not moved apart, stands once, and weighs as many as they are.
    """
    from asmsim.evidence import posterior

    asked = json.loads((folder / "fit.json").read_text())
    names = asked["patterns"]
    quantiles = Quantiles(ParticleSimulator.of(names))
    rows, copies = fit.distinct
    chosen = [quantiles.simulator.whole_draw(quantiles.particle_of(row)) for row in rows]
    told = {
        "fitted_on": names,
        "fitted": sorted(priors.list_fitted()),
        "draws": len(chosen),
        "particles": len(fit.rows),
        "stages": fit.stage - 1,
        "stages_of_settling": fit.settled,
        "simulations": fit.simulations[-1],
        "seeds": {"sample": LUCK, "everybody": WHOLE_LUCK, "trial": TRIAL_LUCK},
        "lots_of_seeds_in_the_end": LOTS,
        "everybody_simulated_after_stage": fit.learned - 1,
        "everybody_less_sample": dict(zip(quantiles.simulator.names, fit.shift, strict=True)),
        "hours": round(fit.seconds / 3600, 2),
        "distinct_values": {
            "fitted": len(np.unique(fit.rows[:, : len(priors.list_fitted())], axis=0)),
            "others": len(np.unique(fit.rows[:, len(priors.list_fitted()) : -1], axis=0)),
        },
        "distances": list(fit.epsilons),
        "proposals_accepted": list(fit.moved),
        "code": kernel_id(),
        "evidence": asked["evidence"],
        "configs": asked["configs"],
        "asmsim": package_version(),
        "method": "ABC, annealed population moved by differential evolution (emcee); "
        "sum of distances outside the bands in half-widths, on a sample corrected by how everybody differs from it",
    }
    path = folder / "posterior.parquet"
    posterior.write_posterior(path, chosen, copies.astype(float).tolist(), told)
    return path
