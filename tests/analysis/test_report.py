"""The report: the answer first, one figure, one small table, why and what to be careful of; all else behind Details."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import asmsim
from asmsim.analysis.figures import PANELS, TAX_CHANGE, choose_panels, choose_years, list_moved, list_tax_changes
from asmsim.analysis.key_figures import describe_costs, make_key_table
from asmsim.analysis.outlines import find_outline, read_outline
from asmsim.analysis.plotting import plot
from asmsim.analysis.results_folder import write_brief
from asmsim.analysis.statistics import is_clear, measure_band
from asmsim.analysis.summary import measure_year, show_number
from asmsim.analysis.turning_points import list_partings, list_turning_points
from asmsim.config.errors import ConfigError
from asmsim.model.labels import find_label
from asmsim.model.levers import all_levers
from asmsim.model.outcomes import O
from asmsim.model.parameters import parameter_table

SMALL = ("context=mongolia", "model.scale=50")
DETAILS = '<details class="details">'


@pytest.fixture(scope="module")
def run() -> asmsim.Replicates:
    return asmsim.run(SMALL, seeds=6)


@pytest.fixture(scope="module")
def both() -> asmsim.Comparison:
    return asmsim.compare([[*SMALL, "policy=mongolia_no_project"], [*SMALL, "policy=five_ingredients"]], 6)


def names_in_code() -> set[str]:
    doses = {f"{path}.{key}" for path, lever in all_levers().items() for key in lever.model_fields}
    return {name for name in {*O.__members__, *parameter_table(), *all_levers(), *doses} if "_" in name or "." in name}


@pytest.mark.parametrize("which", ["run", "both"])
def test_the_opening_has_all_parts_in_order_and_no_code_names(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    done = request.getfixturevalue(which)
    folder = asmsim.write(done, tmp_path)
    write_brief(done, folder, tmp_path / "brief.html")
    page = (folder / "report.html").read_text(encoding="utf-8")
    opening, _, details = page.partition(DETAILS)
    brief = (tmp_path / "brief.html").read_text(encoding="utf-8")
    for text in (opening, brief):
        places = [
            text.index(part) for part in ('class="answer"', "<svg", "<table", "<h2>Why", "<h2>What to be careful of")
        ]
        assert places == sorted(places), "the answer, a figure, a table, why, caveats"
        assert text.count("<svg") == text.count("<table") == 1
        assert len(re.findall("<tr>", text)) - 1 <= 13
        words = set(re.findall(r"[a-z][a-z_.]+[a-z]", re.sub(r"<(style|svg).*?</\1>", "", text, flags=re.DOTALL)))
        assert words & names_in_code() == set()
    assert details.count("<svg") >= 2
    assert "licensed_share" in details
    assert "<script" not in page
    assert 'src="http' not in page


def test_the_small_table_has_the_levels_and_the_change_where_it_is_clear(run: asmsim.Replicates) -> None:
    header, rows = make_key_table(run)
    by_label = {row[0]: row for row in rows}
    first, last = measure_year(run, 12), measure_year(run, len(run.months))
    for outcome in (O.licensed_share, O.mercury, O.miners):
        row = by_label[outcome.label]
        assert row[2] == show_number(float(np.median(first[:, outcome])), outcome.unit)
        assert row[-2] == show_number(float(np.median(last[:, outcome])), outcome.unit)
        assert (row[-1] == "no clear change") is not is_clear(last[:, outcome] - first[:, outcome], outcome.unit)
    assert header[2].startswith("first year (2005-12)")
    assert len(rows) <= 8


def test_what_it_costs_is_what_was_spent(run: asmsim.Replicates) -> None:
    weight = 1.03 ** (-np.arange(len(run.months)) / 12)
    paid = float(np.median((run.of("cost_donor") * weight).sum(1)))
    assert f"the donor USD {show_number(paid)} and" in describe_costs(run)
    nothing = asmsim.run(["context=generic", "policy=none", "context.end=2006-12", "model.scale=200"], seeds=2)
    assert describe_costs(nothing) == "Neither a donor nor the state spends anything on it."


def test_events_are_named_with_the_years_around_them(run: asmsim.Replicates) -> None:
    lines = " ".join(list_turning_points(run))
    at = run.months.index("2020-01")
    before, after = (run.of("licensed_share")[:, t - 12 : t].mean(1) for t in (at, at + 24))
    told = [show_number(float(np.median(v)), "share") for v in (before, after)]
    assert (
        f"end of the programme 2019-12”: from {told[0]} in the year before to {told[1]} in the second year after"
        in lines
    )


def test_tax_changes_are_steps_of_the_law_and_stand_at_their_month(run: asmsim.Replicates) -> None:
    found = list_tax_changes(run)
    assert any(words.endswith("2014-01") for _, words in found), "Mongolia lowered the royalty in 2014"
    assert all(when >= 2005 for when, _ in found)
    assert TAX_CHANGE > 0.01, "a windfall tax that follows the price is no step"


def test_policies_part_where_their_difference_is_clear(both: asmsim.Comparison) -> None:
    line = next(line for line in list_partings(both, 1) if line.startswith(O.licensed_share.label))
    clear = [e for e in range(12, 217, 12) if is_clear(both.mean_difference(1, O.licensed_share, e), "share")]
    sizes = {e: abs(measure_band(both.mean_difference(1, O.licensed_share, e))[1]) for e in clear}
    most = max(sizes, key=lambda e: sizes[e])
    assert f"from the year to {both.reference.months[clear[0] - 1]} on" in line
    assert f"largest in the year to {both.reference.months[most - 1]}" in line


def test_what_is_the_same_in_all_policies_is_not_drawn(both: asmsim.Comparison) -> None:
    same = asmsim.compare([SMALL, SMALL], 3)
    assert [panel.outcome for panel in list_moved(same)] == [O.licensed_share]
    assert len(list_moved(both)) > 2


def test_trust_is_drawn_only_where_it_moves(run: asmsim.Replicates) -> None:
    assert O.trust not in [panel.outcome for panel in choose_panels(run)]
    moved = replace(run, values=run.values.copy())
    moved.values[:, 100:, O.trust] += 0.1
    assert choose_panels(moved)[-1].outcome is O.trust


def test_map_years_are_those_between_which_something_happens(run: asmsim.Replicates) -> None:
    years = [run.months[end - 1] for end in choose_years(run, 4)]
    assert years[0] == "2005-12"
    assert years[-1] == "2022-12"
    assert "2019-12" in years, "the peak"


def test_outlines_are_of_the_country_and_of_no_other() -> None:
    lon, lat = np.array([100.0, 106.9]), np.array([46.0, 47.9])
    assert len(find_outline("Mongolia", lon, lat)) == 1
    corners = read_outline("Mongolia")[0]
    assert corners[:, 0].min() == pytest.approx(87.8, abs=0.1), "degrees east"
    assert find_outline("Mongolia", lon - 90, lat) == (), "places that lie elsewhere"
    assert find_outline("Atlantis", lon, lat) == ()


def test_python_draws_runs_comparisons_and_refuses_what_does_not_fit(
    run: asmsim.Replicates, both: asmsim.Comparison
) -> None:
    assert len(plot(run).axes) == 2
    assert [axes.get_title(loc="left") for axes in plot(run, ["mercury", "struck_off"]).axes] == [
        find_label("mercury"),
        find_label("struck_off"),
    ]
    assert plot(both, "mercury", difference=True).axes[0].get_ylabel() == "difference, tonnes a year"
    for call, says in (
        (lambda: plot(run, "mercry"), "did you mean 'mercury'"),
        (lambda: plot(run, difference=True), "comparison only"),
        (lambda: plot(run, x="market"), "sweep only"),
    ):
        with pytest.raises(ConfigError, match=says):
            call()
    assert len({panel.outcome for panel in PANELS}) == len(PANELS)


def test_results_have_methods_and_show_themselves_in_notebooks(run: asmsim.Replicates, both: asmsim.Comparison) -> None:
    assert len(run.plot("mercury").axes) == 1
    assert both.plot("mercury", difference=True).axes[0].get_ylabel() == "difference, tonnes a year"
    assert run.why() == asmsim.why(run)
    for done, words in (
        (run, "of miners are licensed"),
        (both, "changed: model.scale=50 instead of mongolia_no_project"),
    ):
        shown = done._repr_html_()
        assert words in shown
        assert shown.count("<table>") == 1
    named = replace(
        both,
        runs=tuple(
            replace(r, scenario=r.scenario.model_copy(update={"name": f"<b>{k}"})) for k, r in enumerate(both.runs)
        ),
    )
    assert "<b>1" not in named._repr_html_().replace("<p><b>", "")
    assert "&lt;b&gt;1" in named._repr_html_()
