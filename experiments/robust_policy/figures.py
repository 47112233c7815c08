"""Many-objective search over doses: the frontier, regret and satisficing over draws, and named compromises."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import yaml

from asmsim.analysis.experiment import Found
from asmsim.analysis.frontier import frontier, next_generation, regret, satisficing
from asmsim.analysis.gains import together
from asmsim.analysis.style import COLOURS, new_figure, source_line
from asmsim.config.compose import read_yaml
from asmsim.config.paths import config_dir
from asmsim.config.provenance import package_version
from asmsim.config.schema import month_name, month_number
from asmsim.sweep.results import Results

DOSES = {
    "donor.programme.duration_years": (2.0, 20.0),
    "donor.programme.usd_year": (300_000.0, 4_000_000.0),
    "donor.local_ownership.own_share": (0.0, 0.6),
    "rights.enterprise_support.facilitators": (0.0, 1.0),
    "rights.rights_information.reach": (0.0, 1.0),
    "rights.regularisation_support.plots": (0.0, 2.0),
    "knowledge.outreach_local.reach": (0.0, 0.5),
    "market.buying_centres.number": (0, 30),
    "market.royalty_and_tax.royalty": (0.0, 0.08),
    "market.fiscal_planning.local_share": (0.0, 0.8),
    "market.rehabilitation_support.coverage": (0.0, 1.0),
    "enforcement.policing.raids": (0.0, 0.05),
}
WHOLE = {"market.buying_centres.number"}
LATEST = {"legalisation.start": 60, "rights.enterprise_support.start": 60}
"""Months by which these may begin after the programme."""
PACE = "legalisation"
OBJECTIVES = {
    "licensed_share": ("licensed share", -100.0, "%"),
    "income_low": ("income of the bottom fifth", -1.0, "USD a month"),
    "mercury": ("mercury", 1.0, "kg a month"),
    "violations": ("violations", 1.0, "per 1,000 miners and month"),
    "cost": ("cost", 1.0, "USD M, present value"),
}
VARIABLES = len(DOSES) + len(LATEST) + 1
ELSEWHERE = "mongolia"
"""The sweep in another country."""
BEGINS, AT = "2005-01", "2024-12"
"""Where all but cost is measured: the year to the end, five years after a project of fifteen."""


def doses_of(rows: np.ndarray) -> pl.DataFrame:
    """Doses at rows of the unit cube; the last variable is the pace of legalisation."""
    table: dict[str, Any] = {}
    for k, (key, (low, high)) in enumerate(DOSES.items()):
        column = low + rows[:, k] * (high - low)
        table[key] = np.round(column).astype(int) if key in WHOLE else np.round(column, 6)
    for k, (key, most) in enumerate(LATEST.items(), len(DOSES)):
        table[key] = [month_name(month_number(BEGINS) + min(most, int(v * (most + 1)))) for v in rows[:, k]]
    return pl.DataFrame(table | {PACE: ["at_once" if v > 0.5 else "gradual" for v in rows[:, -1]]})


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """The next generation, given what the earlier ones found; for the other country, the frontier of all."""
    told = tried(before, plan.size)
    if name != ELSEWHERE:
        return doses_of(next_generation(means(told), plan.size, VARIABLES, len(OBJECTIVES)))
    policies, values = together_of(told)
    return policies[frontier(values.mean(2)).tolist()]


def tried(generations: Mapping[str, Results], size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(policy, variable) unit-interval doses and (policy, objective, draw) values of each generation."""
    told: list[tuple[np.ndarray, np.ndarray]] = []
    for results in generations.values():
        rows = next_generation(means(told), size, VARIABLES, len(OBJECTIVES))
        told.append((rows, values_of(results, doses_of(rows))))
    return told


