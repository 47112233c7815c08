"""When curves turn: which dated event each main outcome changes most after, and from when policies differ.

What follows an event within a run is not thereby caused by it; that needs a comparison with a run without it.
"""

import numpy as np
import numpy.typing as npt

from asmsim.analysis.figures import PANELS, list_events, list_tax_changes
from asmsim.analysis.paired import Comparison
from asmsim.analysis.statistics import is_clear, measure_band
from asmsim.analysis.summary import show_number
from asmsim.config.language import tr
from asmsim.model.means import mean_defined
from asmsim.model.outcomes import O
from asmsim.sweeps.replicates import Replicates

Floats = npt.NDArray[np.float64]
TOLD = tuple(panel.outcome for panel in PANELS[:6])
"""Outcomes whose differences are described."""
YEAR = 12
MOST_TOLD = 4
"""Lines, at most."""


def list_turning_points(run: Replicates) -> list[str]:
    """One line for each outcome that clearly changes from the year before a dated event to the second year after it.

    Only events that act on an outcome by a rule of the model are looked at: the law, its suspension and the programme's end
    on licences and violations, those and taxes on where gold is sold.  The event after which an outcome changes most is
    named; the largest change for its level comes first.
    """
    found = []
    law, taxes = list_events(run), list_tax_changes(run)
    may_move = {O.licensed_share: law, O.official_share: [*law, *taxes], O.violations: law}
    for outcome, events in may_move.items():
        best = None
        for when, words in events:
            at = int(np.searchsorted(run.years, when))
            if at < YEAR or at + 2 * YEAR > len(run.months):
                continue
            before, after = mean_year(run, outcome, at), mean_year(run, outcome, at + 2 * YEAR)
            change = after - before
            if not is_clear(change, outcome.unit):
                continue
            first, last, middle = (measure_band(v)[1] for v in (before, after, change))
            size = abs(middle) / max(abs(first), abs(last), 1e-12)
            if best is None or abs(middle) > best[0]:
                best = (abs(middle), size, words, first, last)
        if best is not None:
            shown = [show_number(v, outcome.unit) for v in best[3:]]
            line = tr(
                "{outcome} changes most after “{event}”: from {before} in the year before to {after} in the second year after.",
                outcome=tr(outcome.label), event=best[2], before=shown[0], after=shown[1],
            )  # fmt: skip
            found.append((best[1], line))
    return [line for _, line in sorted(found, key=lambda one: -one[0])][:MOST_TOLD]


def mean_year(run: Replicates, outcome: O, until: int) -> Floats:
    """(run,) means over the twelve months before a month."""
    return mean_defined(run.of(outcome)[:, until - YEAR : until], 1)


def list_partings(comparison: Comparison, which: int) -> list[str]:
    """One line for each outcome that clearly differs in some year: from when on, and when most."""
    months = comparison.reference.months
    found = []
    for outcome in TOLD:
        ends = range(YEAR, len(months) + 1, YEAR)
        changes = {end: comparison.mean_difference(which, outcome, end) for end in ends}
        clear = [end for end, values in changes.items() if is_clear(values, outcome.unit)]
        if not clear:
            continue
        most = max(clear, key=lambda end: abs(measure_band(changes[end])[1]))
        middle = measure_band(changes[most])[1]
        levels = [
            abs(measure_band(mean_year(run, outcome, most))[1])
            for run in (comparison.reference, comparison.runs[which])
        ]
        line = tr(
            "{outcome}: a clear difference from the year to {first} on, largest in the year to {most} ({change}).",
            outcome=tr(outcome.label), first=months[clear[0] - 1], most=months[most - 1], change=show_signed_change(middle, outcome.unit),
        )  # fmt: skip
        found.append((abs(middle) / max(*levels, 1e-12), line))
    return [line for _, line in sorted(found, key=lambda one: -one[0])][:MOST_TOLD]


def show_signed_change(value: float, unit: str) -> str:
    """A difference with its sign and unit; shares in percentage points."""
    sign = "+" if value > 0 else ""
    if unit == "share":
        return f"{sign}{show_number(100 * value)} {tr('points')}"
    return f"{sign}{show_number(value)}{'' if unit in ('1', 'ratio') else f' {tr(unit)}'}"
