"""`asmsim sweep` and `asmsim results` as a user types them."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tests.sweep.conftest import TINY

FAST = [*TINY, "legalisation=none,gradual", "-n", "2", "--workers", "0"]


def asmsim(*args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "asmsim", *args], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr[-3000:]
    return done


@pytest.fixture
def swept(elsewhere: Path) -> Path:
    asmsim("sweep", *FAST)
    (folder,) = (elsewhere / "results/sweeps").iterdir()
    return folder.relative_to(elsewhere)


def test_a_sweep_leaves_tables_a_figure_and_what_it_was(swept: Path) -> None:
    names = {p.name for p in swept.iterdir()}
    assert {"manifest.json", "points.csv", "points.parquet", "compact", "log.jsonl", "sweep.png", "sweep.svg"} <= names
    again = asmsim("sweep", *FAST, "--json")
    found = json.loads(again.stdout)
    assert found["status"] == {"ok": 4, "missing": 0}
    assert [row["value"] for row in found["results"]] == ["none", "gradual"]
    assert all(0 <= row["licensed_share"]["q50"] <= 1 for row in found["results"])
    shown = asmsim("results", str(swept)).stdout
    assert "Licensed share of miners" in shown
    lines = (swept / "log.jsonl").read_text().splitlines()
    assert sum(json.loads(line)["runs"] for line in lines) == 4


def test_a_sweep_goes_on_by_its_folder_and_in_shards(elsewhere: Path) -> None:
    asmsim("sweep", *FAST, "--shard", "1/2")
    (folder,) = (elsewhere / "results/sweeps").iterdir()
    done = asmsim("results", str(folder))
    assert "2 missing" in done.stderr
    asmsim("sweep", str(folder), "--workers", "0")
    assert "4 ok." in asmsim("results", str(folder), "--compact").stderr
    assert not list((folder / "parts").iterdir())


def test_results_are_exported(swept: Path) -> None:
    asmsim("results", str(swept), "--to", "summary.csv")
    assert pl.read_csv("summary.csv").height > 4
    asmsim("results", str(swept), "--table", "runs", "--to", "runs.parquet")
    assert pl.read_parquet("runs.parquet").height == 4


def test_one_run_is_run_again(swept: Path) -> None:
    point = pl.read_csv(swept / "points.csv")["point"][0]
    rows = json.loads(asmsim("sweep", str(swept), "--only", f"{point[:8]}:2", "--json").stdout)
    assert {row["date"] for row in rows} >= {"first year", "horizon"}
    assert "POINT:SEED" in asmsim("sweep", str(swept), "--only", "nonsense", code=2).stderr


def test_a_dry_run_writes_nothing_and_advises(elsewhere: Path) -> None:
    text = asmsim("sweep", *FAST, "--dry-run", "--half-width", "0.001", "--outcome", "official_share").stdout
    assert "advised seeds" in text
    found = json.loads(asmsim("sweep", *FAST, "--dry-run", "--outcome", "miners", "--json").stdout)
    assert found["runs"] == 4
    assert found["disk"] > 0
    assert found["seeds"][0] >= 2
    assert list(elsewhere.iterdir()) == []
    assert "miners" in asmsim("sweep", *FAST, "--dry-run", "--outcome", "minrs", code=2).stderr


def test_slurm_prepares_a_folder_and_a_script(elsewhere: Path) -> None:
    asmsim("sweep", *FAST, "--slurm", "3")
    (folder,) = Path("results/sweeps").iterdir()
    script = (folder / "slurm.sh").read_text()
    assert "#SBATCH --array=1-3" in script
    assert f"asmsim sweep {folder.absolute()} \\\n  --shard" in script
    assert subprocess.run(["bash", "-n", str(folder / "slurm.sh")], check=False).returncode == 0
    assert "4 missing" in asmsim("results", str(folder)).stderr
    asmsim("sweep", str(folder), "--slurm", "2")
    assert "#SBATCH --array=1-2" in (folder / "slurm.sh").read_text()
    assert "whole command" in asmsim("sweep", str(folder), "--seeds", "9", code=2).stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["legalisation=none,gradul"], "gradual"),
        (["donor.programme.duration_years=1,99"], "duration_years"),
        (["donor.programme.duration_years=1,2", "--design", "sobl"], "sobol"),
        (["donor.programme.duration_years=1,2", "--seeds", "x"], "--seeds"),
        (["donor.programme.duration_years=1,2", "--shard", "3/2"], "--shard"),
        (["donor.programme.duration_years=1,2", "--keep", "everything"], "--keep"),
        (["--points", "nowhere.csv"], "no such file"),
        (["--order", "rights"], "at least two"),
    ],
)
def test_a_mistake_is_one_clear_line_before_any_work(elsewhere: Path, more: list[str], said: str) -> None:
    done = asmsim("sweep", *TINY, "--workers", "0", *more, code=2)
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert not list(elsewhere.glob("results/sweeps/*"))


def test_help_has_examples() -> None:
    for command in ("sweep", "results"):
        assert f"asmsim {command}" in asmsim(command, "--help").stdout


def test_ctrl_c_stops_and_the_same_command_continues(elsewhere: Path) -> None:
    command = ["sweep", *TINY, "legalisation=none,gradual", "-n", "400", "--workers", "2", "--keep", "summary"]
    running = subprocess.Popen([sys.executable, "-m", "asmsim", *command], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(elsewhere.glob("results/sweeps/*/parts/*.runs.parquet")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "the same command continues" in said
    assert "Traceback" not in said
    found = json.loads(asmsim(*command, "--json").stdout)
    assert found["status"] == {"ok": 800, "missing": 0}
