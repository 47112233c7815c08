"""What commands write: checked before the work, whole or not at all, never over something; and any path will do."""

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.config.paths import expand_path
from asmsim.sweeps.store.parts import StoreError
from asmsim.sweeps.store.targets import check_file, check_folder, whole_file, whole_files, whole_folder, write_table
from tests.test_cli import FAST, asmsim

ODD = "a [b] {c} 'q' \"d\" #e =f, é ü*?~ $(id) `x` ; & %41"
SWEEP = ["sweep", "context=generic", "model.scale=50", "context.end=2007-12", "donor=none", "policy=none,minimal_law"]


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory whose name holds all that a shell, a glob or Hydra's grammar would read."""
    folder = tmp_path / ODD
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sweep."""
    out = tmp_path_factory.mktemp("swept")
    asmsim(*SWEEP, "-n", "2", "--workers", "0", "--out", str(out))
    return next(out.glob("sweep-*"))


def cut_files() -> None:
    """Let no file of this process grow beyond so many bytes, as a full disk would."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))


def fail(*args: str, prepare: Callable[[], None] | None = None) -> str:
    """The one line with which a command fails; what has no effect may be said before."""
    command = [sys.executable, "-m", "asmsim", *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=prepare)
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2, done.stderr
    assert [line for line in lines if line.startswith("error: ")] == lines[-1:], done.stderr
    return lines[-1]


def list_all(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_commands_work_at_an_odd_path(odd: Path, swept: Path) -> None:
    asmsim("run", *FAST, "--out", "out", "--animation", "map.gif")
    assert list(odd.glob("out/*/report.html"))
    asmsim("run", "--scenario", str(next(odd.glob("out/*/scenario.yaml"))), "--out", "again")
    asmsim("compare", "none", "minimal_law", *FAST, "--out", str(odd / "out"))
    asmsim("new", "context", "ghana", "--config-dir", "own")
    asmsim("new", "lever", "savings", "--config-dir", "own")
    asmsim("--plugins", str(odd / "own/savings.py"), "show", "levers", "savings")
    asmsim("draws", "mongolia", "-n", "3", "--to", "draws.parquet")
    asmsim("draws", "prior", "--context", "generic", "-n", "3", "--to", str(odd / "draws.csv"))
    asmsim("run", *FAST[:-1], "1", "posterior=draws.parquet", "--draws", "2")
    asmsim("validate", "pattern=P2", f"posterior={odd / 'draws.parquet'}", "--draws", "2", "-n", "1", "--out", "check")
    assert {"validation.md", "validation/standing.png"} <= list_all(odd / "check")
    for ending in ("csv", "xlsx", "nc", "parquet"):
        asmsim("results", str(swept), "--to", f"table.{ending}")
    asmsim("analyse", "gains", str(swept), "--against", "policy=none", "--to", "gains.csv")
    asmsim("analyse", "subsets", "rights=none,full", "knowledge=none,full", "--to", "subsets.csv")
    assert not [name for name in list_all(odd) if ".asmsim-" in name]


def test_home_is_expanded_everywhere(odd: Path, swept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(odd))
    asmsim("draws", "mongolia", "-n", "2", "--to", "~/draws.parquet")
    asmsim("run", *FAST[:-1], "1", "posterior=~/draws.parquet", "--draws", "2", "--out", "~/results")
    asmsim("results", str(swept), "--to", "~/table.csv")
    assert {"draws.parquet", "table.csv"} <= list_all(odd)
    assert list(odd.glob("results/generic-*/report.html"))
    assert expand_path("~/x") == odd / "x"


@pytest.mark.parametrize("name", ["", "a\nb", "a\x1b[31m", "a\x00b", "tab\t", "\udcff", "a\u202eb"])
def test_a_path_that_nothing_can_carry_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="path '"):
        expand_path(name)


def test_nothing_is_written_over_unless_asked(elsewhere: Path, swept: Path) -> None:
    commands = {
        "draws.csv": ["draws", "mongolia", "-n", "2", "--to", "draws.csv"],
        "table.xlsx": ["results", str(swept), "--to", "table.xlsx"],
        "gains.parquet": ["analyse", "gains", str(swept), "--against", "policy=none", "--to", "gains.parquet"],
        "subsets.csv": ["analyse", "subsets", "rights=none,full", "market=none,full", "--to", "subsets.csv"],
        "validation.md": ["validate", "pattern=P2", "posterior=none", "-n", "1", "--out", "."],
    }
    for name, command in commands.items():
        (elsewhere / name).write_text("mine")
        assert "is there already" in fail(*command)
        assert (elsewhere / name).read_text() == "mine"
        asmsim(*command, "--overwrite")
        assert (elsewhere / name).read_bytes() != b"mine"
    (elsewhere / "nowhere").symlink_to(elsewhere / "other.csv")
    with pytest.raises(ConfigError, match="already"):
        check_file((elsewhere / "nowhere").rename("link.csv").absolute(), "--to", (".csv",))


