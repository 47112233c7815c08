"""Findings and report in other languages: nothing is missing, nothing is cut, and files for programs stay English."""

import re
from pathlib import Path

import polars as pl
import pytest
import yaml

import asmsim
from asmsim.analysis.answers import write_run_answer
from asmsim.analysis.summary import show_number
from asmsim.config.errors import ConfigError
from asmsim.config.language import find_language, localise_number, read_catalogue, set_language, tr, use_language
from asmsim.model.labels import find_label
from asmsim.model.own_outcomes import list_outcomes
from tests.messages import FOLDER, OTHERS, collect_catalogue, list_texts, write_catalogue
from tests.test_cli import asmsim as call

FAST = ("context=generic", "policy=five_ingredients", "model.scale=100", "context.end=2007-12", "-n", "3")
WORKSHOP = Path(asmsim.__file__).parent / "workshop" / "catalogues"


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_the_catalogue_is_as_the_code(code: str) -> None:
    missing = [message.id for message in collect_catalogue(code) if message.id and not message.string]
    assert missing == [], "translate these in asmsim/languages"
    assert (FOLDER / f"{code}.po").read_bytes() == write_catalogue(code), "run make messages"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_holes_of_the_english(code: str) -> None:
    for english, other in read_catalogue(code).items():
        assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", other)), english


@pytest.mark.parametrize("code", OTHERS)
def test_outcomes_are_called_as_on_the_page_for_a_room(code: str) -> None:
    page = yaml.safe_load((WORKSHOP / f"{code}.yaml").read_text(encoding="utf-8"))["outcomes"]
    with use_language(code):
        names = {o.name: find_label(o.name) for o in list_outcomes() if o.group != "check"}
    assert names == {name: page[name] for name in names}


def test_numbers_have_the_signs_of_the_language() -> None:
    with use_language("es"):
        assert localise_number("1,234.5") == "1.234,5"
        assert show_number(0.059, "share") == "5,9 %"
    with use_language("fr"):
        assert show_number(45_300).replace("\N{NARROW NO-BREAK SPACE}", " ") == "45 300"
        assert show_number(4.6e6) == "4,60 millions"
    assert show_number(45_300.0) == "45,300"


def test_what_is_not_in_a_catalogue_is_english_and_holes_are_filled() -> None:
    with use_language("fr"):
        assert tr("nobody wrote this {what}", what="text") == "nobody wrote this text"
    assert find_language() == "en"
    with pytest.raises(ConfigError, match=r"--language 'de': no such language; one of en, fr, es"):
        set_language("de")


@pytest.mark.parametrize(("code", "words"), [("fr", ("Détails", "Pourquoi", "des mineurs ont une licence")),
                                             ("es", ("Detalles", "Por qué", "de los mineros tiene licencia"))])  # fmt: skip
def test_a_run_and_its_report_in_another_language(code: str, words: tuple[str, ...], elsewhere: Path) -> None:
    english = call("run", *FAST).stdout
    done = call("run", *FAST, "--language", code, "--brief", "brief.html")
    folder, plain = sorted((elsewhere / "results/runs").iterdir(), key=lambda path: -len(path.name))
    assert folder.name == f"{plain.name}-{code}"
    page, brief = (folder / "report.html").read_text(), (elsewhere / "brief.html").read_text()
    assert f'<html lang="{code}">' in page
    for word in words:
        assert word in page
        assert word in brief or word == words[0]
        assert word in " ".join(done.stdout.split()) or word == words[1]
    for name in ("summary.csv", "codebook.csv", "scenario.yaml", "series.parquet"):
        assert (folder / name).read_bytes() == (plain / name).read_bytes(), "files for programs are English"
    left = [
        text
        for text, _ in list_texts()
        if len(text) > 30 and "{" not in text and text in english and text in done.stdout
    ]
    assert left == []
    assert find_language() == "en" or set_language("en")


def test_a_comparison_in_another_language_has_the_same_numbers() -> None:
    done = asmsim.compare([[*FAST[:4], "policy=none"], FAST[:4]], 3)
    before = done.differences()
    with use_language("fr"):
        answer = write_run_answer(done.reference)
        assert done.differences().equals(before)
    assert "licence" in answer
    assert set(before["verdict"].unique()) & {"no clear difference"}
    assert isinstance(before, pl.DataFrame)
