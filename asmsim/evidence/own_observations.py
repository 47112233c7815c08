"""Own observations: draws of a posterior weighed by what a user has seen in a country of their own.

Each draw carries behaviour and the country's own values, and runs once in the country.  It weighs by how near its outcomes come to what
was observed, in units of the error of observation and of chance.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from asmsim.config.csv_tables import parse_number, read_table
from asmsim.config.errors import ConfigError
from asmsim.config.provenance import package_version
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence import posterior, priors
from asmsim.evidence.condition import count_effective
from asmsim.evidence.evaluate import evaluate, find_base
from asmsim.evidence.patterns import Measure, Pattern, Statistic, find_observed, match_value
from asmsim.model.outcomes import O
from asmsim.model.scenarios import scenario

Floats = npt.NDArray[np.float64]
COLUMNS = ("outcome", "from", "until", "of", "value")
MORE = ("error", "low", "high")
TEMPLATE = """outcome,from,until,of,value,error,low,high
miners,2015-01,2016-01,mean,20000,,15000,27000
licensed_share,2018-01,2019-01,mean,0.08,,0.05,0.13
gold_official,2018-01,2019-01,mean,40,8,,
"""
LEAST_EFFECTIVE = 50
"""Effective draws below which the result is refused: fewer would not carry a 90 % interval."""
MOST_WIDER = 4.0
"""Factor by which errors are widened at most, so that as many draws remain."""
REPEATED = 24
"""Draws that run on a second seed, which tells what chance adds."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """Draws as they hold in a country, and how well each meets the observations.

    Attributes
    ----------
    draws
        As a posterior holds them: the country's own values as `country.parameter`.
    weights
        (draw,), which add up to 1.
    effective
        Draws that count, by their weights.
    wider
        Factor by which errors were widened so that enough draws count.
    """

    draws: tuple[Mapping[str, float], ...]
    weights: Floats
    effective: float
    wider: float = 1.0


def read_observations(path: Path, context: str, overrides: Sequence[str] = ()) -> Pattern:
    """Return the pattern that a table of observations makes.

    Raises
    ------
    ConfigError
        With file, line and column: an outcome that does not exist, a window or a number that cannot be, an observation
        without an error or a range.
    """
    statistics: dict[str, Statistic] = {}
    for line, row in read_table(path, COLUMNS, MORE):
        where = f"{path}, line {line}"
        value = parse_number(row, "value", where)
        low, high, error = (parse_number(row, key, where) if key in row else None for key in ("low", "high", "error"))
        if error is None and (low is None or high is None):
            raise ConfigError(
                f"{where}: {row['outcome']} has no error; write `error` (a standard error) or both `low` and `high`"
            )
        if error is not None and (low is not None or high is not None):
            raise ConfigError(f"{where}: {row['outcome']} has `error` and a range; write one of them")
        if error is not None:
            low, high = value - 1.645 * error, value + 1.645 * error
        try:
            measure = Measure(outcome=row["outcome"], since=row["from"], until=row["until"], of=row["of"] or "mean")
            name = f"{row['outcome']} {row['of'] or 'mean'} {row['from']} to {row['until']}"
            made = Statistic(measure=measure, low=low, high=high, observed=value, unit=O[row["outcome"]].unit)
            find_observed(made)
        except ValidationError as fault:
            said = "; ".join(str(e["msg"]).removeprefix("Value error, ") for e in fault.errors())
            raise ConfigError(f"{where}: {said}") from fault
        except ConfigError as fault:
            raise ConfigError(f"{where}: {fault}") from fault
        if name in statistics:
            raise ConfigError(f"{where}: {name} is there twice; keep one of the two lines")
        statistics[name] = made
    if not statistics:
        raise ConfigError(
            f"{path}: no observation; `asmsim calibrate --observed-template` prints a table to start from"
        )
    return Pattern(
        name="own observations", title="Own observations", role="check", tests="own observations", context=context,
        scenarios={"as_observed": tuple(overrides)}, scale=_own_scale(context, overrides), statistics=statistics,
    )  # fmt: skip


def _own_scale(context: str, overrides: Sequence[str]) -> float:
    """Return the scale that the overrides ask for, else 10."""
    stated = [text.partition("=")[2] for text in overrides if text.startswith("model.scale=")]
    return float(stated[-1]) if stated else 10.0


def draw_in_country(name: str, number: int, context: str, seed: int = 1) -> list[dict[str, float]]:
    """Return draws of a posterior that hold the country's own values too, as `country.parameter`."""
    home = posterior.draw_posterior(name, number, seed)
    if context == priors.HOME:
        return home
    theirs = (priors.list_own(context) | priors.list_hierarchical().keys()) & priors.priors_of(context).keys()
    there = priors.draw_abroad(home, context, seed)
    return [
        d | {f"{context}.{n}": values[n] for n in sorted(theirs) if n in values}
        for d, values in zip(home, there, strict=True)
    ]


