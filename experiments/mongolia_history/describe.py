"""The finding on Mongolia in words."""

from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import (
    by_verdict,
    higher_or_lower,
    raises_or_lowers,
    write_number,
    write_range,
    write_share,
    write_size,
)

LABELS = {
    "half": "Licensed share 2017-19: loss without the project, minus half of the share as it was",
    "groups": "Partnerships in 2019, without the project minus as it was",
    "project": "Licensed share 2017-19, without the project minus as it was",
    "left": "Official sales of 2018 without the royalty cut, as a share of those as it was",
    "licences": "Licensed share 2017-19, without the royalty cut minus as it was",
    "kept": "Licensed share without the suspension, 2022 minus 2018",
    "suspended": "Licensed share of 2022, without the suspension minus as it was",
    "early": "Licensed share of 2018, end of the programme in 2011 minus as it was",
    "above": "Licensed share of 2018 with the end in 2011, minus half of the share as it was",
    "was": "Licensed share 2017-19 as it was (median run)",
    "free": "Licensed share 2017-19 without the project, law left to politics",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three, four = (finding.hypotheses[number] for number in "1234")
    project, groups = one.numbers["project"], one.numbers["groups"]
    left, licences = two.numbers["left"], two.numbers["licences"]
    kept, suspended = three.numbers["kept"], three.numbers["suspended"]
    early = four.numbers["early"]
    was, free = finding.notes["was"].numbers["was"], finding.notes["free"].numbers["free"]
    return Account(
        headline=(
            f"Without the project the licensed share of 2017-19 would be {write_size(project)} percentage points "
            f"{higher_or_lower(project)}; without the suspension that of 2022 would be {write_size(suspended)} points "
            f"{higher_or_lower(suspended)}; without the royalty cut "
            f"{write_share(left)} of official gold sales would be left."
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    "The project made half of the licences or more, and the partnerships.",
                    "The project made less than half of the licences, and no partnerships.",
                    "The project made part of what was expected of licences and partnerships.",
                    "There is not enough evidence to say whether the project made half of the licences.",
                ),
                f"Without it the licensed share changes by {write_range(project)} points. The number of "
                f"partnerships in 2019 changes by {write_range(groups, 3)}.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    "Without the royalty cut official sales stay under a fifth, and licences do not change.",
                    "Without the royalty cut official sales are above a fifth, and licences change.",
                    f"Without the royalty cut {write_share(left)} of official sales are left, and the licensed share changes "
                    f"by {write_size(licences)} points.",
                    "There is not enough evidence to say what the royalty cut did.",
                ),
                f"The licensed share of 2017-19 changes by {write_range(licences)} points.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "Without the suspension the licensed share of 2022 is above that of 2018.",
                    "Without the suspension the licensed share of 2022 is below that of 2018.",
                    unsure="There is not enough evidence to say whether licensing would have kept growing without the suspension.",
                ),
                f"It changes from 2018 to 2022 by {write_range(kept)} points. Against what happened, the "
                f"share of 2022 is {write_size(suspended)} points {higher_or_lower(suspended)}.",
            ),
            "4": Text(
                by_verdict(
                    four,
                    "With the programme's end in 2011 the licensed share of 2018 is lower, but more than half is left.",
                    "With the programme's end in 2011 the licensed share of 2018 is no lower.",
                    f"With the programme's end in 2011 the licensed share of 2018 is {write_size(early)} points "
                    f"{higher_or_lower(early)}; the two parts of the claim come out differently.",
                    "There is not enough evidence to say what an end of the programme in 2011 would have cost.",
                ),
                f"The share of 2018 changes by {write_range(early)} points. What is left, minus half of the share as it "
                f"was, is {write_range(four.numbers['above'])} points.",
            ),
        },
        labels=LABELS,
        notes=[
            f"In the simulation as it was, {write_number(was.mean)} % of miners are licensed in 2017-19 in the median run "
            f"(nine runs in ten: {write_number(was.runs[0])} to {write_number(was.runs[1])} %). "
            + " ".join(
                f"Observed were {write_number(value)} % in {month}, which lies {'inside' if inside else 'outside'} that band."
                for month, value, inside in finding.notes["was"].facts["observed"]
            ),
            f"With the law left to politics, taking the project away {raises_or_lowers(free)} the licensed share of 2017-19 "
            f"by {write_size(free)} points.",
        ],
    )
