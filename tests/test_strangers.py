"""What comes from a stranger stays data: names in scripts, links, modules that lie about, and what documents must say."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest

from asmsim.config.errors import ConfigError
from asmsim.sweeps.api import sweep
from asmsim.sweeps.execute.slurm import write_script
from tests.test_cli import FAST, asmsim
from tests.test_targets import ODD

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str(Path(sys.executable).parent / "asmsim")
INJECTIONS = [
    "a\ntouch hurt\n#",
    "x; touch hurt",
    "$(touch hurt)",
    "`touch hurt`",
    "' ; touch hurt ; '",
    '" touch hurt "',
    "-x",
]
STUBS = {"asmsim": "#!/bin/bash\nprintf '%s\\n' \"$@\"\n"}


@pytest.mark.parametrize("name", INJECTIONS)
def test_no_name_gets_out_of_a_job_script(name: str, tmp_path: Path) -> None:
    folder = tmp_path / f"{ODD} $(touch hurt) `touch hurt` '; touch hurt #"
    folder.mkdir()
    path = write_script(folder, name, 3)
    (tmp_path / "asmsim").write_text(STUBS["asmsim"])
    (tmp_path / "asmsim").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SLURM_ARRAY_TASK_ID": "2"}
    done = subprocess.run(["bash", path], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert done.stdout.splitlines() == ["sweep", str(folder), "--shard", "2/3", "--workers", "1"]
    assert not list(tmp_path.rglob("hurt"))
    (job,) = re.findall(r"^#SBATCH --job-name=(.*)$", path.read_text(), re.MULTILINE)
    assert re.fullmatch(r"\w+", job)
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("wrong", ["a\nb", "a\x1b]0;x\x07", "a\rb"])
def test_a_folder_that_a_script_cannot_carry_is_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="control characters"):
        write_script(tmp_path / wrong, "sweep", 1)
    with pytest.raises(ConfigError, match="control characters"):
        sweep(*FAST[:-2], "donor=none", seeds=1, workers=0, out=tmp_path / wrong)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "slurm.sh").symlink_to("mine")
    write_script(tmp_path, "sweep", 1)
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "slurm.sh").is_symlink()


def test_the_command_that_runs_a_failed_run_again_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / ODD.replace("[", "").replace("]", "")
    # a run that fails: an outcome of a plugin that is no number
    (tmp_path / "own.py").write_text(
        "from asmsim.model.own_outcomes import outcome\n"
        '@outcome(unit="1", label="Own", meaning="nothing")\n'
        "def own(series):\n    return series['miners'] * float('nan')\n"
    )
    command = [PROGRAM, "--plugins", str(tmp_path / "own.py"), "sweep", *FAST[:-2], "donor=none", "-n", "1"]
    done = subprocess.run(
        [*command, "--out", str(folder), "--workers", "0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "own is not finite" in done.stderr
    (again,) = re.findall(r"again: (.*)", done.stderr)
    words = shlex.split(again)
    assert words[:2] == ["asmsim", "sweep"]
    assert Path(words[2]).is_dir()
    assert words[3] == "--only"


def test_no_process_imports_from_the_working_directory(elsewhere: Path) -> None:
    trap = "from pathlib import Path\nPath(__file__).with_suffix('.hurt').write_text('')\nraise SystemExit('trapped')\n"
    for name in ("multiprocessing", "polars", "numpy", "asmsim", "json", "encodings", "sitecustomize"):
        (elsewhere / f"{name}.py").write_text(trap)
    given = ["sweep", *FAST[:-2], "policy=none,minimal_law", "-n", "2", "--workers", "2"]
    done = subprocess.run([PROGRAM, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(elsewhere.rglob("*.hurt"))


def test_what_runs_code_says_so() -> None:
    assert "Its code is run" in " ".join(re.sub("[│╭╮╰╯─]", " ", asmsim("--help").stdout).split())
    shown = " ".join(re.sub("[│╭╮╰╯─]", " ", asmsim("experiment", "run", "--help").stdout).split())
    assert "Python code is run with all your rights" in shown
    assert "no authentication" in (ROOT / "docs/how-to/cluster.md").read_text(encoding="utf-8")


def test_security_says_what_is_promised_and_how_to_report() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for heading in ("How to report", "What is promised", "What is not promised", "Dependencies", "Licences"):
        assert f"## {heading}" in text
    assert "LGPL" in text
    assert "SECURITY.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_package_is_asked_for_that_needs_a_gpl_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=; ]", text)[0].lower() for text in asked}
    pins = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    for name in names:
        try:
            below = {
                re.split(r"[\[<>=; ()!~]", text)[0].lower() for text in requires(name) or [] if "extra ==" not in text
            }
        except PackageNotFoundError:
            continue
        assert "platypus-opt" not in below, name
    assert not {"ema_workbench", "platypus-opt"} & (names | pins)


@pytest.mark.parametrize(
    ("package", "least"),
    [
        ("jinja2", "3.1.6"),
        ("pillow", "12.1.1"),
        ("fonttools", "4.60.2"),
        ("tornado", "6.5.3"),
        ("scikit-learn", "1.5.1"),
    ],
)
def test_floors_exclude_known_advisories(package: str, least: str) -> None:
    assert f'"{package}>={least}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r'pip install .*--upgrade "pip>=\d+[\d.]*" "setuptools>=78', make)
