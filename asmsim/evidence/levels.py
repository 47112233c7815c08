"""Levels: every quantity on record that a reported outcome of a shipped context can be held against, in its own unit.

`configs/levels.csv` lists them, one a row, with every conversion; `configs/not_levels.csv` says of all other rows of the
evidence why they are none.  A level is judged by no band: it is shown beside the simulation, whatever comes of it.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import polars as pl
from pydantic import ValidationError, field_validator, model_validator

from asmsim.config.errors import ConfigError
from asmsim.config.paths import config_dir
from asmsim.config.schema import Closed, Month, field
from asmsim.evidence.evaluate import Evaluated, run_keys
from asmsim.evidence.patterns import Measure, Pattern, Statistic, load_pattern
from asmsim.evidence.validation import measure_defined_quantiles
from asmsim.model.outcomes import O

LEVELS, NOT_LEVELS = "levels.csv", "not_levels.csv"
PREFIX = "levels of "
"""Of the name of a pattern that is made of levels."""
OFF = 1.5
"""Factor between simulation and record from which a level is said to be off."""
Match = Literal["same quantity", "proxy", "at most", "at least"]
Use = Literal["yes", "relative", "put in", "no"]
USES: dict[Use, str] = {
    "yes": "fitted",
    "relative": "fitted as a ratio",
    "put in": "put in",
    "no": "not fitted",
}
"""Whether the model was fitted to a level, to its ratio to another one, or has it from its source; in words."""


class RecordedLevel(Closed):
    """One quantity on record, what is simulated of it, and how the one is made comparable with the other.

    What is simulated: the outcomes named, added up, over a window, alone or `as` ratio to or difference from those of `over`,
    times `times`.  What is observed: what is recorded times `factor`, or as `conversion` says.
    """

    id: str
    subject: str = field(..., "what it is, as a noun that can follow `a fifth of the`")
    when: str
    sources: str = field(..., "evidence ids")
    context: str
    pattern: str = field(..., "pattern in whose run it is measured")
    scenario: str = field(..., "scenario of that pattern")
    outcome: str = field(..., "outcomes that are added up")
    of: Literal["mean", "sum", "max", "last"] = "mean"
    since: Month = field(..., "first month", alias="from")
    until: Month = field(..., "month after the last")
    how: Literal["value", "ratio", "difference"] = field("value", "how it is compared with `over`", alias="as")
    over: str = field("", "outcomes that it is compared with, added up")
    over_since: Month | None = field(None, "first month of `over`; none = the same", alias="over_from")
    over_until: Month | None = None
    times: float = field(1.0, "factor from the outcome's unit to this one's")
    recorded: str = field("", "as the evidence has it")
    factor: float | None = field(None, "from what is recorded to what is observed; none = as `conversion` says")
    observed: float
    low: float | None = field(None, "lower end of the range on record")
    high: float | None = field(None, "upper end of the range on record")
    unit: str
    match: Match = field(..., "the same quantity, a proxy for it, or a bound")
    fitted: Use = field(..., "whether the model was fitted to it")
    conversion: str = field("", "of unit and scope, in words")
    note: str = ""

    @field_validator("over_since", "over_until", "factor", "low", "high", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _measured(self) -> Self:
        self.statistic()
        return self

    def statistic(self) -> Statistic:
        """Return what is simulated of it."""

        def measure(outcomes: str, since: Month, until: Month) -> Measure:
            first, *others = outcomes.split()
            return Measure(
                outcome=first, plus=tuple(others), since=since, until=until, of=self.of, scenario=self.scenario
            )

        other = measure(self.over, self.over_since or self.since, self.over_until or self.until) if self.over else None
        return Statistic(
            measure=measure(self.outcome, self.since, self.until), over=other, how=self.how, times=self.times,
            unit=self.unit, sources=self.sources, counts=False,
        )  # fmt: skip

    @property
    def label(self) -> str:
        """Subject and time, as a table names them."""
        return f"{self.subject[0].upper()}{self.subject[1:]}, {self.when}"

    @property
    def outcome_label(self) -> str:
        """Labels of the outcomes that are simulated."""
        return " + ".join(O[name].label for name in self.outcome.split())


@dataclass(frozen=True)
class LevelStanding:
    """A level beside what is simulated of it.

    Attributes
    ----------
    median, q05, q95
        Of all runs (draws and seeds): a record is one history.
    """

    level: RecordedLevel
    median: float
    q05: float
    q95: float

    @property
    def ratio(self) -> float:
        """Simulated median over what is observed; NaN where nothing was simulated or observed."""
        return self.median / self.level.observed if self.level.observed else float("nan")

    @property
    def inside(self) -> Literal["yes", "its range", "no"]:
        """Whether the observation, or at least its range, lies in the 90 % interval of runs; a bound: whether it is kept."""
        level = self.level
        if level.match in ("at most", "at least"):
            kept = self.q05 <= level.observed if level.match == "at most" else self.q95 >= level.observed
            return "yes" if kept else "no"
        if self.q05 <= level.observed <= self.q95:
            return "yes"
        low = level.observed if level.low is None else level.low
        high = level.observed if level.high is None else level.high
        return "its range" if low <= self.q95 and high >= self.q05 else "no"

    @property
    def off(self) -> bool:
        """Whether simulation and record differ by more than a factor of 1.5, a bound on its wrong side."""
        too_much = self.level.match != "at least" and self.ratio > OFF
        too_little = self.level.match != "at most" and self.ratio < 1 / OFF
        return too_much or too_little

    @property
    def distance(self) -> float:
        """How far apart the two are, on a log scale; infinite where nothing is simulated."""
        return abs(float(np.log(self.ratio))) if self.ratio > 0 else float("inf")


def load_levels(own: Path | None = None) -> list[RecordedLevel]:
    """Return the levels there are: shipped, and the user's in a `levels.csv` of their configs.

    Raises
    ------
    ConfigError
        A row that cannot be, or an id that is there twice.
    """
    found: dict[str, RecordedLevel] = {}
    for path in [config_dir() / LEVELS, *([own / LEVELS] if own and (own / LEVELS).is_file() else [])]:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                name = row.get("id", "")
                try:
                    level = RecordedLevel(**row)
                except (ValidationError, TypeError) as error:
                    faults = error.errors() if isinstance(error, ValidationError) else []
                    said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in faults) or str(error)
                    raise ConfigError(f"{path}: level {name}: {said}") from error
                if name in found:
                    raise ConfigError(f"{path}: level {name} is there twice; give one of them another id")
                found[name] = level
    return list(found.values())


def list_not_levels() -> dict[str, str]:
    """Return why a row of the evidence is no level, by id."""
    with (config_dir() / NOT_LEVELS).open(newline="", encoding="utf-8") as file:
        return {name: row["reason"] for row in csv.DictReader(file) for name in expand_ids(row["ids"])}


def expand_ids(text: str) -> Iterator[str]:
    """Give every id of a text such as `MN047-MN067 W001`."""
    for part in text.split():
        first, _, last = part.partition("-")
        letters = re.match(r"[A-Z]+", first)
        assert letters is not None, part
        width, start = len(first) - letters.end(), int(first[letters.end() :])
        for number in range(start, int(last[letters.end() :]) + 1 if last else start + 1):
            yield f"{letters[0]}{number:0{width}d}"


def select_levels(
    levels: Sequence[RecordedLevel], chosen: Sequence[Pattern], own: Path | None = None
) -> list[RecordedLevel]:
    """Return the levels whose runs the chosen patterns need anyway."""
    known = {key for pattern in chosen for key in run_keys(pattern).values()}
    of = {name: load_pattern(name, own) for name in {level.pattern for level in levels}}
    return [level for level in levels if run_keys(of[level.pattern])[level.scenario] in known]


def make_level_patterns(levels: Sequence[RecordedLevel], own: Path | None = None) -> list[Pattern]:
    """Return patterns that measure levels, one for each pattern in whose run they lie; none of them is judged.

    Raises
    ------
    ConfigError
        A level names another context, or a scenario that its pattern does not have.
    """
    made = []
    for name in dict.fromkeys(level.pattern for level in levels):
        mine = [level for level in levels if level.pattern == name]
        of = load_pattern(name, own)
        for level in mine:
            if level.context != of.context or level.scenario not in of.scenarios:
                raise ConfigError(
                    f"level {level.id}: pattern {name} has the context {of.context} and the scenarios "
                    f"{', '.join(of.scenarios)}; not {level.context}, {level.scenario}"
                )
        made.append(
            Pattern(
                name=f"{PREFIX}{name}", title=f"Levels of {of.title}", role="check", tests="levels on record",
                context=of.context, scenarios={k: of.scenarios[k] for k in dict.fromkeys(x.scenario for x in mine)},
                scale=of.scale, fit_scale=of.fit_scale, statistics={level.id: level.statistic() for level in mine},
            )
        )  # fmt: skip
    return made


def compare_levels(levels: Sequence[RecordedLevel], found: Mapping[str, Evaluated]) -> list[LevelStanding]:
    """Return each level beside what is simulated: those that are off first, the farthest first, then the others."""
    standings = []
    for level in levels:
        values = found[f"{PREFIX}{level.pattern}"].values[level.id]
        q05, median, q95 = measure_defined_quantiles(values.ravel())
        standings.append(LevelStanding(level, float(median), float(q05), float(q95)))
    return sorted(standings, key=lambda s: (not s.off, -s.distance if s.off else 0.0))


def tabulate_levels(standings: Sequence[LevelStanding]) -> pl.DataFrame:
    """Return one row for each level."""
    return pl.DataFrame(
        [
            {
                "id": s.level.id, "label": s.level.label, "context": s.level.context, "pattern": s.level.pattern,
                "scenario": s.level.scenario, "outcome": s.level.outcome, "unit": s.level.unit,
                "observed": s.level.observed, "low": s.level.low, "high": s.level.high, "median": s.median,
                "q05": s.q05, "q95": s.q95, "ratio": s.ratio, "inside": s.inside, "off": s.off,
                "match": s.level.match, "fitted": USES[s.level.fitted], "sources": s.level.sources,
                "conversion": s.level.conversion, "note": s.level.note,
            }
            for s in standings
        ],
        infer_schema_length=None,
    )  # fmt: skip
