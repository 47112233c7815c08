"""A missing optional package is answered with the one command that installs it, wherever it is needed."""

import ast
from pathlib import Path

import numpy as np
import pytest

from asmsim.config import extras
from asmsim.config.errors import ConfigError
from asmsim.evidence.condition import adjust
from asmsim.sweeps.execute.executors import choose_pool

ROOT = Path(extras.__file__).parent.parent


@pytest.mark.parametrize(
    ("needs", "extra"),
    [
        (lambda folder: choose_pool(1, "local", 1.0).make(), "cluster"),
        (lambda _: adjust(*np.ones((3, 2, 1)), np.ones(2)), "analysis"),
    ],
    ids=["cluster", "analysis"],
)
def test_a_missing_extra_is_named(needs: object, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=rf'pip install "asmsim\[{extra}\]"'):
        needs(tmp_path)  # type: ignore[operator]


def test_every_import_of_an_optional_package_is_asked_for_first() -> None:
    for path in ROOT.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            inner = list(ast.walk(function))
            modules = {n.module.partition(".")[0] for n in inner if isinstance(n, ast.ImportFrom) and n.module}
            modules |= {a.name.partition(".")[0] for n in inner if isinstance(n, ast.Import) for a in n.names}
            asked = {
                n.args[0].value
                for n in inner
                if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "require_extra"
            }  # type: ignore[attr-defined]
            missing = (modules & extras.PACKAGES.keys()) - asked
            assert not missing, (path.name, function.name, missing)
