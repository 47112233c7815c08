"""Bad input: one clear error before any work, exit code 2, nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

from asmsim.config.errors import ConfigError
from asmsim.model.scenarios import from_mapping, load, scenario

BAD = {
    "unknown key": (["donor.programme.duration_year=5"], "duration_years"),
    "unknown lever": (["market.buying_centers.number=2"], "buying_centres"),
    "unknown option": (["policy=mongolia_as_it_was"], "mongolia_as_was"),
    "unknown parameter": (["parameters.hurdle_medain=2"], "hurdle_median"),
    "out of range": (["parameters.women_share=3"], "[0, 1]"),
    "dose out of range": (["market.buying_centres.number=-3"], "market.buying_centres.number"),
    "not a number": (["donor.programme.duration_years=soon"], "donor.programme.duration_years"),
    "NaN": (["parameters.women_share=nan"], "finite"),
    "NaN dose": (["donor.programme.duration_years=nan"], "finite"),
    "event outside the horizon": (["events=[{from:2031-01,set:{law.new_land:0}}]"], "outside the horizon"),
    "unknown handle": (["events=[{from:2015-01,set:{law.newland:0}}]"], "law.new_land"),
    "handle out of range": (["events=[{from:2015-01,set:{market.royalty:5}}]"], "[0, 0.5]"),
    "month that is none": (["legalisation.start=2010-13"], "2010-13"),
    "missing series month": (["context.series.world.gold_price={points:{2006-01:40},interpolate:step}"], "missing 2000-01"),
    "series with a gap": (["context.series.world.gold_price={points:{2000-01:40,2022-12:50},interpolate:none}"], "missing 2000-02"),
    "target": (["context._target_=os.system"], "_target_"),
    "environment": (["name=${oc.env:HOME}"], "not allowed"),
    "hydra": (["hydra.run.dir=/"], "not allowed"),
    "sweep": (["donor.programme.duration_years=1,2"], "sweep"),
    "no value": (["donor.programme.duration_years"], "key=value"),
    "unknown district": (["market.buying_centres.siting=named", "market.buying_centres.named=[Zamaar]"], "Zaamar"),
    "centres without a place": (["market.buying_centres.number=20"], "siting=most_gold"),
    "no value, but a name": (["mongolia_exit_2011"], "policy=mongolia_exit_2011"),
    "taken away where nothing is": (["~event"], "did you mean 'events'"),
    "a lever taken away that is not there": (["~market.buying_centre"], "market.buying_centres"),
    "two royalties": (["market.royalty_and_tax.royalty=0.03"], "royalty_by_date=null"),
    "two budgets": (["donor.programme.usd_year=5"], "usd_by_year"),
    "until before from": (["events=[{from:2015-01,until:2014-01,set:{law.new_land:0}}]"], "not after"),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_clear_error(typed: list[str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario(*typed)
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize("typed", [BAD["unknown key"][0], BAD["environment"][0], BAD["NaN"][0]])
def test_the_command_exits_with_2_and_writes_nothing(typed: list[str], elsewhere: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "asmsim", "run", *typed], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("text", ["context: {_target_: os.system}", "name: ${oc.env:HOME}", "hydra: {run: {dir: /}}"])
def test_a_received_scenario_can_run_no_code(text: str, tmp_path: Path) -> None:
    path = tmp_path / "received.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load(path)


def test_a_received_config_folder_can_run_no_code(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "evil.yaml").write_text("# @package _global_\nname: ${oc.env:HOME}\n")
    with pytest.raises(ConfigError, match="interpolation"):
        scenario("policy=evil", config_dir=tmp_path)


def test_python_objects_in_yaml_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "received.yaml"
    path.write_text("name: !!python/object/apply:os.system ['true']")
    with pytest.raises(ConfigError, match="not valid YAML"):
        load(path)


def test_scenario_survives_a_round_trip() -> None:
    first = scenario()
    assert from_mapping(first.dump()).dump() == first.dump()
