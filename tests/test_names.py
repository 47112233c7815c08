"""Names in the package: one top-level name for one job, verbs for functions."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "asmsim"
PARTICIPLES = [
    "asked",
    "told",
    "tried",
    "drawn",
    "settled",
    "held",
    "found",
    "said",
    "kept",
    "made",
    "known",
    "given",
    "listed",
    "counted",
    "written",
    "placed",
    "identified",
    "described",
    "judged",
    "laid",
    "named",
    "carried",
    "reported",
]


def top_level() -> list[tuple[str, str, bool]]:
    """Name, module, and whether it is a function, of each definition outside classes; starters are no part of the package."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if "data" in path.parts:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.append((node.name, path.relative_to(ROOT).as_posix(), isinstance(node, ast.FunctionDef)))
    return found


def test_no_top_level_name_has_two_jobs() -> None:
    places = defaultdict(list)
    for name, module, _ in top_level():
        places[name].append(module)
    assert not {name: modules for name, modules in places.items() if len(modules) > 1}


def test_no_function_is_named_by_a_bare_participle() -> None:
    functions = [(name, module) for name, module, function in top_level() if function]
    bare = [f"{m}:{name}" for name, m in functions if name.strip("_").split("_")[0] in PARTICIPLES]
    assert bare == ["model/agents/by_hand.py:found_enterprise"], "to found is a verb"


def test_no_module_lies_at_the_root() -> None:
    assert {path.name for path in ROOT.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_every_package_opens_with_what_it_is_for_and_its_main_names() -> None:
    for path in ROOT.rglob("__init__.py"):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if path.parent != ROOT and path.parent.name != "data":
            assert "main names are" in text, path


def test_no_two_modules_have_one_name() -> None:
    names = [path.name for path in ROOT.rglob("*.py") if path.name != "__init__.py" and "data" not in path.parts]
    assert len(set(names)) == len(names)
