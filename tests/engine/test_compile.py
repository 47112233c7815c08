"""The compile cache cannot go stale, and kernels keep to what gives the same bytes everywhere."""

import ast
from pathlib import Path

import pytest

from asmsim.engine import compile as c
from asmsim.model.month import run_months
from asmsim.model.scenario import Scenario
from asmsim.model.simulate import simulate

ROOT = Path(c.__file__).parent.parent


def test_editing_any_compiled_source_changes_the_cache(tmp_path: Path) -> None:
    for sub in ("engine", "model/agents", "model/levers"):
        (tmp_path / sub).mkdir(parents=True)
    (tmp_path / "model/agents/a.py").write_text("x = 1\n")
    (tmp_path / "model/levers/b.py").write_text("x = 1\n")
    first = c.sources_hash(tmp_path)
    (tmp_path / "model/levers/b.py").write_text("x = 2\n")
    assert c.sources_hash(tmp_path) == first, "levers are never compiled in"
    (tmp_path / "model/agents/a.py").write_text("x = 2\n")
    assert c.sources_hash(tmp_path) != first


def test_nothing_outside_the_hashed_sources_is_compiled() -> None:
    hashed = set(c.source_files())
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                marks = {getattr(d, "id", "") for d in node.decorator_list}
                assert path in hashed or not marks & {"rule", "inlined", "kernel"}, path


BANNED = {"hypot", "lgamma", "gamma", "erf", "fsum"}


def rules() -> list[tuple[str, ast.FunctionDef]]:
    found = []
    for path in c.source_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                marks = {getattr(d, "id", "") for d in node.decorator_list}
                if marks & {"rule", "inlined", "kernel"}:
                    found.append((f"{path.name}:{node.name}", node))
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


def test_an_unwritable_cache_falls_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("ASMSIM_CACHE_DIR", str(blocked))
    folder = c.cache_dir()
    assert folder is None or not folder.is_relative_to(blocked)
