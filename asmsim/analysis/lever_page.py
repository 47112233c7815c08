"""What levers do, in words, in one figure each and in one table: made from `LeverEffect` and never read back."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asmsim.analysis.lever_effects import PROGRAMME, RIGHTS_COST, SCALE, LeverEffect, list_alive
from asmsim.analysis.statistics import Floats, find_direction, find_negligible, measure_band, measure_t_interval
from asmsim.analysis.style import LINES, apply_style, fit_label, make_figure, put_source
from asmsim.config.provenance import package_version
from asmsim.model.labels import find_label
from asmsim.model.lever_worlds import LeverWorld
from asmsim.model.levers import all_levers
from asmsim.model.means import drop_undefined
from asmsim.model.outcomes import O
from asmsim.sweeps.store.targets import to_csv, whole_files

if TYPE_CHECKING:
    import polars as pl

PHRASES = {
    "licensed_share": "the licensed share of miners",
    "official_share": "the official share of gold",
    "tied_share": "the share of miners in debt to a trader",
    "knows_procedure": "the share of miners who know how to apply",
    "women_licence_ratio": "women's chance of a licence relative to men's",
    "income_median": "the median income of miners",
    "violations": "the rate of rights violations",
    "guard_violations": "the rate of violations by guards",
    "trust": "trust in officials",
    "promises_kept": "the belief that applications are answered in time",
    "stigma_local": "stigma among residents",
    "mercury": "the use of mercury",
    "damage": "the area of damaged land",
    "certified": "the number of certified groups",
    "miners": "the number of miners",
}
"""Outcomes as a sentence names them."""
UNITS = {
    "share": "points",
    "1": "on a scale of 0 to 1",
    "ratio": "",
    "USD/month": "USD a month",
    "kg/month": "kg a month",
    "per 1,000 miners and month": "per 1,000 miners and month",
    "enterprises": "groups",
    "persons": "people",
    "persons/month": "people a month",
}
"""Units as a sentence names them."""
STANDINGS = {"alive": "answers to its dose", "unclear": "not enough evidence", "null": "no effect"}
HEADER = (
    "lever", "in a country where", "highest dose", "outcome", "change (90 % of runs)", "by a donor's programme",
    "licensed share", "left in the 5 years after its end", "alone in the generic country as shipped", "USD a year", "sign as expected", "verdict",
    "fails when", "change where it fails",
)  # fmt: skip
DPI, LETTERS = 110, 86
THOUSANDS = 10_000
"""Doses from which ticks are written with commas."""
FILES = ("levers.csv", "README.md")


def show_size(value: float, unit: str) -> str:
    """Return an amount to two digits, shares in points; what is far below negligible is 0."""
    if abs(value) < find_negligible(unit) / 10:
        return "0"
    value = 100 * value if unit == "share" else value
    if not np.isfinite(value):
        return "-"
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 else f"{rounded:g}"


def name_unit(unit: str) -> str:
    """Return a unit as it follows a number in a sentence."""
    return UNITS.get(unit, unit)


def show_change(values: Floats | None, unit: str) -> str:
    """Return a mean difference with the band of nine runs in ten; `-` where there is none."""
    if values is None or not len(drop_undefined(values)):
        return "-"
    low, _, high = measure_band(values)
    mean, least, most = (show_size(v, unit) for v in (float(drop_undefined(values).mean()), low, high))
    return f"{mean} ({least} to {most}) {name_unit(unit)}".strip()


def is_share(world: LeverWorld) -> bool:
    """Tell whether the dose that is varied is a share, or a share a month or year, and shown in per cent."""
    unit, meaning = find_dose_unit(world), str(all_levers()[world.lever].model_fields[world.along].description)
    return unit == "share" or (unit.startswith("1/") and meaning.startswith(("share", "chance", "hazard", "growth")))


def write_dose(world: LeverWorld, value: float) -> str:
    """Return a value of the dose that is varied, as people write it."""
    return f"{100 * value:g} %" if is_share(world) else f"{value:,g}"


def find_dose_unit(world: LeverWorld) -> str:
    """Return the unit of the dose that is varied."""
    info = all_levers()[world.lever].model_fields[world.along]
    return str(dict(info.json_schema_extra or {}).get("unit", ""))  # type: ignore[arg-type]


def describe_dose(world: LeverWorld) -> str:
    """Return what the dose that is varied means, with its unit."""
    meaning = str(all_levers()[world.lever].model_fields[world.along].description).partition(";")[0]
    meaning = meaning[:1].upper() + meaning[1:].replace(" from `start`", "")
    if is_share(world):
        return f"{meaning}, %"
    unit = find_dose_unit(world)
    known = {"USD/year": "USD a year", "1/year": "each year"}.get(unit, unit)
    said = unit in ("", "1", "count") or unit in meaning.lower() or (unit == "1/month" and "in a month" in meaning)
    return meaning if said else f"{meaning}, {known}"


def name_case(world: LeverWorld) -> str:
    """Return the lever's label, with its second instrument if this is one."""
    second = world.name.partition("/")[2].replace("_", " ")
    label = find_label(world.lever)
    return f"{label}: {second}" if second else label


