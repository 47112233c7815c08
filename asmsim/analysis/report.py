"""The report: one HTML file that opens from disk without network and prints on A4; and a page of it, the brief.

Both open with the answer in a sentence, one figure, one small table, why, and what to be careful of.  In the report all else
is folded behind *Details*.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.answers import choose_date, write_policy_answer, write_run_answer
from asmsim.analysis.held_back import HeldBack, describe_held_back, look_back
from asmsim.analysis.key_figures import describe_costs, make_key_table
from asmsim.analysis.pages import render_template
from asmsim.analysis.paired import (
    ACCOUNTS,
    OFTEN,
    Comparison,
    describe_difference,
    find_first_difference,
    name_base_year,
)
from asmsim.analysis.scorecard import (
    describe_scorecard,
    parse_weights,
    show_scorecard,
    tabulate_scorecard,
    title_scorecard,
)
from asmsim.analysis.statistics import find_negligible, measure_band
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
    show_policy,
)
from asmsim.analysis.turning_points import list_partings, list_turning_points
from asmsim.config.language import find_language, localise_number, mark, tr
from asmsim.model.labels import find_label
from asmsim.model.outcomes import O
from asmsim.model.scenarios import to_yaml
from asmsim.sweeps.cautions import list_cautions
from asmsim.sweeps.replicates import Replicates

Table = tuple[str, list[str], list[list[str]]]
CAPTIONS = {
    "headline": mark("Who is licensed, and what is sold through official channels."),
    "overview": mark("Incomes, mercury, people, and rights or trust."),
    "people": mark(
        "People present now (mining or between seasons) by legal status: fewer than mined in the last 12 months. "
        "A person in process waits for sign-offs or land."
    ),
    "gold": mark(
        "Gold by the channel through which it is sold. Licensing and official sale are separate: traders sell at the window too."
    ),
    "map": mark("Where licensed miners are. The arrow on the scale means that a few small places lie above it."),
    "costs": mark("Cost of the levers as far as they were delivered, and what the programme spent on itself."),
    "values": mark("Each policy, on the same seeds, where they clearly differ in some year."),
    "differences": mark(
        "Paired differences from the reference, where they are clear in some year. A band that holds zero is no clear difference."
    ),
}
TOOL = mark("Simulated: a tool for exploration and explanation, not a forecast.")
PAIRED = mark("Every policy runs on the same seeds: a difference is caused by the policy alone.")


def write_sentences(run: Replicates) -> list[str]:
    """The details of a run in words, with intervals."""
    out = []
    for name, at in find_dates(run).items():
        if name == "first year":
            continue
        means = measure_year(run, at)
        line = tr(
            "{date}: {licensed} of the people who mined in the last 12 months hold a valid licence; {official} of the gold is "
            "sold through official channels.",
            date=date_label(run, name, at), licensed=show_interval_of(means[:, O.licensed_share], "share"),
            official=show_interval_of(means[:, O.official_share], "share"),
        )  # fmt: skip
        out.append(line[:1].upper() + line[1:])
    shares = sorted(measure_pathways(run).items(), key=lambda kv: -kv[1])
    ways = [
        tr(
            "{pathway} ({meaning}) in {share} % of runs",
            pathway=tr(n),
            meaning=tr(PATHWAY_MEANINGS[n]),
            share=f"{100 * s:.0f}",
        )
        for n, s in shares
    ]
    out.append(tr("Pathway of the last three years: {ways}.", ways="; ".join(ways)))
    if unpaid := list_unpaid_levers(run):
        levers = ", ".join(find_label(path) for path in unpaid)
        out.append(tr("Planned, but no money reached it, as no donor's programme pays: {levers}.", levers=levers))
    paid = measure_share_paid(run)
    if paid < NEARLY_ALL:
        out.append(
            tr(
                "While the donor's programme runs {paid} % of what its levers plan is paid for: the rest is beyond its money or "
                "its pace, and more levers take from each other.",
                paid=f"{100 * paid:.0f}",
            )
        )
    seen = list_observed(run)
    if seen and run.name != run.scenario.context.default_policy:
        policy = run.scenario.context.default_policy
        out.append(tr("What is shown as observed happened under {policy}, unchanged.", policy=policy))
    elif seen and run.runs > 1:
        hits = sum(row[-1] == "inside" for row in seen)
        out.append(
            tr(
                "{hits} of {number} observations lie within what 9 in 10 runs show; see observed against simulated.",
                hits=hits, number=len(seen),
            )
        )  # fmt: skip
    date, at = choose_date(find_dates(run))
    means = measure_year(run, at)
    when = tr("at the {date}", date=date_label(run, date, at))
    out.append(describe_parameters_part(run, {o: means[:, o] for o in LED_BY}, when))
    return [line for line in out if line]


def describe_uncertainty(run: Replicates) -> str:
    """What the intervals hold, where parameters are drawn; where they are not, a caution says it."""
    if run.drawn is None:
        return ""
    return tr("Intervals show chance and uncertain parameters together: {counted}.", counted=run.counted)


def list_caveats(done: Replicates | Comparison) -> list[str]:
    """What changes how a result may be used, the general first, without names of settings."""
    return [
        line for line in (tr(TOOL), describe_uncertainty(_runs_of(done)[0]), *_list_cautions_of(done, True)) if line
    ]


def list_plan_remarks(done: Replicates | Comparison) -> list[str]:
    """What the opening says of a plan, or leaves out, with what to type about it."""
    said = list_caveats(done)
    return [line for line in _list_cautions_of(done, False) if line not in said]


def _runs_of(done: Replicates | Comparison) -> tuple[Replicates, ...]:
    return done.runs if isinstance(done, Comparison) else (done,)


def _list_cautions_of(done: Replicates | Comparison, plain: bool) -> list[str]:
    """Cautions in the language in use, which those that a result keeps need not be in."""
    runs = _runs_of(done)
    return list_cautions([run.scenario for run in runs], len(runs[0].seeds), runs[0].draws, plain)


def write_resolved(run: Replicates) -> str:
    """The resolved scenario with its seeds and draws, which runs again to the same bytes."""
    return to_yaml(run.scenario, run.seeds, None if run.drawn is None else run.drawn.told)


def make_headline_table(run: Replicates) -> tuple[list[str], list[list[str]]]:
    """Header and rows: outcome, unit, then median and 90 % interval at each date."""
    at = find_dates(run)
    header = [tr("outcome"), tr("unit"), *(date_label(run, n, t) for n, t in at.items())]
    means = {n: measure_year(run, t) for n, t in at.items()}
    rows = [[tr(o.label), tr(o.unit), *(show_interval_of(means[n][:, o], o.unit) for n in at)] for o in HEADLINES]
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
            text += "; " + tr("USD {amount} in all", amount=show_number(planned))
        usual = "; ".join(f"{k.replace('_', ' ')}: {show_plain(v)}" for k, v in dose.items() if k not in own)
        payer = find_payer(lever.path, lever.funder)
        rows.append([find_label(lever.path), lever.path, tr(payer), text.removeprefix("; "), usual])
    return rows


LEVERS = mark("lever"), mark("code name"), mark("paid by"), mark("dose"), mark("as by default")


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


def list_meanings() -> list[list[str]]:
    """Label, name, unit, meaning and smallest difference named of each outcome that a table leads with."""
    return [[tr(o.label), o.name, tr(o.unit), tr(o.meaning), show_smallest(o.unit)] for o in HEADLINES]


MEANINGS = mark("outcome"), mark("code name"), mark("unit"), mark("meaning"), mark("smallest difference named")


def show_smallest(unit: str) -> str:
    """The smallest difference that is named, in words."""
    least = find_negligible(unit)
    return (
        localise_number(f"{100 * least:g}") + f" {tr('percentage points')}"
        if unit == "share"
        else localise_number(f"{least:g}")
    )


def open_run(run: Replicates) -> dict[str, Any]:
    """What a run's report and its brief both open with, by the fields of their templates."""
    return {
        "title": f"{run.scenario.context.title}: {show_policy(run.name)}",
        "lead": tr(
            "{counted}, {first} to {last}; one person simulated stands for {scale}",
            counted=run.counted, first=run.months[0], last=run.months[-1], scale=f"{run.scenario.model.scale:g}",
        ),
        "answers": [write_run_answer(run)],
        "key": make_key_table(run),
        "key_title": tr("Median of the runs, means of 12 months"),
        "why": [describe_held_back(look_back(run)), *list_turning_points(run)],
        "costs": describe_costs(run),
        "caveats": list_caveats(run),
    }  # fmt: skip


