"""Summaries of replicates: 12-month means at the dates that matter, with intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.analysis.statistics import QUANTILES, measure_band
from asmsim.config.language import localise_number, mark, tr
from asmsim.config.schema import month_name, month_number
from asmsim.model.means import drop_undefined
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import find_outcome, list_reported
from asmsim.model.pathway import trailing_mean
from asmsim.sweeps.draws import parameter_share, split_spread
from asmsim.sweeps.replicates import Replicates
from asmsim.sweeps.store.dates import list_dates, year_mean

if TYPE_CHECKING:
    import polars as pl

# What the terminal and the report lead with; every outcome is in summary.csv.
HEADLINES: tuple[O, ...] = (
    O.miners,
    O.licensed_share,
    O.licensed,
    O.in_process,
    O.enterprises,
    O.enterprises_licensed,
    O.official_share,
    O.gold_official,
    O.gold_mined,
    O.gold_per_miner,
    O.price_received,
    O.income_median,
    O.income_low,
    O.tied_share,
    O.royalty_and_tax,
    O.cost_donor,
    O.cost_government,
    O.violations,
    O.trust,
    O.stigma_local,
    O.will,
    O.mercury,
    O.damage,
)


LED_BY = (O.licensed_share, O.official_share, O.miners, O.income_median, O.mercury)
"""Outcomes that the first sentences are about: how they change, and how much of their variance comes from parameters."""

DATE_WORDS = {
    "first year": mark("first year"),
    "exit": mark("end of the programme"),
    "exit+5": mark("five years after the programme"),
    "exit+10": mark("ten years after the programme"),
    "horizon": mark("last month simulated"),
}
"""What people read instead of the name of a date that CSV files and `--date` use."""


def find_dates(run: Replicates) -> dict[str, int]:
    """Named dates of a run, as the index of the month that follows the 12-month window."""
    return list_dates(len(run.months), run.exit_index, run.scenario.donor.programme is not None)


def measure_year(run: Replicates, until: int) -> npt.NDArray[np.float64]:
    """(seed, outcome) means of the 12 months before month index `until`."""
    return year_mean(run.values, until)


def date_label(run: Replicates, name: str, at: int) -> str:
    """`end of the programme (2019-12)`: a date in words with the last month of its window."""
    return f"{name_date(name)} ({run.months[at - 1]})"


def name_date(name: str) -> str:
    """A date in words: `end of the programme` for `exit`; a month, or another date, as it is."""
    return tr(DATE_WORDS[name]) if name in DATE_WORDS else name


def summarise(run: Replicates) -> "pl.DataFrame":
    """One row per outcome and date: mean and quantiles over runs of the 12-month mean.

    Also the standard deviation by chance (between seeds) and by parameters (between draws; null without draws).
    """
    import polars as pl

    rows = []
    for name, at in find_dates(run).items():
        means = measure_year(run, at)
        for o in list_reported():
            values = means[:, o]
            row: dict[str, object] = {
                "outcome": o.name,
                "unit": o.unit,
                "date": name,
                "until": run.months[at - 1],
            }
            row |= summarise_values(values)
            row |= split_deviations(values, run.draws)
            rows.append(row | {"seeds": len(run.seeds), "draws": run.draws})
    return pl.DataFrame(rows, infer_schema_length=None)


def summarise_values(values: npt.NDArray[np.float64]) -> dict[str, float | None]:
    """Columns for the mean and quantiles of (run,) values that are defined; null where none is."""
    known = drop_undefined(values)
    columns = ["mean", *(f"q{round(100 * q):02d}" for q in QUANTILES)]
    if not len(known):
        return dict.fromkeys(columns)
    return dict(zip(columns, map(float, (known.mean(), *(np.quantile(known, q) for q in QUANTILES))), strict=True))


def split_deviations(values: npt.NDArray[np.float64], draws: int) -> dict[str, float | None]:
    """Columns for what chance and what parameters add; null where there is not enough evidence."""
    chance, parameters = split_spread(values, draws)
    found = {"chance_sd": chance, "parameter_sd": parameters}
    return {name: float(v) if np.isfinite(v) else None for name, v in found.items()}


def describe_parameters_part(run: Replicates, of: Mapping[O, npt.NDArray[np.float64]], when: str) -> str:
    """A sentence: how much of the variance of some outcomes at a date comes from parameters; empty without draws."""
    if run.draws < 2:
        return ""
    shares = [
        f"{tr(o.label)} {100 * s:.0f} %" for o, v in of.items() if np.isfinite(s := parameter_share(v, run.draws))
    ]
    if not shares and len(run.seeds) > 1:
        return ""
    if not shares:
        return tr("One seed a draw: chance and parameters cannot be separated; give at least 2 (-n 4).")
    return tr(
        "How much of the variance {when} comes from not knowing the behaviour parameters (the rest is chance): {shares}.",
        when=when, shares=", ".join(shares),
    )  # fmt: skip


def measure_pathways(run: Replicates) -> Mapping[str, float]:
    """Share of runs on each pathway that occurs."""
    names, counts = np.unique([way for way in run.pathways if way is not None], return_counts=True)
    return {str(n): float(c) / run.runs for n, c in zip(names, counts, strict=True)}


def show_number(value: float, unit: str = "") -> str:
    """A number as people write it in the language in use: 12 %, 45,300, 0.62."""
    if not np.isfinite(value):
        return "-"
    if unit == "share":
        return localise_number(f"{100 * value:.1f} %")
    size = abs(value)
    if size >= 1e6:
        return tr("{number} million", number=localise_number(f"{value / 1e6:,.2f}"))
    if size >= 100:
        return localise_number(f"{value:,.0f}")
    if size >= 10:
        return localise_number(f"{value:.1f}")
    return localise_number(f"{value:.2f}" if size >= 0.005 or value == 0 else f"{value:.1g}")


def show_policy(name: str) -> str:
    """A policy's name for people; one that was changed is shown as it was typed."""
    return name if "=" in name else name.replace("_", " ")


