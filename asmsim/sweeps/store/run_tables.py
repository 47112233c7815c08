"""Runs turned to tables: what became of each, its values at the dates that matter, its months."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from asmsim.sweeps.store.dates import list_dates, year_mean
from asmsim.sweeps.store.parts import OK

if TYPE_CHECKING:
    import polars as pl

    from asmsim.model.scenario import Scenario


@dataclass(frozen=True)
class Failure:
    """Why a run gave nothing."""

    status: str
    error: str
    traceback: str


@dataclass(frozen=True, eq=False)
class CompletedRun:
    """A run that gave something.

    Attributes
    ----------
    values
        (month, outcome) of the recorded months, for the outcomes kept.
    months
        Names of the recorded months.
    exit_index
        Index among them of the first month after the programme, or None without a programme.
    """

    values: npt.NDArray[np.float64]
    months: Sequence[str]
    exit_index: int | None
    pathway: str | None

    @property
    def exit_month(self) -> str | None:
        """First month after the programme, if it lies within the recorded months."""
        out = self.exit_index
        return None if out is None or out >= len(self.months) else self.months[out]

    def dates(self) -> dict[str, int]:
        """Named dates of the run."""
        return list_dates(len(self.months), self.exit_index or 0, self.exit_index is not None)


Outcome = CompletedRun | Failure
Row = tuple[str, int, Outcome]
"""Id of a point, seed, what came of the run."""


def find_exit_index(scenario: "Scenario", months: int) -> int | None:
    """Index among the recorded months of the first month after the programme; None without one."""
    if scenario.donor.programme is None:
        return None
    return int(np.clip(scenario.exit_month - (scenario.context.months - months), 1, months))


def runs_table(rows: Sequence[Row]) -> "pl.DataFrame":
    """One row a run."""
    import polars as pl

    text = pl.String
    done = [r[2] if isinstance(r[2], CompletedRun) else None for r in rows]
    lost = [r[2] if isinstance(r[2], Failure) else None for r in rows]
    return pl.DataFrame(
        {
            "point": pl.Series([r[0] for r in rows], dtype=text),
            "seed": pl.Series([r[1] for r in rows], dtype=pl.Int64),
            "status": pl.Series([f.status if f else OK for f in lost], dtype=text),
            "error": pl.Series([f.error if f else None for f in lost], dtype=text),
            "traceback": pl.Series([f.traceback if f else None for f in lost], dtype=text),
            "pathway": pl.Series([d.pathway if d else None for d in done], dtype=text),
            "exit_month": pl.Series([d.exit_month if d else None for d in done], dtype=text),
        }
    )


def summary_table(rows: Sequence[Row], outcomes: Sequence[str]) -> "pl.DataFrame":
    """One row per run and date: 12-month means, float64."""
    import polars as pl

    keys: list[tuple[str, int, str, str]] = []
    means: list[npt.NDArray[np.float64]] = []
    for point, seed, done in rows:
        if isinstance(done, CompletedRun):
            for name, at in done.dates().items():
                keys.append((point, seed, name, done.months[at - 1]))
                means.append(year_mean(done.values, at))
    schema = {"point": pl.String, "seed": pl.Int64, "date": pl.String, "until": pl.String}
    frame = pl.DataFrame(keys, schema=schema, orient="row")
    values = np.array(means).reshape(-1, len(outcomes))
    return frame.with_columns(number_column(o, np.ascontiguousarray(values[:, k])) for k, o in enumerate(outcomes))


def series_table(rows: Sequence[Row], outcomes: Sequence[str]) -> "pl.DataFrame":
    """One row per run and month, float32."""
    import polars as pl

    done = [(point, seed, d) for point, seed, d in rows if isinstance(d, CompletedRun)]
    lengths = [len(d.months) for _, _, d in done]
    schema = {"point": pl.String, "seed": pl.Int64, "month": pl.String}
    frame = pl.DataFrame(
        {
            "point": np.repeat(np.array([p for p, _, _ in done], object), lengths),
            "seed": np.repeat(np.array([s for _, s, _ in done], np.int64), lengths),
            "month": [m for _, _, d in done for m in d.months],
        },
        schema=schema,
    )
    values = np.concatenate([d.values for _, _, d in done]) if done else np.empty((0, len(outcomes)))
    columns = values.T.astype(np.float32)
    return frame.with_columns(number_column(o, columns[k]) for k, o in enumerate(outcomes))


def number_column(name: str, values: npt.NDArray[Any]) -> "pl.Series":
    """A column of numbers, null where they are undefined."""
    import polars as pl

    return pl.Series(name, values, nan_to_null=True)


def make_tables(rows: Sequence[Row], keep: Sequence[str], outcomes: Sequence[str]) -> "dict[str, pl.DataFrame]":
    """Every table of a part that is kept; without one good run there is nothing but `runs`."""
    made = {"runs": runs_table(rows)}
    if any(isinstance(r[2], CompletedRun) for r in rows):
        if "summary" in keep:
            made["summary"] = summary_table(rows, outcomes)
        if "series" in keep:
            made["series"] = series_table(rows, outcomes)
    return made
