"""Experiments: hypotheses stand before findings, findings are those of the results, and every one of them runs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asmsim.analysis.experiment import MARK, SweepPlan, known, load, put_finding
from asmsim.cli import app
from asmsim.config.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
EXPERIMENTS = ROOT / "experiments"
STANDARD = {
    "five_ingredients", "legal_pace", "buying_centres", "project_duration", "turnover", "mongolia_history", "order",
    "robust_policy", "sensitivity", "failure_modes",
}  # fmt: skip


def test_the_standard_experiments_are_there_with_question_and_hypotheses() -> None:
    assert set(known(EXPERIMENTS)) == STANDARD
    for name in STANDARD:
        text = (EXPERIMENTS / name / "README.md").read_text(encoding="utf-8")
        parts = [text.index(word) for word in ("**Question.**", "**Hypotheses**", "**Design.**", MARK)]
        assert parts == sorted(parts)
        assert load(name, EXPERIMENTS).plan.minutes > 0


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_a_finding_in_a_readme_is_that_of_the_results(name: str) -> None:
    found = ROOT / "results" / name / "finding.md"
    text = (EXPERIMENTS / name / "README.md").read_text(encoding="utf-8").split(MARK)[1]
    if not found.is_file():
        assert text.strip() == "Not run yet."
        return
    assert text.strip() == found.read_text(encoding="utf-8").strip()
    told = json.loads((found.parent / "provenance.json").read_text(encoding="utf-8"))
    assert told["command"] == f"asmsim experiment run {name}", "a quick run finds nothing"


def test_every_experiment_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: (EXPERIMENTS / name / "README.md").read_bytes() for name in STANDARD}
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["experiment", "run", "all", "--quick", "--experiments", str(EXPERIMENTS)])
    assert done.exit_code == 0, done.output
    for name in STANDARD:
        folder = tmp_path / "results" / f"{name}-quick"
        assert (folder / "finding.md").read_text(encoding="utf-8").count("Hypothesis") >= 3
        assert list(folder.glob("*.csv"))
        assert list(folder.glob("*.png"))
        assert "data:image/png;base64," in (folder / "index.html").read_text(encoding="utf-8")
        assert (EXPERIMENTS / name / "README.md").read_bytes() == before[name], "a quick run leaves the finding alone"
    assert list((tmp_path / "results" / "robust_policy-quick" / "policy").glob("robust_*.yaml"))


def test_what_cannot_be_an_experiment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'order'"):
        load("ordr", EXPERIMENTS)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "experiment.yaml").write_text("title: x\nminutes: 1\nsweeps: {a: {overides: []}}\n")
    with pytest.raises(ConfigError, match="overides"):
        load("mine", tmp_path)
    assert SweepPlan(overrides=("a=1",)).posterior == "mongolia"


def test_a_finding_replaces_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# X\n\n{MARK} Not run yet.\n")
    put_finding(page, "- first\n")
    put_finding(page, "- second\n")
    assert page.read_text() == f"# X\n\n{MARK}\n\n- second\n"
