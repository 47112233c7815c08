"""Figures of one run and of a comparison: fan charts, stacked paths, maps, costs.

Every function takes results and returns a Matplotlib figure; nothing is written here.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from asmsim.analysis.context_years import measure_taxes
from asmsim.analysis.outlines import find_outline
from asmsim.analysis.paired import Comparison
from asmsim.analysis.statistics import is_clear, measure_fan
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
from asmsim.analysis.summary import find_exit, find_payer, show_number, show_policy
from asmsim.config.language import localise_number, mark, tr
from asmsim.config.provenance import package_version
from asmsim.config.schema import month_name, month_number
from asmsim.model.handles import H
from asmsim.model.labels import find_label
from asmsim.model.means import drop_undefined
from asmsim.model.outcomes import O
from asmsim.model.pathway import trailing_mean
from asmsim.sweeps.replicates import Replicates

Array = npt.NDArray[np.float64]
INK = "#444444"


class Panel(NamedTuple):
    """An outcome in a figure of several: its factor, what its axis counts, and what the axis of a difference does."""

    outcome: O
    factor: float
    unit: str
    points: str


POINTS = mark("percentage points")
PANELS = (
    Panel(O.licensed_share, 100, mark("% of miners"), POINTS),
    Panel(O.official_share, 100, mark("% of gold sold"), POINTS),
    Panel(O.income_low, 1, mark("USD a month"), mark("USD a month")),
    Panel(O.mercury, 12e-3, mark("tonnes a year"), mark("tonnes a year")),
    Panel(O.miners, 1e-3, mark("thousand persons"), mark("thousand persons")),
    Panel(O.violations, 1, mark("per 1,000 miners and month"), mark("per 1,000 miners and month")),
    Panel(O.enterprises, 1, mark("groups"), mark("groups")),
    Panel(O.income_median, 1, mark("USD a month"), mark("USD a month")),
    Panel(O.tied_share, 100, mark("% of miners"), POINTS),
    Panel(O.trust, 1, mark("0 none to 1 full"), mark("on a scale from 0 to 1")),
)
"""Outcomes that figures of several show, the first first; trust only where it moves."""
MOST_PANELS = 6
MOVES = 0.05
"""How far trust has to move, on its scale from 0 to 1, to be drawn."""
TAX_CHANGE = 0.02
"""Change from one month to the next in what the official window withholds, share of value, that is marked."""
NAMED = 3
"""Places with most miners that a map names."""


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


def mark_events(axes: Any, run: Replicates, text: bool = False, more: Sequence[tuple[float, str]] = ()) -> None:
    """Vertical marks for the law, its suspension, the end of the programme and more; close marks share one label."""
    left, right = axes.get_xlim()
    top = axes.get_ylim()[1]
    labels: list[tuple[float, str]] = []
    for when, words in sorted([*list_events(run), *more]):
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

    def mark_month(t: int, words: str) -> None:
        found.append((decimal_months(month_name(first + t)), f"{words} {month_name(first + t)}"))

    if run.scenario.model.law == "dated":
        force = (plan.base[:, :, H.in_force] * plan.base[:, :, H.phase_open]).max(1) > 0.5
        if force.any():
            mark_month(int(np.argmax(force)), tr("law in force"))
        stopped = (plan.base[:, :, H.new_land].max(1) < 0.5) & force
        if stopped.any():
            mark_month(int(np.argmax(stopped)), tr("suspended"))
    last = find_exit(run)
    if last is not None:
        when = decimal_months(month_name(month_number(last) + 1))
        found.append((when, f"{tr('end of the programme')} {last}"))
    return sorted(e for e in found if e[0] >= run.years[0] - 0.05)


def list_tax_changes(run: Replicates) -> list[tuple[float, str]]:
    """Dates at which what the official window withholds changes, mean over miners' districts, with the new share of value."""
    weight = run.scenario.world.miners / run.scenario.world.miners.sum()
    taxes = measure_taxes(run.scenario.plan.base) @ weight
    first = month_number(run.scenario.context.start)
    changed = [t for t in range(1, len(taxes)) if abs(taxes[t] - taxes[t - 1]) >= TAX_CHANGE]
    months = [(month_name(first + t), 100 * taxes[t]) for t in changed]
    return [
        (decimal_months(month), f"{tr('taxes')} {localise_number(f'{share:.2g}')} % {month}")
        for month, share in months
        if decimal_months(month) >= run.years[0] - 0.05
    ]


