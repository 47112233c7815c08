"""A finding as data: what was measured, the verdict on each registered claim, and what is said of both.

`find.py` of an experiment makes `Answer`s, of rounded numbers and verdicts.  They are saved, so that `describe.py`
can put them into words again without any sweep; `join_hypotheses` joins both with the registered claims.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asmsim.analysis.verdicts import VERDICTS, Verdict
from asmsim.config.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

    from asmsim.analysis.experiments.experiment_plan import Experiment
    from asmsim.analysis.gains import Gain, VarianceSources

SAVED = "finding.json"
DIGITS = 3
"""Significant digits that are kept: those that are shown."""
POINTS = "points"
Interval = tuple[float, float]
Fact = str | float | bool | None | list[Any]


@dataclass(frozen=True)
class Number:
    """A number that a finding shows, rounded to the digits that are shown.

    Attributes
    ----------
    mean, unit
        Mean over runs, or another number; shares of people and gold are in points, that is percentage points.
    interval, level
        Interval of that mean, and how many per cent it is meant to hold.
    runs
        90 % of single runs.
    below_zero
        Share of single runs below zero by more than is negligible.
    clear
        Whether nine single runs in ten agree on the sign.
    signed
        Whether it is a difference, which is shown with its sign.
    verdict
        Verdict on the part of the claim which this number decides, if it decides one.
    """

    mean: float | None
    unit: str = ""
    interval: Interval | None = None
    level: int = 95
    runs: Interval | None = None
    below_zero: float | None = None
    clear: bool | None = None
    signed: bool = False
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Answer:
    """What was measured for a hypothesis, with its verdict; or for a note, which tests none.

    Attributes
    ----------
    facts
        What is no number with an interval: names, lists, counts; as JSON holds them.
    """

    verdict: Verdict | None = None
    numbers: Mapping[str, Number] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What an experiment's `find` makes of its sweeps.

    Attributes
    ----------
    hypotheses
        Answers by the number of the registered claim.
    notes
        Answers to what no hypothesis asks.
    tables
        By name of the file.
    files
        Texts that others can use, such as policies, by path.
    """

    hypotheses: Mapping[str, Answer]
    notes: Mapping[str, Answer] = field(default_factory=dict)
    tables: Mapping[str, "pl.DataFrame"] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """What is said of a hypothesis: one plain sentence, and why."""

    headline: str
    why: str = ""


@dataclass(frozen=True)
class Account:
    """A finding in words, as an experiment's `describe` makes it.

    Attributes
    ----------
    headline
        One sentence that answers the experiment's question.
    hypotheses
        Texts by number.
    labels
        What each number is called, by its key.
    notes
        What else there is to say, in the order of importance; standard notes follow by themselves.
    """

    headline: str
    hypotheses: Mapping[str, Text]
    labels: Mapping[str, str]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Hypothesis:
    """A registered claim, what the simulations say of it, and the numbers by label."""

    id: str
    claim: str
    label: str
    verdict: Verdict
    headline: str
    numbers: Mapping[str, Number]
    why: str


def round_to(value: float, digits: int = DIGITS) -> float:
    """Round to significant digits; nothing has no sign."""
    return float(f"{round(float(value), 9) + 0.0:.{digits}g}") + 0.0


def round_decimals(value: float, decimals: int) -> float | None:
    """Round to so many decimals; None where it is not defined."""
    return float(f"{float(value):.{decimals}f}") + 0.0 if np.isfinite(value) else None


def round_share(value: float, decimals: int = 0) -> float | None:
    """Round a share to so many decimals of a per cent, as it is shown; None where it is not defined."""
    return round(float(f"{value:.{decimals}%}"[:-1]) / 100, decimals + 2) + 0.0 if np.isfinite(value) else None


def round_gain(gain: "Gain", verdict: Verdict | None = None) -> Number:
    """Return a paired difference as the number that is shown; shares in points."""
    factor, unit = (100.0, POINTS) if gain.unit == "share" else (1.0, gain.unit if gain.unit != "1" else "")
    low, high = gain.mean_interval
    runs_low, runs_high = gain.interval
    return Number(
        mean=round_to(factor * float(gain.values.mean())),
        unit=unit,
        interval=(round_to(factor * low), round_to(factor * high)) if np.isfinite(high) else None,
        runs=(round_to(factor * runs_low), round_to(factor * runs_high)),
        below_zero=round_share(gain.below_zero),
        clear=gain.clear,
        signed=True,
        verdict=verdict,
    )


