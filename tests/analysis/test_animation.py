"""The map over time: a frame a quarter, refused before any run where it could not be written."""

import itertools
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from asmsim.analysis.animation import check_animation, list_frames, write_animation
from asmsim.cli import app
from asmsim.config.errors import ConfigError
from asmsim.sweeps.replicates import replicate
from tests.conftest import SMALL


def test_the_animation_shows_every_quarter_up_to_the_last_month(tmp_path: Path) -> None:
    run = replicate([*SMALL], 1)
    shown = list_frames(run)
    assert shown[-1] == len(run.months) - 1
    assert {b - a for a, b in itertools.pairwise(shown)} == {3}
    drawn: list[int] = []
    write_animation(run, tmp_path / "map.gif", drawn.append)
    with Image.open(tmp_path / "map.gif") as picture:
        assert 2 <= picture.n_frames <= len(shown) == len(drawn)  # equal frames are joined


@pytest.mark.parametrize("name", ["map.webp", "there.gif"])
def test_what_cannot_be_written_is_refused_before_any_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "there.gif").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="--animation"):
        check_animation(tmp_path / name)
    done = CliRunner().invoke(app, ["run", *SMALL, "--animation", str(tmp_path / name), "--out", str(tmp_path)])
    assert done.exit_code != 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there.gif"]
