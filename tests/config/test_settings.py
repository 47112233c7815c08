"""What a user types means one thing, whatever its order, its kind and the road by which it comes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asmsim.config.errors import ConfigError
from asmsim.config.settings import parse_override, parse_setting, write_value
from asmsim.model.scenario import make_scenario
from asmsim.model.scenarios import scenario
from asmsim.sweeps.request.dimensions import split_dimensions
from asmsim.sweeps.request.overlay import overlay
from asmsim.sweeps.request.request import SweepOptions, make_request

GENERIC = ("context=generic", "policy=five_ingredients")
EVENT = "{from: 2015-01, set: {law.new_land: 0}}"


# --- a name means one thing -----------------------------------------------------------------------
@pytest.mark.parametrize("taken", ["context/generic", "policy/minimal_law", "market/royalty_and_tax", "donor/none"])
def test_an_option_of_ones_own_may_not_have_a_shipped_name(taken: str, tmp_path: Path) -> None:
    path = tmp_path / f"{taken}.yaml"
    path.parent.mkdir()
    path.write_text("note: mine\n")
    with pytest.raises(ConfigError, match=rf"{taken}\.yaml: there is a .* already; give yours a name of its own"):
        scenario(*GENERIC, config_dir=tmp_path)


# --- the last word holds, or is refused -------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "undone"),
    [
        (("donor.programme.duration_years=7", "donor=none"), "donor.programme.duration_years=7"),
        (("parameters.taste_base=-3", "parameters={form_help: 0.02}"), "parameters.taste_base=-3"),
        (("donor.programme.usd_year=5", "donor.programme={duration_years: 4}"), "donor.programme.usd_year=5"),
        (("legalisation.phases=3", "legalisation=at_once"), "legalisation.phases=3"),
        (("market.buying_centres.number=3", "~market.buying_centres"), "market.buying_centres.number=3"),
        (("context.population.miners=30000", "context=generic"), "context.population.miners=30000"),
    ],
)
def test_a_word_that_would_undo_an_earlier_one_is_refused(typed: tuple[str, str], undone: str) -> None:
    with pytest.raises(ConfigError, match="would take it away") as caught:
        scenario("policy=five_ingredients", *typed)
    assert undone in str(caught.value)
    made = scenario(*GENERIC[1:], *reversed(typed)) if "context=generic" not in typed else scenario(*reversed(typed))
    assert undone.lstrip("~") in made.name, "the other way round both hold, and both are told"


def test_the_last_of_two_words_on_one_key_holds_and_is_told() -> None:
    made = scenario(*GENERIC, "donor.programme.duration_years=7", "donor.programme.duration_years=5")
    assert made.donor.programme.duration_years == 5
    assert made.name == "five_ingredients, changed: donor.programme.duration_years=5"


@pytest.mark.parametrize(
    ("varied", "says"),
    [
        (("donor=none,full", "donor.programme.duration_years=5,10"), "donor=none: has no programme"),
        (("donor=none,full", "donor.programme.duration_years=5"), "donor=none: has no programme"),
        (("market=[bank_services],full", "market.buying_centres.number=1,2"), "has no buying_centres"),
        (("legalisation.phases=2,3", "legalisation=gradual,at_once"), "would take it away"),
    ],
)
def test_points_hold_what_their_options_are_called(varied: tuple[str, ...], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        make_request([*GENERIC, *varied], SweepOptions(seeds=1))


def test_a_table_does_not_vary_a_key_and_a_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text('parameters,parameters.taste_base\n"{form_help: 0.02}",1\n')
    with pytest.raises(ConfigError, match="a part of it"):
        make_request(GENERIC, SweepOptions(seeds=1, points=path))


@pytest.mark.parametrize(
    "typed", ["market.buying_centres.start=2012-01", "market.buying_centres={number: 3, start: 2012-01}", "legalisation.start=2010-01"]
)  # fmt: skip
def test_a_start_beside_an_order_is_refused(typed: str) -> None:
    with pytest.raises(ConfigError, match="begins when its turn comes"):
        make_request([*GENERIC, typed], SweepOptions(seeds=1, order=("market", "legalisation", "rights")))


# --- a swept value means what it means in run --------------------------------------------------------
SWEPT = [
    "events=[{EVENT}]",
    "donor.programme.duration_years=3",
    "market.buying_centres={number: 3}",
    "market.buying_centres=null",
    "market.supply_chain_engagement.start=null",
    "parameters={form_help: 0.02}",
    "rights.rights_information.by=leaflet",
    "context.end=2027-12",
    "context.population={miners: 20000, low: 10000, high: 30000}",
    "context.districts.number=12",
    "legalisation.to=individuals",
    "knowledge.knowledge_hub.start=2012-01",
]


@pytest.mark.parametrize("text", [text.replace("{EVENT}", EVENT) for text in SWEPT])
def test_a_swept_value_means_what_it_means_alone(text: str, tmp_path: Path) -> None:
    key, _, value = text.partition("=")
    alone = scenario(*GENERIC, text, called_by="").dump()
    other = {"events": f"[{EVENT.replace('2015', '2016')}]"}.get(key, value)
    varied = f"{key}={value},{other}"
    swept = make_request([*GENERIC, varied], SweepOptions(seeds=1))
    path = tmp_path / "points.csv"
    path.write_text(f'{key},model.scale\n"{value}",20\n')
    listed = make_request(GENERIC, SweepOptions(seeds=1, points=path))
    for request, more in ((swept, {}), (listed, {"model": {"scale": 20}})):
        made = make_scenario(overlay(request.data[request.of_base[0]], request.points[0])).dump()
        wanted = scenario(*GENERIC, text, *(["model.scale=20"] if more else []), called_by="").dump()
        assert made == wanted
    assert alone["policy"] == "five_ingredients"


def test_a_key_that_leads_through_a_list_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"context\.districts is a list here"):
        make_request(["context=mongolia", "context.districts.number=20,30"], SweepOptions(seeds=1))


# --- numbers ------------------------------------------------------------------------------------------
@given(st.integers(0, 100), st.integers(1, 100), st.integers(1, 30), st.integers(1, 4))
def test_a_range_never_holds_its_end(first: int, by: int, number: int, places: int) -> None:
    unit = 10**places
    text = f"k=range({first / unit!r},{(first + by * number) / unit!r},{by / unit!r})"
    values = split_dimensions([text])[1][0].values
    assert values == tuple((first + k * by) / unit for k in range(number))


@pytest.mark.parametrize(
    "text", ["k=range(0,5,0)", "k=range(0,nan)", "k=range(0,1e9)", "k=int(range(0,1.5,0.5))", "k=range(0,1,inf)"]
)
def test_a_range_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="range"):
        split_dimensions([text])


@pytest.mark.parametrize("text", ["k=interval(0,1),2", "k=choice(range(0,2),5)", "k=1,interval(0,1)"])
def test_ways_of_varying_are_not_mixed(text: str) -> None:
    with pytest.raises(ConfigError, match=r"not one within another|cannot be read"):
        split_dimensions([text])


@pytest.mark.parametrize(
    "text",
    [
        "donor.programme.duration_years=true",
        "market.buying_centres.number=false",
        "parameters.taste_base=true",
        "market.royalty_and_tax.royalty_by_date={2010-01: true}",
        "context.season=[true,1,1,1,1,1,1,1,1,1,1,1]",
        "events=[{from: 2015-01, set: {law.new_land: false}}]",
    ],
)
def test_true_is_no_number(text: str) -> None:
    with pytest.raises(ConfigError, match="a number is needed, not true or false"):
        scenario("context=generic", "policy=none", text)


@pytest.mark.parametrize(
    "wish", [{"n": 2.5}, {"n": True}, {"n": 0}, {"every_months": 1.5}, {"every_months": -1}, {"design_seed": "1"}, {"seeds": "3"}, {"seeds": [1.0]}, {"seeds": [2**63]}, {"seeds": True}]
)  # fmt: skip
def test_what_counts_is_a_whole_number(wish: dict[str, Any]) -> None:
    (name,) = wish
    with pytest.raises(ConfigError, match=name):
        make_request(
            [*GENERIC, "parameters.taste_base=interval(0,1)"], SweepOptions(design="sobol", **{"n": 4, **wish})
        )


def test_true_is_a_truth_value() -> None:
    assert scenario(*GENERIC, "market.buying_centres.papers=true").market.buying_centres.papers is True


# --- Python values are values --------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a, b", "[x]", "5", "null", "it's", "Ömnögovi: Süd", "a=b", "~x", "true"])
def test_a_python_value_is_taken_as_it_is(name: str) -> None:
    assert scenario(*GENERIC, name=name).name == name


def test_python_values_of_every_kind() -> None:
    made = scenario(
        context="generic", policy="five_ingredients", market=["buying_centres"], donor__programme={"duration_years": 4},
        events=[{"from": "2015-01", "set": {"law.new_land": 0}, "note": "a, b"}], market__buying_centres__number=3,
    )  # fmt: skip
    assert [lever.path for lever in made.levers if lever.path.startswith("market")] == ["market.buying_centres"]
    assert (made.donor.programme.duration_years, made.market.buying_centres.number) == (4, 3)
    assert made.events[-1].note == "a, b"
    with pytest.raises(ConfigError, match="interpolation"):
        scenario(name="${oc.env:HOME}")


plain = st.one_of(
    st.integers(-(10**6), 10**6), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12),
)  # fmt: skip


@settings(max_examples=200)
@given(st.recursive(plain, lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_what_is_shown_of_a_value_can_be_typed(value: Any) -> None:
    if "${" in repr(value):
        return
    assert parse_setting(f"k={write_value(value)}").value == value


# --- messages ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("duration_years=5", "did you mean 'donor.programme.duration_years'?"),
        ("usd_yaer=5", "did you mean 'donor.programme.usd_year'?"),
        ("buying_centres=5", "did you mean 'market.buying_centres'?"),
        ("scale=5", "did you mean 'model.scale'?"),
        ("donor.program.duration_years=5", "did you mean 'programme'?"),
    ],
)
def test_an_unknown_key_is_looked_for_everywhere(typed: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario(*GENERIC, typed)
    assert says in str(caught.value)


@pytest.mark.parametrize("typed", ["foo=5", "xyzzy=1", "donor.zzz=3"])
def test_a_key_like_no_other_finds_nothing(typed: str) -> None:
    with pytest.raises(ConfigError, match=r"unknown key$"):
        scenario(*GENERIC, typed)


@pytest.mark.parametrize(
    "text",
    ["a", "=", "a==", "a=[", "a={b", "a=$(b)", "donor@x=none", ".a=1", "a..b=1", "name=\x1b[31m", "a=\n", "a=\udcff",
     "~donor=full", "~", "a" * 5000 + "=[", "a=" + "[" * 2000],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_without_a_library_in_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_override(text)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 600
    assert not {"hydra", "antlr", "lexer", "token", "mismatched"} & set(said.lower().replace("'", " ").split())


@pytest.mark.parametrize("text", ["name=Österreich", "name=Über alles", "name='Österreich'", "context.title=Монгол"])
def test_letters_beyond_ascii_need_no_quotes(text: str) -> None:
    made = scenario(*GENERIC, text)
    assert text.partition("=")[2].strip("'") in (made.name, made.context.title)
