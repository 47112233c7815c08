"""Figures of one run and of a comparison: fan charts, stacked paths, maps, costs.

Every function takes results and returns a Matplotlib figure; nothing is written here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.paired import Comparison
from asmsim.analysis.style import COLOURS, LAYERS, MAIN, REFERENCE, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.config.schema import month_number
from asmsim.model.handles import H
from asmsim.model.outcomes import O
from asmsim.model.pathway import trailing_mean
from asmsim.sweep.replicates import Replicates

Array = npt.NDArray[np.float64]

# outcome, title, factor, axis label, mean of the last 12 months or monthly
PANELS: tuple[tuple[O, str, float, str], ...] = (
    (O.licensed_share, "Licensed miners", 100, "% of miners"),
    (O.miners, "People who mine gold", 1e-3, "thousand persons"),
    (O.official_share, "Gold that leaves officially", 100, "% of gold sold on"),
    (O.enterprises, "Organised groups", 1, "groups"),
    (O.income_median, "Median net income of miners", 1, "USD a month"),
    (O.trust, "Trust in officials", 1, "0 none to 1 full"),
)


def decimal(month: str) -> float:
    """A month as a decimal year."""
    return month_number(month) / 12


def fan(axes: Any, years: Array, values: Array, colour: str, name: str | None = None, dashed: bool = False) -> None:
    """Median with 50 and 90 % bands of (seed, month) values."""
    low, q1, middle, q3, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    axes.fill_between(years, low, high, color=colour, alpha=0.16, linewidth=0)
    axes.fill_between(years, q1, q3, color=colour, alpha=0.28, linewidth=0)
    axes.plot(years, middle, color=colour, lw=1.8, ls="--" if dashed else "-", label=name)


def smooth(values: Array) -> Array:
    """(seed, month) means of the last 12 months, so that seasons do not hide the path.

    Drops the first 11 months, which have no full year behind them.
    """
    return trailing_mean(values.T).T[:, 11:]


def mark_events(axes: Any, run: Replicates, text: bool = False) -> None:
    """Vertical marks for the law, its suspension and donor exit; close marks share one label."""
    top = axes.get_ylim()[1]
    labels: list[tuple[float, str]] = []
    for when, words in events(run):
        axes.axvline(when, color="#777777", lw=0.8, ls=":")
        if labels and when - labels[-1][0] < 1.0:
            labels[-1] = (labels[-1][0], f"{labels[-1][1]}, {words}")
        else:
            labels.append((when, words))
    for when, words in labels if text else []:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
        axes.text(when - 0.12, top, words, rotation=90, va="top", ha="right", fontsize=7.5, color="#444444", bbox=box)


def events(run: Replicates) -> list[tuple[float, str]]:
    """Dates worth a mark: law in force, suspension, end of the programme."""
    plan, first = run.scenario.plan, decimal(run.scenario.context.start)
    found = []
    if run.scenario.model.law == "dated":
        force = (plan.base[:, :, H.in_force] * plan.base[:, :, H.phase_open]).max(1) > 0.5
        if force.any():
            found.append((first + int(np.argmax(force)) / 12, "law in force"))
        stopped = (plan.base[:, :, H.new_land].max(1) < 0.5) & force
        if stopped.any():
            found.append((first + int(np.argmax(stopped)) / 12, "suspended"))
    programme = run.scenario.donor.programme
    if programme is not None and run.exit_index < len(run.months):
        found.append((float(run.years[run.exit_index]), "donor exit"))
    return found


def footer(run: Replicates, more: str = "") -> str:
    """Source line of a figure."""
    seeds = f"n = {len(run.seeds)} seeds, lines are medians, bands 50 and 90 %"
    return f"Simulated, not observed. {run.scenario.context.title}; {seeds}{more}. asmsim {package_version()}"


def overview(run: Replicates) -> Any:
    """Six fan charts that show the run at a glance."""
    figure = new_figure(11, 6.4)
    for axes, (outcome, title, factor, unit) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        fan(axes, run.years[11:], factor * smooth(run.of(outcome)), MAIN)
        axes.set(title=title, ylabel=unit, xlim=(run.years[0], run.years[-1]))
        axes.set_ylim(bottom=0)
        seen = run.scenario.context.observed.get(outcome.name, {})
        if seen:
            when = [decimal(m) for m in seen]
            axes.plot(when, [factor * v for v in seen.values()], "o", ms=4, mfc="white", mec="black", label="observed")
            axes.legend(loc="best", fontsize=8)
            axes.set_ylim(0, max(axes.get_ylim()[1], 1.1 * factor * max(seen.values())))
        mark_events(axes, run, text=outcome is O.licensed_share)
    observed = "; circles: observed, with evidence ids in the context" if run.scenario.context.observed else ""
    source_line(figure, footer(run, f"; means of 12 months{observed}"))
    return figure


def stacked(run: Replicates, layers: Sequence[tuple[O, str]], title: str, unit: str, factor: float = 1.0) -> Any:
    """Mean of each layer, stacked, 12-month means."""
    figure = new_figure(8, 4.4)
    axes = figure.subplots()
    paths = [factor * smooth(run.of(o)).mean(0) for o, _ in layers]
    axes.stackplot(
        run.years[11:], *paths, colors=LAYERS, labels=[n for _, n in layers], edgecolor="white", linewidth=0.4
    )
    axes.set(title=title, ylabel=unit, xlim=(run.years[0], run.years[-1]))
    mark_events(axes, run, text=True)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    source_line(figure, footer(run, "; layers are means").replace("lines are medians, bands 50 and 90 %; ", ""))
    return figure


def people(run: Replicates) -> Any:
    """People by legal status."""
    layers = (
        (O.paper_licences, "licensed"),
        (O.in_process, "in process"),
        (O.lapsed, "lost licence"),
        (O.unregistered, "unregistered"),
    )
    return stacked(run, layers, "People who mine, by legal status", "thousand persons", 1e-3)


def gold(run: Replicates) -> Any:
    """Gold by exit channel."""
    layers = (
        (O.gold_official, "official window"),
        (O.gold_exported, "licensed export"),
        (O.gold_confiscated, "confiscated"),
        (O.gold_smuggled, "smuggled"),
    )
    return stacked(run, layers, "Where the gold goes", "tonnes a year", 12e-3)


def costs(run: Replicates) -> Any:
    """Money spent on each lever over the recorded years, by funder."""
    plan = run.scenario.plan
    spent = run.lever_cost.sum(0)
    rows = [(lever.path, lever.funder, s) for lever, s in zip(plan.levers, spent, strict=False) if s > 0]
    rows.sort(key=lambda r: r[2])
    figure = new_figure(8, max(2.4, 0.26 * len(rows) + 1.2))
    axes = figure.subplots()
    shades = {"donor": MAIN, "government": "#c9a227", "market": "#9db4c0"}
    for funder, shade in shades.items():
        mine = [(k, r[2] / 1e6) for k, r in enumerate(rows) if r[1] == funder]
        if mine:
            axes.barh(
                [k for k, _ in mine], [v for _, v in mine], color=shade, label=funder, edgecolor="#333333", lw=0.4
            )
    axes.set_yticks(range(len(rows)), [r[0] for r in rows], fontsize=8)
    axes.set(title="What the levers cost", xlabel="million USD, recorded years")
    axes.grid(axis="y", visible=False)
    if rows:
        axes.legend(title="paid by", loc="lower right")
    source_line(
        figure, footer(run, "; programme overhead not shown").replace("lines are medians, bands 50 and 90 %; ", "")
    )
    return figure


def maps(run: Replicates, number: int = 4) -> Any:
    """Districts at several dates: size = miners, shade = licensed share."""
    world = run.scenario.world
    full = [t for t in range(12, len(run.months) + 1) if run.months[t - 1].endswith("-12")] or [len(run.months)]
    ends = sorted({full[int(k)] for k in np.linspace(0, len(full) - 1, number).round()})
    figure = new_figure(11, 6.2)
    top = max(0.05, float(np.quantile(run.places[:, 1], 0.995)))
    scale = 260 / max(1.0, float(run.places[:, 0].max()))
    dots = None
    for axes, end in zip(figure.subplots(2, (number + 1) // 2).flat, ends, strict=False):
        year = run.places[end - 12 : end].mean(0)
        dots = axes.scatter(
            world.lon, world.lat, s=3 + scale * year[0], c=100 * year[1], cmap="cividis_r", vmin=0, vmax=100 * top,
            edgecolor="#333333", linewidth=0.4,
        )  # fmt: skip
        axes.set_title(run.months[end - 1][:4])
        axes.set_aspect(1 / max(0.2, float(np.cos(np.radians(world.lat.mean())))))
        axes.tick_params(labelsize=7)
        axes.set_xlabel("longitude, degrees", fontsize=8)
        axes.set_ylabel("latitude, degrees", fontsize=8)
    figure.colorbar(dots, ax=figure.axes, shrink=0.6, label="licensed miners, % of those in the district")
    source_line(
        figure, footer(run, "; area of a dot = people who mine").replace(", lines are medians, bands 50 and 90 %", "")
    )
    return figure


def run_figures(run: Replicates) -> dict[str, Any]:
    """All figures of a run, by file name."""
    found = {"overview": overview(run), "people": people(run), "gold": gold(run), "map": maps(run)}
    if run.scenario.plan.levers:
        found["costs"] = costs(run)
    return found


def compared(comparison: Comparison, difference: bool) -> Any:
    """Six panels with every policy: values, or paired differences from the reference with a zero line."""
    figure = new_figure(11, 6.8)
    reference = comparison.reference
    first = 1 if difference else 0
    for axes, (outcome, title, factor, unit) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        for which in range(first, len(comparison.runs)):
            run, name = comparison.runs[which], comparison.names[which]
            colour = REFERENCE if which == 0 else COLOURS[(which - 1) % len(COLOURS)]
            values = comparison.difference(which, outcome) if difference else run.of(outcome)
            fan(axes, run.years[11:], factor * smooth(values), colour, name, dashed=which == 0)
        if difference:
            axes.axhline(0, color="black", lw=0.8)
        axes.set(title=title, ylabel=unit.replace("% of", "points of") if difference else unit)
        axes.set_xlim(reference.years[0], reference.years[-1])
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=min(4, len(names)))
    what = f"differences from {comparison.names[0]} on the same seeds" if difference else "same seeds in every policy"
    source_line(figure, footer(reference, f"; means of 12 months; {what}"))
    return figure
