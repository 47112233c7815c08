"""Files that a user writes or receives: a slip is one line with its place, and never passes in silence."""

from pathlib import Path

import pytest
import yaml

from asmsim.config.errors import ConfigError
from asmsim.config.groups import list_options
from asmsim.config.yaml_files import read_yaml
from asmsim.model.context import CONVERSIONS, read_districts, read_series
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import from_mapping, load, load_with_seeds, scenario, to_yaml

GENERIC = ("context=generic", "policy=none")


# --- CSV ------------------------------------------------------------------------------------------
DISTRICTS = {
    "twice": (
        "district,province,lat,lon\nA,P,1,2\nB,P,1,3\nA,P,1,4\n",
        "row 4: district 'A' is there already, in row 2",
    ),
    "grade": ("district,province,lat,lon,grade\nA,P,1,2,mesured\n", "did you mean 'measured'"),
    "missing column": ("district,lat,lon\nA,1,2\n", "no column province"),
    "unknown column": ("district,province,lat,lon,minerweight\nA,P,1,2,3\n", "did you mean 'miner_weight'"),
    "semicolons": ("district;province;lat;lon\nA;P;1;2\n", "separated by semicolons"),
    "tabs": ("district\tprovince\tlat\tlon\nA\tP\t1\t2\n", "separated by tabs"),
    "not a number": ("district,province,lat,lon\nA,P,north,2\n", "row 2: lat = 'north' is not a number"),
    "decimal comma": ('district,province,lat,lon\nA,P,"47,9",2\n', "decimal point"),
    "empty cell": ("district,province,lat,lon\nA,,1,2\n", "row 2: province is empty"),
    "short row": ("district,province,lat,lon\nA,P,1\n", "row 2: 3 cells"),
    "no rows": ("district,province,lat,lon\n", "no rows"),
    "empty": ("", "is empty"),
}


@pytest.mark.parametrize(("text", "says"), DISTRICTS.values(), ids=DISTRICTS.keys())
def test_slips_in_a_districts_file_are_named(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_districts(tmp_path / "mine.csv")
    assert says in str(caught.value)
    assert str(caught.value).startswith("mine.csv")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("month,value\n2005-01,1\n2005-01,2\n", "row 3: month '2005-01' is there already"),
        ("month,value\n2005,1\n", "row 2: month '2005' is not a month"),
        ("month;value\n2005-01;1\n", "semicolons"),
        ("month,value\n2005-01,\n", "row 2: value is empty"),
    ],
)
def test_slips_in_a_series_file_are_named(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(ConfigError, match=says):
        read_series(tmp_path / "mine.csv")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("month,value\n2005-01,1.5\n\n", encoding="utf-8-sig")
    assert read_series(tmp_path / "mine.csv") == {"2005-01": 1.5}


def test_districts_of_one_name_are_refused_wherever_they_come_from() -> None:
    rows = "[{district: A, province: P, lat: 1, lon: 2}, {district: A, province: Q, lat: 1, lon: 3}]"
    with pytest.raises(ConfigError, match="'A' is there twice"):
        scenario(*GENERIC, f"context.districts={rows}")


# --- units ----------------------------------------------------------------------------------------
def price(spec: str) -> Scenario:
    return scenario(*GENERIC, f"context.series.world.gold_price={{points: {{2000-01: 1000}}, {spec}}}")


def test_a_series_in_another_unit_needs_a_factor() -> None:
    with pytest.raises(ConfigError, match=r"'EUR/g' is not the handle's 'USD/g'.*multiply"):
        price("unit: EUR/g")
    assert price("unit: EUR/g, multiply: 0.5").context.series["world.gold_price"].multiply == 0.5
    assert price("unit: USD/g").context.series["world.gold_price"].multiply == 1


def test_exact_conversions_go_by_name_and_survive_a_round_trip() -> None:
    made = price("unit: USD/oz")
    assert made.context.series["world.gold_price"].multiply == CONVERSIONS["USD/oz", "USD/g"] == 1 / 31.1034768
    again = from_mapping(made.dump())
    assert again.dump() == made.dump()


# --- population, switches, events -----------------------------------------------------------------
def test_miners_outside_their_range_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"miners = 90000 is outside \[low, high\] = \[10000, 60000\]"):
        scenario(*GENERIC, "context.population.miners=90000")


MISSPELT = {
    "nothing done": ("{from: 2015-01}", "needs set, scale or ramp"),
    "half on": ("{from: 2015-01, set: {law.new_land: 0.5}}", "must be 0 or 1"),
    "half off": ("{from: 2015-01, scale: {law.new_land: 0.5}}", "must be 0 or 1"),
    "ramp of a switch": ("{from: 2015-01, ramp: {law.new_land: 0}}", "use set"),
    "provinces": ("{from: 2015-01, provinces: Province 1, set: {law.new_land: 0}}", "did you mean 'province'"),
    "unknown province": ("{from: 2015-01, province: Province 9, set: {law.new_land: 0}}", "events[0].province: no province"),
    "both": ("{from: 2015-01, province: Province 1, district: District 01, set: {law.new_land: 0}}", "not both"),
    "a year": ("{from: 2015, set: {law.new_land: 0}}", "events[0].from = 2015: 2015 is not a month; write 2015-01"),
}  # fmt: skip


