"""Policies side by side: what each brings to whom and at what cost, ranked by what the user weighs.

Levels are means over the last twelve months of a date, as in `differences.csv`; money is its present value at the start of
the policy.  In each run a policy scores, for each measure, how far it lies above the run's worst policy, from 0 to 1, and the
weighted mean of these; the policies of one run share its seeds, so the share of runs in which a policy scores highest is its
chance of being best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from asmsim.analysis.paired import BETTER, Comparison, discount_months, find_harms, name_base_year
from asmsim.analysis.statistics import find_negligible, is_clear, measure_band
from asmsim.analysis.summary import show_number, show_policy
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.extras import require_extra
from asmsim.config.language import localise_number, mark, tr
from asmsim.model.means import drop_undefined, mean_defined
from asmsim.model.outcomes import O
from asmsim.sweeps.store.targets import to_csv, whole_file

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScoredMeasure:
    """A column: its short name, what it says, its unit, whether more is better (1) or worse (-1), and what it is made of."""

    name: str
    label: str
    unit: str
    better: int
    outcome: O | None = None
    money: O | None = None


MEASURES = (
    ScoredMeasure("licences", mark("Licensed"), "share", 1, O.licensed_share),
    ScoredMeasure("income", mark("Income of the poorest fifth"), "USD/month", 1, O.income_low),
    ScoredMeasure("mercury", mark("Mercury"), "kg/month", -1, O.mercury),
    ScoredMeasure("violations", mark("Violations"), "per 1,000 miners and month", -1, O.violations),
    ScoredMeasure("official", mark("Gold sold officially"), "share", 1, O.official_share),
    ScoredMeasure("donor", mark("Cost to the donor"), "USD", -1, money=O.cost_donor),
    ScoredMeasure("state", mark("Cost to the state"), "USD", -1, money=O.cost_government),
    ScoredMeasure("revenue", mark("Royalty and tax"), "USD", 1, money=O.royalty_and_tax),
)
"""What policies are held beside each other by, in order."""
PER_LICENCE = mark("Cost of a licensed miner-year")


def parse_weights(text: str) -> dict[str, float]:
    """Weights as typed: `licences=3,mercury=2`; all alike where nothing is said, and nothing for what is left out.

    Raises
    ------
    ConfigError
        Something that is not weighed, or no number of 0 or more.
    """
    known = [m.name for m in MEASURES]
    if not text:
        return dict.fromkeys(known, 1.0)
    weights = dict.fromkeys(known, 0.0)
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name.strip() not in weights:
            raise ConfigError(
                f"--weights {name.strip()!r}: no such measure{nearest(name, known)}; known: {', '.join(known)}"
            )
        try:
            weights[name.strip()] = float(value)
        except ValueError:
            raise ConfigError(f"--weights {part.strip()!r}: write {name.strip()}=NUMBER") from None
        if not 0 <= weights[name.strip()] < np.inf:
            raise ConfigError(f"--weights {part.strip()!r}: a weight is a number of 0 or more")
    if not any(weights.values()):
        raise ConfigError("--weights: at least one has to be above 0")
    return weights


def measure_policy(done: Comparison, which: int, measure: ScoredMeasure, until: int) -> Floats:
    """(run,) values of a measure of policy number `which`."""
    run = done.runs[which]
    if measure.outcome is not None:
        return mean_defined(run.of(measure.outcome)[:, max(0, until - 12) : until], 1)
    assert measure.money is not None
    weight = discount_months(done.runs[which])[:until]
    return np.asarray((run.of(measure.money)[:, :until] * weight).sum(1))


def differ(done: Comparison, which: int, measure: ScoredMeasure, until: int) -> Floats:
    """(run,) paired differences from the reference."""
    if measure.outcome is not None:
        return done.mean_difference(which, measure.outcome, until)
    return measure_policy(done, which, measure, until) - measure_policy(done, 0, measure, until)


def score_policies(done: Comparison, weights: Mapping[str, float], until: int) -> Floats:
    """(policy, run) scores from 0 to 1: weighted means of measures, each by how far a policy lies above the worst in its run.

    That distance is counted in nine tenths of the runs' distances between the best and the worst policy, and 1 at most, so that
    measures in any unit count alike; one in which policies never differ by more than is negligible counts nothing.
    """
    total = np.zeros((len(done.runs), len(done.runs[0].values)))
    for measure in MEASURES:
        if weights[measure.name] <= 0:
            continue
        values = measure.better * np.stack([measure_policy(done, k, measure, until) for k in range(len(done.runs))])
        above = np.nan_to_num(values - np.nan_to_num(values, nan=np.inf).min(0), nan=0.0)
        width = float(np.quantile(above.max(0), 0.9))
        if width > find_negligible(measure.unit):
            total += weights[measure.name] * np.minimum(1.0, above / width)
    return np.asarray(total / sum(weights.values()))


def measure_best(scores: Floats) -> Floats:
    """(policy,) share of runs in which each scores highest; a tie is shared."""
    best = scores >= scores.max(0) - 1e-12
    return np.asarray((best / best.sum(0)).mean(1))


def measure_any_harm(done: Comparison, which: int, until: int) -> float:
    """Share of runs in which some outcome of the scorecard is harm, as `paired.find_harms` says; money is left out."""
    worse = [
        find_harms(done.mean_difference(which, m.outcome, until), m.outcome, done.level(0, m.outcome, until))
        for m in MEASURES
        if m.outcome is not None and m.outcome in BETTER
    ]
    return float(np.any(worse, axis=0).mean())


def cost_per_licence(done: Comparison, which: int, until: int) -> float:
    """Median USD of donor and state (present value) for each licensed miner-year beyond the reference; NaN where none is gained."""
    spent = done.present_value(which, {O.cost_donor: 1, O.cost_government: 1}, until)
    years = done.difference(which, O.licensed)[:, :until].sum(1) / 12
    ratios = np.where(years > 0, spent / np.where(years > 0, years, 1.0), np.nan)
    return measure_band(ratios)[1] if len(drop_undefined(ratios)) * 2 > len(ratios) else float("nan")


def tabulate_scorecard(
    done: Comparison, weights: Mapping[str, float] | None = None, until: int | None = None
) -> "pl.DataFrame":
    """One row a policy, the best first: level and difference of each measure, clear or not, score, rank, chances.

    Parameters
    ----------
    weights
        By the name of the measure; all alike if none.
    until
        Month after the twelve that are measured; the last if none.
    """
    import polars as pl

    until = len(done.reference.months) if until is None else until
    weights = parse_weights("") if weights is None else weights
    scores = score_policies(done, weights, until)
    best = measure_best(scores)
    rows = []
    for which, name in enumerate(done.names):
        row: dict[str, object] = {"policy": name, "reference": which == 0}
        for measure in MEASURES:
            row[measure.name] = measure_band(measure_policy(done, which, measure, until))[1]
            change = differ(done, which, measure, until)
            for ending, value in zip(
                ("_difference_q05", "_difference", "_difference_q95"), measure_band(change), strict=True
            ):
                row[f"{measure.name}{ending}"] = value if which else None
            row[f"{measure.name}_clear"] = is_clear(change, measure.unit) if which else None
        row["usd_a_licensed_miner_year"] = cost_per_licence(done, which, until) if which else None
        row |= {"score": float(np.median(scores[which])), "chance_of_best": float(best[which])}
        rows.append(row | {"chance_of_harm": measure_any_harm(done, which, until) if which else None})
    table = pl.DataFrame(rows, infer_schema_length=None).sort("score", descending=True, maintain_order=True)
    return table.with_row_index("rank", 1)


def show_scorecard(table: "pl.DataFrame") -> tuple[list[str], list[list[str]]]:
    """Header and rows in words: the level, and beneath it the difference where it is clear."""
    header = [
        tr("policy"),
        *(name_measure(m) for m in MEASURES),
        tr(PER_LICENCE),
        tr("score"),
        tr("best in"),
        tr("harm in"),
    ]
    rows = []
    for row in table.to_dicts():
        cells = [show_policy(row["policy"]) + (f" ({tr('reference')})" if row["reference"] else "")]
        for measure in MEASURES:
            change = row[f"{measure.name}_difference"]
            told = ""
            if change is not None and row[f"{measure.name}_clear"]:
                ends = (row[f"{measure.name}_difference_{end}"] for end in ("q05", "q95"))
                low, high = (show_number(100 * v if measure.unit == "share" else v) for v in ends)
                told = f" ({show_signed(change, measure.unit)} [{low}; {high}])"
            cells.append(f"{show_number(row[measure.name], measure.unit)}{told}")
        cost = row["usd_a_licensed_miner_year"]
        cells.append("-" if cost is None or not np.isfinite(cost) else f"USD {show_number(cost)}")
        harm = row["chance_of_harm"]
        cells += [
            localise_number(f"{row['score']:.2f}"), show_percent(row["chance_of_best"]),
            "-" if harm is None else show_percent(harm),
        ]  # fmt: skip
        rows.append(cells)
    return header, rows


def title_scorecard(done: Comparison) -> str:
    """What the scorecard of a comparison holds."""
    return tr(
        "The year to {month}: median level (median difference from {reference} with nine runs in ten, where it is clear); costs "
        "over all years, present value in {year} at 3 %",
        month=done.reference.months[-1], reference=show_policy(done.names[0]), year=name_base_year(done.reference),
    )  # fmt: skip


def name_measure(measure: ScoredMeasure) -> str:
    """What a column is called, with its unit; shares show theirs."""
    return tr(measure.label) + ("" if measure.unit == "share" else f", {tr(measure.unit)}")


def show_signed(value: float, unit: str) -> str:
    """A difference with its sign; shares in points."""
    shown = f"{show_number(100 * value)} {tr('points')}" if unit == "share" else show_number(value)
    return f"+{shown}" if value > 0 else shown


def describe_scorecard(table: "pl.DataFrame", weights: Mapping[str, float], fitted: bool = True) -> str:
    """The answer in a sentence: which policy scores highest, how sure that is, and for which weights."""
    first, second = [*table.to_dicts(), None][:2]
    assert first is not None
    told = [f"{m.name} {weights[m.name]:g}" for m in MEASURES if weights[m.name] > 0]
    if len(set(weights.values())) == 1:
        by = tr("with all measures weighing alike")
    else:
        by = tr("with the weights {weights}", weights=", ".join(told))
    best = show_percent(first["chance_of_best"])
    by = by if fitted else f"{by}{tr(', with behaviour at its starting values')}"
    if second is None:
        text = tr(
            "{policy} scores highest {by}: it is best in {best} of runs.",
            policy=show_policy(first["policy"]),
            by=by,
            best=best,
        )
    else:
        text = tr(
            "{policy} scores highest {by}: it is best in {best} of runs, {second} in {less}.",
            policy=show_policy(first["policy"]), by=by, best=best, second=show_policy(second["policy"]), less=show_percent(second["chance_of_best"]),
        )  # fmt: skip
    if first["chance_of_harm"]:
        share = show_percent(first["chance_of_harm"])
        text += " " + tr("In {share} of runs it makes something worse than the reference does.", share=share)
    return text


def show_percent(share: float) -> str:
    """A share of runs as people write it."""
    return f"{100 * share:.0f} %"


def write_scorecard(table: "pl.DataFrame", path: Path, overwrite: bool = False) -> None:
    """Write the table as CSV, or as a workbook: in words, in numbers, and what each column means."""
    import polars as pl

    with whole_file(path, overwrite=overwrite) as work:
        if path.suffix == ".csv":
            work.write_text(to_csv(table), encoding="utf-8")
            return
        require_extra("xlsxwriter", "--to xlsx")
        import xlsxwriter

        header, rows = show_scorecard(table)
        words = pl.DataFrame(rows, schema=header, orient="row")
        meanings = pl.DataFrame(list_columns(), schema=["column", "meaning", "unit"], orient="row")
        with xlsxwriter.Workbook(work, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            for name, sheet in (("numbers", table.fill_nan(None)), ("in words", words), ("columns", meanings)):
                sheet.write_excel(book, name, autofit=True, freeze_panes=(1, 1))


def list_columns() -> Sequence[tuple[str, str, str]]:
    """(column, meaning, unit) of the table, for a sheet that explains it."""
    rows = [
        ("rank", "by score, the best first", ""),
        ("policy", "its name", ""),
        ("reference", "what the others are compared with", ""),
    ]
    for m in MEASURES:
        which = (
            "median over runs, last 12 months"
            if m.outcome is not None
            else "median over runs, present value at the start of the policy at 3 % a year"
        )
        rows += [
            (m.name, f"{m.label}: {which}", m.unit),
            (f"{m.name}_difference_q05", "5 % of runs differ by less", m.unit),
            (f"{m.name}_difference", "median paired difference from the reference", m.unit),
            (f"{m.name}_difference_q95", "95 % of runs differ by less", m.unit),
        ]
        rows += [(f"{m.name}_clear", "whether nine runs in ten agree on its sign and it is more than negligible", "")]
    rows += [
        (
            "usd_a_licensed_miner_year",
            "spent by donor and state for each licensed miner-year beyond the reference",
            "USD",
        ),
        ("score", "median of the weighted mean of measures, each from 0 (as the worst policy of the run) to 1", ""),
        ("chance_of_best", "share of runs in which it scores highest", "share"),
        (
            "chance_of_harm",
            "share of runs in which an outcome is worse than in the reference by a hundredth of its level or more; money left out",
            "share",
        ),
    ]
    return rows
