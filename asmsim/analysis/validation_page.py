"""The validation page and its figures, written by code."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.left_out_page import describe_left_out, open_with_left_out
from asmsim.analysis.levels_page import describe_levels, draw_levels, list_levels
from asmsim.analysis.statistics import measure_fan
from asmsim.analysis.style import MAIN, apply_style, fit_label, make_figure, put_source
from asmsim.config.errors import ConfigError
from asmsim.config.provenance import package_version
from asmsim.config.schema import month_number
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence.evaluate import Evaluated
from asmsim.evidence.levels import LevelStanding, tabulate_levels
from asmsim.evidence.patterns import Observed, Pattern, Statistic
from asmsim.evidence.validation import (
    ENOUGH,
    SURE,
    Standing,
    band_text,
    count_seeds_for,
    joint_share,
    judge_patterns,
    list_close,
    pattern_verdicts,
    standing_rows,
)
from asmsim.model import parameters
from asmsim.model.outcomes import O
from asmsim.model.pathway import trailing_mean
from asmsim.sweeps.store.targets import check_folder, to_csv, whole_files

USES = """## What the model may and may not be used for

It may be used to think through mechanisms, to compare policies on the same seeds, and to find which assumptions carry a
conclusion. It may not be used to forecast miners, gold or revenue, to rank real districts, groups or people, or to
justify evictions. A pattern that fails is a mechanism that is missing or wrong: results that rest on it do not
carry. Of {known} parameters {assumed} are assumed; what was fitted was fitted on Mongolia and the development episodes together.
"""


NO_TEST = (
    "The model was mended with them in view, so how many of them pass is no measure of how well it predicts. No pattern here is a "
    "held-out test. Twelve episodes that nobody here had seen were run by others on an earlier model: none was met. Ten of their "
    "35 statistics lay in their bands, and seven of the null model's; directions were mostly right, sizes wrong by a factor of two "
    "to more than forty."
)
"""What stands on the page instead of a count of development episodes."""
PAGE, FOLDER = "validation.md", "validation"
TOLD = 0.5
"""Correlation of a truth and what is found from which a parameter is said to be told."""


def write_validation(
    found: Mapping[str, Mapping[str, Evaluated]],
    out: Path,
    posterior: str,
    draws: int,
    seeds: int,
    prior: Mapping[str, Evaluated] | None = None,
    levels: Sequence[LevelStanding] = (),
) -> Path:
    """Write `validation.md`, and tables and figures of every variant beside it in `validation/`; returns the page.

    Parameters
    ----------
    prior
        Patterns with observed points, on draws of the prior: an outline in their figures.
    levels
        Quantities on record beside what is simulated: the first paragraph, a table and figures.
    """
    stand = {name: judge_patterns(of) for name, of in found.items()}
    pictures = {"standing": draw_standing(stand, posterior, draws, seeds)}
    for name, evaluated in next(iter(found.values())).items():
        if evaluated.pattern.observed is not None:
            pictures[name] = draw_observed(evaluated, draws, seeds, (prior or {}).get(name))
    pictures |= draw_levels(levels, posterior, f"{count_words(draws, 'draw')} x {count_words(seeds, 'seed')}")
    title, *rest = compose_page(found, stand, pictures, posterior, draws, seeds, levels)
    lines = [
        title,
        *open_with_left_out(out / FOLDER),
        *rest,
        *describe_left_out(out / FOLDER),
        *describe_identified(out / FOLDER),
        "",
        describe_uses(),
    ]
    with whole_files(out) as work:
        (work / FOLDER).mkdir()
        for name, of in stand.items():
            (work / FOLDER / f"{name.replace(' ', '_')}.csv").write_text(to_csv(standing_rows(of)), encoding="utf-8")
        if levels:
            (work / FOLDER / "levels.csv").write_text(to_csv(tabulate_levels(levels)), encoding="utf-8")
        for name, figure in pictures.items():
            save_figure(figure, work / FOLDER / f"{name}.png")
        (work / PAGE).write_text("\n".join(lines), encoding="utf-8")
    return out / PAGE


def check_validation(out: Path, overwrite: bool) -> Path:
    """Return the folder to which a validation can be written.

    Raises
    ------
    ConfigError
        There is a page in it already, and it shall not be replaced; or nothing can be written there.
    """
    if (out / PAGE).exists() and not overwrite:
        raise ConfigError(
            f"--out {out}: {PAGE} is there already; --overwrite replaces it, --out FOLDER writes elsewhere"
        )
    return check_folder(out)


def save_figure(figure: Any, path: Path) -> None:
    """Save a figure."""
    figure.savefig(path, dpi=120, metadata={"Software": None})


def draw_observed(evaluated: Evaluated, draws: int, seeds: int, prior: Evaluated | None = None) -> Any:
    """The simulated path of an outcome over draws, against what was observed; the prior's as an outline."""
    from matplotlib.ticker import PercentFormatter

    observed = evaluated.pattern.observed
    assert observed is not None
    path, years = find_path(evaluated)
    with apply_style():
        figure = make_figure(7.2, 4)
        axes = figure.subplots()
        low, q1, middle, q3, high = measure_fan(path)
        if len(path) > 1:
            axes.fill_between(years, low, high, color=MAIN, alpha=0.16, lw=0, label="90 % of draws")
            axes.fill_between(years, q1, q3, color=MAIN, alpha=0.3, lw=0, label="50 % of draws")
        axes.plot(years, middle, color=MAIN, lw=1.8, label="median" if len(path) > 1 else "mean")
        for k, (since, until, band_low, band_high) in enumerate(list_bands(evaluated.pattern)):
            span = [since / 12, until / 12]
            axes.fill_between(
                span, band_low, band_high, fc="none", ec="0.25", lw=0.9, ls="--", label="" if k else "band judged by"
            )
        at = [month_number(m) / 12 for m in observed.points]
        axes.plot(at, list(observed.points.values()), "o", mfc="white", mec="black", ms=5, label="observed")
        top = max(axes.get_ylim()[1], 1.05 * max(observed.points.values()))
        if prior is not None:
            ends = measure_fan(find_path(prior)[0])[[0, -1]]
            axes.plot(years, ends.T, color="0.35", lw=0.9, ls=":", label=["90 % before the fit", None])
        unit = observed.outcome.replace("_", " ")
        if observed.relative_to:
            year = observed.relative_to
            mean = f"mean of {year[:4]}" if year.endswith("-01") else f"mean of the year from {year}"
            unit = f"{unit}, {mean} = 1"
        elif O[observed.outcome].unit == "share":
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        elif O[observed.outcome].unit != unit:
            unit = f"{unit}, {O[observed.outcome].unit}"
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(
            title=fit_label(f"{evaluated.pattern.name}: {evaluated.pattern.title}", 90), ylabel=unit, ylim=(0, top)
        )
        axes.legend(fontsize=8)
        put_source(
            figure,
            f"Simulated, 12 months' mean, but for the circles. {count_words(draws, 'draw')} x {count_words(seeds, 'seed')}. asmsim {package_version()}",
        )
    return figure