def show_plain(value: object) -> str:
    """A configured value as people write it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {show_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(show_plain(inner) for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def show_interval_of(values: npt.NDArray[np.float64], unit: str) -> str:
    """Median and 90 % interval; the value alone where there is one seed."""
    low, middle, high = measure_band(values)
    if len(values) == 1:
        return show_number(middle, unit)
    return f"{show_number(middle, unit)} [{show_number(low, unit)}; {show_number(high, unit)}]"


def find_payer(path: str, funder: str) -> str:
    """Who pays for a lever: what belongs to a donor's programme is the donor's, whoever plans it."""
    return "donor" if path.startswith("donor.") else funder


def find_exit(run: Replicates) -> str | None:
    """Last month of the donor's programme, where it ends before the horizon."""
    programme = run.scenario.donor.programme
    if programme is None or run.exit_index >= len(run.months):
        return None
    return month_name(month_number(run.months[run.exit_index]) - 1)


OBSERVED = (
    mark("outcome"), mark("month"), mark("observed"), mark("source"), mark("simulated"), mark("observed is"),
)  # fmt: skip


def list_observed(run: Replicates) -> list[list[str]]:
    """What was observed beside what was simulated, in words, in the columns `OBSERVED`; see `tabulate_observed`."""
    rows = []
    for row in tabulate_observed(run).iter_rows(named=True):
        middle, low, high = (show_number(row[key], row["unit"]) for key in ("median", "q05", "q95"))
        simulated = middle if run.runs == 1 else f"{middle} [{low}; {high}]"
        seen = show_number(row["observed"], row["unit"])
        rows.append([row["outcome"], row["month"], seen, row["source"] or "-", simulated, row["observed_is"]])
    return rows


