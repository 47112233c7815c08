"""Draws to run with: a posterior that was fitted, or priors where none is asked for.

A posterior is a Parquet table of draws, one column for each parameter, and `weight`; provenance lies
beside it as JSON.  Every draw is a whole set of parameters: what was not fitted was drawn from its prior.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir
from asmsim.evidence import priors
from asmsim.model import parameters

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
            f"posterior={name}: no such posterior{nearest(name, names())}; known: {', '.join(names())}, or a file"
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


def systematic(weights: np.ndarray[Any, np.dtype[np.float64]], number: int, rng: np.random.Generator) -> list[int]:
    """Rows in proportion to their weights, with the least repetition (systematic resampling)."""
    at = (np.arange(number) + rng.random()) / number
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1).tolist()


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