def show_money(usd: float) -> str:
    """Return an amount of money to two digits."""
    rounded = float(f"{usd:.2g}")
    return f"USD {rounded / 1e6:g} million" if abs(rounded) >= 1e6 else f"USD {rounded:,.0f}"


def write_effect(effect: LeverEffect) -> str:
    """Return in one or two plain sentences what the highest dose does in its world, how sure that is, and its cost."""
    world, unit = effect.world, effect.unit
    phrase = PHRASES.get(world.outcome, find_label(world.outcome).lower())
    opening = f"In a country where {world.country}, {world.action}"
    low, _, high = measure_band(effect.top)
    if effect.direction not in ("more", "less"):
        known = "changes hardly" if effect.direction == "negligible" else "does not clearly change"
        first = f"{opening} {known} {phrase} (90 % of runs: {show_size(low, unit)} to {show_size(high, unit)} {name_unit(unit)})."
    else:
        sign = 1 if effect.direction == "more" else -1
        mean = float(drop_undefined(effect.top).mean())
        least, most = sorted((sign * low, sign * high))
        by = f"{show_size(sign * mean, unit)} {'percentage points' if unit == 'share' else name_unit(unit)}".strip()
        first = (
            f"{opening} {'raises' if sign > 0 else 'lowers'} {phrase} by {by} "
            f"(90 % of runs: {show_size(least, unit)} to {show_size(most, unit)})."
        )
    return f"{first} {_write_cost(effect)}"


def _write_cost(effect: LeverEffect) -> str:
    """Return what it costs, and the tax that it changes where that is more."""
    cost = f"It costs {show_money(effect.cost_year)} a year" if abs(effect.cost_year) >= 1 else "It costs nothing"
    if effect.tax_year <= -max(effect.cost_year, 1000):
        return f"{cost}, and the treasury takes {show_money(-effect.tax_year)} a year less."
    return f"{cost}."


def write_delivery(effect: LeverEffect) -> str:
    """Return what a donor's programme makes of the same dose; empty where no donor could pay."""
    if not effect.donor:
        return ""
    share = float(np.nanmean(effect.donor[-1])) / float(np.nanmean(effect.top)) if np.nanmean(effect.top) else np.nan
    text = f"A donor's programme of {show_money(PROGRAMME['donor.programme.usd_year'])} a year brings"
    return f"{text} {show_change(effect.donor[-1], effect.unit)}" + (
        f", {100 * share:.0f} % of that." if effect.standing == "alive" else "."
    )


def write_failure(effect: LeverEffect) -> str:
    """Return how the lever fails, as measured."""
    kind = all_levers()[effect.world.lever]
    return (
        f"It fails when: {kind.fails}. Measured ({show_failure(effect.world)}): "
        f"{_start_small(find_label(effect.fails_outcome))} {show_change(effect.fails, effect.fails_unit)}."
    )


def show_failure(world: LeverWorld) -> str:
    """Return the settings under which it fails, as they would be typed."""
    from asmsim.config.settings import write_value

    return ", ".join(f"{key}={write_value(value)}" for key, value in world.fails_when.items())


