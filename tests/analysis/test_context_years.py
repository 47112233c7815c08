"""What a context comes to by year, against numbers worked out by hand."""

import pytest

from asmsim.analysis.context_years import HEADER, tabulate_context


def test_a_context_is_told_by_year_without_a_run() -> None:
    title, header, rows = tabulate_context("zimbabwe")
    assert "500,000 miners in 60 districts, 180 traders, 450 officials on mining (0.9 for each 1,000 miners)" in title
    assert header == HEADER
    years = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert list(years) == [str(y) for y in range(2011, 2023)]
    # royalty of 7 %, other taxes of 2 %, fee of 6 %, papers of 0.5 %; pay after 2.5 days
    assert years["2013"]["taxes %"] == "9.0"
    left = 100 * (1 - 0.07 - 0.02 - 0.06 - 0.005 - 0.006 * 2.5 / 30)
    assert float(years["2013"]["window %"]) == pytest.approx(left, abs=0.06)
    assert years["2013"]["smuggling %"] == "96.5"
    assert (years["2013"]["days"], years["2018"]["days"], years["2013"]["law %"]) == ("2.5", "0", "0")


def test_the_windfall_tax_and_the_law_of_the_default_policy_are_in_it() -> None:
    rows = {row[0]: dict(zip(HEADER, row, strict=True)) for row in tabulate_context("mongolia")[2]}
    assert float(rows["2008"]["taxes %"]) > 25
    assert float(rows["2012"]["taxes %"]) == 14.0
    assert [rows[year]["law %"] for year in ("2006", "2012")] == ["0", "100"]
