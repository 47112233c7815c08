"""How large a population a machine can carry: one run at growing size, up to every artisanal miner on earth."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

WORLD = (10_000, 100_000, 1_000_000, 10_000_000, 40_000_000)
YEARS = 15


class MeasuredSize(NamedTuple):
    """What one size took; `rate` is slot-months a second, `gigabytes` the peak of the process so far."""

    miners: int
    slots: int
    threads: int
    seconds: float
    rate: float
    gigabytes: float
    digest: str


def make_sized_scenario(miners: int) -> Any:
    """The generic country one to one, with so many miners, 20,000 to a district."""
    from asmsim.model.scenarios import scenario

    return scenario(
        "context=generic",
        "policy=five_ingredients",
        "context.start=2000-01",
        "context.recorded=2000-01",
        "context.policy_start=2002-01",
        f"context.end={1999 + YEARS}-12",
        f"context.population={{miners: {miners}, low: 1, high: {miners}, slots: 1.1}}",
        f"context.districts.number={max(30, miners // 20_000)}",
        f"context.districts.provinces={max(6, miners // 400_000)}",
        "model.scale=1",
    )


def measure_one(miners: int, threads: int) -> MeasuredSize:
    """Simulate one size to its end; the digest tells two runs of the same size apart."""
    import hashlib

    from asmsim.model.simulate import check_conserved, prepare_run

    scenario = make_sized_scenario(miners)
    run = prepare_run(scenario, 1)
    run.advance(0, 0)  # the compiler's share is not counted
    begin = perf_counter()
    run.advance(0, scenario.context.months, threads)
    took = perf_counter() - begin
    check_conserved(run, scenario.context.months)
    slots = len(run.state.miners)
    digest = hashlib.sha256(run.out.tobytes()).hexdigest()[:12]
    return MeasuredSize(miners, slots, threads, took, slots * scenario.context.months / took, measure_peak(), digest)


def measure_peak() -> float:
    """Peak resident memory of this process."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def measure_each(miners: Sequence[int], threads: int, serial_too: int) -> Iterator[MeasuredSize]:
    """Every size on all threads, after one thread for the sizes up to `serial_too`."""
    for number in miners:
        if threads > 1 and number <= serial_too:
            yield measure_one(number, 1)
        yield measure_one(number, threads)


def draw_cost(measured: Sequence[MeasuredSize], path: Path) -> None:
    """Cost of a miner-month against the size of the population."""
    from asmsim.analysis.style import COLOURS, apply_style, make_figure, put_source
    from asmsim.config.provenance import package_version
    from asmsim.sweeps.store.targets import whole_file

    with apply_style():
        figure = make_figure(7, 4.2)
        axes = figure.subplots()
        for k, threads in enumerate(sorted({m.threads for m in measured})):
            mine = [m for m in measured if m.threads == threads]
            name = f"{threads} thread" + ("s" if threads > 1 else "")
            axes.plot(
                [m.miners for m in mine], [1e9 / m.rate for m in mine], "o", color=COLOURS[k], label=name,
                ls="-" if k else "--",
            )  # fmt: skip
        axes.set(xscale="log", xlabel="miners, one to one", ylabel="nanoseconds a slot and month", ylim=(0, None))
        axes.set_title("What a miner costs, by size of the population")
        axes.legend()
        put_source(
            figure, f"Generic country, five ingredients, {YEARS} years, one run each. asmsim {package_version()}"
        )
        with whole_file(path, overwrite=True) as work:
            figure.savefig(work, dpi=130)


def measure_sizes(world: bool, threads: int, out: Path, show: Callable[[MeasuredSize], None]) -> Path:
    """Measure, show each size as it is done, draw; returns the figure's path."""
    miners = WORLD if world else WORLD[:3]
    measured = []
    for size in measure_each(miners, threads, 10_000_000):
        measured.append(size)
        show(size)
    path = out / "cost_per_miner.png"
    draw_cost(measured, path)
    return path