def weigh_draws(
    pattern: Pattern,
    draws: Sequence[Mapping[str, float]],
    threads: int = 2,
    config_dir: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
    observed: Mapping[str, float] | None = None,
) -> Weighed:
    """Return draws weighed by a user's observations.

    Parameters
    ----------
    observed
        Instead of the pattern's own, on the matched scale: for synthetic truths.
    """
    simulated, chance = simulate_draws(pattern, draws, threads, config_dir, progress)
    seen = {n: find_observed(s)[0] for n, s in pattern.statistics.items()} | dict(observed or {})
    return weigh_simulated(pattern, draws, simulated, chance, seen)


def simulate_draws(
    pattern: Pattern,
    draws: Sequence[Mapping[str, float]],
    threads: int = 2,
    config_dir: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[dict[str, Floats], dict[str, float]]:
    """Return (draw,) of each statistic on the matched scale, and its standard deviation between seeds."""
    first = evaluate([pattern], draws, [1], (), threads, config_dir, progress)[pattern.name].values
    again = evaluate([pattern], draws[:REPEATED], [2], (), threads, config_dir)[pattern.name].values
    simulated = {n: match_value(s, first[n][:, 0]) for n, s in pattern.statistics.items()}
    chance = {}
    for name, s in pattern.statistics.items():
        apart = simulated[name][:REPEATED] - match_value(s, again[name][:, 0])
        known = apart[np.isfinite(apart)]
        chance[name] = float(np.sqrt(np.mean(known**2) / 2)) if len(known) else 0.0
    return simulated, chance


def weigh_simulated(
    pattern: Pattern,
    draws: Sequence[Mapping[str, float]],
    simulated: Mapping[str, Floats],
    chance: Mapping[str, float],
    seen: Mapping[str, float],
) -> Weighed:
    """Return draws weighed by a normal likelihood of error and chance; a draw in which something is not defined weighs nothing.

    Where too few draws come so near, errors are widened by the least factor that leaves enough, up to `MOST_WIDER`: intervals
    are then wider than the observations would allow, never narrower.
    """
    logs = np.zeros(len(draws))
    for name, s in pattern.statistics.items():
        error = np.hypot(find_observed(s)[1], chance[name])
        logs -= ((simulated[name] - seen[name]) / error) ** 2 / 2
    logs = np.where(np.isfinite(logs), logs, -np.inf)

    def weigh(wider: float) -> Floats:
        return np.asarray(np.exp((logs - logs.max()) / wider**2) if np.isfinite(logs).any() else np.zeros(len(logs)))

    wider = 1.0
    if count_effective(weigh(1.0)) < LEAST_EFFECTIVE <= count_effective(weigh(MOST_WIDER)):
        low, wider = 1.0, MOST_WIDER
        for _ in range(40):
            middle = (low + wider) / 2
            low, wider = (low, middle) if count_effective(weigh(middle)) >= LEAST_EFFECTIVE else (middle, wider)
    weights = weigh(wider)
    return Weighed(tuple(draws), weights / max(float(weights.sum()), 1e-300), count_effective(weights), wider)


def check_effective(found: Weighed, name: str) -> None:
    """Refuse draws of which too few count.

    Raises
    ------
    ConfigError
        Fewer than fifty are effective; says what to do.
    """
    if found.effective < LEAST_EFFECTIVE:
        needed = int(np.ceil(len(found.draws) * LEAST_EFFECTIVE / max(found.effective, 1.0) / 100) * 100)
        raise ConfigError(
            f"{name}: {found.effective:.0f} of {len(found.draws):,} draws remain effective, and {LEAST_EFFECTIVE} are needed; "
            f"try --draws {needed}, wider errors, or fewer observations (if hardly any draw comes near, the "
            "context or an observation may be wrong)"
        )


def save_own(path: Path, found: Weighed, source: str, pattern: Pattern, observed: Path) -> None:
    """Write weighed draws as a posterior, with its provenance; draws of almost no weight are left out."""
    kept = np.flatnonzero(found.weights > 1e-4 * found.weights.max())
    provenance: dict[str, Any] = {
        "method": "importance weights of draws by own observations, in units of error and chance",
        "source": source, "context": pattern.context, "observations": list(pattern.statistics),
        "observed_sha256": hashlib.sha256(observed.read_bytes()).hexdigest()[:16], "simulated_draws": len(found.draws),
        "effective_draws": round(found.effective, 1), "errors_widened": round(found.wider, 3), "draws": len(kept), "code": kernel_id(), "asmsim": package_version(),
    }  # fmt: skip
    posterior.write_posterior(path, [found.draws[k] for k in kept], found.weights[kept].tolist(), provenance)


def check_own_context(context: str, config_dir: Path | None = None) -> str:
    """Return the name of a context that exists and can be run.

    Raises
    ------
    ConfigError
        There is none of this name.
    """
    return scenario(f"context={context}", config_dir=config_dir).context.name


def check_window(pattern: Pattern, config_dir: Path | None = None) -> None:
    """Refuse observations beyond the months that the context records."""
    overrides = next(iter(pattern.scenarios.values()))
    made = find_base(pattern.context, overrides, pattern.scale, config_dir)
    pattern.check_record(made.context.recorded, made.context.end)
