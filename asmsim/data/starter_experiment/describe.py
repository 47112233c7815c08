"""The finding in words, made from its numbers."""

from asmsim.analysis.experiments.hypothesis import Account, Text
from asmsim.analysis.experiments.words import write_range


def describe(finding):
    said = f"Twelve buying centres change the share of gold sold officially by {write_range(finding.hypotheses['1'].numbers['gain'])} percentage points."
    return Account(
        said,
        {"1": Text(said, "Compared with no centre, at the end of the programme.")},
        {"gain": "Gain in official sales"},
    )
