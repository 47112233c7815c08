"""Many-objective search over doses: the frontier, regret and satisficing over draws, and named compromises."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
import yaml

from asmsim.analysis.experiment import Found, steady
from asmsim.analysis.frontier import frontier, next_generation, regret, satisficing
from asmsim.analysis.gains import Gain, monthly, together
from asmsim.analysis.style import COLOURS, new_figure, source_line
from asmsim.config.compose import read_yaml
from asmsim.config.paths import config_dir
from asmsim.config.provenance import package_version
from asmsim.config.schema import month_name, month_number
from asmsim.sweeps.store.results import Results

DOSES = {
    "donor.programme.duration_years": (2.0, 15.0),
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
SEARCH, FRESH, INSTEAD, ELSEWHERE = "generation", "fresh", "instead", "mongolia"
"""Sweeps: generations of the search; the frontier on new luck; compromises otherwise; another country."""
TURNED = {
    "legalisation": ("at_once", "gradual"),
    "market.fiscal_planning.local_share": (0.0, 0.8),
    "rights.enterprise_support.facilitators": (0.0, 1.0),
}
"""What hypothesis 2 is about, with and without."""
BEGINS, AT = "2005-01", "2024-12"
"""Where all but cost is measured: the year to the end, five years after the longest project."""


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
    """The next generation, given what the earlier ones found; afterwards what has been found, run anew."""
    told = tried(before, plan.size)
    if name.startswith(SEARCH):
        return doses_of(next_generation(means(told), plan.size, VARIABLES, len(OBJECTIVES)))
    best, values = best_of(told)
    return otherwise(best, compromises(best, values)) if name == INSTEAD else best


def best_of(told: list[tuple[np.ndarray, np.ndarray]]) -> tuple[pl.DataFrame, np.ndarray]:
    """Doses of the frontier that the search found, and its (policy, objective, draw) values there."""
    policies, values = together_of(told)
    at = frontier(values.mean(2)).tolist()
    return policies[at], values[at]


def otherwise(best: pl.DataFrame, named: Mapping[str, int]) -> pl.DataFrame:
    """The compromises with each of what hypothesis 2 is about, and without."""
    rows = best[sorted(set(named.values()))]
    turned = [rows.with_columns(pl.lit(v).cast(rows.schema[k]).alias(k)) for k, both in TURNED.items() for v in both]
    return pl.concat(turned).unique(maintain_order=True)


def tried(before: Mapping[str, Results], size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(policy, variable) unit-interval doses and (policy, objective, draw) values of each generation."""
    told: list[tuple[np.ndarray, np.ndarray]] = []
    for name, results in before.items():
        if name.startswith(SEARCH):
            rows = next_generation(means(told), size, VARIABLES, len(OBJECTIVES))
            told.append((rows, values_of(results, doses_of(rows))))
    return told


