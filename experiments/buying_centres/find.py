"""What buying centres buy, by their number, the royalty at the window, and their cash."""

from collections.abc import Mapping

import polars as pl

from asmsim.analysis.experiments.hypothesis import Answer, Finding, Number, note_pairing, note_sources, round_gain
from asmsim.analysis.gains import (
    Gain,
    collect_runs,
    find_sources,
    measure_gain,
    measure_gains,
    measure_pairing,
    select_values,
)
from asmsim.analysis.verdicts import combine_verdicts
from asmsim.sweeps.store.results import Results

NUMBER, ROYALTY, CASH = (
    "market.buying_centres.number",
    "market.royalty_and_tax.royalty",
    "market.buying_centres.cash_usd_month",
)
UNITS = {"official_share": "share", "gold_to_centre": "kg/month", "licensed_share": "share", "price_received": "ratio"}


def find(results: Mapping[str, Results]) -> Finding:
    """Return gains over no centre, and the hypotheses."""
    frames = {o: collect_runs(results["main"], o) for o in UNITS}
    tables = {o: measure_gains(f, {NUMBER: 0}, UNITS[o]) for o, f in frames.items()}
    whole = pl.concat([t.with_columns(pl.lit(o).alias("outcome")) for o, t in tables.items()])
    gold = {sweep: collect_runs(results[sweep], "gold_to_centre") for sweep in ("credit", "no_debt")}
    frame = frames["official_share"]
    many, cash = float(frame[NUMBER].max()), float(frame[CASH].max())
    little, more = sorted(frame[CASH].unique().to_list())[:2]

    def of(outcome: str, number: float, royalty: float, money: float = cash) -> Gain:
        choice = {NUMBER: number, ROYALTY: royalty, CASH: money}
        return measure_gain(frames[outcome], choice, choice | {NUMBER: 0}, UNITS[outcome])

    def kilograms(values: object, like: Gain) -> Gain:
        return Gain(values, like.draws, "kg/month")

    free, taxed = of("official_share", many, 0.0), of("official_share", many, 0.1)
    spared = Gain(free.values - 2 * taxed.values, free.draws, "share")
    licences = of("licensed_share", 12, 0.025)
    plain = of("gold_to_centre", 12, 0.025)
    without = select_values(frames["gold_to_centre"], {NUMBER: 12, ROYALTY: 0.025, CASH: cash})
    lent = kilograms(select_values(gold["credit"], {NUMBER: 12}) - without, plain)
    no_debt = measure_gain(gold["no_debt"], {NUMBER: 12}, {NUMBER: 0}, "kg/month")
    ratio = no_debt.values.mean() / max(1e-9, float(plain.values.mean()))
    halved = kilograms(no_debt.values - 2 * plain.values, plain)
    poor, rich = of("gold_to_centre", 12, 0.0, little), of("gold_to_centre", 12, 0.0)
    capped = kilograms(rich.values - poor.values, rich)
    few_rich = of("gold_to_centre", 3, 0.0, more)
    many_poor = of("gold_to_centre", many, 0.0, little)  # ten times as many with a tenth of the cash each
    as_much = kilograms(few_rich.values - 0.8 * many_poor.values, few_rich)
    hypotheses = {
        "1": Answer(
            spared.verdict(1),
            {
                "spared": round_gain(spared, spared.verdict(1)),
                "free": round_gain(free),
                "taxed": round_gain(taxed),
            },
            {"many": many},
        ),
        "2": Answer(licences.verdict(0), {"licences": round_gain(licences, licences.verdict(0))}),
        "3": Answer(
            combine_verdicts((halved.verdict(1), lent.verdict(1))),
            {
                "halved": round_gain(halved, halved.verdict(1)),
                "lent": round_gain(lent, lent.verdict(1)),
                "no_debt": round_gain(no_debt),
                "plain": round_gain(plain),
                "ratio": Number(float(f"{ratio:.1f}")),
            },
        ),
        "4": Answer(
            combine_verdicts((capped.verdict(1), as_much.verdict(1))),
            {
                "capped": round_gain(capped, capped.verdict(1)),
                "as_much": round_gain(as_much, as_much.verdict(1)),
                "few_rich": round_gain(few_rich),
                "many_poor": round_gain(many_poor),
            },
            {"little": float(little)},
        ),
    }
    notes = {
        "sources": note_sources(find_sources(free, results["main"])),
        "pairing": note_pairing(measure_pairing(tables["official_share"])),
    }
    return Finding(hypotheses, notes, {"gains": whole})
