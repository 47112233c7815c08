"""The finding on job descriptions in words."""

from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import by_verdict, write_range, write_size

LABELS = {
    "worst": "Licensed share five years after the programme, where newcomers bring less effort",
    "experience": "Experience of an office, where newcomers are as keen",
    "best": "Licensed share five years after the programme, where newcomers bring more effort",
    "none": "Licensed share five years after the programme, without turnover",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three = (finding.hypotheses[number] for number in "123")
    worst, best, none = one.numbers["worst"], two.numbers["best"], three.numbers["none"]
    kept = one.numbers["experience"]
    unsure = {one.verdict, two.verdict, three.verdict} == {"not enough evidence"}
    return Account(
        headline=(
            "There is not enough evidence to say whether job descriptions change licensing when elections replace "
            f"officials: the change in the licensed share is about {write_size(worst, 1)} percentage points."
            if unsure
            else "Job descriptions matter for licensing in some offices and elections: see the hypotheses."
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    f"Job descriptions raise the licensed share by {write_size(worst)} points where turnover costs effort.",
                    f"Job descriptions lower the licensed share by {write_size(worst)} points where turnover costs effort.",
                    unsure="There is not enough evidence to say whether job descriptions keep the licensed share up where turnover costs effort.",
                ),
                f"The change in the licensed share is {write_range(worst)} points. The change in an office's experience, where "
                f"newcomers are as keen, is {write_range(kept)} sign-offs.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    f"Job descriptions lower the licensed share by {write_size(best)} points where newcomers bring effort.",
                    f"Job descriptions raise the licensed share by {write_size(best)} points where newcomers bring effort.",
                    unsure="There is not enough evidence to say whether job descriptions do harm where newcomers bring effort.",
                ),
                f"The change in the licensed share is {write_range(best)} points.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "Without turnover job descriptions make a negligible difference.",
                    f"Without turnover job descriptions still change the licensed share by {write_size(none)} points.",
                    unsure="There is not enough evidence to say whether job descriptions matter where no official is replaced.",
                ),
                f"The change in the licensed share is {write_range(none)} points; less than 0.1 points is negligible.",
            ),
        },
        labels=LABELS,
    )
