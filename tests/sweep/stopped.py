"""A sweep one of whose workers stops for ever: `python -m tests.sweep.stopped OUT`."""

import sys
from pathlib import Path

import typer

from asmsim.cli.sweep import allow_stop
from asmsim.cli.terminal import say
from asmsim.sweeps.api import Execution, run_request
from tests.sweep.conftest import asked
from tests.sweep.faults import Faulty

if __name__ == "__main__":
    try:
        with allow_stop():
            faulty = Faulty(stops=((2.0, 3),))
            run_request(asked(), Path(sys.argv[1]), False, Execution(workers=2, run=faulty, say=say))
    except typer.Exit as left:
        sys.exit(left.exit_code)
