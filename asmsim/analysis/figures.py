"""Figures of one run and of a comparison: fan charts, stacked paths, maps, costs.

Every function takes results and returns a Matplotlib figure; nothing is written here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.paired import Comparison
from asmsim.analysis.statistics import measure_fan
from asmsim.analysis.style import (
    FUNDERS,
    LAYERS,
    LINES,
    MAIN,
    REFERENCE,
    REFERENCE_DASHES,
    fit_label,
    make_figure,
    put_headed_legend,
    put_heading,
    put_source,
)
from asmsim.analysis.summary import find_exit, find_payer, show_number
from asmsim.config.provenance import package_version
from asmsim.config.schema import month_name, month_number
from asmsim.model.handles import H
from asmsim.model.labels import find_label
from asmsim.model.outcomes import O
from asmsim.model.pathway import trailing_mean
from asmsim.sweeps.replicates import Replicates

Array = npt.NDArray[np.float64]
INK = "#444444"

# outcome, factor, axis label, label of a difference
PANELS: tuple[tuple[O, float, str, str], ...] = (
    (O.licensed_share, 100, "% of miners", "percentage points"),
    (O.miners, 1e-3, "thousand persons", "thousand persons"),
    (O.official_share, 100, "% of gold sold", "percentage points"),
    (O.enterprises, 1, "groups", "groups"),
    (O.income_median, 1, "USD a month", "USD a month"),
    (O.trust, 1, "0 none to 1 full", "on a scale from 0 to 1"),
)


def decimal_months(month: str) -> float:
    """The first day of a month as a decimal year."""
    return month_number(month) / 12


def draw_fan(axes: Any, years: Array, values: Array, colour: str, inner: bool = True, **line: Any) -> None:
    """Median with 90 % and, if `inner`, 50 % bands of (seed, month) values; one seed has no bands."""
    low, q1, middle, q3, high = measure_fan(values)
    if len(values) > 1:
        axes.fill_between(years, low, high, color=colour, alpha=0.16 if inner else 0.1, linewidth=0)
        if inner:
            axes.fill_between(years, q1, q3, color=colour, alpha=0.28, linewidth=0)
    axes.plot(years, middle, **({"lw": 1.8, "color": colour} | line))


def smooth_values(values: Array) -> Array:
    """(seed, month) means of the last 12 months, so that seasons do not hide the path.

    Drops the first 11 months, which have no full year behind them; a run of less than a year is shown whole.
    """
    return trailing_mean(values.T).T[:, first_shown(values.shape[1]) :]


def first_shown(months: int) -> int:
    """The first of so many months that is drawn."""
    return 11 if months >= 12 else 0


def list_years(run: Replicates) -> Array:
    """Years of the months that are drawn."""
    return run.years[first_shown(len(run.years)) :]


def span_years(run: Replicates) -> tuple[float, float]:
    """Both ends of the axis of time; half a month beyond a single one."""
    first, last = float(run.years[0]), float(run.years[-1])
    return (first, last) if last > first else (first - 1 / 24, last + 1 / 24)


def mark_events(axes: Any, run: Replicates, text: bool = False) -> None:
    """Vertical marks for the law, its suspension and the end of the programme; close marks share one label."""
    left, right = axes.get_xlim()
    top = axes.get_ylim()[1]
    labels: list[tuple[float, str]] = []
    for when, words in list_events(run):
        axes.axvline(when, color="#777777", lw=0.8, ls=":")
        if labels and when - labels[-1][0] < 0.06 * (right - left):
            labels[-1] = (labels[-1][0], f"{labels[-1][1]}\n{words}")
        else:
            labels.append((when, words))
    for when, words in labels if text else []:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8}
        beside = when - left > 0.12 * (right - left)
        axes.text(
            when - 0.12 if beside else when + 0.12, top, words, rotation=90, va="top", ha="right" if beside else "left",
            fontsize=7.5, color=INK, bbox=box, linespacing=1.1,
        )  # fmt: skip


def list_events(run: Replicates) -> list[tuple[float, str]]:
    """Dates worth a mark: law in force, suspension, end of the programme; each at the turn of the month it names."""
    plan, first = run.scenario.plan, month_number(run.scenario.context.start)
    found = []

    def mark(t: int, words: str) -> None:
        found.append((decimal_months(month_name(first + t)), f"{words} {month_name(first + t)}"))

    if run.scenario.model.law == "dated":
        force = (plan.base[:, :, H.in_force] * plan.base[:, :, H.phase_open]).max(1) > 0.5
        if force.any():
            mark(int(np.argmax(force)), "law in force")
        stopped = (plan.base[:, :, H.new_land].max(1) < 0.5) & force
        if stopped.any():
            mark(int(np.argmax(stopped)), "suspended")
    last = find_exit(run)
    if last is not None:
        found.append((decimal_months(month_name(month_number(last) + 1)), f"end of programme {last}"))
    return sorted(e for e in found if e[0] >= run.years[0] - 0.05)


def name_run(run: Replicates) -> str:
    """What a figure calls a run: its country, its policy and what was changed."""
    return f"{fit_label(run.scenario.context.title)}: {run.name}"


def foot_of_run(run: Replicates, *more: str, bands: str = "50 and 90") -> str:
    """Source line of a figure; `bands` are those drawn, none where empty."""
    n = run.runs
    seeds = f"n = {run.counted}" if n > 1 else "one seed, so no bands"
    shown = [f"lines are medians, bands {bands} %"] if bands and n > 1 else []
    parts = [fit_label(run.scenario.context.title), seeds, *shown, *more]
    return f"Simulated, not observed. {'; '.join(parts)}. asmsim {package_version()}"


def draw_overview(run: Replicates) -> Any:
    """Six fan charts that show the run at a glance."""
    figure = make_figure(11, 6.8)
    put_heading(figure, name_run(run), 120)
    legend = False
    for axes, (outcome, factor, unit, _) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        draw_fan(axes, list_years(run), factor * smooth_values(run.of(outcome)), MAIN)
        axes.set(title=outcome.label, ylabel=unit, xlim=span_years(run))
        axes.set_ylim(0, 1 if outcome is O.trust else None)
        seen = {m: v for m, v in run.scenario.context.observed.get(outcome.name, {}).items() if m in run.months}
        if seen:
            when = [run.years[run.months.index(m)] for m in seen]
            axes.plot(
                when, [factor * v for v in seen.values()], "o", ms=4.5, mfc="white", mec="black", label="observed"
            )
            axes.set_ylim(0, max(axes.get_ylim()[1], 1.1 * factor * max(seen.values())))
            if not legend:
                axes.legend(loc="best", fontsize=8)
                legend = True
        mark_events(axes, run, text=outcome is O.trust)  # where there is room
    observed = ["circles: observed, with evidence ids in the report"] if run.scenario.context.observed else []
    put_source(
        figure,
        foot_of_run(
            run,
            "means of 12 months",
            *observed,
            *(["dotted: dates named in the last panel"] if list_events(run) else []),
        ),
    )
    return figure


def draw_stacked(run: Replicates, layers: Sequence[tuple[O, str]], title: str, unit: str, factor: float = 1.0) -> Any:
    """Mean of each layer, stacked, 12-month means."""
    figure = make_figure(8, 4.7)
    put_heading(figure, name_run(run), 88)
    axes = figure.subplots()
    paths = [factor * smooth_values(run.of(o)).mean(0) for o, _ in layers]
    colours = [colour for colour, _ in LAYERS[: len(layers)]]
    areas = axes.stackplot(list_years(run), *paths, colors=colours, labels=[n for _, n in layers])
    for area, (_, hatch) in zip(areas, LAYERS, strict=False):
        area.set(hatch=hatch or None, edgecolor=INK, linewidth=0.5)
    axes.set(title=title, ylabel=unit, xlim=span_years(run))
    axes.set_ylim(0, 1.15 * max(1e-9, float(np.sum(paths, axis=0).max())))
    mark_events(axes, run, text=True)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    put_source(figure, foot_of_run(run, "layers are means over seeds and 12 months", bands=""))
    return figure


def draw_people(run: Replicates) -> Any:
    """People present now, by legal status."""
    layers = (
        (O.paper_licences, "licensed"),
        (O.in_process, "in process"),
        (O.lapsed, "lost licence"),
        (O.unregistered, "unregistered"),
    )
    return draw_stacked(run, layers, "People present (mining or between seasons), by status", "thousand persons", 1e-3)


def draw_gold(run: Replicates) -> Any:
    """Gold by the channel through which it is sold."""
    layers = (
        (O.gold_official, "official window"),
        (O.gold_exported, "licensed export"),
        (O.gold_confiscated, "confiscated"),
        (O.gold_smuggled, "smuggled"),
    )
    return draw_stacked(run, layers, "Where the gold goes", "tonnes a year", 12e-3)


def draw_spending(run: Replicates) -> list[tuple[str, str, float]]:
    """What, paid by whom, USD over the recorded months (mean of seeds), the least first.

    What donor and government paid beyond the levers is the programme's overhead.
    """
    plan = run.scenario.plan
    spent = run.lever_cost.sum(0)
    rows = [
        (find_label(lever.path), find_payer(lever.path, lever.funder), float(s))
        for lever, s in zip(plan.levers, spent, strict=False)
        if s > 0
    ]
    paid = float(run.of(O.cost_donor).sum(1).mean())
    overhead = paid - sum(s for _, funder, s in rows if funder == "donor")
    if overhead > 0.005 * max(1.0, paid):
        rows.append(("Programme overhead", "donor", overhead))
    return sorted(rows, key=lambda row: row[2])


def draw_costs(run: Replicates) -> Any:
    """Money spent on each lever over the recorded years, by funder."""
    rows = draw_spending(run)
    figure = make_figure(8, max(2.8, 0.25 * len(rows) + 1.6))
    put_heading(figure, name_run(run), 88)
    axes = figure.subplots()
    for funder, (shade, hatch) in FUNDERS.items():
        mine = [(k, r[2] / 1e6) for k, r in enumerate(rows) if r[1] == funder]
        if mine:
            total = f"{funder}: USD {show_number(sum(v for _, v in mine) * 1e6)}"
            axes.barh(
                [k for k, _ in mine], [v for _, v in mine], color=shade, hatch=hatch or None, label=total,
                edgecolor=INK, lw=0.5,
            )  # fmt: skip
    axes.set_yticks(range(len(rows)), [r[0] for r in rows], fontsize=8)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set(title=f"What the levers cost, {run.months[0]} to {run.months[-1]}", xlabel="million USD, not discounted")
    axes.grid(axis="y", visible=False)
    if rows:
        axes.legend(title="paid by", loc="lower right", alignment="left")
    put_source(figure, foot_of_run(run, "means over seeds of what was delivered", bands=""))
    return figure


def draw_maps(run: Replicates, number_of: int = 4) -> Any:
    """Districts at several dates: size = miners, shade = licensed share, star = the capital."""
    world, capital = run.scenario.world, run.scenario.context.capital
    full = [t for t in range(12, len(run.months) + 1) if run.months[t - 1].endswith("-12")] or [len(run.months)]
    ends = sorted({full[int(k)] for k in np.linspace(0, len(full) - 1, number_of).round()})
    years = [run.places[max(0, end - 12) : end].mean(0) for end in ends]
    shares = np.concatenate([year[1][year[0] > 0] for year in years] or [np.zeros(1)])
    most = float(shares.max(initial=0.0))
    top = max(
        0.02, float(np.quantile(shares, 0.98)) if len(shares) else 0.0
    )  # a few small places would bleach the rest
    largest = max(1.0, *(float(year[0].max()) for year in years))
    figure = make_figure(11, 6.4)
    rows = 1 if len(ends) == 1 else 2
    panels = figure.subplots(rows, -(-len(ends) // rows), sharex=True, sharey=True, squeeze=False)
    dots = None
    for axes, end, year in zip(panels.flat, ends, years, strict=False):
        dots = axes.scatter(
            world.lon, world.lat, s=4 + 260 * year[0] / largest, c=100 * year[1], cmap="Blues", vmin=0, vmax=100 * top,
            edgecolor=INK, linewidth=0.5,
        )  # fmt: skip
        axes.plot(capital.lon, capital.lat, "*", ms=11, mfc="#f0c75e", mec="black", mew=0.6)
        axes.annotate(
            fit_label(capital.name, 30), (capital.lon, capital.lat), (6, -11), textcoords="offset points", fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )  # fmt: skip
        first = run.months[max(0, end - 12)]
        axes.set_title(f"{run.months[end - 1][:4]}" if first.endswith("-01") else f"{first} to {run.months[end - 1]}")
        axes.set_aspect(1 / max(0.2, float(np.cos(np.radians(world.lat.mean())))))
        axes.tick_params(labelsize=7)
        axes.label_outer()
    for axes in panels.flat[len(ends) :]:
        axes.set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel("latitude, degrees", fontsize=8)
    for axes in panels[-1]:
        axes.set_xlabel("longitude, degrees", fontsize=8)
    clipped = most > top * 1.0001
    label = "licensed, % of those who mined in the last 12 months"
    label += f"\n(arrow: up to {100 * most:.0f} %)" if clipped else ""
    figure.colorbar(dots, ax=panels.ravel().tolist(), shrink=0.7, label=label, extend="max" if clipped else "neither")
    sizes = round_sizes(largest)
    key = [axes.scatter([], [], s=4 + 260 * n / largest, c="white", edgecolor=INK, lw=0.5) for n in sizes]
    title = f"{name_run(run)}. Licensed share by district; area of a dot = people who mine:"
    put_headed_legend(figure, title, key, [f"{n:,.0f}" for n in sizes], 120, ncols=len(sizes))
    rule = [] if isinstance(run.scenario.context.districts, tuple) else ["districts laid out by rule, not real places"]
    put_source(figure, foot_of_run(run, "means over seeds and the 12 months of each year", *rule, bands=""))
    return figure


def round_sizes(largest: float) -> list[float]:
    """Three round numbers up to `largest`, for a key of sizes."""
    step = 10 ** np.floor(np.log10(largest))
    top = max(float(k * step) for k in (1, 2, 5) if k * step <= largest * 1.0001)
    return [n for n in (top / 10, top / 2, top) if n >= 1] or [top]


def draw_run_figures(run: Replicates) -> dict[str, Any]:
    """All figures of a run, by file name."""
    found = {"overview": draw_overview(run), "people": draw_people(run), "gold": draw_gold(run), "map": draw_maps(run)}
    if run.scenario.plan.levers:
        found["costs"] = draw_costs(run)
    return found


def draw_comparison(comparison: Comparison, difference: bool) -> Any:
    """Six panels with every policy: values, or paired differences from the reference with a zero line."""
    figure = make_figure(11, 7.2)
    reference, names = comparison.reference, comparison.names
    shared = f" ({', '.join(comparison.shared)})" if comparison.shared else ""
    what = f"differences from {fit_label(names[0])} on the same seeds" if difference else "policies on the same seeds"
    whole = f"{fit_label(reference.scenario.context.title)}{shared}: {what}"
    inner = len(comparison.runs) <= (2 if difference else 1)
    for axes, (outcome, factor, unit, points) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        for which in range(1, len(comparison.runs)):
            colour, dashes = LINES[(which - 1) % len(LINES)]
            values = comparison.difference(which, outcome) if difference else comparison.runs[which].of(outcome)
            line = {"ls": dashes, "label": fit_label(names[which]), "lw": 2.0}
            draw_fan(axes, list_years(reference), factor * smooth_values(values), colour, inner, **line)
        if difference:
            axes.axhline(
                0, color=REFERENCE, lw=1.2, ls=REFERENCE_DASHES, label=f"{fit_label(names[0])} (reference)", zorder=5
            )
        else:
            values = factor * smooth_values(reference.of(outcome))
            line = {"ls": REFERENCE_DASHES, "label": f"{fit_label(names[0])} (reference)", "zorder": 5}
            draw_fan(axes, list_years(reference), values, REFERENCE, inner, **line)
        axes.set(title=outcome.label, ylabel=f"difference, {points}" if difference else unit)
        axes.set_xlim(*span_years(reference))
        if not difference:
            axes.set_ylim(0, 1 if outcome is O.trust else None)
        axes.yaxis.label.set_size(9)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    longest = max(len(label) for label in labels)
    ncols = max(1, min(len(labels), 150 // (longest + 8)))
    put_headed_legend(figure, whole, handles, labels, 120, ncols=ncols, handlelength=3.5)
    put_source(figure, foot_of_run(reference, "means of 12 months", bands="50 and 90" if inner else "90"))
    return figure
