"""What leaving one episode out says, in words, a table and a figure; from its table alone."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.experiments.words import join_words
from asmsim.analysis.style import MAIN, apply_style, make_figure, put_source
from asmsim.config.provenance import package_version
from asmsim.evidence.left_out import FILE, measure_skill, tabulate_coverage
from asmsim.sweeps.store.targets import to_csv, whole_files

TITLE = "## Each episode predicted from the others"
PICTURE = "left_out.png"
ASKED_90, ASKED_50 = 0.8, (0.35, 0.65)
"""Shares of statistics that the 90 % and the 50 % intervals have to hold."""
NULL_NAMES = {
    "diffusion": "a logistic diffusion of licences",
    "wedge": "one elasticity of sales to what the official window takes",
    "persistence": "persistence (everything stays as it was)",
}
NOT_MADE = (
    "**No episode has been left out yet on this version of the model, so nothing here says how well it predicts a case that it was not "
    "fitted to.** `asmsim calibrate`, then `asmsim validate --leave-one-out --out docs` makes the run."
)


HOME_EPISODE = "mongolia"
PRIORS_KNOW = (
    "What is left out is the episode's outcomes: some priors rest on studies of the same places, which the parameter table names, so "
    "that this is no test on a place that nobody knew. The one such test, run by others on an earlier model, met none of twelve episodes. "
)


def describe_left_out(beside: Path) -> list[str]:
    """Return the section of the validation page, from the table that is kept beside it; nothing where there is none."""
    if not (beside / FILE).is_file():
        return []
    return compose_left_out(pl.read_csv(beside / FILE, glob=False), f"{beside.name}/{PICTURE}")


def open_with_left_out(beside: Path) -> list[str]:
    """Return the paragraph that opens the validation page, from the table that is kept beside it."""
    if not (beside / FILE).is_file():
        return ["", NOT_MADE]
    return ["", summarise_left_out(pl.read_csv(beside / FILE, glob=False))]


def compose_left_out(found: pl.DataFrame, picture: str = PICTURE) -> list[str]:
    """Return the section: a paragraph in plain words, the figure, coverage by episode, skill, and every statistic."""
    coverage = tabulate_coverage(found).to_dicts()
    lines = ["", TITLE, "", summarise_left_out(found), "", f"![each episode predicted]({picture})", ""]
    lines += [
        "| episode | statistics | in 50 % interval | in 90 % interval | mean score | widened: in 50 % | widened: in 90 % |"
    ]
    lines += ["|---|---|---|---|---|---|---|"]
    for row in coverage:
        score = "-" if row["score"] is None else f"{row['score']:.2f}"
        lines.append(
            f"| {row['episode']} | {row['statistics']} | {row['inside_50']:.0%} | {row['inside_90']:.0%} | {score} "
            f"| {row['wide_50']:.0%} | {row['wide_90']:.0%} |"
        )
    lines += [
        "",
        "| simple forecast | statistics it forecasts | skill of the model | skill, widened |",
        "|---|---|---|---|",
    ]
    wide = measure_skill(found, "wide_score")
    for null, (skill, number) in measure_skill(found).items():
        cells = ["-", "-"] if number == 0 else [f"{skill:.2f}", f"{wide[null][0]:.2f}"]
        lines.append(f"| {NULL_NAMES[null]} | {number} | {' | '.join(cells)} |")
    lines += [
        "",
        "A score is the continuous ranked probability score in factors of two (in half-widths of the band where a quantity can be 0 or "
        "less); smaller is better. Skill is 1 minus the model's mean score over the simple forecast's, on the same statistics: "
        "above 0 the model is better. Both are fitted to the same other episodes. Forecasts carry chance and the error of observation. "
        "*Widened*: also the model's own error, as large as its misses of the other episodes say.",
        "",
        "### Details: every statistic",
        "",
        "| statistic | seen | forecast, median [90 %] | in 50 % | in 90 % |",
        "|---|---|---|---|---|",
    ]
    for row in found.to_dicts():
        lines.append(
            f"| {row['statistic']} | {show_seen(row['observed'])} | {show_seen(row['median'])} "
            f"[{show_seen(row['q05'])}; {show_seen(row['q95'])}] | {show_yes(row['inside_50'])} | {show_yes(row['inside_90'])} |"
        )
    return lines


def summarise_left_out(found: pl.DataFrame) -> str:
    """Return what is right, what is wrong and by how much, and what the model may be used for, in plain words."""
    everything = tabulate_coverage(found).to_dicts()[-1]
    honest = everything["inside_90"] >= ASKED_90
    missed = found.filter(~pl.col("inside_90"))
    skill = {n: s for n, (s, number) in measure_skill(found).items() if number and np.isfinite(s)}
    better = [NULL_NAMES[n] for n, s in skill.items() if s > 0]
    worse = [NULL_NAMES[n] for n, s in skill.items() if s <= 0]
    text = (
        f"**With each episode left out of the fit in turn, {everything['inside_90']:.0%} of {found.height} statistics lie in their 90 % "
        f"intervals and {everything['inside_50']:.0%} in their 50 % intervals** (wanted: at least {ASKED_90:.0%}, and "
        f"{ASKED_50[0]:.0%} to {ASKED_50[1]:.0%}). {describe_home(found)}{PRIORS_KNOW}"
    )
    text += f"The model forecasts better than {join_words(better)}. " if better else ""
    text += f"It forecasts no better than {join_words(worse)}. " if worse else ""
    if missed.height:
        worst = missed.sort("score", descending=True, nulls_last=True).to_dicts()[0]
        names = list(dict.fromkeys(missed["episode"].to_list()))
        text += (
            f"It misses {missed.height} {'statistic' if missed.height == 1 else 'statistics'} ({', '.join(names)}); worst is "
            f"{worst['statistic']}: {show_seen(worst['observed'])} was seen, and {show_seen(worst['q05'])} to "
            f"{show_seen(worst['q95'])} forecast. "
        )
    text += f"Widened by the errors that the model makes in the other episodes, the 90 % intervals hold {everything['wide_90']:.0%}. "
    if honest:
        return (
            text
            + "Its intervals for a case like these may be used as they stand; its medians may be far off within them."
        )
    return text + "Its intervals are too narrow: it may be used to compare mechanisms, not to forecast a country."


def describe_home(found: pl.DataFrame) -> str:
    """Return how often the intervals hold in Mongolia and elsewhere apart; nothing where either is missing."""
    home = found.filter(pl.col("episode") == HOME_EPISODE)
    elsewhere = found.filter(pl.col("episode") != HOME_EPISODE)
    if not home.height or not elsewhere.height:
        return ""
    inside = [float(part["inside_90"].to_numpy().mean()) for part in (home, elsewhere)]
    return (
        f"Of the {home.height} statistics of Mongolia {inside[0]:.0%} lie in their 90 % intervals, of the {elsewhere.height} of "
        f"other episodes {inside[1]:.0%}. "
    )


def show_seen(value: float | None) -> str:
    """Return a number with three digits, as a table shows it; a dash where there is none."""
    if value is None or not np.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def show_yes(value: bool) -> str:
    """Return yes or no."""
    return "yes" if value else "no"


def draw_left_out(found: pl.DataFrame) -> Any:
    """Draw each statistic's forecast as intervals about what was seen, in units of the forecast's 90 % half-width."""
    with apply_style():
        figure = make_figure(7.2, 1.2 + 0.2 * found.height)
        axes = figure.subplots()
        labels = []
        for k, row in enumerate(found.to_dicts()):
            values = np.array([row[n] for n in ("q05", "q25", "median", "q75", "q95", "observed")], float)
            half = max((values[4] - values[0]) / 2, 1e-12)
            at = (values - (values[0] + values[4]) / 2) / half
            axes.plot(at[[0, 4]], [k, k], color=MAIN, alpha=0.35, lw=2.5)
            axes.plot(at[[1, 3]], [k, k], color=MAIN, lw=4.5)
            axes.plot(np.clip(at[5], -3, 3), k, "o", mfc="white", mec="black", ms=4.5)
            labels.append(row["statistic"])
        axes.set_yticks(range(len(labels)), labels, fontsize=6.5)
        axes.set(xlim=(-3.2, 3.2), ylim=(found.height - 0.4, -0.6))
        figure.suptitle("Each episode predicted from the others", fontsize=11)
        axes.set_xlabel("bars: 90 % (-1 to 1) and 50 % of the forecast; circle: seen", fontsize=8)
        put_source(figure, f"Left out in turn; from one particle table. asmsim {package_version()}")
    return figure


def write_left_out(found: pl.DataFrame, out: Path) -> Path:
    """Write the table and the figure to `validation/` in a folder, where the validation page finds them, and a page of their own.

    Returns the page.
    """
    from asmsim.analysis.validation_page import FOLDER, save_figure

    page = "\n".join(["# Leave one episode out", *compose_left_out(found, f"{FOLDER}/{PICTURE}"), ""])
    with whole_files(out) as work:
        (work / FOLDER).mkdir()
        (work / FOLDER / FILE).write_text(to_csv(found), encoding="utf-8")
        save_figure(draw_left_out(found), work / FOLDER / PICTURE)
        (work / "left_out.md").write_text(page, encoding="utf-8")
    return out / "left_out.md"