def tabulate_observed(run: Replicates) -> "pl.DataFrame":
    """What was observed beside what was simulated, as in the figures: the mean of the 12 months up to the date.

    One row per observation of the context in a recorded month: outcome, label, unit, month, what was observed, median and
    90 % interval of what was simulated, where the observation lies, and its source.
    """
    import polars as pl

    rows = []
    for name, seen in sorted(run.scenario.context.observed.items()):  # as a resolved scenario lists them
        outcome = find_outcome(name)
        paths = trailing_mean(run.of(outcome).T).T
        sources = split_sources(run.scenario.context.sources.get(f"observed.{name}", ""), len(seen))
        for (month, value), source in sorted(zip(seen.items(), sources, strict=True)):
            if month not in run.months:
                continue
            values = paths[:, run.months.index(month)]
            low, middle, high = measure_band(values)
            where = mark("inside") if low <= value <= high else mark("below") if value < low else mark("above")
            if len(values) == 1 or np.isnan(middle):
                where = "-"
            row = [
                name,
                outcome.label,
                outcome.unit,
                month,
                float(value),
                middle,
                low,
                high,
                where,
                source,
            ]
            rows.append(row)
    names = ["outcome", "label", "unit", "month", "observed", "median", "q05", "q95", "observed_is", "source"]
    kinds = [pl.String] * 4 + [pl.Float64] * 4 + [pl.String] * 2
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def label_observed(rows: list[list[str]]) -> list[list[str]]:
    """Rows of `list_observed` with the label of each outcome instead of its name."""
    return [[tr(find_outcome(row[0]).label), *row[1:-1], tr(row[-1])] for row in rows]


def split_sources(text: str, number_of: int) -> list[str]:
    """A list of sources, one for each observation; the whole text for each where it does not list so many."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    found = [part.strip() for part in parts]
    return found if len(found) == number_of else [text] * number_of


# Words that a report uses, for readers who did not build the model.
GLOSSARY: tuple[tuple[str, str], ...] = (
    (mark("seed"), mark("a number that decides all that is chance in a run: a policy is run on many seeds, and every policy on the same ones")),
    (mark("median [90 % interval]"), mark("half of the runs lie below the median, nine in ten inside the interval; it shows chance, and with a posterior also what is not known of the behaviour parameters")),
    (mark("12-month mean"), mark("mean of the 12 months up to the date, so that seasons do not count")),
    (mark("end of the programme (exit)"), mark("last month in which the donor's programme pays; in files and options: exit, and exit+5 and exit+10 five and ten years later")),
    (mark("last month simulated (horizon)"), mark("in files and options: horizon")),
    (mark("posterior"), mark("plausible sets of behaviour parameters: those with which the model comes near what was observed")),
    (mark("scale, 1:10"), mark("one person simulated stands for 10 (or what the scale says); counts are of the whole population")),
    (mark("miners"), mark("people who mined in at least one of the last 12 months; those present are mining or between seasons now")),
    (mark("official channel"), mark("the official window or licensed export, whoever brings the gold there")),
    (mark("no clear difference"), mark("the 90 % interval of the paired difference holds zero, or its median is negligible")),
    (mark("durability"), mark("share of the gain at the end of the programme that is left five years later")),
)  # fmt: skip
PATHWAY_MEANINGS: dict[str, str] = {
    mark("limbo"): mark(
        "10 % of miners or more wait with files two years old or more, and twice as many wait as hold a licence"
    ),
    mark("never started"): mark("the licensed share was never 5 % or more"),
    mark("collapse"): mark("over its last three years the licensed share is a tenth of its peak or less"),
    mark("reversal"): mark("over its last three years the licensed share is half of its peak or less"),
    mark("take-off"): mark("over its last three years the licensed share is 30 % or more"),
    mark("plateau"): mark("in its last year the licensed share is within a fifth of what it was five years before"),
    mark("drifting"): mark("none of these"),
}
"""What each pathway means: the first that fits the last three years (`model/pathway.py`)."""


def write_legend(run: Replicates) -> str:
    """The words of the findings in one line."""
    parts = []
    if find_exit(run) is not None:
        parts.append(tr("end of the programme = last month that the donor pays (exit in files)"))
    parts.append(tr("last month simulated = horizon in files"))
    parts.append(
        tr(
            "one person simulated stands for {scale}, counts are of the whole population",
            scale=f"{run.scenario.model.scale:g}",
        )
    )
    more = tr("The report explains more words, and gives the meaning and code name of each outcome.")
    return f"{'; '.join(parts)}. {more}"
