"""Shapley values and interactions of the five ingredients, in two worlds, given a programme, and at equal cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from asmsim.analysis.attribution import measure_interactions, measure_shapley, pick_within_cost
from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import Answer, Finding, Number, note_sources, round_gain, round_to
from asmsim.analysis.gains import Gain, collect_year, count_draws, find_sources, read_monthly
from asmsim.analysis.verdicts import combine_verdicts
from asmsim.sweeps.store.results import Results

DESIGN = import_file(Path(__file__).with_name("design.py"))
PARTS = {
    "governance": "1 governance",
    "rights": "2 rights",
    "knowledge": "3 knowledge",
    "market": "4 market",
    "donor": "5 donor",
}
NAMES = tuple(PARTS.values())
GOVERNANCE, RIGHTS, KNOWLEDGE, MARKET = range(4)
GIVEN = slice(16, 32)
"""Subsets that hold the programme: without it nobody pays for ingredients 1 to 3."""
DATES = {"exit": "2014-12", "exit+5": "2019-12", "exit+10": "2024-12"}
"""Last month of the whole's programme, and five and ten years later; subsets without one are taken at the same months."""
OUTCOMES = ("licensed_share", "official_share")
HEADLINE, ROYALTY = "law_in_force", DESIGN.ROYALTY
WORLDS = (HEADLINE, "no_law", ROYALTY)
BUDGET, SMALLER, WHOLE = DESIGN.BUDGET, DESIGN.SMALLER, DESIGN.WHOLE
SHARES = (0.1, 0.25, 0.5, 1.0)
"""Budgets, from what the dearest subset costs at least (0) to what the whole costs (1)."""
PRESENT = 1.03
"""Money is present value of the first year, at 3 % a year, as everywhere else."""
AHEAD = "governance minus market"
ACCOUNTS = {"counted": "with forgone revenue", "spent": "money spent"}


def subset_number() -> pl.Expr:
    """Which parts are there, as bits."""
    there = (pl.col(part).str.strip_chars('"') != "none" for part in PARTS)
    return pl.sum_horizontal(pl.when(held).then(1 << k).otherwise(0) for k, held in enumerate(there))


