"""What happened in Mongolia, and what would have happened without the project, the royalty's cut or the suspension."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from asmsim.analysis.experiments.hypothesis import (
    Answer,
    Finding,
    Number,
    note_sources,
    round_decimals,
    round_gain,
    round_share,
)
from asmsim.analysis.gains import Gain, find_sources, read_monthly
from asmsim.analysis.statistics import QUANTILES, measure_band, measure_fan
from asmsim.analysis.verdicts import combine_verdicts
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results

REAL = "mongolia_as_was"
PROJECT, ROYALTY, SUSPENSION, EXIT = WITHOUT = (
    "mongolia_no_project",
    "mongolia_no_royalty_cut",
    "mongolia_no_suspension",
    "mongolia_exit_2011",
)
UNITS = {"licensed_share": "share", "enterprises": "enterprises", "gold_official": "kg/month", "miners": "persons"}
DRAWN = ("licensed_share", "gold_official")
"""Outcomes whose paths without each part are drawn."""


def find(results: Mapping[str, Results]) -> Finding:
    """Return a table of differences by year, what the figures need, and the hypotheses."""
    yearly = {law: by_year(r) for law, r in results.items()}
    table = pl.DataFrame(
        [
            {"law": law, "policy": policy, "outcome": outcome, "year": year} | gain(frame, policy, outcome, year).row()
            for law, frame in yearly.items()
            for policy in WITHOUT
            for outcome in UNITS
            for year in (2011, 2014, 2018, 2019, 2022)
        ]
    )
    tables = {
        "differences": table,
        "history": history(yearly["dated"]),
        "medians": medians(yearly),
        "observed": observations(),
    }
    hypotheses, notes = answers(yearly)
    project = gain(yearly["dated"], PROJECT, "licensed_share", 2017, 2019)
    return Finding(hypotheses, notes | {"sources": note_sources(find_sources(project, results["dated"]))}, tables)


def by_year(results: Results) -> pl.DataFrame:
    """Return one row a run and year: means of the twelve months."""
    year = pl.col("month").str.slice(0, 4).cast(pl.Int32).alias("year")
    table = read_monthly(results).select("policy", "draw", "seed", year, *UNITS)
    keys = ["policy", "draw", "seed", "year"]
    return table.group_by(keys).agg(pl.all().mean()).sort(keys).collect(engine="streaming")


def of(frame: pl.DataFrame, policy: str, outcome: str, first: int, last: int | None = None) -> Any:
    """Return (run,) means of some years."""
    mine = frame.filter((pl.col("policy") == policy) & pl.col("year").is_between(first, last or first))
    return mine.group_by("draw", "seed").agg(pl.col(outcome).mean()).sort("draw", "seed")[outcome].to_numpy()


def gain(frame: pl.DataFrame, policy: str, outcome: str, first: int, last: int | None = None) -> Gain:
    """Return what a policy changes from what was, in some years."""
    change = of(frame, policy, outcome, first, last) - of(frame, REAL, outcome, first, last)
    return Gain(change, frame["draw"].n_unique(), UNITS[outcome])


def history(frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row an outcome and year: quantiles of runs, as it was."""
    real = frame.filter(pl.col("policy") == REAL)
    years = real["year"].unique().sort().to_list()
    names = [f"q{round(100 * q):02d}" for q in QUANTILES]
    rows = [
        {"outcome": outcome, "year": year}
        | dict(zip(names, measure_fan(real.filter(pl.col("year") == year)[outcome].to_numpy()).tolist(), strict=True))
        for outcome in UNITS
        for year in years
    ]
    return pl.DataFrame(rows).with_columns(runs=pl.lit(real.select("draw", "seed").unique().height))


def medians(yearly: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row a law, policy, outcome and year: the median of runs."""
    keys = ["policy", "outcome", "year"]
    laws = [
        frame.unpivot(DRAWN, index=["policy", "year"], variable_name="outcome")
        .group_by(keys)
        .agg(pl.col("value").median().alias("median"))
        .sort(keys)
        .select(pl.lit(law).alias("law"), *keys, "median")
        for law, frame in yearly.items()
    ]
    return pl.concat(laws)


def observations() -> pl.DataFrame:
    """Return one row an outcome and month: what was observed."""
    observed = scenario("context=mongolia").context.observed
    rows = [
        {"outcome": o, "month": month, "value": float(v)} for o in UNITS for month, v in observed.get(o, {}).items()
    ]
    return pl.DataFrame(rows, {"outcome": pl.String, "month": pl.String, "value": pl.Float64})


def answers(yearly: Mapping[str, pl.DataFrame]) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Return the hypotheses and notes, with the law as dated."""
    frame = yearly["dated"]
    draws = frame["draw"].n_unique()

    def share(values: Any) -> Gain:
        return Gain(values, draws, "share")

    project = gain(frame, PROJECT, "licensed_share", 2017, 2019)
    was = of(frame, REAL, "licensed_share", 2017, 2019)
    groups = gain(frame, PROJECT, "enterprises", 2019)
    half = share(-project.values - was / 2)
    sold, uncut = (of(frame, p, "gold_official", 2018) for p in (REAL, ROYALTY))
    fifth = Gain(sold / 5 - uncut, draws, UNITS["gold_official"]).verdict(1)
    licences = gain(frame, ROYALTY, "licensed_share", 2017, 2019)
    suspended = gain(frame, SUSPENSION, "licensed_share", 2022)
    end, peak = (of(frame, SUSPENSION, "licensed_share", year) for year in (2022, 2018))
    kept = share(end - peak)
    early = gain(frame, EXIT, "licensed_share", 2018)
    above = share(early.values + of(frame, REAL, "licensed_share", 2018) / 2)
    free = gain(yearly["endogenous"], PROJECT, "licensed_share", 2017, 2019)
    left = round_share(uncut.mean() / max(1e-9, sold.mean()))
    hypotheses = {
        "1": Answer(
            combine_verdicts((half.verdict(1), groups.verdict(-1))),
            {
                "half": round_gain(half, half.verdict(1)),
                "groups": round_gain(groups, groups.verdict(-1)),
                "project": round_gain(project),
            },
        ),
        "2": Answer(
            combine_verdicts((fifth, licences.verdict(0))),
            {"left": Number(left, "share", verdict=fifth), "licences": round_gain(licences, licences.verdict(0))},
        ),
        "3": Answer(kept.verdict(1), {"kept": round_gain(kept, kept.verdict(1)), "suspended": round_gain(suspended)}),
        "4": Answer(
            combine_verdicts((early.verdict(-1), above.verdict(1))),
            {"early": round_gain(early, early.verdict(-1)), "above": round_gain(above, above.verdict(1))},
        ),
    }
    return hypotheses, {"was": beside_observed(was), "free": Answer(numbers={"free": round_gain(free)})}


def beside_observed(was: Any) -> Answer:
    """Return the licensed share as it was simulated, and what was observed of it: month, per cent, inside the band."""
    low, middle, high = measure_band(was)
    seen = scenario(f"policy={REAL}").context.observed["licensed_share"]
    level = Number(round_decimals(100 * middle, 1), "%", runs=(float(f"{100 * low:.1f}"), float(f"{100 * high:.1f}")))
    return Answer(
        numbers={"was": level},
        facts={
            "observed": [[month, round_decimals(100 * value, 1), low <= value <= high] for month, value in seen.items()]
        },
    )
