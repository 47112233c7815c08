"""The figure of a sweep: main outcomes against each dimension, or a map where two numbers vary."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asmsim.analysis.style import MAIN, apply_style, fit_label, make_figure, put_source, save_svg
from asmsim.analysis.sweeps import (
    Effect,
    choose_dates,
    choose_lead_outcomes,
    has_draws,
    list_dimensions,
    measure_effects,
    select_date,
)
from asmsim.config.provenance import package_version
from asmsim.model.labels import find_label
from asmsim.model.means import drop_undefined
from asmsim.sweeps.request.keys import find_unit
from asmsim.sweeps.store.results import Results
from asmsim.sweeps.store.targets import whole_files

MOST_DIMENSIONS, MOST_CELLS = 4, 40
FAR_FROM_ZERO, LEAST_RANGE = 0.5, 0.1
LETTER_INCHES = 0.068
AXES = {
    "licensed_share": (100.0, "% of miners"),
    "official_share": (100.0, "% of gold sold"),
    "income_median": (1.0, "USD a month"),
    "trust": (1.0, "0 none to 1 full"),
}
"""Factor and axis label of outcomes whose unit says less."""
NAME_LETTERS = 38
"""Letters of an axis label in one line."""


def describe_outcome(outcome: str, unit: str) -> tuple[str, float, str]:
    """Title, factor and axis label of an outcome."""
    usual = (100.0, "%") if unit == "share" else (1.0, "" if unit == "1" else unit)
    return (find_label(outcome), *AXES.get(outcome, usual))


def draw_sweep(results: Results, date: str = "horizon") -> Any:
    """A map for two listed numbers, else one column a dimension; None where nothing varies."""
    outcomes, keys = choose_lead_outcomes(results), list_dimensions(results)
    if not keys:
        return None
    points = results.points.collect()
    listed = [len(points[k].unique()) for k in keys if points[k].dtype.is_numeric()]
    if len(keys) == len(listed) == 2 and max(listed) <= MOST_CELLS and min(listed) > 2:
        return draw_heat_maps(results, keys, outcomes, date)
    return draw_panels(results, measure_effects(results, outcomes, date)[:MOST_DIMENSIONS], outcomes, date)


def foot_of_sweep(results: Results, date: str, what: str) -> str:
    """Source line."""
    m = results.manifest
    shared = (
        "its own for each point"
        if not m.paired
        else "its own for each draw"
        if has_draws(results)
        else "shared by all points"
    )
    failed = sum(n for s, n in results.status.items() if s not in ("ok", "missing"))
    lost = f"; {failed} failed runs left out" if failed else ""
    seeds = f"{len(m.seeds)} seeds, {shared}"
    when = "the last 12 months" if date == "horizon" else f"the 12 months to the {choose_dates(results)[date]}"
    return f"Simulated, not observed. Means of {when}; {what}; {seeds}{lost}. asmsim {package_version()}"


def draw_panels(results: Results, shown: Sequence[Effect], outcomes: Sequence[str], date: str) -> Any:
    """Outcomes down, dimensions across: median with 50 and 90 % bands over seeds and the other dimensions."""
    figure = make_figure(max(6.4, 1.4 + 3.3 * len(shown)), 1.0 + 2.15 * len(outcomes))
    axes = figure.subplots(len(outcomes), len(shown), sharey="row", sharex="col", squeeze=False)
    for row, outcome in enumerate(outcomes):
        title, factor, unit = describe_outcome(outcome, results.manifest.outcomes[outcome])
        for column, effect in enumerate(shown):
            draw = _band if effect.numeric else _bars
            draw(axes[row, column], effect, row, factor)
            if row == len(outcomes) - 1:
                axes[row, column].set_xlabel(name_key(effect.key))
        axes[row, 0].set(title=title, ylabel=unit)
        axes[row, 0].set_ylim(_limits(factor * np.array([v.values[:, row] for e in shown for v in e.levels])))
    more = len(list_dimensions(results)) - len(shown)
    others = f"; {more} more dimensions not shown" if more > 0 else ""
    what = f"lines and dots are medians, bands 50 and 90 % of runs{others}"
    put_source(figure, "\n".join(textwrap.wrap(foot_of_sweep(results, date, what), 46 * len(shown) + 40)))
    return figure


def _limits(values: Any) -> tuple[float, float]:
    """Limits of an axis: from zero, unless all values lie far from it."""
    values = drop_undefined(values.ravel())
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if 0 <= low < FAR_FROM_ZERO * high:
        low = 0.0
    room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return (low - (room if low else 0.0), high + room)


def _band(axes: Any, effect: Effect, outcome: int, factor: float) -> None:
    at = [level.at for level in effect.levels]
    low, q1, middle, q3, high = factor * np.array([level.values[:, outcome] for level in effect.levels]).T
    axes.fill_between(at, low, high, color=MAIN, alpha=0.16, linewidth=0)
    axes.fill_between(at, q1, q3, color=MAIN, alpha=0.28, linewidth=0)
    axes.plot(at, middle, color=MAIN, lw=1.8, marker="o", ms=3.5, clip_on=False, zorder=3)


def _bars(axes: Any, effect: Effect, outcome: int, factor: float) -> None:
    at = range(len(effect.levels))
    low, q1, middle, q3, high = factor * np.array([level.values[:, outcome] for level in effect.levels]).T
    axes.vlines(at, low, high, color=MAIN, alpha=0.3, lw=5)
    axes.vlines(at, q1, q3, color=MAIN, alpha=0.55, lw=9)
    axes.plot(at, middle, "o", color="white", mec=MAIN, mew=1.4, ms=6, clip_on=False, zorder=3)
    axes.set_xlim(-0.6, len(effect.levels) - 0.4)
    names = ["\n".join(textwrap.wrap(fit_label(level.label.replace("_", " ")), 14)) for level in effect.levels]
    width = axes.figure.get_figwidth() / axes.get_subplotspec().get_gridspec().ncols - 0.8
    crowded = LETTER_INCHES * sum(1 + max(map(len, name.split("\n"))) for name in names) > width
    axes.set_xticks(at, names, rotation=40 if crowded else 0, ha="right" if crowded else "center", fontsize=8)
    axes.grid(axis="x", visible=False)


def draw_heat_maps(results: Results, keys: Sequence[str], outcomes: Sequence[str], date: str) -> Any:
    """Median over seeds for each pair of values, one map an outcome."""
    frame = select_date(results, outcomes, date)
    across, down = (np.unique(frame[k].to_numpy()) for k in keys)
    middle = frame.group_by(list(keys)).median()
    place = (np.searchsorted(down, middle[keys[1]].to_numpy()), np.searchsorted(across, middle[keys[0]].to_numpy()))
    figure = make_figure(9.6, 1.0 + 3.3 * ((len(outcomes) + 1) // 2))
    grid = figure.subplots((len(outcomes) + 1) // 2, min(2, len(outcomes)), squeeze=False)
    for axes in grid.flat[len(outcomes) :]:
        axes.remove()
    for axes, outcome in zip(grid.flat, outcomes, strict=False):
        title, factor, unit = describe_outcome(outcome, results.manifest.outcomes[outcome])
        cells = np.full((len(down), len(across)), np.nan)
        cells[place] = factor * middle[outcome].to_numpy()
        low, high = _shades(cells)
        at = (range(len(across)), range(len(down)))
        mesh = axes.pcolormesh(*at, cells, cmap="cividis", shading="nearest", vmin=low, vmax=high)
        _few_ticks(axes.set_xticks, across)
        _few_ticks(axes.set_yticks, down)
        axes.grid(visible=False)
        axes.set(title=title, xlabel=name_key(keys[0]), ylabel=name_key(keys[1]))
        bar = figure.colorbar(mesh, ax=axes, label=unit)
        bar.outline.set_visible(False)
    put_source(figure, foot_of_sweep(results, date, "medians over seeds"))
    return figure


def _shades(cells: Any) -> tuple[float, float]:
    """Ends of the shades; differences of a few per cent are not blown up to the whole range."""
    known = drop_undefined(cells.ravel())
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    least = LEAST_RANGE * max(abs(low), abs(high)) or 1.0
    return (low, high) if high - low >= least else ((low + high - least) / 2, (low + high + least) / 2)


def _few_ticks(set_ticks: Any, values: Any, most: int = 9) -> None:
    step = -(-len(values) // most)
    set_ticks(range(0, len(values), step), [f"{v:g}" for v in values[::step]])


def name_key(key: str) -> str:
    """A key as an axis says it: its label, with the unit, in short lines."""
    if key == "order":
        return "Order in which they begin"
    words, unit = find_label(key), find_unit(key)
    whole = words if unit in ("", "1", "count") or unit in words else f"{words}, {unit}"
    return "\n".join(textwrap.wrap(whole, NAME_LETTERS))


def write_figure(results: Results, folder: Path, date: str = "horizon") -> Path | None:
    """Draw `sweep.png` and `sweep.svg` in a folder, outcomes at a date; None where nothing varies."""
    with apply_style():
        figure = draw_sweep(results, date)
        if figure is None:
            return None
        path = folder / "sweep.png"
        with whole_files(folder) as work:
            figure.savefig(work / path.name, dpi=130, metadata={"Software": None})
            save_svg(figure, work / "sweep.svg")
    return path
