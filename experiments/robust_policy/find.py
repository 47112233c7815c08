"""Many-objective search over doses: the frontier, regret and satisficing over draws, and named compromises."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import (
    Answer,
    Finding,
    Number,
    round_decimals,
    round_gain,
    round_share,
    round_to,
)
from asmsim.analysis.experiments.saved_tables import drop_last_digits
from asmsim.analysis.frontier import find_frontier, measure_regret, measure_satisficing
from asmsim.analysis.gains import Gain
from asmsim.analysis.statistics import CENTRAL_95
from asmsim.analysis.verdicts import combine_verdicts, judge_conditions, judge_interval
from asmsim.config.paths import config_dir
from asmsim.config.yaml_files import read_yaml
from asmsim.sweeps.store.results import Results

DESIGN = import_file(Path(__file__).with_name("design.py"))
DOSES, LATEST, PACE, WHOLE, OBJECTIVES = DESIGN.DOSES, DESIGN.LATEST, DESIGN.PACE, DESIGN.WHOLE, DESIGN.OBJECTIVES
TURNED, key_doses, of_runs, in_units, values_of = (
    DESIGN.TURNED,
    DESIGN.key_doses,
    DESIGN.of_runs,
    DESIGN.in_units,
    DESIGN.values_of,
)
FRESH, INSTEAD, ELSEWHERE = "fresh", DESIGN.INSTEAD, "mongolia"
"""Sweeps: the frontier on new luck; compromises otherwise; another country."""
RARE = 0.02
"""Raids a month and office up to which a policy does not raid: one site in four years."""
ALIKE = 0.5
"""Return the rank correlation from which regrets rank alike."""


def find(results: Mapping[str, Results]) -> Finding:
    """Return frontier, regret, compromises and the hypotheses."""
    first = next(iter(results.values()))
    size = first.points.select(*DOSES, *LATEST, PACE).unique().collect().height
    generations = DESIGN.generations_of(results, size)
    best, chosen_on = DESIGN.best_of(generations)
    named = DESIGN.compromises(best, chosen_on)
    table, values = judge_frontier(best, results[FRESH])
    there = values_of(results[ELSEWHERE], best)
    wanted = np.median(generations[0][1].mean(2), axis=0)  # of policies at random, before any search
    table = table.with_columns(
        satisficing=measure_satisficing(values, wanted),
        bettered_by=count_betters(values.mean(2)),
        usual_regret=usual_regret(values),
        worst_regret_mongolia=measure_regret(there).max(axis=(1, 2)),
        usual_regret_mongolia=usual_regret(there),
    )
    changes = turn_doses(results[INSTEAD], best, named)
    rows = [{"dose": dose, "from": str(a), "to": str(b)} | changes[dose].row() for dose, (a, b) in TURNED.items()]
    tables = {
        "frontier": drop_last_digits(table).sort("worst_regret", maintain_order=True),
        "compromises": pl.concat([table[k].with_columns(pl.lit(n).alias("name")) for n, k in named.items()]),
        "instead": pl.DataFrame(rows),
    }
    files = {f"policy/{name}.yaml": as_policy(name, table.row(row, named=True)) for name, row in named.items()}
    counts = {"policies": sum(len(rows) for rows, _ in generations), "frontier": table.height}
    counts["still"] = len(find_frontier(values.mean(2)))
    ranks = correlate_regrets(values, there, np.max), correlate_regrets(values, there, np.mean)
    return Finding(answers(table, named, changes, ranks), notes_of(table, named, wanted, counts), tables, files)


def judge_frontier(policies: pl.DataFrame, fresh: Results) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the frontier with objectives and regret on seeds that did not choose it; and its (policy, objective, draw) values."""
    values = values_of(fresh, policies)
    every = measure_regret(values)
    table = in_units(policies, values.mean(2)).with_columns(
        worst_regret=every.max(axis=(1, 2)),
        worst_regret_licences=every[:, list(OBJECTIVES).index("licensed_share")].max(1),
    )
    return table, values


def count_betters(values: np.ndarray) -> np.ndarray:
    """Return how many others are at least as good in every objective, and better in one; of (policy, objective) values."""
    others, mine = values[None], values[:, None]
    return np.asarray(((others <= mine).all(2) & (others < mine).any(2)).sum(1))


def usual_regret(values: np.ndarray) -> np.ndarray:
    """Return (policy,) largest of the regrets of a draw, on average over draws."""
    return np.asarray(measure_regret(values).max(1).mean(1))


def correlate_regrets(
    here: np.ndarray, there: np.ndarray, of: Callable[..., np.ndarray], again: int = 1000
) -> tuple[float, float, float]:
    """Return the rank correlation of regrets `of` draws here and there, and its 95 % interval by draws, the same in both, taken anew."""
    from scipy.stats import spearmanr

    rng = np.random.default_rng(1)
    one, other = (measure_regret(v).max(1) for v in (here, there))

    def rho(draws: np.ndarray) -> float:
        return float(spearmanr(of(one[:, draws], axis=1), of(other[:, draws], axis=1)).statistic)

    every = np.arange(one.shape[1])
    low, high = np.quantile([rho(rng.choice(every, len(every))) for _ in range(again)], CENTRAL_95)
    return rho(every), float(low), float(high)


