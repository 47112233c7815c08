"""Results go stale when what decides them changes, and only then; a check names what differs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ID = "legal_pace"
LEVER = '''

@lever
class Unused(Lever):
    """A lever that no policy doses."""

    ingredient: ClassVar[str] = "market"
    name: ClassVar[str] = "unused"
    label: ClassVar[str] = "An unused lever"
    acts_on: ClassVar[str] = "nothing"
    fails: ClassVar[str] = "always"

    def plan(self, grid: Grid) -> Iterator[Write]:
        """Plan nothing."""
        return iter(())
'''
SAME = {  # file, text before, text after
    "docstring of a rule": ("asmsim/model/month.py", "Land damage over what is usual", "Damage of land over the usual"),
    "message": ("asmsim/model/plan.py", "is outside the horizon", "lies beyond the horizon"),
    "comment in YAML": ("configs/context/generic.yaml", "\n", "\n# a comment\n"),
    "title of a context": ("configs/context/generic.yaml", "Generic country", "Another country"),
    "meaning of a parameter": ("configs/parameters.csv", "slots of a band", "places of a crew"),
    "unused lever": ("asmsim/model/levers/market.py", None, LEVER),
    "renamed helper of the model": ("asmsim/model/month.py", "damage_ratio", "damage_over_usual"),
    "renamed helper of the reading": ("asmsim/analysis/gains.py", "check_paired", "check_pairs"),
    "words of a finding": (f"experiments/{ID}/describe.py", '"""', '"""Words: '),
}
OTHER = {  # file, text before, text after, what the list says, what the check names
    "sign in a rule": (
        "asmsim/model/agents/miner_rules.py",
        "+ p.taste_trust *",
        "- p.taste_trust *",
        "model",
        r"sweep main \(.*\): from \d{4}-\d\d on ",
    ),
    "default dose": (
        "asmsim/model/levers/rights.py",
        'field(6.0, "cost of a visit"',
        'field(7.0, "cost of a visit"',
        "inputs",
        r"sweep main \(.*\): from \d{4}-\d\d on .*the run is given other inputs",
    ),
    "reporter": (
        "asmsim/model/outcomes.py",
        "row.licensed_share = over(",
        "row.licensed_share = 1.001 * over(",
        "model",
        r"Licensed share of miners \(licensed_share: mean [\d.e-]+, now [\d.e-]+\)",
    ),
}


def asmsim(folder: Path, *typed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asmsim", "experiment", *typed]
    own = os.environ | {"PYTHONPATH": str(folder)}  # the copy, and not the package that is installed
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one experiment, small, and its results of today's model, whatever the shipped ones are of."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("asmsim", "configs", f"experiments/{ID}"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.png", "*.pdf"))
    shutil.copytree(ROOT / "configs/posterior", folder / "configs/posterior", dirs_exist_ok=True)
    plan = folder / f"experiments/{ID}/experiment.yaml"
    text = plan.read_text(encoding="utf-8")
    assert "draws: 72" in text
    plan.write_text(text.replace("draws: 72", "draws: 4"), encoding="utf-8")
    done = asmsim(folder, "run", ID)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def copied(project: Path, folder: Path, file: str, before: str | None, after: str) -> Path:
    """That project, one file of it edited."""
    for name in ("asmsim", "configs", f"experiments/{ID}", f"results/{ID}"):
        shutil.copytree(project / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert before is None or before in text, f"{file} has changed: {before!r} is no longer in it"
    (folder / file).write_text(text + after if before is None else text.replace(before, after), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("file", "before", "after"), SAME.values(), ids=SAME.keys())
def test_words_and_what_is_not_used_leave_results_as_they_are(
    project: Path, tmp_path: Path, file: str, before: str | None, after: str
) -> None:
    folder = copied(project, tmp_path, file, before, after)
    done = asmsim(folder, "list")
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout, done.stdout


@pytest.mark.parametrize(("file", "before", "after", "listed", "named"), OTHER.values(), ids=OTHER.keys())
def test_a_change_of_meaning_is_listed_and_the_check_says_where_it_begins(
    project: Path, tmp_path: Path, file: str, before: str, after: str, listed: str, named: str
) -> None:
    folder = copied(project, tmp_path, file, before, after)
    assert f"changed since: {listed}" in " ".join(asmsim(folder, "list").stdout.split())
    done = asmsim(folder, "check", ID)
    assert done.returncode == 2
    assert "no longer hold" in done.stdout
    assert re.search(named, " ".join(done.stdout.split())), done.stdout


def test_results_that_hold_can_be_signed_and_others_cannot(project: Path, tmp_path: Path) -> None:
    folder = copied(project, tmp_path, "configs/parameters.csv", "slots of a band", "places of a crew")
    path = folder / f"results/{ID}/provenance.json"
    signed = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"kernel_id": "\w+"', '"kernel_id": "0"', signed), encoding="utf-8")
    assert "changed since: model" in " ".join(asmsim(folder, "list").stdout.split())
    done = asmsim(folder, "check", ID, "--sign")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the results hold" in done.stdout
    assert "up to date" in asmsim(folder, "list").stdout
    witnesses = folder / f"results/{ID}/witnesses.json"
    text = witnesses.read_text(encoding="utf-8")
    witnesses.write_text(re.sub(r'("miners": \[)(\d)', r"\g<1>1\g<2>", text, count=1), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert asmsim(folder, "check", ID, "--sign").returncode == 2
    assert path.read_text(encoding="utf-8") == before
