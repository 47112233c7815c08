"""Questions to a sweep of one's own: what a choice gains, what each part of a bundle adds, where something happens."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.attribution import attribute_to_parts, measure_interactions
from asmsim.analysis.discovery import LEAST, MASS, Box, find_box, find_leaves
from asmsim.analysis.gains import (
    Gain,
    check_paired,
    collect_runs,
    collect_year,
    count_draws,
    measure_gain,
    name_choice,
    select_runs,
)
from asmsim.analysis.statistics import find_direction
from asmsim.analysis.sweeps import list_dimensions
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.schema import is_month
from asmsim.model.outcomes import O
from asmsim.sweeps.store.results import Results

if TYPE_CHECKING:
    import polars as pl

ABSENT = ("none", "null", "0", "0.0", "false", "[]")
"""Values that say that a part is not there."""


def show_typed(value: Any) -> str:
    """A value of a point as it is typed; a whole number has no decimals."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return "null" if value is None else str(value).strip('"').lower()


def find_typed(value: str, among: Sequence[Any]) -> Any:
    """Return the value among a point's that was typed, whether as `0`, `0.0`, `1e3` or `Gradual`.

    Raises
    ------
    KeyError
        None of them.
    """
    there = {show_typed(v): v for v in among}
    wanted = value.strip('"').lower()
    if wanted in there:
        return there[wanted]
    try:
        number = float(wanted)
    except ValueError:
        raise KeyError(value) from None
    for other in among:
        if isinstance(other, int | float) and not isinstance(other, bool) and other == number:
            return other
    raise KeyError(value)


def tabulate_gain(found: Gain) -> dict[str, Any]:
    """Return a gain as columns, with which way it goes on average and in words."""
    return found.row() | {"way": find_direction(found.mean_interval, found.unit), "said": found.describe()}


def collect_runs_at(results: Results, outcome: str, date: str) -> "pl.DataFrame":
    """One row a run: at a named date, from summaries; or in the year to a month such as 2014-12, from series.

    Raises
    ------
    ConfigError
        No such date; or points count unequally, which gains and attribution do not reckon with.
    """
    if results.weighted and results.points.collect()["weight"].n_unique() > 1:
        raise ConfigError(
            "points of this sweep have unequal weights, which paired questions cannot count; asmsim results does"
        )
    if not date[:1].isdigit():
        return collect_runs(results, outcome, date)
    if not is_month(date) or len(date) != 7:
        raise ConfigError(f"--date {date}: no month" + (f"; write {date}-12" if date.isdigit() else " such as 2014-12"))
    return collect_year(results, outcome, date)


def tabulate_gains(results: Results, outcome: str, date: str, reference: Mapping[str, str]) -> "pl.DataFrame":
    """One row a choice: its paired gain over the one that has the reference's values.

    Raises
    ------
    ConfigError
        The reference is no dimension, or no value of it.
    """
    import polars as pl

    frame = collect_runs_at(results, outcome, date)
    keys = list_dimensions(results)
    chosen: dict[str, Any] = {}
    for key, value in reference.items():
        if key not in keys:
            raise ConfigError(f"{key}: does not vary in this sweep{nearest(key, keys)}; what does: {', '.join(keys)}")
        there = frame[key].unique(maintain_order=True).to_list()
        try:
            chosen[key] = find_typed(value, there)
        except KeyError:
            shown = ", ".join(sorted(show_typed(v) for v in there))
            raise ConfigError(f"{key}={value}: no point has it; values: {shown}") from None
    choices = frame.select(keys).unique(maintain_order=True).to_dicts()
    others = [c for c in choices if any(c[k] != v for k, v in chosen.items())]
    return pl.DataFrame([c | tabulate_gain(measure_gain(frame, c, c | chosen, O[outcome].unit)) for c in others])


@dataclass(frozen=True, eq=False)
class Attribution:
    """Shapley values of parts and, where every subset was run, their pairwise interactions."""

    parts: tuple[str, ...]
    values: tuple[Gain, ...]
    errors: npt.NDArray[np.float64]
    whole: Gain
    pairs: Mapping[tuple[str, str], Gain]

    def table(self) -> "pl.DataFrame":
        """One row a part, the whole and each pair."""
        import polars as pl

        rows: list[dict[str, Any]] = [
            {"part": p, "with": "", "order_error": float(e)} | tabulate_gain(g)
            for p, g, e in zip(self.parts, self.values, self.errors, strict=True)
        ]
        rows.append({"part": "all", "with": "", "order_error": 0.0} | tabulate_gain(self.whole))
        rows += [{"part": a, "with": b, "order_error": 0.0} | tabulate_gain(g) for (a, b), g in self.pairs.items()]
        return pl.DataFrame(rows)


