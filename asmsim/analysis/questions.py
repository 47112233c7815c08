"""Questions to a sweep of one's own: what a choice gains, what each part of a bundle adds, where something happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.analysis.attribution import attribute, interactions
from asmsim.analysis.discovery import Box, find_box, find_leaves
from asmsim.analysis.gains import Gain, draws_of, gain, of_choice, runs_of, year_to
from asmsim.analysis.sweeps import dimensions
from asmsim.config.errors import ConfigError, nearest
from asmsim.model.outcomes import O
from asmsim.sweep.results import Results

if TYPE_CHECKING:
    import polars as pl

ABSENT = ("none", "null", "0", "0.0", "false", "[]")
"""Values that say that a part is not there."""


def plain(value: Any) -> str:
    """A value of a point as it was typed."""
    return "null" if value is None else str(value).strip('"').lower()


def told(found: Gain) -> dict[str, Any]:
    """A gain as columns, with which way it goes and in words."""
    way = {"supported": "more", "contradicted": "less", "cannot be told": "cannot be told"}.get(
        found.verdict(1), "none"
    )
    return found.row() | {"way": way, "said": found.said()}


def runs_at(results: Results, outcome: str, date: str) -> "pl.DataFrame":
    """One row a run: at a named date, from summaries; or in the year to a month such as 2014-12, from series."""
    return year_to(results, outcome, date) if date[:4].isdigit() else runs_of(results, outcome, date)


def gains_of(results: Results, outcome: str, date: str, reference: Mapping[str, str]) -> "pl.DataFrame":
    """One row a choice: its paired gain over the one that has the reference's values.

    Raises
    ------
    ConfigError
        The reference is no dimension, or no value of it.
    """
    import polars as pl

    frame = runs_at(results, outcome, date)
    keys = dimensions(results)
    chosen: dict[str, Any] = {}
    for key, value in reference.items():
        if key not in keys:
            raise ConfigError(f"{key}: does not vary in this sweep{nearest(key, keys)}; what does: {', '.join(keys)}")
        there = {plain(v): v for v in frame[key].unique().to_list()}
        if value.lower() not in there:
            raise ConfigError(f"{key}={value}: no point has it; values: {', '.join(sorted(there))}")
        chosen[key] = there[value.lower()]
    choices = frame.select(keys).unique(maintain_order=True).to_dicts()
    others = [c for c in choices if any(c[k] != v for k, v in chosen.items())]
    return pl.DataFrame([c | told(gain(frame, c, c | chosen, O[outcome].unit)) for c in others])


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
            {"part": p, "with": "", "order_error": float(e)} | told(g)
            for p, g, e in zip(self.parts, self.values, self.errors, strict=True)
        ]
        rows.append({"part": "all", "with": "", "order_error": 0.0} | told(self.whole))
        rows += [{"part": a, "with": b, "order_error": 0.0} | told(g) for (a, b), g in self.pairs.items()]
        return pl.DataFrame(rows)


def attribution(results: Results, outcome: str, date: str) -> Attribution:
    """What each part adds, where every dimension of the sweep is a part that is there or not.

    Raises
    ------
    ConfigError
        A dimension does not have two values of which one says that the part is absent, or subsets are missing.
    """
    frame = runs_at(results, outcome, date)
    parts, points = dimensions(results), results.points.collect()
    absent: dict[str, Any] = {}
    for key in parts:
        values = points[key].unique().to_list()
        none = [v for v in values if plain(v) in ABSENT]
        if len(values) != 2 or len(none) != 1:
            raise ConfigError(
                f"{key}: {', '.join(sorted(plain(v) for v in values))}: a part has two values, of which one says that it "
                "is not there (none, null, 0 or false)"
            )
        absent[key] = none[0]
    worth: dict[int, Any] = {}
    for choice in frame.select(parts).unique(maintain_order=True).to_dicts():
        worth[sum((choice[key] != absent[key]) << k for k, key in enumerate(parts))] = of_choice(frame, choice)
    whole = (1 << len(parts)) - 1
    if len({len(v) for v in worth.values()}) > 1 or not {0, whole} <= set(worth):
        raise ConfigError(
            f"attribution at {date}: nothing and the whole are needed, and the same draws and seeds of every subset; where "
            "some have no donor's exit, ask for a month (--date 2014-12, of a sweep with --keep both)"
        )
    try:
        values_, errors = attribute(worth, len(parts))
    except ValueError as error:
        raise ConfigError(f"attribution: {error} (asmsim sweep --design factorial runs all)") from error
    draws, unit = draws_of(frame), O[outcome].unit
    pairs = {}
    if len(worth) == whole + 1:
        both = interactions(np.stack([worth[s] for s in range(whole + 1)]))
        pairs = {(parts[j], parts[i]): Gain(both[i, j], draws, unit) for i in range(len(parts)) for j in range(i)}
    all_of = Gain(worth[whole] - worth[0], draws, unit)
    return Attribution(tuple(parts), tuple(Gain(v, draws, unit) for v in values_), errors, all_of, pairs)


def boxes_of(results: Results, where: str) -> tuple[list[Box], "pl.DataFrame"]:
    """Where something happens: PRIM's box if there is one, then a tree's leaves, the densest first; and the inputs.

    Parameters
    ----------
    where
        `pathway=limbo`, or an outcome at the horizon: `licensed_share<0.02`, `mercury>100`.

    Raises
    ------
    ConfigError
        It cannot be read, or too few runs are cases.
    """
    import polars as pl

    sign = next((s for s in "=<>" if s in where), None)
    key, _, value = where.partition(sign or "=")
    keys = dimensions(results)
    drawn = [c for c in results.points.collect_schema().names() if c.startswith("parameters.") and c not in keys]
    if sign == "=" and key == "pathway":
        frame = results.table("runs").select(*keys, *drawn, "pathway").collect()
        ways = frame["pathway"].unique().sort().to_list()
        if value not in ways:
            raise ConfigError(f"pathway={value}: no run has it{nearest(value, ways)}; there are: {', '.join(ways)}")
        cases = (frame["pathway"] == value).to_numpy()
    elif sign in ("<", ">"):
        frame = results.of(key, "horizon")
        try:
            limit = float(value)
        except ValueError:
            raise ConfigError(f"{where}: {value!r} is no number") from None
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
            columns |= {f"{name}={plain(v)}": (frame[name] == v).cast(pl.Float64) for v in told_by}
    inputs = pl.DataFrame(columns)
    box = find_box(inputs, cases)
    found = ([box] if box is not None else []) + find_leaves(inputs, cases)
    if not found:
        raise ConfigError(f"{where}: {int(cases.sum())} of {len(cases)} runs: too few, or all, to say where it happens")
    return found, inputs
