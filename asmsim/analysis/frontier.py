"""Many-objective search for policies (pymoo's NSGA-II, asked and told), their frontier, regret and satisficing.

All objectives are minimised.  A generation is proposed from what earlier ones gave, so that a search that
was broken off goes on to the same policies.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asmsim.config.extras import require_extra

Floats = npt.NDArray[np.float64]


def choose_next_generation(
    told: Sequence[tuple[Floats, Floats]], size: int, variables: int, objectives: int, seed: int = 1
) -> Floats:
    """(policy, variable) unit-interval doses to try next.

    Parameters
    ----------
    told
        For each generation so far: the doses that were asked, and (policy, objective) values.
    """
    require_extra("pymoo", "the search for robust policies")
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.problems.static import StaticProblem

    problem = Problem(n_var=variables, n_obj=objectives, xl=np.zeros(variables), xu=np.ones(variables))
    search = NSGA2(pop_size=size)
    search.setup(problem, termination=("n_gen", len(told) + 2), seed=seed, verbose=False)
    for doses, values in told:
        asked = search.ask()
        if not np.allclose(asked.get("X"), doses):
            raise ValueError("the results given are not of the doses proposed: seed, size or variables have changed")
        search.evaluator.eval(StaticProblem(problem, F=values), asked)
        search.tell(infills=asked)
    return np.asarray(search.ask().get("X"))


def find_frontier(values: Floats) -> npt.NDArray[np.int64]:
    """Rows of (policy, objective) values that no other row betters in everything."""
    require_extra("pymoo", "the search for robust policies")
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

    return np.sort(NonDominatedSorting().do(values, only_non_dominated_front=True))


def measure_regret(values: Floats) -> Floats:
    """(policy, objective, draw) how far each is from the best policy in a draw, over the spread of policies.

    Parameters
    ----------
    values
        (policy, objective, draw).
    """
    best = values.min(axis=0, keepdims=True)
    spread = values.max(axis=0, keepdims=True) - best
    return np.asarray((values - best) / np.where(spread > 0, spread, 1.0))


def measure_satisficing(values: Floats, wanted: Floats) -> Floats:
    """(policy,) share of draws in which every objective is at most what is wanted."""
    return np.asarray((values <= wanted[None, :, None]).all(axis=1).mean(axis=1))
