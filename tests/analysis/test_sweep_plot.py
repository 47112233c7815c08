"""`asmsim plot`: the numbers of a picture are those of the table, and what cannot be drawn is refused with the remedy."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import asmsim
from asmsim.analysis.sweep_plot import draw_view, look_at, write_plot
from asmsim.config.errors import ConfigError

LAW, COST = "legalisation.signoffs", "legalisation.fee_usd"


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> asmsim.Results:
    return asmsim.sweep(
        "context=generic", "policy=five_ingredients", "model.scale=200", "context.end=2015-12", "donor.programme.duration_years=4",
        f"{LAW}=3,12", f"{COST}=10,200,900", "legalisation.pace=gradual,at_once", seeds=3, workers=0, out=tmp_path_factory.mktemp("sweep"),
    )  # fmt: skip


def by_hand(frame: pl.DataFrame, outcome: str, *keys: str) -> list[float]:
    """Medians by pandas, as somebody would who has the table alone."""
    return frame.to_pandas().groupby(list(keys))[outcome].median().tolist()


def test_lines_are_the_medians_over_seeds_and_the_other_keys(swept: asmsim.Results) -> None:
    view = look_at(swept, COST, "enterprises", lines=LAW)
    summary = swept.table("summary").filter(pl.col("date") == "horizon").collect()
    assert view.table["median"].to_list() == pytest.approx(by_hand(summary, "enterprises", COST, LAW))
    assert view.table["runs"].to_list() == [6] * 6, "three seeds, and both paces"
    assert (view.table["low"] <= view.table["median"]).all()
    assert view.kind == "line"
    assert view.when == "the last 12 months"


def test_after_the_programme_and_in_a_calendar_year(swept: asmsim.Results) -> None:
    after = look_at(swept, COST, "enterprises", at="exit+5")
    assert after.when == "the year to 5 years after the end of the programme"
    summary = swept.table("summary").filter(pl.col("date") == "exit+5").collect()
    assert after.table["median"].to_list() == pytest.approx(by_hand(summary, "enterprises", COST))
    year = look_at(swept, COST, "enterprises", at="2012")
    months = swept.table("series").filter(pl.col("month").str.starts_with("2012")).collect().to_pandas()
    means = months.groupby([COST, "point", "seed"])["enterprises"].mean()
    assert year.table["median"].to_list() == pytest.approx(means.groupby(COST).median().tolist())
    to_june = look_at(swept, COST, "miners", at="2012-06")
    assert to_june.when == "the 12 months to 2012-06"


def test_trade_offs_are_a_point_for_each_combination(swept: asmsim.Results) -> None:
    view = look_at(swept, "cost_government", "enterprises", lines="legalisation.pace")
    assert view.kind == "scatter"
    assert view.table.height == 12
    summary = swept.table("summary").filter(pl.col("date") == "horizon").collect()
    assert sorted(view.table["x_median"]) == pytest.approx(
        sorted(by_hand(summary, "cost_government", LAW, COST, "legalisation.pace"))
    )


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"x": COST}, {"x": COST, "lines": LAW}, {"x": COST, "lines": LAW, "kind": "map"}, {"x": "legalisation.pace", "lines": LAW},
        {"x": COST, "panels": "legalisation.pace", "lines": LAW}, {"x": "cost_government", "lines": LAW}, {"x": COST, "at": "2012"},
    ],
)  # fmt: skip
def test_every_kind_is_drawn(swept: asmsim.Results, asked: dict[str, str], tmp_path: Path) -> None:
    figure = draw_view(swept, look_at(swept, **asked))  # type: ignore[arg-type]
    drawn = [a for a in figure.axes if a.get_xlabel()]
    assert drawn
    assert "Licensed" in figure._suptitle.get_text()
    for suffix in (".png", ".svg", ".pdf"):
        assert write_plot(swept, look_at(swept, **asked), tmp_path / f"p{suffix}").stat().st_size > 2_000  # type: ignore[arg-type]


def test_lines_of_a_picture_stand_at_its_numbers(swept: asmsim.Results) -> None:
    view = look_at(swept, COST, "enterprises", lines=LAW)
    (axes,) = draw_view(swept, view).axes
    first = view.table.filter(pl.col(LAW) == 3)
    assert np.array(axes.lines[0].get_xdata()).tolist() == [10, 200, 900]
    assert np.array(axes.lines[0].get_ydata()) == pytest.approx(first["median"].to_numpy())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"x": "legalisation.signofs"}, r"--x legalisation.signofs: not varied.*did you mean"),
        ({"y": "licenced_share"}, "did you mean 'licensed_share'"),
        ({"lines": "donor.programme.usd_year"}, "--lines donor.programme.usd_year: not varied"),
        ({"at": "exit+9"}, "no run has such a date; known: first year, exit"),
        ({"at": "2099"}, "no run has that month"),
        ({"kind": "pie"}, "no such kind"),
        ({"kind": "map"}, "needs a second key"),
        ({"kind": "scatter"}, "goes with an outcome"),
    ],
)
def test_what_cannot_be_drawn_is_refused(swept: asmsim.Results, asked: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        look_at(swept, **asked)  # type: ignore[arg-type]


def test_python_returns_a_figure(swept: asmsim.Results) -> None:
    assert len(asmsim.plot(swept, x=COST).axes) == 1
