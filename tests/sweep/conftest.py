"""One small sweep, undisturbed, that others are compared with byte by byte."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asmsim.sweeps.api import How, run_asked
from asmsim.sweeps.request.request import Asked, Wish, ask
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


def asked(*more: str, **wish: Any) -> Asked:
    return ask([*TINY, *(more or VARIED)], Wish(**({"seeds": SEEDS} | wish)))


def files(folder: Path) -> dict[str, bytes]:
    """What a sweep has found and what it was asked, by file name."""
    found = [*folder.glob("*.json"), *folder.glob("points.*"), *folder.glob("bases/*"), *folder.glob("compact/*")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(found)}


def rows(results: Results, table: str = "summary") -> Any:
    """A table in the order of points and seeds."""
    return getattr(results, table).sort("point", "seed", maintain_order=True).collect()


@pytest.fixture(scope="session")
def small_sweep() -> Asked:
    """Eight points on four seeds."""
    return asked()


@pytest.fixture(scope="session")
def undisturbed(small_sweep: Asked, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Its results, run in this process with nothing going wrong."""
    return run_asked(small_sweep, tmp_path_factory.mktemp("undisturbed"), False, How(workers=0))


@pytest.fixture
def swept(small_sweep: Asked, tmp_path: Path) -> Callable[..., Results]:
    """Run the small sweep again, some other way."""

    def run(again: Asked = small_sweep, fork: bool = False, **how: Any) -> Results:
        said: list[str] = []
        return run_asked(again, tmp_path, fork, How(**({"say": said.append} | how)))

    return run
