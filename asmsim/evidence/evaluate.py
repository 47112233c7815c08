"""Patterns evaluated: each scenario run once for each draw and seed, and every statistic taken from it.

`evaluate` runs all months and tells everything; `unfold` tells each statistic as soon as the runs have come so far.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asmsim.config.schema import month_number
from asmsim.evidence import priors, trial
from asmsim.evidence.patterns import Pattern
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, simulate
from asmsim.sweeps.draws import draw_seed

Floats = npt.NDArray[np.float64]
Draw = Mapping[str, float]
Key = tuple[str, tuple[str, ...], float]
"""Context, overrides and scale (persons for each one simulated): what is run once for all patterns that ask for it."""


@dataclass(frozen=True)
class Evaluated:
    """Values of one pattern.

    Attributes
    ----------
    values
        Statistic: (draw, seed) values.
    path
        (draw, month) of the observed outcome, means over seeds; empty where nothing is observed.
    first
        First month of the path.
    """

    pattern: Pattern
    values: dict[str, Floats]
    path: Floats = field(repr=False)
    first: str


@cache
def find_base(context: str, overrides: tuple[str, ...], scale: float, config_dir: Path | None) -> Scenario:
    """A pattern's scenario before any draw is laid on it."""
    return scenario(f"context={context}", *overrides, f"model.scale={scale}", config_dir=config_dir)


def apply_to_scenario(base: Scenario, draw: Draw) -> Scenario:
    """The scenario under a draw: behaviour as drawn, but for what the country states as a fact."""
    chosen = priors.apply_draw(draw, base.context.name, base.context.parameters)
    return base.with_parameters({k: v for k, v in chosen.items() if k not in base.parameters})


def run_keys(pattern: Pattern) -> dict[str, Key]:
    """What a pattern asks to be run, by the names of its scenarios."""
    return {name: (pattern.context, overrides, pattern.scale) for name, overrides in pattern.scenarios.items()}


def make_scenarios(
    patterns: Sequence[Pattern],
    draws: Mapping[str, Draw],
    extra: tuple[str, ...] = (),
    config_dir: Path | None = None,
) -> dict[Key, Scenario]:
    """Every scenario that patterns ask for, under one draw (by context)."""
    return {
        key: apply_to_scenario(find_base(key[0], (*key[1], *extra), key[2], config_dir), draws[key[0]])
        for key in {key: None for pattern in patterns for key in run_keys(pattern).values()}
    }


def recorded_months(runs: Sequence[Run]) -> Floats:
    """(run, month, outcome) from the first month that is recorded."""
    context = runs[0].scenario.context
    return np.stack([run.out[month_number(context.recorded) - month_number(context.start) :] for run in runs])


def _of_draw(
    patterns: Sequence[Pattern],
    draws: Mapping[str, Draw],
    seeds: Sequence[int],
    extra: tuple[str, ...],
    config_dir: Path | None,
) -> dict[str, tuple[dict[str, Floats], Floats]]:
    """Each pattern's statistics (seed,) and observed path (month,) under one draw (by context)."""
    ready = make_scenarios(patterns, draws, extra, config_dir)
    whole = cache(lambda key: recorded_months([simulate(ready[key], seed) for seed in seeds]))
    tried = cache(lambda key: [trial.trial_effects(ready[key], seed, follow_ups(patterns)) for seed in seeds])
    found = {}
    for pattern in patterns:
        keys = run_keys(pattern)
        first = next(iter(keys.values()))
        path = np.empty(0)
        if pattern.trial:
            values = {n: np.array([a.of_effects(e) for e in tried(first)]) for n, a in pattern.trial.items()}
        else:
            runs = {name: whole(key) for name, key in keys.items()}
            values = pattern.evaluate(runs, ready[first].context.recorded)
            if pattern.observed is not None:
                path = whole(first)[:, :, O[pattern.observed.outcome]].mean(0)
        found[pattern.name] = (values, path)
    return found


def follow_ups(patterns: Iterable[Pattern]) -> tuple[int, ...]:
    """Months after which effects of the trial are asked for."""
    asked = {int(e.rsplit(" ", 1)[1]) for p in patterns for a in p.trial.values() for e in (*a.effect, *a.beyond)}
    return tuple(sorted(asked))


def evaluate(
    patterns: Sequence[Pattern],
    draws: Sequence[Draw],
    seeds: Sequence[int],
    extra: tuple[str, ...] = (),
    threads: int = 2,
    config_dir: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
    local_seed: int = 1,
) -> dict[str, Evaluated]:
    """Run patterns on draws and seeds.

    Parameters
    ----------
    draws
        Parameter values drawn at home (Mongolia); an empty mapping is the starting values.
    seeds
        Of the first draw; the others run on as many of their own.
    extra
        Overrides for every scenario, such as `model.institutions=false`.
    local_seed
        From which what belongs to other countries is drawn.

    Raises
    ------
    ConfigError
        A scenario that cannot be run.
    """
    contexts = {p.context for p in patterns}
    completed = {
        c: priors.draw_abroad(draws, c, local_seed) if any(draws) else [dict(d) for d in draws] for c in contexts
    }
    for pattern in patterns:  # before any work
        for overrides in pattern.scenarios.values():
            base = find_base(pattern.context, (*overrides, *extra), pattern.scale, config_dir)
            pattern.check_record(base.context.recorded, base.context.end)
            if pattern.trial:
                trial.check_trial_country(base, follow_ups(patterns))

    def one(k: int) -> dict[str, tuple[dict[str, Floats], Floats]]:
        own = [draw_seed(seed, k) for seed in seeds]
        found = _of_draw(patterns, {c: completed[c][k] for c in contexts}, own, extra, config_dir)
        progress(1)
        return found

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(one, range(len(draws))))
    return {
        p.name: Evaluated(
            p,
            {name: np.stack([d[p.name][0][name] for d in done]) for name in p.judged},
            np.stack([d[p.name][1] for d in done]),
            find_base(p.context, (*next(iter(p.scenarios.values())), *extra), p.scale, config_dir).context.recorded,
        )
        for p in patterns
    }
