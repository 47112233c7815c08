"""The particle table: draws of everything that is uncertain, each simulated once on every pattern that was seen.

A particle holds behaviour that all countries share, medians and spreads over countries, each country's own values and a
seed.  It is a point of the unit cube, in which every coordinate is a quantile of a prior.  All statistics of all patterns
and all levels of their runs are kept, so that any set of episodes can be conditioned on afterwards.

The first half of the particles are scrambled Sobol points of the prior.  Each later round proposes near what fits, in
those few coordinates that the data move; all others come from the prior.  A particle's weight is the prior's density over
that of the mixture of all rounds (deterministic mixture, Owen and Zhou 2000; Cornuet et al. 2012), so no weight exceeds the
inverse of the first round's share, and the prior stays right whatever is conditioned on.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.config.paths import config_dir
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence import priors
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.levels import load_levels, make_level_patterns, select_levels
from asmsim.evidence.patterns import Matched, Pattern, find_observed, list_patterns, load_pattern, match_value
from asmsim.model.inputs_identity import planning_id
from asmsim.sweeps.store.parts import read_parquet
from asmsim.sweeps.store.targets import whole_file, write_table

Floats = npt.NDArray[np.float64]
SEED = 2020
PART = 32
"""Particles in a part, which is what an interruption can lose."""
AGAIN = 16
"""Of so many particles one is simulated on a second seed, which tells what chance adds."""
SAMPLE = 10.0
"""Persons for each one simulated in Mongolia; other countries run at the `fit_scale` of their patterns."""
MEDIAN_TO_SD = 1.4826
"""Standard deviation of a normal distribution over its median distance from the mean."""
QUANTILE = "quantile of "
"""Before a coordinate's name in a part."""


@dataclass(frozen=True)
class FitTarget:
    """A statistic that a fit is matched to, on the scale on which it is matched.

    Attributes
    ----------
    name
        `PATTERN statistic`, the column of the table.
    episode
        What is left out together: `mongolia`, or the pattern.
    observed, error
        What was seen, and its standard error.
    """

    name: str
    episode: str
    observed: float
    error: float
    judged: Matched
    pattern: Pattern


def load_seen(names: Sequence[str] = ()) -> list[Pattern]:
    """Return the patterns that inform a fit: fitted ones and development episodes, or those named; with what they need."""
    found = [load_pattern(name) for name in names or list_patterns()]
    chosen = [keep_needed(p) for p in found if names or p.role in ("fitted", "development")]
    return [at_fit_scale(p) for p in chosen]


def keep_needed(pattern: Pattern) -> Pattern:
    """Return a pattern without the scenarios that only unmatched statistics need: they would take a quarter of the time."""
    first = next(iter(pattern.scenarios))
    needs = {
        name: {m.scenario or first for m in (s.measure, s.over) if m is not None}
        | {m.less for m in (s.measure, s.over) if m is not None and m.less}
        for name, s in pattern.statistics.items()
    }
    needed = {first}.union(*(needs[name] for name, s in pattern.statistics.items() if s.is_matched))
    return pattern.model_copy(
        update={
            "scenarios": {name: o for name, o in pattern.scenarios.items() if name in needed},
            "statistics": {name: s for name, s in pattern.statistics.items() if needs[name] <= needed},
        }
    )


def list_targets(patterns: Sequence[Pattern]) -> list[FitTarget]:
    """Return every statistic of the patterns that a fit is matched to."""
    found = []
    for p in patterns:
        for name, judged in p.judged.items():
            if judged.is_matched:
                episode = priors.HOME if p.context == priors.HOME else p.name
                found.append(FitTarget(f"{p.name} {name}", episode, *find_observed(judged), judged, p))
    return found


def add_levels(patterns: Sequence[Pattern]) -> list[Pattern]:
    """Return the patterns, and those that measure the levels of their runs."""
    shipped = [load_pattern(p.name) for p in patterns]
    levels = make_level_patterns(select_levels(load_levels(), shipped))
    return [*patterns, *(at_fit_scale(p) for p in levels)]


