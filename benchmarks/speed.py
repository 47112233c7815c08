"""Speed inside one process: the whole model, the same rules in plain Python, many seeds on threads."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256

import numpy as np

from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, simulate
from benchmarks.common import Row, Rows, best, seconds, warm
from benchmarks.machine import slot_months_a_second

BEFORE, UNDER = (0, 60), (60, 120)  # months before and under the policy
MACHINE, RATIO = 6.0, 100.0
"""A slot-month takes at most so many times what the machine kernel takes; plain Mesa takes at least so many times ours."""


def full(scale: float) -> Scenario:
    """The generic country with every slot taken: 30,000 / scale slots."""
    return scenario(
        "context=generic",
        "policy=five_ingredients",
        "context.population.slots=1.0",
        f"model.scale={scale}",
        "parameters.exit_base=0.001",
        "parameters.exit_slope=0",
        "parameters.entry_base=0.3",
        "context.end=2009-12",
        "context.recorded=2005-01",
    )


def lives(run: Run, first: int, last: int) -> float:
    """Person-months lived: people present, summed over the months."""
    return float(run.out[first:last, O.miners_present].sum() / run.scenario.model.scale)


def both_periods(s: Scenario, times: int) -> tuple[Run, float, float]:
    """A run to month 120, and the best times of its two periods."""
    before, under = [], []
    for _ in range(times):
        run = warm(s)
        before.append(seconds(partial(run.advance, *BEFORE)))
        under.append(seconds(partial(run.advance, *UNDER)))
    return run, min(before), min(under)


def speed(quick: bool) -> Rows:
    """Slot-months a second of the whole model on one core, at several sizes."""
    sizes = ((0.3, 5), (3.0, 5)) if quick else ((0.3, 5), (3.0, 5), (0.03, 2))
    for scale, times in sizes:
        run, before, under = both_periods(full(scale), times)
        slots = len(run.state.miners)
        machine = slot_months_a_second(slots)
        yield Row(f"speed: {slots:,} slots, the machine", "", f"{machine / 1e6:.1f} M slot-months/s (see machine.py)")
        for period, took, when in ((BEFORE, before, "no policy yet"), (UNDER, under, "five ingredients")):
            months = period[1] - period[0]
            rate = slots * months / took
            share = lives(run, *period) / (slots * months)
            yield Row(
                f"speed: {slots:,} slots, {when}",
                f"machine over ours <= {MACHINE:g}",
                f"{machine / rate:.1f} ({rate / 1e6:.1f} M slot-months/s, {share:.0%} of slots present)",
                machine / rate <= MACHINE,
            )


def plain_mesa(quick: bool) -> Rows:
    """Person-months a second of ours over those of plain Mesa objects, from the same state and turn about."""
    from benchmarks.plain_mesa import PlainModel

    s, (first, months) = full(6.0 if quick else 3.0), (72, 6 if quick else 12)
    ours, theirs = [], []
    for seed in range(2 if quick else 3):
        run = warm(s, seed)
        run.advance(0, first)
        plain = PlainModel(run, first, seed)
        counts: list[int] = []

        def step_all(plain: PlainModel = plain, counts: list[int] = counts) -> None:
            for _ in range(months):
                counts.append(len(plain.agents))
                plain.step()

        theirs.append(seconds(step_all) / sum(counts))
        for _ in range(5):
            run = warm(s, seed)
            run.advance(0, first)
            ours.append(seconds(partial(run.advance, first, first + months)) / lives(run, first, first + months))
    a, b = min(ours), min(theirs)
    yield Row("plain_mesa: plain Python objects", "", f"{1 / b:,.0f} person-months/s ({1e6 * b:.1f} us each)")
    yield Row("plain_mesa: ours, same people", "", f"{1 / a:,.0f} person-months/s ({1e9 * a:.0f} ns each)")
    people, row = list(plain.agents), run.rows[first + months - 1]
    trust, income = (sum(getattr(a, name) for a in people) / len(people) for name in ("trust", "income"))
    gold = s.model.scale * sum(place.gold for place in plain.places) / 1000
    yield Row(
        "plain_mesa: same outcomes? theirs | ours",
        "",
        f"gold kg {gold:.0f} | {row.gold_mined:.0f}, income USD {income:.0f} | {row.income_mean:.0f}, "
        f"trust {trust:.3f} | {row.trust:.3f}",
    )
    yield Row("plain_mesa: ratio", f">= {RATIO:.0f}", f"{b / a:.0f}", b / a >= RATIO)


def seeds32(quick: bool) -> Rows:
    """Many seeds of the default scenario at 1:10, on one thread and on two, turn about."""
    seeds = 8 if quick else 32
    s = scenario("model.scale=10")
    run = warm(s)
    share = recorded_share(run)

    def with_threads(threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda seed: simulate(s, seed), range(seeds)))

    work = (partial(with_threads, 1), partial(with_threads, 2), partial(hash_with, 1), partial(hash_with, 2))
    times = np.array([[seconds(w) for w in work] for _ in range(2 if quick else 5)])
    one, two, *machine = times.min(axis=0)
    slots, months = len(run.state.miners), s.context.months
    ratio, possible = one / two, machine[0] / machine[1]
    name = f"seeds32: {seeds} seeds x {slots:,} slots"
    yield Row(f"{name}, 1 thread", "", f"{one:.2f} s for {months} months; {one * 216 / months:.2f} s scaled to 216")
    yield Row(
        f"{name}, 2 threads",
        "",
        f"{two:.2f} s for {months} months; {two * 216 / months:.2f} s scaled to 216 ({two * share:.2f} s as 2005-2022)",
    )
    measured = f"{ratio:.2f} (SHA-256 on the same threads: {possible:.2f})"
    yield Row("seeds32: ratio of 1 thread to 2", ">= 0.85 of SHA-256's", measured, bool(ratio >= 0.85 * possible))


def hash_with(threads: int) -> None:
    """Hash 320 MB, which shows how much of a second core the machine can spare just now."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: sha256(bytes(40_000_000)).digest(), range(8)))


def recorded_share(run: Run) -> float:
    """Share of a run's time that its last 216 months take."""
    months = run.scenario.context.months
    early = best(1, partial(run.advance, 0, months - 216))
    late = best(1, partial(run.advance, months - 216, months))
    return late / (early + late)
