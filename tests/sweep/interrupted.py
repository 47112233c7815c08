"""A sweep that its test kills: `python -m tests.sweep.interrupted OUT SECONDS_A_RUN`."""

import sys
from pathlib import Path

from asmsim.sweeps.api import Execution, run_request
from tests.sweep.conftest import asked
from tests.sweep.faults import Faulty

if __name__ == "__main__":
    run_request(asked(), Path(sys.argv[1]), False, Execution(workers=2, run=Faulty(slow=float(sys.argv[2]))))