def find_path(evaluated: Evaluated) -> tuple[np.ndarray, np.ndarray]:
    """(draw, month) trailing means of the observed outcome as they are drawn, and (month,) the middle of their years."""
    observed = evaluated.pattern.observed
    assert observed is not None
    first = month_number(evaluated.first)
    path = trailing_mean(evaluated.path.T).T
    if observed.relative_to is not None:
        t = month_number(observed.relative_to) - first
        path = path / np.maximum(evaluated.path[:, t : t + 12].mean(1, keepdims=True), 1e-12)
    return path[:, 11:], (first + np.arange(path.shape[1]) - 5.5)[11:] / 12


def list_bands(pattern: Pattern) -> list[tuple[int, int, float, float]]:
    """Months and ends of each band in which the observed outcome itself, as it is drawn, is judged.

    A ratio and a change are drawn from what they are measured from: the year that is drawn as 1, or what was observed then.
    """
    observed = pattern.observed
    assert observed is not None
    found = []
    for s in pattern.statistics.values():
        alone = s.measure.outcome == observed.outcome and not s.measure.less and s.measure.of in ("mean", "last")
        base = find_reference(s, observed)
        if s.counts and alone and base is not None and np.isfinite(s.high) and not s.measure.besides:
            low, high = (base * (end + s.offset) / s.times for end in (s.low, s.high))
            found.append((month_number(s.measure.since), month_number(s.measure.until), max(0.0, low), high))
    return found


def find_reference(judged: Statistic, observed: Observed) -> float | None:
    """Return what a statistic's band is multiplied by to be drawn; none where it cannot be drawn."""
    if judged.over is None:
        return 1.0 if observed.relative_to is None and judged.how == "value" else None
    if judged.how == "difference" or judged.over.outcome != observed.outcome or judged.over.less:
        return None
    if judged.over.since == observed.relative_to:
        return 1.0
    seen = [v for m, v in observed.points.items() if judged.over.since <= m < judged.over.until]
    return float(np.mean(seen)) if seen else None