def turn_doses(results: Results, best: pl.DataFrame, named: Mapping[str, int]) -> dict[str, Gain]:
    """Return by dose: what it changes in the licensed share, on average over the compromises, paired on draws and seeds."""
    doses = [*DOSES, *LATEST, PACE]
    frame = of_runs(results).with_columns(pl.col("licensed_share").alias("value"))
    rows = best[sorted(set(named.values()))]
    found = {}
    for dose, both in TURNED.items():
        sides = []
        for value in both:
            point = key_doses(rows.with_columns(pl.lit(value).cast(rows.schema[dose]).alias(dose))).unique()
            mine = point.join(frame, doses, how="left").group_by("draw", "seed").agg(pl.col("value").mean())
            sides.append(mine.sort("draw", "seed")["value"].to_numpy())
        found[dose] = Gain(sides[1] - sides[0], frame["draw"].n_unique(), "share")
    return found


def as_policy(name: str, row: Mapping[str, Any]) -> str:
    """Return a policy file: the five ingredients with these doses (`--config-dir results/robust_policy policy=NAME`)."""
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


def answers(
    table: pl.DataFrame,
    named: Mapping[str, int],
    changes: Mapping[str, Gain],
    ranks: tuple[tuple[float, float, float], tuple[float, float, float]],
) -> dict[str, Answer]:
    """Return the hypotheses."""
    best = {o: (table[o].arg_max() if OBJECTIVES[o][1] < 0 else table[o].arg_min()) for o in OBJECTIVES}
    raids = table["enforcement.policing.raids"]
    cleanest = table.sort("mercury").head(max(3, table.height // 10))["enforcement.policing.raids"]
    dirty = table.sort("mercury").tail(max(3, table.height // 2))["enforcement.policing.raids"]
    criteria = [float((dirty > RARE).mean()) < 0.1, cleanest.mean() > dirty.mean()]
    (rho, low, high), (usual_rho, usual_low, usual_high) = ranks
    as_here = judge_interval(low, high, ALIKE)
    better, usually_better = (
        float((table[name] > table[name][named["robust_compromise"]]).mean())
        for name in ("worst_regret_mongolia", "usual_regret_mongolia")
    )
    half = judge_interval(better, better, 0.5)  # a count of policies, which has no interval
    return {
        "1": Answer("true by construction", facts={"one_is_best": len(set(best.values())) == 1}),
        "2": Answer(
            combine_verdicts(g.verdict(1) for g in changes.values()),
            {dose.rpartition(".")[2]: round_gain(g, g.verdict(1)) for dose, g in changes.items()},
        ),
        "3": Answer(
            judge_conditions(sum(criteria), len(criteria)),
            {
                "dirty_share": Number(round_share((dirty > RARE).mean()), "share"),
                "clean_raids": Number(round_decimals(cleanest.mean(), 3), "sites a month and office"),
                "dirty_raids": Number(round_decimals(dirty.mean(), 3), "sites a month and office"),
                "raiding": Number(round_share((raids > RARE).mean()), "share"),
            },
        ),
        "4": Answer(
            combine_verdicts((as_here, half)),
            {
                "rho": Number(
                    round_decimals(rho, 2), "", (round_decimals(low, 2), round_decimals(high, 2)), verdict=as_here
                ),
                "better": Number(round_share(better), "share", verdict=half),
                "usual_rho": Number(
                    round_decimals(usual_rho, 2), "", (round_decimals(usual_low, 2), round_decimals(usual_high, 2))
                ),
                "usually_better": Number(round_share(usually_better), "share"),
            },
        ),
    }


def notes_of(
    table: pl.DataFrame, named: Mapping[str, int], wanted: np.ndarray, counts: Mapping[str, int]
) -> dict[str, Answer]:
    """Return how many policies there are, what is good enough, and the compromises."""
    limits = [[o, round_to(abs(OBJECTIVES[o][1]) * abs(w))] for o, w in zip(OBJECTIVES, wanted, strict=True)]
    enough = Number(round_share((table["satisficing"] >= 0.5).mean()), "share")
    each = []
    for name, row in named.items():
        r = table.row(row, named=True)
        each.append(
            {
                "name": name,
                "licensed_share": round_decimals(abs(r["licensed_share"]), 1),
                "income_low": round_decimals(r["income_low"], 0),
                "mercury": round_decimals(r["mercury"], 0),
                "violations": round_decimals(r["violations"], 1),
                "cost": round_decimals(r["cost"], 0),
                "worst_regret": round_decimals(r["worst_regret"], 2),
                "less_than": round_share((table["worst_regret"] > r["worst_regret"]).mean()),
                "bettered_by": r["bettered_by"],
                "satisficing": round_share(r["satisficing"]),
            }
        )
    return {
        "policies": Answer(facts=dict(counts)),
        "enough": Answer(numbers={"enough": enough}, facts={"limits": limits}),
        "compromises": Answer(facts={"each": each}),
    }