def write_rights(effect: LeverEffect) -> str:
    """Return what enforcement does to people at the highest dose; empty elsewhere."""
    if not effect.rights:
        return ""
    parts = [f"{_start_small(o.label)} {show_change(effect.rights[o], o.unit)}" for o in RIGHTS_COST]
    return f"Rights cost at the highest dose: {'; '.join(parts)}."


def describe_effect(effect: LeverEffect) -> list[str]:
    """Return all sentences on one lever, the answer first."""
    world = effect.world
    left = None if effect.left is None else f"In the five years after its end: {show_change(effect.left, effect.unit)}."
    plain = (
        ""
        if effect.elsewhere is None
        else f"Alone in the generic country as shipped: {show_change(effect.elsewhere, effect.unit)}."
    )
    lines = [
        write_effect(effect), write_delivery(effect), write_rights(effect), left, plain, write_failure(effect),
        f"Why little effect is right: {world.argument}" if world.argument else "",
        f"The world: {world.because} ({world.sources})",
    ]  # fmt: skip
    return [line for line in lines if line]


def draw_effect(effect: LeverEffect) -> Any:
    """Return the dose-response figure: means over paired seeds, bands of nine runs in ten, full delivery and a donor's."""
    world, unit = effect.world, effect.unit
    factor = 100.0 if unit == "share" else 1.0
    figure = make_figure(6.6, 4.6)
    axes = figure.subplots()
    ordinal = isinstance(world.none, str)
    at = np.array(range(len(world.doses) + 1) if ordinal else [float(world.none), *world.doses])
    places = 100 * at if is_share(world) and not ordinal else at
    series = [("delivered in full", effect.full, "-", "o"), ("by a donor's programme", effect.donor, LINES[1][1], "s")]
    for k, (label, changes, dashes, mark) in enumerate(series):
        if not changes:
            continue
        colour = LINES[k][0]
        known = [drop_undefined(change) for change in changes]
        means = factor * np.array([0.0, *(v.mean() for v in known)])
        low, high = factor * np.array([(0.0, 0.0), *((b[0], b[2]) for b in map(measure_band, known))]).T
        if k == 0:
            axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
        else:
            axes.vlines(places, low, high, color=colour, lw=1.2, alpha=0.8)
        shown = "" if not effect.donor else label
        axes.plot(
            places,
            means,
            ls=dashes,
            marker=mark,
            ms=4.5,
            lw=1.8,
            color=colour,
            label=shown,
            mfc="white" if k else colour,
        )
    axes.axhline(0, color="0.25", lw=1)
    if ordinal:
        axes.set_xticks(places, [str(world.none), *(write_dose(world, v) for v in world.doses)])
    elif world.doses[-1] < float(world.none):
        axes.invert_xaxis()
    elif all(isinstance(world.dose_at(v)[world.along], int) for v in world.doses):
        axes.set_xticks(places)
    if max(places) >= THOUSANDS:
        axes.xaxis.set_major_formatter("{x:,.0f}")
    if max(map(abs, axes.get_ylim())) >= THOUSANDS / 10:
        axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("\n".join(textwrap.wrap(fit_label(describe_dose(world), 150), 76)))
    axes.set_title(
        f"{name_case(world)}:\nchange in {_start_small(find_label(world.outcome))}{_axis_unit(unit)}", fontsize=10
    )
    figure.suptitle(textwrap.fill(write_effect(effect), LETTERS), x=0.01, ha="left", fontsize=10, color="#333333")
    if effect.donor:
        axes.legend(loc="best", fontsize=9)
    bars = "; bars, the same for the donor" if effect.donor else ""
    put_source(
        figure,
        f"Simulated, not observed. Lines: means of {len(effect.top)} paired seeds, with the lever minus without, years 6 to 10 "
        f"of the policy; band: 90 % of runs{bars}. Made-up country, sampled 1:{SCALE}. asmsim {package_version()}",
    )
    return figure


def _axis_unit(unit: str) -> str:
    known = name_unit(unit)
    return f", {known}" if known else ""


def _start_small(text: str) -> str:
    return text[:1].lower() + text[1:]


def file_name(world: LeverWorld) -> str:
    """Return the name of a lever's figure."""
    return f"{world.name.replace('/', '_').replace('.', '_')}.png"