def means(told: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the search is told: doses, and (policy, objective) means of draws."""
    return [(rows, values.mean(2)) for rows, values in told]


def together_of(told: list[tuple[np.ndarray, np.ndarray]]) -> tuple[pl.DataFrame, np.ndarray]:
    """Doses of every policy tried, and (policy, objective, draw) values."""
    return pl.concat([doses_of(rows) for rows, _ in told]), np.concatenate([values for _, values in told])


def keyed(table: pl.DataFrame) -> pl.DataFrame:
    """Doses as they can be matched: a sweep writes them as text and double numbers."""
    return table.with_columns(
        pl.col(PACE, *LATEST).str.strip_chars('"'), *(pl.col(k).cast(pl.Float64).round(6) for k in DOSES)
    )


def of_runs(results: Results) -> pl.DataFrame:
    """One row a run: its doses, draw, seed and objectives in the model's units."""
    costs = ("cost_donor", "cost_government")
    keys = [*DOSES, *LATEST, PACE, "draw", "seed"]
    measured = [o for o in OBJECTIVES if o != "cost"]
    years = pl.col("month").str.slice(0, 4).cast(pl.Int32) - 2005
    late = pl.col("month").is_between(pl.lit(f"{AT[:4]}-01"), pl.lit(AT))
    spent = (pl.sum_horizontal(costs) / 1.03**years).sum() / 1e6
    series = monthly(results).select(*keys, "month", *measured, *costs)
    return keyed(series.group_by(keys).agg(*(pl.col(o).filter(late).mean() for o in measured), cost=spent).collect())


def values_of(results: Results, doses: pl.DataFrame) -> np.ndarray:
    """(policy, objective, draw) values to be minimised, in the order of the doses; means of seeds."""
    at = [*DOSES, *LATEST, PACE]
    found = of_runs(results).group_by(*at, "draw").agg(pl.col(*OBJECTIVES).mean())
    rows = keyed(doses.select(at)).with_row_index("policy")
    joined = rows.join(found, at, how="left").sort("policy", "draw")
    signs = np.array([np.sign(OBJECTIVES[o][1]) for o in OBJECTIVES])
    values = steady(joined.select(*OBJECTIVES)).to_numpy().reshape(doses.height, -1, len(OBJECTIVES)) * signs
    if not np.isfinite(values).all():
        raise ValueError("a policy of the search has no value: its runs are missing or not finite")
    return values.transpose(0, 2, 1)


def judged(policies: pl.DataFrame, fresh: Results) -> tuple[pl.DataFrame, np.ndarray]:
    """The frontier with objectives and regret on luck that did not choose it; and its (policy, objective, draw) values."""
    values = values_of(fresh, policies)
    every = regret(values)
    table = shown(policies, values.mean(2)).with_columns(
        worst_regret=every.max(axis=(1, 2)),
        worst_regret_licences=every[:, list(OBJECTIVES).index("licensed_share")].max(1),
    )
    return table, values


def find(results: Mapping[str, Results]) -> Found:
    """Frontier, regret, compromises and the hypotheses."""
    first = next(iter(results.values()))
    size = first.points.select(*DOSES, *LATEST, PACE).unique().collect().height
    told = tried(results, size)
    best, chosen_on = best_of(told)
    named = compromises(best, chosen_on)
    table, values = judged(best, results[FRESH])
    there = values_of(results[ELSEWHERE], best)
    wanted = np.median(told[0][1].mean(2), axis=0)  # of policies at random, before any search
    table = table.with_columns(
        satisficing=satisficing(values, wanted),
        bettered_by=bettered(values.mean(2)),
        usual_regret=usual(values),
        worst_regret_mongolia=regret(there).max(axis=(1, 2)),
        usual_regret_mongolia=usual(there),
    )
    changes = turns(results[INSTEAD], best, named)
    rows = [{"dose": dose, "from": str(a), "to": str(b)} | changes[dose].row() for dose, (a, b) in TURNED.items()]
    tables = {
        "frontier": steady(table).sort("worst_regret", maintain_order=True),
        "compromises": pl.concat([table[k].with_columns(pl.lit(n).alias("name")) for n, k in named.items()]),
        "instead": pl.DataFrame(rows),
    }
    files = {f"policy/{name}.yaml": as_policy(name, table.row(row, named=True)) for name, row in named.items()}
    number = sum(len(rows) for rows, _ in told)
    ranks = alike(values, there, np.max), alike(values, there, np.mean)
    said = sentences(table, named, number, wanted, changes, ranks, len(frontier(values.mean(2))))
    return Found(said, tables, {"frontier": parallel(table, named)}, files)


def bettered(values: np.ndarray) -> np.ndarray:
    """How many others are at least as good in every objective, and better in one; of (policy, objective) values."""
    others, mine = values[None], values[:, None]
    return np.asarray(((others <= mine).all(2) & (others < mine).any(2)).sum(1))


def usual(values: np.ndarray) -> np.ndarray:
    """(policy,) largest of the regrets of a draw, on average over draws."""
    return np.asarray(regret(values).max(1).mean(1))


def alike(
    here: np.ndarray, there: np.ndarray, of: Callable[..., np.ndarray], again: int = 1000
) -> tuple[float, float, float]:
    """Rank correlation of regrets `of` draws here and there, and its 95 % interval by draws, the same in both, taken anew."""
    from scipy.stats import spearmanr

    rng = np.random.default_rng(1)
    one, other = (regret(v).max(1) for v in (here, there))

    def rho(draws: np.ndarray) -> float:
        return float(spearmanr(of(one[:, draws], axis=1), of(other[:, draws], axis=1)).statistic)

    every = np.arange(one.shape[1])
    low, high = np.quantile([rho(rng.choice(every, len(every))) for _ in range(again)], (0.025, 0.975))
    return rho(every), float(low), float(high)


def turns(results: Results, best: pl.DataFrame, named: Mapping[str, int]) -> dict[str, Gain]:
    """By dose: what it changes in the licensed share, on average over the compromises, paired on draws and seeds."""
    doses = [*DOSES, *LATEST, PACE]
    frame = of_runs(results).with_columns(pl.col("licensed_share").alias("value"))
    rows = best[sorted(set(named.values()))]
    found = {}
    for dose, both in TURNED.items():
        sides = []
        for value in both:
            point = keyed(rows.with_columns(pl.lit(value).cast(rows.schema[dose]).alias(dose))).unique()
            mine = point.join(frame, doses, how="left").group_by("draw", "seed").agg(pl.col("value").mean())
            sides.append(mine.sort("draw", "seed")["value"].to_numpy())
        found[dose] = Gain(sides[1] - sides[0], frame["draw"].n_unique(), "share")
    return found


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
        "# Found by the experiment robust_policy; on draws that did not choose it (posterior=mongolia):",
        f"# {row['licensed_share']:.1f} % licensed at USD {row['cost']:.0f} M, bettered in all five objectives by {row['bettered_by']} of the frontier.",
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
    doses: dict[str, Any] = {k: v for k, v in base.items() if k not in ("defaults", "policy")}
    for key in DOSES:
        group, lever, field = key.split(".")
        value = row[key]
        doses.setdefault(group, {}).setdefault(lever, {})[field] = int(value) if key in WHOLE else float(value)
    for key in LATEST:
        group, *between, field = key.split(".")
        at = doses.setdefault(group, {})
        for name_ in between:
            at = at.setdefault(name_, {})
        at[field] = str(row[key])
    return "\n".join(lines) + "\n" + yaml.safe_dump(doses, sort_keys=True)


def compromises(best: pl.DataFrame, values: np.ndarray) -> dict[str, int]:
    """Policies of the frontier that have a name, by the luck of the search: row of each."""
    table = shown(best, values.mean(2)).with_columns(worst_regret=regret(values).max(axis=(1, 2)))
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


def sentences(
    table: pl.DataFrame,
    named: Mapping[str, int],
    number: int,
    wanted: np.ndarray,
    changes: Mapping[str, Gain],
    ranks: tuple[tuple[float, float, float], tuple[float, float, float]],
    still: int,
) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    best = {o: (table[o].arg_max() if OBJECTIVES[o][1] < 0 else table[o].arg_min()) for o in OBJECTIVES}
    one = len(set(best.values())) == 1
    second = together(*(g.verdict(1) for g in changes.values()))
    words = dict(
        zip(
            TURNED,
            ("gradual instead of at once", "local share .8 instead of 0", "facilitators 1 instead of 0"),
            strict=True,
        )
    )
    turned = "; ".join(f"{words[dose]} {g.said()} ({g.verdict(1)})" for dose, g in changes.items())
    raids = float((table["enforcement.policing.raids"] > 0.02).mean())
    cleanest = table.sort("mercury").head(max(3, table.height // 10))
    dirty = table.sort("mercury").tail(max(3, table.height // 2))["enforcement.policing.raids"]
    third = float((dirty > 0.02).mean()) < 0.1 and cleanest["enforcement.policing.raids"].mean() > dirty.mean()
    (rho, low, high), (usual_rho, usual_low, usual_high) = ranks
    as_here = "supported" if low >= 0.5 else "contradicted" if high < 0.5 else "cannot be told"
    better, usually_better = (
        float((table[name] > table[name][named["robust_compromise"]]).mean())
        for name in ("worst_regret_mongolia", "usual_regret_mongolia")
    )
    half = "supported" if better >= 0.5 else "contradicted"
    enough = float((table["satisficing"] >= 0.5).mean())
    limits = ", ".join(
        f"{title} at {'least' if factor < 0 else 'most'} {abs(factor) * abs(w):.3g} {unit}"
        for (title, factor, unit), w in zip(OBJECTIVES.values(), wanted, strict=True)
    )
    told = []
    for name, row in named.items():
        r = table.row(row, named=True)
        told.append(
            f"{name}: {abs(r['licensed_share']):.1f} % licensed, bottom fifth {r['income_low']:.0f} USD, mercury {r['mercury']:.0f} kg, violations {r['violations']:.1f}, cost USD {r['cost']:.0f} M, worst regret {r['worst_regret']:.2f} (less than {(table['worst_regret'] > r['worst_regret']).mean():.0%} of the frontier), bettered in all five by {r['bettered_by']}, good enough in {r['satisficing']:.0%} of draws"
        )
    return [
        f"Of {number:,} policies tried {table.height} are on the frontier. What follows is of seeds that did not choose them, and of other draws; there {still} are still bettered by none of them.",
        f"Hypothesis 1 (no policy is best on all): true by construction, a check: cost is among the objectives, and {'one policy is best on all' if one else 'none is best on all'}.",
        f"Hypothesis 2 (gradual legality, local revenue and support for enterprises regret least on licences): {second}. In the compromises they change the licensed share of {AT[:4]} by: {turned}.",
        f"Hypothesis 3 (raids only where mercury comes first): {'supported' if third else 'not supported'}. {raids:.0%} of the frontier raids at all (more than one site in four years and office); the cleanest tenth raids {cleanest['enforcement.policing.raids'].mean():.3f} sites a month and office, the dirtier half {dirty.mean():.3f}, of which {(dirty > 0.02).mean():.0%} raid at all (wanted: less than a tenth).",
        f"Hypothesis 4 (what regrets little in the generic country does in Mongolia): {together(as_here, half)}. Worst regrets of the frontier rank alike with {rho:.2f} ({low:.2f} to {high:.2f}; Spearman, at least 0.5: {as_here}); at worst the robust compromise regrets less than {better:.0%} of the frontier in Mongolia (the better half: {half}). Usual regrets (the largest of a draw's five, on average over draws), of which no hypothesis was made, rank alike with {usual_rho:.2f} ({usual_low:.2f} to {usual_high:.2f}); usually the compromise regrets less than {usually_better:.0%}.",
        f"As good in all five at once as the middle of policies at random was on the draws of the search ({limits}), and that in half of the draws or more, are {enough:.0%} of the frontier.",
        f"Compromises, named on the luck of the search, on other luck: {'; '.join(told)}.",
    ]
