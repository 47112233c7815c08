"""What each lever of a policy buys: it is removed where the policy has it, added where not, and paid in full.

Every lever is paid by the government here, so that a purse that is shared says nothing of the levers.  Effects are paired
differences of the last twelve months; costs are the present value at the start of the policy, over all months, of donor, state and firms together.
"""

import copy
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.paired import discount_months
from asmsim.analysis.statistics import find_negligible, is_clear, measure_band
from asmsim.analysis.style import MAIN, apply_style, fit_label, make_figure, put_source
from asmsim.analysis.summary import show_interval_of, show_number
from asmsim.config.errors import ConfigError
from asmsim.config.provenance import package_version
from asmsim.model.labels import find_label
from asmsim.model.levers import all_levers
from asmsim.model.means import mean_defined
from asmsim.model.outcomes import O
from asmsim.model.own_outcomes import find_outcome
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import from_mapping, scenario
from asmsim.sweeps.draws import Draws
from asmsim.sweeps.replicates import Replicates, replicate
from asmsim.sweeps.store.targets import to_csv, whole_file

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]
NOT_TRIED = (
    "legalisation",
    "donor.programme",
    "donor.adaptive_management",
    "donor.local_ownership",
    "enforcement.policing",
)
"""The law is what the others act under; the programme's own levers only pay; force is judged with what it does to people."""
MOST_TRIED = 48
"""Policies that are run for a budget, at most."""
COSTS = (O.cost_donor, O.cost_government, O.cost_market)


@dataclass(frozen=True, eq=False)
class LeverValue:
    """One lever: whether the policy has it, and what it adds, as (run,) differences with less without.

    Attributes
    ----------
    cost
        USD, present value.
    """

    path: str
    held: bool
    effect: Floats
    cost: Floats

    @property
    def label(self) -> str:
        """What it is called."""
        return str(all_levers()[self.path].label)

    @property
    def usd_a_unit(self) -> float:
        """Median cost over median effect; NaN where it does not clearly raise the outcome."""
        effect, cost = measure_band(self.effect)[1], measure_band(self.cost)[1]
        return cost / effect if effect > 0 else float("nan")


def list_tried() -> list[str]:
    """Levers that are removed or added, by their dotted names."""
    return [path for path in sorted(all_levers()) if path not in NOT_TRIED]


