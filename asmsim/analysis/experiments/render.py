"""Text, pages and figures of a result, from what is saved of it: nothing is simulated, and nothing is parsed back."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asmsim.analysis.experiments.experiment_plan import CLAIMS, Experiment, list_names, load_experiment, put_claims
from asmsim.analysis.experiments.hypothesis import (
    SAVED,
    Account,
    Finding,
    Hypothesis,
    Number,
    join_hypotheses,
    load_finding,
)
from asmsim.analysis.experiments.saved_tables import RENDERED, read_tables
from asmsim.analysis.experiments.standing import is_quick
from asmsim.analysis.experiments.words import (
    NONE,
    STANDARD_LABELS,
    STANDARD_NOTES,
    show_interval,
    show_mean,
    show_pair,
    show_value,
)
from asmsim.analysis.pages import render_template
from asmsim.analysis.style import apply_style, draw_svg

if TYPE_CHECKING:
    import polars as pl

FINDING = "**Finding.**"
"""Where a README's finding begins; what follows is rendered."""
OVERVIEW = "## What was found\n"
CAUTION = "Read this with the finding:"
CAUTIONS = "**Read this first.** What these experiments found rests on a choice of the design or of the model:"
QUICK_RUN = "*A quick run of few seeds on a coarse sample, to see that it works: none of this is a finding.*"
STILL = "*`asmsim experiment list` tells whether model and experiment are still those of this finding.*"
GROUPS = {
    "contradicted": "Contradicted by the simulations",
    "mixed": "Mixed: the parts of the claim come out differently",
    "supported": "Supported",
    "not enough evidence": "Not enough evidence to say",
    "true by construction": "True by construction: a check of the model",
}
"""Verdicts in the order of the overview: what speaks against an expectation stands first."""
MOST_ROWS = 60
"""Rows of a table that a page shows."""
SUMMARY = ("hypothesis", "verdict", "number that decides", "mean", "95 % interval of the mean")
NUMBERS = (
    "hypothesis", "number", "mean", "95 % interval of the mean", "90 % of single runs", "runs below zero",
    "verdict on this part",
)  # fmt: skip
COLUMNS = (
    "hypothesis", "claim", "verdict", "headline", "number", "unit", "mean", "interval_low", "interval_high",
    "interval_percent", "runs_low", "runs_high", "runs_below_zero", "clear_in_single_runs", "verdict_on_this_part",
)  # fmt: skip
Rows = list[tuple[str, ...]]


@dataclass(frozen=True)
class Rendering:
    """What a result says, ready to be laid out."""

    experiment: Experiment
    headline: str
    hypotheses: Sequence[Hypothesis]
    notes: Sequence[str]
    other_numbers: Mapping[str, Number]
    figures: Sequence[str]
    quick: bool


def is_standard_layout(root: Path, out: Path) -> bool:
    """Tell whether experiments and results lie side by side, as `experiments/` and `results/` of one project."""
    root, out = root.resolve(), out.resolve()
    return root.parent == out.parent and (root.name, out.name) == ("experiments", "results")


def render_result(experiment: Experiment, folder: Path, out: Path, say: Callable[[str], None] | None = None) -> None:
    """Render finding, table of hypotheses, page and figures of a saved result; of the standard layout the README, too.

    Parameters
    ----------
    out
        Folder under which results lie.
    say
        Called where a README is left as it is.

    Raises
    ------
    ConfigError
        Nothing is saved there, or what is saved does not fit the registered hypotheses.
    """
    tables = read_tables(folder)
    origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    drawings = draw_figures(experiment, tables, folder)
    rendering = load_rendering(experiment, folder, list(drawings))
    (folder / "finding.md").write_text(compose_finding(rendering, ""), encoding="utf-8")
    (folder / RENDERED).write_text(compose_csv(rendering.hypotheses), encoding="utf-8")
    (folder / "index.html").write_text(render_page(rendering, tables, drawings, origin), encoding="utf-8")
    if rendering.quick:
        return
    if is_standard_layout(experiment.folder.parent, out):
        put_claims(experiment.readme, experiment)
        put_finding(experiment.readme, compose_finding(rendering, f"../../{out.resolve().name}/{folder.name}/"))
    elif say is not None:
        say(
            f"{experiment.readme} is left as it is: findings are written into READMEs only where the folders experiments "
            "and results lie side by side"
        )


