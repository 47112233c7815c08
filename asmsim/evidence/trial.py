"""The formality demand curve as an experiment inside the model (patterns V6a and V6b).

Districts that are alike in everything are the arms; what an arm is offered reaches its miners through
handles alone, for twelve months.  A payment is a multiple of the sample's median net cash income over
the year before, the same USD for all, on proof of a licence within the twelve months.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.errors import ConfigError
from asmsim.config.schema import month_name, month_number
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import from_mapping
from asmsim.model.simulate import Run, make_orders, prepare_run
from asmsim.model.state import BETWEEN_PLOTS, LICENSED

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

BEGINS = "2005-01"
FOLLOW_UPS = (12, 24, 36)
CONTROL = "nothing"
HOLDS = (LICENSED, BETWEEN_PLOTS)

ARMS: Mapping[str, Mapping[str, Any]] = {
    CONTROL: {},
    "information": {"leaflet": 1.0},
    "refund": {"leaflet": 1.0, "refund": 1.0},
    "half_month": {"leaflet": 1.0, "payment": 0.5},
    "one_month": {"leaflet": 1.0, "payment": 1.0},
    "two_months": {"leaflet": 1.0, "payment": 2.0},
    "visit": {"visit": 1.0},
    "visit_services": {"visit": 1.0, "services": 1.0},
    "inspector": {"inspector": 1.0},
}
"""What each arm is offered: `leaflet`, `visit` and `inspector` in the first month; `refund` of the fee,
`services` with the visit and `payment` (months of median profit) over the twelve."""


def trial_events(ybar: float) -> list[dict[str, Any]]:
    """The arms as dated events; `ybar` is a month of median profit, USD."""
    first = month_number(BEGINS)
    once = {"from": BEGINS, "until": month_name(first + 1)}
    year = {"from": BEGINS, "until": month_name(first + 12)}
    found = []
    for arm, offer in ARMS.items():
        briefly = {
            "miners.leaflets": offer.get("leaflet", 0.0),
            "miners.rights_visits": offer.get("visit", 0.0),
            "miners.visit_services": offer.get("services", 0.0),
            "enforcement.inspections": offer.get("inspector", 0.0),
        }
        lasting = {
            "law.fee_subsidy": offer.get("refund", 0.0),
            "law.licence_payment": offer.get("payment", 0.0) * ybar,
        }
        for when, handles in ((once, briefly), (year, lasting)):
            written = {path: value for path, value in handles.items() if value}
            if written:
                found.append({**when, "set": written, "district": [arm]})
    return found


def median_profit(run: Run) -> float:
    """Median net cash income of the arms' miners over the 12 months before the trial, USD a month."""
    places = [run.scenario.world.names.index(arm) for arm in ARMS]
    miners = run.state.miners
    there = (miners.present == 1) & np.isin(miners.district, places)
    return float(np.median(miners.income[there]))


def check_trial_country(control: Scenario, follow_ups: Sequence[int]) -> None:
    """Refuse a country in which the trial cannot be held."""
    context = control.context
    missing = [arm for arm in ARMS if arm not in control.world.names]
    if missing:
        raise ConfigError(
            f"context {context.name}: the trial needs a district for each arm; none: {', '.join(missing)}"
        )
    last = month_number(BEGINS) + max(follow_ups) - 1
    if not month_number(context.start) < month_number(BEGINS) <= last <= month_number(context.end):
        raise ConfigError(
            f"context {context.name}, {context.start} to {context.end}: the trial begins in {BEGINS}, and its last effect is of {month_name(last)}"
        )


@dataclass(frozen=True)
class Sample:
    """Informal miners when the trial began: (person,) their hurdle, by which they are known, ascending; and where."""

    hurdle: Floats
    district: Ints

    @classmethod
    def of(cls, run: Run) -> "Sample":
        """Those who mine now without a licence.  No two have the same hurdle, and it is theirs for life."""
        miners = run.state.miners
        informal = (miners.present == 1) & ~np.isin(miners.status, HOLDS)
        hurdle = miners.hurdle[informal]
        order = np.argsort(hurdle)
        return cls(hurdle[order], miners.district[informal][order])

    def licensed(self, run: Run) -> Floats:
        """(district,) share with a licence, points of 100, of those who still mine, by where they began."""
        miners = run.state.miners
        still = miners.present == 1
        hurdle = miners.hurdle[still]
        at = np.searchsorted(self.hurdle, hurdle)
        known = np.append(self.hurdle, np.inf)[at] == hurdle  # beyond the last there is nobody
        began = self.district[at[known]]
        holds = np.isin(miners.status[still][known], HOLDS)
        places = len(run.scenario.world.names)
        return 100 * np.bincount(began, holds, places) / np.maximum(np.bincount(began, minlength=places), 1)


def trial_effects(control: Scenario, seed: int, follow_ups: Sequence[int] = FOLLOW_UPS) -> dict[str, float]:
    """Licensed share of each arm less the control's, points of 100, at each follow-up: `visit at 12`.

    Shares are of the informal miners who were in the arm's district when the trial began and still mine, as the
    trials that the bands are of follow their samples (W152-W164): who comes later was not visited or inspected.
    Also `ybar`, USD, and `miners an arm`, the fewest at the beginning.

    Raises
    ------
    ConfigError
        The context has no district for an arm, or ends before the last follow-up.
    """
    begin = month_number(BEGINS) - month_number(control.context.start)
    check_trial_country(control, follow_ups)
    run = prepare_run(control, seed)
    run.advance(0, begin)
    ybar, sample = median_profit(run), Sample.of(run)
    treated = from_mapping(control.dump() | {"events": trial_events(ybar)})
    run = replace(run, scenario=treated, orders=make_orders(treated))  # the same people meet the arms
    at = {arm: treated.world.names.index(arm) for arm in ARMS}
    size = np.bincount(sample.district, minlength=len(treated.world.names))
    found = {"ybar": ybar, "miners an arm": float(min(size[d] for d in at.values()))}
    done = begin
    for months in sorted(follow_ups):
        run.advance(done, begin + months)
        done = begin + months
        share = sample.licensed(run)
        found |= {f"{arm} at {months}": float(share[d] - share[at[CONTROL]]) for arm, d in at.items() if arm != CONTROL}
    return found
