"""What the page is sent of a pair of samples: fans, the headline, marks on the time axis, costs, single runs, maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.statistics import QUANTILES, is_clear, measure_fan
from asmsim.config.schema import month_number
from asmsim.model.means import mean_defined
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import find_outcome
from asmsim.model.simulate import PLACE_OUTCOMES
from asmsim.workshop.pairing import MAPPED, RunSample
from asmsim.workshop.preset import RUNS, Preset, WorkshopState

Floats = npt.NDArray[np.float64]
SINGLE_RUNS = 20
NAMES = ("mean", *(f"q{round(100 * q):02d}" for q in QUANTILES))
"""Rows of a fan: the mean over runs, which the page shows, and quantiles, which are its bands."""
WORLDS = ("baseline", "yours", "difference")
MAP_UNITS = {"licensed_share": "share", "mercury_kg": "kg/month", "stigma": "1"}


def to_plain(values: Floats) -> Any:
    """Return an array as lists, with None where nothing is defined."""
    known = np.isfinite(values)
    if known.all():
        return values.tolist()
    plain = values.astype(object)
    plain[~known] = None
    return plain.tolist()


def list_shown(preset: Preset, state: WorkshopState) -> list[str]:
    """Name the outcomes of a frame: the preset's, and the one that the page shows large."""
    return list(dict.fromkeys([*preset.outcomes.names, *([state.outcome] if state.outcome else [])]))


def make_frame(preset: Preset, state: WorkshopState, pair: tuple[RunSample, RunSample], runs: int) -> dict[str, Any]:
    """Return what the first runs of both scenarios come to, in the form of the page's contract."""
    base, yours = pair
    names = list_shown(preset, state)
    return {
        "runs": runs,
        "of": RUNS,
        "years": base.years,
        "markers": find_markers(base, yours),
        "outcomes": {name: summarise_pair(pair, name, runs) for name in names},
        "cost": {"donor": _add_cost(pair, O.cost_donor, runs), "state": _add_cost(pair, O.cost_government, runs)},
        "resolution": preset.resolution,
        "final": runs >= RUNS,
    }


def summarise_pair(pair: tuple[RunSample, RunSample], name: str, runs: int) -> dict[str, Any]:
    """Return fans by year of one outcome in both scenarios and of the paired difference, and the headline.

    The headline has the means of the last year, so that its levels and its difference add up, and between `low` and
    `high` nine paired differences in ten.
    """
    outcome = find_outcome(name)
    base, yours = (sample.take(runs, [outcome])[:, :, 0] for sample in pair)
    fans = {
        world: {row: to_plain(values) for row, values in zip(NAMES, fan, strict=True)}
        for world, fan in zip(WORLDS, measure_worlds(base, yours), strict=True)
    }
    last = fans["difference"]
    headline = {
        "year": pair[0].years[-1],
        **{world: fans[world]["mean"][-1] for world in WORLDS},
        "low": last[NAMES[1]][-1],
        "high": last[NAMES[-1]][-1],
        "clear": bool(is_clear((yours - base)[:, -1], outcome.unit)),
    }
    return {"unit": outcome.unit, **fans, "headline": headline}


def measure_worlds(base: Floats, yours: Floats) -> list[Floats]:
    """Return a (row, ...) fan of (run, ...) values of the baseline, of the changed scenario, and of the difference.

    The mean of the difference is the difference of the means: the baseline's mean does not depend on the levers, and
    the three add up even where an outcome is not defined in some run.
    """
    means = [mean_defined(values, 0) for values in (base, yours)]
    means.append(means[1] - means[0])
    worlds = (base, yours, yours - base)
    return [np.stack([mean, *measure_fan(values)]) for mean, values in zip(means, worlds, strict=True)]


def _add_cost(pair: tuple[RunSample, RunSample], outcome: O, runs: int) -> float:
    """Mean over runs of the USD that the changed scenario costs more over all years, not discounted."""
    base, yours = (sample.take(runs, [outcome])[:, :, 0] for sample in pair)
    return float(((yours - base) * pair[0].months_of_years).sum(1).mean())


def find_markers(base: RunSample, yours: RunSample) -> list[dict[str, Any]]:
    """Return what to mark on the time axis: the law, elections, the end of the programme, in which scenario."""
    found: list[dict[str, Any]] = []
    for what in ("law", "exit"):
        years = [sample.dates.get(what) for sample in (base, yours)]
        if years[0] == years[1]:
            found += [{"year": years[0], "what": what, "of": "both"}] if years[0] is not None else []
        else:
            pairs = zip(("baseline", "yours"), years, strict=True)
            found += [{"year": year, "what": what, "of": of} for of, year in pairs if year is not None]
    context = base.made.context
    first, last = month_number(context.recorded), month_number(context.end)
    for month in context.elections:
        if first <= month_number(month) <= last:
            found.append({"year": month_number(month) / 12, "what": "election", "of": "both"})
    return found


def list_singles(pair: tuple[RunSample, RunSample], name: str) -> dict[str, Any]:
    """Return twenty single runs of each scenario, year by year."""
    column = find_outcome(name)
    base, yours = (to_plain(sample.take(SINGLE_RUNS, [column])[:, :, 0]) for sample in pair)
    return {"outcome": name, "years": pair[0].years, "baseline": base, "yours": yours}


def map_districts(pair: tuple[RunSample, RunSample]) -> dict[str, Any]:
    """Return means over the first runs by district and year, and where the districts lie (degrees east and north)."""
    grid = pair[0].made.plan.grid
    districts = [
        {"name": name, "province": province, "x": float(x), "y": float(y)}
        for name, province, x, y in zip(grid.names, grid.provinces, grid.lon, grid.lat, strict=True)
    ]
    outcomes: dict[str, Any] = {}
    for name, unit in MAP_UNITS.items():
        base, yours = (_district_means(sample, PLACE_OUTCOMES, name) for sample in pair)
        outcomes[name] = {"unit": unit, "baseline": base, "yours": yours}
    return {"years": pair[0].years, "districts": districts, "outcomes": outcomes, "runs": MAPPED}


def _district_means(sample: RunSample, names: Sequence[str], name: str) -> Any:
    """(district, year) means over the runs that are mapped."""
    return to_plain((sample.places[:, names.index(name)] / min(MAPPED, len(sample.values))).T)
