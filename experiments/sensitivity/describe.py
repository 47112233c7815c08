"""The finding on what drives the results in words."""

from asmsim.analysis.experiments.hypothesis import Account, Answer, Finding, Text
from asmsim.analysis.experiments.words import by_verdict, join_words, write_range, write_share, write_size

NAMES = {
    "form_help": "help that forms groups",
    "hurdle_median": "the hurdle to a licence",
    "plots_per_office": "plots an office allots",
    "taste_base": "the base taste for a licence",
    "back_rate": "the pace of coming back",
    "exit_slope_pp": "the steepness of the traders' choice",
    "smuggling_cost": "the cost of smuggling",
    "smuggling_learned": "what is learned of smuggling",
    "smuggling_forget": "how fast smuggling is unlearned",
    "back_accredited": "coming back where buyers are accredited",
    "leave_rate": "the pace of leaving",
    "skill_median": "skill",
    "entry_base": "entry into mining",
}
"""What parameters are called in sentences."""
OUTCOMES = {"1": "licensed share", "2": "official share of gold"}
LABELS = {
    **{name: f"Total share of the variance: {words}" for name, words in NAMES.items()},
    "nine_licensed_share": "Licensed share: variance by the first nine parameters",
    "nine_official_share": "Official share: variance by the first nine parameters",
    "size": "Licensed share: size of the change by the alternative status rule, in a draw",
    "strongest": "Licensed share: effect of the strongest parameter over its range",
    "rule": "Licensed share: alternative status rule minus the usual one",
}
RANKINGS = {"half": "half of the points", "others": "half as many points, all of them others"}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three, four = (finding.hypotheses[number] for number in "1234")
    nine, gold = three.numbers["nine_licensed_share"], three.numbers["nine_official_share"]
    rule, size, strongest = (four.numbers[name] for name in ("rule", "size", "strongest"))
    return Account(
        headline=(
            f"{name_of(one.facts['first'][0]).capitalize()} and {name_of(one.facts['first'][1])} drive the licensed share "
            f"most, and {name_of(two.facts['first'][0])} drives the official share of gold."
        ),
        hypotheses={
            "1": Text(driver_headline(one, "1"), driver_text(one)),
            "2": Text(driver_headline(two, "2"), driver_text(two)),
            "3": Text(
                by_verdict(
                    three,
                    "Fewer than ten parameters make nine tenths of the variance.",
                    "Nine parameters make less than nine tenths of the variance.",
                    "Fewer than ten parameters make nine tenths of the variance of one outcome, not of both.",
                    "There is not enough evidence to say whether fewer than ten parameters make nine tenths of the variance.",
                ),
                f"The first nine make {write_share(nine)} of the variance of the licensed share, and {write_share(gold)} of "
                "that of the official share.",
            ),
            "4": Text(
                by_verdict(
                    four,
                    "The alternative status rule changes the licensed share more than any single parameter.",
                    "A single parameter changes the licensed share more than the alternative status rule.",
                    unsure="There is not enough evidence to say whether the status rule matters more than any parameter.",
                ),
                f"The alternative rule changes the licensed share by {write_range(rule)} percentage points, and by "
                f"{write_size(size)} points in a draw, without sign. The strongest parameter, "
                f"{name_of(four.facts['strongest'])}, changes it by {write_size(strongest)} points over its range.",
            ),
        },
        labels=LABELS,
        notes=[ranking_text(finding.notes[f"rankings_{name}"], words) for name, words in RANKINGS.items()],
    )


def name_of(parameter: str) -> str:
    """Return what a parameter is called."""
    return NAMES.get(parameter, parameter.replace("_", " "))


def driver_headline(answer: Answer, number: str) -> str:
    """Return whether the parameters that were named drive an outcome."""
    drive = [name_of(name) for name, n in answer.numbers.items() if n.verdict == "supported"]
    outcome = OUTCOMES[number]
    return by_verdict(
        answer,
        f"The {outcome} is driven by the parameters that were expected.",
        f"The {outcome} is not driven by the parameters that were expected.",
        f"Of the parameters that were expected, {join_words(drive)} drive{'s' * (len(drive) == 1)} the {outcome}.",
        f"There is not enough evidence to say whether the expected parameters drive the {outcome}.",
    )


def driver_text(answer: Answer) -> str:
    """Return the parameters that come first."""
    return f"The first six by total share of the variance are {join_words(name_of(name) for name in answer.facts['first'])}."


def ranking_text(note: Answer, words: str) -> str:
    """Return whether a ranking is stable."""
    licensed, official = note.facts["correlations"]
    correlations = " and ".join("unknown" if value is None else f"{value:.2f}" for value in (licensed, official))
    return (
        f"Rankings from {words} are {'stable' if note.facts['stable'] else 'unstable'}: the rank correlation with those of "
        f"all points is {correlations} for the licensed and the official share (wanted: at least 0.9)."
    )