def note_sources(sources: "VarianceSources") -> Answer:
    """Return where the variance between runs comes from as a note."""

    def part(value: float, interval: Interval | None = None) -> Number:
        ends = None if interval is None else (round_share(interval[0]) or 0.0, round_share(interval[1]) or 0.0)
        return Number(round_share(value), "share", ends, level=90)

    if not np.isfinite(sources.fitted):
        return Answer(facts={"driver": sources.driver})
    return Answer(
        numbers={
            "fitted": part(sources.fitted, sources.fitted_interval),
            "others": part(sources.others, sources.others_interval),
            "chance": part(sources.chance),
        },
        facts={"driver": sources.driver},
    )


def note_pairing(saved: tuple[float, float, float] | None) -> Answer:
    """Return how many times the runs would be needed without pairing as a note."""
    if saved is None:
        return Answer()
    low, middle, high = (float(f"{v:.1f}") for v in saved)
    return Answer(numbers={"times": Number(middle, "", (low, high), level=80)})


def save_finding(finding: Finding, experiment: "Experiment", folder: Path) -> None:
    """Write the answers beside the claims they answer, as JSON.

    Raises
    ------
    ConfigError
        The experiment's code does not answer exactly the hypotheses that are registered.
    """
    claims = experiment.plan.hypotheses
    if set(claims) != set(finding.hypotheses):
        raise ConfigError(
            f"{experiment.id}: find.py answers the hypotheses {', '.join(finding.hypotheses) or 'none'}, "
            f"registered in experiment.yaml are {', '.join(claims) or 'none'}"
        )
    data = {
        "experiment": experiment.id,
        "hypotheses": [
            {"id": number, "claim": item.claim} | _encode(finding.hypotheses[number]) for number, item in claims.items()
        ],
        "notes": [{"id": name} | _encode(note) for name, note in finding.notes.items()],
    }
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / SAVED).write_text(text + "\n", encoding="utf-8")


def load_finding(experiment: "Experiment", folder: Path) -> Finding:
    """Read the answers of a result.

    Raises
    ------
    ConfigError
        There are none, or a claim was registered otherwise than it was tested.
    """
    path = folder / SAVED
    if not path.is_file():
        raise ConfigError(f"{folder}: no {SAVED} there; run it: asmsim experiment run {experiment.id}")
    data = json.loads(path.read_text(encoding="utf-8"))
    tested = {item["id"]: item["claim"] for item in data["hypotheses"]}
    registered = {number: item.claim for number, item in experiment.plan.hypotheses.items()}
    if tested != registered:
        other = sorted(n for n in {*tested, *registered} if tested.get(n) != registered.get(n))
        raise ConfigError(
            f"{experiment.id}: hypothesis {', '.join(other)} is registered in {experiment.folder / 'experiment.yaml'} in "
            f"other words than those tested in {path}; take the words back, or run the experiment again"
        )
    return Finding(
        {item["id"]: _decode(item) for item in data["hypotheses"]},
        {item["id"]: _decode(item) for item in data["notes"]},
    )


def join_hypotheses(experiment: "Experiment", finding: Finding, account: Account) -> list[Hypothesis]:
    """Join the registered claims with the answers and what is said of them.

    Raises
    ------
    ConfigError
        A hypothesis has no verdict or text, or a number no label.
    """
    joined = []
    for number, item in experiment.plan.hypotheses.items():
        answer, text = finding.hypotheses[number], account.hypotheses.get(number)
        missing = sorted(set(answer.numbers) - set(account.labels))
        if answer.verdict not in VERDICTS or text is None or missing:
            what = f"labels of {', '.join(missing)}" if missing else "a verdict and a text"
            raise ConfigError(f"{experiment.id}: hypothesis {number} needs {what}")
        numbers = {account.labels[name]: value for name, value in answer.numbers.items()}
        joined.append(Hypothesis(number, item.claim, item.label, answer.verdict, text.headline, numbers, text.why))
    return joined


def _encode(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON holds it; what is not known is left out."""
    usual = {item.name: item.default for item in fields(Number)}
    numbers = {
        name: {k: v for k, v in asdict(number).items() if k == "mean" or v != usual[k]}
        for name, number in answer.numbers.items()
    }
    data = {"verdict": answer.verdict, "numbers": numbers, "facts": dict(answer.facts)}
    return {name: value for name, value in data.items() if value}


def _decode(data: Mapping[str, Any]) -> Answer:
    numbers: dict[str, Number] = {}
    for name, number in data.get("numbers", {}).items():
        pairs: dict[str, Any] = {key: tuple(number[key]) for key in ("interval", "runs") if key in number}
        numbers[name] = Number(**(number | pairs))
    return Answer(data.get("verdict"), numbers, data.get("facts", {}))