BRIEFLY = 2
"""Lines of *why* for each policy in a brief."""


def open_comparison(comparison: Comparison, lines: int | None = None) -> dict[str, Any]:
    """What a comparison's report and its brief both open with, by the fields of their templates."""
    others = range(1, len(comparison.runs))
    names = [show_policy(name) for name in comparison.names]
    weights = parse_weights("")
    table = tabulate_scorecard(comparison, weights)
    header, rows = show_scorecard(table)
    turned = [list(line) for line in zip(header[1:], *(row[1:] for row in rows), strict=True)]
    before = look_back(comparison.reference)
    shared = "; " + tr("in all of them {shared}", shared=", ".join(comparison.shared)) if comparison.shared else ""
    counted, country = comparison.reference.counted, comparison.reference.scenario.context.title
    return {
        "title": tr("{policies} against {reference}", policies=", ".join(names[1:]), reference=names[0]),
        "lead": tr("paired on {counted}; {country}", counted=counted, country=country) + shared,
        "answers": [write_policy_answer(comparison, which) for which in others],
        "key": ([tr("measure"), *(row[0] for row in rows)], turned),
        "key_title": title_scorecard(comparison),
        "why": [line for which in others for line in explain_policy(comparison, which, before)[:lines]],
        "costs": describe_scorecard(table, weights, comparison.reference.drawn is not None),
        "caveats": [*list_caveats(comparison), tr(PAIRED)],
    }  # fmt: skip