def load_rendering(experiment: Experiment, folder: Path, figures: Sequence[str] = ()) -> Rendering:
    """Return what a saved result says.

    Raises
    ------
    ConfigError
        Nothing is saved there, or what is saved does not fit the registered hypotheses.
    """
    finding = load_finding(experiment, folder)
    origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    account: Account = experiment.load_code("describe").describe(finding)
    return Rendering(
        experiment, account.headline, join_hypotheses(experiment, finding, account), list_notes(finding, account),
        list_note_numbers(finding, account), figures, is_quick(origin),
    )  # fmt: skip


def render_overview(root: Path, out: Path) -> None:
    """Write what all experiments found into their common README, in the standard layout only."""
    readme = root / "README.md"
    if not (is_standard_layout(root, out) and readme.is_file()):
        return
    before = readme.read_text(encoding="utf-8").split(OVERVIEW)[0].rstrip()
    readme.write_text(f"{before}\n\n{compose_overview(root, out)}", encoding="utf-8")


def draw_figures(experiment: Experiment, tables: Mapping[str, "pl.DataFrame"], folder: Path) -> dict[str, str]:
    """Save each figure as PNG, and as PDF for print; returns the texts of SVGs, by name."""
    for old in (*folder.glob("*.png"), *folder.glob("*.pdf")):
        old.unlink()
    drawings = {}
    with apply_style():
        for name, figure in experiment.load_code("plot").plot(tables).items():
            figure.draw_without_rendering()
            figure.set_layout_engine("none")  # laid out once, drawn three times
            figure.savefig(folder / f"{name}.png", dpi=130, metadata={"Software": None})
            figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})
            drawings[name] = draw_svg(figure)
    return drawings


def list_notes(finding: Finding, account: Account) -> list[str]:
    """Return what else there is to say; notes that every experiment may have come last."""
    standard = [STANDARD_NOTES[name](note) for name, note in finding.notes.items() if name in STANDARD_NOTES]
    return [*account.notes, *standard]


def list_note_numbers(finding: Finding, account: Account) -> dict[str, Number]:
    """Return the numbers of notes, by label."""
    labels = STANDARD_LABELS | dict(account.labels)
    return {labels[name]: number for note in finding.notes.values() for name, number in note.numbers.items()}


def choose_number(hypothesis: Hypothesis) -> tuple[str, Number] | None:
    """Return the first number with a verdict of its own, or the first number; None where there is none."""
    ranked = sorted(hypothesis.numbers.items(), key=lambda item: item[1].verdict is None)
    return ranked[0] if ranked else None


def list_summary(hypotheses: Sequence[Hypothesis]) -> Rows:
    """Return one row a hypothesis: verdict, and the number that decides."""
    rows: Rows = []
    for item in hypotheses:
        found = choose_number(item)
        cells = (
            (NONE, NONE, NONE)
            if found is None
            else (found[0], show_mean(found[1], first_use=True), show_interval(found[1]))
        )
        rows.append((f"{item.id}. {item.label}", item.verdict, *cells))
    return rows


def list_numbers(rendering: Rendering) -> Rows:
    """Return one row a number, of hypotheses and of notes."""
    every = [(item.id, label, n) for item in rendering.hypotheses for label, n in item.numbers.items()]
    every += [(NONE, label, n) for label, n in rendering.other_numbers.items()]
    return [
        (
            which, label, show_mean(n), show_interval(n), show_pair(n.runs, n),
            NONE if n.below_zero is None else show_value(n.below_zero, Number(None, "share")), n.verdict or NONE,
        )
        for which, label, n in every
    ]  # fmt: skip


