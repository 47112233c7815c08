"""All 120 orders of the five ingredients, at equal spending: how far they lie apart, beside what chance makes of one."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from asmsim.analysis.experiments.experiment_plan import import_file
from asmsim.analysis.experiments.hypothesis import (
    Answer,
    Finding,
    Number,
    note_sources,
    round_decimals,
    round_gain,
    round_share,
)
from asmsim.analysis.experiments.saved_tables import drop_last_digits
from asmsim.analysis.gains import Gain, collect_runs, collect_year, count_draws, find_sources, split_choices
from asmsim.analysis.statistics import find_t_factor
from asmsim.analysis.verdicts import Verdict, combine_verdicts
from asmsim.sweeps.store.results import Results

DESIGN = import_file(Path(__file__).with_name("design.py"))
ITEMS, DESIGNS, ORDER, PLACE, RIGHTS = DESIGN.ITEMS, DESIGN.DESIGNS, DESIGN.ORDER, DESIGN.PLACE, DESIGN.RIGHTS
MONEY = ("budget", "spent", "levers", "government")


def find(results: Mapping[str, Results]) -> Finding:
    """Return means of orders, their spread, and the hypotheses."""
    late = {design: licensed_later(results[design]) for design in DESIGNS}
    early = collect_year(results["same_exit"], "official_share", "2010-12").with_columns(order=ORDER)
    money = {design: money_by_order(DESIGN.money_of(results[design])) for design in DESIGNS}
    tables = {
        **{
            design: rank_orders(frame).join(money[design], "order", maintain_order="left")
            for design, frame in late.items()
        },
        "early": rank_orders(early),
    }
    hypotheses, notes = answers(late, early)
    first, last = begin_with("governance"), end_with("governance")
    notes["sources"] = note_sources(find_sources(difference(late["same_exit"], first, last), results["same_exit"]))
    notes |= {f"paid_{design}": money_by_place(tables[design]) for design in DESIGNS}
    tables["runs"] = pl.DataFrame({"runs_an_order": [early.select("draw", "seed").unique().height]})
    return Finding(hypotheses, notes, tables)


def licensed_later(results: Results) -> pl.DataFrame:
    """Licensed share five years after each order's exit: one row an order, draw and seed."""
    return collect_runs(results, "licensed_share", "exit+5").with_columns(order=ORDER)


def money_by_order(money: pl.DataFrame) -> pl.DataFrame:
    """Means of orders, USD M, and the place of the programme in each."""
    means = money.group_by("order", PLACE.alias("programme_begins_as")).agg(pl.col(*MONEY).mean())
    return drop_last_digits(means.rename({name: f"{name}_usd_million" for name in MONEY}))


def rank_orders(frame: pl.DataFrame) -> pl.DataFrame:
    """Orders from best to worst: mean, how far above that of all orders, and half of the 95 % interval of that."""
    each = frame.group_by("order", "draw").agg(pl.col("value").mean())
    level = each.group_by("draw").agg(pl.col("value").mean().alias("level"))
    above = each.join(level, "draw").with_columns(above=pl.col("value") - pl.col("level"))
    half = find_t_factor(level.height) / level.height**0.5
    return drop_last_digits(
        above.group_by("order").agg(
            pl.col("value").mean().alias("mean"),
            pl.col("above").mean(),
            (half * pl.col("above").std()).fill_null(0.0).alias("half_width"),
        )
    ).sort("above", "order", descending=True)


def cube(frame: pl.DataFrame) -> tuple[list[str], np.ndarray]:
    """Orders, and (draw, order, seed) values."""
    whole = frame.sort("draw", "order", "seed")
    orders = whole["order"].unique().sort().to_list()
    return orders, whole["value"].to_numpy().reshape(count_draws(whole), len(orders), -1)


def spreads(frame: pl.DataFrame) -> tuple[float, float, Verdict]:
    """Standard deviations between orders, net of chance, and between seeds of one order; whether the first is less."""
    between, within = split_choices(cube(frame)[1])
    less = Gain(1e4 * (within - between), 0)  # points squared, one a draw
    sizes = (float(np.sqrt(max(0.0, v.mean()))) for v in (between, within))
    return *sizes, less.verdict(1)


def begin_with(name: str) -> pl.Expr:
    """Return whether an order begins with an ingredient."""
    return ORDER.str.starts_with(name)


