"""Where the five ingredients end in limbo, reversal or collapse: doses and conditions, found by PRIM."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from asmsim.analysis.discovery import Box, find_box, find_leaves
from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import Answer, Finding, Number, round_share, round_to
from asmsim.analysis.verdicts import judge_conditions
from asmsim.evidence import priors
from asmsim.sweeps.store.results import Results

DESIGN = import_file(Path(__file__).with_name("design.py"))
DOSES, DRAWS = DESIGN.DOSES, DESIGN.DRAWS
EITHER = ("reversal",)
"""Where the hypothesis names conditions of which one is enough."""
DENSER = 2.0
"""How many times the odds of the whole a box must have, on runs on which it was not found."""
NEVER, LOST = "never started", ("reversal", "collapse")
"""Only where licences were ever there can they be lost: boxes of these are found among the runs that began."""
WANTED = {
    "limbo": {"legalisation.signoffs": "low", "parameters.office_staff": "high", "at_once": "low"},
    "reversal": {
        "parameters.plots_per_office": "high",
        "parameters.plot_again": "high",
        "donor.programme.duration_years": "high",
        "donor.local_ownership.own_share": "high",
    },
    "collapse": {"parameters.plot_again": "high", "legalisation.recurring_usd_month": "low"},
}
"""Way to fail: variable, and the end of its range from which a box that supports the hypothesis keeps away."""
EIGHTHS = 9


def find(results: Mapping[str, Results]) -> Finding:
    """Return a box for each way to fail, and the hypotheses."""
    beliefs = [
        f"parameters.{n}"
        for n in priors.list_fitted()
        if n in priors.priors_of("generic") and f"parameters.{n}" not in DOSES
    ]
    runs = results["main"].table("runs").select(*DOSES, *beliefs, "legalisation", "draw", "pathway").collect()
    inputs = (
        runs.select(*DOSES, *beliefs)
        .with_columns(pl.all().cast(pl.Float64))
        .with_columns(at_once=(runs["legalisation"].str.strip_chars('"') == "at_once").cast(pl.Float64))
    )
    began = (runs["pathway"] != NEVER).to_numpy()
    among = {mode: began if mode in LOST else np.ones(runs.height, bool) for mode in WANTED}
    groups = runs["draw"].to_numpy() % DRAWS  # points with the same draw of the other parameters are alike
    cases = {m: (runs["pathway"] == m).to_numpy()[of] for m, of in among.items()}
    here = {m: inputs.filter(of) for m, of in among.items()}
    boxes = {m: find_box(here[m], cases[m], groups[of]) for m, of in among.items()}
    counts = runs.group_by("pathway").len().sort("len", descending=True).with_columns(share=pl.col("len") / runs.height)
    leaves = {m: find_leaves(here[m], cases[m], groups[of]) for m, of in among.items()}
    rows = [{"mode": mode} | row for mode, box in boxes.items() if box is not None for row in box.rows()]
    grown = [
        {"mode": mode, "leaf": k} | row
        for mode, found in leaves.items()
        for k, b in enumerate(found)
        for row in b.rows()
    ]
    tables = {"pathways": counts} | ({"boxes": pl.DataFrame(rows)} if rows else {})
    tables |= {"tree": pl.DataFrame(grown)} if grown else {}
    tables["doses"] = by_dose(inputs.select(*DOSES, "at_once"), runs)
    share = dict(counts.select("pathway", "share").iter_rows())
    hypotheses = {
        str(number): answer(mode, boxes[mode], share.get(mode, 0.0), here[mode])
        for number, mode in enumerate(WANTED, 1)
    }
    notes = {"pathways": Answer(facts={"shares": [[way, round_share(s)] for way, s in share.items()]})}
    notes |= {
        f"tree_{m}": Answer(facts=facts_of(found[0], here[m]) | {"mode": m, "began": m in LOST})
        for m, found in leaves.items()
        if found
    }
    return Finding(hypotheses, notes, tables)


def by_dose(inputs: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Return the share of each failure along each dose, in eighths of its range."""
    rows = []
    for name in inputs.columns:
        column = inputs[name].to_numpy()
        few = len(np.unique(column)) < EIGHTHS
        edges = np.append(np.unique(column), np.inf) if few else np.quantile(column, np.linspace(0, 1, EIGHTHS))
        edges = np.unique(edges)
        bins = np.clip(np.searchsorted(edges, column, "right") - 1, 0, max(0, len(edges) - 2))
        for mode in WANTED:
            hit = (runs["pathway"] == mode).to_numpy()
            rows += [
                {"mode": mode, "dose": name, "value": column[bins == b].mean(), "share": hit[bins == b].mean()}
                for b in range(max(1, len(edges) - 1))
                if (bins == b).any()
            ]
    return pl.DataFrame(rows).with_columns(runs=pl.lit(runs.height))


def kept_from(inputs: pl.DataFrame, box: Box, name: str) -> set[str]:
    """Return from which ends of a variable's range the box keeps away."""
    if name not in box.limits:
        return set()
    low, high = box.limits[name]
    ends = {"low": low > float(inputs[name].to_numpy().min()), "high": high < float(inputs[name].to_numpy().max())}
    return {end for end, away in ends.items() if away}


def odds(share: float) -> float:
    """Return what happens over what does not."""
    return share / max(1e-9, 1.0 - share)


def facts_of(box: Box, inputs: pl.DataFrame) -> dict[str, object]:
    """Return a box as facts: its conditions, and shares of runs."""
    conditions = [
        [name, *(None if end is None else round_to(end) for end in ends)] for name, *ends in box.conditions(inputs)
    ]
    shares = {"density": box.density, "base": box.base, "coverage": box.coverage}
    return {"conditions": conditions} | {name: round_share(value) for name, value in shares.items()}


def answer(mode: str, box: Box | None, share: float, inputs: pl.DataFrame) -> Answer:
    """Return the verdict on what makes a way to fail, by the box that was found for it."""
    if box is None:
        return Answer("not enough evidence", {"share": Number(round_share(share, 1), "share")})
    facts = facts_of(box, inputs)
    numbers = {"density": Number(facts["density"], "share"), "base": Number(facts["base"], "share")}
    if odds(box.density) < DENSER * odds(box.base):
        return Answer("not enough evidence", numbers, facts | {"dense": False})
    keys = WANTED[mode]
    met = sorted(name for name, end in keys.items() if kept_from(inputs, box, name) == {end})
    verdict = judge_conditions(len(met), len(keys), mode in EITHER)
    return Answer(verdict, numbers, facts | {"dense": True, "met": met})
