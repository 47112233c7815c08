"""The finding on robust policies in words."""

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
LABELS = {
    "legalisation": "Licensed share of 2024: gradual legality minus at once",
    "local_share": "Licensed share of 2024: local share of revenue .8 minus 0",
    "facilitators": "Licensed share of 2024: one facilitator a district minus none",
    "dirty_share": "Dirtier half of the frontier: policies that raid (claim: less than a tenth)",
    "clean_raids": "Cleanest tenth of the frontier: raids",
    "dirty_raids": "Dirtier half of the frontier: raids",
    "raiding": "Policies of the frontier that raid",
    "rho": "Rank correlation of worst regrets, generic country and Mongolia (claim: at least 0.5)",
    "better": "Frontier with more worst regret in Mongolia than the robust compromise (claim: at least half)",
    "usual_rho": "Rank correlation of usual regrets",
    "usually_better": "Frontier with more usual regret in Mongolia than the robust compromise",
    "enough": "Policies of the frontier that are good enough in half of the draws or more",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three, four = (finding.hypotheses[number] for number in "1234")
    pace, local, help_ = (two.numbers[name] for name in ("legalisation", "local_share", "facilitators"))
    counts, enough = finding.notes["policies"].facts, finding.notes["enough"]
    limits = [limit_text(name, value) for name, value in enough.facts["limits"]]
    rho, better = four.numbers["rho"], four.numbers["better"]
    return Account(
        headline=(
            f"{'One' if one.facts['one_is_best'] else 'No'} policy is best on licences, incomes, mercury, violations and "
            "cost at once; in the compromises, support for "
            f"enterprises changes the licensed share by {write_size(help_)} percentage points and local revenue by "
            f"{write_size(local)} points."
        ),
        hypotheses={
            "1": Text(
                "One policy is best on all objectives."
                if one.facts["one_is_best"]
                else "No policy is best on all objectives, as it must be where cost is one of them."
            ),
            "2": Text(
                by_verdict(
                    two,
                    "Gradual legality, local revenue and support for enterprises each raise the licensed share.",
                    "Gradual legality, local revenue and support for enterprises each lower the licensed share.",
                    f"Local revenue changes the licensed share by {write_size(local)} points and support for enterprises "
                    f"by {write_size(help_)}; for gradual legality it is {write_range(pace)} points.",
                    "There is not enough evidence to say whether these three measures raise the licensed share.",
                ),
                "Each is turned on and off in the compromises of the frontier, paired on draws and seeds.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "Raids are rare among the policies of the frontier that do not put mercury first.",
                    "Raids are frequent among the policies of the frontier that do not put mercury first.",
                    "Raids are rare or less frequent where mercury does not come first, but not both.",
                    "Raids are as frequent where mercury does not come first; without an interval this decides nothing.",
                ),
                f"Of the dirtier half {write_share(three.numbers['dirty_share'])} raid more than one site in four years and "
                f"office; of the whole frontier {write_share(three.numbers['raiding'])} do.",
            ),
            "4": Text(
                by_verdict(
                    four,
                    "Policies with little regret in the generic country have little in Mongolia, too.",
                    "Policies with little regret in the generic country have much in Mongolia.",
                    f"The robust compromise regrets less than {write_share(better)} of the frontier in Mongolia; the rank "
                    f"correlation of worst regrets is {write_number(rho.mean)} ({write_range(rho)}).",
                    "There is not enough evidence to say whether policies that are robust here are robust in Mongolia.",
                ),
                "Usual regrets, the largest of a draw's five on average over draws, have a rank correlation of "
                f"{write_number(four.numbers['usual_rho'].mean)}; no hypothesis was made of them.",
            ),
        },
        labels=LABELS,
        notes=[
            f"Of {counts['policies']:,} policies that were searched, {counts['frontier']} are on the frontier. On draws and "
            f"seeds that did not choose them, no other policy betters {counts['still']} of them in everything.",
            f"Good enough means: {join_words(limits)}, as the middle of policies at random. In half of the draws or more, "
            f"{write_share(enough.numbers['enough'])} of the frontier are good enough in all five.",
            *(compromise_text(each) for each in finding.notes["compromises"].facts["each"]),
        ],
    )


def limit_text(name: str, value: float) -> str:
    """Return what is good enough in one objective."""
    title, factor, unit = DESIGN.OBJECTIVES[name]
    return f"{title} at {'least' if factor < 0 else 'most'} {write_number(value)} {unit}"


def compromise_text(each: dict) -> str:
    """Return what a named compromise does on draws and seeds that did not choose it."""
    return (
        f"Compromise {each['name']}: {each['licensed_share']:.1f} % licensed, income of the poorest fifth USD "
        f"{each['income_low']:.0f} a month, mercury {each['mercury']:.0f} kg a month, violations {each['violations']:.1f} per "
        f"1,000 miners and month, cost USD {each['cost']:.0f} million. Its worst regret is {each['worst_regret']:.2f}, less "
        f"than that of {100 * each['less_than']:.0f} % of the frontier. {each['bettered_by']} others better it in all five; "
        f"it is good enough in {100 * each['satisficing']:.0f} % of draws."
    )
