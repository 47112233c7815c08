"""What a policy is planned to cost, year by year and payer by payer, beside the donor's money: nothing is simulated."""

from typing import TYPE_CHECKING

import numpy as np

from asmsim.analysis.summary import find_payer, show_number
from asmsim.config.language import tr
from asmsim.config.schema import month_number
from asmsim.model.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl

PAYERS = ("donor", "government", "market")
MONEY = "donor_money"


def tabulate_budget(scenario: Scenario) -> "pl.DataFrame":
    """One row a year: USD that each payer's levers are planned to cost, and what the donor's programme has to spend.

    Costs are those of full doses; not discounted.  Where the donor's levers cost more than its money, they are delivered in
    part.
    """
    import polars as pl

    plan, context = scenario.plan, scenario.context
    first = month_number(context.start)
    years = np.array([(first + t) // 12 for t in range(context.months)])
    paid = {payer: np.zeros(context.months) for payer in PAYERS}
    for lever, cost in zip(plan.levers, plan.cost, strict=False):
        if lever.path != "donor.programme":
            paid[find_payer(lever.path, lever.funder)] += np.maximum(cost, 0.0)
    programme = scenario.donor.programme
    money = np.zeros(context.months) if programme is None else programme.budget(plan.grid)
    shown = [year for year in np.unique(years) if year >= month_number(context.recorded) // 12]
    rows = [
        {"year": int(year)} | {payer: float(paid[payer][years == year].sum()) for payer in PAYERS}
        | {MONEY: float(money[years == year].sum())}
        for year in shown
    ]  # fmt: skip
    return pl.DataFrame(rows).filter(pl.any_horizontal(pl.col(*PAYERS, MONEY) > 0))


def show_budget(table: "pl.DataFrame") -> tuple[list[str], list[list[str]]]:
    """Header and rows in words, USD thousand; a mark where the donor's levers cost more than its money."""
    header = [tr("year"), tr("donor's levers"), tr("donor's money"), tr("state"), tr("firms")]
    rows = []
    for row in table.to_dicts():
        short = row["donor"] > row[MONEY] * 1.005
        cells = [show_number(row[key] / 1e3) for key in ("donor", MONEY, "government", "market")]
        rows.append([str(row["year"]), f"{cells[0]}{' *' if short else ''}", *cells[1:]])
    return header, rows


def describe_budget(table: "pl.DataFrame") -> str:
    """The largest year in a sentence, and in how many years the donor's levers are beyond its money."""
    if not table.height:
        return tr("No lever costs anything.")
    total = table["donor"] + table["government"] + table["market"]
    most = int(total.arg_max() or 0)
    text = tr(
        "At full doses the policy costs USD {most} in {year}, its dearest year.",
        most=show_number(float(total[most])), year=table["year"][most],
    )  # fmt: skip
    short = int((table["donor"] > table[MONEY] * 1.005).sum())
    if short:
        text += " " + tr(
            "In {short} of {years} years the donor's levers cost more than its money (*), and are delivered in part.",
            short=short, years=table.height,
        )  # fmt: skip
    return text
