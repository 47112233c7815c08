"""Gradual against at once, by the staff of an office and the date of elections."""

from collections.abc import Mapping

import polars as pl

from asmsim.analysis.experiments.hypothesis import Answer, Finding, note_pairing, note_sources, round_gain
from asmsim.analysis.gains import Gain, collect_runs, find_sources, measure_gain, measure_gains, measure_pairing
from asmsim.analysis.verdicts import combine_verdicts
from asmsim.sweeps.store.results import Results

PACE, STAFF, VOTES = "legalisation", "parameters.office_staff", "context.elections"
SOON = "2006-06"
DATES = ("exit", "exit+5")


def find(results: Mapping[str, Results]) -> Finding:
    """Return gains of gradual over at once, and the hypotheses."""
    main = results["main"]
    frames = {date: collect_runs(main, "licensed_share", date) for date in DATES}
    tables = {
        d: measure_gains(f, {PACE: "at_once"}, "share").filter(pl.col(PACE) == "gradual") for d, f in frames.items()
    }
    whole = pl.concat([t.with_columns(pl.lit(d).alias("date")) for d, t in tables.items()])
    age, trust = (collect_runs(main, outcome, "exit") for outcome in ("file_age", "trust"))
    queues = measure_gains(age, {PACE: "at_once"}, "months").filter(pl.col(PACE) == "gradual")
    later = frames["exit+5"]
    soon, late = (next(v for v in later[VOTES].unique() if (SOON in v) == wanted) for wanted in (True, False))
    least, most = float(later[STAFF].min()), float(later[STAFF].max())

    def of(staff: float, when: str) -> Gain:
        at = {STAFF: staff, VOTES: when}
        return measure_gain(later, {PACE: "gradual"} | at, {PACE: "at_once"} | at, "share")

    few, many = of(least, late), of(most, late)
    slow, fast = ({PACE: "at_once", STAFF: staff, VOTES: late} for staff in (least, most))
    binds = measure_gain(age, slow, fast, "months")
    queue = measure_gain(age, slow, slow | {PACE: "gradual"}, "months")
    trusted = measure_gain(trust, slow | {PACE: "gradual"}, slow, "1")
    votes_matter = Gain(of(least, soon).values - of(least, late).values, few.draws, "share")
    first = {"queue": round_gain(queue, queue.verdict(1)), "trust": round_gain(trusted, trusted.verdict(1))}
    first["few"] = round_gain(few, few.verdict(1))
    hypotheses = {
        "1": Answer(combine_verdicts(number.verdict for number in first.values()), first, {"least": least}),
        "2": Answer(many.verdict(0), {"many": round_gain(many, many.verdict(0))}, {"most": most}),
        "3": Answer(votes_matter.verdict(-1), {"votes": round_gain(votes_matter, votes_matter.verdict(-1))}),
    }
    notes = {
        "premise": Answer(binds.verdict(1), {"binds": round_gain(binds, binds.verdict(1))}),
        "sources": note_sources(find_sources(few, main)),
        "pairing": note_pairing(measure_pairing(whole)),
    }
    return Finding(hypotheses, notes, {"gains": whole, "file_age": queues})