def name_run(run: Replicates) -> str:
    """What a figure calls a run: its country, its policy and what was changed."""
    return f"{fit_label(run.scenario.context.title)}: {show_policy(run.name)}"


def foot_of_run(run: Replicates, *more: str, bands: str = "50 and 90") -> str:
    """Source line of a figure; `bands` are those drawn, none where empty."""
    seeds = f"n = {run.counted}" if run.runs > 1 else tr("one seed, so no bands")
    shown = [tr("lines are medians, bands hold half and nine in ten of the runs")] if bands == "50 and 90" else []
    shown += [tr("lines are medians, bands hold nine in ten of the runs")] if bands == "90" else []
    parts = [fit_label(run.scenario.context.title), seeds, *(shown if run.runs > 1 else []), *more]
    return f"{tr('Simulated, not observed.')} {'; '.join(parts)}. asmsim {package_version()}"


def choose_panels(run: Replicates) -> list[Panel]:
    """The panels of a run: the first of all; trust only where it moves."""
    years = smooth_values(run.of(O.trust))
    middle = drop_undefined(np.median(years, 0))
    moves = len(middle) and float(np.ptp(middle)) >= MOVES
    shown = list(PANELS[:MOST_PANELS])
    return [*shown[:-1], PANELS[-1]] if moves else shown


def draw_panel(axes: Any, run: Replicates, panel: Panel, text: bool = False) -> bool:
    """Fan of one outcome, with what was observed and dates that matter; whether anything was observed."""
    outcome, factor = panel.outcome, panel.factor
    draw_fan(axes, list_years(run), factor * smooth_values(run.of(outcome)), MAIN)
    axes.set(title=tr(outcome.label), ylabel=tr(panel.unit), xlim=span_years(run))
    axes.set_ylim(0, 1 if outcome is O.trust else None)
    seen = {m: v for m, v in run.scenario.context.observed.get(outcome.name, {}).items() if m in run.months}
    if seen:
        when = [run.years[run.months.index(m)] for m in seen]
        axes.plot(
            when, [factor * v for v in seen.values()], "o", ms=4.5, mfc="white", mec="black", label=tr("observed")
        )
        axes.set_ylim(0, max(axes.get_ylim()[1], 1.1 * factor * max(seen.values())))
    mark_events(axes, run, text=text)
    return bool(seen)


def draw_headline(run: Replicates) -> Any:
    """Two fan charts: who is licensed, and what is sold officially."""
    return draw_run_panels(run, PANELS[:2])


