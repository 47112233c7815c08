"""Files that leave the page hold what is needed to get the same numbers, and the numbers of the page."""

import csv
import json
import re
import shlex
from typing import Any

import numpy as np
import pytest
import yaml

import asmsim
from asmsim.workshop.exported import (
    find_whole_pair,
    write_command,
    write_csv,
    write_python,
    write_report,
)
from asmsim.workshop.frames import make_frame
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import RUNS, WorkshopState
from asmsim.workshop.server import STATIC
from asmsim.workshop.speech import Speech
from tests.workshop.conftest import make_preset

STATE = WorkshopState(
    preset="small",
    levers={"legalisation.signoffs": 14, "legalisation.pace": "at_once"},
    assumptions={"parameters.taste_base": 1.2},
)


@pytest.fixture(scope="module")
def frame(engine: Engine) -> dict[str, Any]:
    return make_frame(engine.presets["small"], STATE, find_whole_pair(engine, STATE), RUNS)


def test_the_table_holds_settings_and_equal_numbers(engine: Engine, frame: dict[str, Any]) -> None:
    lines = list(csv.reader(write_csv(engine, STATE).splitlines()))
    settings = {row[0].removeprefix("# "): row[1] for row in lines if row[0].startswith("# ")}
    assert settings["version"]
    assert settings["seeds"] == "1 to 200"
    assert settings["lever legalisation.signoffs"] == "14 (baseline: 6)"
    assert settings["assumption parameters.taste_base"] == "1.2"
    header, *rows = lines[len(settings) :]
    table = {(r[0], int(r[3]), r[4]): dict(zip(header, r, strict=True)) for r in rows}
    for name, outcome in frame["outcomes"].items():
        for world in ("baseline", "yours", "difference"):
            for quantile, values in outcome[world].items():
                for year, value in zip(frame["years"], values, strict=True):
                    row = table[name, year, world]
                    assert row["unit"] == outcome["unit"]
                    assert float(row[quantile]) == value


@pytest.mark.parametrize("name", ["small", "fitted"])
def test_the_report_opens_without_a_network_and_holds_all(engine: Engine, name: str) -> None:
    text = write_report(engine, STATE.model_copy(update={"preset": name}), "en", STATIC)
    assert len(text) < 2_000_000
    assert not re.search(r"(?:src|href)\s*=\s*[\"']", text)
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["frame"]["runs"] == RUNS
    assert data["outcome"] == "licensed_share"
    assert yaml.safe_load(data["yaml"].removesuffix("...\n"))["legalisation"]["signoffs"] == 14
    assert "asmsim compare baseline=five_ingredients" in text


def test_the_report_says_which_differences_are_clear(engine: Engine) -> None:
    clear = STATE.model_copy(update={"levers": {"legalisation.pace": "none"}})
    unclear = STATE.model_copy(update={"levers": {"legalisation.fee_usd": 61.0}})
    assert re.search(
        r"Licensed share of miners in 2012: [\d.]+\s% → 0(\.0+)?\s%", write_report(engine, clear, "en", STATIC)
    )
    text = write_report(engine, unclear, "en", STATIC)
    assert "No clear difference. Licensed share of miners in 2012: " in text
    assert text.count(" (no clear change)</td>") == 5


def read_number(text: str) -> float:
    return float(re.sub(r"[^\d.-]", "", text.replace("\N{MINUS SIGN}", "-")))


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_report_speaks_the_language_of_the_page(engine: Engine, language: str) -> None:
    text = write_report(engine, STATE, language, STATIC)
    words, english = Speech(language, make_preset()).words, Speech("en", make_preset()).words
    assert f'<html lang="{language}">' in text
    shown = re.sub(r"<(script|pre).*?</\1>", "", text, flags=re.DOTALL).replace("&#39;", "'")
    for key, title in words["report"].items():
        if "{" not in title and key != "nothing":
            assert title in shown
            assert english["report"][key] == title or english["report"][key] not in shown
    assert words["levers"]["legalisation.signoffs"] in shown
    assert words["choices"]["at_once"] in shown
    assert words["parameters"]["taste_base"] in shown
    assert words["outcomes"]["licensed_share"] in shown


@pytest.mark.parametrize("unit", ["share", "USD/month", "kg"])
def test_the_numbers_of_a_headline_add_up_as_shown(unit: str) -> None:
    rng, speech = np.random.default_rng(3), Speech("en", make_preset())
    misses = 0
    for _ in range(1000):
        baseline, size, wide = 10 ** rng.uniform([-1, -3, -4], [3, 2, 1])
        change = float(size * rng.choice([-1, 1]))
        head = {
            "baseline": baseline,
            "yours": baseline + change,
            "difference": change,
            "low": change - wide,
            "high": change,
        }
        shown = {key: read_number(text) for key, text in speech.headline(head, unit).items() if key in head}
        assert shown["baseline"] + shown["difference"] == pytest.approx(shown["yours"], abs=1e-9)
        decimals = len(re.findall(r"\d(?:\.(\d+))?\D*$", speech.headline(head, unit)["yours"])[0])
        scale = 100 if unit == "share" else 1
        errors = [abs(value - head[key] * scale) * 10.0**decimals for key, value in shown.items()]
        assert max(errors) < 1.000001
        misses += decimals < 3 and max(errors) > 0.500001
    assert misses <= 30, "nearly all are the nearest, but where three decimals do not suffice"


def test_the_command_and_the_program_give_the_same_numbers(
    engine: Engine, frame: dict[str, Any], tmp_path: Any
) -> None:
    from typer.testing import CliRunner

    from asmsim.cli.app import app

    preset = engine.presets["small"]
    command = write_command(preset, STATE)
    assert command is not None
    done = CliRunner().invoke(app, [*shlex.split(command)[1:], "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["results"]
    names: dict[str, Any] = {}
    program = (
        write_python(preset, STATE)
        .replace("print(", "rows = list(")
        .replace(".differences())", ".differences().to_dicts())")
    )
    exec(program, names)  # it is ours
    for found in (rows, names["rows"]):
        last = {row["outcome"]: row for row in found if row["date"] == "horizon"}
        for name, outcome in frame["outcomes"].items():
            for quantile, values in outcome["difference"].items():
                assert last[name][quantile] == pytest.approx(values[-1], rel=1e-9, abs=1e-12)
    assert np.isfinite(asmsim.scenario(*preset.typed).plan.base).all()


def test_a_text_cannot_leave_its_place(engine: Engine) -> None:
    from asmsim.workshop.exported import embed_json

    assert "<" not in embed_json({"a": "</script><script>alert(1)</script>"})
    assert write_command(engine.presets["small"], STATE.model_copy(update={"seed": 5})) is None
    assert "range(5, 205)" in write_python(engine.presets["small"], STATE.model_copy(update={"seed": 5}))
