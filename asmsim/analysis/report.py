"""The report: one HTML file that opens from disk without network and prints on A4."""

from importlib.resources import files
from typing import Any

from asmsim.analysis.paired import Comparison, identical_until
from asmsim.analysis.summary import HEADLINES, dates, interval, label, pathway_shares, year_means
from asmsim.config.provenance import provenance
from asmsim.model.outcomes import O
from asmsim.model.scenarios import to_yaml
from asmsim.sweep.replicates import Replicates

CAPTIONS = {
    "overview": "The run at a glance.",
    "people": "People by legal status. A person in process waits for sign-offs or land.",
    "gold": "Gold by the way it leaves. Licensing and official sale are separate: traders sell at the window too.",
    "map": "Where licensed miners are.",
    "costs": "Planned cost of the levers as far as they were delivered.",
    "values": "Each policy, on the same seeds.",
    "differences": "Paired differences from the reference. A band that holds zero is no clear difference.",
}


def sentences(run: Replicates) -> list[str]:
    """What the run says, in words with intervals."""
    out = []
    for name, at in dates(run).items():
        if name == "first year":
            continue
        means = year_means(run, at)
        out.append(
            f"{label(run, name, at)}: {interval(means[:, O.licensed_share], 'share')} of the people who mine hold a "
            f"valid licence; {interval(means[:, O.official_share], 'share')} of the gold sold on leaves officially."
        )
    shares = sorted(pathway_shares(run).items(), key=lambda kv: -kv[1])
    out.append(
        "Pathway of the last three years: " + ", ".join(f"{n} in {100 * s:.0f} % of runs" for n, s in shares) + "."
    )
    return out


def headline_table(run: Replicates) -> tuple[list[str], list[list[str]]]:
    """Header and rows: outcome, unit, then median and 90 % interval at each date."""
    at = dates(run)
    header = ["outcome", "unit", *(label(run, n, t) for n, t in at.items())]
    means = {n: year_means(run, t) for n, t in at.items()}
    rows = [[o.name, o.unit, *(interval(means[n][:, o], o.unit) for n in at)] for o in HEADLINES]
    return header, rows


def lever_rows(run: Replicates) -> list[list[str]]:
    """Each dosed lever with its dose."""
    rows = []
    for lever in run.scenario.levers:
        dose = lever.model_dump(mode="json", exclude_defaults=True)
        rows.append([lever.path, lever.funder, ", ".join(f"{k} = {v}" for k, v in dose.items() if k != "funder")])
    return rows


def _page(**fields: Any) -> str:
    from jinja2 import Environment, StrictUndefined

    text = (files("asmsim.analysis") / "report.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text).render(captions=CAPTIONS, meanings=meanings(), **fields)


def meanings() -> dict[str, str]:
    """Meaning of each outcome."""
    return {o.name: o.meaning for o in O}


def run_page(run: Replicates, svgs: dict[str, str]) -> str:
    """Report of a run."""
    header, rows = headline_table(run)
    return _page(
        title=f"{run.scenario.context.title}: {run.name}",
        lead=f"{len(run.seeds)} seeds, {run.months[0]} to {run.months[-1]}, 1:{run.scenario.model.scale:g}",
        sentences=sentences(run),
        tables=[("Findings: median [90 % interval] of 12-month means", header, rows)],
        svgs=svgs,
        levers=lever_rows(run),
        note=run.scenario.context.note,
        scenario=to_yaml(run.scenario),
        provenance=provenance(run.scenario.dump(), run.seeds),
    )


def comparison_page(comparison: Comparison, svgs: dict[str, str]) -> str:
    """Report of a comparison."""
    table = comparison.differences()
    said, tables = [], []
    at = comparison.dates()
    for which in range(1, len(comparison.runs)):
        name = comparison.names[which]
        from_month = identical_until(comparison.reference.scenario, comparison.runs[which].scenario)
        said.append(
            f"{name} against {comparison.names[0]}: "
            + (f"plans differ from {from_month}; " if from_month else "the plans are the same; ")
            + f"{comparison.cost_per_result(which)}; durability of the gain five years after exit: "
            + f"{comparison.durability(which)}."
        )
        mine = {(r["outcome"], r["date"]): r["verdict"] for r in table.to_dicts() if r["policy"] == name}
        rows = [[o.name, o.unit, *(str(mine[o.name, d]) for d in at)] for o in HEADLINES]
        header = ["outcome", "unit", *(f"{d} ({comparison.reference.months[t - 1]})" for d, t in at.items())]
        tables.append((f"{name} less {comparison.names[0]}", header, rows))
    return _page(
        title=" against ".join(comparison.names[::-1]),
        lead=f"{len(comparison.reference.seeds)} paired seeds; {comparison.reference.scenario.context.title}",
        sentences=said,
        tables=tables,
        svgs=svgs,
        levers=[],
        note="Every policy runs on the same luck: a difference is the policy's doing.",
        scenario="\n".join(
            f"# --- {n}\n{to_yaml(r.scenario)}" for n, r in zip(comparison.names, comparison.runs, strict=True)
        ),
        provenance=provenance([r.scenario.dump() for r in comparison.runs], comparison.reference.seeds),
    )