def explain_policy(comparison: Comparison, which: int, before: HeldBack) -> list[str]:
    """What holds people back under a policy, and from when on which outcomes part from the reference."""
    name, reference = show_policy(comparison.names[which]), show_policy(comparison.names[0])
    text = describe_held_back(look_back(comparison.runs[which]), before, (name, reference))
    opening = f"{name}{tr(': ')}" if len(comparison.runs) > 2 else ""
    return [opening + text, *(opening + line for line in list_partings(comparison, which))]


def render_brief(done: Replicates | Comparison, svg: str) -> str:
    """One page in plain words: the answer, a figure, a small table, why, costs and what to be careful of."""
    opened = open_comparison(done, BRIEFLY) if isinstance(done, Comparison) else open_run(done)
    return _page("brief.html.j2", **opened, svgs={"headline": svg}, provenance=done.provenance)


def _page(template: str, **fields: Any) -> str:
    captions = {name: tr(text) for name, text in CAPTIONS.items()}
    return render_template(template, captions=captions, tr=tr, language=find_language(), **fields)


def _details(**fields: Any) -> str:
    pathways = [(f"{tr('pathway')}{tr(': ')}{tr(name)}", tr(meaning)) for name, meaning in PATHWAY_MEANINGS.items()]
    glossary = [*((tr(word), tr(meaning)) for word, meaning in GLOSSARY), *pathways]
    meanings = ([tr(head) for head in MEANINGS], list_meanings())
    return _page("report.html.j2", meanings=meanings, glossary=glossary, **fields)


def title_findings(run: Replicates) -> str:
    """What the table of all findings holds."""
    if run.runs > 1:
        return tr("median [90 % interval] of 12-month means")
    return tr("12-month means of one seed")


def title_observed() -> str:
    """What the table of observations holds."""
    return tr("Observed against simulated (median [90 % interval] of the mean of the 12 months up to the date)")


