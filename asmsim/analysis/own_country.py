"""A country of one's own from a dozen facts: a folder that runs, in which every number says where it is from.

What is not given comes from one of three settings and is marked as assumed, or, where countries differ in a way that the
model draws, is left to be drawn and told with the range that it has in countries like this one.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from asmsim.config.errors import ConfigError
from asmsim.config.groups import check_name, list_options
from asmsim.config.schema import is_month
from asmsim.evidence import posterior, priors
from asmsim.model.context import District, Generated, generate_districts, kilometres
from asmsim.model.plan_checks import PLACEHOLDER
from asmsim.sweeps.store.targets import check_folder, whole_file

YOURS, LIKE_YOURS, ASSUMED = "YOURS", "LIKE YOURS", "ASSUMED"


@dataclass(frozen=True)
class Question:
    """One of the numbers that matter: what it is called, how it is asked for, its unit, and the least and most it can be."""

    name: str
    asked: str
    unit: str
    low: float
    high: float
    parameter: str = ""
    """What it states, where it is drawn if it is not given."""
    hint: str = ""
    """What helps to answer: typical values, or how to convert what one has."""


QUESTIONS = (
    Question("miners", "People who mine gold in a usual season", "persons", 100, 5_000_000),
    Question("districts", "Districts in which they do", "count", 1, 2_000),
    Question("capital_km", "Distance of a mean district from the capital or the official buyer", "km", 5, 2_000),
    Question("burden", "Royalty and taxes that an official buyer keeps back, share of value", "share", 0, 0.5, hint="12% or 0.12"),
    Question("fee_usd", "Fee and papers for a licence", "USD", 0, 100_000),
    Question("signoffs", "Sign-offs that a licence needs, one after the other", "count", 1, 30),
    Question("officials", "Officials who work on small-scale mining, in the whole country", "persons", 0, 100_000, "office_staff"),
    Question(
        "company_land", "Share of gold land that others hold (companies, or owners who must consent)", "share", 0, 1, hint="40% or 0.4"
    ),
    Question(
        "outside_income", "What a similar worker earns outside mining", "USD/month", 1, 10_000,
        hint="a full month of it"
    ),
    Question("mercury", "Mercury used for each gram of gold where ore is amalgamated", "g/g", 0.1, 20, "mercury_per_gold"),
    Question("smuggling", "What smuggling costs a trader, share of value", "share", 0.003, 0.8, "smuggling_cost"),
)  # fmt: skip
"""What is asked, in order; `licences` (groups or individuals) beside it."""


TODAY = "law_since"
"""Answer beside them: the month since which small miners can get a licence, where they can."""
THOUSANDS = re.compile(r"\d{1,3}([,' ]\d{3})+(\.\d+)?")


def parse_answer(question: Question, text: str) -> float:
    """Return the number that was typed: `60,000`, `12%` or `0.12`.

    Raises
    ------
    ConfigError
        No number, or one that it cannot be.
    """
    plain = text.strip()
    percent = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    if THOUSANDS.fullmatch(plain):
        plain = re.sub("[,' ]", "", plain)
    try:
        value = float(plain) / (100 if percent else 1)
    except ValueError:
        raise ConfigError(
            f"{text.strip()!r} is no number; write for example {question.low:g} or {question.high:g}"
        ) from None
    check_answers({question.name: value})
    return value


def parse_since(text: str) -> str:
    """Return the month of a year or month that was typed; nothing for `no`.

    Raises
    ------
    ConfigError
        Neither.
    """
    plain = text.strip().lower()
    if plain in ("", "no", "none"):
        return ""
    month = f"{plain}-01" if re.fullmatch(r"\d{4}", plain) else plain
    if not is_month(month):
        raise ConfigError(f"--law-since {text.strip()}: write a year or a month, such as 2014 or 2014-07, or no")
    return month


def read_settings() -> dict[str, dict[str, Any]]:
    """Settings to start from, by name."""
    read = yaml.safe_load((files("asmsim.data") / "settings.yaml").read_text(encoding="utf-8"))
    return dict(read)


def write_country(
    name: str,
    folder: Path,
    given: Mapping[str, float | str],
    setting: str = "state_buyer",
    districts: Path | None = None,
) -> list[Path]:
    """Write a context, its districts and two policies, of which the first is the law, or that of today; never over an existing file.

    Parameters
    ----------
    given
        Answers by the name of the question, `licences`, and `law_since` (a month, where there is a law today); what is left out
        is assumed or drawn.
    districts
        A CSV of districts of one's own.

    Raises
    ------
    ConfigError
        An unfit name or number, an unknown setting, or a file that is there already.
    """
    check_name(name, "new context")
    if name in list_options("context"):
        raise ConfigError(f"new context {name}: a shipped context has that name; choose another, such as my_{name}")
    settings = read_settings()
    if setting not in settings:
        raise ConfigError(f"--setting {setting}: no such setting; known: {', '.join(settings)}")
    check_answers(given)
    answers = {"miners": 30_000, "districts": 30} | settings[setting] | dict(given)
    own = None if districts is None else districts.read_text(encoding="utf-8-sig")
    laid_out = own if own is not None else lay_out_districts(answers)
    if own is not None:
        answers["districts"] = max(0, len(own.splitlines()) - 1)
    marks = {q.name: YOURS if q.name in given else ASSUMED for q in QUESTIONS}
    marks |= {"districts": YOURS, "company_land": "in the CSV"} if own is not None else {}
    fill = Filling(name, answers, marks)
    check_folder(folder, "--config-dir")
    texts = {
        Path("context", f"{name}.yaml"): fill.of("starter_context.yaml"),
        Path("context", name, "districts.csv"): laid_out,
    }
    first = "today" if answers.get(TODAY) else "law"
    texts |= {Path("policy", f"{name}_{which}.yaml"): fill.of(f"starter_{which}.yaml") for which in (first, "support")}
    there = [folder / path for path in texts if (folder / path).exists()]
    if there:
        raise ConfigError(f"{there[0]} is there already; nothing was written")
    for path, text in texts.items():
        with whole_file(folder / path) as work:
            work.write_text(text, encoding="utf-8")
    return [folder / path for path in texts]


def check_answers(given: Mapping[str, float | str]) -> None:
    """Refuse a number outside what it can be."""
    for question in QUESTIONS:
        if question.name in given:
            value = float(given[question.name])
            if question.unit == "share" and 1 < value <= 100 and question.low <= value / 100 <= question.high:
                raise ConfigError(f"{value:g} as a share would be {value / 100:g}; write {value:g}% or {value / 100:g}")
            if not question.low <= value <= question.high:
                option = f"--{question.name.replace('_', '-')}"
                raise ConfigError(
                    f"{option} {value:g} is outside {question.low:g} to {question.high:g} {question.unit} ({question.asked.lower()})"
                )
    if given.get("licences", "groups") not in ("groups", "individuals"):
        raise ConfigError(f"--licences {given['licences']}: write groups or individuals")


def lay_out_districts(answers: Mapping[str, Any]) -> str:
    """Return a CSV of a made-up layout: as far from the capital as was said, and with as much company land."""
    number = int(answers["districts"])
    rule = Generated(number=number, provinces=max(1, round(number / 5)), span_km=500)
    lat, lon = (np.array([getattr(row, name) for row in generate_districts(rule)]) for name in ("lat", "lon"))
    wider = float(answers["capital_km"]) / max(float(kilometres(lat, lon, rule.lat, rule.lon).mean()), 1.0)
    rows = generate_districts(rule.model_copy(update={"span_km": rule.span_km * wider}))
    weights = np.array([row.miner_weight for row in rows])
    held = np.array([row.company_land_share for row in rows])
    held = scale_shares(held, weights, float(answers["company_land"]))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*District.model_fields], lineterminator="\n")
    writer.writeheader()
    for row, share in zip(rows, held, strict=True):
        writer.writerow(row.model_dump() | {"company_land_share": round(float(share), 3), "source": "assumed"})
    return out.getvalue()


def scale_shares(shares: Any, weights: Any, wanted: float) -> Any:
    """Return shares whose weighted mean is what is wanted, the same power of each, so that none leaves 0 to 1."""
    low, high = -8.0, 8.0
    shares = np.clip(shares, 0.01, 0.99)
    for _ in range(60):
        middle = (low + high) / 2
        mean = float((shares ** np.exp(middle)) @ weights / weights.sum())
        low, high = (middle, high) if mean > wanted else (low, middle)
    return shares ** np.exp((low + high) / 2) if 0 < wanted < 1 else np.full(len(shares), wanted)


def measure_like_yours(parameter: str) -> tuple[float, float, float]:
    """Return 5 %, median and 95 % of a parameter in a country of which nothing is known: of `posterior=world`, or of the prior."""
    if "world" in posterior.list_posteriors():
        table, weights = posterior.read_posterior("world")
        rng = np.random.default_rng(1)
        drawn = rng.choice(len(weights), 4000, p=weights / weights.sum())
        spread = np.asarray(table[f"{priors.SPREAD}{parameter}"])[drawn] * rng.standard_normal(len(drawn))
        low, middle, high = np.quantile(
            np.asarray(table[f"{priors.MEDIAN}{parameter}"])[drawn] * np.exp(spread), (0.05, 0.5, 0.95)
        )
        return float(low), float(middle), float(high)
    low, middle, high = priors.list_hierarchical()[parameter].of_any_country().of_uniform(np.array([0.05, 0.5, 0.95]))
    return float(low), float(middle), float(high)


@dataclass(frozen=True)
class Filling:
    """What stands in the places of a starter."""

    name: str
    answers: Mapping[str, Any]
    marks: Mapping[str, str]

    def of(self, starter: str) -> str:
        """A starter, filled in."""
        text = (files("asmsim.data") / starter).read_text(encoding="utf-8")
        label = self.name.replace("_", " ").strip().capitalize()
        text = text.replace("LABEL", label).replace("NAME", self.name)
        while "[[" in text:
            place = text[text.index("[[") + 2 : text.index("]]")]
            text = text.replace(f"[[{place}]]", self.at(place))
        return text

    def at(self, place: str) -> str:
        """What stands in one place."""
        kind, _, name = place.rpartition(":")
        if kind == "mark":
            return self.marks[name]
        if kind == "source":
            return '"given to asmsim new"' if self.marks[name] == YOURS else PLACEHOLDER
        if kind == "parameter":
            return self.parameter(name)
        if name == "none_given":
            return "" if any(q.parameter and q.name in self.answers for q in QUESTIONS) else "{}"
        if name in ("low", "high"):
            return f"{float(self.answers['miners']) * (0.5 if name == 'low' else 2.0):.0f}"
        if name == "since":
            since = self.answers.get(TODAY)
            return f', start: "{since}", in_force: "{since}"' if since else ""
        if name == "how":
            return "as it stands" if self.answers.get(TODAY) else "by phases"
        if name == "pace":
            return "at_once" if self.answers.get(TODAY) else "gradual"
        if name == "reference":
            return f"{self.name}_today" if self.answers.get(TODAY) else f"none {self.name}_law"
        if name in ("lat", "lon"):
            return f"{getattr(Generated(), name):g}"
        value = self.answers[name]
        return value if isinstance(value, str) else f"{float(value):g}" if float(value) < 1e5 else f"{float(value):.0f}"

    def parameter(self, name: str) -> str:
        """The line of a parameter: stated where it was given, else what it is in countries like this one."""
        question = next(q for q in QUESTIONS if q.parameter == name)
        if question.name not in self.answers:
            low, middle, high = measure_like_yours(name)
            return f"  # {name}: {middle:.2g}   # {LIKE_YOURS}: drawn, from {low:.2g} to {high:.2g} in nine of ten"
        value = float(self.answers[question.name])
        if question.name != "officials":
            return f"  {name}: {value:g}   # {YOURS}"
        return f"  {name}: {1000 * value / float(self.answers['miners']):.4g}   # {YOURS}: {value:g} officials, for each 1,000 miners"
