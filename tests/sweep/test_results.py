"""Results read lazily, with the values of their points; and as files for other programs."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import asmsim
from asmsim.analysis.summary import find_dates, measure_year
from asmsim.analysis.sweep_figure import draw_sweep
from asmsim.analysis.sweeps import choose_dates, choose_lead_outcomes, has_draws, measure_effects, measure_quantiles
from asmsim.config.errors import ConfigError
from asmsim.model.own_outcomes import list_reported
from asmsim.model.scenarios import scenario
from asmsim.sweeps.execute.simulator import Simulator
from asmsim.sweeps.replicates import replicate
from asmsim.sweeps.store.export import export_results, to_xarray
from asmsim.sweeps.store.results import Results, open_results
from tests.sweep.conftest import SEEDS, TINY, asked

Swept = Callable[..., Results]


def test_a_sweep_finds_what_asmsim_run_finds(undisturbed: Results) -> None:
    alone = replicate(scenario(*TINY, "legalisation=gradual", "donor.programme.duration_years=1"), SEEDS)
    here = pl.col("legalisation") == "gradual", pl.col("donor.programme.duration_years") == 1
    series = undisturbed.table("series").filter(*here).select(alone.series().columns).collect()
    assert series.sort("seed", maintain_order=True).equals(alone.series())
    summary = undisturbed.table("summary").filter(*here).sort("seed", maintain_order=True).collect()
    assert find_dates(alone).keys() == set(summary["date"])
    for name, at in find_dates(alone).items():
        found = summary.filter(pl.col("date") == name).select(list(undisturbed.manifest.outcomes)).to_numpy()
        np.testing.assert_allclose(found, measure_year(alone, at)[:, list(list_reported())], rtol=1e-12)
    runs = undisturbed.table("runs").filter(*here).sort("seed").collect()
    assert runs["pathway"].to_list() == alone.pathways


def test_tables_carry_the_values_of_their_points(undisturbed: Results) -> None:
    assert undisturbed.points.collect().height == 8
    for name in ("runs", "summary", "series"):
        table = undisturbed.table(name)
        assert isinstance(table, pl.LazyFrame)
        assert {"legalisation", "donor.programme.duration_years", "seed"} <= set(table.collect_schema().names())
    assert len(undisturbed.to_pandas("runs")) == 32
    of = undisturbed.of("miners")
    assert of.height == 32
    with pytest.raises(ConfigError, match="miners"):
        undisturbed.of("miner")
    with pytest.raises(ConfigError, match="summary"):
        undisturbed.table("summry")


def test_chosen_tables_and_outcomes_only(swept: Swept) -> None:
    results = swept(asked(keep="summary", outcomes=("miners", "trust"), seeds=1), workers=0)
    assert results.summary.collect_schema().names()[-2:] == ["miners", "trust"]
    assert not list(results.folder.glob("*/*.series.parquet"))
    with pytest.raises(ConfigError, match="keeps summary only"):
        results.series.collect()
    with pytest.raises(ConfigError, match="miners"):
        swept(asked(outcomes=("minrs",)), workers=0)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "nc"])
def test_exports_hold_what_the_table_holds(undisturbed: Results, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"summary.{ending}"
    table = undisturbed.table("summary").collect()
    if ending == "xlsx":
        pytest.importorskip("xlsxwriter")
        export_results(undisturbed, "summary", path)
        assert path.read_bytes()[:2] == b"PK"
        return
    if ending == "nc":
        xarray = pytest.importorskip("xarray")
        export_results(undisturbed, "summary", path)
        with xarray.open_dataset(path, engine="scipy") as found:
            assert dict(found.sizes)["seed"] == SEEDS
            assert found["licensed_share"].attrs["units"] == "share"
            row = table.filter(pl.col("date") == "horizon").row(5, named=True)
            cell = found["miners"].sel(point=row["point"], seed=row["seed"], date="horizon")
            assert float(cell) == row["miners"]
            years = found["donor.programme.duration_years"].sel(point=row["point"])
            assert float(years) == row["donor.programme.duration_years"]
        assert to_xarray(undisturbed, "series")["miners"].notnull().all()
        return
    export_results(undisturbed, "summary", path)
    read = pl.read_csv(path) if ending == "csv" else pl.read_parquet(path)
    assert read.height == table.height
    assert read.columns == table.columns
    if ending == "parquet":
        assert read.equals(table)


def test_a_folder_carries_its_codebook_and_parquet_its_units(undisturbed: Results, tmp_path: Path) -> None:
    codebook = pl.read_csv(undisturbed.folder / "codebook.csv")
    assert codebook.columns == ["column", "label", "unit", "meaning"]
    assert set(undisturbed.manifest.outcomes) <= set(codebook["column"])
    assert codebook.null_count()["meaning"][0] == 0
    export_results(undisturbed, "summary", tmp_path / "x.parquet")
    units = json.loads(pl.read_parquet_metadata(tmp_path / "x.parquet")["units"])
    assert units["licensed_share"] == "share"


def test_drawn_parameters_stand_with_the_points_and_not_on_every_row(swept: Swept, tmp_path: Path) -> None:
    draws = tmp_path / "draws.csv"
    draws.write_text("taste_base,fine\n0.1,2\n0.2,3\n")
    results = swept(asked(draws=draws, seeds=2), workers=0)
    for ending, read in (("csv", pl.read_csv), ("parquet", pl.read_parquet)):
        export_results(results, "summary", tmp_path / f"out.{ending}")
        table, points = read(tmp_path / f"out.{ending}"), read(tmp_path / f"out.points.{ending}")
        assert not [c for c in table.columns if c.startswith("parameters.")]
        assert {"parameters.taste_base", "parameters.fine", "draw"} <= set(points.columns)
        assert set(table["point"]) <= set(points["point"])


def test_exports_that_cannot_be_are_refused(undisturbed: Results, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="end the name in"):
        export_results(undisturbed, "summary", tmp_path / "x.ods")
    with pytest.raises(ConfigError, match="NetCDF"):
        export_results(undisturbed, "runs", tmp_path / "x.nc")


def test_effects_are_quantiles_by_value(undisturbed: Results) -> None:
    law, years = measure_effects(undisturbed, ["miners"])
    assert [level.label for level in law.levels] == ["none", "gradual"]
    assert [level.label for level in years.levels] == ["1", "2", "5", "10"]
    assert [level.runs for level in years.levels] == [8] * 4
    ten = undisturbed.of("miners").filter(pl.col("donor.programme.duration_years") == 10)["value"].to_numpy()
    assert years.levels[-1].values[2, 0] == np.median(ten)


def test_the_exit_leads_where_half_of_the_runs_have_one(swept: Swept) -> None:
    several = swept(asked("donor.programme.duration_years=0,1,1.5", seeds=2), workers=0)
    assert list(choose_dates(several)) == ["horizon", "exit"], (
        "programmes end in different months: what all share leads"
    )
    assert choose_dates(several)["exit"].startswith(
        "end of the programme (4 of 6 runs have one) (another month by point, 2005-12 to 2006-06"
    )
    alike = swept(asked("donor.programme.duration_years=0,1", seeds=2, name="alike"), workers=0)
    assert choose_dates(alike) == {
        "exit": "end of the programme (2 of 4 runs have one)",
        "horizon": "last month simulated",
    }
    assert [level.label for level in measure_effects(several, ["miners"], "exit")[0].levels] == ["1", "1.5"]
    assert draw_sweep(several, "exit") is not None
    few = swept(asked("donor.programme.duration_years=0,0.5,0.6", seeds=1, name="few"), workers=0)
    assert choose_dates(few) == {"horizon": "last month simulated"}
    assert not has_draws(few)


def test_a_folder_of_a_run_is_no_sweep(tmp_path: Path) -> None:
    folder = asmsim.write(asmsim.run([*TINY], 1), tmp_path)
    with pytest.raises(ConfigError, match="a run or a comparison, no sweep"):
        open_results(folder)


def test_weights_count() -> None:
    values = np.array([[0.0], [1.0], [10.0]])
    assert measure_quantiles(values, np.ones(3))[2, 0] == 1.0
    assert measure_quantiles(values, np.array([1.0, 1.0, 98.0]))[2, 0] > 9


def test_a_figure_for_every_kind_of_sweep(undisturbed: Results, swept: Swept) -> None:
    assert len(draw_sweep(undisturbed).axes) == 8
    two = asked("donor.programme.duration_years=1,2,3", "market.royalty_and_tax.royalty=0,0.05,0.1", seeds=1)
    assert len(draw_sweep(swept(two, workers=0)).axes) == 8, "four maps, four scales"
    assert draw_sweep(swept(asked("legalisation=gradual", seeds=1), workers=0)) is None


def test_asked_outcomes_are_those_that_are_printed(swept: Swept) -> None:
    results = swept(asked(outcomes=("raids", "fees")), workers=0)
    assert sorted(choose_lead_outcomes(results)) == ["fees", "raids"]


def test_a_sweep_from_python_warns_of_runs_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(Simulator, "__call__", fail)
    with pytest.warns(UserWarning, match="2 failed of 2 runs; results.runs says why"):
        asmsim.sweep(*TINY, seeds=2, out=tmp_path, workers=0)
