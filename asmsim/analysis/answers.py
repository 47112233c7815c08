"""The first sentences of an output: what a run or a policy changes, with its uncertainty in words."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from asmsim.analysis.paired import BETTER, Comparison
from asmsim.analysis.statistics import is_clear, measure_band
from asmsim.analysis.summary import LED_BY, date_label, find_dates, measure_year, show_number
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import Outcome
from asmsim.sweeps.replicates import Replicates

Floats = npt.NDArray[np.float64]
LEAD = O.licensed_share
"""The outcome that the model is about, which is named first."""


def choose_date(at: dict[str, int]) -> tuple[str, int]:
    """The date that an output leads with: the end of the programme, or the last month where there is none."""
    return ("exit", at["exit"]) if "exit" in at else ("horizon", at["horizon"])


def write_run_answer(run: Replicates) -> str:
    """What a run comes to: the licensed share, and which other main outcome changes most from the first year."""
    at = find_dates(run)
    date, until = choose_date(at)
    first, last = measure_year(run, at["first year"]), measure_year(run, until)
    share, before = (show_number(find_middle(v[:, LEAD]), LEAD.unit) for v in (last, first))
    opening = _at(run, date, until)
    if np.isnan(last[:, LEAD]).all():
        return f"{opening[:1].upper()}{opening[1:]} nobody mines, so that shares of miners, incomes and trust are undefined."
    sentences = [
        f"{opening[:1].upper()}{opening[1:]} {share} of miners are licensed{_in_words(last[:, LEAD], LEAD)}, against "
        f"{before} in the first year."
    ]
    changes: dict[Outcome, Floats] = {o: last[:, o] - first[:, o] for o in LED_BY if o is not LEAD}
    levels: dict[Outcome, float] = {o: max(abs(find_middle(v[:, o])) for v in (first, last)) for o in changes}
    most = find_most_changed(changes, levels)
    if most is None:
        sentences.append("No other main outcome changes clearly from the first year.")
    else:
        before, after = (show_number(find_middle(v[:, most]), most.unit) for v in (first, last))
        unit = _name_unit(most)
        sentences.append(
            f"Largest change among the other main outcomes: {_lower(most)}, from {before} to {after}{unit}"
            f"{_in_words(last[:, most], most)}."
        )
    return " ".join(sentences)


def write_policy_answer(comparison: Comparison, which: int) -> str:
    """What a policy changes against the reference: the licensed share, and which other outcome most for its level."""
    date, until = choose_date(comparison.dates(which))
    name, reference = comparison.names[which], comparison.names[0]
    changes: dict[Outcome, Floats] = {}
    levels: dict[Outcome, float] = {}
    for o in BETTER:
        changes[o] = comparison.mean_difference(which, o, until)
        runs = (comparison.reference, comparison.runs[which])
        levels[o] = max(abs(find_middle(measure_year(run, until)[:, o])) for run in runs)
    middle = find_middle(changes[LEAD])
    opening = f"{name} instead of {reference}: {_at(comparison.reference, date, until)}"
    if is_clear(changes[LEAD], LEAD.unit):
        size = show_number(100 * abs(middle))
        more = "more" if middle > 0 else "fewer"
        first = f"{opening} {size} percentage points {more} of the miners are licensed{_in_words(changes[LEAD], LEAD)}."
    elif np.isnan(middle):
        first = f"{opening} nobody mines under one of them, so that licensed shares cannot be compared."
    else:
        first = f"{opening} the licensed share of miners shows no clear difference."
    others = {o: v for o, v in changes.items() if o is not LEAD}
    most = find_most_changed(others, levels)
    if most is None:
        return (
            f"{first} Nor does any other outcome that matters to those who mine and live there."
            if not is_clear(changes[LEAD], LEAD.unit)
            else f"{first} No other outcome that matters to those who mine and live there shows a clear difference."
        )
    change = find_middle(others[most])
    factor, unit = (100.0, " percentage points") if most.unit == "share" else (1.0, _name_unit(most))
    way = "up" if change > 0 else "down"
    return (
        f"{first} Largest clear change elsewhere, relative to its level: {_lower(most)}, {way} by "
        f"{show_number(factor * abs(change))}{unit}{_in_words(others[most], most)}."
    )


def find_most_changed(changes: Mapping[Outcome, Floats], levels: Mapping[Outcome, float]) -> Outcome | None:
    """Return the outcome with a clear change that is largest for its level; None where no change is clear."""
    clear = [o for o, values in changes.items() if is_clear(values, o.unit)]
    return max(clear, key=lambda o: abs(find_middle(changes[o])) / max(levels[o], 1e-12), default=None)


def find_middle(values: Floats) -> float:
    """Median of the (run,) values that are defined."""
    return measure_band(values)[1]


def _at(run: Replicates, date: str, until: int) -> str:
    """A date as part of a sentence."""
    return f"{'at' if date == 'exit' else 'in'} the {date_label(run, date, until)}"


def _in_words(values: Floats, outcome: Outcome) -> str:
    """Where nine runs in ten lie; or that one run says nothing of it."""
    if len(values) == 1:
        return " (one run, which does not show how sure this is)"
    low, _, high = measure_band(values)
    least, most = (show_number(v, outcome.unit) for v in (low, high))
    return f" (nine runs in ten: {least} to {most})"


def _name_unit(outcome: Outcome) -> str:
    return "" if outcome.unit in ("1", "share", "ratio") else f" {outcome.unit}"


def _lower(outcome: Outcome) -> str:
    return outcome.label[:1].lower() + outcome.label[1:]