def attribute_sweep(results: Results, outcome: str, date: str) -> Attribution:
    """What each part adds, where every dimension of the sweep is a part that is there or not.

    Raises
    ------
    ConfigError
        A dimension does not have two values of which one says that the part is absent, or subsets are missing.
    """
    frame = collect_runs_at(results, outcome, date)
    parts, points = list_dimensions(results), results.points.collect()
    absent: dict[str, Any] = {}
    for key in parts:
        values = points[key].unique().to_list()
        none = [v for v in values if show_typed(v) in ABSENT]
        if len(values) != 2 or len(none) != 1:
            raise ConfigError(
                f"{key}: {', '.join(sorted(show_typed(v) for v in values))}: a part has two values, of which one says that it "
                "is not there (none, null, 0 or false)"
            )
        absent[key] = none[0]
    worth: dict[int, Any] = {}
    first = None
    for choice in frame.select(parts).unique(maintain_order=True).to_dicts():
        rows = select_runs(frame, choice)
        first = (rows, name_choice(choice)) if first is None else first
        check_paired(first[0], rows, (first[1], name_choice(choice)))
        worth[sum((choice[key] != absent[key]) << k for k, key in enumerate(parts))] = rows["value"].to_numpy()
    whole = (1 << len(parts)) - 1
    if not {0, whole} <= set(worth):
        raise ConfigError(
            f"attribution at {date}: nothing and the whole are needed; where some have no donor's exit, ask for a month "
            "(--date 2014-12, of a sweep with --keep both)"
        )
    try:
        values_, errors = attribute_to_parts(worth, len(parts))
    except ValueError as error:
        raise ConfigError(f"attribution: {error} (asmsim sweep --design factorial runs all)") from error
    draws, unit = count_draws(frame), O[outcome].unit
    pairs = {}
    if len(worth) == whole + 1:
        both = measure_interactions(np.stack([worth[s] for s in range(whole + 1)]))
        pairs = {(parts[j], parts[i]): Gain(both[i, j], draws, unit) for i in range(len(parts)) for j in range(i)}
    all_of = Gain(worth[whole] - worth[0], draws, unit)
    each = tuple(Gain(v, draws, unit, unsure=float(e)) for v, e in zip(values_, errors, strict=True))
    return Attribution(tuple(parts), each, errors, all_of, pairs)


def find_boxes(results: Results, where: str) -> tuple[list[Box], "pl.DataFrame"]:
    """Where something happens: PRIM's box if there is one, then a tree's leaves, the densest first; and the inputs.

    Parameters
    ----------
    where
        `pathway=limbo`, or an outcome at the horizon: `licensed_share<0.02`, `mercury>100`; shares from 0 to 1.

    Raises
    ------
    ConfigError
        It cannot be read, or too few runs are cases.
    """
    import polars as pl

    sign = next((s for s in "=<>" if s in where), None)
    key, _, value = (part.strip() for part in where.partition(sign or "="))
    keys = list_dimensions(results)
    there = results.points.collect_schema().names()
    drawn = [c for c in there if c.startswith("parameters.") and c not in keys]
    together = "draw" if "draw" in there else "point"
    if sign == "=" and key == "pathway":
        frame = results.table("runs").select(together, *keys, *drawn, "pathway").drop_nulls("pathway").collect()
        ways = frame["pathway"].unique().sort().to_list()
        if value not in ways:
            raise ConfigError(f"pathway={value}: no run has it{nearest(value, ways)}; there are: {', '.join(ways)}")
        cases = (frame["pathway"] == value).to_numpy()
    elif sign in ("<", ">"):
        frame = results.of(key, "horizon").drop_nulls("value")  # undefined where nobody mines
        try:
            limit = float(value)
        except ValueError:
            share = f"; write {key}{sign}{float(value[:-1]) / 100:g}" if re.fullmatch(r"[\d.]+%", value) else ""
            raise ConfigError(f"{where}: {value!r} is no number{share}") from None
        cases = (frame["value"] < limit).to_numpy() if sign == "<" else (frame["value"] > limit).to_numpy()
    else:
        raise ConfigError(f"{where}: write pathway=NAME, OUTCOME<NUMBER or OUTCOME>NUMBER")
    columns = {}
    for name in [*keys, *drawn]:
        if frame[name].dtype.is_numeric():
            columns[name] = frame[name].cast(pl.Float64)
        else:
            values = frame[name].unique().sort().to_list()
            told_by = values if len(values) > 2 else values[-1:]
            columns |= {f"{name}={show_typed(v)}": (frame[name] == v).cast(pl.Float64) for v in told_by}
    inputs = pl.DataFrame(columns)
    groups = frame[together].to_numpy()
    box = find_box(inputs, cases, groups)
    found = ([box] if box is not None else []) + find_leaves(inputs, cases, groups)
    if not found:
        number = int(cases.sum())
        raise ConfigError(
            f"{where}: {number} of {len(cases)} runs: "
            + (
                "all, so there is nothing to tell them by"
                if number == len(cases)
                else f"too few to say where; {LEAST} are needed, and {MASS:.0%} of the runs, in the half on which boxes are found"
            )
        )
    return found, inputs
