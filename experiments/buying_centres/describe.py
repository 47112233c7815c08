"""The finding on buying centres in words."""

from asmsim.analysis.experiments.hypothesis import Account, Finding, Text
from asmsim.analysis.experiments.words import by_verdict, write_number, write_range, write_size

LABELS = {
    "spared": "Official share: gain at no royalty minus twice that at 10 %",
    "free": "Official share: gain of thirty centres at no royalty",
    "taxed": "Official share: gain of thirty centres at a royalty of 10 %",
    "licences": "Licensed share: twelve centres minus none",
    "halved": "Gold bought: gain without debt minus twice the gain with it",
    "lent": "Gold bought by twelve centres: with bank services minus without",
    "no_debt": "Gold bought by twelve centres, without debt to traders",
    "plain": "Gold bought by twelve centres",
    "ratio": "Gain without debt as a multiple of the gain with it",
    "capped": "Gold bought by twelve centres: cash without end minus little cash",
    "as_much": "Gold bought: three centres minus four fifths of thirty, with the same cash in all",
    "few_rich": "Gold bought by three centres with ten times the cash each",
    "many_poor": "Gold bought by thirty centres",
}


def describe(finding: Finding) -> Account:
    """Return the finding in words."""
    one, two, three, four = (finding.hypotheses[number] for number in "1234")
    free, taxed, licences = one.numbers["free"], one.numbers["taxed"], two.numbers["licences"]
    capped, lent, ratio = four.numbers["capped"], three.numbers["lent"], three.numbers["ratio"]
    many = write_number(float(one.facts["many"]))
    return Account(
        headline=(
            f"{many} buying centres change the share of gold sold through the official channel by {write_range(free)} "
            f"percentage points without a royalty, and by {write_range(taxed)} points at a royalty of 10 %"
            + ("; cash limits what they buy." if four.verdict == "supported" else ".")
        ),
        hypotheses={
            "1": Text(
                by_verdict(
                    one,
                    f"A royalty of 10 % takes away more than half of what {many} centres gain.",
                    f"Centres move gold above the tax wedge, too: a royalty of 10 % leaves {write_size(taxed)} of "
                    f"{write_size(free)} points.",
                    unsure="There is not enough evidence to say whether a royalty of 10 % takes half of what centres gain.",
                ),
                f"{many} centres change the official share by {write_range(free)} points at no royalty and by "
                f"{write_range(taxed)} points at 10 %.",
            ),
            "2": Text(
                by_verdict(
                    two,
                    "Centres make a negligible difference to licences.",
                    f"Twelve centres change the licensed share by {write_size(licences)} points.",
                    unsure="There is not enough evidence to say whether centres change how many miners are licensed.",
                ),
                f"Twelve centres change the licensed share by {write_range(licences)} points; less than 0.1 points is "
                "negligible.",
            ),
            "3": Text(
                by_verdict(
                    three,
                    "Debt to traders halves what centres buy, and bank services restore some of it.",
                    "Debt to traders does not halve what centres buy, and bank services add nothing.",
                    f"Without debt to traders centres would buy {write_size(ratio)} times as much, where twice as much was "
                    f"expected; bank services change it by {write_range(lent)} kg a month.",
                    "There is not enough evidence to say whether debt halves the effect of centres.",
                ),
                f"Bank services beside the centres change the gold they buy by {write_range(lent)} kg a month.",
            ),
            "4": Text(
                by_verdict(
                    four,
                    "Cash limits what centres buy before their number does.",
                    "Cash does not limit what centres buy.",
                    "Cash limits what centres buy, but their number matters, too.",
                    "There is not enough evidence to say whether cash or number limits what centres buy.",
                ),
                f"Cash without end instead of USD {float(four.facts['little']):,.0f} a month changes what twelve centres "
                f"buy by {write_range(capped)} kg a month. With the same cash in all, three centres buy "
                f"{write_size(four.numbers['few_rich'])} kg a month and thirty {write_size(four.numbers['many_poor'])} kg.",
            ),
        },
        labels=LABELS,
    )
