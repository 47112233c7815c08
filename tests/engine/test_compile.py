"""The compile cache cannot go stale, and kernels keep to what gives the same bytes everywhere."""

import ast
import shutil
from pathlib import Path

import pytest

from asmsim.config.syntax import Sources
from asmsim.engine import compile as c
from asmsim.engine.kernel_identity import ENTRIES, kernel_id, kernel_id_of
from asmsim.model.month import run_months
from asmsim.model.scenario import Scenario
from asmsim.model.simulate import simulate

ROOT = Path(c.__file__).parent.parent


MARKS = {"rule", "inlined", "kernel"}


def compiled_files() -> list[Path]:
    """Every file with a rule or a kernel in it."""
    return [path for path in sorted(ROOT.rglob("*.py")) if any(decorated(path))]


def decorated(path: Path) -> list[ast.FunctionDef]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = [node for node in tree if isinstance(node, ast.FunctionDef)]
    return [f for f in functions if {getattr(d, "id", "") for d in f.decorator_list} & MARKS]


def test_every_kernel_is_an_entry_of_the_id() -> None:
    kernels = {
        f"asmsim.{path.relative_to(ROOT).with_suffix('').as_posix().replace('/', '.')}:{f.name}"
        for path in compiled_files()
        for f in decorated(path)
        if {getattr(d, "id", "") for d in f.decorator_list} & {"kernel"}
    }
    assert kernels <= set(ENTRIES)


EDITS = {  # file, before, after, and whether it is another model
    "a docstring of a rule": ("model/agents/miner_rules.py", "What a miner decides by", "How a miner decides", False),
    "a comment": ("model/month.py", "@rule\n", "# a comment\n@rule\n", False),
    "what a column means": ("model/state.py", "gold a month at grade 1", "grams a month at grade 1", False),
    "the unit of an outcome": (
        "model/outcomes.py",
        '"persons", "Unregistered miners"',
        '"people", "Unregistered people"',
        False,
    ),
    "a lever": ("model/levers/market.py", "start", "begin", False),
    "a renamed helper": ("model/month.py", "damage_ratio", "damage_over_usual", False),
    "a sign": ("model/month.py", "place.plant += p.plant_wear", "place.plant -= p.plant_wear", True),
    "a month": ("model/month.py", "/ 12.0", "/ 13.0", True),
    "the type of a column": ("model/state.py", 'cash=("f8"', 'cash=("f4"', True),
    "a purpose of draws": ("model/agents/purposes.py", "review: int = 2", "review: int = 3", True),
    "a new handle": ("model/handles.py", "    def __new__(", "    extra = 1\n\n    def __new__(", True),
    "the compiler's options": ("engine/compile.py", '"error_model": "numpy"', '"error_model": "python"', True),
}


@pytest.mark.parametrize(("file", "before", "after", "another"), EDITS.values(), ids=EDITS.keys())
def test_the_models_id_follows_meaning(tmp_path: Path, file: str, before: str, after: str, another: bool) -> None:
    for package in ("model", "engine"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after), encoding="utf-8")
    assert (kernel_id_of(Sources(tmp_path)) != kernel_id()) == another


def test_compiled_code_is_used_again_after_a_reworded_docstring() -> None:
    """The folder of the compiled month is named by the model's id, not by the time of a file."""
    assert c.INTERPRETED or not c.CACHE or Path(run_months._cache.cache_path).name.startswith(kernel_id())


BANNED = {"hypot", "lgamma", "gamma", "erf", "fsum"}


def rules() -> list[tuple[str, ast.FunctionDef]]:
    found = []
    for path in compiled_files():
        found += [(f"{path.name}:{node.name}", node) for node in decorated(path)]
    return found


@pytest.mark.parametrize(("where", "node"), rules(), ids=[w for w, _ in rules()])
def test_rules_use_only_arithmetic_that_gives_the_same_bytes(where: str, node: ast.FunctionDef) -> None:
    for n in ast.walk(node):
        assert not (isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)), f"{where}: ** differs; use math.pow"
        if isinstance(n, ast.Attribute):
            assert n.attr not in BANNED, f"{where}: {n.attr} differs between compiler and interpreter"
            numpy_call = isinstance(n.value, ast.Name) and n.value.id == "np"
            assert not numpy_call or n.attr in {"zeros", "ndarray"}, f"{where}: np.{n.attr} differs"
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name):
            assert n.func.id != "sum", f"{where}: sum in a loop"


def test_one_signature_serves_every_scenario(small: Scenario) -> None:
    simulate(small, 1)
    simulate(small.model_copy(update={"events": ()}), 2**63)
    assert len(run_months.signatures) == 1


def test_an_unwritable_cache_gives_way_to_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("ASMSIM_CACHE_DIR", str(blocked))
    folder = c.cache_dir()
    assert folder is None or not folder.is_relative_to(blocked)
