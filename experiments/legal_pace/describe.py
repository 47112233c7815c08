"""The finding on the pace of legalisation in words."""

from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import by_verdict, write_number, write_range, write_size

LABELS = {
    "queue": "Age of the median file at the end of the programme, few officials: at once minus gradual",
    "trust": "Trust in officials at the end of the programme, few officials: gradual minus at once",
    "few": "Licensed share five years later, few officials: gradual minus at once",
    "many": "Licensed share five years later, capacity to spare: gradual minus at once",
    "votes": "What an early election adds to the gain of gradual over at once",
    "binds": "Age of the median file at once: few officials minus many",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three = (finding.hypotheses[number] for number in "123")
    premise = finding.notes["premise"]
    queue, few = one.numbers["queue"], one.numbers["few"]
    many, votes, binds = two.numbers["many"], three.numbers["votes"], premise.numbers["binds"]
    least, most = (write_number(float(answer.facts[key])) for answer, key in ((one, "least"), (two, "most")))
    unsure = few.verdict == many.verdict == "not enough evidence"
    return Account(
        headline=(
            "There is not enough evidence to say whether legality should come gradually or at once: five years after the "
            f"programme the licensed share differs by {write_range(few, 1)} percentage points where officials are few."
            if unsure
            else f"Gradual legality changes the licensed share by {write_range(few, 1)} percentage points where officials "
            f"are few, and by {write_range(many, 1)} where they are many."
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    "Where officials are few, at once leads to a queue and distrust, and gradual ends higher.",
                    "Where officials are few, at once leads to no longer queue or distrust, and gradual ends no higher.",
                    "Where officials are few, at once has some of the drawbacks that were expected.",
                    "There is not enough evidence to say whether at once does worse than gradual where officials are few.",
                ),
                f"With {least} officials an office, at once changes the age of the median file by {write_range(queue)} "
                f"months. The licensed share five years later differs by {write_range(few)} points.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    "Where offices have capacity to spare, the difference is negligible.",
                    f"Where offices have capacity to spare, the pace still changes the licensed share by {write_size(many)} points.",
                    unsure="There is not enough evidence to say whether the pace matters where offices have capacity to spare.",
                ),
                f"With {most} officials an office the licensed share differs by {write_range(many)} points; less than 0.1 "
                "points is negligible.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "An early election favours at once.",
                    "An early election favours gradual.",
                    unsure="There is not enough evidence to say whether an early election favours at once.",
                ),
                "The election comes after one and a half years instead of three and a half. It changes the gain of gradual "
                f"over at once by {write_range(votes)} points.",
            ),
        },
        labels=LABELS,
        notes=[
            by_verdict(
                premise,
                f"Premise: few officials do make a queue. With {least} officials an office instead of {most}, the median "
                f"file is {write_size(binds)} months older.",
                "Premise: few officials make no queue.",
                unsure="Premise: there is not enough evidence to say whether few officials make a queue.",
            )
        ],
    )
