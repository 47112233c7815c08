"""The commands on a particle table and on own observations: what they print, write and refuse."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asmsim.cli import episodes
from asmsim.cli.evidence import calibrate_command, validate_command
from asmsim.config.errors import ConfigError
from asmsim.engine.kernel_identity import kernel_id
from asmsim.evidence import own_observations as own
from asmsim.evidence import particle_table, world_fit
from tests.evidence.test_particle_table import NAMES


def test_the_template_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    calibrate_command(observed_template=True)
    assert capsys.readouterr().out == own.TEMPLATE


def test_overrides_without_observations_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="calibrate policy=none: overrides go with --observed"):
        calibrate_command(overrides=["policy=none"], out=tmp_path)


def test_observations_without_a_country_are_refused(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text(own.TEMPLATE, encoding="utf-8")
    with pytest.raises(ConfigError, match="--context NAME is needed"):
        calibrate_command(observed=tmp_path / "n.csv", context="", out=tmp_path, threads=1)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no particle table is there; make one with `asmsim calibrate --table"):
        validate_command(left_out=True, table=tmp_path, out=tmp_path)


def test_a_table_is_simulated_fitted_and_left_out_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = particle_table.load_seen(NAMES)
    monkeypatch.setattr(particle_table, "load_seen", lambda _=(): seen)
    monkeypatch.setattr(world_fit, "load_seen", lambda _=(): seen)
    episodes.fit_world(tmp_path, tmp_path, 12, 1, 1.0, 2)
    said = capsys.readouterr().out
    assert "12 particles; " in said
    assert f"asmsim validate --posterior {tmp_path}/world.parquet" in said
    assert pl.read_parquet(tmp_path / "world.parquet")["weight"].sum() == pytest.approx(1.0)
    table = particle_table.read_particles(tmp_path)
    assert any(name.startswith("levels of V1 ") for name in table.statistics), "levels of the runs are kept too"
    episodes.leave_out(tmp_path, tmp_path)
    assert (tmp_path / "left_out.md").is_file()
    printed = capsys.readouterr()
    assert "With each episode left out of the fit in turn" in printed.out
    assert "warning" not in printed.err
    kept = (tmp_path / "table.json").read_text(encoding="utf-8")
    (tmp_path / "table.json").write_text(kept.replace(kernel_id(), "0" * 16), encoding="utf-8")
    assert "simulated by an earlier version of the model" in particle_table.describe_version(tmp_path)


def test_own_observations_make_a_posterior(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "outcome,from,until,of,value,error\nminers,2010-01,2011-01,mean,100000,200000\n"
    (tmp_path / "n.csv").write_text(rows, encoding="utf-8")
    monkeypatch.setattr(own, "LEAST_EFFECTIVE", 2)
    overrides = ["policy=none", "model.scale=1000"]
    episodes.weigh_own("philippines", overrides, tmp_path / "n.csv", tmp_path, "prior", 6, 1, None)
    assert "of 6 draws of prior remain effective, given 1 observation." in capsys.readouterr().out
    weights = pl.read_parquet(tmp_path / "philippines.parquet")["weight"].to_numpy()
    assert np.isfinite(weights).all()