def draw_run_panels(run: Replicates, panels: Sequence[Panel]) -> Any:
    """Fan charts side by side, three in a row; dates that matter are named in the first."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = make_figure(11, 4.2 if rows == 1 else 1.0 + 3.1 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    seen = [
        draw_panel(axes, run, panel, text=k == 0)
        for k, (axes, panel) in enumerate(zip(grid.flat, panels, strict=False))
    ]
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    put_source(figure, foot_of_run(run, tr("means of 12 months"), *([tr("circles: observed")] if any(seen) else [])))
    return figure


def draw_overview(run: Replicates) -> Any:
    """Four fan charts: the panels of a run beside those of the headline."""
    figure = make_figure(11, 5.6)
    put_heading(figure, name_run(run), 120)
    panels = choose_panels(run)[2:]
    seen = [draw_panel(axes, run, panel) for axes, panel in zip(figure.subplots(2, 2).flat, panels, strict=True)]
    observed = [tr("circles: observed, with evidence ids in the report")] if any(seen) else []
    dates = [tr("dotted: dates named in the first figure")] if list_events(run) else []
    put_source(figure, foot_of_run(run, tr("means of 12 months"), *observed, *dates))
    return figure


def draw_people(run: Replicates) -> Any:
    """People present now by legal status, each on an axis of its own, so that small shares can be seen."""
    layers = (
        (O.paper_licences, mark("hold a licence")),
        (O.in_process, mark("in process")),
        (O.lapsed, mark("have lost a licence")),
        (O.unregistered, mark("unregistered")),
    )
    figure = make_figure(11, 3.4)
    put_heading(figure, name_run(run), 120)
    paths = [smooth_values(run.of(o)) for o, _ in layers]
    people = np.maximum(np.sum(paths, axis=0), 1e-9)
    for k, (axes, values, (_, words)) in enumerate(zip(figure.subplots(1, 4), paths, layers, strict=True)):
        draw_fan(axes, list_years(run), 100 * values / people, MAIN)
        axes.set(title=tr(words), xlim=span_years(run), ylabel=tr("% of the people present") if k == 0 else "")
        axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
        mark_events(axes, run)
    put_source(
        figure, foot_of_run(run, tr("present: mining or between seasons"), tr("each panel has a scale of its own"))
    )
    return figure


def draw_gold(run: Replicates) -> Any:
    """Gold by the channel through which it is sold, mean of each layer, with changes of what the window withholds."""
    layers = (
        (O.gold_official, mark("official window")),
        (O.gold_exported, mark("licensed export")),
        (O.gold_confiscated, mark("confiscated")),
        (O.gold_smuggled, mark("smuggled")),
    )
    figure = make_figure(11, 4.6)
    put_heading(figure, name_run(run), 120)
    axes = figure.subplots()
    paths = [12e-3 * smooth_values(run.of(o)).mean(0) for o, _ in layers]
    colours = [colour for colour, _ in LAYERS[: len(layers)]]
    areas = axes.stackplot(list_years(run), *paths, colors=colours, labels=[tr(words) for _, words in layers])
    for area, (_, hatch) in zip(areas, LAYERS, strict=False):
        area.set(hatch=hatch or None, edgecolor=INK, linewidth=0.5)
    axes.set(title=tr("Where the gold goes"), ylabel=tr("tonnes a year"), xlim=span_years(run))
    axes.set_ylim(0, 1.55 * max(1e-9, float(np.sum(paths, axis=0).max())))
    mark_events(axes, run, text=True, more=list_tax_changes(run))
    handles, names = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    taxes = [tr("taxes: what the official window withholds, of the value")] if list_tax_changes(run) else []
    put_source(figure, foot_of_run(run, tr("layers are means over seeds and 12 months"), *taxes, bands=""))
    return figure


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
        rows.append((tr("Programme overhead"), "donor", overhead))
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
            total = f"{tr(funder)}: USD {show_number(sum(v for _, v in mine) * 1e6)}"
            axes.barh(
                [k for k, _ in mine], [v for _, v in mine], color=shade, hatch=hatch or None, label=total,
                edgecolor=INK, lw=0.5,
            )  # fmt: skip
    axes.set_yticks(range(len(rows)), [r[0] for r in rows], fontsize=8)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    title = tr("What the levers cost, {first} to {last}", first=run.months[0], last=run.months[-1])
    axes.set(title=title, xlabel=tr("million USD, not discounted"))
    axes.grid(axis="y", visible=False)
    if rows:
        axes.legend(title=tr("paid by"), loc="lower right", alignment="left")
    put_source(figure, foot_of_run(run, tr("means over seeds of what was delivered"), bands=""))
    return figure


def choose_years(run: Replicates, number_of: int) -> list[int]:
    """Ends of full years to draw: the first, the last, and those between which the licensed share changes most evenly."""
    full = [t for t in range(12, len(run.months) + 1) if run.months[t - 1].endswith("-12")] or [len(run.months)]
    share = run.of(O.licensed_share).mean(0)
    level = np.nan_to_num([share[max(0, t - 12) : t].mean() for t in full])
    between = range(1, len(full) - 1)

    def measure_steps(chosen: tuple[int, ...]) -> float:
        steps = np.diff(level[[0, *chosen, len(full) - 1]])
        apart = np.diff([0, *chosen, len(full) - 1]) / len(full)
        return float(np.sqrt(np.abs(steps)).sum() + 1e-3 * np.sqrt(apart).sum())  # a tie: evenly in time

    if len(full) <= number_of:
        return full
    chosen = max(combinations(between, number_of - 2), key=measure_steps)
    return [full[k] for k in (0, *chosen, len(full) - 1)]


def draw_maps(run: Replicates, number_of: int = 4) -> Any:
    """Districts at dates between which something happens: size = miners, shade = licensed share, star = the capital."""
    world, capital, real = run.scenario.world, run.scenario.context.capital, is_real(run)
    ends = choose_years(run, number_of)
    years = [run.places[max(0, end - 12) : end].mean(0) for end in ends]
    shares = np.concatenate([year[1][year[0] > 0] for year in years] or [np.zeros(1)])
    most = float(shares.max(initial=0.0))
    top = max(
        0.02, float(np.quantile(shares, 0.98)) if len(shares) else 0.0
    )  # a few small places would bleach the rest
    largest = max(1.0, *(float(year[0].max()) for year in years))
    outline = find_outline(run.scenario.context.title, world.lon, world.lat) if real else ()
    named = np.argsort(-years[-1][0])[: NAMED if real else 0]
    figure = make_figure(11, 6.4)
    rows = 1 if len(ends) == 1 else 2
    panels = figure.subplots(rows, -(-len(ends) // rows), sharex=True, sharey=True, squeeze=False)
    dots = None
    for axes, end, year in zip(panels.flat, ends, years, strict=False):
        for ring in outline:
            axes.plot(*ring.T, color="#b5b5b5", lw=0.9, zorder=0)
        dots = axes.scatter(
            world.lon, world.lat, s=4 + 260 * year[0] / largest, c=100 * year[1], cmap="Blues", vmin=0, vmax=100 * top,
            edgecolor=INK, linewidth=0.5,
        )  # fmt: skip
        axes.plot(capital.lon, capital.lat, "*", ms=11, mfc="#f0c75e", mec="black", mew=0.6)
        label_place(axes, capital.name, capital.lon, capital.lat)
        for k in named:
            label_place(axes, world.names[k], world.lon[k], world.lat[k], above=True)
        first = run.months[max(0, end - 12)]
        title = tr("{first} to {last}", first=first, last=run.months[end - 1])
        axes.set_title(run.months[end - 1][:4] if first.endswith("-01") else title)
        axes.set_aspect(1 / max(0.2, float(np.cos(np.radians(world.lat.mean())))))
        axes.grid(False)
        axes.tick_params(labelsize=7)
        axes.label_outer()
    for axes in panels.flat[len(ends) :]:
        axes.set_visible(False)
    clipped = most > top * 1.0001
    label = tr("licensed, % of those who mined in the last 12 months")
    label += f"\n({tr('arrow: up to')} {localise_number(f'{100 * most:.0f}')} %)" if clipped else ""
    figure.colorbar(dots, ax=panels.ravel().tolist(), shrink=0.7, label=label, extend="max" if clipped else "neither")
    sizes = round_sizes(largest)
    key = [axes.scatter([], [], s=4 + 260 * n / largest, c="white", edgecolor=INK, lw=0.5) for n in sizes]
    title = f"{name_run(run)}. {tr('Licensed share by district; area of a dot = people who mine:')}"
    put_headed_legend(figure, title, key, [localise_number(f"{n:,.0f}") for n in sizes], 120, ncols=len(sizes))
    rule = [] if real else [tr("districts laid out by rule, not real places")]
    shapes = [tr("outline: 1:110 million, public domain")] if outline else []
    degrees = tr("axes: degrees of longitude and latitude")
    put_source(
        figure,
        foot_of_run(run, tr("means over seeds and the 12 months of each year"), *rule, *shapes, degrees, bands=""),
    )
    return figure


def is_real(run: Replicates) -> bool:
    """Tell whether districts are places of their own, not laid out by rule."""
    return isinstance(run.scenario.context.districts, tuple)


def label_place(axes: Any, name: str, lon: float, lat: float, above: bool = False) -> None:
    """Write a place's name beside it."""
    axes.annotate(
        fit_label(name, 30), (lon, lat), (6, 5 if above else -11), textcoords="offset points", fontsize=7.5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
    )  # fmt: skip


