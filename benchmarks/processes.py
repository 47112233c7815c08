"""What a user waits for and what it takes in memory: each figure from a process of its own."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from asmsim.engine.compile import CACHE
from asmsim.model.scenarios import scenario
from benchmarks.common import Row, Rows, child, python, warm

HEAVY = "numba, polars, pydantic, hydra, matplotlib.figure"
"""What a run cannot do without."""


def mongolia_1to1(quick: bool) -> Rows:
    """Every miner of Mongolia, one seed on one core, kernel cached."""
    warm(scenario())
    _, found = child("1" if quick else "3", "model.scale=1")
    whole, recorded = found["whole"], found["recorded"]
    yield Row("mongolia_1to1: simulate, 276 months", "", f"{whole:.2f} s")
    yield Row(
        "mongolia_1to1: 2005-2022, 216 months",
        "",
        f"{recorded:.2f} s ({recorded / whole:.0%} of the whole)",
    )
    yield Row("mongolia_1to1: peak memory", "<= 350 MB", f"{found['peak_mb']:.0f} MB", found["peak_mb"] <= 350)
    yield Row("mongolia_1to1: before it", "", f"{found['ready']:.2f} s import, {found['load']:.2f} s kernel load")


def compilation(quick: bool) -> Rows:
    """From the start of Python to the first result, with an empty cache and with a full one."""
    if quick:
        yield Row("compile", "", "left out by --quick")
        return
    with tempfile.TemporaryDirectory() as cache:
        first, cold = child("0", "model.scale=100", ASMSIM_CACHE_DIR=cache)
        again, cached = min(
            (child("0", "model.scale=100", ASMSIM_CACHE_DIR=cache) for _ in range(3)), key=lambda measured: measured[0]
        )
    compiling, loading = cold["load"], cached["load"]
    yield Row("compile: start to first result", "", f"{first:.1f} s ({compiling:.1f} s compiling)")
    yield Row("compile: the same, cached", "", f"{again:.2f} s ({loading:.2f} s loading)")
    yield Row("compile: first over cached", ">= 5", f"{first / again:.1f}", first >= 5 * again)


def cli(quick: bool) -> Rows:
    """The command line, as a user waits for it."""
    times = 2 if quick else 5
    if find_spec("asmsim.__main__") is None:
        yield Row("cli", "", "not available")
        return
    bare = min(python("-c", "import typer, rich.console")[0] for _ in range(times))
    asked = min(python("-m", "asmsim", "--help")[0] for _ in range(times))
    said = f"{asked / bare:.1f} ({asked:.2f} s; {bare:.2f} s)"
    yield Row("cli: asmsim --help over importing its libraries", "<= 3", said, asked <= 3 * bare)
    warm(scenario())
    with tempfile.TemporaryDirectory() as folder:
        ran = min(python("-m", "asmsim", "run", cwd=Path(folder), environment=_cache())[0] for _ in range(times))
    heavy = min(python("-c", f"import {HEAVY}")[0] for _ in range(times))
    said = f"{ran / heavy:.1f} ({ran:.2f} s; {heavy:.2f} s)"
    yield Row("cli: asmsim run, cached, over importing its libraries", "<= 6", said, ran <= 6 * heavy)


def _cache() -> dict[str, str]:
    """The cache that this process uses, for a child elsewhere."""
    return {} if CACHE is None else {"ASMSIM_CACHE_DIR": str(CACHE.parent)}