def compose_page(
    found: Mapping[str, Mapping[str, Evaluated]],
    stand: Mapping[str, list[Standing]],
    pictures: Iterable[str],
    posterior: str,
    draws: int,
    seeds: int,
    levels: Sequence[LevelStanding] = (),
) -> list[str]:
    """Return what was found, as Markdown."""
    lines = [
        "# Validation",
        *describe_levels(levels),
        "",
        f"Written by `asmsim validate`; asmsim {package_version()}, model {kernel_id()}; parameters: {posterior}, "
        f"{describe_runs(draws, seeds)}. {describe_judging(draws)}",
        "",
        "| pattern | role | " + " | ".join(stand) + " |",
        "|---|---|" + "---|" * len(stand),
    ]
    judged = {name: pattern_verdicts(of) for name, of in stand.items()}
    near = {name: list_close(of) for name, of in stand.items()}
    for name, evaluated in next(iter(found.values())).items():
        title = f"{name} {evaluated.pattern.title}"
        role = evaluated.pattern.role_name
        cells = [judged[v][name] + (", close" if name in near[v] else "") for v in stand]
        lines.append(f"| {title} | {role} | " + " | ".join(cells) + " |")
    lines += [
        *count_passes(next(iter(found.values())), judged, near["full model"], draws),
        *list_pattern_notes(next(iter(found.values()))),
        *describe_episodes(next(iter(found.values()))),
        "",
        "![standing](validation/standing.png)",
        *describe_missing(next(iter(found.values())), judged["full model"]),
        *list_statistic_notes(next(iter(found.values()))),
        *list_levels(levels),
    ]
    for variant, of in stand.items():
        lines += ["", f"## {variant[0].upper()}{variant[1:]}", "", *list_statistics(of, found[variant], draws)]
    return [*lines, "", *(f"![{name}](validation/{name}.png)" for name in pictures if name in found["full model"])]


def describe_identified(beside: Path) -> list[str]:
    """What kept results of `asmsim calibrate --recovery` and `--screening` say; nothing where there are none."""
    lines = []
    if (beside / "recovery.csv").is_file():
        table = pl.read_csv(beside / "recovery.csv", glob=False)
        clear = pl.col("correlation").fill_nan(0.0) >= TOLD
        told = table.filter(clear)
        said = [f"{r['parameter']} ({r['correlation']:.2f})" for r in told.to_dicts()]
        rest = table.filter(~clear)["parameter"].to_list()
        lines += [
            "",
            "## Which parameters such data identify",
            "",
            f"Of synthetic truths (`asmsim calibrate --recovery`) the fit's median and the true value correlate at {TOLD} or more "
            f"for {join_names(said)}. Of {join_names(rest)} the patterns tell less, and their draws are nearly what was assumed. "
            f"Of all true values {table['coverage'].to_numpy().mean():.1%} lie in their 90 % intervals, which checks the fit, not "
            "the data: with truths from the prior it is near 90 % whatever the data tell, where simulations are enough.",
            "",
            "![recovery](validation/recovery.png)",
        ]
    if (beside / "screening.csv").is_file():
        table = pl.read_csv(beside / "screening.csv", glob=False)
        first = table.head(12)["parameter"].to_list()
        lines += [
            "",
            "## Which parameters the patterns see",
            "",
            f"The strongest of {table.height} in a Morris screening over all patterns that were fitted "
            f"(`asmsim calibrate --screening`): {join_names(first)}.",
            "",
            "![screening](validation/screening.png)",
        ]
    return lines


def describe_uses() -> str:
    """What the model is for, with how much of it is assumed."""
    known = parameters.parameter_table().values()
    return USES.format(known=len(known), assumed=sum(p.grade == "assumed" for p in known))


def count_passes(
    evaluated: Mapping[str, Evaluated],
    judged: Mapping[str, Mapping[str, str]],
    near: Collection[str],
    draws: int,
) -> list[str]:
    """How many held-out tests pass, that development episodes are none, and what the null model meets."""
    full, null = judged["full model"], judged.get("null model", {})
    tests, mended = (
        [n for n, e in evaluated.items() if e.pattern.role == role and full[n] != "reported"]
        for role in ("held_out", "development")
    )
    fitted = [e for e in evaluated.values() if e.pattern.role == "fitted"]
    lines = []
    if tests:
        passed = [n for n in tests if full[n] == "pass"]
        lines += [
            "",
            f"Held-out tests that pass: {len(passed)} of {len(tests)}; "
            f"of these close: {join_names([n for n in passed if n in near])}.",
        ]
    if mended:
        lines += ["", f"Development episodes: {join_names(mended)}. {NO_TEST}"]
    if null:
        passed = [n for n in full if full[n] == "pass"]
        failed = [n for n in passed if null[n] != "pass"]
        lines += [
            "",
            f"Of {len(passed)} patterns that the full model passes, the null model does not pass {len(failed)} (the aim: half). "
            "Neither it nor the other status rule was fitted anew: both run on parameters fitted to the full model. Without "
            "institutions there are no licences, centres or sales slips, so that most of what the null model fails is "
            "*none* or 0 by construction; where it has gold, people and prices of its own, the comparison tells.",
        ]
    if fitted and draws > 1:
        lines += [
            "",
            f"All statistics of all fitted patterns are inside at once in {joint_share(*fitted):.0%} of draws.",
        ]
    return lines