def pay_in_full(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario's data in which the government pays whatever a donor would."""
    paid = copy.deepcopy(dict(data))
    for path in all_levers():
        group, _, name = path.partition(".")
        lever = paid.get(group, {}).get(name) if name else None
        if lever and lever.get("funder") == "donor":
            lever["funder"] = "government"
    paid["donor"] = {}
    return paid


def switch(data: Mapping[str, Any], path: str, standard: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario's data without a lever that it has, or with the standard dose of one that it has not."""
    switched = copy.deepcopy(dict(data))
    group, _, name = path.partition(".")
    if switched[group].get(name) is not None:
        del switched[group][name]
    else:
        switched[group][name] = copy.deepcopy(standard[group][name])
    return switched


def measure_levers(
    policy: Scenario,
    outcome: str = "licensed_share",
    seeds: int | Sequence[int] = 16,
    threads: int | None = None,
    drawn: Draws | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[LeverValue]:
    """Remove each lever from a policy or add it, on the same seeds, and take the differences.

    Parameters
    ----------
    outcome
        Of which the last twelve months are compared.
    drawn
        Draws of parameters, each on as many seeds of its own.
    """
    data = pay_in_full(policy.dump())
    full = scenario(f"context={FULL_IN}", f"policy={FULL}").dump()
    standard = pay_in_full(full)

    def run(asked: Mapping[str, Any]) -> Replicates:
        return replicate(from_mapping(asked), seeds, threads, progress, drawn)

    base = run(data)
    found = []
    for path in list_tried():
        group, _, name = path.partition(".")
        held = data[group].get(name) is not None
        if not held and standard[group].get(name) is None:
            continue
        other = run(switch(data, path, standard))
        sign = 1 if held else -1
        effect = sign * (last_year(base, outcome) - last_year(other, outcome))
        found.append(LeverValue(path, held, effect, sign * (spend(base) - spend(other))))
    return sorted(found, key=lambda value: -measure_band(value.effect)[1])


FULL, FULL_IN = "five_ingredients", "generic"
"""The policy, and its country, whose doses are the standard ones."""


def count_cases(budget: bool = False) -> int:
    """How many policies are run in all; with a budget some more."""
    return 1 + len(list_tried()) + MOST_TRIED * budget


def last_year(run: Replicates, outcome: str) -> Floats:
    """(run,) means of the last twelve months."""
    return mean_defined(run.of(outcome)[:, -12:], 1)


def spend(run: Replicates) -> Floats:
    """(run,) USD of donor, state and firms, present value."""
    worth = discount_months(run)
    return np.asarray((sum(run.of(o) for o in COSTS) * worth).sum(1))


def choose_within(
    values: Sequence[LeverValue], budget: float, measure: Callable[[Sequence[LeverValue]], float], unit: str
) -> list[LeverValue]:
    """Return the levers that together bring most within a budget, as far as a search over whole sets finds them.

    Levers need each other, so that effects do not add up: every set is measured as a whole.  Two sets begin: the policy's own
    without those that bring least for their cost, and those that alone bring most for theirs.  The better of them is then
    improved by adding a lever that fits, or by taking one in the place of others, as long as that helps and no more than
    `MOST_TRIED` sets have been measured.

    Parameters
    ----------
    measure
        Outcome of the policy with the levers that are given and no other.
    """
    measured: dict[frozenset[str], float] = {}

    def worth(held: Sequence[LeverValue]) -> float:
        key = frozenset(v.path for v in held)
        if key not in measured:
            measured[key] = measure(held)
        return measured[key]

    def fits(held: Sequence[LeverValue]) -> bool:
        return sum(cost_of(v) for v in held) <= budget

    ranked = sorted(values, key=lambda v: -measure_band(v.effect)[1] / max(cost_of(v), 1.0))
    harmful = [v for v in values if is_clear(v.effect, unit) and measure_band(v.effect)[1] < 0]
    own = [v for v in ranked if v.held and v not in harmful and cost_of(v) <= budget]
    while own and not fits(own):
        own.pop()
    alone: list[LeverValue] = []
    for v in ranked:
        if measure_band(v.effect)[1] > 0 and fits([*alone, v]):
            alone.append(v)
    best = max((own, alone), key=worth)
    better = True
    while better:
        better = False
        for v in ranked:
            if len(measured) >= MOST_TRIED - 1:
                return best
            if v in best or v in harmful or cost_of(v) > budget:
                continue
            held = [*best, v]
            while not fits(held):
                held.remove(next(w for w in reversed(ranked) if w in held and w is not v))
            if worth(held) > worth(best) + find_negligible(unit):
                best, better = held, True
    return best


def cost_of(value: LeverValue) -> float:
    """Median cost of a lever, not below nothing."""
    return max(0.0, measure_band(value.cost)[1])


def hold_only(policy: Scenario, chosen: Sequence[LeverValue]) -> Scenario:
    """Return the policy with the chosen levers and no other of those that were tried."""
    data = pay_in_full(policy.dump())
    standard = pay_in_full(scenario(f"context={FULL_IN}", f"policy={FULL}").dump())
    wanted = {v.path for v in chosen}
    for path in list_tried():
        group, _, name = path.partition(".")
        if (data[group].get(name) is not None) != (path in wanted):
            data = switch(data, path, standard)
    return from_mapping(data)


def fit_budget(
    policy: Scenario,
    values: Sequence[LeverValue],
    budget: float,
    outcome: str,
    seeds: int | Sequence[int],
    threads: int | None = None,
    drawn: Draws | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[list[LeverValue], tuple[Floats, Floats, Floats]]:
    """Return the levers chosen for a budget; (run,) outcome of them and of the whole policy paid in full, and their USD."""

    def run(held: Sequence[LeverValue]) -> Replicates:
        return replicate(hold_only(policy, held), seeds, threads, progress, drawn)

    def measure(held: Sequence[LeverValue]) -> float:
        return measure_band(last_year(run(held), outcome))[1]

    chosen = choose_within(values, budget, measure, find_outcome(outcome).unit)
    found = run(chosen)
    whole = replicate(from_mapping(pay_in_full(policy.dump())), seeds, threads, progress, drawn)
    return chosen, (last_year(found, outcome), last_year(whole, outcome), spend(found))


def describe_choice(
    chosen: Sequence[LeverValue],
    values: Sequence[LeverValue],
    tried: tuple[Floats, Floats, Floats],
    outcome: str,
    budget: float,
) -> str:
    """What was chosen for a budget, what it came to when it was run, and what was given up."""
    unit = find_outcome(outcome).unit
    mine, whole, cost = tried
    rest = budget - sum(cost_of(v) for v in chosen)
    left = [
        v.label
        for v in values
        if v not in chosen and is_clear(v.effect, unit) and measure_band(v.effect)[1] > 0 and cost_of(v) > rest
    ]
    names = ", ".join(v.label for v in chosen) or "no lever"
    text = (
        f"For USD {show_number(budget)} (present value at the start of the policy, beside the law): {names}. Run together they come to "
        f"{show_interval_of(mine, unit)} of {find_label(outcome).lower()}, at USD {show_number(measure_band(cost)[1])} with the law; "
        f"the whole policy paid in full comes to {show_interval_of(whole, unit)}."
    )
    return text + (f" What also raises it and does not fit: {', '.join(left)}." if left else "")


def tabulate_values(values: Sequence[LeverValue], outcome: str) -> "pl.DataFrame":
    """One row a lever, the largest effect first."""
    import polars as pl

    unit = find_outcome(outcome).unit
    rows = []
    for v in values:
        low, middle, high = measure_band(v.effect)
        rows.append({
            "lever": v.path, "label": v.label, "tried": "removed" if v.held else "added", "effect": middle, "q05": low, "q95": high,
            "clear": is_clear(v.effect, unit), "cost_usd": measure_band(v.cost)[1], "usd_a_unit": v.usd_a_unit, "unit": unit,
        })  # fmt: skip
    return pl.DataFrame(rows)


def show_values(values: Sequence[LeverValue], outcome: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows in words."""
    unit = find_outcome(outcome).unit
    factor, points = (100.0, "points") if unit == "share" else (1.0, unit)
    each = "a point" if unit == "share" else "a unit"
    rows = []
    for v in values:
        clear = is_clear(v.effect, unit)
        cost = v.usd_a_unit / factor
        rows.append([
            v.label, "removed" if v.held else "added",
            f"{show_interval_of(factor * v.effect, '')} {points}" if clear else "no clear difference",
            f"USD {show_number(measure_band(v.cost)[1])}", f"USD {show_number(cost)}" if clear and np.isfinite(cost) else "-",
        ])  # fmt: skip
    return ["lever", "tried", f"adds to: {find_label(outcome).lower()}", "cost", f"cost of {each}"], rows


def describe_values(values: Sequence[LeverValue], outcome: str) -> str:
    """The answer in a sentence or two: which levers matter most, which clearly lower the outcome, and how many do neither."""
    unit = find_outcome(outcome).unit
    more = [v for v in values if is_clear(v.effect, unit) and measure_band(v.effect)[1] > find_negligible(unit)]
    less = [v for v in values if is_clear(v.effect, unit) and measure_band(v.effect)[1] < -find_negligible(unit)]
    if not more:
        return f"No lever clearly raises: {find_label(outcome).lower()}."
    names = [v.label for v in more[:3]]
    text = f"{', '.join(names[:-1])}{' and ' if len(names) > 1 else ''}{names[-1]} add most to: {find_label(outcome).lower()}."
    text = text.replace(" add most", " adds most") if len(names) == 1 else text
    text += f" Of {len(values)} levers tried {len(more)} clearly raise it"
    return text + (f", and {len(less)} clearly lower it." if less else ".")


def draw_values(values: Sequence[LeverValue], outcome: str, title: str, runs: str) -> Any:
    """Two bar charts side by side, sorted by effect: what each lever adds, and what it costs."""
    unit = find_outcome(outcome).unit
    factor, words = (100.0, "percentage points") if unit == "share" else (1.0, unit)
    shown = list(reversed(values))
    figure = make_figure(9.6, 1.6 + 0.27 * len(shown))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    at = np.arange(len(shown))
    bands = factor * np.array([measure_band(v.effect) for v in shown])
    colours = [MAIN if is_clear(v.effect, unit) else "white" for v in shown]
    left.barh(at, bands[:, 1], color=colours, edgecolor=MAIN, lw=0.8)
    left.hlines(at, bands[:, 0], bands[:, 2], color="0.45", lw=1.2)
    left.axvline(0, color="0.3", lw=0.8)
    left.set_yticks(at, [fit_label(f"{v.label}{'' if v.held else ' (added)'}", 48) for v in shown], fontsize=8.5)
    left.set_xlabel(f"adds, {words}; filled where clear")
    right.barh(
        at, [measure_band(v.cost)[1] / 1e6 for v in shown], color="#f0c75e", edgecolor="0.3", lw=0.8, hatch="///"
    )
    right.set_xlabel("costs, million USD, present value")
    for axes in (left, right):
        axes.grid(axis="y", visible=False)
        axes.margins(y=0.02)
    heading = textwrap.fill(f"{title}: what each lever adds to {find_label(outcome).lower()}", 92)
    figure.suptitle(heading, x=0.01, ha="left", fontweight="bold", fontsize=11)
    put_source(
        figure,
        f"Simulated, not observed. The policy less itself without the lever (or with it, less itself), every lever paid in full; "
        f"medians and the middle 90 % of {runs}, last 12 months. asmsim {package_version()}",
    )
    return figure


def write_values(
    values: Sequence[LeverValue],
    outcome: str,
    title: str,
    runs: str,
    folder: Path,
    budget: "pl.DataFrame",
    overwrite: bool = False,
) -> Path:
    """Write `levers.csv`, `budget.csv` (the policy's, by year) and `levers.png` in a folder; returns the picture."""
    check_files(folder, overwrite)
    picture = folder / PICTURE
    tables = {folder / TABLE: tabulate_values(values, outcome), folder / BUDGET: budget}
    for path, table in tables.items():
        with whole_file(path, overwrite=overwrite) as work:
            work.write_text(to_csv(table), encoding="utf-8")
    with apply_style(), whole_file(picture, overwrite=overwrite) as work:
        draw_values(values, outcome, title, runs).savefig(work, format="png", dpi=130, metadata={"Software": None})
    return picture


TABLE, BUDGET, PICTURE = "levers.csv", "budget.csv", "levers.png"


def check_files(folder: Path, overwrite: bool) -> None:
    """Refuse a folder in which results are there already, before any run.

    Raises
    ------
    ConfigError
        Names the file, and what to do.
    """
    for name in (TABLE, BUDGET, PICTURE):
        if (folder / name).exists() and not overwrite:
            raise ConfigError(f"{folder / name} is there already: give --overwrite, or another folder with --out")


def check_budget(budget: float | None) -> None:
    """Refuse a budget that is no amount of money."""
    if budget is not None and not 0 <= budget < np.inf:
        raise ConfigError(f"--budget {budget}: an amount in USD, 0 or more")
