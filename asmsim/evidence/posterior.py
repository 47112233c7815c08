"""Draws to run with: a posterior that was fitted, or priors where none is asked for.

A posterior is a Parquet table of draws, one column for each parameter, and `weight`; provenance lies
beside it as JSON.  A column `trial.secure_land_share` holds in that context alone.  Every draw is a whole set of parameters: what was not fitted was drawn from its prior.
"""

import hashlib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.config.csv_tables import read_user_table
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir, expand_path
from asmsim.evidence import priors
from asmsim.model import parameters
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import as_scenario, from_mapping
from asmsim.sweeps.cautions import warn_in_python
from asmsim.sweeps.draws import Draws, split_posterior
from asmsim.sweeps.replicates import Replicates, replicate
from asmsim.sweeps.request.request import Request
from asmsim.sweeps.store.targets import whole_files, write_table

Draw = dict[str, float]
MOST_DRAWS = 100_000


def list_posteriors() -> list[str]:
    """Posteriors that are shipped."""
    return sorted(p.stem for p in (config_dir() / "posterior").glob("*.parquet"))


def find_posterior(name: str) -> Path:
    """Where a posterior lies: a shipped name, or a file.

    Raises
    ------
    ConfigError
        No such posterior.
    """
    shipped = list_posteriors()
    path = config_dir() / "posterior" / f"{name}.parquet" if name in shipped else expand_path(name)
    if not path.is_file():
        raise ConfigError(
            f"posterior={name}: no such posterior{nearest(name, shipped)}; known: {', '.join([*shipped, 'prior'])}, or a file"
        )
    return path


