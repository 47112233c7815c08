"""What a context comes to, year by year, under its default policy and without a run: prices, terms, distances, offices."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from asmsim.config.schema import month_number
from asmsim.model.agents.buyer import official_net, paid_in_kind
from asmsim.model.handles import H
from asmsim.model.parameters import complete_parameters
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario

Floats = npt.NDArray[np.float64]
HEADER = ["year", "gold USD/g", "work USD", "taxes %", "window %", "smuggling %", "days", "hours", "law %", "sign-offs"]


def tabulate_context(name: str, config_dir: Path | None = None) -> tuple[str, list[str], list[list[str]]]:
    """Title, header and one row a year of a context with its default policy.

    What the window and smuggling leave is of the world price, for a trader with the middling cost of smuggling and no
    practice in it.  Means over districts are weighted by miners.

    Raises
    ------
    ConfigError
        No such context, or it cannot be simulated.
    """
    made = scenario(f"context={name}", config_dir=config_dir)
    return describe_context(made), HEADER, list_context_years(made)


def describe_context(made: Scenario) -> str:
    """Say in a line how many people, districts, traders and officials there are."""
    context, behaviour = made.context, made.behaviour
    districts, people = len(made.world.names), context.population.miners
    traders = districts * context.traders_per_district
    return (
        f"context={context.name}: {context.title}, {context.start} to {context.end}; {people:,.0f} miners in {districts} districts, "
        f"{traders} traders, {behaviour['office_staff'] * people / 1000:,.0f} officials on mining "
        f"({behaviour['office_staff']:g} for each 1,000 miners). Of the world price a trader keeps *window %* at the official window and "
        "*smuggling %* by smuggling at the middling cost; *work*: a month of other work; *days* until the window pays, *hours* to it"
    )


def list_context_years(made: Scenario) -> list[list[str]]:
    """One row for each year that is reported."""
    plan, weight = made.plan, made.world.miners / made.world.miners.sum()
    start, first = month_number(made.context.start), month_number(made.context.recorded)
    years = sorted({m // 12 for m in range(first, month_number(made.context.end) + 1)})
    behaviour = complete_parameters(plan.rules[0], made.model.scale)

    def mean(values: Floats, year: int) -> float:
        months = slice(max(0, year * 12 - start), (year + 1) * 12 - start)
        return float((values[months] @ weight).mean())

    def of(handle: H) -> Floats:
        return plan.base[:, :, handle]

    taxes = measure_taxes(plan.base)
    pay = as_written(paid_in_kind)(of(H.local_pay), of(H.exchange_rate))
    net = as_written(official_net)(
        taxes,
        of(H.window_fee),
        of(H.window_papers),
        of(H.window_days),
        of(H.window_price),
        pay,
        SimpleNamespace(**behaviour),
    )
    smuggled = 1.0 + of(H.smuggling_premium) - behaviour["smuggling_cost"] * of(H.border_control) - of(H.trader_risk)
    in_force = np.maximum(of(H.in_force) * of(H.phase_open), of(H.temporary_contracts) > 0)
    columns: list[tuple[Floats, Callable[[float], str]]] = [
        (of(H.gold_price), "{:.1f}".format),
        (of(H.outside_income), "{:,.0f}".format),
        (100 * taxes, "{:.1f}".format),
        (100 * net, "{:.1f}".format),
        (100 * smuggled, "{:.1f}".format),
        (of(H.window_days), "{:.3g}".format),
        (of(H.window_hours), "{:.3g}".format),
        (100 * in_force, "{:.0f}".format),
        (of(H.signoffs), "{:.3g}".format),
    ]
    return [[str(year), *(shown(mean(values, year)) for values, shown in columns)] for year in years]


def measure_taxes(base: Floats) -> Floats:
    """(month, district) share of value that the official window withholds, from (month, district, handle) values."""
    above = np.maximum(0.0, 1.0 - base[:, :, H.windfall_threshold] / base[:, :, H.gold_price])
    windfall = base[:, :, H.windfall_rate] * above
    return np.asarray(base[:, :, H.royalty] + base[:, :, H.window_taxes] + windfall)


def as_written(rule: Any) -> Any:
    """Return a rule as it is written, which works on arrays of months and districts too."""
    return getattr(rule, "py_func", rule)
