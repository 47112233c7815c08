"""Patterns evaluated: each scenario run once for each draw and seed, and every statistic taken from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.schema import month_number
from asmsim.evidence import priors, trial
from asmsim.evidence.patterns import Pattern
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import simulate
from asmsim.sweep.drawn import seed_of

Floats = npt.NDArray[np.float64]
Draw = Mapping[str, float]


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
def base_of(context: str, overrides: tuple[str, ...], scale: float, config_dir: Path | None) -> Scenario:
    """A pattern's scenario before any draw is laid on it."""
    return scenario(f"context={context}", *overrides, f"model.scale={scale}", config_dir=config_dir)


def with_draw(base: Scenario, draw: Draw) -> Scenario:
    """The scenario under a draw: behaviour as drawn, but for what the country states as a fact."""
    chosen = priors.applied(draw, base.context.name, base.context.parameters)
    return base.with_parameters({k: v for k, v in chosen.items() if k not in base.parameters})


def _of_draw(
    patterns: Sequence[Pattern],
    draws: Mapping[str, Draw],
    seeds: Sequence[int],
    extra: tuple[str, ...],
    config_dir: Path | None,
) -> dict[str, tuple[dict[str, Floats], Floats]]:
    """Each pattern's statistics (seed,) and observed path (month,) under one draw (by context)."""
    known: dict[Any, Floats] = {}

    def run(pattern: Pattern, overrides: tuple[str, ...]) -> Floats:
        key = (pattern.context, overrides, pattern.scale)
        if key not in known:
            base = base_of(pattern.context, (*overrides, *extra), pattern.scale, config_dir)
            ready = with_draw(base, draws[pattern.context])
            first = month_number(base.context.recorded) - month_number(base.context.start)
            known[key] = np.stack([simulate(ready, seed).out[first:] for seed in seeds])
        return known[key]

    found = {}
    for pattern in patterns:
        first = next(iter(pattern.scenarios.values()))
        if pattern.trial:
            ready = with_draw(
                base_of(pattern.context, (*first, *extra), pattern.scale, config_dir), draws[pattern.context]
            )
            key = ("trial", pattern.context, first, pattern.scale)
            if key not in known:
                known[key] = [trial.effects(ready, seed, follow_ups(patterns)) for seed in seeds]  # type: ignore[assignment]
            effects: Any = known[key]
            values = {n: np.array([a.of_effects(e) for e in effects]) for n, a in pattern.trial.items()}
            found[pattern.name] = (values, np.empty(0))
            continue
        runs = {name: run(pattern, overrides) for name, overrides in pattern.scenarios.items()}
        base = base_of(pattern.context, (*first, *extra), pattern.scale, config_dir)
        path = np.empty(0)
        if pattern.observed is not None:
            path = next(iter(runs.values()))[:, :, O[pattern.observed.outcome]].mean(0)
        found[pattern.name] = (pattern.evaluate(runs, base.context.recorded), path)
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
    completed = {c: priors.abroad(draws, c, local_seed) if any(draws) else [dict(d) for d in draws] for c in contexts}
    for pattern in patterns:  # before any work
        for overrides in pattern.scenarios.values():
            base = base_of(pattern.context, (*overrides, *extra), pattern.scale, config_dir)
            pattern.check_record(base.context.recorded, base.context.end)
            if pattern.trial:
                trial.check(base, follow_ups(patterns))

    def one(k: int) -> dict[str, tuple[dict[str, Floats], Floats]]:
        own = [seed_of(seed, k) for seed in seeds]
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
            base_of(p.context, (*next(iter(p.scenarios.values())), *extra), p.scale, config_dir).context.recorded,
        )
        for p in patterns
    }