def join_names(names: Sequence[str]) -> str:
    """Names in words."""
    return ", ".join(names) if names else "none"


def describe_episodes(evaluated: Mapping[str, Evaluated]) -> list[str]:
    """Return which patterns are no independent test, and why."""
    known = [f"- **{name}**: {e.pattern.in_view}." for name, e in evaluated.items() if e.pattern.in_view]
    return (
        [
            "",
            "A *development episode* is part of the fit, and is judged with itself left out as well. The model was mended with it in "
            "view, or has a value from the same source: that is put in, not reproduced. A *held-out test* is run by others on a case "
            "that nobody who made the model has seen.",
            "",
            *known,
        ]
        if known
        else []
    )


def describe_missing(evaluated: Mapping[str, Evaluated], judged: Mapping[str, str]) -> list[str]:
    """What may be missing where the full model fails, in whole or in part."""
    failed = [
        f"- **{name}** ({judged[name]}): {e.pattern.missing or 'not explained yet'}."
        for name, e in evaluated.items()
        if judged[name] != "pass"
    ]
    return (
        ["", "### What may be missing where it fails", "", "Conjecture: no run has tested these causes.", "", *failed]
        if failed
        else []
    )


def name_units(draws: int) -> str:
    """What shares and intervals are of: draws; seeds, where there is one draw."""
    return "draws" if draws > 1 else "seeds"


