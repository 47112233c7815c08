"""One seed in a process of its own: `python -m benchmarks.child REPEATS [OVERRIDE ...]`; prints JSON."""

import json
import sys
from time import perf_counter

BEGIN = perf_counter()


def main(repeats: int, overrides: list[str]) -> None:
    """Measure load, a whole run, its recorded months, and peak memory; seconds and MB."""
    from asmsim.config.schema import month_number
    from asmsim.model.scenarios import scenario
    from asmsim.model.simulate import prepare_run, simulate
    from benchmarks.common import best, peak_mb, seconds, warm

    s = scenario(*overrides)
    ready = perf_counter() - BEGIN
    load = seconds(lambda: warm(s))
    whole = best(max(1, repeats), lambda: simulate(s, 1))
    context = s.context
    first = month_number(context.recorded) - month_number(context.start)
    recorded = float("inf")
    for _ in range(repeats):
        run = prepare_run(s, 1)
        run.advance(0, first)
        recorded = min(recorded, seconds(lambda run=run: run.advance(first, context.months)))  # type: ignore[misc]
    print(json.dumps({"ready": ready, "load": load, "whole": whole, "recorded": recorded, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
