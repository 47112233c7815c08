"""What all experiments found, hypothesis by hypothesis; what speaks against an expectation stands first."""

import re
from collections.abc import Iterable
from pathlib import Path

MARK = "## What was found\n"
SAID = re.compile(r"^- Hypothesis (\d+) \((.+?)\): ([^.;:(]+)(.*)$", re.MULTILINE)
CLAUSE = re.compile(r"(?<=[^A-Z0-9])\. |; (?=[a-z])")
OF_RUNS = re.compile(r", runs \[.*?\](, below zero in \d+%)?(, no clear difference in single runs)?")
OF_PARTS = ("in part", "not supported")
GROUPS = {
    "Against what was expected": ("contradicted", "not supported"),
    "In part": ("in part",),
    "As expected": ("supported",),
    "Cannot be told": ("cannot be told",),
    "True by construction": ("true by construction",),
}


def verdicts_of(finding: str) -> list[tuple[int, str, str, str]]:
    """Number, words and verdict of each hypothesis of a finding, and what was measured."""
    return [
        (int(number), words, verdict.strip(), measured(rest, whole=verdict.strip().startswith(OF_PARTS)))
        for number, words, verdict, rest in SAID.findall(finding)
    ]


def measured(rest: str, whole: bool = False) -> str:
    """The first clause after a verdict, or all of them, without what single runs do."""
    before, mark, after = rest.partition(". ")
    said = after if mark else before.lstrip(":; ")
    return OF_RUNS.sub("", said if whole else CLAUSE.split(said)[0]).rstrip(".")


def overview(ids: Iterable[str], results: Path) -> str:
    """Tables of all hypotheses that were put to the test, by verdict, as Markdown."""
    rows: dict[str, list[str]] = {group: [] for group in GROUPS}
    for name in ids:
        path = results / name / "finding.md"
        for number, words, verdict, found in verdicts_of(path.read_text(encoding="utf-8") if path.is_file() else ""):
            group = next(g for g, starts in GROUPS.items() if verdict.startswith(starts))
            rows[group].append(f"| [{name}]({name}/README.md) {number} | {words} | {verdict} | {found} |")
    parts = [MARK]
    for group, lines in rows.items():
        if lines:
            parts += [
                f"### {group}\n",
                "| hypothesis | it says | verdict | measured |",
                "|---|---|---|---|",
                *lines,
                "",
            ]
    return "\n".join(parts)


def put(readme: Path, text: str) -> None:
    """Replace what a README says from its mark on."""
    before = readme.read_text(encoding="utf-8").split(MARK)[0].rstrip()
    readme.write_text(f"{before}\n\n{text}", encoding="utf-8")