def round_sizes(largest: float) -> list[float]:
    """Three round numbers up to `largest`, for a key of sizes."""
    step = 10 ** np.floor(np.log10(largest))
    top = max(float(k * step) for k in (1, 2, 5) if k * step <= largest * 1.0001)
    return [n for n in (top / 10, top / 2, top) if n >= 1] or [top]


def draw_run_figures(run: Replicates) -> dict[str, Any]:
    """All figures of a run, by file name."""
    found = {
        "headline": draw_headline(run), "overview": draw_overview(run), "people": draw_people(run),
        "gold": draw_gold(run), "map": draw_maps(run),
    }  # fmt: skip
    if run.scenario.plan.levers:
        found["costs"] = draw_costs(run)
    return found


def list_moved(comparison: Comparison) -> list[Panel]:
    """Panels in which some policy clearly differs from the reference in some year; the licensed share in any case."""
    ends = range(12, len(comparison.reference.months) + 1, 12)

    def moves(outcome: O) -> bool:
        return any(
            is_clear(comparison.mean_difference(which, outcome, end), outcome.unit)
            for which in range(1, len(comparison.runs))
            for end in ends
        )

    return [panel for k, panel in enumerate(PANELS) if k == 0 or moves(panel.outcome)][:MOST_PANELS]


