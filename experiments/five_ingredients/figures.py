"""Shapley values and interactions of the five ingredients, in two worlds, given a programme, and at equal cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from asmsim.analysis.attribution import at_cost, interactions, shapley
from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, draws_of, monthly, sources, together, year_to
from asmsim.analysis.style import MAIN, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweeps.store.results import Results

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
OUTCOMES = {"licensed_share": "Licensed share", "official_share": "Official share of gold"}
HEADLINE, ROYALTY = "law_in_force", "royalty_inside"
WORLDS = {HEADLINE: "law in force, minimal", "no_law": "no law", ROYALTY: "royalty cut in 4"}
BUDGET = "donor.programme.usd_year"
SMALLER, WHOLE = (300_000.0, 600_000.0, 1_200_000.0), 2_500_000.0
"""USD a year of the smaller programmes, and of the whole one."""
SHARES = (0.1, 0.25, 0.5, 1.0)
"""Budgets, from what the dearest subset costs at least (0) to what the whole costs (1)."""
PRESENT = 1.03
"""Money is present value of the first year, at 3 % a year, as everywhere else."""


def points(name: str, plan: Any, before: Mapping[str, Results]) -> pl.DataFrame:
    """The 32 subsets, with the royalty's cut among the levers of the market; or those with a programme, made smaller."""
    table = pl.read_csv(Path(__file__).parent / "subsets.csv")
    table = table.with_columns(pl.col("market").replace("full", "[full, royalty_and_tax]"))
    if name == ROYALTY:
        return table
    return table.filter(pl.col("donor") != "none").join(pl.DataFrame({BUDGET: SMALLER}), how="cross")


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
    frame = year_to(results, outcome, DATES[date]).with_columns(subset_number().alias("subset"))
    if frame["subset"].unique().sort().to_list() != list(range(32)):
        raise ValueError("not every subset of the five is there")
    return cube(frame, "value", ["subset"]), draws_of(frame)


def totals(results: Results) -> pl.DataFrame:
    """One row a run: mean licensed share, and present values of USD M spent and collected, from the start to exit+10."""
    table = monthly(results).filter(pl.col("month") <= pl.lit(DATES["exit+10"]))
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
    return Doses(budgets, licensed, {k: c - c[0, 0] for k, c in costs.items()}, draws_of(runs))


def equal_cost(found: Doses) -> pl.DataFrame:
    """Shapley values of the mean licensed share at a few budgets, in two accounts."""
    rows = []
    for account, costs in found.costs.items():
        least, most = float(costs.min(1).max()), float(costs[-1, -1])
        for share in SHARES:
            budget = least + share * (most - least)
            game = at_cost(found.budgets, costs, found.licensed, budget)
            each = shapley(game)
            named = [*zip(NAMES, each, strict=False), ("all four", game[-1] - game[0])]
            named.append((AHEAD, each[GOVERNANCE] - each[MARKET]))
            for name, values in named:
                gain = Gain(values, found.draws, "share")
                rows.append(
                    {"account": account, "budget_share": share, "usd_million": budget, "ingredient": name}
                    | gain.row()
                    | {"verdict": gain.verdict(1), "said": gain.said()}
                )
    return pl.DataFrame(rows)


AHEAD = "governance less market"


