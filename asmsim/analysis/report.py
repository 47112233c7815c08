"""The report: one HTML file that opens from disk without network and prints on A4."""

from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.answers import choose_date, write_policy_answer, write_run_answer
from asmsim.analysis.pages import render_template
from asmsim.analysis.paired import ACCOUNTS, OFTEN, Comparison, find_first_difference
from asmsim.analysis.statistics import find_negligible
from asmsim.analysis.summary import (
    GLOSSARY,
    HEADLINES,
    LED_BY,
    OBSERVED,
    PATHWAY_MEANINGS,
    date_label,
    describe_parameters_part,
    find_dates,
    find_payer,
    label_observed,
    list_observed,
    measure_pathways,
    measure_year,
    show_interval_of,
    show_number,
    show_plain,
    warn_coarse_sample,
    warn_few_seeds,
)
from asmsim.model.labels import find_label
from asmsim.model.outcomes import O
from asmsim.model.scenarios import to_yaml
from asmsim.sweeps.replicates import Replicates

CAPTIONS = {
    "overview": "The run at a glance.",
    "people": "People present now (mining or between seasons) by legal status: fewer than mined in the last 12 months. "
    "A person in process waits for sign-offs or land.",
    "gold": "Gold by the channel through which it is sold. Licensing and official sale are separate: traders sell at the window too.",
    "map": "Where licensed miners are. The arrow on the scale means that a few small places lie above it.",
    "costs": "Cost of the levers as far as they were delivered, and what the programme spent on itself.",
    "values": "Each policy, on the same seeds.",
    "differences": "Paired differences from the reference. A band that holds zero is no clear difference.",
}


def write_sentences(run: Replicates) -> list[str]:
    """The details of a run in words, with intervals."""
    out = []
    for name, at in find_dates(run).items():
        if name == "first year":
            continue
        means = measure_year(run, at)
        out.append(
            f"{date_label(run, name, at).capitalize()}: {show_interval_of(means[:, O.licensed_share], 'share')} of the people who "
            f"mined in the last 12 months hold a valid licence; {show_interval_of(means[:, O.official_share], 'share')} of the "
            "gold is sold through official channels."
        )
    shares = sorted(measure_pathways(run).items(), key=lambda kv: -kv[1])
    ways = "; ".join(f"{n} ({PATHWAY_MEANINGS[n]}) in {100 * s:.0f} % of runs" for n, s in shares)
    out.append(f"Pathway of the last three years: {ways}.")
    if unpaid := list_unpaid_levers(run):
        out.append(
            f"Planned, but no money reached it, as no donor's programme pays: {', '.join(find_label(path) for path in unpaid)}."
        )
    paid = measure_share_paid(run)
    if paid < NEARLY_ALL:
        out.append(
            f"While the donor's programme runs {100 * paid:.0f} % of what its levers plan is paid for: the rest is beyond its "
            "money or its pace, and more levers take from each other."
        )
    seen = list_observed(run)
    if seen and run.name != run.scenario.context.default_policy:
        out.append(f"What is shown as observed happened under {run.scenario.context.default_policy}, unchanged.")
    elif seen and run.runs > 1:
        hits = sum(row[-1] == "inside" for row in seen)
        out.append(
            f"{hits} of {len(seen)} observations lie within what 9 in 10 runs show; see observed against simulated."
        )
    date, at = choose_date(find_dates(run))
    means = measure_year(run, at)
    out.append(describe_parameters_part(run, {o: means[:, o] for o in LED_BY}, f"at the {date_label(run, date, at)}"))
    return [
        *(line for line in out if line),
        *(caution for caution in (warn_few_seeds(run), warn_coarse_sample(run)) if caution),
    ]


def describe_uncertainty(run: Replicates) -> str:
    """What the intervals hold."""
    if run.drawn is None:
        return (
            "Parameters stand at their starting values, which are not fitted, and intervals show chance between seeds only; "
            "posterior=mongolia takes plausible sets of fitted ones."
        )
    return f"Intervals show chance and uncertain parameters together: {run.counted}."


def write_resolved(run: Replicates) -> str:
    """The resolved scenario with its seeds and draws, which runs again to the same bytes."""
    return to_yaml(run.scenario, run.seeds, None if run.drawn is None else run.drawn.told)


