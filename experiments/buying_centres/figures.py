"""What buying centres buy, by their number, the royalty at the window, and their cash."""

from collections.abc import Mapping

import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, gain, gains, of_choice, pairing, runs_of, sources, together
from asmsim.analysis.style import draw_gains, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweeps.store.results import Results

NUMBER, ROYALTY, CASH = (
    "market.buying_centres.number",
    "market.royalty_and_tax.royalty",
    "market.buying_centres.cash_usd_month",
)
UNITS = {"official_share": "share", "gold_to_centre": "kg/month", "licensed_share": "share", "price_received": "ratio"}


def find(results: Mapping[str, Results]) -> Found:
    """Gains over no centre, and the hypotheses."""
    frames = {o: runs_of(results["main"], o) for o in UNITS}
    tables = {o: gains(f, {NUMBER: 0}, UNITS[o]) for o, f in frames.items()}
    whole = pl.concat([t.with_columns(pl.lit(o).alias("outcome")) for o, t in tables.items()])
    credit = {o: runs_of(results["credit"], o) for o in UNITS}
    debtless = {o: runs_of(results["no_debt"], o) for o in UNITS}
    return Found(
        [*sentences(frames, credit, debtless, results["main"]), pairing(tables["official_share"])],
        {"gains": whole},
        {"centres": drawn(tables)},
    )


def drawn(tables: Mapping[str, pl.DataFrame]) -> object:
    """Gains in official share and in gold to the centres, by number and royalty, with ample cash."""
    figure = new_figure(10, 4)
    for axes, (outcome, title, factor) in zip(
        figure.subplots(1, 2),
        (
            ("official_share", "Official share of gold, points", 100.0),
            ("gold_to_centre", "Gold sold to centres, kg a month", 1.0),
        ),
        strict=True,
    ):
        table = tables[outcome].filter(pl.col(CASH) == pl.col(CASH).max())
        draw_gains(axes, table, NUMBER, ROYALTY, factor, lambda royalty: f"royalty {100 * royalty:g} %")
        axes.set(title=title, xlabel="buying centres in thirty districts")
    figure.axes[0].legend(fontsize=8, loc="upper left")
    source_line(
        figure,
        f"Simulated, not observed. Gain over no centre, paired: median and 90 % of runs. asmsim {package_version()}",
    )
    return figure


def sentences(
    frames: Mapping[str, pl.DataFrame],
    credit: Mapping[str, pl.DataFrame],
    debtless: Mapping[str, pl.DataFrame],
    results: Results,
) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    frame = frames["official_share"]
    many, cash = float(frame[NUMBER].max()), float(frame[CASH].max())
    little, more = sorted(frame[CASH].unique().to_list())[:2]

    def of(outcome: str, number: float, royalty: float, money: float = cash) -> Gain:
        choice = {NUMBER: number, ROYALTY: royalty, CASH: money}
        return gain(frames[outcome], choice, choice | {NUMBER: 0}, UNITS[outcome])

    free, taxed = of("official_share", many, 0.0), of("official_share", many, 0.1)
    licences = of("licensed_share", 12, 0.025)
    plain = of("gold_to_centre", 12, 0.025)
    with_banks = of_choice(credit["gold_to_centre"], {NUMBER: 12})
    lent = Gain(
        with_banks - of_choice(frames["gold_to_centre"], {NUMBER: 12, ROYALTY: 0.025, CASH: cash}),
        plain.draws,
        "kg/month",
    )
    poor, rich = of("gold_to_centre", 12, 0.0, little), of("gold_to_centre", 12, 0.0)
    capped = Gain(rich.values - poor.values, rich.draws, "kg/month")
    few_rich = of("gold_to_centre", 3, 0.0, more)
    many_poor = of("gold_to_centre", many, 0.0, little)  # ten times as many with a tenth of the cash each
    spared = Gain(free.values - 2 * taxed.values, free.draws, "share")
    free_of_debt = gain(debtless["gold_to_centre"], {NUMBER: 12}, {NUMBER: 0}, "kg/month")
    ratio = free_of_debt.values.mean() / max(1e-9, float(plain.values.mean()))
    halved = Gain(free_of_debt.values - 2 * plain.values, plain.draws, "kg/month")
    third = together(halved.verdict(1), lent.verdict(1))
    as_much = Gain(few_rich.values - 0.8 * many_poor.values, few_rich.draws, "kg/month")
    fourth = together(capped.verdict(1), as_much.verdict(1))
    return [
        f"Hypothesis 1 (centres move gold only below the wedge that smuggling costs): {spared.verdict(1)}. {many:g} centres change the official share by {free.said()} at no royalty and by {taxed.said()} at 10 % (less than half as much: {spared.verdict(1)}).",
        f"Hypothesis 2 (no clear change in licences): {licences.verdict(0)}. Twelve centres change the licensed share by {licences.said()}.",
        f"Hypothesis 3 (debt halves the effect, banks restore some of it): {third}. Without debt to traders twelve centres would gain {free_of_debt.said()}, {ratio:.1f} times what they gain. Bank services beside them change the gold sold to centres by {lent.said()} (twelve centres alone: {plain.said()}).",
        f"Hypothesis 4 (cash caps centres): {fourth}. Cash without end instead of USD {little:,.0f} a month changes what twelve centres buy by {capped.said()}. With the same cash in all, three centres buy {few_rich.said()}, thirty {many_poor.said()} (three at least four fifths of it: {as_much.verdict(1)}).",
        sources(free, results).said(),
    ]
