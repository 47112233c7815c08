"""The finding on the five ingredients in words."""

from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import (
    by_verdict,
    join_words,
    write_number,
    write_range,
    write_size,
)

PARTS = {
    "governance": "governance",
    "rights": "rights and organisation",
    "knowledge": "knowledge",
    "market": "market measures",
}
ACCOUNTS = {"counted": "forgone revenue counted", "spent": "money spent only"}
LABELS = {
    "half": "Governance and market together, minus half of what all four add to the licensed share",
    "governance": "Licensed share: Shapley value of 1 governance",
    "rights": "Licensed share: Shapley value of 2 rights",
    "knowledge": "Licensed share: Shapley value of 3 knowledge",
    "market": "Licensed share: Shapley value of 4 market",
    "both": "Licensed share: interaction of rights and governance",
    "alone": "Licensed share: knowledge alone, with a programme that pays for it",
    "programme": "Licensed share: the programme alone",
    "paying": "Licensed share: Shapley value of the programme among all five, which is that of paying",
    "beyond": "Licensed share: all four minus the sum of each alone",
    "whole": "Licensed share: all four, at the end of the programme",
    "later": "Licensed share: all four, ten years later (claim: less than half is left)",
    "royalty": "Official share: what the royalty cut adds to the value of the market",
    "ahead": "Official share: value of the market with the cut, minus that of its rival",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three, four, five, six, seven = (finding.hypotheses[number] for number in "1234567")
    values = sorted(PARTS, key=lambda part: -(one.numbers[part].mean or 0.0))
    first, second, *rest = values
    sizes = {part: write_size(one.numbers[part]) for part in PARTS}
    whole, later = five.numbers["whole"], five.numbers["later"]
    budgets = {(account, share): usd for account, share, usd in seven.facts["usd_million"]}
    equal = {
        f"{account}_{100 * share:.0f}": f"Licensed share at equal cost, {words}, {100 * share:.0f} % of the money "
        f"(USD {budgets[account, share]:.1f} million): governance minus market"
        for account, words in ACCOUNTS.items()
        for share in sorted({share for _, share in budgets})
    }
    counted = {name: number for name, number in seven.numbers.items() if name.startswith("counted")}
    worst = max(counted.values(), key=lambda number: abs(number.mean or 0.0))
    return Account(
        headline=(
            f"Of the {write_size(whole)} percentage points (95 % interval: {write_range(whole)}) by which the full package raises the licensed share, "
            f"{PARTS[first]} bring {sizes[first]}, {PARTS[second]} {sizes[second]}, and "
            f"{join_words(f'{PARTS[part]} {sizes[part]}' for part in rest)}."
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    "Governance and market measures carry most of the licensed share.",
                    "Governance and market measures carry less than half of the licensed share; most comes from "
                    f"{PARTS[first]}.",
                    unsure="There is not enough evidence to say whether governance and market measures carry most of the licensed share.",
                ),
                f"Given the programme, what the two add, minus half of what all four add, is "
                f"{write_range(one.numbers['half'])} points.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    f"Rights and governance add {write_size(two.numbers['both'])} points together beyond what each adds alone.",
                    "Rights and governance add less together than each adds alone.",
                    unsure="There is not enough evidence to say whether rights matter more together with governance.",
                ),
                f"Their interaction, given the programme, is {write_range(two.numbers['both'])} points.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "Knowledge alone makes a negligible difference to licences.",
                    f"Knowledge alone changes the licensed share by {write_size(three.numbers['alone'])} points.",
                    unsure="There is not enough evidence to say whether knowledge alone changes licences.",
                ),
                f"With a programme that pays for it, it changes the licensed share by {write_range(three.numbers['alone'])} "
                "points; less than 0.1 points is negligible.",
            ),
            "4": Text(
                f"The programme alone changes the licensed share by {write_size(four.numbers['programme'])} points, as it "
                "must: it pays, and there is nothing to pay for.",
                "Nor do ingredients 1 to 3 change anything without it, as a donor pays for them.",
            ),
            "5": Text(
                by_verdict(
                    five,
                    "The whole is more than the sum of its parts, and more than half of that is gone ten years later.",
                    "The whole is less than the sum of its parts, and more than half of it is left ten years later.",
                    f"The whole brings {write_size(whole)} points, {write_size(five.numbers['beyond'])} more than its parts "
                    f"alone; {write_size(later)} points are left ten years later.",
                    "There is not enough evidence to say whether the whole is more than the sum of its parts.",
                ),
                f"All four gain {write_range(whole)} points at the end of the programme, and {write_range(later)} points ten "
                "years later.",
            ),
            "6": Text(
                by_verdict(
                    six,
                    "Official sales follow the royalty and the window, not licences.",
                    "Official sales do not follow the royalty and the window.",
                    "Official sales follow the royalty and the window only in part.",
                    "There is not enough evidence to say whether official sales follow the royalty and the window.",
                ),
                f"The royalty cut changes the value of the market for the official share by "
                f"{write_range(six.numbers['royalty'])} points. With it the market adds {write_size(six.numbers['ahead'])} "
                f"points more than {six.facts['rival']}, which adds {'most' if six.facts['rival_is_first'] else 'next'} to "
                "licences.",
            ),
            "7": Text(
                by_verdict(
                    seven,
                    "At equal cost, with forgone revenue counted, the market falls behind governance.",
                    f"At equal cost, with forgone revenue counted, the market stays ahead of governance, by up to "
                    f"{write_size(worst)} points.",
                    "At equal cost, with forgone revenue counted, the market falls behind governance at some budgets only.",
                    "There is not enough evidence to say whether the market falls behind governance at equal cost.",
                ),
                f"The whole costs USD {budgets['counted', 1.0]:.1f} million where revenue beyond that without any of the "
                f"four is counted, and USD {budgets['spent', 1.0]:.1f} million where it is not. Values are of the mean "
                "licensed share until ten years after the programme, where every subset has the same to spend.",
            ),
        },
        labels=LABELS | equal,
        notes=[
            "Check: without a law no subset licenses anybody (largest Shapley value "
            f"{write_number(finding.notes['no_law'].facts['largest'])} points).",
        ],
    )