def at_fit_scale(pattern: Pattern) -> Pattern:
    """Return a pattern as the table runs it."""
    scale = SAMPLE if pattern.context == priors.HOME else pattern.fit_scale or pattern.scale
    return pattern.model_copy(update={"scale": scale})


@dataclass(frozen=True)
class Coordinates:
    """Names of what a particle is made of, and their values.

    A country's own values are called `country.parameter`; Mongolia's have no prefix, as in a posterior.
    """

    contexts: tuple[str, ...]

    @cached_property
    def own(self) -> dict[str, list[str]]:
        """Parameters that differ by country, by context."""
        every = priors.list_hierarchical().keys()
        return {
            c: sorted((every | priors.list_own(c)) & priors.priors_of(c).keys())
            for c in dict.fromkeys((priors.HOME, *self.contexts))
        }

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Coordinates in order: behaviour, medians and spreads, then countries."""
        theirs = {name for own in self.own.values() for name in own}
        shared = [n for n in priors.list_drawn(priors.HOME) if n not in theirs]
        return (*shared, *(f"{self.prefix(c)}{name}" for c, own in self.own.items() for name in own))

    def prefix(self, context: str) -> str:
        """What stands before a country's own parameter."""
        return "" if context == priors.HOME else f"{context}."

    def values_of(self, rows: Floats) -> dict[str, Floats]:
        """(particle,) values of each coordinate at (particle, coordinate) quantiles."""
        u = dict(zip(self.names, np.asarray(rows, float).T, strict=True))
        over = {n: u[n] for n in u if n.startswith((priors.MEDIAN, priors.SPREAD))}
        theirs = {f"{self.prefix(c)}{name}" for c, own in self.own.items() for name in own}
        found = priors.values_of_quantiles(priors.HOME, over | {n: u[n] for n in u if n not in theirs})
        for context, own in self.own.items():
            there = over | {name: u[f"{self.prefix(context)}{name}"] for name in own}
            values = priors.values_of_quantiles(context, there)
            found |= {f"{self.prefix(context)}{name}": values[name] for name in own}
        return {name: found[name] for name in self.names}

    def draws_of(self, rows: Floats) -> list[dict[str, float]]:
        """Draws at (particle, coordinate) quantiles, as a posterior holds them."""
        values = self.values_of(rows)
        return [{name: float(v[k]) for name, v in values.items()} for k in range(len(rows))]


