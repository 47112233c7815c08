"""Whatever a run does, every other run is right, exactly the bad ones are named, and a rerun completes."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from asmsim.sweeps.store.results import Results
from tests.sweep.conftest import files, rows
from tests.sweep.faults import Faulty

Swept = Callable[..., Results]
BAD = ((2.0, 3),)  # two years, seed 3: in both kinds of law, so two runs


def bad_ones(results: Results) -> set[tuple[str, float, int, str]]:
    table = results.table("runs").filter(pl.col("status") != "ok").collect()
    return set(table.select("legalisation", "donor.programme.duration_years", "seed", "status").iter_rows())


def expect_only_these_are_bad(results: Results, undisturbed: Results, status: str) -> None:
    assert bad_ones(results) == {(law, 2.0, 3, status) for law in ("none", "gradual")}
    bad = results.runs.filter(pl.col("status") != "ok").select("point", "seed").collect()
    for table in ("summary", "series"):
        others = rows(undisturbed, table).join(bad, ["point", "seed"], how="anti")
        assert rows(results, table).equals(others)


def expect_rerun_completes(swept: Swept, undisturbed: Results) -> None:
    again = swept(workers=0)
    assert again.status == {"ok": 32, "missing": 0}
    assert files(again.folder) == files(undisturbed.folder)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_raising_run_is_a_row_with_its_traceback(swept: Swept, undisturbed: Results, workers: int) -> None:
    results = swept(workers=workers, run=Faulty(raises=BAD))
    expect_only_these_are_bad(results, undisturbed, "failed")
    row = results.runs.filter(pl.col("status") == "failed").collect().to_dicts()[0]
    assert row["error"] == "ZeroDivisionError: no such luck as 3"
    assert "faults.py" in row["traceback"]
    assert row["reproduce"] == f"asmsim sweep {results.folder} --only {row['point']}:3"
    expect_rerun_completes(swept, undisturbed)


def test_a_run_that_kills_its_worker_is_blamed_alone(swept: Swept, undisturbed: Results) -> None:
    results = swept(workers=2, run=Faulty(kills=BAD))
    expect_only_these_are_bad(results, undisturbed, "killed")
    expect_rerun_completes(swept, undisturbed)


def test_a_worker_that_is_killed_once_costs_nothing(swept: Swept, undisturbed: Results, tmp_path: Any) -> None:
    results = swept(workers=2, run=Faulty(kills_once=BAD, once=str(tmp_path / "once")))
    assert (tmp_path / "once").exists()
    assert files(results.folder) == files(undisturbed.folder)


@pytest.mark.parametrize("how", ["hangs", "hangs_natively"])
def test_a_run_that_hangs_is_named_with_where_it_hung(swept: Swept, undisturbed: Results, how: str) -> None:
    results = swept(workers=2, run=Faulty(**{how: BAD}), time_limit=1.5)
    expect_only_these_are_bad(results, undisturbed, "timed out")
    row = results.runs.filter(pl.col("status") == "timed out").collect().to_dicts()[0]
    assert row["error"] == "took longer than 1.5 s"
    assert "faults.py" in row["traceback"]
    expect_rerun_completes(swept, undisturbed)