def test_a_full_disk_ends_in_one_line_and_leaves_nothing(elsewhere: Path, swept: Path) -> None:
    asmsim("run", *FAST, "--out", "warm")  # compiled and cached, so that only results are written
    for command in (
        ["run", *FAST, "--out", "out"],
        ["compare", "none", "minimal_law", *FAST, "--out", "out"],
        ["validate", "pattern=P2", "posterior=none", "-n", "1", "--out", "out"],
        ["draws", "mongolia", "-n", "50", "--to", "out/draws.csv"],
        ["draws", "mongolia", "-n", "50", "--to", "out/draws.parquet"],
        ["results", str(swept), "--table", "series", "--to", "out/series.csv"],
        ["results", str(swept), "--table", "series", "--to", "out/series.parquet"],
        ["results", str(swept), "--table", "series", "--to", "out/series.xlsx"],
        ["results", str(swept), "--table", "series", "--to", "out/series.nc"],
        ["new", "context", "ghana", "--config-dir", "out"],
        ["new", "experiment", "ghana", "--config-dir", "out"],
    ):
        message = fail(*command, prepare=cut_files)
        assert str(elsewhere / "out") in message, message
        assert not list_all(elsewhere / "out"), command


@pytest.mark.parametrize("output", ["closed", "full", "gone"])
def test_results_are_there_though_nothing_can_be_printed(output: str, elsewhere: Path) -> None:
    command = f"{sys.executable} -m asmsim run {' '.join(FAST)}"
    ways = {"closed": f"{command} >&-", "full": f"{command} >/dev/full", "gone": f"{command} | true"}
    done = subprocess.run(ways[output], shell=True, capture_output=True, text=True, check=False)
    (folder,) = (elsewhere / "results/runs").iterdir()
    assert (folder / "manifest.json").is_file()
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert (done.returncode == 2) == (output == "full")


def test_targets_are_checked_before_the_work(elsewhere: Path, swept: Path) -> None:
    (elsewhere / "file").write_text("")
    for command in (
        ["results", str(swept), "--to", "file/table.csv"],
        ["results", str(swept), "--to", "table.ods"],
        ["analyse", "gains", str(swept), "--against", "policy=nobody", "--to", "table.ods"],
        ["draws", "mongolia", "--to", "file/draws.csv"],
        ["validate", "--out", "file"],
        ["calibrate", "--out", "file"],
        ["bench", "--out", "file"],
        ["new", "lever", "savings", "--config-dir", "file"],
        ["run", "--out", "file", "--animation", "map.gif"],
        ["run", "--animation", "file/map.gif"],
    ):
        assert "file" in (message := fail(*command)) or ".ods" in message


def test_a_link_that_leads_to_itself_is_no_folder(elsewhere: Path) -> None:
    (elsewhere / "loop").symlink_to("loop")
    with pytest.raises(ConfigError, match="cannot write there"):
        check_folder(elsewhere / "loop")


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    for target in (whole_file(tmp_path / "a.csv"), whole_folder(tmp_path / "b"), whole_files(tmp_path)):
        with pytest.raises(StoreError, match="no space left"), target as work:  # noqa: PT012
            (work if work.suffix else work / "first").write_text("half")
            raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_of_two_that_write_one_file_the_second_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(AsmsimError, match="already"), whole_file(path) as work:  # noqa: PT012
        work.write_text("second")
        path.write_text("first")
    assert path.read_text() == "first"
    with whole_folder(tmp_path / "b") as one, whole_folder(tmp_path / "b") as other:
        assert one != other
        (one / "x").write_text("same")
        (other / "x").write_text("same")
    assert list_all(tmp_path) == {"a.csv", "b/x"}


def test_a_file_system_without_links_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_table(pl.DataFrame({"a": [1]}), tmp_path / "a.csv")
    with contextlib.suppress(AsmsimError):
        write_table(pl.DataFrame({"a": [2]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "a\n1\n"