def find(results: Mapping[str, Results]) -> Found:
    """Values with intervals, figures, and what they say of the hypotheses."""
    rows, five, four, pairs = [], {}, {}, []
    for world in WORLDS:
        for outcome in OUTCOMES:
            for date in DATES:
                at = world, outcome, date
                game, draws = game_of(results[world], outcome, date)
                each = shapley(game)
                whole = game[-1] - game[0]
                if abs(each.sum(0) - whole).max() > 1e-9:
                    raise ValueError(f"{at}: Shapley values do not add up to the whole")
                five[at] = [Gain(v, draws, "share") for v in each]
                four[at] = Four([Gain(v, draws, "share") for v in shapley(game[GIVEN])], game, draws)
                pairs += [
                    dict(zip(("world", "outcome", "date"), at, strict=True)) | pair
                    for pair in pairs_of(interactions(game[GIVEN]), draws)
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
    money = equal_cost(doses_of(totals(results[ROYALTY]), totals(results["smaller_programmes"])))
    label = sources(four[HEADLINE, "licensed_share", "exit"].whole, results[HEADLINE]).said()
    figures = {
        "shapley": bars(five),
        "interactions": heat(both),
        "equal_cost": cost_bars(money),
    }
    tables = {"shapley": table, "interactions": both, "equal_cost": money.drop("said")}
    return Found([*sentences(five, four, money), label], tables, figures)


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
        return Gain(interactions(self.game[GIVEN])[a, b], self.draws, "share")

    def less(self, other: Any) -> Gain:
        """The whole less something, run by run."""
        return Gain(self.whole.values - other, self.draws, "share")


def sentences(five: Mapping[Any, list[Gain]], four: Mapping[Any, Four], money: pl.DataFrame) -> list[str]:
    """The finding, hypothesis by hypothesis."""
    at_exit, later = (four[HEADLINE, "licensed_share", date] for date in ("exit", "exit+10"))
    licences, official = at_exit.values, four[ROYALTY, "official_share", "exit"].values

    def told(gains: list[Gain]) -> str:
        ranked = sorted(zip(NAMES, gains, strict=False), key=lambda p: -p[1].values.mean())
        return "; ".join(f"{n} {g.said()}" for n, g in ranked)

    half = Gain(
        licences[GOVERNANCE].values + licences[MARKET].values - at_exit.whole.values / 2, at_exit.draws, "share"
    )
    both = at_exit.pair(RIGHTS, GOVERNANCE)
    alone = [at_exit.alone(k) for k in range(4)]
    beyond = at_exit.less(sum(g.values for g in alone))
    gone = Gain(at_exit.whole.values / 2 - later.whole.values, at_exit.draws, "share")
    most = max(range(4), key=lambda k: licences[k].values.mean())
    rival = most if most != MARKET else RIGHTS
    ahead = Gain(official[MARKET].values - official[rival].values, at_exit.draws, "share")
    outside = four[HEADLINE, "official_share", "exit"].values[MARKET]
    royalty = Gain(official[MARKET].values - outside.values, at_exit.draws, "share")
    lawless = max(abs(g.values).max() for g in five["no_law", "licensed_share", "exit"])
    programme = Gain(at_exit.game[16] - at_exit.game[0], at_exit.draws, "share")
    cost = {
        account: [
            f"{r['budget_share']:.0%} (USD {r['usd_million']:.1f} M): {r['verdict']}, {r['said'].split(', runs')[0]}"
            for r in money.filter((pl.col("account") == account) & (pl.col("ingredient") == AHEAD)).to_dicts()
        ]
        for account in money["account"].unique(maintain_order=True)
    }
    counted, uncounted = (
        money.filter((pl.col("account") == a) & (pl.col("budget_share") == 1))["usd_million"][0]
        for a in ("with forgone revenue", "money spent")
    )
    judged = money.filter((pl.col("ingredient") == AHEAD) & (pl.col("account") == "with forgone revenue"))["verdict"]
    return [
        f"Hypothesis 1 (where the law is in force governance and the market carry most): {half.verdict(1)}. Given the programme, what the two make of the licensed share at exit, less half of what all four add to it, is {half.said()}. Shapley values: {told(licences)}.",
        f"Hypothesis 2 (rights matter more together with governance): {both.verdict(1)}. Their interaction, given the programme, is {both.said()}.",
        f"Hypothesis 3 (knowledge alone changes no licence clearly): {alone[KNOWLEDGE].verdict(0)}. With a programme that pays for it, it changes the licensed share at exit by {alone[KNOWLEDGE].said()}.",
        f"Hypothesis 4 (the programme alone does nothing): true by construction, a check: {programme.said()}. Nor do 1 to 3 without it, for which a donor pays; so its Shapley value among all five, {five[HEADLINE, 'licensed_share', 'exit'][4].said()}, is that of paying.",
        f"Hypothesis 5 (the whole is more than the sum of its parts, and much of that is gone ten years later): {together(beyond.verdict(1), gone.verdict(1))}. Given the programme, what the four gain at exit, less what each gains alone, is {beyond.said()} ({beyond.verdict(1)}). At exit the four gain {at_exit.whole.said()}; ten years on it is {later.whole.said()} (less than half is left: {gone.verdict(1)}).",
        f"Hypothesis 6 (official sales follow the royalty and the window, not licences): {together(royalty.verdict(1), ahead.verdict(1))}. The royalty's cut changes the market's Shapley value of the official share at exit by {royalty.said()} ({royalty.verdict(1)}); with it the market's, less that of {NAMES[rival]}, which adds {'most' if rival == most else 'next'} to licences, is {ahead.said()} ({ahead.verdict(1)}).",
        f"Hypothesis 7 (at equal cost, with forgone revenue counted, the market falls behind governance): {together(*judged)}. Governance less market, with forgone revenue counted, at shares of the money between the least with which all subsets can be had (0 %) and the cost of the whole (100 %): {'; '.join(cost['with forgone revenue'])}, and without it, where the same shares are other sums, {'; '.join(cost['money spent'])}. What the treasury collects beyond what it would without any of the four is counted, too, so that the whole costs USD {counted:.1f} M instead of {uncounted:.1f} M. These are Shapley values of the mean licensed share up to ten years after exit, where every subset has the same to spend.",
        f"Check: without a law no subset licenses anybody (largest Shapley value {100 * lawless:.3g} points).",
    ]


def bars(values: Mapping[Any, list[Gain]]) -> object:
    """What each ingredient adds, at exit, five and ten years on."""
    figure = new_figure(11, 6.4)
    panels = figure.subplots(2, len(WORLDS), sharey="row")
    for row, outcome in zip(panels, OUTCOMES, strict=True):
        for axes, world in zip(row, WORLDS, strict=True):
            for k, date in enumerate(DATES):
                gains = values[world, outcome, date]
                x = np.arange(5) + 0.27 * (k - 1)
                middle = np.array([100 * g.values.mean() for g in gains])
                ends = np.array([g.interval for g in gains]) * 100
                axes.bar(x, middle, 0.25, color=(MAIN, "#8fa9b8", "#dfe8ec")[k], edgecolor="black", lw=0.4, label=date)
                axes.vlines(x, ends[:, 0], ends[:, 1], color="black", lw=0.9)
            axes.axhline(0, color="black", lw=0.8)
            axes.set_xticks(range(5), [n.replace(" ", "\n", 1) for n in NAMES], fontsize=8)
            axes.set_title(f"{OUTCOMES[outcome]}: {WORLDS[world]}", fontsize=10)
        row[0].set_ylabel("Shapley value, points")
    panels[0, list(WORLDS).index("no_law")].legend(fontsize=8, loc="center", title="nobody can be licensed")
    n = len(values[HEADLINE, "licensed_share", "exit"][0].values)
    source_line(
        figure,
        f"Simulated, not observed. Bars are means, lines 90 % of {n} runs (draws x seeds). Among all five: what 2 adds is shared with 5, which pays for it; "
        f"the finding\nis of 1 to 4 given the programme (shapley.csv, players four). asmsim {package_version()}",
    )
    return figure


def cost_bars(money: pl.DataFrame) -> object:
    """What each of the four is worth where every subset has the same to spend."""
    figure = new_figure(10, 4)
    panels = figure.subplots(1, 2, sharey=True)
    shades = ("#eef3f5", "#c2d1d9", "#8fa9b8", MAIN)
    for axes, account in zip(panels, money["account"].unique(maintain_order=True), strict=True):
        for k, share in enumerate(SHARES):
            rows = money.filter((pl.col("account") == account) & (pl.col("budget_share") == share))
            found = [rows.filter(pl.col("ingredient") == n).to_dicts()[0] for n in NAMES[:4]]
            x = np.arange(4) + 0.2 * (k - 1.5)
            label = f"{share:.0%}: USD {found[0]['usd_million']:.1f} M"
            axes.bar(x, [100 * r["mean"] for r in found], 0.19, color=shades[k], edgecolor="black", lw=0.4, label=label)
            axes.vlines(x, [100 * r["q05"] for r in found], [100 * r["q95"] for r in found], color="black", lw=0.9)
        axes.axhline(0, color="black", lw=0.8)
        axes.set_xticks(range(4), [n.replace(" ", "\n", 1) for n in NAMES[:4]], fontsize=8)
        axes.set_title(f"Equal cost, {account}", fontsize=10)
        axes.legend(loc="upper left", ncols=2, fontsize=8, title="To spend, present value", title_fontsize=8)
    panels[0].set_ylabel("Shapley value of the mean\nlicensed share to 2024, points")
    top = 100 * money.filter(pl.col("ingredient").is_in(NAMES))["q95"].max()
    panels[0].set_ylim(top=1.35 * max(0.1, top))
    source_line(
        figure,
        f"Simulated, law in force, royalty's cut in 4. Bars are means, lines 90 % of {money['runs'][0]} runs. "
        f"asmsim {package_version()}",
    )
    return figure


def heat(table: pl.DataFrame) -> object:
    """How much two ingredients add together beyond what each adds alone, given the programme."""
    figure = new_figure(10, 4.8)
    shown = [
        table.filter((pl.col("world") == HEADLINE) & (pl.col("outcome") == o) & (pl.col("date") == "exit"))
        for o in OUTCOMES
    ]
    for axes, rows, title in zip(figure.subplots(1, 2), shown, OUTCOMES.values(), strict=True):
        most = max(0.1, 100 * float(rows["mean"].abs().max()))  # type: ignore[arg-type]
        grid = np.full((4, 4), np.nan)
        for row in rows.to_dicts():
            i, j = NAMES.index(row["with"]), NAMES.index(row["ingredient"])
            grid[i, j] = 100 * row["mean"]
            ends = f"{100 * row['mean_low']:+.2f} to\n{100 * row['mean_high']:+.2f}"
            colour = "white" if abs(grid[i, j]) > 0.6 * most else "black"
            axes.text(j, i - 0.18, f"{grid[i, j]:+.2f}", ha="center", va="center", fontsize=10, color=colour)
            axes.text(j, i + 0.2, ends, ha="center", va="center", fontsize=7, color=colour)
        picture = axes.imshow(grid[1:, :3], cmap="RdBu", vmin=-most, vmax=most, extent=(-0.5, 2.5, 3.5, 0.5))
        axes.set_xticks(range(3), [n.replace(" ", "\n", 1) for n in NAMES[:3]], fontsize=8)
        axes.set_yticks(range(1, 4), NAMES[1:4], fontsize=8)
        axes.grid(visible=False)
        axes.set_title(f"{title} at exit", fontsize=10)
        figure.colorbar(picture, ax=axes, shrink=0.8, label="points")
    source_line(
        figure,
        f"Simulated, law in force, given the programme. Interaction with the 95 % interval of its mean. asmsim {package_version()}",
    )
    return figure
