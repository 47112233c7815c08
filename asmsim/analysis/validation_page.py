"""The validation page and its figures, written by code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from asmsim.analysis.style import MAIN, new_figure, source_line, styled
from asmsim.config.provenance import code_hash, package_version
from asmsim.config.schema import month_number
from asmsim.evidence.evaluate import Evaluated
from asmsim.evidence.validation import Standing, joint_share, standings, table, verdicts
from asmsim.model.pathway import trailing_mean

USES = """## What the model may and may not be used for

It may be used to think through mechanisms, to compare policies on the same luck, and to find which assumptions carry a
conclusion. It may not be used to forecast miners, gold or revenue, to rank real districts, groups or people, or to
justify evictions. A pattern that fails below is a mechanism that is missing or wrong: results that rest on it do not
carry. Four fifths of the parameters are assumed; what was fitted was fitted on one country.
"""


def write_validation(
    found: Mapping[str, Mapping[str, Evaluated]], out: Path, posterior: str, draws: int, seeds: int
) -> Path:
    """Write table, figures and page of every variant; returns the page."""
    out.mkdir(parents=True, exist_ok=True)
    stand = {name: standings(of) for name, of in found.items()}
    for name, of in stand.items():
        table(of).write_csv(out / f"{name.replace(' ', '_')}.csv")
    pictures = []
    for name, evaluated in next(iter(found.values())).items():
        if evaluated.pattern.observed is not None:
            (out / f"{name}.png").unlink(missing_ok=True)
            save(observed_figure(evaluated, draws, seeds), out / f"{name}.png")
            pictures.append(name)
    page = out / "validation.md"
    page.write_text(page_of(found, stand, pictures, posterior, draws, seeds), encoding="utf-8")
    return page


def save(figure: Any, path: Path) -> None:
    """Save a figure."""
    figure.savefig(path, dpi=120, metadata={"Software": None})


def observed_figure(evaluated: Evaluated, draws: int, seeds: int) -> Any:
    """The simulated path of an outcome over draws, against what was observed."""
    observed = evaluated.pattern.observed
    assert observed is not None
    first = month_number(evaluated.first)
    path = trailing_mean(evaluated.path.T).T
    if observed.relative_to is not None:
        t = month_number(observed.relative_to) - first
        path = path / np.maximum(evaluated.path[:, t : t + 12].mean(1, keepdims=True), 1e-12)
    years = (first + np.arange(path.shape[1])) / 12
    with styled():
        figure = new_figure(7.2, 4)
        axes = figure.subplots()
        low, q1, middle, q3, high = np.quantile(path[:, 11:], (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
        axes.fill_between(years[11:], low, high, color=MAIN, alpha=0.16, lw=0, label="90 % of draws")
        axes.fill_between(years[11:], q1, q3, color=MAIN, alpha=0.3, lw=0, label="50 % of draws")
        axes.plot(years[11:], middle, color=MAIN, lw=1.8, label="median")
        at = [month_number(m) / 12 for m in observed.points]
        axes.plot(at, list(observed.points.values()), "o", mfc="white", mec="black", ms=5, label="observed")
        unit = "mean of 2018 = 1" if observed.relative_to else observed.outcome.replace("_", " ")
        axes.set(title=f"{evaluated.pattern.name}: {evaluated.pattern.title}", ylabel=unit, ylim=(0, None))
        axes.legend(fontsize=8)
        source_line(
            figure,
            f"Simulated, not observed, but for the circles. {draws} draws x {seeds} seeds. asmsim {package_version()}",
        )
    return figure


def page_of(
    found: Mapping[str, Mapping[str, Evaluated]],
    stand: Mapping[str, list[Standing]],
    pictures: list[str],
    posterior: str,
    draws: int,
    seeds: int,
) -> str:
    """The page as Markdown."""
    lines = [
        "# Validation",
        "",
        f"Written by `asmsim validate`; asmsim {package_version()}, code {code_hash()}; parameters: {posterior}, "
        f"{draws} draws, {seeds} seeds each. A number is the mean of a draw's seeds; intervals are over draws.",
        "",
        "| pattern | role | " + " | ".join(stand) + " |",
        "|---|---|" + "---|" * len(stand),
    ]
    judged = {name: verdicts(of) for name, of in stand.items()}
    for name, evaluated in next(iter(found.values())).items():
        title = f"{name} {evaluated.pattern.title}"
        lines.append(f"| {title} | {evaluated.pattern.role} | " + " | ".join(judged[v][name] for v in stand) + " |")
    for variant, of in stand.items():
        lines += ["", f"## {variant[0].upper()}{variant[1:]}", "", *statistics(of, found[variant])]
    lines += ["", *(f"![{name}]({name}.png)" for name in pictures), "", USES]
    return "\n".join(lines)


def statistics(of: list[Standing], evaluated: Mapping[str, Evaluated]) -> list[str]:
    """One line for each statistic, and the share of draws that meet all of a pattern."""
    lines = [
        "| pattern | statistic | band | median [90 %] | draws inside | sd of draws / seeds | median inside | sources |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for s in of:
        verdict = "reported" if not s.counts else ("yes" if s.passes else "**no**")
        band = f"{s.low:g} to {s.high:g} {s.unit}".strip() if s.counts else "-"
        lines.append(
            f"| {s.pattern} | {s.statistic} | {band} | {s.median:.3g} [{s.q05:.3g}; {s.q95:.3g}] | {s.share_inside:.0%} | "
            f"{s.parameters:.2g} / {s.chance:.2g} | {verdict} | {s.sources} |"
        )
    together = ", ".join(f"{name} {joint_share(e):.0%}" for name, e in evaluated.items())
    return [*lines, "", f"Share of draws in which all of a pattern's statistics are inside: {together}."]
