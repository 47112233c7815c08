"""Which uncertain parameters the patterns of Mongolia can see at all: Morris screening of what calibration fits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from asmsim.analysis.sensitivity import draw_morris, tabulate_morris
from asmsim.analysis.style import MAIN, apply_style, make_figure, put_source
from asmsim.config.provenance import package_version
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence import priors
from asmsim.evidence.evaluate import evaluate
from asmsim.evidence.particle_table import load_seen
from asmsim.evidence.patterns import ArmEffect, Statistic
from asmsim.sweeps.store.targets import whole_files

Floats = npt.NDArray[np.float64]
FAR = 4.0
"""Half-widths outside its band at which a statistic is cut off: farther is not worse."""
SHOWN = 36


def screen(trajectories: int, threads: int, progress: Callable[[int], None] = lambda _: None) -> pl.DataFrame:
    """Screen every uncertain parameter of Mongolia against every statistic that calibration is judged by.

    Returns
    -------
    DataFrame
        One row per parameter, the strongest first: whether it is fitted, its mean absolute effect over the range
        of its prior summed over statistics (in half-widths of their bands), and the statistic that it moves most.
    """
    known = priors.priors_of(priors.HOME)
    names = sorted(known)
    design = draw_morris(names, trajectories)
    inner = np.clip(design, 0.005, 0.995)  # a normal has no value at 0 and 1
    values = np.stack([known[n].of_uniform(inner[:, k]) for k, n in enumerate(names)], axis=1)
    patterns = [p for p in load_seen() if p.role == "fitted"]
    evaluate(patterns, [dict(zip(names, map(float, values[0]), strict=True))], [1], threads=1)  # composes, compiles

    def one(row: Floats) -> list[float]:
        found = evaluate(patterns, [dict(zip(names, map(float, row), strict=True))], [1], threads=1)
        progress(1)
        return [float(found[p.name].values[n][0, 0]) for p in patterns for n, j in p.judged.items() if j.counts]

    with ThreadPoolExecutor(threads) as pool:
        outputs = np.array(list(pool.map(one, values)))
    judged = [(f"{p.name} {n}", j) for p in patterns for n, j in p.judged.items() if j.counts]
    return sum_effects(names, design, outputs, judged)


def sum_effects(
    names: list[str], design: Floats, outputs: Floats, judged: list[tuple[str, Statistic | ArmEffect]]
) -> pl.DataFrame:
    """Effects in half-widths, summed over statistics; one that never varies says nothing of any parameter."""
    each = []
    for k, (label, band) in enumerate(judged):
        placed = scale_to_bands(band, outputs[:, k])
        if np.ptp(placed) > 0:
            table = tabulate_morris(names, design, placed)
            each.append(table.select("parameter", "effect").with_columns(statistic=pl.lit(label)))
    whole = pl.concat(each).sort("effect", descending=True)
    found = whole.group_by("parameter").agg(
        pl.col("effect").sum(), pl.col("statistic").first().alias("most"), pl.col("effect").first().alias("most_effect")
    )
    fitted = set(priors.list_fitted())
    return (
        found.with_columns(pl.col("parameter").is_in(fitted).alias("fitted"))
        .select("parameter", "fitted", "effect", "most", "most_effect")
        .sort("effect", "parameter", descending=[True, False])
    )


def scale_to_bands(band: Statistic | ArmEffect, values: Floats) -> Floats:
    """Values as distances from the middle of a band in half-widths, cut off where they are far outside; NaN is far."""
    ends = [b for b in (band.low, band.high) if np.isfinite(b)]
    half = (band.high - band.low) / 2 if len(ends) == 2 else abs(ends[0])
    middle = float(np.mean(ends))
    placed = (np.where(np.isnan(values), np.inf, values) - middle) / max(half, 1e-12)
    return np.asarray(np.clip(placed, -1 - FAR, 1 + FAR))


def write_screening(table: pl.DataFrame, out: Path, trajectories: int) -> Path:
    """Write table and figure; returns the folder."""
    figure = draw_screening(table, trajectories)
    with whole_files(out) as work:
        table.write_csv(work / "screening.csv", float_precision=4)
        figure.savefig(work / "screening.png", dpi=120, metadata={"Software": None})
    return out


def draw_screening(table: pl.DataFrame, trajectories: int) -> Any:
    """The strongest parameters; those that are fitted are filled."""
    top = table.head(SHOWN).reverse()
    with apply_style():
        figure = make_figure(8.6, 0.9 + 0.19 * top.height)
        axes = figure.subplots()
        fitted = top["fitted"].to_numpy()
        colours = np.where(fitted, MAIN, "white")
        axes.barh(top["parameter"].to_list(), top["effect"].to_numpy(), color=colours, edgecolor=MAIN, lw=0.8)
        for name, other in ((MAIN, "fitted"), ("white", "drawn from its prior")):
            axes.barh([top["parameter"][0]], [0], color=name, edgecolor=MAIN, lw=0.8, label=other)
        axes.tick_params(axis="y", labelsize=7.5)
        axes.margins(y=0.01)
        axes.set(xlabel="effect over the prior's range, summed over statistics, half-widths of their bands")
        axes.set_title("What the patterns of Mongolia can see", fontsize=10)
        axes.legend(loc="lower right", fontsize=8)
        put_source(
            figure,
            f"Simulated. Morris screening of {table.height} parameters, {trajectories} trajectories. asmsim {package_version()}, model {kernel_id()}",
        )
    return figure