def read_posterior(name: str) -> tuple[Mapping[str, npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """Values of each parameter, (draw,), and the weight of each draw.

    Raises
    ------
    ConfigError
        No such posterior, or with file, row and column: a column that is no parameter, a value out of range, a weight
        that is not positive.
    """
    path = find_posterior(name)
    table = read_user_table(path, "posterior=")
    values = {key: np.array(table.numbers(key)) for key in table.columns}
    weights = values.pop("weight", np.ones(len(table.rows)))
    for key, column in values.items():
        for at, value in enumerate(column.tolist()):
            if not key.startswith(priors.SPREAD):
                parameters.check_parameter(key.rpartition(".")[2], value, f"{table.name}, row {table.rows[at]}")
    if not values:
        raise ConfigError(f"{table.name}: no column is a parameter, such as taste_base")
    if not (weights >= 0).all() or not weights.sum() > 0:
        raise ConfigError(f"{table.name}: weight: numbers from 0 are needed, and one above 0")
    return values, weights


def draw_posterior(name: str, number: int, seed: int = 1) -> list[Draw]:
    """So many draws: of a posterior by weight, of the priors (`prior`), or the starting values (`none`)."""
    if name == "none":
        return [{}]
    if name == "prior":
        drawn = priors.draw_priors(priors.HOME, number, seed)
        return [{key: float(values[k]) for key, values in drawn.items()} for k in range(number)]
    values, weights = read_posterior(name)
    rows = resample(weights / weights.sum(), number, np.random.default_rng(seed))
    return [{key: float(column[k]) for key, column in values.items()} for k in rows]


def posterior_digest(name: str, context: str = priors.HOME) -> str:
    """Hash of what decides the draws for a context: numbers of the tables, never their words."""
    decides = ("name", "unit", "value", "low", "high", "grade", "mechanism")
    parts: list[Any] = [[[str(getattr(row, key)) for key in decides] for row in parameters.parameter_table().values()]]
    if name != "prior":
        parts.append(hashlib.sha256(find_posterior(name).read_bytes()).hexdigest())
    if name == "prior" or context != priors.HOME:  # what is a country's own is drawn from its prior
        parts.append(
            [
                [str(v) for key, v in vars(prior).items() if key not in ("reason", "kind")]
                for prior in priors.read_priors()
            ]
        )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def former_digests(name: str) -> list[str]:
    """Hashes by which earlier versions of asmsim knew a posterior that gives the same draws."""
    path = config_dir() / "posterior" / f"{name}.json"
    return list(json.loads(path.read_text(encoding="utf-8")).get("former_digests", [])) if path.is_file() else []


def draw_for(name: str, number: int, made: Scenario, sha256: str | None = None, seed: int = 1) -> Draws:
    """Draws as they hold in a scenario: what it or its country states is left as it is.

    Parameters
    ----------
    name
        A shipped posterior, a file, or `prior`.
    number
        How many draws.
    sha256
        What the table's hash must be, for draws that are made again.
    seed
        Another one makes other draws, of what was fitted and of what is a country's own alike.

    Raises
    ------
    ConfigError
        No such posterior, or it is no longer what it was.
    """
    if type(name) is not str or type(number) is not int or not 1 <= number <= MOST_DRAWS:
        raise ConfigError(
            f"posterior = {name!r}, draws = {number!r}: a name and a whole number from 1 to {MOST_DRAWS:,}"
        )
    found = posterior_digest(name, made.context.name)
    if sha256 is not None and sha256 not in (found, *former_digests(name)):
        raise ConfigError(f"drawn from posterior {name} with hash {sha256}, which now is {found}: not the same draws")
    context = made.context
    home = draw_posterior(name, number, seed)
    there = [
        priors.apply_draw(d, context.name, context.parameters) for d in priors.draw_abroad(home, context.name, seed)
    ]
    return Draws(name, found, tuple({k: v for k, v in d.items() if k not in made.parameters} for d in there))


def write_draws(name: str, number: int, asked: Request, folder: Path, seed: int = 1) -> Path:
    """Write draws for a sweep that has been asked for as its table; the same draws have the same name.

    What the sweep sets or varies, and what its country or a policy of it states, is not drawn.

    Raises
    ------
    ConfigError
        No such posterior, or the sweep is of several countries.
    """
    made = [from_mapping(data) for data in asked.data.values()]
    if len({each.context.name for each in made}) > 1:
        raise ConfigError(f"posterior={name}: draws hold in one country; sweep one context at a time")
    drawn = [draw_for(name, number, each, seed=seed) for each in made]
    varied = {key.removeprefix("parameters.") for key in asked.points.columns}
    free = set.intersection(*(set(each.values[0]) for each in drawn)) - varied
    rows = [{key: draw[key] for key in sorted(free)} for draw in drawn[0].values]
    which = hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]
    path = folder / f"{Path(name).stem}-{made[0].context.name}-{number}-{which}.parquet"
    if not path.exists():
        write_table(pl.DataFrame(rows), path, overwrite=True)
    return path


def run(
    scenario: Scenario | str | Sequence[str] | None = None,
    seeds: int | Sequence[int] | None = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    posterior: str | None = None,
    draws: int = 16,
) -> Replicates:
    """Run a scenario on seeds 1..n, or on the seeds given; on each of many draws of its parameters, if asked.

    Parameters
    ----------
    scenario
        A scenario, or overrides as on the command line, in one string or a list; `posterior=NAME` may be among them.
    seeds
        A number of seeds or the seeds themselves; by default 32, or 4 a draw.
    threads
        Threads to run on; by default one for each core.
    progress
        Called with 1 each time a run is done.
    posterior, draws
        A posterior from which behaviour parameters are drawn, and how often.

    Raises
    ------
    ConfigError
        The scenario, the seeds, the threads or the posterior are not such.
    ConservationError
        A run made or lost gold, money, people or files.
    """
    if isinstance(scenario, str):
        scenario = shlex.split(scenario)
    if isinstance(scenario, list | tuple) and all(isinstance(text, str) for text in scenario):
        scenario, typed = split_posterior(scenario)
        posterior = posterior or typed
    made = as_scenario(scenario)
    if posterior is None:
        done = replicate(made, 32 if seeds is None else seeds, threads, progress)
    else:
        done = replicate(made, 4 if seeds is None else seeds, threads, progress, draw_for(posterior, draws, made))
    warn_in_python(done.cautions)
    return done


def resample(weights: np.ndarray[Any, np.dtype[np.float64]], number: int, rng: np.random.Generator) -> list[int]:
    """Rows in proportion to their weights, with the least repetition (systematic resampling)."""
    at = (np.arange(number) + rng.random()) / number
    return [int(k) for k in np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)]


def round_single(name: str, value: float) -> float:
    """A parameter's value in single precision, which halves a file; never rounded out of its range."""
    rounded = np.float32(value)
    row = parameters.parameter_table().get(name.rpartition(".")[2])
    if row is not None and not name.startswith(priors.SPREAD) and not row.low <= float(rounded) <= row.high:
        rounded = np.nextafter(
            rounded, np.float32(value) if row.low == row.high else np.float32((row.low + row.high) / 2)
        )
    return float(rounded)


def write_posterior(
    path: Path, chosen: Sequence[Mapping[str, float]], weights: Sequence[float], provenance: Mapping[str, Any]
) -> None:
    """Write a posterior and its provenance."""
    rows = [{n: round_single(n, v) for n, v in d.items()} | {"weight": w} for d, w in zip(chosen, weights, strict=True)]
    table = pl.DataFrame(rows).cast({pl.Float64: pl.Float32})
    with whole_files(path.parent) as work:
        table.write_parquet(work / path.name, compression="zstd")
        text = json.dumps(dict(provenance), indent=1, sort_keys=True) + "\n"
        (work / path.with_suffix(".json").name).write_text(text, encoding="utf-8")
