"""One small sweep, undisturbed, that others are compared with byte by byte."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.request.request import Request, SweepOptions, make_request
from asmsim.sweeps.store.results import Results

TINY = (
    "context=generic",
    "policy=five_ingredients",
    "model.scale=200",
    "context.end=2006-12",
    "context.districts={number: 3, provinces: 1}",
)
YEARS = (1, 2, 5, 10)
VARIED = ("legalisation=none,gradual", f"donor.programme.duration_years={','.join(map(str, YEARS))}")
SEEDS = 4


def asked(*more: str, **wish: Any) -> Request:
    return make_request([*TINY, *(more or VARIED)], SweepOptions(**({"seeds": SEEDS} | wish)))


def mount_small_disk(there: Path, options: str) -> Iterator[Path]:
    """A small disk in memory, where this system lets one be mounted."""
    there.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(there)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount command")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield there
    subprocess.run(["umount", str(there)], check=True)


def files(folder: Path) -> dict[str, bytes]:
    """What a sweep has found and what it was asked, by file name."""
    found = [*folder.glob("*.json"), *folder.glob("points.*"), *folder.glob("bases/*"), *folder.glob("compact/*")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(found)}


def rows(results: Results, table: str = "summary") -> Any:
    """A table in the order of points and seeds."""
    return getattr(results, table).sort("point", "seed", maintain_order=True).collect()


@pytest.fixture(scope="session")
def small_sweep() -> Request:
    """Eight points on four seeds."""
    return asked()


@pytest.fixture(scope="session")
def undisturbed(small_sweep: Request, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Its results, run in this process with nothing going wrong."""
    return run_request(small_sweep, tmp_path_factory.mktemp("undisturbed"), False, Execution(workers=0))


@pytest.fixture
def swept(small_sweep: Request, tmp_path: Path) -> Callable[..., Results]:
    """Run the small sweep again, some other way."""

    def run(again: Request = small_sweep, fork: bool = False, **how: Any) -> Results:
        said: list[str] = []
        return run_request(again, tmp_path, fork, Execution(**({"say": said.append} | how)))

    return run