def make_headline_table(run: Replicates) -> tuple[list[str], list[list[str]]]:
    """Header and rows: outcome, unit, then median and 90 % interval at each date."""
    at = find_dates(run)
    header = ["outcome", "unit", *(date_label(run, n, t) for n, t in at.items())]
    means = {n: measure_year(run, t) for n, t in at.items()}
    rows = [[o.label, o.unit, *(show_interval_of(means[n][:, o], o.unit) for n in at)] for o in HEADLINES]
    return header, rows


def list_lever_rows(run: Replicates) -> list[list[str]]:
    """Each dosed lever: label, name, who pays, the dose where it is not the default, and the rest of the dose."""
    rows = []
    for lever in run.scenario.levers:
        dose = {k: v for k, v in lever.model_dump(mode="json").items() if k != "funder" and v not in (None, [], {})}
        own = lever.model_dump(mode="json", exclude_defaults=True)
        text = "; ".join(f"{k.replace('_', ' ')}: {show_plain(v)}" for k, v in dose.items() if k in own)
        if lever.path == "donor.programme":
            planned = float(run.scenario.donor.programme.budget(run.scenario.plan.grid).sum())
            text += f"; USD {show_number(planned)} in all"
        usual = "; ".join(f"{k.replace('_', ' ')}: {show_plain(v)}" for k, v in dose.items() if k not in own)
        payer = find_payer(lever.path, lever.funder)
        rows.append([lever.label, lever.path, payer, text.removeprefix("; "), usual])
    return rows


def list_unpaid_levers(run: Replicates) -> list[str]:
    """Levers that cost something, are a donor's to pay, and were never paid for."""
    plan = run.scenario.plan
    spent = run.lever_cost.sum(0)
    return [
        lever.path
        for lever, planned, s in zip(plan.levers, plan.cost, spent, strict=False)
        if find_payer(lever.path, lever.funder) == "donor" and s == 0 and planned.sum() > 0
    ]


NEARLY_ALL = 0.95


def measure_share_paid(run: Replicates) -> float:
    """Share of the planned cost of the donor's levers that is paid while its programme has money; 1 where nothing is planned."""
    plan, programme = run.scenario.plan, run.scenario.donor.programme
    if programme is None:
        return 1.0
    first = plan.grid.months - len(run.months)
    on = programme.budget(plan.grid)[first:] > 0
    mine = [
        k for k, v in enumerate(plan.levers) if find_payer(v.path, v.funder) == "donor" and v.path != "donor.programme"
    ]
    planned = float(plan.cost[mine][:, first:][:, on].sum())
    return float(run.lever_cost[on][:, mine].sum()) / planned if planned > 0 else 1.0


def _page(**fields: Any) -> str:
    pathways = [(f"pathway: {name}", meaning) for name, meaning in PATHWAY_MEANINGS.items()]
    glossary = [*GLOSSARY, *pathways]
    return render_template("report.html.j2", captions=CAPTIONS, meanings=list_meanings(), glossary=glossary, **fields)


def list_meanings() -> list[list[str]]:
    """Label, name, unit, meaning and smallest difference named of each outcome that a table leads with."""
    return [[o.label, o.name, o.unit, o.meaning, show_smallest(o.unit)] for o in HEADLINES]


def show_smallest(unit: str) -> str:
    """The smallest difference that is named, in words."""
    least = find_negligible(unit)
    return f"{100 * least:g} percentage points" if unit == "share" else f"{least:g}"


def render_run(run: Replicates, svgs: dict[str, str]) -> str:
    """Report of a run."""
    header, rows = make_headline_table(run)
    what = "median [90 % interval] of 12-month means" if run.runs > 1 else "12-month means of one seed"
    tables = [(f"Findings: {what}", header, rows)]
    seen = list_observed(run)
    if seen:
        tables.append(
            (
                "Observed against simulated (median [90 % interval] of the mean of the 12 months up to the date)",
                list(OBSERVED),
                label_observed(seen),
            )
        )
    return _page(
        title=f"{run.scenario.context.title}: {run.name}",
        uncertainty=describe_uncertainty(run),
        lead=f"{run.counted}, {run.months[0]} to {run.months[-1]}; one person simulated stands for "
        f"{run.scenario.model.scale:g} (1:{run.scenario.model.scale:g})",
        answers=[write_run_answer(run)],
        sentences=write_sentences(run),
        tables=tables,
        svgs=svgs,
        levers=list_lever_rows(run),
        note=run.scenario.context.note,
        scenario=write_resolved(run),
        provenance=run.provenance,
    )


