"""What people read is in the field's words: one word for an idea, and no private vocabulary."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
INSTEAD = {
    r"\b(on|other|own|same|more|lots? of|their|its|shares?|all) luck\b|\bluck (of|that|alone|afresh|is)\b": "seeds, chance",
    r"\btrifles?\b": "negligible, with its threshold",
    r"\b(can|cannot|could) be told\b": "identified by the data; not enough evidence to say",
    r"\b(is|are|was|were) told( of| apart| the same)?\b": "said, identified, given",
    r"\btold apart\b": "separated",
    r"\bgold sold on\b|\bleaves officially\b": "the official channel",
    r"\b(earlier|evidence|lower) rooms?\b|\brooms: ": "layer, package",
    r"\} less \{|\bless (the reference|mongolia_\w+)\b": "minus, difference from the reference",
    r"\bheld out, seen\b|\bheld-out patterns that pass\b|\b(5 of 6|five of six) held out\b": "development episode; held-out test",
    r"\bdraws of mongolia\b": "plausible sets of behaviour parameters (posterior mongolia)",
    r"\bof which none is\b": "spell the noun",
}
"""Pattern that stands in no public text: what to say."""


def texts_of_code(path: Path) -> Iterator[tuple[int, str]]:
    """Docstrings and texts of a module, f-strings with `{}` for what is put in; comments are no public text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = [str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values]
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def public_texts() -> Iterator[tuple[str, str]]:
    for path in [*sorted((ROOT / "asmsim").rglob("*.py")), *sorted((ROOT / "experiments").rglob("*.py"))]:
        for line, text in texts_of_code(path):
            yield f"{path.relative_to(ROOT)}:{line}", text
    pages = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "asmsim").rglob("*.j2"),
    ]
    pages += [*(ROOT / "experiments").rglob("*.md"), *(ROOT / "configs").rglob("*.yaml")]
    for path in sorted(pages):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not text.lstrip().startswith(("claim:", "Registered:")):  # the words of what was registered never change
                yield f"{path.relative_to(ROOT)}:{line}", text


@pytest.mark.parametrize("pattern", INSTEAD, ids=INSTEAD.values())
def test_no_private_word_stands_in_public_text(pattern: str) -> None:
    found = [
        f"{where}: {m.group()!r}" for where, text in public_texts() for m in re.finditer(pattern, text, re.IGNORECASE)
    ]
    assert not found, f"say instead: {INSTEAD[pattern]}\n" + "\n".join(found)
