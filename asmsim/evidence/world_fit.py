"""The fit on all that was seen: from a particle table to two posteriors, and whether known truths are found again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.config.errors import ConfigError
from asmsim.config.provenance import package_version
from asmsim.evidence import priors
from asmsim.evidence.condition import (
    Conditioned,
    condition,
    observe_target,
    propose_near,
    save_conditioned,
    weighted_quantiles,
)
from asmsim.evidence.particle_table import (
    FitTarget,
    ParticleTable,
    Proposal,
    identify_table,
    list_targets,
    load_seen,
)

WORLD, HOME_FILE = "world.parquet", f"{priors.HOME}.parquet"
SPREAD_OF_QUANTILE = float(np.sqrt(1 / 12))


def share_rounds(particles: int, rounds: int) -> tuple[int, ...]:
    """Return how many particles each round has: half are of the prior, the others share the rest."""
    if rounds == 1:
        return (particles,)
    first = (particles + 1) // 2
    later = [(particles - first) // (rounds - 1)] * (rounds - 1)
    return (first, *later[:-1], particles - first - sum(later[:-1]))


def load_targets(names: Sequence[str] = ()) -> list[FitTarget]:
    """Return what a fit on all that was seen is matched to, or on patterns named."""
    return list_targets(load_seen(names))


def list_known(table: ParticleTable, targets: Sequence[FitTarget]) -> list[FitTarget]:
    """Return the targets that a table holds."""
    return [t for t in targets if t.name in table.statistics]


def make_proposer(targets: Sequence[FitTarget]) -> Callable[[ParticleTable, int], Proposal]:
    """Return what says where a round looks."""
    return lambda table, _: propose_near(table, list_known(table, targets))


def save_world(folder: Path, table: ParticleTable, targets: Sequence[FitTarget]) -> tuple[Conditioned, list[Path]]:
    """Condition on everything, and write the posteriors `world` and `mongolia`; returns the draws and the files.

    Both hold the same behaviour; that of Mongolia leaves out other countries' own values.
    """
    on = list_known(table, targets)
    found = condition(table, on)
    patterns = list(dict.fromkeys(t.pattern.name for t in on))
    provenance: dict[str, Any] = {
        "fitted_on": patterns,
        "fitted": sorted(priors.list_fitted()),
        "statistics": [t.name for t in on],
        "particles": len(table),
        "simulations": len(table) + len(table.first),
        "stages": len(table.proposals) + 1,
        "table": table.digest,
        "code": table.code,
        "configs": identify_table([t.pattern for t in on], ())["configs"],
        "asmsim": package_version(),
        "method": "ABC from one particle table: deterministic-mixture weights, a normal kernel in units of error and chance, and ridge "
        "regression adjustment of normal scores",
    }
    paths = [folder / WORLD, folder / HOME_FILE]
    save_conditioned(paths[0], table, found, provenance)
    save_conditioned(paths[1], table, found, provenance, home_alone=True)
    return found, paths


def tabulate_recovery(found: pl.DataFrame) -> pl.DataFrame:
    """One row per parameter: share of fits whose 90 % interval holds the truth, and how much the data tell."""
    return (
        found.group_by("parameter", maintain_order=True)
        .agg(
            pl.col("inside").mean().alias("coverage"),
            pl.corr("truth", "median").alias("correlation"),
            pl.col("narrower").mean(),
        )
        .sort("correlation", descending=True)
    )


def recover_table(
    table: ParticleTable,
    targets: Sequence[FitTarget],
    fits: int = 40,
    every: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> pl.DataFrame:
    """Take particles of the prior as truths, each conditioned on by the others as if it had been observed.

    Parameters
    ----------
    every
        All coordinates, not only those that are fitted.

    Returns
    -------
    DataFrame
        One row for each fit and parameter: truth, median and 90 % interval, as quantiles of the prior; whether the interval
        holds the truth; and by which share it is narrower than the prior.

    Raises
    ------
    ConfigError
        The table has too few particles of the prior.
    """
    on = list_known(table, targets)
    seen = {t.name: observe_target(table, t) for t in on}
    whole = np.isfinite(np.column_stack(list(seen.values()))).all(1) if seen else np.zeros(len(table), bool)
    able = np.flatnonzero((table.round_of == 0) & whole)
    if len(able) < fits + 20:
        raise ConfigError(
            f"--fits {fits}: the table has {len(able)} particles of the prior in which everything is defined; "
            f"simulate more with --particles, or ask for fewer fits"
        )
    wanted = [k for k, n in enumerate(table.names) if every or n in priors.list_fitted()]
    rows = []
    for fit, truth in enumerate(np.random.default_rng(1).choice(able, fits, replace=False), 1):
        found = condition(table, on, observed={n: float(v[truth]) for n, v in seen.items()}, without=[int(truth)])
        low, middle, high = weighted_quantiles(found.rows[:, wanted], found.weights, np.array([0.05, 0.5, 0.95]))
        means = found.weights @ found.rows[:, wanted]
        spread = np.sqrt(found.weights @ (found.rows[:, wanted] - means) ** 2)
        for j, k in enumerate(wanted):
            u = float(table.rows[truth, k])
            rows.append(
                {
                    "fit": fit, "parameter": table.names[k], "truth": u, "median": float(middle[j]),
                    "q05": float(low[j]), "q95": float(high[j]), "inside": bool(low[j] <= u <= high[j]),
                    "narrower": float(1 - spread[j] / SPREAD_OF_QUANTILE),
                }
            )  # fmt: skip
        progress(1)
    return pl.DataFrame(rows)
