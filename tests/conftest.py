"""Small scenarios that every test can afford."""

from pathlib import Path

import pytest

from asmsim.engine.compile import INTERPRETED
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario

# Rules have no entry points when compiled; test_rules.py runs their tests with the compiler off.
collect_ignore = [] if INTERPRETED else ["rules"]

SMALL = ("context=generic", "model.scale=20", "context.end=2012-12")


@pytest.fixture(scope="session")
def small() -> Scenario:
    """Thirteen years of the generic country at 1:20 under all five ingredients."""
    return scenario(*SMALL, "policy=five_ingredients")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
