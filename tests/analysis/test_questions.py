"""Questions to one's own sweep are answered from its runs, and refused where it cannot tell."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import asmsim
from asmsim.analysis.attribution import measure_interactions, measure_shapley
from asmsim.analysis.gains import collect_runs, select_values
from asmsim.analysis.questions import attribute_sweep, find_boxes, tabulate_gains
from asmsim.cli import app
from asmsim.config.errors import ConfigError

FIXED = ("context=generic", "model.scale=50", "context.end=2009-12", "policy=five_ingredients")
PARTS = ("legalisation=none,at_once", "rights=none,full", "donor=none,full")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> asmsim.Results:
    return asmsim.sweep(*FIXED, *PARTS, seeds=3, workers=0, out=tmp_path_factory.mktemp("swept"))


def test_parts_of_a_bundle_add_up_to_what_the_runs_say(swept: asmsim.Results) -> None:
    frame = collect_runs(swept, "licensed_share")
    game = np.stack(
        [
            select_values(frame, {k: f'"{v}"' if f'"{v}"' in frame[k].to_list() else v for k, v in choice.items()})
            for choice in (
                {"donor": d, "legalisation": le, "rights": r}
                for r in ("none", "full")
                for le in ("none", "at_once")
                for d in ("none", "full")
            )
        ]
    )
    found = attribute_sweep(swept, "licensed_share", "horizon")
    order = [sorted(("donor", "legalisation", "rights")).index(p) for p in found.parts]
    assert np.stack([g.values for g in found.values]) == pytest.approx(measure_shapley(game)[order], abs=1e-12)
    assert sum(g.values for g in found.values) == pytest.approx(found.whole.values, abs=1e-12)
    pair = found.pairs[found.parts[0], found.parts[1]]
    assert pair.values == pytest.approx(measure_interactions(game)[order[0], order[1]], abs=1e-12)
    assert found.whole.median > 0
    at_month = attribute_sweep(swept, "licensed_share", "2009-12")
    assert at_month.whole.values == pytest.approx(found.whole.values, abs=1e-6)


def test_gains_against_a_reference_leave_the_reference_out(swept: asmsim.Results) -> None:
    table = tabulate_gains(swept, "licensed_share", "horizon", {"legalisation": "none"})
    assert table.height == 4
    assert table["mean"].min() >= 0  # type: ignore[operator]
    for wrong, says in (({"legalistion": "none"}, "did you mean"), ({"legalisation": "slow"}, "no point has it")):
        with pytest.raises(ConfigError, match=says):
            tabulate_gains(swept, "licensed_share", "horizon", wrong)


def test_what_is_no_part_is_refused(tmp_path: Path) -> None:
    found = asmsim.sweep(*FIXED, "legalisation=gradual,at_once", seeds=1, workers=0, out=tmp_path)
    with pytest.raises(ConfigError, match="one says that it is not there"):
        attribute_sweep(found, "licensed_share", "horizon")
    long = ("context=generic", "model.scale=100", "context.end=2015-12", "policy=five_ingredients", "donor=none,full")
    some = asmsim.sweep(*long, seeds=1, workers=0, out=tmp_path)
    with pytest.raises(ConfigError, match="some have no donor's exit, ask for a month"):
        attribute_sweep(some, "licensed_share", "exit")
    with pytest.raises(ConfigError, match="all, so there is nothing to tell them by"):
        find_boxes(found, "licensed_share < 2")
    with pytest.raises(ConfigError, match="10 are needed"):
        find_boxes(found, "licensed_share<-1")
    with pytest.raises(ConfigError, match=r"write licensed_share>0\.1$"):
        find_boxes(found, "licensed_share > 10%")
    for date, says in (("2015", "write 2015-12"), ("2031-13", "such as 2014-12"), ("2009-1", "no month")):
        with pytest.raises(ConfigError, match=says):
            tabulate_gains(found, "licensed_share", date, {"legalisation": "gradual"})
    with pytest.raises(ConfigError, match="no run has it"):
        find_boxes(found, "pathway=paradise")
    with pytest.raises(ConfigError, match="is no number"):
        find_boxes(found, "licensed_share<few")


def test_boxes_name_the_dimension_that_decides(tmp_path: Path) -> None:
    typed = ("legalisation=at_once", "rights.enterprise_support.facilitators=interval(0,1)")
    draws = pl.DataFrame({"taste_base": np.linspace(-3, 3, 40)})
    draws.write_parquet(tmp_path / "draws.parquet")
    found = asmsim.sweep(
        *FIXED, *typed, design="lhs", n=3, seeds=1, workers=0, out=tmp_path, draws=tmp_path / "draws.parquet"
    )
    boxes, inputs = find_boxes(found, "licensed_share<0.01")
    assert inputs.height == 120
    assert any("parameters.taste_base" in box.limits for box in boxes)


def test_the_commands_print_and_write(swept: asmsim.Results, tmp_path: Path) -> None:
    runner = CliRunner()
    for name, *more in (("attribution", "--date", "horizon"), ("gains", "--against", "legalisation=none")):
        to = tmp_path / f"{name}.csv"
        done = runner.invoke(app, ["analyse", name, str(swept.folder), *more, "--to", str(to)])
        assert done.exit_code == 0, done.output
        assert pl.read_csv(to).height > 2
    listed = tmp_path / "subsets.csv"
    done = runner.invoke(app, ["analyse", "subsets", "rights=none,full", "market=none,full", "--to", str(listed)])
    assert done.exit_code == 0
    assert pl.read_csv(listed).rows() == [("none", "none"), ("full", "none"), ("none", "full"), ("full", "full")]
