"""Patterns: what really happened, as data that a simulation can be held against.

A pattern names scenarios to run, statistics of their outcomes, and the band in which each should lie.
It is one YAML file; a user adds a natural experiment with `--config-dir` and no code.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError, model_validator

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.groups import list_options
from asmsim.config.schema import Closed, Month, field, month_name, month_number
from asmsim.config.yaml_files import read_yaml
from asmsim.evidence.trial import ARMS, CONTROL
from asmsim.model.outcomes import O
from asmsim.model.pathway import trailing_mean

Floats = npt.NDArray[np.float64]
TREATED = tuple(arm for arm in ARMS if arm != CONTROL)
Role = Literal["fitted", "development", "held_out", "check"]
ROLES: dict[Role, str] = {
    "fitted": "fitted",
    "development": "development episode",
    "held_out": "held-out test",
    "check": "check",
}
"""What a pattern is for: the fit; mending the model, and left out of the fit in turn; a test of a case that nobody who made the
model has seen, run by others; a check of its accounts.  Beside each its name in what people read."""


class Measure(Closed):
    """One number of each run: an outcome over a window of months.

    `of`: mean, sum, least or greatest of the months; the value of the last; slope a year of a fitted line; or
    the months until the outcome's mean over `smooth` months first passes `level` (infinity if it never does).
    """

    outcome: str
    since: Month = field(..., "first month", alias="from")
    until: Month = field(..., "month after the last")
    of: Literal["mean", "sum", "min", "max", "last", "slope", "months_to"] = field(
        "mean", "what is taken of the months"
    )
    level: float | None = field(None, "for months_to: the level; negative = from above")
    smooth: int = field(12, "for months_to: months of the running mean that passes it", "months", 1, 120)
    plus: tuple[str, ...] = field((), "outcomes that are added to it")
    besides: float = field(0.0, "what the record counts besides what is simulated, a month, in the outcome's unit")
    scenario: str = field("", "which of the pattern's scenarios; none = the first")
    less: str = field("", "scenario whose value is taken off, on equal seeds")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in (self.outcome, *self.plus):
            if name not in O.__members__:
                raise ValueError(f"no outcome {name!r}{nearest(name, O.__members__)}")
        if month_number(self.until) <= month_number(self.since):
            raise ValueError(f"until {self.until} is not after from {self.since}")
        if self.of == "slope" and month_number(self.until) - month_number(self.since) < 2:
            raise ValueError("`of: slope` needs two months or more")
        if (self.of == "months_to") != (self.level is not None):
            raise ValueError("`level` goes with `of: months_to`, and with nothing else")
        return self

    def of_runs(self, values: Floats, first: str) -> Floats:
        """(run,) numbers of (run, month) values whose first month is `first`."""
        start = month_number(first)
        a, b = month_number(self.since) - start, month_number(self.until) - start
        window = values[:, a:b]
        if self.of == "months_to":
            assert self.level is not None
            smooth = trailing_mean(values.T, self.smooth).T[:, a:b]
            passed = smooth >= self.level if self.level >= 0 else smooth <= -self.level
            return np.where(passed.any(1), passed.argmax(1), np.inf).astype(float)
        if self.of == "slope":
            years = np.arange(b - a) / 12
            return np.asarray(np.polyfit(years, window.T, 1)[0])
        if self.of == "last":
            return np.asarray(window[:, -1])
        return np.asarray(getattr(window, self.of)(axis=1))


class Matched(Closed):
    """A band, and what was seen within it: what a fit on all episodes is matched to.

    A size is matched on a log scale where its band, or what is said to have been seen, lies above zero; a change on that
    of 1 + change.
    """

    low: float = field(-np.inf, "lower end of the band")
    high: float = field(np.inf, "upper end of the band")
    unit: str = ""
    sources: str = field("", "evidence ids")
    note: str = ""
    counts: bool = field(True, "false = reported, not judged")
    observed: float | None = field(None, "what was seen; none = the middle of the band")
    error: float | None = field(
        None, "standard error of it, of its logarithm on a log scale; none = the band spans 90 %", "", 0
    )
    logarithmic: bool | None = field(None, "matched on a log scale; none = where the band lies above zero")
    matched: bool | None = field(None, "whether a fit on all episodes is matched to it; none = where it counts")
    years: float | None = field(None, "years since licences could be had: for the null of diffusion", "years")

    model_config = Closed.model_config | {"allow_inf_nan": True}

    @property
    def offset(self) -> float:
        """What is added before the logarithm is taken: 1 for a change."""
        return 0.0

    @property
    def is_logarithmic(self) -> bool:
        """Whether it is matched on a log scale."""
        return self.low + self.offset > 0 if self.logarithmic is None else self.logarithmic

    @property
    def is_matched(self) -> bool:
        """Whether a fit on all episodes is matched to it."""
        return self.counts if self.matched is None else self.matched

    @model_validator(mode="after")
    def _matchable(self) -> Self:
        banded = np.isfinite(self.low) and np.isfinite(self.high)
        if self.matched and not banded and (self.observed is None or self.error is None):
            raise ValueError("what is matched needs `low` and `high`, or `observed` and `error`")
        if self.is_logarithmic and self.observed is not None and self.observed + self.offset <= 0:
            raise ValueError(f"observed {self.observed} has no logarithm; write `logarithmic: false`")
        return self


class Statistic(Matched):
    """A measure, alone or beside another, and the band in which it should lie.

    `as`: the measure itself; its ratio to `over`; its relative change from `over` (ratio less 1); or its
    difference from `over`.  Measures of two scenarios are taken on equal seeds.
    """

    measure: Measure
    over: Measure | None = field(None, "what it is compared with")
    how: Literal["value", "ratio", "change", "difference"] = field("value", "how the two are compared", alias="as")
    times: float = field(1.0, "factor from the measure's unit to the band's")

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if (self.how == "value") != (self.over is None):
            raise ValueError(f"`over` goes with `as: ratio`, `change` or `difference`, not with `as: {self.how}`")
        check_band(self)
        return self

    @property
    def offset(self) -> float:
        """What is added before the logarithm is taken: 1 for a change."""
        return 1.0 if self.how == "change" else 0.0

    @property
    def until(self) -> Month:
        """Month after the last that it takes in."""
        return max((m.until for m in (self.measure, self.over) if m is not None), key=month_number)

    def of_measures(self, top: Floats, bottom: Floats | None) -> Floats:
        """(run,) the statistic from its measures; something over nothing is infinite, nothing over nothing NaN."""
        if bottom is None:
            return top * self.times
        if self.how == "difference":
            return (top - bottom) * self.times
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = np.asarray(top, float) / np.asarray(bottom, float)
        return (ratio - 1 if self.how == "change" else ratio) * self.times


def match_value(judged: "Matched", values: Floats) -> Floats:
    """Values on the scale on which they are matched; those beyond a factor of fifty, or ten half-widths, are cut there.

    What is not defined stays NaN.
    """
    middle, error = find_observed(judged)
    if not judged.is_logarithmic:
        return np.asarray(np.clip(values, middle - 16 * error, middle + 16 * error))
    with np.errstate(divide="ignore", invalid="ignore"):
        shifted = np.log(np.maximum(np.asarray(values, float) + judged.offset, 0.0))
    return np.asarray(np.clip(shifted, middle - np.log(FAR), middle + np.log(FAR)))


def find_observed(judged: "Matched") -> tuple[float, float]:
    """What was seen and its standard error, on the scale on which it is matched.

    Raises
    ------
    ConfigError
        It has no band, and its observed value or its error is not given.
    """
    ends = np.array([judged.low, judged.high]) + judged.offset * judged.is_logarithmic
    if judged.is_logarithmic:
        ends = np.log(np.maximum(ends, 1e-300))
    error = judged.error if judged.error is not None else float(ends[1] - ends[0]) / 2 / HALF_OF_90
    if judged.observed is None:
        middle = float(ends[0] + ends[1]) / 2
    else:
        middle = float(np.log(judged.observed + judged.offset)) if judged.is_logarithmic else judged.observed
    if not (np.isfinite(middle) and np.isfinite(error) and error > 0):
        raise ConfigError(
            f"a statistic with the band {judged.low} to {judged.high} cannot be matched: give `observed` and `error`"
        )
    return middle, error


FAR = 50.0
"""Factor from what was seen at which a simulated size counts as no farther."""
HALF_OF_90 = 1.645
"""Half-width of the central 90 % of a normal distribution, in standard deviations."""


def check_band(judged: "Statistic | ArmEffect") -> None:
    """Refuse a band that nothing, or everything, lies within."""
    if judged.low > judged.high:
        raise ValueError(f"the band [{judged.low}, {judged.high}] is empty")
    if judged.counts and np.isinf(judged.low) and np.isinf(judged.high):
        raise ValueError("what counts needs `low`, `high` or both; `counts: false` only reports it")


def is_inside(judged: "Statistic | ArmEffect", values: Floats) -> npt.NDArray[np.bool_]:
    """Which values lie within the band; NaN does not."""
    return np.asarray((values >= judged.low) & (values <= judged.high))


class ArmEffect(Matched):
    """Effect of arms of the trial (mean over those named), alone or less a share of that of others."""

    effect: tuple[str, ...] = field(..., "such as `visit at 12`: arm, and months after the start")
    beyond: tuple[str, ...] = field((), "effects of which a share is taken off")
    share: float = field(1.0, "that share", "share", 0, 10)
    logarithmic: bool | None = field(False, "matched on a log scale: points can be below zero")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in (*self.effect, *self.beyond):
            arm, _, months = name.rpartition(" at ")
            if arm not in TREATED or not months.isdigit() or int(months) < 1:
                raise ValueError(
                    f"no effect {name!r}{nearest(arm, TREATED)}; write `ARM at MONTHS`, of {', '.join(TREATED)}"
                )
        check_band(self)
        return self

    def of_effects(self, effects: Mapping[str, float]) -> float:
        """The number, from the effects that `trial.effects` gives."""
        top = float(np.mean([effects[name] for name in self.effect]))
        return top - (self.share * float(np.mean([effects[name] for name in self.beyond])) if self.beyond else 0.0)


class Observed(Closed):
    """Points to show beside the simulated path of an outcome."""

    outcome: str
    points: dict[Month, float]
    relative_to: Month | None = field(None, "both are divided by the mean of the 12 months from here")
    sources: str = field("", "evidence ids")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.outcome not in O.__members__:
            raise ValueError(f"no outcome {self.outcome!r}{nearest(self.outcome, O.__members__)}")
        return self


class Pattern(Closed):
    """What happened somewhere, what it tests, and the bands by which the model is judged."""

    name: str = ""
    title: str
    role: Role
    tests: str = field(..., "mechanism or claim under test")
    context: str = field(..., "context in which it runs")
    scenarios: dict[str, tuple[str, ...]] = field({"as_was": ()}, "name: overrides, as typed on the command line")
    scale: float = field(10.0, "persons for each person simulated", "1", 0.01, 1e5)
    fit_scale: float | None = field(None, "the same in the particle table; none = as `scale`", "1", 0.01, 1e5)
    statistics: dict[str, Statistic] = {}
    trial: dict[str, ArmEffect] = {}
    observed: Observed | None = None
    asks: float = field(0.0, "share of draws that it wants inside, beside the median", "share", 0, 1)
    note: str = ""
    missing: str = field("", "mechanism or fact that may be missing, where the model fails the pattern: conjecture")
    in_view: str = field(
        "", "development episode: what of the model was mended with it in view, or shares a source with it"
    )

    @property
    def judged(self) -> Mapping[str, "Statistic | ArmEffect"]:
        """Everything that has a band."""
        return {**self.statistics, **self.trial}

    @property
    def role_name(self) -> str:
        """What it is for, in words."""
        return ROLES[self.role]

    @model_validator(mode="after")
    def _role_explained(self) -> Self:
        if bool(self.in_view) != (self.role == "development"):
            raise ValueError(
                "`in_view` says what was mended with a development episode in view: it goes with `role: development`, "
                "and with no other role"
            )
        return self

    @model_validator(mode="after")
    def _scenarios_known(self) -> Self:
        if bool(self.statistics) == bool(self.trial):
            raise ValueError("a pattern has either `statistics` or a `trial`")
        if not self.scenarios:
            raise ValueError("`scenarios` is empty; leave it out for the context as it was")
        for name, statistic in self.statistics.items():
            for measure in (statistic.measure, statistic.over):
                for wanted in (measure.scenario, measure.less) if measure is not None else ():
                    if wanted and wanted not in self.scenarios:
                        raise ValueError(f"statistics.{name}: no scenario {wanted!r}")
        return self

    def check_record(self, first: str, end: str) -> None:
        """Refuse what looks beyond the months that are recorded.

        Raises
        ------
        ConfigError
            A window or a year of reference is not within the record.
        """
        windows = {
            f"statistics.{name}": (m.since, m.until)
            for name, s in self.statistics.items()
            for m in (s.measure, s.over)
            if m is not None
        }
        if self.observed is not None and self.observed.relative_to is not None:
            year = self.observed.relative_to
            windows["observed.relative_to"] = (year, month_name(month_number(year) + 12))
        for where, (since, until) in windows.items():
            if month_number(since) < month_number(first) or month_number(until) > month_number(end) + 1:
                raise ConfigError(
                    f"pattern {self.name}: {where}: {since} to {until} is not within the record, {first} to {end}"
                )

    def evaluate(self, values: dict[str, Floats], first: str) -> dict[str, Floats]:
        """(run,) of each statistic, from (run, month, outcome) values of each scenario."""
        return {name: self.value(name, values, first) for name in self.statistics}

    def value(self, name: str, values: dict[str, Floats], first: str) -> Floats:
        """(run,) of one statistic, from the same; months from its `until` on need not have been run."""

        def taken(measure: Measure) -> Floats:
            runs = values[measure.scenario or next(iter(self.scenarios))]
            if measure.less:
                runs = runs - values[measure.less]
            outcomes = [runs[:, :, O[name]] for name in (measure.outcome, *measure.plus)]
            return measure.of_runs(np.sum(outcomes, axis=0) + measure.besides, first)

        s = self.statistics[name]
        return s.of_measures(taken(s.measure), None if s.over is None else taken(s.over))


def list_patterns(config_dir: Path | None = None) -> list[str]:
    """Patterns there are: shipped, and the user's."""
    return list(list_options("pattern", config_dir))


def load_pattern(name: str, config_dir: Path | None = None) -> Pattern:
    """A pattern by name.

    Raises
    ------
    ConfigError
        No such pattern, or one that cannot be.
    """
    known = list_options("pattern", config_dir)
    if name not in known:
        raise ConfigError(f"pattern={name}: no such pattern{nearest(name, known)}; known: {', '.join(known)}")
    try:
        return Pattern(**({"name": name} | read_yaml(known[name])))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        )
        raise ConfigError(f"pattern {name}: {faults}") from error
