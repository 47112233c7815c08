"""Levels beside the record: the sentences, the table and the figures of the validation page."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from asmsim.analysis.style import MAIN, apply_style, fit_label, make_figure, put_source
from asmsim.config.provenance import package_version
from asmsim.evidence.levels import OFF, USES, LevelStanding
from asmsim.evidence.priors import HOME

PARTS = {1 / n: f"a {name}" for n, name in ((3, "third"), (4, "quarter"), (5, "fifth"), (6, "sixth"), (7, "seventh"))}
PARTS |= {2 / 3: "two thirds", 1 / 2: "half", 1 / 8: "an eighth", 1 / 10: "a tenth", 1 / 20: "a twentieth"}
"""Ratios that have a name."""
FAR = 100.0
"""Ratio, either way, at which the axis of the figure ends."""


def show_simulated(value: float, digits: int = 2) -> str:
    """Return a number with two significant digits, what is on record with three; large ones with commas between thousands."""
    if not np.isfinite(value):
        return "none"
    if abs(value) >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.{digits}g}" if value else "0"


def show_record(value: float) -> str:
    """Return a number on record."""
    return show_simulated(value, 3)


def name_ratio(ratio: float) -> str:
    """Return a ratio in words that `the` can follow: `a fifth of`, `1.7 times`."""
    if ratio >= 1:
        return f"{show_simulated(ratio)} times"
    if ratio <= 0:
        return "none of"
    near = min(PARTS, key=lambda part: abs(np.log(part / ratio)))
    return f"{PARTS[near]} of" if abs(np.log(near / ratio)) < 0.12 else f"{show_simulated(ratio)} times"


def describe_levels(standings: Sequence[LevelStanding]) -> list[str]:
    """Return what the levels say, in plain words, first: how many are off, then each subject that is."""
    if not standings:
        return []
    off = [s for s in standings if s.off]
    outside = sum(s.inside == "no" for s in standings)
    lines = [
        "",
        f"**Of {len(standings)} quantities on record the model is off by more than a factor of {OFF} in {len(off)}; "
        f"in {outside} the record lies outside the 90 % of runs.**" + (" What is off, and by how much:" if off else ""),
    ]
    home, abroad = ([s for s in off if (s.level.context == HOME) == is_home] for is_home in (True, False))
    for title, mine in (
        ("Mongolia, on which it was fitted", home),
        ("Elsewhere, in contexts that were made for one episode each", abroad),
    ):
        if mine:
            subjects = dict.fromkeys(s.level.subject for s in mine)
            said = [describe_subject([s for s in mine if s.level.subject == subject]) for subject in subjects]
            lines += ["", f"*{title}.* " + " ".join(said)]
    return [*lines, *describe_remainder(standings)]


def describe_remainder(standings: Sequence[LevelStanding]) -> list[str]:
    """Return what of the gold that individuals sold to the bank is left unexplained, in tonnes, year by year."""
    mine = [s for s in standings if s.level.outcome == "gold_individuals"]
    left = [s for s in mine if s.inside == "no" or s.off]
    if not mine:
        return []
    if not left:
        return [
            "",
            "*Gold of individuals.* Each year on record lies in the 90 % of runs and within a factor of 1.5 of their median.",
        ]
    said = [
        f"{s.level.when} {show_record(s.level.observed)} {s.level.unit} were sold and {show_simulated(s.median)} are simulated "
        f"({show_simulated(s.q05)} to {show_simulated(s.q95)}), which leaves {show_simulated(s.level.observed - s.median)} unexplained"
        for s in left
    ]
    others = [s.level.when for s in mine if s not in left]
    rest = f" ({', '.join(others)}: nothing)" if others else ""
    return ["", f"*What individuals sold to the bank.* In {'; in '.join(said)}{rest}."]


def describe_subject(of: Sequence[LevelStanding]) -> str:
    """Return a sentence on what is off of one subject: by how much, and the numbers of the worst that is not nothing."""
    ratios = sorted(s.ratio for s in of)
    low, high = show_simulated(ratios[0]), show_simulated(ratios[-1])
    amount = name_ratio(ratios[0]) if low == high else f"{low} to {high} times"
    worst = max(of, key=lambda s: (s.median > 0, s.distance))
    percent = worst.level.unit == "share"
    simulated, observed = show_simulated(worst.median), show_record(worst.level.observed)
    if percent:
        simulated, observed = f"{show_simulated(100 * worst.median)} %", f"{show_record(100 * worst.level.observed)} %"
    unit = "" if percent else f" {worst.level.unit}"
    return (
        f"The model gives {amount} the {of[0].level.subject} ({worst.level.when}: {simulated} against "
        f"{show_bound(worst)}{observed}{unit})."
    )


def show_bound(s: LevelStanding) -> str:
    """Return the word before the record where it is a bound."""
    return f"{s.level.match} " if s.level.match in ("at most", "at least") else ""


def list_levels(standings: Sequence[LevelStanding]) -> list[str]:
    """Return the table of levels as Markdown."""
    if not standings:
        return []
    shown = {s.level.context == HOME for s in standings}
    pictures = [
        line for home in FIGURES if home in shown for line in (f"![levels](validation/{FIGURES[home]}.png)", "")
    ]
    lines = [
        "",
        "## Levels beside the record",
        "",
        "Every quantity in the evidence that an outcome of a shipped context can be held against, in its own unit. Median and 90 % "
        "are of runs, draws and seeds together, as the record is one history. First what is off by more than a factor of "
        f"{OFF}, the farthest first. *Inside*: whether the observation, or at least the range that its source gives, lies in the "
        "90 % of runs; a bound, whether it is kept. *Put in*: the value comes from the same source. *Proxy*: not quite the same "
        "quantity; `validation/levels.csv` says why, and gives each conversion. No rate of rights violations is on record.",
        "",
        *pictures,
        "| quantity | simulated as | unit | observed | simulated median [90 %] | simulated / observed | inside | match | fitted | sources |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for s in standings:
        level = s.level
        spread = level.low is not None or level.high is not None
        ends = [show_record(level.observed if end is None else end) for end in (level.low, level.high)]
        observed = f"{show_bound(s)}{show_record(level.observed)}" + (f" [{ends[0]}; {ends[1]}]" if spread else "")
        simulated = f"{show_simulated(s.median)} [{show_simulated(s.q05)}; {show_simulated(s.q95)}]"
        ratio = f"{s.ratio:.2g}" if np.isfinite(s.ratio) else "-"
        lines.append(
            f"| {level.label} | {level.outcome_label} | {level.unit} | {observed} | {simulated} | "
            f"{f'**{ratio}**' if s.off else ratio} | {s.inside} | {level.match} | {USES[level.fitted]} | {level.sources} |"
        )
    return lines


FIGURES = {True: "levels_mongolia", False: "levels_elsewhere"}
"""Names of the figures: of the country of the fit, and of the others."""


def draw_levels(standings: Sequence[LevelStanding], posterior: str, runs: str) -> dict[str, Any]:
    """Return the figures of the levels, by name: simulated over observed, sorted, on a log axis."""
    return {
        name: draw_ratios([s for s in standings if (s.level.context == HOME) == is_home], title, posterior, runs)
        for is_home, name, title in (
            (
                True,
                FIGURES[True],
                "Simulated, as a multiple of what is on record: Mongolia, on which the model was fitted",
            ),
            (
                False,
                FIGURES[False],
                "Simulated, as a multiple of what is on record: other countries, none of them fitted",
            ),
        )
        if any((s.level.context == HOME) == is_home for s in standings)
    }


def draw_ratios(standings: Sequence[LevelStanding], title: str, posterior: str, runs: str) -> Any:
    """Draw one row for each level: a dot with its 90 % bar, over the record, and the record's own range in grey."""
    rows = sorted(standings, key=lambda s: s.ratio)
    with apply_style():
        figure = make_figure(10.5, 1.7 + 0.2 * len(rows))
        axes = figure.subplots()
        axes.axvspan(1 / OFF, OFF, color="0.93", lw=0, label=f"within a factor of {OFF}")
        axes.axvline(1, color="0.3", lw=0.9)
        for y, s in enumerate(rows):
            level = s.level
            low, high = ((end or level.observed) / level.observed for end in (level.low, level.high))
            if high > low:
                axes.plot(np.clip([low, high], 1 / FAR, FAR), [y, y], color="0.7", lw=6, solid_capstyle="butt")
            at = np.clip([s.q05 / level.observed, s.ratio, s.q95 / level.observed], 1 / FAR, FAR)
            axes.plot(at[[0, 2]], [y, y], color=MAIN, lw=1.3)
            mark = "o" if level.match in ("same quantity", "proxy") else "s"
            beyond = "<" if s.ratio < 1 / FAR else ">" if s.ratio > FAR else mark
            axes.plot(at[1], y, beyond, color=MAIN, ms=5, mfc=MAIN if s.inside != "no" else "white")
        axes.plot([], [], color="0.7", lw=6, label="range on record")
        axes.plot([], [], "o-", color=MAIN, ms=5, lw=1.3, label="inside the 90 % of runs")
        axes.plot([], [], "o-", color=MAIN, ms=5, lw=1.3, mfc="white", label="outside")
        axes.plot([], [], "s-", color=MAIN, ms=5, lw=1.3, label="a bound, kept")
        axes.plot([], [], "s-", color=MAIN, ms=5, lw=1.3, mfc="white", label="broken")
        names = [
            f"{fit_label(s.level.label, 82)}: {show_bound(s)}{show_record(s.level.observed)} {s.level.unit}"
            for s in rows
        ]
        axes.set_yticks(range(len(rows)), names, fontsize=7)
        axes.set_xscale("log")
        axes.set(xlim=(0.8 / FAR, 1.25 * FAR), ylim=(-0.7, len(rows) - 0.3), xlabel="simulated / observed")
        ticks = [0.01, 0.1, 0.5, 1, 2, 10, 100]
        axes.set_xticks(ticks, ["1/100 or less", "1/10", "1/2", "1", "2", "10", "100 or more"], fontsize=8)
        axes.minorticks_off()
        figure.legend(
            *axes.get_legend_handles_labels(),
            loc="outside upper left",
            ncol=6,
            fontsize=8,
            title=title,
            alignment="left",
        )
        put_source(
            figure,
            f"Simulated over observed, log axis: median and 90 % of runs. Parameters: {posterior}, {runs}. asmsim {package_version()}",
        )
    return figure
