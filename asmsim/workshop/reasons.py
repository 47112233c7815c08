"""Why the headline is what it is: what each changed lever contributes, and what happened in the runs.

Contributions are Shapley values: what a lever adds, averaged over every order in which the levers could be changed.
Up to four levers every combination is run, so that they are exact.  Beyond, they are the mean over random orders, each
with its reverse, and their intervals hold what other orders would have given.  Either way they add up to the mean
difference of their own runs; what is left of the headline, the mean difference of all runs, is the overlap.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from asmsim.analysis.attribution import attribute_to_parts, draw_orders, follow_orders
from asmsim.analysis.statistics import is_clear, measure_t_interval
from asmsim.config.errors import ConfigError
from asmsim.model.labels import find_label
from asmsim.model.means import mean_defined
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import Outcome, find_outcome
from asmsim.workshop.pairing import Engine, RunSample, Stopped, never
from asmsim.workshop.preset import RUNS, WorkshopState

Floats = npt.NDArray[np.float64]
MOST_EXACT_LEVERS, MOST_LEVERS = 4, 16
PAIRS_OF_ALL, PAIRS_OF_ORDERS = 10, 5
"""Paired runs behind contributions: where every combination is run, and where those of random orders are."""
ORDERS = 4
"""Random orders, each followed to and fro."""
MOST_SENTENCES = 3


class Count(NamedTuple):
    """A sentence's count: the sum of its outcomes, over all months or by what they are in the last year."""

    template: str
    outcomes: tuple[O, ...]
    unit: str
    over: Literal["all months", "last year", "months of the last year"]
    of_miners: bool = False


COUNTS = {
    count.template: count
    for count in (
        Count("applied", (O.applications,), "persons", "all months", True),
        Count("gave_up", (O.gave_up,), "persons", "all months"),
        Count("waiting", (O.wait,), "months", "last year"),
        Count("licensed", (O.licences_granted,), "persons", "all months"),
        Count("lapsed", (O.lapses,), "persons", "all months"),
        Count("official", (O.gold_official, O.gold_exported), "kg", "months of the last year"),
        Count("smuggled", (O.gold_smuggled,), "kg", "months of the last year"),
        Count("to_centres", (O.gold_to_centre,), "kg", "months of the last year"),
        Count("tied", (O.tied_share,), "share", "last year"),
        Count("mercury_free", (O.mercury_free_share,), "share", "last year"),
        Count("visits", (O.visits,), "persons", "all months"),
        Count("raids", (O.raids,), "sites", "all months"),
        Count("budget", (O.cost_donor, O.cost_government), "USD", "all months"),
    )
}
"""Counts that every run keeps."""
FIRST: dict[str, tuple[str, ...]] = {
    "people": ("applied", "gave_up", "waiting", "lapsed", "visits", "budget"),
    "gold": ("official", "to_centres", "smuggled", "licensed", "tied"),
    "money": ("tied", "official", "licensed", "smuggled"),
    "environment": ("mercury_free", "licensed", "visits"),
    "rights": ("raids", "visits", "licensed"),
    "public": ("licensed", "raids", "visits"),
    "state": ("waiting", "applied", "budget"),
}
"""Templates that may explain an outcome of a group, in the order of the chain that leads to it."""


def explain(
    engine: Engine,
    state: WorkshopState,
    name: str,
    stop: Callable[[], bool] = never,
    workers: ThreadPoolExecutor | None = None,
) -> dict[str, Any]:
    """Return contributions of the changed levers to a headline, and sentences from counts of the runs.

    Raises
    ------
    Stopped
        `stop` said so.
    """
    outcome = find_outcome(name)
    pair = engine.find_pair(state)
    for sample in pair:
        sample.grow(RUNS, stop, engine.pool)
    base, yours = (sample.take(RUNS, [outcome])[:, -1, 0] for sample in pair)
    total = float(mean_defined(yours, 0) - mean_defined(base, 0))
    parts = attribute_levers(engine, state, outcome, stop, workers)
    left = total - sum(part["value"] for part in parts)
    return {
        "outcome": name,
        "unit": outcome.unit,
        "parts": parts,
        "overlap": left,
        "total": total,
        "sentences": write_counts(pair, outcome),
    }


def list_combinations(levers: int) -> list[int]:
    """Return combinations of levers that are run, as bits: all of them, or those that random orders pass."""
    if levers <= MOST_EXACT_LEVERS:
        return list(range(1 << levers))
    pairs = islice(draw_orders(levers), ORDERS)
    return sorted({bits for pair in pairs for order in pair for bits in follow_orders(order)})


def attribute_levers(
    engine: Engine,
    state: WorkshopState,
    outcome: Outcome,
    stop: Callable[[], bool] = never,
    workers: ThreadPoolExecutor | None = None,
) -> list[dict[str, Any]]:
    """Return the contribution of each changed lever in the last year, with its 95 % interval.

    Raises
    ------
    ConfigError
        Too many levers.
    """
    keys = sorted(state.levers)
    if not keys:
        return []
    if len(keys) > MOST_LEVERS:
        raise ConfigError(
            f"What made the difference is worked out for up to {MOST_LEVERS} changed levers, not {len(keys)}."
        )
    pairs = PAIRS_OF_ALL if len(keys) <= MOST_EXACT_LEVERS else PAIRS_OF_ORDERS

    def run_combination(bits: int) -> Floats:
        if stop():
            raise Stopped
        chosen = {key: state.levers[key] for k, key in enumerate(keys) if bits >> k & 1}
        sample = engine.find_sample(state.model_copy(update={"levers": chosen}))
        sample.grow(pairs, stop)  # in this thread: combinations are what is shared out
        return sample.take(pairs, [outcome])[:, -1, 0]

    combinations = list_combinations(len(keys))
    found = map(run_combination, combinations) if workers is None else workers.map(run_combination, combinations)
    values = dict(zip(combinations, found, strict=True))
    shares, errors = attribute_to_parts(values, len(keys))
    parts: list[dict[str, Any]] = []
    for k, key in enumerate(keys):
        low, high = measure_t_interval(shares[k], float(errors[k]))
        value = float(shares[k].mean())
        parts.append(
            {"key": key, "label": find_label(key), "value": value, "low": low, "high": high, "runs": pairs}
        )  # fmt: skip
    return sorted(parts, key=lambda part: -abs(part["value"]))


def write_counts(pair: tuple[RunSample, RunSample], outcome: Outcome) -> list[dict[str, Any]]:
    """Return templates with means over runs of counts of both scenarios, of those in which single runs clearly differ."""
    found = []
    runs = min(len(sample.values) for sample in pair)
    miners = float(pair[1].take(runs, [O.miners])[:, :, 0].mean())
    for template in FIRST.get(outcome.group, FIRST["people"]):
        count = COUNTS[template]
        base, yours = (_measure_count(sample, count, runs) for sample in pair)
        if is_clear(yours - base, count.unit):
            means = {"yours": float(mean_defined(yours, 0)), "baseline": float(mean_defined(base, 0))}
            values = means | {"change": means["yours"] - means["baseline"]}
            values |= {"of": miners, "year": pair[0].years[-1]}
            found.append({"template": template, "unit": count.unit, "values": values})
    return found[:MOST_SENTENCES]


def _measure_count(sample: RunSample, count: Count, runs: int) -> Floats:
    """(run,) counts."""
    values = sample.take(runs, count.outcomes).sum(2)
    if count.over == "all months":
        return np.asarray((values * sample.months_of_years).sum(1))
    months = sample.months_of_years[-1] if count.over == "months of the last year" else 1
    return np.asarray(values[:, -1] * months)
