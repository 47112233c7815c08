"""Where the five ingredients end in limbo, reversal or collapse: doses and conditions, found by PRIM."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from matplotlib.ticker import EngFormatter

from asmsim.analysis.discovery import Box, find_box, find_leaves
from asmsim.analysis.experiment import Found
from asmsim.analysis.style import COLOURS, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.evidence import priors
from asmsim.evidence.posterior import draw_for
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results

DOSES = {
    "legalisation.signoffs": (2, 14),
    "parameters.office_staff": (0.1, 4.0),
    "parameters.plots_per_office": (2.0, 20.0),
    "parameters.plot_again": (0.5, 0.98),
    "legalisation.recurring_usd_month": (0.0, 40.0),
    "donor.programme.duration_years": (2.0, 20.0),
    "donor.programme.usd_year": (300_000.0, 4_000_000.0),
    "donor.local_ownership.own_share": (0.0, 0.6),
    "rights.enterprise_support.facilitators": (0.0, 1.0),
    "governance.job_descriptions.coverage": (0.0, 1.0),
}
PANELS = {
    "legalisation.signoffs": "sign-offs a file",
    "parameters.office_staff": "officials an office",
    "parameters.plots_per_office": "plots a year and office",
    "parameters.plot_again": "chance of another plot",
    "legalisation.recurring_usd_month": "cost of a licence, USD a month",
    "donor.programme.duration_years": "programme, years",
    "donor.programme.usd_year": "programme, USD a year",
    "donor.local_ownership.own_share": "partners' own share",
    "rights.enterprise_support.facilitators": "facilitators a district",
    "governance.job_descriptions.coverage": "duties in job descriptions, share",
    "at_once": "gradual (0) or at once (1)",
}
"""What a dose is called in the figure, with its unit."""
PACES = ("gradual", "at_once")
POSTERIOR, DRAWS = "mongolia", 200
TITLES = {"reversal": "Of runs that began, reversal", "collapse": "Of runs that began, collapse"}
EITHER = ("reversal",)
"""Where the hypothesis names conditions of which one is enough."""
DENSER = 2.0
"""How many times the odds of the whole a box must have, on runs on which it was not found."""
NEVER, LOST = "never started", ("reversal", "collapse")
"""Only where licences were ever there can they be lost: boxes of these are found among the runs that began."""
MODES = {"limbo": "Limbo", "reversal": "Reversal", "collapse": "Collapse"}


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Doses by a Latin hypercube, each with seeds of its own and one of 200 draws of the other parameters."""
    from scipy.stats import qmc

    u = qmc.LatinHypercube(len(DOSES) + 1, rng=np.random.default_rng(11)).random(plan.size)
    table = {key: low + u[:, k] * (high - low) for k, (key, (low, high)) in enumerate(DOSES.items())}
    table["legalisation.signoffs"] = np.round(table["legalisation.signoffs"]).astype(int)
    frame = pl.DataFrame(table | {"legalisation": [PACES[int(v > 0.5)] for v in u[:, -1]]})
    draws = draw_for(POSTERIOR, DRAWS, scenario("context=generic")).values
    names = [n for n in draws[0] if f"parameters.{n}" not in DOSES]
    drawn = {f"parameters.{n}": [draws[k % len(draws)][n] for k in range(plan.size)] for n in names}
    luck = pl.DataFrame({"draw": list(range(plan.size))})  # each point has seeds of its own
    return frame.hstack(pl.DataFrame(drawn)).hstack(luck)


def find(results: Mapping[str, Results]) -> Found:
    """A box for each way to fail, and the hypotheses."""
    beliefs = [f"parameters.{n}" for n in priors.list_fitted() if f"parameters.{n}" not in DOSES]
    runs = results["main"].table("runs").select(*DOSES, *beliefs, "legalisation", "draw", "pathway").collect()
    inputs = (
        runs.select(*DOSES, *beliefs)
        .with_columns(pl.all().cast(pl.Float64))
        .with_columns(at_once=(runs["legalisation"].str.strip_chars('"') == "at_once").cast(pl.Float64))
    )
    began = (runs["pathway"] != NEVER).to_numpy()
    among = {mode: began if mode in LOST else np.ones(runs.height, bool) for mode in MODES}
    drawn = runs["draw"].to_numpy() % DRAWS  # points with the same draw of the other parameters are alike
    boxes = {
        m: find_box(inputs.filter(of), (runs["pathway"] == m).to_numpy()[of], drawn[of]) for m, of in among.items()
    }
    counts = runs.group_by("pathway").len().sort("len", descending=True).with_columns(share=pl.col("len") / runs.height)
    leaves = {
        m: find_leaves(inputs.filter(of), (runs["pathway"] == m).to_numpy()[of], drawn[of]) for m, of in among.items()
    }
    rows = [{"mode": mode} | row for mode, box in boxes.items() if box is not None for row in box.rows()]
    grown = [
        {"mode": mode, "leaf": k} | row
        for mode, found in leaves.items()
        for k, b in enumerate(found)
        for row in b.rows()
    ]
    tables = {"pathways": counts} | ({"boxes": pl.DataFrame(rows)} if rows else {})
    tables |= {"tree": pl.DataFrame(grown)} if grown else {}
    here = {m: inputs.filter(of) for m, of in among.items()}
    trees = [f"{tree_title(m)}: {found[0].said('the densest leaf', here[m])}" for m, found in leaves.items() if found]
    said = [*sentences(boxes, counts, here), *trees]
    return Found(said, tables, {"failure_modes": drawn_modes(inputs.select(*DOSES, "at_once"), runs)})


