"""The first sentences of an output: what a run or a policy changes, with its uncertainty in words."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from asmsim.analysis.paired import BETTER, Comparison
from asmsim.analysis.statistics import is_clear, measure_band
from asmsim.analysis.summary import LED_BY, date_label, find_dates, measure_year, show_number, show_policy
from asmsim.config.language import tr
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
        text = tr("{when} nobody mines, so that shares of miners, incomes and trust are undefined.", when=opening)
        return text[:1].upper() + text[1:]
    text = tr(
        "{when} {share} of miners are licensed{sure}, against {before} in the first year.",
        when=opening, share=share, sure=_in_words(last[:, LEAD], LEAD), before=before,
    )  # fmt: skip
    sentences = [text[:1].upper() + text[1:]]
    changes: dict[Outcome, Floats] = {o: last[:, o] - first[:, o] for o in LED_BY if o is not LEAD}
    levels: dict[Outcome, float] = {o: max(abs(find_middle(v[:, o])) for v in (first, last)) for o in changes}
    most = find_most_changed(changes, levels)
    if most is None:
        sentences.append(tr("No other main outcome changes clearly from the first year."))
    else:
        before, after = (show_number(find_middle(v[:, most]), most.unit) for v in (first, last))
        unit = _name_unit(most)
        sentences.append(
            tr(
                "Largest change among the other main outcomes: {outcome}, from {before} to {after}{unit}{sure}.",
                outcome=_lower(most),
                before=before,
                after=after,
                unit=unit,
                sure=_in_words(last[:, most], most),
            )
        )
    return " ".join(sentences)


def write_policy_answer(comparison: Comparison, which: int) -> str:
    """What a policy changes against the reference: the licensed share, and which other outcome most for its level."""
    date, until = choose_date(comparison.dates(which))
    name, reference = (show_policy(comparison.names[k]) for k in (which, 0))
    changes: dict[Outcome, Floats] = {}
    levels: dict[Outcome, float] = {}
    for o in BETTER:
        changes[o] = comparison.mean_difference(which, o, until)
        runs = (comparison.reference, comparison.runs[which])
        levels[o] = max(abs(find_middle(measure_year(run, until)[:, o])) for run in runs)
    middle = find_middle(changes[LEAD])
    opening = tr("{policy} instead of {reference}", policy=name, reference=reference)
    opening = f"{opening}{tr(': ')}{_at(comparison.reference, date, until)}"
    if is_clear(changes[LEAD], LEAD.unit):
        size, sure = show_number(100 * abs(middle)), _size_in_words(changes[LEAD], LEAD)
        if middle > 0:
            first = tr("{size} percentage points more of the miners are licensed{sure}.", size=size, sure=sure)
        else:
            first = tr("{size} percentage points fewer of the miners are licensed{sure}.", size=size, sure=sure)
    elif np.isnan(middle):
        first = tr("nobody mines under one of them, so that licensed shares cannot be compared.")
    else:
        first = tr("the licensed share of miners shows no clear difference.")
    first = f"{opening} {first}"
    others = {o: v for o, v in changes.items() if o is not LEAD}
    most = find_most_changed(others, levels)
    if most is None and not is_clear(changes[LEAD], LEAD.unit):
        return f"{first} " + tr("Nor does any other outcome that matters to those who mine and live there.")
    if most is None:
        nothing = tr("No other outcome that matters to those who mine and live there shows a clear difference.")
        return f"{first} {nothing}"
    change = find_middle(others[most])
    factor, unit = (100.0, f" {tr('percentage points')}") if most.unit == "share" else (1.0, _name_unit(most))
    way = tr("up") if change > 0 else tr("down")
    return f"{first} " + tr(
        "Largest clear change elsewhere, relative to its level: {outcome}, {way} by {size}{unit}{sure}.",
        outcome=_lower(most), way=way, size=show_number(factor * abs(change)), unit=unit, sure=_size_in_words(others[most], most),
    )  # fmt: skip


def find_most_changed(changes: Mapping[Outcome, Floats], levels: Mapping[Outcome, float]) -> Outcome | None:
    """Return the outcome with a clear change that is largest for its level; None where no change is clear."""
    clear = [o for o, values in changes.items() if is_clear(values, o.unit)]
    return max(clear, key=lambda o: abs(find_middle(changes[o])) / max(levels[o], 1e-12), default=None)


def find_middle(values: Floats) -> float:
    """Median of the (run,) values that are defined."""
    return measure_band(values)[1]


def _at(run: Replicates, date: str, until: int) -> str:
    """A date as part of a sentence."""
    named = date_label(run, date, until)
    return tr("at the {date}", date=named) if date == "exit" else tr("in the {date}", date=named)


def _in_words(values: Floats, outcome: Outcome) -> str:
    """Where nine runs in ten lie; or that one run says nothing of it."""
    if len(values) == 1:
        return tr(" (one run, which does not show how sure this is)")
    low, _, high = measure_band(values)
    least, most = (show_number(v, outcome.unit) for v in (low, high))
    return tr(" (nine runs in ten: {least} to {most})", least=least, most=most)


def _size_in_words(changes: Floats, outcome: Outcome) -> str:
    """The same of the size of changes whose sign is said already; shares in percentage points."""
    if len(changes) == 1:
        return _in_words(changes, outcome)
    low, _, high = measure_band(changes if find_middle(changes) > 0 else -changes)
    factor = 100.0 if outcome.unit == "share" else 1.0
    return tr(
        " (nine runs in ten: {least} to {most})", least=show_number(factor * low), most=show_number(factor * high)
    )


def _name_unit(outcome: Outcome) -> str:
    return "" if outcome.unit in ("1", "share", "ratio") else f" {tr(outcome.unit)}"


def _lower(outcome: Outcome) -> str:
    label = tr(outcome.label)
    return label[:1].lower() + label[1:]
