"""The finding on the order of the ingredients in words."""

from pathlib import Path

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import (
    by_verdict,
    join_words,
    write_number,
    write_range,
    write_share,
    write_size,
)

DESIGN = import_file(Path(__file__).with_name("design.py"))
DESIGNS = {
    "same_exit": "where all programmes end in the same month",
    "same_length": f"where all programmes last {DESIGN.LENGTH} years",
}
RIVALS = ("governance", "rights", "knowledge", "donor")
LABELS = {
    **{d: f"Licensed share five years later, governance first minus last, {words}" for d, words in DESIGNS.items()},
    **{
        f"alike_{d}": f"The same, where programme and work on rights begin at the same place, {words}"
        for d, words in DESIGNS.items()
    },
    **{f"between_{d}": f"Standard deviation between orders, net of chance, {words}" for d, words in DESIGNS.items()},
    **{f"within_{d}": f"Standard deviation between seeds of one order, {words}" for d, words in DESIGNS.items()},
    **{name: f"Official share of 2010, market first minus {name} first" for name in RIVALS},
    **{
        f"start_{d}": f"Variance between orders by the start of programme and work on rights, {words}"
        for d, words in DESIGNS.items()
    },
    **{f"apart_{d}": f"Licensed share, best order minus worst, {words}" for d, words in DESIGNS.items()},
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three = (finding.hypotheses[number] for number in "123")
    exits, lengths = one.numbers["same_exit"], one.numbers["same_length"]
    between, within = two.numbers["between_same_exit"], two.numbers["within_same_exit"]
    least = min((three.numbers[name] for name in RIVALS), key=lambda number: number.mean or 0.0)
    apart = {d: finding.notes[f"ends_{d}"].numbers[f"apart_{d}"] for d in DESIGNS}
    start = finding.notes["early_start"].numbers["start_same_exit"]
    return Account(
        headline=(
            f"The order matters: the best order leaves {write_range(apart['same_exit'])} percentage points more miners "
            f"licensed than the worst (95 % interval), and {write_share(start)} of the differences come from how early the programme and "
            "work on rights begin."
            if two.verdict == "contradicted"
            else f"Orders differ by {write_size(between)} percentage points and seeds of one order by {write_size(within)} "
            "points (standard deviations)."
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    "Orders that begin with governance do better than those that end with it.",
                    "Orders that begin with governance do worse than those that end with it.",
                    f"Governance first instead of last changes the licensed share by {write_range(exits)} points where all "
                    f"programmes end together, and by {write_range(lengths)} where all last equally long.",
                    "There is not enough evidence to say whether governance should come first.",
                ),
                "Governance waits for the programme that pays for it, and with governance first the programme and work on "
                "rights begin later. Where both begin at the same place, governance first changes the licensed share by "
                f"{write_range(one.numbers['alike_same_exit'])} points where all programmes end together. It is "
                f"{write_range(one.numbers['alike_same_length'])} points where all last equally long.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    "Orders differ less than seeds of one order.",
                    "Orders differ more than seeds of one order.",
                    "Orders differ less than seeds of one order in one of two designs.",
                    "There is not enough evidence to say whether orders differ less than seeds.",
                ),
                f"Where all programmes end together, the standard deviation is {write_number(between.mean)} points between "
                f"orders, net of chance, and {write_number(within.mean)} points between seeds.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    f"Beginning with the market does best for official sales early on, by at least {write_size(least)} points.",
                    "Beginning with the market does worst for official sales early on.",
                    "Beginning with the market does better for official sales than some beginnings, not than all.",
                    "There is not enough evidence to say whether beginning with the market does best for official sales.",
                ),
                "The difference from another beginning is "
                + join_words(f"{write_range(three.numbers[name])} points ({name})" for name in RIVALS)
                + ".",
            ),
        },
        labels=LABELS,
        notes=[
            *(
                f"Chosen on every other draw, {words}, the best order is {facts['best']}, and the worst {facts['worst']}."
                for d, words in DESIGNS.items()
                for facts in [finding.notes[f"ends_{d}"].facts]
            ),
            *(money_text(finding, d) for d in DESIGNS),
        ],
    )


def money_text(finding: Finding, design: str) -> str:
    """Return what programmes came to, by their place in the order."""
    facts = finding.notes[f"paid_{design}"].facts
    mean, least, most = facts["spent"]
    listed = {
        name: ", ".join(f"{v:.1f}" for v in facts[name]) for name in ("budget", "levers", "licensed", "government")
    }
    return (
        f"At equal spending {DESIGNS[design]}, orders spend USD {mean:.1f} million ({least:.1f} to {most:.1f}), overhead "
        f"included, not discounted. Programmes that begin first to last need budgets of USD {listed['budget']} million. "
        f"Overhead is a share of those, so that USD {listed['levers']} million are spent on what levers do. They leave "
        f"{listed['licensed']} % licensed. The government pays USD {listed['government']} million."
    )
