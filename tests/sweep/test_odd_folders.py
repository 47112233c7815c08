"""A sweep works wherever it lies, whatever characters its path holds; and sizes and exit codes say what is so."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from asmsim.cli.app import app
from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.sweeps.api import Execution, rerun_one, resume_sweep, run_request
from asmsim.sweeps.execute.driver import Driver
from asmsim.sweeps.request.request import Request
from asmsim.sweeps.store.export import export_results
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import TINY, asked, files, rows
from tests.sweep.faults import Faulty

ODD = [
    "g[2024] study",
    "[!a]*?",
    "a{b,c}{}",
    "~",
    "~nobody",
    'it\'s "quoted"',
    "# k=v, w",
    "größe 金 λ",
    "per%20cent %s",
    "$HOME `id` $(id)",
    "back\\slash",
    "-n",
]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("compact", [False, True])
def test_a_sweep_in_an_odd_folder_is_kept_read_and_continued(
    small_sweep: Request, undisturbed: Results, tmp_path: Path, name: str, compact: bool
) -> None:
    said: list[str] = []
    how = Execution(workers=0, compact=compact, say=said.append)
    results = run_request(small_sweep, tmp_path / name, False, how)
    assert results.status == {"ok": 32, "missing": 0}
    for table in ("summary", "series", "runs"):
        assert (
            rows(open_results(results.folder), table)
            .drop("reproduce", strict=False)
            .equals(rows(undisturbed, table).drop("reproduce", strict=False))
        )
    ran: list[int] = []
    again = run_request(small_sweep, tmp_path / name, False, Execution(workers=0), lambda t: ran.append(t.done))
    assert (ran[-1], said) == (0, []), "nothing is set aside, and nothing run twice"
    assert files(again.folder) == files(undisturbed.folder)
    assert resume_sweep(results.folder, Execution(workers=0)).status["missing"] == 0
    for ending in ("csv", "parquet"):
        export_results(open_results(again.folder), "summary", tmp_path / name / f"out.{ending}")
        assert (tmp_path / name / f"out.{ending}").stat().st_size > 1000


def test_workers_of_their_own_work_in_an_odd_folder(small_sweep: Request, undisturbed: Results, tmp_path: Path) -> None:
    results = run_request(small_sweep, tmp_path / "".join(ODD[:8]), False, Execution(workers=2))
    assert files(results.folder) == files(undisturbed.folder)


@pytest.mark.parametrize("name", ["a{b,c}{}", "it's", "$HOME `id`"])
def test_the_command_for_a_failed_run_can_be_typed(small_sweep: Request, tmp_path: Path, name: str) -> None:
    faulty = Faulty(raises=((2.0, 3),))
    results = run_request(small_sweep, tmp_path / name, False, Execution(workers=0, run=faulty))
    failed = results.runs.filter(pl.col("status") != "ok").collect()
    program, command, folder, option, which = shlex.split(failed["reproduce"][0])
    assert (program, command, option) == ("asmsim", "sweep", "--only")
    assert rerun_one(Path(folder), which).height


def test_tables_are_found_after_a_change_of_folder(
    small_sweep: Request, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = run_request(small_sweep, Path("~"), False, Execution(workers=0))
    lazy = results.summary
    (elsewhere / "other").mkdir()
    monkeypatch.chdir(elsewhere / "other")
    assert lazy.collect().height


def asmsim(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "asmsim", *args], capture_output=True, text=True, check=False)


def test_commands_take_odd_folders(elsewhere: Path) -> None:
    out = "g[2024] k=v, 金 {a,b} #'"
    command = ["sweep", *TINY, "legalisation=none,gradual", "-n", "1", "--workers", "0", "--out", out]
    first = asmsim(*command)
    assert first.returncode == 0, first.stderr
    again = asmsim(*command)
    assert "set_aside" not in first.stderr + again.stderr
    (folder,) = (elsewhere / out).glob("sweep-*")
    for more in (["results"], ["sweep"], ["results", "--compact"], ["results", "--to", f"{out}/x.csv"]):
        done = asmsim(more[0], str(folder.relative_to(elsewhere)), *more[1:])
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    assert pl.read_csv((elsewhere / out / "x.csv").read_bytes()).height


# How much may be asked for.


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["-n", "20240614"], "this is how many seeds are run"),
        (["-n", "1-99999999999"], "99,999,999,999 seeds; at most"),
        (["-n", "²"], "write a number of seeds"),
        (["-n", "9" * 5000], "write a number of seeds"),
        (["--design", "sobol", "--n", "99999999999"], "99,999,999,999 points; at most"),
        (["market.royalty_and_tax.royalty=range(0,0.1,0.000001)"], "points; at most"),
        (["market.royalty_and_tax.royalty=range(0,0.1,0.001)", "-n", "1000000"], "runs; at most"),
        (["--shard", f"1/{'9' * 5000}"], "--shard"),
    ],
)
def test_what_is_too_much_is_said_before_it_is_made(elsewhere: Path, typed: list[str], said: str) -> None:
    key = "donor.programme.duration_years"
    values = "interval(0,10)" if "--design" in typed else "range(0,10,0.01)"
    done = CliRunner().invoke(app, ["sweep", *TINY, f"{key}={values}", "--workers", "0", *typed])
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)
    assert list(elsewhere.iterdir()) == []


def test_tables_count_too(tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("donor.programme.duration_years\n" + "\n".join(str(k / 1000) for k in range(2000)) + "\n")
    with pytest.raises(ConfigError, match=r"2,000,000 points; at most"):
        asked("market.royalty_and_tax.royalty=range(0,0.1,0.0001)", points=points)


# Exit codes.

COMMAND = ["sweep", *TINY, "legalisation=none,gradual", "-n", "1", "--workers", "0"]


def test_a_finished_sweep_with_missing_runs_is_an_error(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Driver, "drive", lambda *_: None)
    done = CliRunner().invoke(app, COMMAND)
    assert done.exit_code == 1
    assert "2 missing" in done.stderr
    monkeypatch.undo()
    monkeypatch.chdir(elsewhere)
    assert CliRunner().invoke(app, [*COMMAND, "--shard", "1/2"]).exit_code == 0, "others run the rest"
    assert CliRunner().invoke(app, COMMAND).exit_code == 0


@pytest.mark.parametrize("command", ["list", "run all", "check all", "render all", "run order"])
@pytest.mark.parametrize("folder", ["empty", "nowhere", "empty/[a] k=v"])
def test_a_folder_that_holds_no_experiment_is_an_error(elsewhere: Path, command: str, folder: str) -> None:
    (elsewhere / "empty" / "[a] k=v").mkdir(parents=True)
    done = CliRunner().invoke(app, ["experiment", *command.split(), "--experiments", folder])
    assert isinstance(done.exception, AsmsimError)
    assert "none in" in str(done.exception) or "no experiments in" in str(done.exception)


def test_results_of_a_folder_that_holds_nothing_are_an_error(elsewhere: Path) -> None:
    empty: list[Callable[[Path], object]] = [Path.mkdir, lambda path: path.write_text(""), lambda _: None]
    for number, make in enumerate(empty):
        make(elsewhere / str(number))
        for command in (["results", str(number)], ["sweep", str(number)]):
            done = CliRunner().invoke(app, command)
            assert isinstance(done.exception, AsmsimError), command
