"""What to be careful of in results: one list, which `run`, `compare`, `sweep` and the Python interface all say."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from asmsim.config.errors import Caution
from asmsim.config.language import mark, tr
from asmsim.model.plan_checks import list_in_several, name_scenarios
from asmsim.sweeps.request.request import StoredSweep, open_sweep

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario
    from asmsim.sweeps.store.results import Results

FEW = 10
"""Fewer seeds, or draws, than this say little about chance."""
FEW_CREWS = 2.0
"""Crews of a district below which a sample is coarse."""
UNFITTED = mark(
    "Parameters stand at their starting values, which are not fitted, and intervals show chance between seeds only; "
    "posterior=mongolia (in other countries posterior=world) takes plausible sets of fitted ones."
)
LOOKED_AT = 8
"""Points of a sweep that are looked at: so many of the largest scale, and so many from first to last."""
SIZED_BY = ("model.scale", "context.", "parameters.crew_slots")


def list_cautions(scenarios: Iterable["Scenario"], seeds: int, draws: int, plain: bool = False) -> list[str]:
    """What to be careful of in runs of some scenarios on so many seeds, each of so many draws; 0 draws = none.

    `plain` leaves out names of settings, and what can only be told with them.
    """
    coarse: list[str] = []

    def look_at_each() -> Iterator[tuple[str, "Scenario"]]:
        for name, each in name_scenarios(scenarios):
            coarse.append(warn_coarse_sample(each))
            yield name, each

    idle = list_in_several(look_at_each(), plain)
    cautions = [warn_few_seeds(seeds, draws), *dict.fromkeys(coarse), "" if draws else tr(UNFITTED)]
    return [text for text in (*cautions, *idle) if text]


def list_sweep_cautions(results: "Results") -> list[str]:
    """What to be careful of in a sweep."""
    points = results.points
    drawn = "draw" in points.collect_schema().names()
    draws = points.select("draw").unique().collect().height if drawn else 0
    there = open_sweep(results.folder)
    named = (there.scenario(k).model_copy(update={"name": _tell_values(there, k)}) for k in choose_points(there))
    texts = list_cautions(named, len(results.manifest.seeds), draws)
    coarse = [text for text in texts if text.startswith(COARSE)]
    return [text for text in texts if text not in coarse[1:]]  # the coarsest says it


def _tell_values(there: StoredSweep, point: int) -> str:
    return ", ".join(f"{key}={value}" for key, value in there.points[point].items()) or f"point {point}"


def choose_points(there: StoredSweep) -> list[int]:
    """Points of a sweep that differ in what decides its samples, the largest scale first; and some from first to last."""
    columns = there.points.columns
    sized = [column for key, column in columns.items() if key.startswith(SIZED_BY)]
    sizes: dict[tuple[str, ...], int] = {}
    for k, base in enumerate(there.of_base):
        sizes.setdefault((base, *(str(column[k]) for column in sized)), k)
    scales = columns.get("model.scale")
    largest = sorted(sizes.values(), key=lambda k: -float(scales[k]) if scales is not None else 0.0)[:LOOKED_AT]
    spread = sorted({k * (len(there.ids) - 1) // (LOOKED_AT - 1) for k in range(LOOKED_AT)})
    return list(dict.fromkeys([*largest, *spread]))


COARSE = "At a scale of 1:"


def warn_coarse_sample(scenario: "Scenario") -> str:
    """A caution where so few crews of a district are simulated that what is left out must be guessed; or nothing."""
    world, crew = scenario.world, scenario.behaviour["crew_slots"]
    crews = float(world.room.sum()) / crew / len(world.names)
    if crews >= FEW_CREWS:
        return ""
    return tr(
        "At a scale of 1:{scale} only {crews} crews stand for a district: a smaller scale is safer.",
        scale=f"{scenario.model.scale:g}", crews=f"{crews:.1f}",
    )  # fmt: skip


def warn_few_seeds(seeds: int, draws: int) -> str:
    """A caution where seeds, or draws, are few; empty otherwise."""
    if draws:
        if draws >= FEW:
            return ""
        return tr(
            "Only {draws} draws of the parameters: intervals are rough; take at least {few} (--draws 32).",
            draws=draws, few=FEW,
        )  # fmt: skip
    if seeds == 1:
        return tr("One seed shows one outcome of chance, so no interval is given; run at least 10 seeds (-n 32).")
    if seeds < FEW:
        return tr("Only {seeds} seeds: intervals are rough; run at least {few} (-n 32).", seeds=seeds, few=FEW)
    return ""


def warn_in_python(cautions: Sequence[str]) -> None:
    """Give cautions as Python's own warnings, at the line of the user's that asked for the runs."""
    for text in cautions:
        warnings.warn(text, Caution, stacklevel=3)
