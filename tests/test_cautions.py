"""Every caution of `run` stands in `compare`, `sweep`, `results`, `analyse` and the Python interface too."""

import json
import warnings
from pathlib import Path

import pytest

import asmsim as api
from asmsim.config.errors import Caution
from asmsim.sweeps.cautions import list_cautions
from tests.test_cli import asmsim

COARSE = ["context=generic", "model.scale=1000", "context.end=2007-12"]
FINE = ["context=generic", "policy=none", "model.scale=20", "context.end=2008-12"]
WANTED = ("At a scale of 1:1000 only", "Only 3 seeds", "not fitted")


def check(text: str, wanted: tuple[str, ...] = WANTED) -> None:
    for each in wanted:
        assert each in " ".join(text.split()), text


def test_commands_say_every_caution(elsewhere: Path) -> None:
    check(asmsim("run", *COARSE, "-n", "3").stdout)
    check(asmsim("compare", "none", "minimal_law", *COARSE, "-n", "3").stdout)
    for page in elsewhere.glob("results/*/*/report.html"):
        check(page.read_text())
    check(asmsim("sweep", *COARSE, "policy=none,minimal_law", "-n", "3", "--workers", "0").stderr)
    folder = str(next(elsewhere.glob("results/sweeps/sweep-*")))
    check(asmsim("sweep", folder).stderr)
    check(asmsim("results", folder).stderr)
    check(asmsim("analyse", "gains", folder, "--against", "policy=none").stderr)


@pytest.mark.parametrize("command", [["run"], ["compare", "none", "minimal_law"], ["sweep", "policy=none,minimal_law"]])
def test_cautions_stand_in_json_and_nowhere_else(command: list[str], elsewhere: Path) -> None:
    done = asmsim(*command, *COARSE, "-n", "3", "--json")
    check(" ".join(json.loads(done.stdout)["cautions"]))
    assert "Caution" not in done.stderr
    assert "warn" not in done.stderr


def test_the_python_interface_warns_of_the_same(tmp_path: Path) -> None:
    def given(call: object, *args: object, **more: object) -> str:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call(*args, **more)  # type: ignore[operator]
        assert {w.filename for w in caught if w.category is Caution} == {__file__}
        return " ".join(str(w.message) for w in caught)

    check(given(api.run, COARSE, seeds=3))
    check(given(api.compare, [[*COARSE, "policy=none"], [*COARSE, "policy=minimal_law"]], seeds=3))
    check(given(api.sweep, *COARSE, "policy=none,minimal_law", seeds=3, workers=0, out=tmp_path))


def test_the_coarsest_point_of_a_sweep_is_named_once(tmp_path: Path) -> None:
    with pytest.warns(Caution) as caught:
        api.sweep(FINE[0], FINE[3], "model.scale=20,200,2000", seeds=12, workers=0, out=tmp_path)
    texts = [str(w.message) for w in caught]
    assert [text[:21] for text in texts if text.startswith("At ")] == ["At a scale of 1:2000 "]


def test_draws_count_and_are_fitted(tmp_path: Path) -> None:
    run = api.run(FINE, seeds=1, posterior="mongolia", draws=2)
    assert [text[:12] for text in run.cautions] == ["Only 2 draws"]
    assert api.run(FINE, seeds=1, posterior="mongolia", draws=10).cautions == []
    table = tmp_path / "draws.csv"
    asmsim("draws", "prior", "--context", "generic", "-n", "2", "--to", str(table))
    with pytest.warns(Caution, match="Only 2 draws"):
        api.sweep(*FINE, draws=table, seeds=2, workers=0, out=tmp_path)


def test_a_fine_sample_of_many_seeds_has_one_caution() -> None:
    made = api.scenario(*FINE)
    assert [text[:10] for text in list_cautions([made], 32, 0)] == ["Parameters"]
    assert list_cautions([made], 4, 16) == []
    assert "One seed" in list_cautions([made], 1, 0)[0]