def end_with(name: str) -> pl.Expr:
    """Return whether an order ends with an ingredient."""
    return ORDER.str.ends_with(name)


def ends(frame: pl.DataFrame) -> Answer:
    """Return the best and the worst order on every other draw, and how far they lie apart on the rest."""
    orders, values = cube(frame)
    chosen, rest = values[::2].mean((0, 2)), values[1::2] if len(values) > 1 else values
    best, worst = int(chosen.argmax()), int(chosen.argmin())
    apart = Gain((rest[:, best] - rest[:, worst]).ravel(), len(rest), "share")
    return Answer(numbers={"apart": round_gain(apart)}, facts={"best": orders[best], "worst": orders[worst]})


def answers(late: Mapping[str, pl.DataFrame], early: pl.DataFrame) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Return the hypotheses, and what else the orders tell."""
    first, last = begin_with("governance"), end_with("governance")
    whole = {design: difference(frame, first, last) for design, frame in late.items()}
    alike = {
        design: difference(frame, first, last, PLACE.alias("place"), RIGHTS.alias("rights"))
        for design, frame in late.items()
    }
    rivals = {other: difference(early, begin_with("market"), begin_with(other)) for other in ITEMS if other != "market"}
    spread = {design: spreads(frame) for design, frame in late.items()}
    sizes: dict[str, Number] = {}
    for design, (between, within, less) in spread.items():
        sizes[f"between_{design}"] = Number(round_decimals(100 * between, 2), "points", verdict=less)
        sizes[f"within_{design}"] = Number(round_decimals(100 * within, 2), "points")
    hypotheses = {
        "1": Answer(
            combine_verdicts(g.verdict(1) for g in whole.values()),
            {design: round_gain(g, g.verdict(1)) for design, g in whole.items()}
            | {f"alike_{design}": round_gain(g) for design, g in alike.items()},
            {f"alike_{design}": g.verdict(1) for design, g in alike.items()},
        ),
        "2": Answer(combine_verdicts(less for _, _, less in spread.values()), sizes),
        "3": Answer(
            combine_verdicts(g.verdict(1) for g in rivals.values()),
            {name: round_gain(g, g.verdict(1)) for name, g in rivals.items()},
        ),
    }
    starts = {f"start_{d}": Number(round_share(early_start(frame)), "share") for d, frame in late.items()}
    notes = {"early_start": Answer(numbers=starts)}
    for design, frame in late.items():
        found = ends(frame)
        notes[f"ends_{design}"] = Answer(numbers={f"apart_{design}": found.numbers["apart"]}, facts=found.facts)
    return hypotheses, notes


def early_start(frame: pl.DataFrame) -> float:
    """Share of the variance between orders that lies between places of the programme and of the start of work on rights."""
    orders = frame.group_by("order").agg(pl.col("value").mean()).with_columns(place=PLACE, rights=RIGHTS)
    among_places = pl.col("value").mean().over("place", "rights")
    return float(orders.select(among_places.var() / pl.col("value").var()).item())


def difference(frame: pl.DataFrame, some: pl.Expr, others: pl.Expr, *alike: pl.Expr) -> Gain:
    """Paired difference of the means of two sets of orders: of those alike, on average over the kinds that both sets hold."""
    run = ["draw", "seed"]
    kinds = frame.with_columns(*alike)
    by = [*run, *(kind.meta.output_name() for kind in alike)]
    a, b = (kinds.filter(which).group_by(by).agg(pl.col("value").mean()) for which in (some, others))
    both = a.join(b, by, suffix="_other").with_columns(change=pl.col("value") - pl.col("value_other"))
    return Gain(
        both.group_by(run).agg(pl.col("change").mean()).sort(run)["change"].to_numpy(), count_draws(frame), "share"
    )


def money_by_place(table: pl.DataFrame) -> Answer:
    """Return what programmes came to, USD million, by their place in the order; and the licensed share, per cent."""
    place = table.group_by("programme_begins_as").agg(pl.all().exclude("order").mean()).sort("programme_begins_as")
    facts: dict[str, object] = {name: [round_decimals(v, 1) for v in place[f"{name}_usd_million"]] for name in MONEY}
    facts["licensed"] = [round_decimals(100 * v, 1) for v in place["mean"]]
    spent = table["spent_usd_million"]
    facts["spent"] = [round_decimals(v, 1) for v in (spent.mean(), spent.min(), spent.max())]
    return Answer(facts=facts)