def render_run(run: Replicates, svgs: dict[str, str]) -> str:
    """Report of a run."""
    tables: list[Table] = [(title_findings(run), *make_headline_table(run))]
    if seen := list_observed(run):
        tables.append((title_observed(), [tr(head) for head in OBSERVED], label_observed(seen)))
    return _details(
        **open_run(run),
        sentences=[*write_sentences(run), *list_plan_remarks(run)],
        tables=tables,
        svgs=svgs,
        levers=([tr(head) for head in LEVERS], list_lever_rows(run)),
        note=run.scenario.context.note,
        scenario=write_resolved(run),
        provenance=run.provenance,
    )


def describe_policy(comparison: Comparison, which: int) -> str:
    """What the comparison says of one policy, in words."""
    from_month = find_first_difference(comparison.reference.scenario, comparison.runs[which].scenario)
    plans = tr("plans differ from {month}", month=from_month) if from_month else tr("the plans are the same")
    often = [
        tr("{outcome} in {share} %", outcome=find_label(o), share=f"{100 * s:.0f}")
        for o, s in comparison.harms(which).items()
        if s >= OFTEN
    ]
    return tr(
        "{policy}, compared with {reference}: {plans}. Result and cost: {cost}. Share of the gain at the end of the programme "
        "that is left five years later: {durability}. Single runs that are worse in the last year, whether or not the "
        "difference is clear: {often}.",
        policy=comparison.names[which], reference=comparison.names[0], plans=plans, cost=comparison.cost_per_result(which),
        durability=comparison.durability(which), often="; ".join(often) or tr("fewer than 5 % in every outcome"),
    )  # fmt: skip


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
    """Header and rows: outcome, both levels in the last year, then the difference at each date, with its unit."""
    at = comparison.dates(which)
    months = comparison.reference.months
    before, after = (measure_year(run, len(months)) for run in (comparison.reference, comparison.runs[which]))
    rows = [
        [
            tr(o.label),
            " \N{RIGHTWARDS ARROW} ".join(
                show_number(measure_band(level[:, o])[1], o.unit) for level in (before, after)
            ),
            *(describe_difference(comparison.mean_difference(which, o, t), o.unit) for t in at.values()),
        ]
        for o in HEADLINES
    ]
    levels = tr("levels, year to {month}", month=months[-1])
    return [tr("outcome"), levels, *(date_label(comparison.reference, d, t) for d, t in at.items())], rows


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
    named = date_label(comparison.reference, date, until)
    when = tr("of what {policy} changes at the {date}", policy=comparison.names[which], date=named)
    return describe_parameters_part(comparison.reference, means(until), when)


def render_comparison(comparison: Comparison, svgs: dict[str, str]) -> str:
    """Report of a comparison."""
    others = range(1, len(comparison.runs))
    first = comparison.names[0]
    gained = [tr("policy"), tr("until"), tr("gain")]
    paid = [tr("policy"), tr("until"), *(tr(who) for who in ACCOUNTS)]
    return _details(
        **open_comparison(comparison),
        sentences=[
            *(f"{label}." for label in comparison.labels),
            *(describe_policy(comparison, which) for which in others),
            *(line for k in others if (line := describe_sources(comparison, k))),
            *list_plan_remarks(comparison),
        ],
        tables=[
            *(
                (
                    tr("{policy} minus {reference}", policy=comparison.names[k], reference=first),
                    *make_difference_table(comparison, k),
                )
                for k in others
            ),
            (tr("What the money brought, from the start"), gained, list_cost_rows(comparison)),
            (
                tr(
                    "Who pays, from the start: USD million more than the reference, present value in {year} at 3 % a year",
                    year=name_base_year(comparison.reference),
                ),
                paid,
                list_account_rows(comparison),
            ),
        ],
        svgs=svgs,
        levers=([], []),
        note="",
        scenario="\n".join(
            f"# --- {n}\n{write_resolved(r)}" for n, r in zip(comparison.names, comparison.runs, strict=True)
        ),
        provenance=comparison.provenance,
    )
