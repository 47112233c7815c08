"""The finding on how bundles fail in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import Account, Answer, Finding, Text
from asmsim.analysis.experiments.words import by_verdict, join_words, write_number

DESIGN = import_file(Path(__file__).with_name("design.py"))
LABELS = {
    "share": "Runs that end so",
    "density": "Runs that fail, among those inside the box",
    "base": "Runs that fail, among all",
}
NAMES = {
    "parameters.exit_slope_pp": "steepness of the traders' choice",
    "parameters.form_help": "help that forms groups",
}
"""What fitted parameters are called that a box may name."""
ENDS = {"limbo": "limbo", "reversal": "reversal", "collapse": "collapse"}
WAYS = {"1": "limbo", "2": "reversal", "3": "collapse"}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    shares = dict(finding.notes["pathways"].facts["shares"])
    ways = [f"{100 * share:.0f} % {'end in' if way in ENDS else 'are'} {way}" for way, share in shares.items()]
    trees = [note.facts for name, note in finding.notes.items() if name.startswith("tree_")]
    return Account(
        headline=(
            f"Of the runs with all five ingredients, {100 * shares.get('never started', 0):.0f} % never start and "
            f"{100 * shares.get('reversal', 0):.0f} % end in reversal; "
            + (
                "there is not enough evidence to say which conditions make them fail."
                if all(answer.verdict == "not enough evidence" for answer in finding.hypotheses.values())
                else "some conditions at least double the odds of failure."
            )
        ),
        hypotheses={number: text_of(finding.hypotheses[number], way) for number, way in WAYS.items()},
        labels=LABELS,
        notes=[
            f"Of all runs {join_words(ways)}.",
            *(
                f"A tree of depth three for {facts['mode']}{' among runs that began' if facts['began'] else ''}: the "
                f"densest leaf is where {box_text(facts)}"
                for facts in trees
            ),
        ],
    )


def text_of(answer: Answer, way: str) -> Text:
    """Return what is said of one way to fail."""
    unsure = f"There is not enough evidence to say under which conditions bundles end in {way}."
    if "conditions" not in answer.facts:
        return Text(unsure, f"{100 * (answer.numbers['share'].mean or 0):.1f} % of runs end so, which is too few.")
    met = join_words(name_of(name) for name in answer.facts.get("met", []))
    among = " among the runs that began" if way != "limbo" else ""
    where = f"The best box{among} is where {box_text(answer.facts)}"
    if not answer.facts["dense"]:
        return Text(unsure, f"{where} On the runs that did not choose it, that box is hardly denser than the rest.")
    headline = by_verdict(
        answer,
        f"Bundles end in {way} where it was expected: {met}.",
        f"Bundles do not end in {way} where it was expected.",
        f"Bundles end in {way} under part of the expected conditions: {met}.",
        f"Bundles end in {way} under other conditions than expected.",
    )
    return Text(headline, where)


def box_text(facts: Mapping[str, Any]) -> str:
    """Return a box as the end of a sentence."""
    if not facts["conditions"]:
        return f"no condition makes it denser than the whole ({100 * facts['base']:.0f} % of runs)."
    parts = []
    for name, low, high in facts["conditions"]:
        ends = [
            f"at least {write_number(low)}" if low is not None else "",
            f"at most {write_number(high)}" if high is not None else "",
        ]
        parts.append(f"{name_of(name)} is {' and '.join(end for end in ends if end)}")
    return (
        f"{join_words(parts)}. There {100 * facts['density']:.0f} % of runs fail, against {100 * facts['base']:.0f} % of "
        f"all; the box holds {100 * facts['coverage']:.0f} % of the cases."
    )


def name_of(variable: str) -> str:
    """Return what a dose or parameter is called."""
    return (DESIGN.LABELS | NAMES).get(variable, variable.rpartition(".")[2].replace("_", " "))