def count_words(number: int, what: str) -> str:
    """A number of things, in words."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def describe_runs(draws: int, seeds: int) -> str:
    """How much has been run, in words."""
    return f"{count_words(draws, 'draw')}, {count_words(seeds, 'seed')}{' each' if draws > 1 else ''}"


def describe_judging(draws: int) -> str:
    """What a pattern is asked for."""
    units = name_units(draws)
    number = (
        "A number is the mean of a draw's seeds; intervals are over draws" if draws > 1 else "Intervals are over seeds"
    )
    asked = f", and a fitted one if also {ENOUGH:.0%} of draws do, statistic by statistic" if draws > 1 else ""
    return (
        f"{number}. A pattern passes if the median of each of its statistics lies in its band{asked}. *Close*: other "
        f"{units} might have told otherwise ({1 - SURE:.0%} to {SURE:.0%} of {units} taken anew meet what is asked, for "
        "one of its statistics)."
    )


def draw_standing(stand: Mapping[str, list[Standing]], posterior: str, draws: int, seeds: int) -> Any:
    """Every statistic against its band, which is drawn to the same width: what lies in the grey is met."""
    rows = [s for s in next(iter(stand.values())) if s.counts]
    with apply_style():
        figure = make_figure(8.6, 1.6 + 0.24 * len(rows))
        axes = figure.subplots()
        axes.axvspan(-1, 1, color="0.88", lw=0, label="band")
        for variant, (name, of) in enumerate(stand.items()):
            mine = {(s.pattern, s.statistic): s for s in of}
            for y, row in enumerate(rows):
                s = mine[row.pattern, row.statistic]
                if not np.isfinite(s.median):
                    continue
                low, middle, high = (place_on_axis(s, v) for v in (s.q05, s.median, s.q95))
                at = y + (variant - (len(stand) - 1) / 2) * 0.25
                axes.plot([low, high], [at, at], color=COLOURS[variant], lw=1.2)
                axes.plot(middle, at, MARKERS[variant], color=COLOURS[variant], ms=4)
            axes.plot([], [], MARKERS[variant], color=COLOURS[variant], ms=4, label=name)
        axes.set_yticks(range(len(rows)), [fit_label(f"{s.pattern}  {s.statistic}") for s in rows], fontsize=7.5)
        axes.set(
            xlim=(-FAR - 0.2, FAR + 0.2), ylim=(len(rows) - 0.4, -0.6), title="Simulated statistics against their bands"
        )
        axes.set_xticks([-FAR, -1, 0, 1, FAR], ["far below", "low", "middle", "high", "far above"], fontsize=8)
        axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncol=4)
        put_source(
            figure,
            f"Median and 90 % of {name_units(draws)}; no mark: what it is about does not happen. Parameters: {posterior}, {count_words(draws, 'draw')} x {count_words(seeds, 'seed')}. asmsim {package_version()}",
        )
    return figure


FAR = 4.0
COLOURS, MARKERS = (MAIN, "#B5651D", "#666666"), ("o", "s", "^")


def place_on_axis(s: Standing, value: float) -> float:
    """Where a value lies on an axis on which the band is -1 to 1; at most `FAR`."""
    finite = [b for b in (s.low, s.high) if np.isfinite(b)]
    if len(finite) == 2:
        middle, half = (s.low + s.high) / 2, max((s.high - s.low) / 2, 1e-12)
        return float(np.clip((value - middle) / half, -FAR, FAR))
    half = max(abs(finite[0]), 1e-12) if finite and finite[0] else 1.0
    side = 1.0 if np.isfinite(s.high) else -1.0
    return float(np.clip(side + (value - finite[0]) / half, -FAR, FAR)) if finite else 0.0


def list_statistics(of: list[Standing], evaluated: Mapping[str, Evaluated], draws: int) -> list[str]:
    """One line for each statistic, and the share of draws that meet all of a pattern."""
    units = name_units(draws)
    lines = [
        f"| pattern | statistic | band | median [90 %] | {units} inside | sd by parameters / chance | seeds* | meets | in {units} anew | sources |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for s in of:
        wanted = f"{band_text(s.low, s.high)} {s.unit}".strip() if s.counts else "-"
        share, met = (f"{s.share_inside:.0%}", f"{s.share_met:.0%}") if s.counts else ("-", "-")
        verdict = "reported" if not s.counts else "yes" if s.meets else "**no**"
        lines.append(
            f"| {s.pattern} | {s.statistic} | {wanted} | {show_middle(s)} | {share} | {show_spread(s)} | "
            f"{count_seeds_for(s.chance, (s.high - s.low) / 10) or '-'} | {verdict} | {met} | {s.sources} |"
        )
    together = ", ".join(f"{n} {joint_share(e):.0%}" for n, e in evaluated.items() if is_judged(e))
    lines += ["", "\\* Seeds for which the 95 % interval of one draw's mean is a tenth of the band to either side."]
    if not all(np.isfinite(s.median) for s in of):
        lines += ["", "*None*: what the statistic is about does not happen: no licence to lose, a law never in force."]
    joint = f"Share of draws in which all of a pattern's statistics are inside: {together}."
    return [*lines, "", joint] if together and draws > 1 else lines


def is_judged(evaluated: Evaluated) -> bool:
    """Whether any of its statistics is judged."""
    return any(j.counts for j in evaluated.pattern.judged.values())


def list_pattern_notes(evaluated: Mapping[str, Evaluated]) -> list[str]:
    """What the patterns say of themselves, to be known beside their verdicts."""
    known = [f"- **{name}**: {e.pattern.note.rstrip('.')}." for name, e in evaluated.items() if e.pattern.note]
    return ["", "Read with the table:", "", *known] if known else []


def list_statistic_notes(evaluated: Mapping[str, Evaluated]) -> list[str]:
    """What the patterns say of their statistics."""
    said = [(f"{name}, {key}", j.note) for name, e in evaluated.items() for key, j in e.pattern.judged.items()]
    known = [f"- **{of}**: {note.rstrip('.')}." for of, note in said if note]
    return ["", "### Notes", "", *known] if known else []


def show_middle(s: Standing) -> str:
    """Median and 90 % of draws, and in how many it is not defined; none where what the statistic is about does not happen."""
    ends = f" [{show_value_or_none(s.q05)}; {show_value_or_none(s.q95)}]" if np.isfinite(s.q05) else ""
    undefined = f", {s.undefined:.0%} undefined" if 0 < s.undefined < 1 else ""
    return f"{show_value_or_none(s.median)}{ends}{undefined}"


def show_spread(s: Standing) -> str:
    """Standard deviations by parameters and by chance."""
    found = (s.parameters, s.chance)
    return " / ".join(f"{sd:.2g}" if np.isfinite(sd) else "-" for sd in found) if np.isfinite(found).any() else "-"


def show_value_or_none(value: float) -> str:
    """A value, or that there is none."""
    return f"{value:.3g}" if np.isfinite(value) else "none"
