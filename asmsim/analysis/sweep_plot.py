"""One picture of a sweep, as asked for: lines, bands, a map, small multiples, or a scatter of trade-offs; and its numbers.

What is drawn is, for each combination of the keys that are named, the median over seeds and over all other keys, and the
middle 90 % of those runs.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from asmsim.analysis.statistics import BAND
from asmsim.analysis.style import LINES, MAIN, apply_style, fit_label, make_figure, put_source
from asmsim.analysis.sweep_figure import describe_outcome, name_key
from asmsim.analysis.sweeps import list_dimensions
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.provenance import package_version
from asmsim.config.schema import is_month
from asmsim.sweeps.store.results import Results
from asmsim.sweeps.store.targets import check_file, whole_file

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["", "line", "band", "map", "scatter"]
KINDS = ("line", "band", "map", "scatter")
DATES = {
    "horizon": "the last 12 months",
    "exit": "the year to the end of the programme",
    "first year": "the first year",
}
MOST_LINES, MOST_PANELS = len(LINES), 12
SUFFIXES = (".png", ".svg", ".pdf")
TO_PERCENT = 100.0


@dataclass(frozen=True, eq=False)
class SweepView:
    """What a picture shows.

    Attributes
    ----------
    table
        One row for each combination of the keys: `low`, `median` and `high` over runs, and how many `runs`.
    x, y, lines, panels
        Keys (of a scatter, `x` is an outcome, and its median is `x_median`), and the outcome.
    when
        In words, the months that are measured.
    """

    table: "pl.DataFrame"
    x: str
    y: str
    lines: str | None
    panels: str | None
    when: str
    kind: str


def look_at(
    results: Results,
    x: str | None = None,
    y: str = "licensed_share",
    lines: str | None = None,
    panels: str | None = None,
    at: str = "horizon",
    kind: Kind = "",
) -> SweepView:
    """Gather what a picture shows.

    Parameters
    ----------
    x
        A key of the sweep, or for a scatter another outcome; the first key that has several values if none.
    y
        An outcome.
    lines, panels
        Keys whose values are lines, and panels.
    at
        A date of the summary (`horizon`, `exit`, `exit+5`: five years after the programme's end), or a calendar year or month
        (`2045`, `2045-06`: the 12 months up to its end), for which the sweep must have kept its series.
    kind
        `line`, `band`, `map` (over `x` and `lines`) or `scatter`; the one that fits if none.

    Raises
    ------
    ConfigError
        An unknown key, outcome, date or kind, or one that does not fit.
    """
    import polars as pl

    keys = list_dimensions(results)
    if not keys:
        raise ConfigError(f"{results.folder}: nothing varies in this sweep, so there is nothing to plot")
    outcomes = results.manifest.outcomes
    if y not in outcomes:
        raise ConfigError(f"--y {y}: not among the outcomes kept{nearest(y, outcomes)}; known: {', '.join(outcomes)}")
    x = keys[0] if x is None else x
    scatter = x in outcomes
    for option, key in (("--x", None if scatter else x), ("--lines", lines), ("--panels", panels)):
        if key is not None and key not in keys:
            raise ConfigError(
                f"{option} {key}: not varied in this sweep{nearest(key, keys)}; varied: {', '.join(keys)}"
            )
    if kind and kind not in KINDS:
        raise ConfigError(f"--kind {kind}: no such kind{nearest(kind, KINDS)}; known: {', '.join(KINDS)}")
    if (kind == "scatter") != scatter and kind:
        raise ConfigError("--kind scatter goes with an outcome as --x, and with nothing else")
    if kind == "map" and lines is None:
        raise ConfigError("--kind map needs a second key: --lines KEY")
    frame, when = take_date(results, [*dict.fromkeys((y, *([x] if scatter else [])))], at)
    named = [k for k in (None if scatter else x, lines, panels) if k is not None]
    by = named if not scatter else list(dict.fromkeys([*named, *keys]))
    measures = [
        pl.col(y).quantile(BAND[0], "linear").alias("low"), pl.col(y).median().alias("median"),
        pl.col(y).quantile(BAND[2], "linear").alias("high"), pl.len().alias("runs"),
    ]  # fmt: skip
    measures += [pl.col(x).median().alias("x_median")] if scatter else []
    table = frame.with_columns(pl.col(y).fill_nan(None)).group_by(by, maintain_order=True).agg(measures).sort(by)
    for option, key, most in (("--lines", lines, MOST_LINES), ("--panels", panels, MOST_PANELS)):
        if key is not None and kind != "map" and table[key].n_unique() > most:
            raise ConfigError(
                f"{option} {key}: {table[key].n_unique()} values, and at most {most} can be separated; try --kind map"
            )
    chosen = kind or ("scatter" if scatter else "line" if lines else "band")
    return SweepView(table, x, y, lines, panels, when, chosen)


def take_date(results: Results, outcomes: Sequence[str], at: str) -> tuple["pl.DataFrame", str]:
    """One row a run, with the values of its point and outcomes at a date; and that date in words."""
    import polars as pl

    keys = list_dimensions(results)
    month = f"{at}-12" if at.isdigit() and len(at) == 4 else at
    if not is_month(month):
        if at not in results.dates():
            raise ConfigError(
                f"--at {at}: no run has such a date; known: {', '.join(results.dates())}, or a year such as 2045"
            )
        found = results.table("summary").filter(pl.col("date") == at).select(*keys, *outcomes).collect()
        years = at.removeprefix("exit+")
        return found, DATES.get(at, f"the year to {years} years after the end of the programme")
    if "series" not in results.manifest.keep:
        raise ConfigError(
            f"--at {at}: this sweep kept no months; repeat it with --keep summary,series, or choose of {', '.join(results.dates())}"
        )
    year, number = (int(part) for part in month.split("-"))
    first = f"{year - (number < 12):04d}-{number % 12 + 1:02d}"
    months = results.table("series").filter((pl.col("month") >= first) & (pl.col("month") <= month))
    by = [*keys, *(name for name in ("point", "seed") if name not in keys)]
    found = months.group_by(by, maintain_order=True).agg(pl.col(list(outcomes)).mean()).collect()
    if found.height == 0:
        raise ConfigError(f"--at {at}: no run has that month")
    return found, f"the 12 months to {month}"


def draw_view(results: Results, view: SweepView) -> Any:
    """Draw a view."""
    panels = [None] if view.panels is None else view.table[view.panels].unique(maintain_order=True).to_list()
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    figure = make_figure(max(6.8, 1.2 + 3.4 * across), 1.2 + 3.4 * down)
    grid = figure.subplots(down, across, squeeze=False, sharex=view.kind != "map", sharey=view.kind != "map")
    label, factor, unit = describe_outcome(view.y, results.manifest.outcomes[view.y])
    draw = {"line": _lines, "band": _lines, "map": _map, "scatter": _scatter}[view.kind]
    for axes, value in zip(grid.flat, panels, strict=False):
        import polars as pl

        mine = view.table if view.panels is None else view.table.filter(pl.col(view.panels) == value)
        draw(axes, mine, view, factor, unit, results)
        axes.set_title("" if view.panels is None else _show_value(value), fontsize=9.5)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    heading = f"{label}{f', {unit}' if unit else ''}"
    heading += f"\nby {' '.join(name_key(view.panels).split())}" if view.panels is not None else ""
    figure.suptitle(heading, x=0.01, ha="left", fontweight="bold", fontsize=11)
    if view.lines is not None and view.kind != "map":
        handles, names = grid.flat[0].get_legend_handles_labels()
        figure.legend(
            handles,
            names,
            title=name_key(view.lines),
            loc="outside upper right",
            fontsize=8.5,
            title_fontsize=8.5,
            ncols=min(5, len(names)),
        )
    what = "medians" if view.kind in ("map", "scatter") else "medians, and the middle 90 % of runs"
    seeds = f"{len(results.manifest.seeds)} seeds" + (
        "" if not _list_pooled(results, view) else f", and all values of {', '.join(_list_pooled(results, view))}"
    )
    foot = f"Simulated, not observed. Means of {view.when}; {what}, over {seeds}. asmsim {package_version()}"
    put_source(figure, "\n".join(textwrap.wrap(foot, 46 * across + 50)))
    return figure


def _list_pooled(results: Results, view: SweepView) -> list[str]:
    """Keys that vary and are not separated."""
    return [k for k in list_dimensions(results) if k not in view.table.columns]


def _lines(axes: Any, table: "pl.DataFrame", view: SweepView, factor: float, unit: str, results: Results) -> None:
    import polars as pl

    values = [None] if view.lines is None else table[view.lines].unique(maintain_order=True).to_list()
    levels = table[view.x].unique(maintain_order=True).to_list()
    numeric = table[view.x].dtype.is_numeric()
    for k, value in enumerate(values):
        mine = table if view.lines is None else table.filter(pl.col(view.lines) == value)
        at = mine[view.x].to_numpy() if numeric else np.array([levels.index(v) for v in mine[view.x].to_list()], float)
        colour, dashes = LINES[k]
        low, middle, high = (factor * mine[c].to_numpy().astype(float) for c in ("low", "median", "high"))
        if numeric:
            axes.fill_between(at, low, high, color=colour, alpha=0.16 if len(values) < 4 else 0.07, lw=0)
            axes.plot(at, middle, color=colour, ls=dashes, lw=1.8, marker="o", ms=3.5, label=_show_value(value))
        else:
            beside = at + 0.12 * (k - (len(values) - 1) / 2)
            axes.vlines(beside, low, high, color=colour, alpha=0.4, lw=4)
            axes.plot(beside, middle, "o", color="white", mec=colour, mew=1.5, ms=6, label=_show_value(value))
    if not numeric:
        names = ["\n".join(textwrap.wrap(fit_label(str(v).replace("_", " ")), 14)) for v in levels]
        axes.set_xticks(range(len(levels)), names, fontsize=8)
    low, high = axes.get_ylim()
    least = factor * float(np.nanmin(table["low"].to_numpy().astype(float)))
    axes.set_ylim(0 if 0 <= least < 0.5 * high else low, high)
    axes.set(xlabel=name_key(view.x))


def _map(axes: Any, table: "pl.DataFrame", view: SweepView, factor: float, unit: str, results: Results) -> None:
    assert view.lines is not None
    across, down = (table[k].unique().sort().to_list() for k in (view.x, view.lines))
    cells = np.full((len(down), len(across)), np.nan)
    for row in table.to_dicts():
        if row["median"] is not None:
            cells[down.index(row[view.lines]), across.index(row[view.x])] = factor * row["median"]
    mesh = axes.pcolormesh(range(len(across)), range(len(down)), cells, cmap="cividis", shading="nearest")
    for values, ticks in ((across, axes.set_xticks), (down, axes.set_yticks)):
        step = -(-len(values) // 9)
        ticks(range(0, len(values), step), [_show_value(v) for v in values[::step]], fontsize=8)
    axes.grid(visible=False)
    axes.set(xlabel=name_key(view.x), ylabel=name_key(view.lines))
    axes.figure.colorbar(mesh, ax=axes, label=unit).outline.set_visible(False)


def _scatter(axes: Any, table: "pl.DataFrame", view: SweepView, factor: float, unit: str, results: Results) -> None:
    import polars as pl

    label, other, other_unit = describe_outcome(view.x, results.manifest.outcomes[view.x])
    values = [None] if view.lines is None else table[view.lines].unique(maintain_order=True).to_list()
    for k, value in enumerate(values):
        mine = table if view.lines is None else table.filter(pl.col(view.lines) == value)
        at, up = other * mine["x_median"].to_numpy().astype(float), factor * mine["median"].to_numpy().astype(float)
        colour = MAIN if view.lines is None else LINES[k][0]
        axes.plot(at, up, "osD^v"[k % 5], color=colour, mec="white", ms=7, ls="", label=_show_value(value))
    axes.set(xlabel=f"{label}{f', {other_unit}' if other_unit else ''}")


def _show_value(value: Any) -> str:
    """A value as a legend says it."""
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def write_plot(results: Results, view: SweepView, path: Path, overwrite: bool = False) -> Path:
    """Draw a view into a file: .png, .svg or .pdf."""
    check_file(path, "--to", SUFFIXES, overwrite)
    with apply_style(), whole_file(path, overwrite=overwrite) as work:
        draw_view(results, view).savefig(
            work, format=path.suffix[1:], dpi=130, metadata={} if path.suffix == ".pdf" else None
        )
    return path


def plot_sweep(
    results: Results,
    x: str | None = None,
    y: str = "licensed_share",
    lines: str | None = None,
    panels: str | None = None,
    at: str = "horizon",
    kind: Kind = "",
) -> Any:
    """A matplotlib figure of a sweep: parameters as in `look_at`.

    Raises
    ------
    ConfigError
        An unknown key, outcome, date or kind, or one that does not fit.
    """
    with apply_style():
        return draw_view(results, look_at(results, x, y, lines, panels, at, kind))
