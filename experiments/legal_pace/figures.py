"""Gradual against at once, by the staff of an office and the date of elections."""

from collections.abc import Mapping

import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, gain, gains, pairing, runs_of, sources, together
from asmsim.analysis.style import draw_gains, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweeps.store.results import Results

PACE, STAFF, VOTES = "legalisation", "parameters.office_staff", "context.elections"
SOON = "2006-06"
DATES = {"exit": "at exit", "exit+5": "five years on"}


def find(results: Mapping[str, Results]) -> Found:
    """Gains of gradual over at once, and the hypotheses."""
    frames = {date: runs_of(results["main"], "licensed_share", date) for date in DATES}
    tables = {d: gains(f, {PACE: "at_once"}, "share").filter(pl.col(PACE) == "gradual") for d, f in frames.items()}
    whole = pl.concat([t.with_columns(pl.lit(d).alias("date")) for d, t in tables.items()])
    queue = gains(runs_of(results["main"], "file_age", "exit"), {PACE: "at_once"}, "months").filter(
        pl.col(PACE) == "gradual"
    )
    return Found(
        [*sentences(frames, results["main"]), pairing(whole)],
        {"gains": whole, "file_age": queue},
        {"pace": drawn(tables)},
    )


def votes(text: str) -> str:
    """When elections are, in words."""
    return "election after a year and a half" if SOON in text else "election after three years and a half"


def drawn(tables: Mapping[str, pl.DataFrame]) -> object:
    """Gain of gradual over at once by staff, at exit and five years on."""
    figure = new_figure(10, 4)
    for axes, (date, table) in zip(figure.subplots(1, 2, sharey=True), tables.items(), strict=True):
        draw_gains(axes, table, STAFF, VOTES, 100.0, lambda when: votes(str(when)))
        axes.set(title=f"Gradual less at once, {DATES[date]}", xlabel="officials on ASM in an office")
    figure.axes[0].set_ylabel("licensed share, points")
    figure.axes[0].legend(fontsize=8)
    source_line(
        figure,
        f"Simulated, not observed. Five ingredients; paired: median and 90 % of runs. asmsim {package_version()}",
    )
    return figure


def sentences(frames: Mapping[str, pl.DataFrame], results: Results) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    later = frames["exit+5"]
    soon, late = (next(v for v in later[VOTES].unique() if (SOON in v) == wanted) for wanted in (True, False))
    least, most = float(later[STAFF].min()), float(later[STAFF].max())

    def of(staff: float, when: str) -> Gain:
        return gain(
            later, {PACE: "gradual", STAFF: staff, VOTES: when}, {PACE: "at_once", STAFF: staff, VOTES: when}, "share"
        )

    few, many = of(least, late), of(most, late)
    age, trust = (runs_of(results, outcome, "exit") for outcome in ("file_age", "trust"))
    slow, fast = ({PACE: "at_once", STAFF: staff, VOTES: late} for staff in (least, most))
    binds = gain(age, slow, fast, "months")
    queue = gain(age, slow, slow | {PACE: "gradual"}, "months")
    distrust = gain(trust, slow | {PACE: "gradual"}, slow, "1")
    votes_matter = Gain(of(least, soon).values - of(least, late).values, few.draws, "share")
    return [
        f"Premise (few officials make a queue at once): {binds.verdict(1)}. With {least:g} officials an office instead of {most:g}, the median file at exit is older by {binds.said()}.",
        f"Hypothesis 1 (with few officials at once leads to a queue and distrust, and gradual ends higher): {together(queue.verdict(1), distrust.verdict(1), few.verdict(1))}. With {least:g} officials an office, at once instead of gradual makes the median file at exit older by {queue.said()} ({queue.verdict(1)}); gradual instead of at once changes trust at exit by {distrust.said()} ({distrust.verdict(1)}), and the licensed share five years after exit by {few.said()} ({few.verdict(1)}).",
        f"Hypothesis 2 (with capacity to spare there is no clear difference): {many.verdict(0)}. With {most:g} officials: {many.said()}.",
        f"Hypothesis 3 (an early election favours at once): {votes_matter.verdict(-1)}. With {least:g} officials, an election after one and a half years instead of three and a half changes what gradual gains by {votes_matter.said()}.",
        sources(few, results).said(),
    ]
