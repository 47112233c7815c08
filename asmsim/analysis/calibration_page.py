"""What a fit found, in figures: prior beside posterior, and how well synthetic truths are found again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.style import MAIN, apply_style, make_figure, put_source
from asmsim.config.provenance import package_version
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence import priors
from asmsim.evidence.world_fit import tabulate_recovery
from asmsim.sweeps.store.parts import read_parquet
from asmsim.sweeps.store.targets import whole_file, whole_files

GREY = "0.75"
COLUMNS = 4


def write_recovery(found: pl.DataFrame, out: Path, kept: int, simulations: int) -> Path:
    """Write every fit, the table by parameter and the figure; returns the folder."""
    figure = draw_recovery(found, kept, simulations)
    with whole_files(out) as work:
        found.write_csv(work / "fits.csv")
        tabulate_recovery(found).write_csv(work / "recovery.csv")
        figure.savefig(work / "recovery.png", dpi=120, metadata={"Software": None})
    return out


def write_posterior_figure(path: Path) -> None:
    """Draw a posterior beside its table."""
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    figure = draw_posterior_figure(read_parquet(path), told)
    with whole_file(path.with_suffix(".png"), overwrite=True) as work:
        figure.savefig(work, dpi=120, metadata={"Software": None})


def shape_grid(count: int, height: float = 1.75) -> tuple[Any, Any]:
    """A figure with a small panel for each parameter; what is left over is hidden."""
    rows = -(-count // COLUMNS)
    figure = make_figure(9.6, 0.7 + height * rows)
    panels = np.atleast_1d(figure.subplots(rows, COLUMNS)).ravel()
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels[:count]


def draw_recovery(found: pl.DataFrame, kept: int, simulations: int) -> Any:
    """Truth against what was found, each parameter as a quantile of its prior."""
    table = tabulate_recovery(found)
    with apply_style():
        figure, panels = shape_grid(table.height, 2.1)
        for axes, row in zip(panels, table.to_dicts(), strict=True):
            mine = found.filter(pl.col("parameter") == row["parameter"])
            truth, middle = mine["truth"].to_numpy(), mine["median"].to_numpy()
            axes.plot([0, 1], [0, 1], color=GREY, lw=1)
            axes.vlines(truth, mine["q05"].to_numpy(), mine["q95"].to_numpy(), color=MAIN, alpha=0.25, lw=1)
            axes.plot(truth, middle, "o", color=MAIN, ms=2.5)
            axes.set_title(f"{row['parameter']}  ({row['coverage']:.0%} inside)", fontsize=8)
            axes.set(xlim=(0, 1), ylim=(0, 1))
            axes.tick_params(labelsize=7)
        figure.supxlabel("true value (quantile of the prior)", fontsize=9)
        figure.supylabel("found: median and 90 %", fontsize=9)
        put_source(
            figure,
            f"{found['fit'].n_unique()} synthetic fits on {kept} of {simulations:,} prior simulations each. "
            f"asmsim {package_version()}, model {kernel_id()}",
        )
    return figure


def choose_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, ... between two ends."""
    steps = [m * 10.0**e for e in range(-6, 9) for m in (1, 2, 5)]
    return [v for v in steps if low * 0.999 <= v <= high * 1.001]


def draw_posterior_figure(table: pl.DataFrame, told: dict[str, Any]) -> Any:
    """Each fitted parameter: its prior in grey, the posterior's weighted draws in blue."""
    known = priors.list_fitted()
    weights = table["weight"].to_numpy()
    with apply_style():
        figure, panels = shape_grid(len(known))
        for axes, (name, prior) in zip(panels, known.items(), strict=True):
            before = prior.of_uniform((np.arange(4000) + 0.5) / 4000)
            logarithmic = prior.distribution == "loguniform"
            ends = before.min(), before.max()
            bins = np.geomspace(*ends, 17) if logarithmic else np.linspace(*ends, 17)
            axes.hist(before, bins, weights=np.full(4000, 1 / 4000), color=GREY, label="prior")
            axes.hist(
                table[name].to_numpy(), bins, weights=weights / weights.sum(), histtype="step", color=MAIN, lw=1.6,
                label="posterior",
            )  # fmt: skip
            if logarithmic:
                axes.set_xscale("log")
                axes.set_xticks(choose_ticks(*ends), [f"{v:g}" for v in choose_ticks(*ends)], minor=False)
                axes.set_xticks([], minor=True)
            axes.set_title(name, fontsize=8.5)
            axes.set_yticks([])
            axes.tick_params(labelsize=7, which="both")
        figure.legend(*panels[0].get_legend_handles_labels(), fontsize=7, loc="outside upper right", ncols=2)
        put_source(
            figure,
            f"{told['draws']} draws after {told['stages']} stages and {told['simulations']:,} simulations; "
            f"fitted on {', '.join(told['fitted_on'])}. asmsim {told['asmsim']}, code {told['code']}",
        )
    return figure