def means(told: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the search is told: doses, and (policy, objective) means of draws."""
    return [(rows, values.mean(2)) for rows, values in told]


def together_of(told: list[tuple[np.ndarray, np.ndarray]]) -> tuple[pl.DataFrame, np.ndarray]:
    """Doses of every policy tried, and (policy, objective, draw) values."""
    return pl.concat([doses_of(rows) for rows, _ in told]), np.concatenate([values for _, values in told])


def values_of(results: Results, doses: pl.DataFrame) -> np.ndarray:
    """(policy, objective, draw) values to be minimised, in the order of the doses."""
    series = results.table("series").select(
        *DOSES,
        *LATEST,
        PACE,
        "draw",
        "month",
        "licensed_share",
        "income_low",
        "mercury",
        "violations",
        "cost_donor",
        "cost_government",
    )
    years = (pl.col("month").str.slice(0, 4).cast(pl.Int32) - 2005).alias("years")
    late = pl.col("month").is_between(pl.lit(f"{AT[:4]}-01"), pl.lit(AT))
    spent = ((pl.col("cost_donor") + pl.col("cost_government")) / 1.03 ** pl.col("years")).sum() / 1e6
    keys = [*DOSES, *LATEST, PACE, "draw"]
    found = (
        series.with_columns(years)
        .group_by(keys)
        .agg(*(pl.col(o).filter(late).mean() for o in OBJECTIVES if o != "cost"), cost=spent)
        .collect()
    )
    found = found.with_columns(
        pl.col(PACE, *LATEST).str.strip_chars('"'), *(pl.col(k).cast(pl.Float64).round(6) for k in DOSES)
    )
    rows = doses.with_columns(
        pl.Series("policy", range(doses.height)), *(pl.col(k).cast(pl.Float64).round(6) for k in DOSES)
    )
    joined = rows.join(found, [*DOSES, *LATEST, PACE], how="left").sort("policy", "draw")
    signs = np.array([np.sign(OBJECTIVES[o][1]) for o in OBJECTIVES])
    values = joined.select(*OBJECTIVES).to_numpy().reshape(doses.height, -1, len(OBJECTIVES)) * signs
    if not np.isfinite(values).all():
        raise ValueError("a policy of the search has no value: its runs are missing or not finite")
    return values.transpose(0, 2, 1)


def find(results: Mapping[str, Results]) -> Found:
    """Frontier, regret, compromises and the hypotheses."""
    generations = {name: r for name, r in results.items() if name != ELSEWHERE}
    size = next(iter(generations.values())).points.select(*DOSES, *LATEST, PACE).unique().collect().height
    policies, whole = together_of(tried(generations, size))
    on = frontier(whole.mean(2))
    every = regret(whole)[on]
    worst, on_licences = every.max(axis=(1, 2)), every[:, list(OBJECTIVES).index("licensed_share")].max(1)
    here, there = (  # each against the best of the frontier: the other country knows no other policies
        regret(v).max(axis=(1, 2)) for v in (whole[on], values_of(results[ELSEWHERE], policies[on.tolist()]))
    )
    middle = np.median(whole.mean(2), axis=0)
    enough = satisficing(whole[on], middle)
    table = shown(policies[on.tolist()], whole[on].mean(2)).with_columns(
        worst_regret=worst,
        worst_regret_licences=on_licences,
        satisficing=enough,
        worst_regret_among=here,
        worst_regret_mongolia=there,
    )
    named = compromises(table)
    figures = {"frontier": parallel(table, named)}
    tables = {
        "frontier": table.sort("worst_regret"),
        "compromises": pl.concat([table[k].with_columns(pl.lit(n).alias("name")) for n, k in named.items()]),
    }
    files = {f"policy/{name}.yaml": as_policy(name, table.row(row, named=True)) for name, row in named.items()}
    return Found(sentences(table, named, policies.height), tables, figures, files)


def shown(policies: pl.DataFrame, values: np.ndarray) -> pl.DataFrame:
    """Doses, and objectives in the units of people."""
    units = [abs(OBJECTIVES[o][1]) * np.sign(OBJECTIVES[o][1]) for o in OBJECTIVES]
    return policies.hstack(pl.DataFrame({o: values[:, k] * units[k] for k, o in enumerate(OBJECTIVES)}))


def as_policy(name: str, row: Mapping[str, Any]) -> str:
    """A policy file: the five ingredients with these doses (`--config-dir results/robust_policy policy=NAME`)."""
    base = read_yaml(config_dir() / "policy" / "five_ingredients.yaml")
    market = (
        "[buying_centres, royalty_and_tax, bank_services, processing_centres, rehabilitation_support, fiscal_planning]"
    )
    groups: dict[str, Any] = {"legalisation": row[PACE], "market": market, "enforcement": "policing"}
    lines = [
        "# @package _global_",
        f"# Found by the experiment robust_policy: {row['licensed_share']:.1f} % licensed at USD {row['cost']:.0f} M.",
        f"policy: {name}",
        "defaults:",
    ]
    for entry in base["defaults"]:
        ((key, option),) = entry.items()
        group = key.removeprefix("override /")
        lines.append(
            f"  - {key}: {groups.get(group, '[' + ', '.join(option) + ']' if isinstance(option, list) else option)}"
        )
    lines.append("  - override /enforcement: policing")
    doses: dict[str, Any] = {
        "rights": {"rights_information": {"by": "visit"}},
        "market": {"buying_centres": {"siting": "most_gold"}},
    }
    for key in DOSES:
        group, lever, field = key.split(".")
        value = row[key]
        doses.setdefault(group, {}).setdefault(lever, {})[field] = (
            int(value) if key in WHOLE else round(float(value), 4)
        )
    for key in LATEST:
        group, *between, field = key.split(".")
        at = doses.setdefault(group, {})
        for name_ in between:
            at = at.setdefault(name_, {})
        at[field] = str(row[key])
    return "\n".join(lines) + "\n" + yaml.safe_dump(doses, sort_keys=True)


def compromises(table: pl.DataFrame) -> dict[str, int]:
    """Policies of the frontier that have a name: row of each."""
    return {
        "robust_compromise": int(table["worst_regret"].arg_min()),
        "robust_licences": int(table["licensed_share"].arg_max()),
        "robust_frugal": int(
            table.with_columns(
                k=pl.when(pl.col("licensed_share") >= pl.col("licensed_share").median())
                .then(pl.col("cost"))
                .otherwise(np.inf)
            )["k"].arg_min()
        ),
        "robust_clean": int(table["mercury"].arg_min()),
    }


def parallel(table: pl.DataFrame, named: Mapping[str, int]) -> object:
    """Parallel coordinates: every policy of the frontier, best at the top; compromises in colour."""
    figure = new_figure(10, 5)
    axes = figure.subplots()
    ends = {o: (float(table[o].min()), float(table[o].max())) for o in OBJECTIVES}
    heights = np.stack(
        [
            ((table[o].to_numpy() - a) / max(1e-12, b - a))
            if OBJECTIVES[o][1] < 0
            else ((b - table[o].to_numpy()) / max(1e-12, b - a))
            for o, (a, b) in ends.items()
        ],
        1,
    )
    x = np.arange(len(OBJECTIVES))
    axes.plot(x, heights.T, color="0.8", lw=0.7, zorder=1)
    for k, (name, row) in enumerate(named.items()):
        axes.plot(
            x, heights[row], color=COLOURS[k], ls=("-", "--", "-.", ":")[k], lw=2.2, marker="o", label=name, zorder=3
        )
    for at, (o, (a, b)) in enumerate(ends.items()):
        best, least = (b, a) if OBJECTIVES[o][1] < 0 else (a, b)
        axes.text(at, 1.03, f"{best + 0.0:.3g}", ha="center", fontsize=8)
        axes.text(at, -0.06, f"{least + 0.0:.3g}", ha="center", fontsize=8)
    axes.set_xticks(x, [f"{title}\n{unit}" for title, _, unit in OBJECTIVES.values()], fontsize=8.5)
    axes.tick_params(axis="x", pad=14)
    axes.set_yticks([])
    axes.set(ylim=(-0.02, 1.02), title="The frontier: the higher, the better")
    axes.set_title(axes.get_title(loc="left"), pad=22)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=4)
    source_line(
        figure,
        f"Simulated, not observed. {table.height} policies that no other betters in everything; means of draws, year to {AT}. asmsim {package_version()}",
    )
    return figure


def more(some: pl.Series, others: pl.Series) -> str:
    """Whether some lie above the others on average, by Welch's test at 5 % on each side."""
    from scipy import stats

    if len(others) < 2 or (some.n_unique() == 1 and others.n_unique() == 1):
        return "cannot be told"
    test = stats.ttest_ind(some.to_numpy(), others.to_numpy(), equal_var=False)
    return "cannot be told" if not test.pvalue < 0.1 else "supported" if test.statistic > 0 else "not supported"


def sentences(table: pl.DataFrame, named: Mapping[str, int], number: int) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    best = {o: (table[o].arg_max() if OBJECTIVES[o][1] < 0 else table[o].arg_min()) for o in OBJECTIVES}
    one = len(set(best.values())) == 1
    ranked = table.sort("worst_regret_licences")
    least, others = ranked.head(max(3, table.height // 10)), ranked.slice(max(3, table.height // 10))
    gradual = float((least[PACE] == "gradual").mean())
    raids = float((table["enforcement.policing.raids"] > 0.02).mean())
    cleanest = table.sort("mercury").head(max(3, table.height // 10))
    told = []
    for name, row in named.items():
        r = table.row(row, named=True)
        told.append(
            f"{name}: {abs(r['licensed_share']):.1f} % licensed, bottom fifth {r['income_low']:.0f} USD, mercury {r['mercury']:.0f} kg, violations {r['violations']:.1f}, cost USD {r['cost']:.0f} M, worst regret {r['worst_regret']:.2f}"
        )

    slow = [(t[PACE] == "gradual").cast(pl.Float64) for t in (least, others)]
    kept = [t["market.fiscal_planning.local_share"] for t in (least, others)]
    helped = [t["rights.enterprise_support.facilitators"] for t in (least, others)]
    second = together(more(*slow), more(*kept), more(*helped))
    dirty = table.sort("mercury").tail(max(3, table.height // 2))["enforcement.policing.raids"]
    third = float((dirty > 0.02).mean()) < 0.1 and cleanest["enforcement.policing.raids"].mean() > dirty.mean()
    alike = float(table.select(pl.corr("worst_regret_among", "worst_regret_mongolia", method="spearman")).item())
    there = table["worst_regret_mongolia"]
    better = float((there > there[named["robust_compromise"]]).mean())
    fourth = "supported" if alike >= 0.5 and better >= 0.5 else "not supported"
    return [
        f"Of {number:,} policies tried {table.height} are on the frontier.",
        f"Hypothesis 1 (no policy is best on all): {'not supported' if one else 'supported'}; a check, as cost is among the objectives.",
        f"Hypothesis 2 (gradual legality, local revenue and support for enterprises regret least on licences): {second}. Of the tenth with least regret on licences {gradual:.0%} are gradual against {slow[1].mean():.0%} of the rest of the frontier ({more(*slow)}); local share {kept[0].mean():.2f} against {kept[1].mean():.2f} ({more(*kept)}), facilitators {helped[0].mean():.2f} against {helped[1].mean():.2f} ({more(*helped)}).",
        f"Hypothesis 3 (raids only where mercury comes first): {'supported' if third else 'not supported'}. {raids:.0%} of the frontier raids at all (more than one site in four years and office); the cleanest tenth raids {cleanest['enforcement.policing.raids'].mean():.3f} sites a month and office, the dirtier half {dirty.mean():.3f}, of which {(dirty > 0.02).mean():.0%} raid at all (wanted: less than a tenth).",
        f"Hypothesis 4 (what regrets little in the generic country does in Mongolia): {fourth}. Worst regrets of the frontier rank alike with {alike:.2f} (Spearman); the robust compromise is better than {better:.0%} of the frontier in Mongolia.",
        f"Compromises: {'; '.join(told)}.",
    ]