def compose_table(header: Sequence[str], rows: Rows) -> str:
    """Return a table as Markdown."""
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def compose_finding(rendering: Rendering, at: str) -> str:
    """Return the finding as Markdown; `at` leads from the text to the folder of its figures."""
    first, *others = [f"![{name}]({at}{name}.png)" for name in rendering.figures] or [""]
    caution = rendering.experiment.plan.caution
    parts = [f"**{rendering.headline}**", f"*{CAUTION} {caution}*" if caution else "", first]
    parts.append(compose_table(SUMMARY, list_summary(rendering.hypotheses)))
    for item in rendering.hypotheses:
        parts.append(
            f"**{item.id}. {item.headline}** *{item.verdict.capitalize()}.* Registered: \u201c{item.claim}\u201d"
        )
        parts.append(item.why)
    parts += ["### Details", "\n".join(f"- {line}" for line in rendering.notes)]
    parts += [compose_table(NUMBERS, list_numbers(rendering)), *others, QUICK_RUN if rendering.quick else STILL]
    return "\n\n".join(part for part in parts if part) + "\n"


def compose_csv(hypotheses: Sequence[Hypothesis]) -> str:
    """Return hypotheses with their numbers as CSV: one row a number, one where a hypothesis has none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in hypotheses:
        for label, n in item.numbers.items() or [("", None)]:
            row: list[object] = [item.id, item.claim, item.verdict, item.headline, label]
            if n is not None:
                low, high = n.interval or (None, None)
                row += [
                    n.unit, n.mean, low, high, n.level if n.interval else None, *(n.runs or (None, None)), n.below_zero,
                    None if n.clear is None else str(n.clear).lower(), n.verdict,
                ]  # fmt: skip
            writer.writerow([*row, *[None] * (len(COLUMNS) - len(row))])
    return text.getvalue()


def render_page(
    rendering: Rendering,
    tables: Mapping[str, "pl.DataFrame"],
    drawings: Mapping[str, str],
    origin: Mapping[str, Any],
) -> str:
    """Return one page that opens without network; figures stand in the file itself."""
    shown = [
        (
            name,
            table.columns,
            [[_show_cell(value) for value in row] for row in table.head(MOST_ROWS).rows()],
            max(0, table.height - MOST_ROWS),
        )
        for name, table in tables.items()
    ]
    return render_template(
        "finding.html.j2",
        title=rendering.experiment.plan.title,
        headline=rendering.headline,
        caution=rendering.experiment.plan.caution and f"{CAUTION} {rendering.experiment.plan.caution}",
        quick=rendering.quick,
        figures=list(drawings.items()),
        summary=(SUMMARY, list_summary(rendering.hypotheses)),
        hypotheses=rendering.hypotheses,
        notes=rendering.notes,
        numbers=(NUMBERS, list_numbers(rendering)),
        design=list_design(rendering.experiment),
        tables=shown,
        provenance=origin,
        origin=json.dumps(origin, indent=1, sort_keys=True),
    )


def list_design(experiment: Experiment) -> list[str]:
    """Return the paragraphs of a README on question and design, without the hypotheses, which are rendered apart."""
    text = CLAIMS.sub("", experiment.readme.read_text(encoding="utf-8").split(FINDING)[0])
    blocks = [" ".join(block.replace("**", "").split()) for block in text.split("\n\n")[1:]]
    return [block for block in blocks if block and not block.startswith("Hypotheses, written before")]


def _show_cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def put_finding(readme: Path, text: str) -> None:
    """Replace what a README says after its mark."""
    before = readme.read_text(encoding="utf-8").split(FINDING)[0]
    readme.write_text(f"{before}{FINDING}\n\n{text}", encoding="utf-8")


def compose_overview(root: Path, out: Path) -> str:
    """Return tables of all hypotheses that were put to the test, by verdict, as Markdown."""
    rows: dict[str, Rows] = {verdict: [] for verdict in GROUPS}
    cautions = []
    for name in list_names(root):
        experiment = load_experiment(name, root)
        if not (out / name / SAVED).is_file():
            continue
        if experiment.plan.caution:
            cautions.append(f"- [{name}]({name}/README.md): {experiment.plan.caution}")
        for item in load_rendering(experiment, out / name).hypotheses:
            rows[item.verdict].append((f"[{name}]({name}/README.md) {item.id}", item.claim, item.headline))
    parts = [OVERVIEW, *([f"{CAUTIONS}\n", "\n".join([*cautions, ""])] if cautions else [])]
    for verdict, title in GROUPS.items():
        if rows[verdict]:
            table = compose_table(("hypothesis", "it claims", "what the simulations show"), rows[verdict])
            parts += [f"### {title}\n", f"{table}\n"]
    return "\n".join(parts)
