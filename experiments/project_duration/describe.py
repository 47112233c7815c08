"""The finding on the duration of a project in words."""

from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import (
    by_verdict,
    raises_or_lowers,
    write_number,
    write_range,
    write_share,
    write_size,
)

LABELS = {
    "rises": "Licensed share at the end: ten years minus no project",
    "flattens": "Licensed share at the end: twenty years minus ten (claim: less than half of the first ten)",
    "brief": "Licensed share five years later: a project of two years",
    "almost": "Licensed share five years later: a project of four years",
    "short": "Licensed share five years later: a project of six years",
    "long": "Licensed share five years later: a project of fifteen years",
    "grown": "Licensed share five years later: growing own share minus none",
    "at_once": "Licensed share five years later: large own share at once minus growing",
    "tapered": "Licensed share five years later: longest taper minus none",
    "middle": "Samples in which five to ten years do best per dollar",
    "shortest": "Samples in which at most two years do worst per dollar",
    "last": "Licensed share thirty years after the start: a project of ten years",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three, four = (finding.hypotheses[number] for number in "1234")
    rises, flattens = one.numbers["rises"], one.numbers["flattens"]
    brief, almost = two.numbers["brief"], two.numbers["almost"]
    grown, at_once, tapered = (three.numbers[name] for name in ("grown", "at_once", "tapered"))
    worth = {name: n for name, n in four.numbers.items() if name.startswith("worth_")}
    years = {name: name.removeprefix("worth_") for name in worth}
    labels = {name: f"Licensed miner-years per USD 1 million over thirty years: {years[name]} years" for name in worth}
    last = finding.notes["last"].numbers["last"]
    short, long = two.numbers["short"], two.numbers["long"]
    rising = (brief.mean or 0.0) < (short.mean or 0.0) < (long.mean or 0.0)
    return Account(
        headline=(
            f"{'Longer projects leave more: five' if rising else 'Five'} years after the end, a project of two years leaves {write_size(brief)} "
            f"percentage points more miners licensed, one of six years {write_size(short)} and one of fifteen "
            f"{write_size(long)}."
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    "The gain rises with duration, then flattens.",
                    "The gain does not rise with duration.",
                    f"The gain rises with duration and does not flatten as expected: the second ten years add "
                    f"{write_size(flattens)} points, the first {write_size(rises)}.",
                    "There is not enough evidence to say whether the gain rises, then flattens.",
                ),
                f"From none to ten years the licensed share at the end changes by {write_range(rises)} points, from ten to "
                f"twenty by {write_range(flattens)} points.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    "Projects under five years leave a negligible gain five years later.",
                    f"Short projects leave something, too: two years {write_size(brief)} points, four years "
                    f"{write_size(almost)} points.",
                    "Some projects under five years leave a gain five years later, others a negligible one.",
                    "There is not enough evidence to say whether projects under five years leave a gain.",
                ),
                f"Five years later a project of two years leaves {write_range(brief)} points, one of four "
                f"{write_range(almost)} points.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "A growing own share and a taper keep more of the gain, and a large own share at once less.",
                    "Own share and taper work against what was expected.",
                    f"With ten years of project a growing own share {raises_or_lowers(grown)} what is left by "
                    f"{write_size(grown)} points, and a taper {raises_or_lowers(tapered)} it by {write_size(tapered)}.",
                    "There is not enough evidence to say whether own share and taper keep more of the gain.",
                ),
                f"A large own share from the first day instead of a growing one changes what is left by "
                f"{write_range(at_once)} points. The taper is of {write_number(float(three.facts['taper']))} years, with "
                "less money.",
            ),
            "4": Text(
                by_verdict(
                    four,
                    "Per dollar, five to ten years do best and the shortest projects worst.",
                    "Per dollar, neither do five to ten years do best nor the shortest projects worst.",
                    f"Per dollar, five to ten years do best in {write_share(four.numbers['middle'])} of samples, and the "
                    f"shortest projects do worst in {write_share(four.numbers['shortest'])}.",
                    "There is not enough evidence to say which duration does best per dollar.",
                ),
                "A sample takes the draws of parameters anew, at random. What a million dollars buys over thirty years "
                "stands in the table of numbers.",
            ),
        },
        labels=LABELS | labels,
        notes=[f"Thirty years after the start, a project of ten years leaves {write_range(last)} points."],
    )
