"""Points of the experiment: durations with each own share and taper, each as far as it is asked about."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from asmsim.sweeps.store.results import Results

YEARS, TAPER = "donor.programme.duration_years", "donor.programme.taper_years"
SHARE, GROWTH, MOST = (f"donor.local_ownership.{name}" for name in ("own_share", "growth_a_year", "most"))
END = "context.end"
OWN = "own"
OWNS = ("none", "growing", "large at once")
"""How partners come to carry the work: not at all; a tenth more each year; four fifths from the first day."""
SHARES = ((0.0, 0.0, 0.0), (0.0, 0.1, 0.8), (0.8, 0.0, 0.8))
"""Own share at first, growth a year and most of each of these."""
TAPERS, LONGEST = (0, 2, 4), 20
START = 2005
WHEN = {"at exit": 0, "five years after exit": 5, "ten years after exit": 10}
LAST = "thirty years after the start"


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """Return durations with each own share and taper, each as far as it is asked about.

    With a growing own share and no taper to thirty years after the start, with another own share to ten years after
    exit, with a taper to five.
    """
    step = LONGEST // plan.size
    rows = []
    for own, share in zip(OWNS, SHARES, strict=True):
        for taper in TAPERS:
            after = WHEN["five years after exit"] if taper else 30 if own == OWNS[1] else WHEN["ten years after exit"]
            for years in range(step, LONGEST + 1, step):
                end = f"{min(START + 29, START + years + after - 1)}-12"
                rows.append(
                    dict(zip((SHARE, GROWTH, MOST), share, strict=True)) | {TAPER: taper, YEARS: years, END: end}
                )
    return pl.DataFrame(rows)