def cube(frame: pl.DataFrame, value: str, keys: list[str]) -> Any:
    """(choice, run) values, by keys, draw and seed; every choice must have every run."""
    whole = frame.sort(*keys, "draw", "seed")
    choices = whole.select(keys).unique().height
    runs = whole.select("draw", "seed").rows()
    if runs != runs[: len(runs) // choices] * choices:
        raise ValueError(f"{value}: choices differ in their draws and seeds")
    return whole[value].to_numpy().reshape(choices, -1)


def game_of(results: Results, outcome: str, date: str) -> tuple[Any, int]:
    """(subset, run) values in the year up to a date, and how many draws."""
    frame = collect_year(results, outcome, DATES[date]).with_columns(subset_number().alias("subset"))
    if frame["subset"].unique().sort().to_list() != list(range(32)):
        raise ValueError("not every subset of the five is there")
    return cube(frame, "value", ["subset"]), count_draws(frame)


def totals(results: Results) -> pl.DataFrame:
    """One row a run: mean licensed share, and present values of USD M spent and collected, from the start to exit+10."""
    table = read_monthly(results).filter(pl.col("month") <= pl.lit(DATES["exit+10"]))
    keys = [k for k in (*PARTS, BUDGET, "draw", "seed") if k in table.collect_schema().names()]
    year = pl.col("month").str.slice(0, 4).cast(pl.Float64)
    worth = PRESENT ** (year.min() - year) / 1e6
    return (
        table.group_by(keys)
        .agg(
            pl.col("licensed_share").mean().alias("licensed"),
            ((pl.col("cost_donor") + pl.col("cost_government")) * worth).sum().alias("spent"),
            (pl.col("royalty_and_tax") * worth).sum().alias("collected"),
        )
        .collect()
        .with_columns(subset_number().alias("subset"))
    )


@dataclass(frozen=True, eq=False)
class Doses:
    """Ingredients 1 to 4 under programmes of rising size, none first.

    Attributes
    ----------
    budgets
        (dose,) USD a year.
    licensed
        (subset, dose, run) mean licensed share from the start to exit+10.
    costs
        By account: (subset, dose) mean present value over that of nothing, USD M.
    """

    budgets: Any
    licensed: Any
    costs: Mapping[str, Any]
    draws: int


def doses_of(whole: pl.DataFrame, smaller: pl.DataFrame) -> Doses:
    """From totals of the 32 subsets, and of those with smaller programmes."""
    of_four = pl.col("subset") % 16
    none = whole.filter(pl.col("subset") < 16).with_columns(dose=pl.lit(0.0))
    most = whole.filter(pl.col("subset") >= 16).with_columns(dose=pl.lit(WHOLE))
    less = smaller.with_columns(pl.col(BUDGET).cast(pl.Float64).alias("dose"))
    columns = ["dose", "draw", "seed", "licensed", "spent", "collected"]
    runs = pl.concat([t.select(of_four.alias("subset"), *columns) for t in (none, less, most)])
    budgets = runs["dose"].unique().sort().to_numpy()
    licensed, spent, collected = (
        cube(runs, name, ["subset", "dose"]).reshape(16, len(budgets), -1)
        for name in ("licensed", "spent", "collected")
    )
    costs = {"money spent": spent.mean(2), "with forgone revenue": (spent - collected).mean(2)}
    return Doses(budgets, licensed, {k: c - c[0, 0] for k, c in costs.items()}, count_draws(runs))


def gains_at_cost(found: Doses) -> list[tuple[dict[str, Any], Gain]]:
    """Return Shapley values of the mean licensed share at a few budgets, in two accounts, each with what it is of."""
    rows = []
    for account, costs in found.costs.items():
        least = float(costs.min(1).max())
        most = max(least, float(costs[-1, -1]))  # a bundle that brings in more than it costs is within any budget
        for share in SHARES:
            budget = least + share * (most - least)
            game = pick_within_cost(found.budgets, costs, found.licensed, budget)
            each = measure_shapley(game)
            named = [*zip(NAMES, each, strict=False), ("all four", game[-1] - game[0])]
            named.append((AHEAD, each[GOVERNANCE] - each[MARKET]))
            for name, values in named:
                keys = {"account": account, "budget_share": share, "usd_million": budget, "ingredient": name}
                rows.append((keys, Gain(values, found.draws, "share")))
    return rows


def equal_cost(found: list[tuple[dict[str, Any], Gain]]) -> pl.DataFrame:
    """Return the table of Shapley values at equal cost."""
    return pl.DataFrame([keys | gain.row() | {"verdict": gain.verdict(1)} for keys, gain in found])


def find(results: Mapping[str, Results]) -> Finding:
    """Return values with intervals, and what they say of the hypotheses."""
    rows, five, four, pairs = [], {}, {}, []
    for world in WORLDS:
        for outcome in OUTCOMES:
            for date in DATES:
                at = world, outcome, date
                game, draws = game_of(results[world], outcome, date)
                each = measure_shapley(game)
                whole = game[-1] - game[0]
                if abs(each.sum(0) - whole).max() > 1e-9:
                    raise ValueError(f"{at}: Shapley values do not add up to the whole")
                five[at] = [Gain(v, draws, "share") for v in each]
                four[at] = Four([Gain(v, draws, "share") for v in measure_shapley(game[GIVEN])], game, draws)
                pairs += [
                    dict(zip(("world", "outcome", "date"), at, strict=True)) | pair
                    for pair in pairs_of(measure_interactions(game[GIVEN]), draws)
                ]
                for players, gains in (("five", [*five[at], Gain(whole, draws, "share")]), ("four", four[at].values)):
                    labels = (*NAMES, "all five") if players == "five" else NAMES[:4]
                    rows += [
                        dict(zip(("world", "outcome", "date"), at, strict=True))
                        | {"players": players, "ingredient": n}
                        | g.row()
                        for n, g in zip(labels, gains, strict=True)
                    ]
    table, both = pl.DataFrame(rows), pl.DataFrame(pairs)
    money = gains_at_cost(doses_of(totals(results[ROYALTY]), totals(results["smaller_programmes"])))
    hypotheses, notes = answers(five, four, money)
    whole = four[HEADLINE, "licensed_share", "exit"].whole
    notes["sources"] = note_sources(find_sources(whole, results[HEADLINE]))
    tables = {"shapley": table, "interactions": both, "equal_cost": equal_cost(money)}
    return Finding(hypotheses, notes, tables)


def pairs_of(both: Any, draws: int) -> list[dict[str, Any]]:
    """One row a pair of ingredients 1 to 4, given the programme: what they add together beyond what each adds alone."""
    rows = []
    for i in range(4):
        for j in range(i):
            found = Gain(both[i, j], draws, "share")
            rows.append({"ingredient": NAMES[j], "with": NAMES[i]} | found.row() | {"verdict": found.verdict(1)})
    return rows


@dataclass(frozen=True, eq=False)
class Four:
    """Ingredients 1 to 4 given the programme: Shapley values, and the game of all five that they come from."""

    values: list[Gain]
    game: Any
    draws: int

    @property
    def whole(self) -> Gain:
        """All four, over the programme alone."""
        return Gain(self.game[31] - self.game[16], self.draws, "share")

    def alone(self, part: int) -> Gain:
        """One of them with the programme, over the programme alone."""
        return Gain(self.game[16 | 1 << part] - self.game[16], self.draws, "share")

    def pair(self, a: int, b: int) -> Gain:
        """What two of them add together beyond what each adds alone, averaged over the other two."""
        return Gain(measure_interactions(self.game[GIVEN])[a, b], self.draws, "share")

    def less(self, other: Any) -> Gain:
        """The whole less something, run by run."""
        return Gain(self.whole.values - other, self.draws, "share")


def answers(
    five: Mapping[Any, list[Gain]], four: Mapping[Any, Four], money: list[tuple[dict[str, Any], Gain]]
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Return the hypotheses, judged on the subsets that hold the programme, and a check."""
    at_exit, later = (four[HEADLINE, "licensed_share", date] for date in ("exit", "exit+10"))
    licences, official = at_exit.values, four[ROYALTY, "official_share", "exit"].values

    def share(values: Any) -> Gain:
        return Gain(values, at_exit.draws, "share")

    half = share(licences[GOVERNANCE].values + licences[MARKET].values - at_exit.whole.values / 2)
    both = at_exit.pair(RIGHTS, GOVERNANCE)
    alone = [at_exit.alone(k) for k in range(4)]
    beyond = at_exit.less(sum(g.values for g in alone))
    gone = share(at_exit.whole.values / 2 - later.whole.values)
    most = max(range(4), key=lambda k: licences[k].values.mean())
    rival = most if most != MARKET else RIGHTS
    ahead = share(official[MARKET].values - official[rival].values)
    outside = four[HEADLINE, "official_share", "exit"].values[MARKET]
    royalty = share(official[MARKET].values - outside.values)
    lawless = max(abs(g.values).max() for g in five["no_law", "licensed_share", "exit"])
    programme = share(at_exit.game[16] - at_exit.game[0])
    paying = five[HEADLINE, "licensed_share", "exit"][4]
    knowledge = alone[KNOWLEDGE]
    costs, budgets = at_equal_cost(money)
    judged = [costs[f"counted_{100 * share_of:.0f}"].verdict for share_of in SHARES]
    hypotheses = {
        "1": Answer(
            half.verdict(1),
            {"half": round_gain(half, half.verdict(1))}
            | {part: round_gain(value) for part, value in zip(PARTS, licences, strict=False)},
        ),
        "2": Answer(both.verdict(1), {"both": round_gain(both, both.verdict(1))}),
        "3": Answer(knowledge.verdict(0), {"alone": round_gain(knowledge, knowledge.verdict(0))}),
        "4": Answer("true by construction", {"programme": round_gain(programme), "paying": round_gain(paying)}),
        "5": Answer(
            combine_verdicts((beyond.verdict(1), gone.verdict(1))),
            {
                "beyond": round_gain(beyond, beyond.verdict(1)),
                "later": round_gain(later.whole, gone.verdict(1)),
                "whole": round_gain(at_exit.whole),
            },
        ),
        "6": Answer(
            combine_verdicts((royalty.verdict(1), ahead.verdict(1))),
            {"royalty": round_gain(royalty, royalty.verdict(1)), "ahead": round_gain(ahead, ahead.verdict(1))},
            {"rival": NAMES[rival], "rival_is_first": rival == most},
        ),
        "7": Answer(combine_verdicts(judged), costs, {"usd_million": budgets}),
    }
    return hypotheses, {"no_law": Answer(facts={"largest": round_to(100 * lawless)})}


def at_equal_cost(money: list[tuple[dict[str, Any], Gain]]) -> tuple[dict[str, Number], list[Any]]:
    """Return governance minus market by account and budget; and account, share of the money and USD million of each."""
    found = {(keys["account"], keys["budget_share"]): (keys, g) for keys, g in money if keys["ingredient"] == AHEAD}
    numbers, budgets = {}, []
    for short, account in ACCOUNTS.items():
        for share in SHARES:
            keys, gain = found[account, share]
            number = round_gain(gain, gain.verdict(1))
            numbers[f"{short}_{100 * share:.0f}"] = replace(number, runs=None, below_zero=None, clear=None)
            budgets.append([short, share, float(f"{keys['usd_million']:.1f}")])
    return numbers, budgets
