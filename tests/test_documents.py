"""What the documents say is what their tables say."""

import re
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
VARIANTS = {
    "Full model": "full_model",
    "Null model": "null_model",
    "Alternative status rule": "alternative_status_rule",
}


@pytest.mark.parametrize("title", VARIANTS)
def test_the_validation_page_says_what_its_tables_say(title: str) -> None:
    text = (DOCS / "validation.md").read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if re.match(r"\| [A-Z]\d", line)
    ]
    told = {(row[0], row[1]): row for row in rows}
    table = pl.read_csv(DOCS / "validation" / f"{VARIANTS[title]}.csv").to_dicts()
    assert len(told) == len(table) == len(rows) > 30
    for known in table:
        row = told[known["pattern"], known["statistic"]]
        middle, low, high = (f"{known[k]:.3g}" for k in ("median", "q05", "q95"))
        shown = "none" if low in ("inf", "nan") else f"{middle} [{low}; {high}]".replace("inf", "none")
        undefined = f", {known['undefined']:.0%} undefined" if 0 < known["undefined"] < 1 else ""
        assert row[3] == f"{shown}{undefined}"
        assert row[4] == (f"{known['share_inside']:.0%}" if known["counts"] else "-")
        assert row[7] == ("reported" if not known["counts"] else "yes" if known["meets"] else "**no**")


def test_every_definition_that_the_developer_pages_name_is_there() -> None:
    """`path.py:name` in docs/developer means the definition `name` in that file of the package."""
    package = ROOT / "asmsim"
    named = [
        (page.name, *found)
        for page in sorted((ROOT / "docs/developer").glob("*.md"))
        for found in re.findall(r"([\w/]+\.py):([A-Za-z_]\w*)", page.read_text(encoding="utf-8"))
    ]
    assert len(named) > 20
    for page, file, name in named:
        if file == "path.py":
            continue
        text = (package / file).read_text(encoding="utf-8") if (package / file).is_file() else ""
        assert re.search(rf"^\s*(?:def|class) {name}\b|^\s*{name}\b.* =|^{name} =", text, re.MULTILINE), (
            f"{page}: {file}:{name}"
        )


def test_every_path_that_the_developer_pages_name_is_there() -> None:
    for page in sorted((ROOT / "docs/developer").glob("*.md")):
        for path in re.findall(
            r"`((?:model|engine|config|analysis|sweeps|cli|evidence)/[\w/.]*?)(?::\w+)?`", page.read_text()
        ):
            assert (ROOT / "asmsim" / path).exists(), f"{page.name}: {path}"
