"""Patterns evaluated: each scenario run once for each draw and seed, and every statistic taken from it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from asmsim.model.simulate import Run, check, prepare, simulate
from asmsim.sweep.drawn import seed_of

Floats = npt.NDArray[np.float64]
Draw = Mapping[str, float]
Key = tuple[str, tuple[str, ...], float]
"""Context, overrides and scale: what is run once for all patterns that ask for it."""


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


def key_of(pattern: Pattern, scenario: str = "") -> Key:
    """What a pattern asks to be run, by the name of its scenario; none = the first."""
    return pattern.context, pattern.scenarios[scenario or next(iter(pattern.scenarios))], pattern.scale


def ready_of(
    patterns: Sequence[Pattern],
    draws: Mapping[str, Draw],
    extra: tuple[str, ...] = (),
    config_dir: Path | None = None,
) -> dict[Key, Scenario]:
    """Every scenario that patterns ask for, under one draw (by context)."""
    asked = {key_of(pattern, name): None for pattern in patterns for name in pattern.scenarios}
    return {
        (context, overrides, scale): with_draw(
            base_of(context, (*overrides, *extra), scale, config_dir), draws[context]
        )
        for context, overrides, scale in asked
    }


def recorded(runs: Sequence[Run]) -> Floats:
    """(run, month, outcome) from the first month that is recorded."""
    context = runs[0].scenario.context
    return np.stack([run.out[month_number(context.recorded) - month_number(context.start) :] for run in runs])


def unfold(
    patterns: Sequence[Pattern], ready: Mapping[Key, Scenario], seeds: Sequence[int]
) -> Iterator[dict[tuple[str, str], Floats]]:
    """(seed,) values by pattern and statistic: what is known by then, each time that another becomes known.

    Runs go on only as far as a statistic asks, and only if the next one is asked for.
    """
    runs = {key: [prepare(scenario, seed) for seed in seeds] for key, scenario in ready.items()}
    done = {key: month_number(scenario.context.start) for key, scenario in ready.items()}
    ends = {(p.name, name): month_number(s.until) for p in patterns for name, s in p.statistics.items()}
    known: dict[tuple[str, str], Floats] = {}
    for end in sorted(set(ends.values())):
        for pattern in patterns:
            told = [name for name in pattern.statistics if ends[pattern.name, name] == end]
            values = {}
            for name in pattern.scenarios if told else ():
                key = key_of(pattern, name)
                start = month_number(ready[key].context.start)
                for run in runs[key]:
                    run.advance(done[key] - start, end - start)
                    check(run, end - start)
                done[key] = end
                values[name] = recorded(runs[key])
            first = ready[key_of(pattern)].context.recorded
            known |= {(pattern.name, name): pattern.value(name, values, first) for name in told}
        yield dict(known)


def _of_draw(
    patterns: Sequence[Pattern],
    draws: Mapping[str, Draw],
    seeds: Sequence[int],
    extra: tuple[str, ...],
    config_dir: Path | None,
) -> dict[str, tuple[dict[str, Floats], Floats]]:
    """Each pattern's statistics (seed,) and observed path (month,) under one draw (by context)."""
    ready = ready_of(patterns, draws, extra, config_dir)
    whole = cache(lambda key: recorded([simulate(ready[key], seed) for seed in seeds]))
    tried = cache(lambda key: [trial.effects(ready[key], seed, follow_ups(patterns)) for seed in seeds])
    found = {}
    for pattern in patterns:
        if pattern.trial:
            effects = tried(key_of(pattern))
            values = {n: np.array([a.of_effects(e) for e in effects]) for n, a in pattern.trial.items()}
            found[pattern.name] = (values, np.empty(0))
            continue
        runs = {name: whole(key_of(pattern, name)) for name in pattern.scenarios}
        path = np.empty(0)
        if pattern.observed is not None:
            path = whole(key_of(pattern))[:, :, O[pattern.observed.outcome]].mean(0)
        found[pattern.name] = (pattern.evaluate(runs, ready[key_of(pattern)].context.recorded), path)
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