def write_dose_figure(effect: LeverEffect, folder: Path) -> Path:
    """Draw a lever's figure in a folder."""
    with apply_style(), whole_files(folder) as work:
        draw_effect(effect).savefig(work / file_name(effect.world), dpi=DPI, metadata={"Software": None})
    return folder / file_name(effect.world)


def list_cells(effect: LeverEffect) -> list[str]:
    """Return a lever's row in words, in the columns `HEADER`."""
    world, unit = effect.world, effect.unit
    dose = f"{describe_dose(world).removesuffix(', %')}: {write_dose(world, world.doses[-1])}"
    fails = f"{find_label(effect.fails_outcome)}: " if world.harms else ""
    licensed = "as the change" if world.outcome == "licensed_share" else show_change(effect.licensed, "share")
    return [
        name_case(world), world.country, dose, find_label(world.outcome), show_change(effect.top, unit),
        show_change(effect.donor[-1] if effect.donor else None, unit), licensed, show_change(effect.left, unit),
        show_change(effect.elsewhere, unit), f"{float(f'{effect.cost_year:.2g}'):,.0f}", "yes" if effect.as_expected else "no",
        STANDINGS[effect.standing], all_levers()[world.lever].fails, f"{fails}{show_change(effect.fails, effect.fails_unit)}",
    ]  # fmt: skip


def tabulate_effects(effects: Sequence[LeverEffect]) -> "pl.DataFrame":
    """Return one row a lever: numbers in the outcome's own unit."""
    import polars as pl

    rows = []
    for effect in effects:
        world, band = effect.world, measure_band(effect.top)
        mean_low, mean_high = measure_t_interval(drop_undefined(effect.top))
        fails = measure_band(effect.fails)
        rows.append({
            "lever": world.name, "label": name_case(world), "country": world.country,
            "world": ", ".join(f"{key}={value}" for key, value in world.keys.items()), "sources": world.sources,
            "dose": f"{world.lever}.{world.along}", "highest_dose": world.doses[-1], "outcome": world.outcome, "unit": effect.unit,
            "without": float(np.nanmean(effect.without)), "effect": float(np.nanmean(effect.top)),
            "runs_q05": band[0], "runs_q95": band[2], "mean_low": mean_low, "mean_high": mean_high,
            "by_donor": float(np.nanmean(effect.donor[-1])) if effect.donor else None,
            "licensed_share": float(np.nanmean(effect.licensed)), "trust": float(np.nanmean(effect.trust)),
            "left": None if effect.left is None else float(np.nanmean(effect.left)),
            "elsewhere": None if effect.elsewhere is None else float(np.nanmean(effect.elsewhere)),
            "cost_usd_year": effect.cost_year, "tax_usd_year": effect.tax_year, "sign_as_expected": effect.as_expected,
            "rank_correlation": effect.order, "verdict": effect.standing, "argument": world.argument,
            "fails": all_levers()[world.lever].fails, "fails_when": show_failure(world), "fails_outcome": effect.fails_outcome,
            "fails_effect": float(np.nanmean(effect.fails)), "fails_q05": fails[0], "fails_q95": fails[2],
            "seeds": len(effect.top),
        })  # fmt: skip
    return pl.DataFrame(rows)


def count_alive_levers(effects: Sequence[LeverEffect]) -> str:
    """Return in plain sentences how many levers answer to their dose, and which do not."""
    first = [e for e in effects if "/" not in e.world.name]
    alive = list_alive(effects)
    on_licences = [e for e in alive if e.world.outcome == "licensed_share"]
    others = [name_case(e.world) for e in first if e.standing != "alive"]
    rest = f" These do not: {', '.join(others)}." if others else ""
    licences = [e for e in first if find_direction(measure_t_interval(e.licensed), "share") == "more"]
    plain = [(e, e.elsewhere) for e in first if e.elsewhere is not None]
    alone = [
        e
        for e, change in plain
        if find_direction(measure_t_interval(drop_undefined(change)), e.unit)
        == ("more" if e.world.sign > 0 else "less")
    ]
    return (
        f"**{len(alive)} of {len(first)} levers answer to their dose in a country that has their problem.**{rest} "
        f"{len(on_licences)} of them are judged by the licensed share of miners, the others by the outcome that they act on first; "
        f"in their own worlds {len(licences)} raise the licensed share. Of {len(plain)} that were tried alone in the generic "
        f"country as shipped, {len(alone)} move their outcome there: for the others something else stands in the way."
    )


