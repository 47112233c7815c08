"""Ids of code follow what it does: no word changes them, every change of meaning does."""

from pathlib import Path

import pytest

from asmsim.config.syntax import Sources, syntax_id

RULES = '''"""Rules."""
from asmsim.numbers import HALF, scale as scaled
import math

LIMIT: float = 3.0  # persons


def helper(x: float) -> float:
    """Half of it."""
    return HALF * x


def entry(x, limit=LIMIT):
    """Entry."""
    if x < 0:
        raise ValueError(f"{x} is negative")
    y = helper(scaled(x)) + math.sqrt(limit)
    return [k + y for k in range(3)]


def unused():
    return 1
'''
NUMBERS = """HALF = 0.5


def scale(x):
    return 10 * x
"""


def id_of(folder: Path, rules: str = RULES, numbers: str = NUMBERS, **more: str) -> str:
    files = {"rules": rules, "numbers": numbers} | more
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return syntax_id(["asmsim.rules:entry"], lambda _: True, Sources(folder))


def edited(old: str, new: str, text: str = RULES) -> str:
    assert old in text
    return text.replace(old, new)


SAME = {
    "docstring": edited("Half of it.", "One half."),
    "comment": edited("# persons", "# people"),
    "annotation": edited("x: float) -> float", "x)"),
    "message": edited("is negative", "lies below zero"),
    "renamed helper": edited("helper", "halved"),
    "unused function": edited("return 1", "return 2"),
    "another name for an import": edited("scale as scaled", "scale as tenfold").replace("scaled(x)", "tenfold(x)"),
    "layout": edited(
        "y = helper(scaled(x)) + math.sqrt(limit)",
        "y = (\n        helper(scaled(x))\n        + math.sqrt(limit)\n    )",
    ),
    "order of definitions": "def unused():\n    return 1\n\n\n" + edited("def unused():\n    return 1\n", ""),
}
OTHER = {
    "sign": edited("+ math.sqrt", "- math.sqrt"),
    "constant": edited("3.0", "4.0"),
    "comparison": edited("x < 0", "x <= 0"),
    "range": edited("range(3)", "range(4)"),
    "another function": edited("math.sqrt", "math.exp"),
    "default": edited("limit=LIMIT", "limit=1.0"),
    "kind of error": edited("ValueError", "TypeError"),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_words_names_and_places_change_no_id(tmp_path: Path, text: str) -> None:
    assert id_of(tmp_path, text) == id_of(tmp_path)


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER.keys())
def test_whatever_changes_a_value_changes_the_id(tmp_path: Path, text: str) -> None:
    assert id_of(tmp_path, text) != id_of(tmp_path)


def test_a_change_in_another_module_is_seen(tmp_path: Path) -> None:
    assert id_of(tmp_path, numbers=edited("10 * x", "11 * x", NUMBERS)) != id_of(tmp_path)
    assert id_of(tmp_path, numbers=edited("0.5", "0.25", NUMBERS)) != id_of(tmp_path)


def test_a_helper_may_move_to_another_module(tmp_path: Path) -> None:
    moved = edited(
        "from asmsim.numbers import HALF, scale as scaled",
        "from asmsim.numbers import HALF\nfrom asmsim.places import scaled",
    )
    assert id_of(tmp_path, moved, "HALF = 0.5\n", places="def scaled(x):\n    return 10 * x\n") == id_of(tmp_path)


def test_a_local_name_is_no_reference(tmp_path: Path) -> None:
    local = "def entry(x):\n    helper = x + 1\n    return helper\n"
    with_other = local + "\n\ndef helper(x):\n    return 7\n"
    assert id_of(tmp_path, local) == id_of(tmp_path, with_other)


def test_functions_that_call_each_other_have_an_id(tmp_path: Path) -> None:
    circle = "def entry(x):\n    return other(x - 1) if x else 0\n\n\ndef other(x):\n    return entry(x)\n"
    assert id_of(tmp_path, circle) != id_of(tmp_path, edited("x - 1", "x - 2", circle))


def test_texts_count_only_where_they_are_asked_to(tmp_path: Path) -> None:
    def made(column: str, texts: bool) -> str:
        (tmp_path / "rules.py").write_text(f"entry = column({column})\n", encoding="utf-8")
        return syntax_id(["asmsim.rules:entry"], lambda _: True, Sources(tmp_path), texts)

    assert made('"f8", "persons"', False) == made('"f8", "people"', False)
    assert made('"f8", "persons"', False) != made('"f4", "persons"', False)
    assert made('"f8", "persons"', True) != made('"f8", "people"', True)


def test_an_entry_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no such definition"):
        syntax_id(["asmsim.rules:nothing"], lambda _: True, Sources(tmp_path))