def describe_policy(comparison: Comparison, which: int) -> str:
    """What the comparison says of one policy, in words."""
    name = comparison.names[which]
    from_month = find_first_difference(comparison.reference.scenario, comparison.runs[which].scenario)
    plans = f"plans differ from {from_month}" if from_month else "the plans are the same"
    often = "; ".join(f"{find_label(o)} in {100 * s:.0f} %" for o, s in comparison.harms(which).items() if s >= OFTEN)
    return (
        f"{name}, compared with {comparison.names[0]}: {plans}. Result and cost: {comparison.cost_per_result(which)}. "
        f"Share of the gain at the end of the programme that is left five years later: {comparison.durability(which)}. "
        "Single runs that are worse in the last year, whether or not the difference is clear: "
        f"{often or 'fewer than 5 % in every outcome'}."
    )


def list_cost_rows(comparison: Comparison) -> list[list[str]]:
    """Policy, date, and licensed miner-years with the money spent up to then."""
    return [
        [comparison.names[which], date_label(comparison.runs[which], date, at), comparison.cost_per_result(which, at)]
        for which in range(1, len(comparison.runs))
        for date, at in comparison.dates(which).items()
        if date != "first year"
    ]


def list_account_rows(comparison: Comparison) -> list[list[str]]:
    """Policy, date, and what each who pays has paid more up to then."""
    return [
        [
            comparison.names[which],
            date_label(comparison.runs[which], date, at),
            *(show_interval_of(comparison.present_value(which, of, at) / 1e6, "") for of in ACCOUNTS.values()),
        ]
        for which in range(1, len(comparison.runs))
        for date, at in comparison.dates(which).items()
        if date != "first year"
    ]


def make_difference_table(comparison: Comparison, which: int) -> tuple[list[str], list[list[str]]]:
    """Header and rows: outcome, then the verdict at each date, with its unit."""
    name, at = comparison.names[which], comparison.dates(which)
    table = comparison.differences().to_dicts()
    mine = {(r["outcome"], r["date"]): r["verdict"] for r in table if r["policy"] == name}
    rows = [[o.label, *(str(mine[o.name, d]) for d in at)] for o in HEADLINES]
    return ["outcome", *(date_label(comparison.reference, d, t) for d, t in at.items())], rows


def describe_sources(comparison: Comparison, which: int) -> str:
    """How much of the variance of a policy's differences comes from parameters; empty without draws."""

    def means(until: int) -> dict[O, npt.NDArray[np.float64]]:
        return {o: comparison.mean_difference(which, o, until) for o in LED_BY}

    at = comparison.dates(which)
    first = choose_date(at)
    later = [
        date for date in at.items() if date[1] >= first[1]
    ]  # it may part from the reference only when its own programme ends
    date, until = next((d for d in later if any(values.any() for values in means(d[1]).values())), first)
    when = f"of what {comparison.names[which]} changes at the {date_label(comparison.reference, date, until)}"
    return describe_parameters_part(comparison.reference, means(until), when)


def render_comparison(comparison: Comparison, svgs: dict[str, str]) -> str:
    """Report of a comparison."""
    others = range(1, len(comparison.runs))
    details = [describe_policy(comparison, which) for which in others]
    few = warn_few_seeds(comparison.reference)
    first = comparison.names[0]
    shared = f"; in all of them {', '.join(comparison.shared)}" if comparison.shared else ""
    return _page(
        title=f"{', '.join(comparison.names[1:])} against {first}",
        uncertainty=describe_uncertainty(comparison.reference),
        lead=f"paired on {comparison.reference.counted}; {comparison.reference.scenario.context.title}{shared}",
        answers=[write_policy_answer(comparison, which) for which in others],
        sentences=[
            *(f"{label}." for label in comparison.labels),
            *details,
            *(line for line in (*(describe_sources(comparison, k) for k in others), few) if line),
        ],
        tables=[
            *((f"{comparison.names[k]} minus {first}", *make_difference_table(comparison, k)) for k in others),
            ("What the money brought, from the start", ["policy", "until", "gain"], list_cost_rows(comparison)),
            (
                "Who pays, from the start: USD million more than the reference, present value at 3 % a year",
                ["policy", "until", *ACCOUNTS],
                list_account_rows(comparison),
            ),
        ],
        svgs=svgs,
        levers=[],
        note="Every policy runs on the same seeds: a difference is caused by the policy alone.",
        scenario="\n".join(
            f"# --- {n}\n{write_resolved(r)}" for n, r in zip(comparison.names, comparison.runs, strict=True)
        ),
        provenance=comparison.provenance,
    )