def draw_policies(axes: Any, comparison: Comparison, panel: Panel, difference: bool) -> None:
    """One outcome under every policy: values, or paired differences from the reference with a zero line."""
    reference, names = comparison.reference, comparison.names
    label = f"{fit_label(show_policy(names[0]))} ({tr('reference')})"
    inner = len(comparison.runs) <= (2 if difference else 1)
    for which in range(1, len(comparison.runs)):
        colour, dashes = LINES[(which - 1) % len(LINES)]
        values = comparison.difference(which, panel.outcome) if difference else comparison.runs[which].of(panel.outcome)
        line = {"ls": dashes, "label": fit_label(show_policy(names[which])), "lw": 2.0}
        draw_fan(axes, list_years(reference), panel.factor * smooth_values(values), colour, inner, **line)
    if difference:
        axes.axhline(0, color=REFERENCE, lw=1.2, ls=REFERENCE_DASHES, label=label, zorder=5)
    else:
        values = panel.factor * smooth_values(reference.of(panel.outcome))
        draw_fan(axes, list_years(reference), values, REFERENCE, inner, ls=REFERENCE_DASHES, label=label, zorder=5)
        axes.set_ylim(0, 1 if panel.outcome is O.trust else None)
    unit = f"{tr('difference')}, {tr(panel.points)}" if difference else tr(panel.unit)
    axes.set(title=tr(panel.outcome.label), ylabel=unit, xlim=span_years(reference))
    axes.yaxis.label.set_size(9)


def draw_comparison(comparison: Comparison, difference: bool, panels: Sequence[Panel] | None = None) -> Any:
    """Panels with every policy: values, or paired differences; what is the same in all is left out."""
    shown = list_moved(comparison) if panels is None else list(panels)
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = make_figure(11, 1.0 + 3.1 * rows + (0.6 if rows == 1 else 0.0))
    reference = comparison.reference
    shared = f" ({', '.join(comparison.shared)})" if comparison.shared else ""
    first = fit_label(show_policy(comparison.names[0]))
    what = (
        tr("differences from {first} on the same seeds", first=first)
        if difference
        else tr("policies on the same seeds")
    )
    whole = f"{fit_label(reference.scenario.context.title)}{shared}: {what}"
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, panel in zip(grid.flat, shown, strict=False):
        draw_policies(axes, comparison, panel, difference)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    handles, labels = grid.flat[0].get_legend_handles_labels()
    longest = max(len(label) for label in labels)
    ncols = max(1, min(len(labels), 150 // (longest + 8)))
    put_headed_legend(figure, whole, handles, labels, 120, ncols=ncols, handlelength=3.5)
    inner = len(comparison.runs) <= (2 if difference else 1)
    put_source(figure, foot_of_run(reference, tr("means of 12 months"), bands="50 and 90" if inner else "90"))
    return figure


def draw_comparison_figures(comparison: Comparison) -> dict[str, Any]:
    """All figures of a comparison, by file name."""
    return {
        "headline": draw_comparison(comparison, False, PANELS[:2]),
        "differences": draw_comparison(comparison, True),
        "values": draw_comparison(comparison, False),
    }
