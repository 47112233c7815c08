"""Catalogues of what people read: `make messages` collects every text, and keeps the translations that are there.

What is new or has changed stands in the catalogues without a translation, which a test then names.
"""

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from asmsim.analysis.report import HEADLINES
from asmsim.config.language import LANGUAGES
from asmsim.model.levers import all_levers
from asmsim.model.own_outcomes import list_outcomes

PACKAGE = Path(__file__).parents[1] / "asmsim"
FOLDER = PACKAGE / "languages"
FUNCTIONS = ("tr", "mark")
TEMPLATES = [("**/analysis/*.j2", "jinja2.ext:babel_extract")]
OTHERS = tuple(code for code in LANGUAGES if code != "en")
WIDTH = 120


def list_texts() -> Iterator[tuple[str, str]]:
    """(text, where it stands): in code, in templates, and in the tables of outcomes and levers."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(
            ast.parse(path.read_text(encoding="utf-8"))
        ):  # sees into f-strings, as Babel's reader does not
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
            if named and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, path.relative_to(PACKAGE).as_posix()
    for file, _, text, _, _ in extract_from_dir(PACKAGE, TEMPLATES, keywords=dict.fromkeys(FUNCTIONS)):
        yield text if isinstance(text, str) else text[0], file
    for outcome in list_outcomes():
        yield outcome.label, "model/outcomes.py"
        if len(outcome.unit) > 1:
            yield outcome.unit, "model/outcomes.py"
    for outcome in HEADLINES:
        yield outcome.meaning, "model/outcomes.py"
    for lever in all_levers().values():
        yield lever.label, "model/levers"
    for payer in ("donor", "government", "market"):
        yield payer, "model/levers"


def collect_catalogue(code: str) -> Catalog:
    """The catalogue of a language with every text of today, and the translations that were there; none is guessed."""
    with (FOLDER / f"{code}.po").open("rb") as file:
        before = {message.id: message.string for message in read_po(file, locale=code)}
    made = Catalog(locale=code, project="asmsim", header_comment="# Translations of what people read.", fuzzy=False)
    where: dict[str, str] = {}
    for text, file in list_texts():
        where.setdefault(text, file)
    for text, file in sorted(where.items(), key=lambda one: (one[1], one[0])):
        made.add(
            text, before.get(text, ""), locations=[(file, None)], flags=["python-brace-format"] if "{" in text else []
        )
    return made


def write_catalogue(code: str) -> bytes:
    """The bytes of a language's catalogue, without dates and names, so that nothing but words changes it."""
    made = BytesIO()
    write_po(made, collect_catalogue(code), width=WIDTH, omit_header=True, sort_output=False)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + made.getvalue()


if __name__ == "__main__":
    for each in OTHERS:
        (FOLDER / f"{each}.po").write_bytes(write_catalogue(each))
        missing = sum(not message.string for message in collect_catalogue(each) if message.id)
        print(f"{each}: {missing} without a translation")