def describe_trust(effects: Sequence[LeverEffect]) -> str:
    """Return by how much trust moves over all levers, and what moves it most."""
    ordered = sorted(effects, key=lambda e: float(e.trust.mean()))
    ends = [f"{show_change(e.trust, O.trust.unit)} ({name_case(e.world).lower()})" for e in (ordered[0], ordered[-1])]
    return (
        "Trust in officials, on a scale of 0 to 1, moves by what people experience: licences in time or late, visits, violations "
        f"answered or not. Over {len(effects)} instruments at their highest dose it moves by between {ends[0]} and {ends[1]}, as a "
        "mean over all miners in the years 6 to 10. Whether people are anchored where their trust began no source tells; here they are, "
        "in part (`stubbornness`), and in fitted draws it is anything from free to firm."
    )


def write_markdown(effects: Sequence[LeverEffect]) -> str:
    """Return the page of results/levers: summary, table, enforcement with its rights cost, nulls, details."""
    first = [e for e in effects if "/" not in e.world.name]
    second = [e for e in effects if "/" in e.world.name]
    parts = [
        "# What each lever does where its problem is present",
        count_alive_levers(effects),
        "Simulated, not observed: a made-up country, at values of behaviour set by hand. A world is made so that the problem "
        "is there; the size of an effect holds for that world alone. Numbers are means over paired seeds; in brackets where nine "
        "runs in ten lie. *Points* are percentage points. All numbers, with every setting of each world: `levers.csv`. Again: "
        "`asmsim show levers --effect`.",
        _markdown_table(HEADER, [_link(e) for e in first]),
    ]
    if any(e.rights for e in effects):
        rows = [
            [name_case(e.world), show_change(e.top, e.unit), show_change(e.left, e.unit), show_money(e.cost_year)]
            + [show_change(e.rights[o], o.unit) for o in RIGHTS_COST]
            for e in effects
            if e.rights
        ]
        header = [
            "instrument",
            "change",
            "left in the 5 years after its end",
            "cost a year",
            *(o.label for o in RIGHTS_COST),
        ]
        parts += [
            "## Enforcement: effect, persistence, cost and what it does to people",
            "Costs are assumed: staff days at an official's wage and as much again for travel "
            "(`asmsim show levers enforcement.policing`). No source tells what a raid costs. The 1,570 people whom Peru kept in "
            "one region (W105) come to about USD 1 million a month at that cost: raids may cost far more than assumed.",
            _markdown_table(header, rows),
        ]
    parts += ["## Trust", describe_trust(effects)]
    if second:
        parts += ["## Second instruments", _markdown_table(HEADER, [_link(e) for e in second])]
    nulls = [e for e in effects if e.world.argument]
    if nulls:
        parts += ["## Weak, and why that is right"]
        parts += [f"- **{name_case(e.world)}**: {write_effect(e)} {e.world.argument}" for e in nulls]
    parts += ["## Details"]
    for effect in effects:
        answer, *more = describe_effect(effect)
        parts += [f"### {name_case(effect.world)}", answer, f"![{name_case(effect.world)}]({file_name(effect.world)})"]
        parts += ["\n".join(f"- {line}" for line in more)]
    return "\n\n".join(parts) + "\n"


def _link(effect: LeverEffect) -> list[str]:
    cells = list_cells(effect)
    return [f"[{cells[0]}]({file_name(effect.world)})", *cells[1:]]


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def write_lever_results(effects: Sequence[LeverEffect], folder: Path) -> Path:
    """Write the table as CSV and Markdown beside the figures; returns the page."""
    with whole_files(folder) as work:
        (work / FILES[0]).write_text(to_csv(tabulate_effects(effects)), encoding="utf-8")
        (work / FILES[1]).write_text(write_markdown(effects), encoding="utf-8")
    return folder / FILES[1]
