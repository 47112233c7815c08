"""Run the benchmarks and print one table: `python -m benchmarks [--quick] [--only NAME ...]`."""

import argparse
import subprocess
import sys

from asmsim.engine.compile import INTERPRETED, is_cached
from benchmarks.common import Row, show
from benchmarks.processes import cli, compilation, mongolia_1to1
from benchmarks.speed import plain_mesa, seeds32, speed
from benchmarks.sweeps import against_mesa, driver_memory, histories, overhead

BENCHMARKS = {
    "speed": speed,
    "mongolia_1to1": mongolia_1to1,
    "plain_mesa": plain_mesa,
    "seeds32": seeds32,
    "compile": compilation,
    "cli": cli,
    "sweep": overhead,
    "histories": histories,
    "batch_run": against_mesa,
    "driver": driver_memory,
}


def main() -> int:
    """Run what is asked for; a target missed is shown, not an error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats and smaller runs")
    names = f"one of {', '.join(BENCHMARKS)}; may be repeated"
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=names)
    chosen = parser.parse_args()
    if INTERPRETED:
        parser.error("NUMBA_DISABLE_JIT is set: there is nothing compiled to measure")
    if not is_cached():
        print("compiling the kernel once (about 30 s) ...", file=sys.stderr)
    rows: list[Row] = []
    for name in chosen.only or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            rows.extend(BENCHMARKS[name](chosen.quick))
        except subprocess.CalledProcessError as error:
            last = (error.stderr or "").strip().splitlines()[-1:]
            rows.append(Row(name, "", f"failed: {' '.join(last)}", False))
    show(rows, "asmsim benchmarks (best of several; compare ratios, machines are noisy)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
