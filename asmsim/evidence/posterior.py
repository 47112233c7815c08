"""Draws to run with: a posterior that was fitted, or priors where none is asked for.

A posterior is a Parquet table of draws, one column for each parameter, and `weight`; provenance lies
beside it as JSON.  Every draw is a whole set of parameters: what was not fitted was drawn from its prior.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir
from asmsim.evidence import priors
from asmsim.model import parameters
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import as_scenario, scenario
from asmsim.sweep.drawn import Drawn
from asmsim.sweep.replicates import Replicates, replicate

Draw = dict[str, float]


def names() -> list[str]:
    """Posteriors that are shipped."""
    return sorted(p.stem for p in (config_dir() / "posterior").glob("*.parquet"))


def path_of(name: str) -> Path:
    """Where a posterior lies: a shipped name, or a file.

    Raises
    ------
    ConfigError
        No such posterior.
    """
    shipped = config_dir() / "posterior" / f"{name}.parquet"
    path = shipped if shipped.is_file() else Path(name)
    if not path.is_file():
        raise ConfigError(
            f"posterior={name}: no such posterior{nearest(name, names())}; known: {', '.join([*names(), 'prior'])}, or a file"
        )
    return path


def read(name: str) -> pl.DataFrame:
    """The table of a posterior, checked.

    Raises
    ------
    ConfigError
        No such posterior, or columns that are no parameters.
    """
    try:
        table = pl.read_parquet(path_of(name))
    except pl.exceptions.PolarsError as error:
        raise ConfigError(f"posterior={name}: not a Parquet table ({error})") from error
    unknown = [c for c in table.columns if c != "weight" and c not in parameters.table()]
    if unknown:
        raise ConfigError(f"posterior={name}: {unknown[0]!r} is no parameter{nearest(unknown[0], parameters.table())}")
    return table


def draws(name: str, number: int, seed: int = 1) -> list[Draw]:
    """So many draws: of a posterior by weight, of the priors (`prior`), or the starting values (`none`)."""
    if name == "none":
        return [{}]
    if name == "prior":
        drawn = priors.draws("mongolia", 1 << max(0, int(np.ceil(np.log2(number)))), seed)
        return [{key: float(values[k]) for key, values in drawn.items()} for k in range(number)]
    table = read(name)
    weights = table["weight"].to_numpy() if "weight" in table.columns else np.ones(len(table))
    rows = systematic(weights / weights.sum(), number, np.random.default_rng(seed))
    columns = [c for c in table.columns if c != "weight"]
    values = table.select(columns).to_numpy()
    return [dict(zip(columns, map(float, values[k]), strict=True)) for k in rows]


def digest(name: str) -> str:
    """Hash of the table from which draws are made."""
    parameters_file = config_dir() / "parameters.csv"
    files = [config_dir() / "priors.csv", parameters_file] if name == "prior" else [path_of(name), parameters_file]
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()[:16]


def drawn_for(name: str, number: int, made: Scenario, sha256: str | None = None) -> Drawn:
    """Draws as they hold in a scenario: what it or its country states is left as it is.

    Parameters
    ----------
    name
        A shipped posterior, a file, or `prior`.
    number
        How many draws.
    sha256
        What the table's hash must be, for draws that are made again.

    Raises
    ------
    ConfigError
        No such posterior, or it is no longer what it was.
    """
    found = digest(name)
    if sha256 is not None and found != sha256:
        raise ConfigError(f"drawn from posterior {name} with hash {sha256}, which now is {found}: not the same draws")
    context = made.context
    home = draws(name, number)
    there = [priors.applied(d, context.name, context.parameters) for d in priors.abroad(home, context.name)]
    return Drawn(name, found, tuple({k: v for k, v in d.items() if k not in made.parameters} for d in there))


def write_drawn(
    name: str, number: int, context: str, folder: Path, typed: Sequence[str] = (), config_dir: Path | None = None
) -> Path:
    """Write draws as they hold in a country as a table for a sweep; the same draws have the same name.

    Parameters
    ----------
    typed
        What the sweep sets or varies: a parameter among it is not drawn.

    Raises
    ------
    ConfigError
        No such posterior or context.
    """
    drawn = drawn_for(name, number, scenario(f"context={context}", config_dir=config_dir))
    stated = {text.partition("=")[0].lstrip("+").removeprefix("parameters.") for text in typed}
    rows = [{key: value for key, value in draw.items() if key not in stated} for draw in drawn.values]
    which = hashlib.sha256(f"{drawn.digest} {sorted(stated & set(drawn.values[0]))}".encode()).hexdigest()[:16]
    path = folder / f"{Path(name).stem}-{context}-{number}-{which}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        work = path.with_suffix(f".{os.getpid()}.tmp")
        pl.DataFrame(rows).write_parquet(work, compression="zstd")
        os.replace(work, path)
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
        A scenario, or overrides as on the command line, in one string or a list.
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
    made = as_scenario(scenario)
    if posterior is None:
        return replicate(made, 32 if seeds is None else seeds, threads, progress)
    return replicate(made, 4 if seeds is None else seeds, threads, progress, drawn_for(posterior, draws, made))


def systematic(weights: np.ndarray[Any, np.dtype[np.float64]], number: int, rng: np.random.Generator) -> list[int]:
    """Rows in proportion to their weights, with the least repetition (systematic resampling)."""
    at = (np.arange(number) + rng.random()) / number
    return [int(k) for k in np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)]


def write(
    path: Path, chosen: Sequence[Mapping[str, float]], weights: Sequence[float], provenance: Mapping[str, Any]
) -> None:
    """Write a posterior and its provenance."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([dict(d) | {"weight": w} for d, w in zip(chosen, weights, strict=True)]).write_parquet(
        path, compression="zstd"
    )
    path.with_suffix(".json").write_text(
        json.dumps(dict(provenance), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