@dataclass(frozen=True, eq=False)
class Proposal:
    """Where a later round looks: a normal distribution of some coordinates' normal scores."""

    names: tuple[str, ...]
    mean: Floats
    covariance: Floats

    def draw(self, coordinates: Sequence[str], number: int, rng: np.random.Generator) -> Floats:
        """(particle, coordinate) quantiles: those named from the proposal, the others from the prior."""
        from scipy.special import ndtr

        rows = rng.random((number, len(coordinates)))
        at = [coordinates.index(name) for name in self.names]
        if at:
            rows[:, at] = ndtr(rng.multivariate_normal(self.mean, self.covariance, number))
        return rows

    def density(self, coordinates: Sequence[str], rows: Floats) -> Floats:
        """(particle,) density of the proposal over that of the prior."""
        from scipy.special import ndtri
        from scipy.stats import multivariate_normal, norm

        if not self.names:
            return np.ones(len(rows))
        z = ndtri(np.clip(rows[:, [coordinates.index(n) for n in self.names]], 1e-12, 1 - 1e-12))
        logs = multivariate_normal(self.mean, self.covariance).logpdf(z).reshape(len(rows)) - norm.logpdf(z).sum(1)
        return np.asarray(np.exp(logs))

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        kept = {"names": self.names, "mean": self.mean.tolist(), "covariance": self.covariance.tolist()}
        with whole_file(path, overwrite=True) as work:
            work.write_text(json.dumps(kept), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """As it was saved."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(kept["names"]), np.array(kept["mean"]), np.array(kept["covariance"]))


@dataclass(frozen=True, eq=False)
class ParticleTable:
    """Particles and what was simulated of them.

    Attributes
    ----------
    names, rows
        Coordinates, and (particle, coordinate) quantiles.
    statistics
        (particle,) of each statistic, `PATTERN statistic`, in its own unit.
    again
        The same of those particles that ran on a second seed; `first` are their places.
    round_of, proposals
        (particle,) the round, and where the rounds after the first looked.
    digest
        Hash of all that.
    code
        Of the model that simulated it.
    """

    names: tuple[str, ...]
    rows: Floats
    statistics: Mapping[str, Floats]
    again: Mapping[str, Floats]
    first: npt.NDArray[np.int64]
    round_of: npt.NDArray[np.int64]
    proposals: tuple[Proposal, ...]
    coordinates: Coordinates
    digest: str = ""
    code: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def weights(self) -> Floats:
        """(particle,) prior density over that of the mixture of rounds, mean about 1."""
        counts = np.bincount(self.round_of, minlength=len(self.proposals) + 1)
        densities = [np.ones(len(self)), *(p.density(self.names, self.rows) for p in self.proposals)]
        mixture = sum(c * d for c, d in zip(counts, densities, strict=True)) / len(self)
        return np.asarray(1.0 / mixture)

    def matched(self, target: FitTarget) -> Floats:
        """(particle,) a statistic on the scale on which it is matched.

        Raises
        ------
        ConfigError
            The table does not hold it.
        """
        if target.name not in self.statistics:
            raise ConfigError(f"the table holds no statistic {target.name!r}; simulate it with `asmsim calibrate`")
        return match_value(target.judged, self.statistics[target.name])

    def chance(self, target: FitTarget) -> float:
        """Standard deviation between seeds, matched scale, by the median particle; 0 where it is not known."""
        if len(self.first) < 2:
            return 0.0
        apart = self.matched(target)[self.first] - match_value(target.judged, self.again[target.name])
        known = apart[np.isfinite(apart)]
        return float(MEDIAN_TO_SD * np.median(np.abs(known)) / np.sqrt(2)) if len(known) else 0.0


NEARLY_ALL = 0.95
"""Share of the particles planned from which a table counts as complete: some fail."""


def identify_table(patterns: Sequence[Pattern], rounds: Sequence[int]) -> dict[str, Any]:
    """Return what decides a table: code, configuration and what is measured; not what was observed."""
    configs = hashlib.sha256()
    for file in sorted(config_dir().rglob("*.*")):
        inside = file.relative_to(config_dir()).parts
        if file.is_file() and inside[0] not in (
            "posterior",
            "pattern",
            "levels.csv",
            "not_levels.csv",
        ):
            configs.update(file.name.encode() + b"\0" + file.read_bytes())
    measured = [
        [p.name, p.context, {k: list(v) for k, v in p.scenarios.items()}, p.scale]
        + [[n, j.model_dump(mode="json", include={"measure", "over", "how", "times", "effect", "beyond", "share"})]
           for n, j in p.judged.items()]
        for p in patterns
    ]  # fmt: skip
    text = json.dumps(measured, sort_keys=True, default=str)
    return {
        "rounds": list(rounds), "code": kernel_id(), "planning": planning_id(), "configs": configs.hexdigest()[:12],
        "measured": hashlib.sha256(text.encode()).hexdigest()[:12], "seed": SEED,
    }  # fmt: skip


def simulate_particle(
    patterns: Sequence[Pattern], draw: Mapping[str, float], seeds: Sequence[int]
) -> dict[str, Floats]:
    """(seed,) of every statistic of a draw; where a run fails, its reason alone, as `failure`."""
    try:
        found = evaluate(patterns, [draw], seeds, threads=1)
    except AsmsimError as error:
        return {"failure": np.array([str(error)] * len(seeds))}
    return {f"{name} {s}": values[0] for name, e in found.items() for s, values in e.values.items()}


def simulate_table(
    folder: Path,
    rounds: Sequence[int],
    propose: Callable[[ParticleTable, int], Proposal],
    names: Sequence[str] = (),
    hours: float = 2.5,
    threads: int = 2,
    levels: bool = True,
    note: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, str], AbstractContextManager[Callable[[int], None]]] = lambda *_: nullcontext(
        lambda _: None
    ),
) -> bool:
    """Simulate particles, part by part; returns whether all are there.

    What is there already is kept, so that an interrupted table goes on, with the same bytes.

    Parameters
    ----------
    rounds
        Particles of each round: of the prior, then of each proposal.
    propose
        Where the next round looks, from the table so far and the round's number.
    names
        Patterns; all that were seen if none.
    hours
        After which no further part is begun.

    Raises
    ------
    AsmsimError
        The folder holds a table of something else.
    """
    patterns = load_seen(names)
    coordinates = Coordinates(tuple(sorted({p.context for p in patterns})))
    measured = add_levels(patterns) if levels else patterns
    _check_same_table(folder, identify_table(measured, rounds), patterns)
    since, ready, n = perf_counter(), False, 0
    total = sum(rounds)
    with progress(total, "Simulating particles") as advance, ThreadPoolExecutor(threads) as pool:
        for number, size in enumerate(rounds):
            rows = _rows_of_round(folder, coordinates, number, size, propose)
            for begin in range(0, size, PART):
                part = rows[begin : begin + PART]
                path = folder / f"part-{number}-{begin // PART:04d}.parquet"
                if not path.exists():
                    if perf_counter() - since > 3600 * hours:
                        note(f"{n:,} of {total:,} particles are there; the hours are over. Run it again to go on.")
                        return False
                    if not ready:  # scenarios are composed and compiled by one thread
                        simulate_particle(measured, coordinates.draws_of(np.full((1, rows.shape[1]), 0.5))[0], [1])
                        ready = True
                    _write_part(path, measured, coordinates, part, number, n, pool, advance)
                else:
                    advance(len(part))
                n += len(part)
    return True


def _write_part(
    path: Path,
    measured: Sequence[Pattern],
    coordinates: Coordinates,
    part: Floats,
    number: int,
    first: int,
    pool: ThreadPoolExecutor,
    advance: Callable[[int], None],
) -> None:
    """Simulate the particles of a part, of which the first has the number `first`, and write it."""
    draws = coordinates.draws_of(part)

    def one(k: int) -> list[dict[str, Any]]:
        seeds = [2 * (first + k) + 1, 2 * (first + k) + 2][: 1 + ((first + k) % AGAIN == 0)]
        found = simulate_particle(measured, draws[k], seeds)
        advance(1)
        own = {f"{QUANTILE}{n}": float(u) for n, u in zip(coordinates.names, part[k], strict=True)}
        return [
            {"particle": first + k, "round": number, "seed": seed, "failure": ""}
            | own
            | {n: (str(v[i]) if n == "failure" else float(v[i])) for n, v in found.items()}
            for i, seed in enumerate(seeds)
        ]

    rows = [row for found in pool.map(one, range(len(part))) for row in found]
    statistics = [f"{p.name} {s}" for p in measured for s in p.judged]
    schema = {"particle": pl.Int64, "round": pl.Int64, "seed": pl.Int64, "failure": pl.String}
    schema |= {f"{QUANTILE}{n}": pl.Float64 for n in coordinates.names} | dict.fromkeys(statistics, pl.Float64)
    write_table(pl.DataFrame(rows, schema=schema), path)


def _rows_of_round(
    folder: Path,
    coordinates: Coordinates,
    number: int,
    size: int,
    propose: Callable[[ParticleTable, int], Proposal],
) -> Floats:
    """Return the (particle, coordinate) quantiles of a round; where it looks is kept once it has been decided."""
    from scipy.stats import qmc

    if number == 0:
        points = 1 << (max(1, size) - 1).bit_length()
        return np.asarray(qmc.Sobol(len(coordinates.names), rng=np.random.default_rng(SEED)).random(points)[:size])
    path = folder / f"round-{number}.json"
    if not path.exists():
        propose(read_particles(folder), number).save(path)
    return Proposal.read(path).draw(coordinates.names, size, np.random.default_rng([SEED, number]))


def _check_same_table(folder: Path, identity: Mapping[str, Any], patterns: Sequence[Pattern]) -> None:
    """Write what the table is of; one that goes on must be of the same."""
    path = folder / "table.json"
    then = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    if then is not None and then["identity"] != identity:
        differs = ", ".join(sorted(k for k in identity if then["identity"].get(k) != identity[k]))
        raise AsmsimError(f"{folder}: that table differs in {differs}; give another folder with --table")
    with whole_file(path, overwrite=True) as work:
        kept = {"identity": identity, "patterns": [p.name for p in patterns]}
        work.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def list_parts(folder: Path) -> Iterator[Path]:
    """Give the parts of a table, in the order of rounds."""
    yield from sorted(folder.glob("part-*.parquet"))


def read_particles(folder: Path) -> ParticleTable:
    """Read a table as far as it has come; particles whose run failed are left out.

    Raises
    ------
    ConfigError
        There is no table in the folder.
    """
    parts = list(list_parts(folder))
    if not parts or not (folder / "table.json").is_file():
        raise ConfigError(f"{folder}: no particle table is there; make one with `asmsim calibrate --table {folder}`")
    whole = pl.concat([read_parquet(path) for path in parts]).filter(pl.col("failure") == "")
    firsts = whole.filter(pl.col("seed") % 2 == 1)
    seconds = whole.filter(pl.col("seed") % 2 == 0)
    names = tuple(c.removeprefix(QUANTILE) for c in whole.columns if c.startswith(QUANTILE))
    statistics = [c for c in whole.columns if not c.startswith(QUANTILE)][4:]
    told = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    seen = told["patterns"]
    coordinates = Coordinates(tuple(sorted({load_pattern(name).context for name in seen})))
    if coordinates.names != names:
        raise ConfigError(f"{folder}: priors have changed since the table was made; simulate it again")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()[:16]
    paths = sorted(folder.glob("round-*.json"))[: int(firsts["round"].to_numpy().max())]
    return ParticleTable(
        names,
        firsts.select(f"{QUANTILE}{n}" for n in names).to_numpy(),
        {s: firsts[s].to_numpy() for s in statistics},
        {s: seconds[s].to_numpy() for s in statistics},
        np.searchsorted(firsts["particle"].to_numpy(), seconds["particle"].to_numpy()).astype(np.int64),
        firsts["round"].to_numpy().astype(np.int64),
        tuple(Proposal.read(path) for path in paths),
        coordinates,
        digest,
        told["identity"]["code"],
    )


def count_failures(folder: Path) -> dict[str, int]:
    """Return how many particles failed, by reason, the most frequent first."""
    rows = pl.concat([read_parquet(path).select("particle", "failure") for path in list_parts(folder)]).unique()
    failed = (
        rows.filter(pl.col("failure") != "").group_by("failure").len().sort("len", "failure", descending=[True, False])
    )
    return {str(reason): int(number) for reason, number in failed.iter_rows()}


def describe_unfinished(folder: Path, there: int) -> str:
    """Return a sentence if a table is far from complete, and says little of the fit; nothing if it is complete or nearly so."""
    planned = sum(json.loads((folder / "table.json").read_text(encoding="utf-8"))["identity"]["rounds"])
    if there >= NEARLY_ALL * planned:
        return ""
    return (
        f"only {there:,} of {planned:,} particles are there, most of them of the prior: what follows is of wide priors, not of the fit; "
        f"go on with `asmsim calibrate --particles {planned} --table {folder}`."
    )


def describe_version(folder: Path) -> str:
    """Return a sentence if the table was simulated by another version of the model; nothing if it is of this one."""
    then = json.loads((folder / "table.json").read_text(encoding="utf-8"))["identity"]
    if (then["code"], then["planning"]) == (kernel_id(), planning_id()):
        return ""
    return f"{folder}: the particle table was simulated by an earlier version of the model; make it again in another folder."