@pytest.mark.parametrize(("event", "says"), MISSPELT.values(), ids=MISSPELT.keys())
def test_events_that_do_nothing_or_half_are_refused(event: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario(*GENERIC, f"events=[{event}]")
    assert says in str(caught.value)
    assert str(caught.value).startswith("events[0]")


def test_the_place_of_an_event_is_that_of_the_users_file() -> None:
    with pytest.raises(ConfigError, match=r"^events\[1\]\.set: no handle"):  # the context has five of its own
        scenario("events=[{from: 2015-01, set: {law.newland: 0}}]")
    with pytest.raises(ConfigError, match=r"^context\.events\[0\]\.set: no handle"):
        scenario("context.events=[{from: 2015-01, set: {law.newland: 0}}]")


def test_one_province_needs_no_brackets() -> None:
    made = scenario(*GENERIC, "events=[{from: 2015-01, province: Province 1, set: {law.new_land: 0}}]")
    assert made.events[0].province == ("Province 1",)


# --- words ----------------------------------------------------------------------------------------
SAID = {
    "seeds": ("seeds=32", "--seeds 32"),
    "parameter on its own": ("hurdle_median=1", "parameters.hurdle_median"),
    "parameter misspelt": ("hurdle_medain=1", "parameters.hurdle_median"),
    "lever on its own": ("buying_centres.number=1", "market.buying_centres"),
    "year for a month": ("context.end=2005", "write 2005-01"),
    "number for a mapping": ("market.buying_centres=4", "a mapping such as {key: value}"),
    "word for a number": ("context.districts.number=many", "a whole number is needed"),
    "no such choice": ("legalisation.pace=gradul", "did you mean 'gradual'"),
    "observed of nothing": ("context.observed=5", "a mapping"),
}


@pytest.mark.parametrize(("typed", "says"), SAID.values(), ids=SAID.keys())
def test_messages_are_in_the_users_terms(typed: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario(*GENERIC, typed)
    message = str(caught.value)
    assert says in message
    assert not message.startswith(":")
    for word in ("Input should", "instance of", "Generated", "dictionary"):
        assert word not in message


# --- resolved scenarios ---------------------------------------------------------------------------
@pytest.fixture(scope="module")
def text() -> str:
    return to_yaml(scenario(*GENERIC, "donor.programme.duration_years=3"), [3, 1])


def test_a_resolved_scenario_holds_its_seeds(text: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(text)
    made, seeds, _ = load_with_seeds(tmp_path / "s.yaml")
    assert seeds == (3, 1)
    assert made.name == "none, changed: donor.programme.duration_years=3"
    assert to_yaml(made, seeds) == text
    assert "seeds" not in made.dump()
    assert from_mapping(yaml.safe_load(text)) == made


def test_a_scenario_cut_off_anywhere_is_refused(text: str, tmp_path: Path) -> None:
    lines = text.splitlines(keepends=True)
    path = tmp_path / "s.yaml"
    for keep in [1, *range(5, len(lines), 7), len(lines) - 2, len(lines) - 1]:
        path.write_text("".join(lines[:keep]))
        with pytest.raises(ConfigError):
            load(path)
    path.write_text(text[:-1])
    load(path)


def test_a_missing_section_is_named(text: str, tmp_path: Path) -> None:
    data = yaml.safe_load(text)
    del data["rights"]
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(data) + "...\n")
    with pytest.raises(ConfigError, match="not a whole scenario: no rights"):
        load(tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name: a\nname: b\n", "key 'name' occurs twice"),
        (b"context: {start: '2000-01', start: '2001-01'}\n", "occurs twice"),
        (b"a: [1, 2\nb: 3\n", "not valid YAML: line 2"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not a text file"),
        (b"a: \x00\n", "not valid YAML"),
        (b"just words\n", "a mapping is needed"),
    ],
)
def test_what_is_no_scenario_is_refused_in_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=says) as caught:
        load(tmp_path / "s.yaml")
    assert len(str(caught.value).splitlines()) == 1


def test_a_key_twice_in_a_users_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "mine.yaml").write_text("# @package _global_\npolicy: mine\npolicy: yours\n")
    with pytest.raises(ConfigError, match="'policy' occurs twice"):
        scenario("policy=mine", config_dir=tmp_path)


# --- what is shipped ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", list_options("context"))
def test_every_shipped_context_runs_with_its_policy(name: str) -> None:
    made = scenario(f"context={name}", "model.scale=100")
    assert made.policy == made.context.default_policy
    assert from_mapping(made.dump()) == made


def test_a_text_cut_at_its_comma_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.yaml").write_text("population: {miners: 10, source: W095 (64,727 of 102,742 mines)}\n")
    with pytest.raises(ConfigError, match=r"cut\.yaml: '727 of 102' has no value; .*quotes"):
        read_yaml(tmp_path / "cut.yaml")
