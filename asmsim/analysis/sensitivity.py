"""Which parameters drive an outcome: Morris screening, then Sobol indices, by SALib.

Parameters are sampled as quantiles of their priors, so that every distribution is a unit interval.  What is
not finite is refused: SALib would give 0 for every parameter if a single value were missing.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.config.errors import AsmsimError
from asmsim.config.extras import require_extra
from asmsim.evidence import priors

Floats = npt.NDArray[np.float64]
LEVELS = 6


def list_uncertain(context: str, but: Sequence[str] = ()) -> list[str]:
    """Parameters that are drawn in a context, but for those that it states as facts."""
    from asmsim.model.scenarios import scenario

    facts = set(scenario(f"context={context}").context.parameters) - priors.list_own(context)
    return sorted(set(priors.priors_of(context)) - facts - set(but))


def describe_problem(names: Sequence[str]) -> dict[str, Any]:
    """What SALib calls a problem: names, and unit intervals."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def find_parameters(names: Sequence[str], quantiles: Floats, context: str) -> pl.DataFrame:
    """(row,) parameter values at (row, parameter) quantiles of their priors."""
    known = priors.priors_of(context)
    inner = np.clip(quantiles, 0.005, 0.995)  # a normal has no value at 0 and 1
    return pl.DataFrame({f"parameters.{n}": known[n].of_uniform(inner[:, k]) for k, n in enumerate(names)})


def draw_morris(names: Sequence[str], trajectories: int, seed: int = 1) -> Floats:
    """(trajectory * (parameter + 1), parameter) quantiles."""
    require_extra("SALib", "sensitivity analysis")
    from SALib.sample import morris

    return np.asarray(morris.sample(describe_problem(names), trajectories, num_levels=LEVELS, seed=seed))


def tabulate_morris(names: Sequence[str], design: Floats, values: Floats) -> pl.DataFrame:
    """One row a parameter, the strongest first: mean absolute effect over the range of its prior, and its spread.

    Raises
    ------
    AsmsimError
        A value is not finite.
    """
    require_extra("SALib", "sensitivity analysis")
    from SALib.analyze import morris

    check_finite(values)
    found = morris.analyze(describe_problem(names), design, values, num_levels=LEVELS, seed=1)
    table = pl.DataFrame(
        {
            "parameter": list(names),
            "effect": found["mu_star"],
            "effect_ci95": found["mu_star_conf"],
            "sigma": found["sigma"],
        }
    )
    return table.sort("effect", descending=True)


def draw_sobol(names: Sequence[str], n: int, seed: int = 1) -> Floats:
    """(n * (parameter + 2), parameter) quantiles; n is a power of two."""
    require_extra("SALib", "sensitivity analysis")
    from SALib.sample import sobol

    return np.asarray(sobol.sample(describe_problem(names), n, calc_second_order=False, seed=seed))


def tabulate_sobol(names: Sequence[str], values: Floats) -> pl.DataFrame:
    """One row a parameter: first-order and total share of the variance, with 95 % half-widths.

    Raises
    ------
    AsmsimError
        A value is not finite.
    """
    require_extra("SALib", "sensitivity analysis")
    from SALib.analyze import sobol

    check_finite(values)
    found = sobol.analyze(describe_problem(names), values, calc_second_order=False, seed=1)
    return pl.DataFrame(
        {
            "parameter": list(names), "first": found["S1"], "first_ci95": found["S1_conf"],
            "total": found["ST"], "total_ci95": found["ST_conf"],
        }
    ).sort("total", descending=True)  # fmt: skip


def check_finite(values: Floats) -> None:
    """Refuse what is not finite, and what does not vary at all."""
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        raise AsmsimError(
            f"sensitivity: {wrong} of {len(values)} runs gave no finite value; mend them or choose another outcome"
        )
    if len(values) and np.ptp(values) == 0:
        raise AsmsimError("sensitivity: the outcome is the same in every run: nothing drives it")


def compare_ranks(a: pl.DataFrame, b: pl.DataFrame, by: str) -> float:
    """Spearman's correlation of the two tables' orders of parameters."""
    from scipy import stats

    both = a.select("parameter", by).join(b.select("parameter", by), "parameter", suffix="_b")
    return float(stats.spearmanr(both[by].to_numpy(), both[f"{by}_b"].to_numpy()).statistic)