def tree_title(mode: str) -> str:
    """What a tree is of."""
    return f"A tree of depth three for {mode}{' among runs that began' if mode in LOST else ''}"


def drawn_modes(inputs: pl.DataFrame, runs: pl.DataFrame) -> object:
    """Share of each failure along each dose, in eighths of its range."""
    names = inputs.columns
    figure = new_figure(10, 6.6)
    for axes, name in zip(figure.subplots(3, 4, sharey=True).ravel(), [*names, None], strict=False):
        if name is None:
            axes.set_visible(False)
            continue
        column = inputs[name].to_numpy()
        edges = (
            np.quantile(column, np.linspace(0, 1, 9))
            if len(np.unique(column)) > 8
            else np.append(np.unique(column), np.inf)
        )
        edges = np.unique(edges)
        for k, (mode, title) in enumerate(MODES.items()):
            hit = (runs["pathway"] == mode).to_numpy()
            bins = np.clip(np.searchsorted(edges, column, "right") - 1, 0, max(0, len(edges) - 2))
            at = [b for b in range(max(1, len(edges) - 1)) if (bins == b).any()]
            axes.plot(
                [column[bins == b].mean() for b in at],
                [100 * hit[bins == b].mean() for b in at],
                color=COLOURS[k],
                ls=("-", "--", ":")[k],
                marker="o",
                ms=2.5,
                lw=1.3,
                label=title,
            )
        axes.set_title(PANELS[name], fontsize=8)
        axes.tick_params(labelsize=7)
        if column.max() > 1e4:
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    figure.axes[0].set_ylim(0, None)
    figure.axes[0].legend(fontsize=7)
    figure.supylabel("share of runs, %", fontsize=9)
    source_line(
        figure,
        f"Simulated, not observed. {runs.height} runs of the five ingredients, each with doses and seeds of its own and one of {DRAWS} draws. asmsim {package_version()}",
    )
    return figure


def kept_from(inputs: pl.DataFrame, box: Box, name: str) -> set[str]:
    """From which ends of a variable's range the box keeps away."""
    if name not in box.limits:
        return set()
    low, high = box.limits[name]
    ends = {"low": low > float(inputs[name].to_numpy().min()), "high": high < float(inputs[name].to_numpy().max())}
    return {end for end, away in ends.items() if away}


def odds(share: float) -> float:
    """What happens over what does not."""
    return share / max(1e-9, 1.0 - share)


def sentences(boxes: Mapping[str, Box | None], counts: pl.DataFrame, inputs: Mapping[str, pl.DataFrame]) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    share = dict(counts.select("pathway", "share").iter_rows())
    said = [
        f"Of all runs {', '.join(f'{s:.0%} end in {p}' if p in MODES else f'{s:.0%} are {p}' for p, s in share.items())}."
    ]
    wanted = {  # variable: the end of its range from which a box that supports the hypothesis keeps away
        "limbo": (
            "many sign-offs, few officials, at once",
            {"legalisation.signoffs": "low", "parameters.office_staff": "high", "at_once": "low"},
        ),
        "reversal": (
            "land stops, or the donor leaves early or without an own share",
            {
                "parameters.plots_per_office": "high",
                "parameters.plot_again": "high",
                "donor.programme.duration_years": "high",
                "donor.local_ownership.own_share": "high",
            },
        ),
        "collapse": (
            "plots cannot be had again and renewal is dear",
            {"parameters.plot_again": "high", "legalisation.recurring_usd_month": "low"},
        ),
    }
    for number, (mode, (words, keys)) in enumerate(wanted.items(), 1):
        box = boxes[mode]
        if box is None:
            said.append(
                f"Hypothesis {number} ({mode}: {words}): cannot be told; {share.get(mode, 0):.1%} of runs end so."
            )
            continue
        met = {name for name, end in keys.items() if kept_from(inputs[mode], box, name) == {end}}
        if odds(box.density) < DENSER * odds(box.base):
            said.append(
                f"Hypothesis {number} ({mode}: {words}): cannot be told; the best box that was found on one half of the runs is hardly denser on the other. {box.said(TITLES.get(mode, MODES[mode]), inputs[mode])}"
            )
            continue
        enough = met if mode in EITHER else met == set(keys)
        verdict = "supported" if enough else f"in part ({', '.join(sorted(met))})" if met else "not supported"
        said.append(
            f"Hypothesis {number} ({mode}: {words}): {verdict}. {box.said(TITLES.get(mode, MODES[mode]), inputs[mode])}"
        )
    return said
