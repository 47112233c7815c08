"""The sweep that clusters run, and what it must find."""

import sys
from pathlib import Path

from asmsim.sweeps.api import Execution, run_request
from asmsim.sweeps.request.request import open_sweep
from asmsim.sweeps.store.compaction import compact_parts
from asmsim.sweeps.store.results import Results
from tests.sweep.conftest import SEEDS, TINY, VARIED, asked, files

COMMAND = [*TINY, *VARIED, "--seeds", str(SEEDS)]
"""The same sweep as arguments of `asmsim sweep`."""


def serial(out: Path) -> Results:
    """Its results in this process."""
    return run_request(asked(), out, False, Execution(workers=0))


def same(folder: Path, expected: Path) -> bool:
    """Compare what two sweeps found, once both are compacted."""
    compact_parts(open_sweep(folder))
    return files(folder) == files(expected)


def main() -> None:
    """`python -m tests.cluster.common FOLDER OUT`: compare a sweep's folder with a serial sweep made in OUT."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    if not same(folder, serial(out).folder):
        raise SystemExit(f"{folder} is not what a serial sweep finds")
    print(f"{folder}: the same bytes as a serial sweep")


if __name__ == "__main__":
    main()
