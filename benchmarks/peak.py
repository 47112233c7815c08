"""Peak memory; apart from `common`, which loads the compiler."""

import sys
from pathlib import Path


def peak_mb() -> float:
    """Peak resident memory of this process, MB.

    `getrusage` is the second choice: on Linux a child's figure begins at its parent's peak.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (2**20 if sys.platform == "darwin" else 2**10)
