"""The small table that a report opens with: a run's levels at the dates that matter, and what it cost."""

from typing import NamedTuple

import numpy as np

from asmsim.analysis.figures import PANELS
from asmsim.analysis.paired import discount_months, name_base_year
from asmsim.analysis.statistics import is_clear, measure_band
from asmsim.analysis.summary import date_label, find_dates, measure_year, show_interval_of, show_number
from asmsim.analysis.turning_points import show_signed_change
from asmsim.config.language import tr
from asmsim.model.outcomes import O
from asmsim.sweeps.replicates import Replicates

SHOWN = (*(panel.outcome for panel in PANELS[:6]), O.gold_official)


class KeyTable(NamedTuple):
    """Header and rows in words."""

    header: list[str]
    rows: list[list[str]]


def make_key_table(run: Replicates) -> KeyTable:
    """Outcomes in rows: median level at each date, and the change from the first year where it is clear."""
    at = find_dates(run)
    first = measure_year(run, at["first year"])
    later = {name: t for name, t in at.items() if name in ("exit", "horizon")}
    header = [
        tr("outcome"), tr("unit"), date_label(run, "first year", at["first year"]),
        *(date_label(run, name, t) for name, t in later.items()), tr("change to the last year, where clear"),
    ]  # fmt: skip
    rows = []
    last = measure_year(run, at["horizon"])
    for o in SHOWN:
        change = last[:, o] - first[:, o]
        told = (
            show_signed_change(measure_band(change)[1], o.unit) if is_clear(change, o.unit) else tr("no clear change")
        )
        levels = [
            show_number(measure_band(measure_year(run, t)[:, o])[1], o.unit)
            for t in (at["first year"], *later.values())
        ]
        rows.append([tr(o.label), "" if o.unit == "share" else tr(o.unit), *levels, told if run.runs > 1 else "-"])
    return KeyTable(header, rows)


def describe_costs(run: Replicates) -> str:
    """What donor and state spent over all months, and what that is for each year of one licensed miner; empty without money."""
    weight = discount_months(run)
    paid = {who: (run.of(o) * weight).sum(1) for who, o in (("donor", O.cost_donor), ("state", O.cost_government))}
    total = paid["donor"] + paid["state"]
    if measure_band(total)[1] < 1.0:
        return tr("Neither a donor nor the state spends anything on it.")
    years = run.of(O.licensed).sum(1) / 12
    text = tr(
        "It costs the donor USD {donor} and the state USD {state} over all years (present value in {year} at 3 % a year).",
        donor=show_number(measure_band(paid["donor"])[1]), state=show_number(measure_band(paid["state"])[1]),
        year=name_base_year(run),
    )  # fmt: skip
    if measure_band(years)[1] < 1.0:
        return text
    each = show_interval_of(total / np.maximum(years, 1e-9), "USD")
    return f"{text} " + tr("For each year that one miner is licensed that is USD {each}.", each=each)
