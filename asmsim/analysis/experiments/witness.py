"""Witnesses: a few runs of an experiment, kept as numbers, by which it is proved that its results still hold.

An id says whether anything that decides a result has changed; a witness says whether the change matters.  Each is one
run of one of the experiment's sweeps.  Kept are, of every outcome, its mean over all months and over the last twelve, to
13 significant digits, and of every month a digest of all outcomes, which tells where a difference begins.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.experiments.experiment_plan import Experiment
from asmsim.config.schema import month_name, month_number
from asmsim.evidence.posterior import draw_for
from asmsim.model.inputs_identity import inputs_id
from asmsim.model.outcomes import O
from asmsim.model.scenario import Scenario, make_scenario
from asmsim.model.scenarios import from_mapping
from asmsim.model.simulate import simulate
from asmsim.sweeps.request.bases import compose_bases
from asmsim.sweeps.request.dimensions import split_dimensions
from asmsim.sweeps.request.overlay import overlay
from asmsim.sweeps.request.points import PARAMETERS, Points
from asmsim.sweeps.request.request import Request

SAVED = "witnesses.json"
NUMBER = 8
"""Witnesses of an experiment."""
DIGITS, COARSE_DIGITS = 13, 9
"""Significant digits that must agree, and those that the digest of a month looks at: it only tells where to look."""
OUTCOMES = tuple(o for o in O if o.group != "check")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Witness:
    """One run of an experiment.

    Attributes
    ----------
    sweep
        Name of its sweep in `experiment.yaml`.
    values
        What the point sets beside the sweep's fixed overrides; behaviour parameters that are drawn left out.
    draw
        Number of its draw of behaviour parameters; None where none are drawn.
    not_drawn
        Parameters of that draw that the sweep sets itself.
    inputs
        `inputs_id` of its scenario.
    months
        Eight hexadecimal digits for each month recorded.
    means
        Outcome: its mean over all months recorded, and over the last twelve.
    """

    sweep: str
    values: dict[str, Any]
    draw: int | None
    not_drawn: tuple[str, ...]
    seed: int
    inputs: str
    months: str
    means: dict[str, tuple[float, float]]

    @property
    def where(self) -> str:
        """Which run it is, in words."""
        shown = [f"{key}={value}" for key, value in self.values.items() if not key.startswith(PARAMETERS)]
        draw = "" if self.draw is None else f", draw {self.draw}"
        return f"sweep {self.sweep} ({', '.join(shown) or 'its only point'}{draw}, seed {self.seed})"


def spread_witnesses(experiment: Experiment, requests: Mapping[str, Request]) -> list[Witness]:
    """Choose runs spread evenly over an experiment's sweeps and points, and keep what they give.

    Parameters
    ----------
    requests
        Its sweeps by name, as they were run.
    """
    chosen: list[Witness] = []
    names = list(requests)
    for n, name in enumerate(names):
        share = NUMBER // len(names) + (n < NUMBER % len(names))
        request = requests[name]
        for k in range(share):
            point = (2 * k + 1) * len(request.ids) // (2 * share)
            chosen.append(_chosen(experiment, name, request, point))
    return keep_witnesses(experiment, chosen)


def _chosen(experiment: Experiment, name: str, request: Request, point: int) -> Witness:
    plan = experiment.plan.sweeps[name]
    values = dict(request.points[point])
    draws = request.points.carried.get("draw")
    draw, not_drawn, seed = None, [], request.seeds[0]
    if plan.posterior != "none" and draws is not None:
        base = from_mapping(request.data[request.of_base[point]])
        known = draw_for(plan.posterior, plan.draws, base, seed=plan.draw_seed).values[int(draws[point])]
        not_drawn = sorted(key for key, value in known.items() if values.get(f"{PARAMETERS}{key}") != value)
        taken = {f"{PARAMETERS}{key}" for key in known if key not in not_drawn}
        values = {key: value for key, value in values.items() if key not in taken}
        draw = int(draws[point])
    return Witness(name, values, draw, tuple(not_drawn), seed, "", "", {})


def find_scenario(experiment: Experiment, witness: Witness) -> Scenario:
    """Return what a witness runs, composed as the sweep composes it."""
    plan = experiment.plan.sweeps[witness.sweep]
    fixed, _ = split_dimensions(plan.overrides)
    points = Points({key: [value] for key, value in witness.values.items()})
    base = compose_bases(fixed, points)[points.choices(0)].data
    drawn: dict[str, Any] = {}
    if witness.draw is not None:
        values = draw_for(plan.posterior, plan.draws, from_mapping(base), seed=plan.draw_seed).values[witness.draw]
        drawn = {f"{PARAMETERS}{k}": v for k, v in values.items() if k not in witness.not_drawn}
    return make_scenario(overlay(base, witness.values | drawn))


def keep_witnesses(experiment: Experiment, chosen: Sequence[Witness]) -> list[Witness]:
    """Run witnesses and keep what they give."""
    scenarios = [find_scenario(experiment, witness) for witness in chosen]
    with ThreadPoolExecutor(2) as pool:
        series = list(pool.map(lambda pair: run_recorded(*pair), zip(scenarios, [w.seed for w in chosen], strict=True)))
    return [
        Witness(w.sweep, w.values, w.draw, w.not_drawn, w.seed, inputs_id(s), digest_months(v), mean_outcomes(v))
        for w, s, v in zip(chosen, scenarios, series, strict=True)
    ]


def run_recorded(scenario: Scenario, seed: int) -> Floats:
    """(month, outcome) of the months recorded."""
    context = scenario.context
    scenario.plan.arrays  # noqa: B018  made before the run, so that threads do not make it twice
    return simulate(scenario, seed).out[month_number(context.recorded) - month_number(context.start) :, OUTCOMES]


def round_significant(values: Floats, digits: int) -> Floats:
    """Round to so many significant digits."""
    rounded = [float(f"{value:.{digits - 1}e}") + 0.0 for value in values.ravel().tolist()]  # -0.0 becomes 0.0
    return np.array(rounded).reshape(values.shape)


def digest_months(series: Floats) -> str:
    """Eight hexadecimal digits for each month of (month, outcome) values."""
    rounded = round_significant(series, COARSE_DIGITS)
    return "".join(hashlib.sha256(row.tobytes()).hexdigest()[:8] for row in rounded)


def mean_outcomes(series: Floats) -> dict[str, tuple[float, float]]:
    """Means of each outcome over all months and over the last twelve, those that are always 0 left out."""
    means = round_significant(np.stack([series.mean(0), series[-12:].mean(0)]), DIGITS)
    return {o.name: (float(a), float(b)) for o, a, b in zip(OUTCOMES, *means, strict=True) if a or b}


def compare_witness(experiment: Experiment, witness: Witness, again: Witness) -> str:
    """Say what is the first difference between a witness and the same run again; nothing where they agree."""
    names = [o.name for o in OUTCOMES if not _agree(witness.means.get(o.name), again.means.get(o.name))]
    if not names and len(witness.months) == len(again.months):
        return ""
    context = find_scenario(experiment, witness).context
    pairs = [(witness.months[k : k + 8], again.months[k : k + 8]) for k in range(0, len(witness.months), 8)]
    first = next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs) - 1)
    month = month_name(month_number(context.recorded) + first)
    if not names:
        return f"{witness.where}: {len(witness.months) // 8} months were recorded, now {len(again.months) // 8}"
    name = names[0]
    was, now = (w.means.get(name, (0.0, 0.0))[0] for w in (witness, again))
    others = f" and {len(names) - 1} other outcomes differ" if len(names) > 1 else ""
    given = "" if witness.inputs == again.inputs else "; the run is given other inputs"
    return f"{witness.where}: from {month} on {O[name].label} ({name}: mean {was:.13g}, now {now:.13g}){others}{given}"


def _agree(was: Sequence[float] | None, now: Sequence[float] | None) -> bool:
    return bool(np.allclose(was or (0.0, 0.0), now or (0.0, 0.0), rtol=10.0 ** (1 - DIGITS) * 5, atol=1e-300))


def check_witnesses(experiment: Experiment, folder: Path) -> list[str]:
    """Run an experiment's witnesses again; returns a line for each that differs."""
    kept = load_witnesses(folder)
    again = keep_witnesses(experiment, kept)
    lines = [compare_witness(experiment, was, now) for was, now in zip(kept, again, strict=True)]
    return [line for line in lines if line]


def save_witnesses(witnesses: Sequence[Witness], folder: Path) -> None:
    """Write witnesses beside the results that they stand for."""
    lines = ",\n".join(json.dumps(asdict(witness)) for witness in witnesses)
    (folder / SAVED).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def load_witnesses(folder: Path) -> list[Witness]:
    """Read the witnesses of a result.

    Raises
    ------
    ConfigError
        There are none, or they cannot be read.
    """
    from asmsim.config.errors import ConfigError

    path = folder / SAVED
    if not path.is_file():
        raise ConfigError(f"{folder}: no {SAVED}; run the experiment, which writes it")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [
            Witness(**{**w, "not_drawn": tuple(w["not_drawn"]), "means": {k: tuple(v) for k, v in w["means"].items()}})
            for w in found
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); restore it, or run the experiment again") from error
