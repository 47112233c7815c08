"""The words of the what-if page: complete in English, French and Spanish, and the same holes to fill in every language."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKSHOP = ROOT / "asmsim" / "workshop"
PRESETS = sorted((ROOT / "configs" / "workshop").glob("*.yaml"))
COMPLETE = ("fr", "es")
MODEL_SAYS = {"share", "persons"}


def read(code: str) -> dict[str, Any]:
    return dict(yaml.safe_load((WORKSHOP / "catalogues" / f"{code}.yaml").read_text(encoding="utf-8")))


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}/{key}")
    else:
        yield path, tree


def holes(text: Any) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", str(text)))


def source(name: str) -> str:
    return (WORKSHOP / "static" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", COMPLETE)
def test_every_word_of_the_page_is_there(code: str) -> None:
    english, other = read("en"), read(code)
    for part in ("page", "markers", "groups", "choices", "why", "posteriors", "notes", "payers", "report", "entry"):
        missing = set(dict(leaves(english[part]))) ^ set(dict(leaves(other[part])))
        assert missing == {"/donor", "/government", "/market"} if part == "choices" else not missing, part
    for part in ("help_steps", "help_keys", "help_limits", "debrief_questions"):
        assert len(english[part]) == len(other[part])
    same_in_all = {"", "1", "0/1", "kg", "ha", "ratio", "code", "count"}
    assert set(english["units"]) - set(other["units"]) <= same_in_all


@pytest.mark.parametrize("code", [*COMPLETE, "mn"])
def test_a_translation_has_the_holes_of_the_english(code: str) -> None:
    english = dict(leaves(read("en")))
    for path, text in leaves(read(code)):
        if path in english and not path.startswith("/numbers"):
            assert holes(text) <= holes(english[path]) | {"n"}, path
            assert holes(english[path]) - holes(text) <= {"of", "year", "high"} or path.startswith("/units"), path


@pytest.mark.parametrize("code", ["en", *COMPLETE, "mn"])
def test_no_text_is_cut_off_at_a_hash(code: str) -> None:
    lines = (WORKSHOP / "catalogues" / f"{code}.yaml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.search(r"^\s*(?:- |[^\s#\"]+: )[^\"].* #", line)] == []


def test_every_word_that_the_page_asks_for_is_in_english() -> None:
    page, text = (
        read("en")["page"],
        "".join(source(p.name) for p in (WORKSHOP / "static").glob("*.*") if p.suffix in (".js", ".html")),
    )
    asked = set(re.findall(r"\bt\(\"(\w+)\"", text)) | set(re.findall(r'data-(?:t|label)="(\w+)"', text))
    assert asked - set(page) == set()


@pytest.mark.parametrize("code", ["en", *COMPLETE, "mn"])
def test_the_package_reads_the_file(code: str) -> None:
    from asmsim.config.yaml_files import read_yaml

    assert read_yaml(WORKSHOP / "catalogues" / f"{code}.yaml") == read(code)


def test_a_draft_says_so() -> None:
    assert {code: read(code)["draft"] for code in ("en", "fr", "es", "mn")} == {
        "en": False,
        "fr": False,
        "es": False,
        "mn": True,
    }


@pytest.mark.skipif(not PRESETS, reason="no presets are shipped")
@pytest.mark.parametrize("code", COMPLETE)
def test_presets_are_translated(code: str) -> None:
    words = read(code)
    for file in PRESETS:
        preset = yaml.safe_load(file.read_text(encoding="utf-8"))
        own = words["presets"][file.stem]
        assert own["title"]
        assert own["story"]
        assert len(own["title"]) <= 28, "the list of questions is no wider on a small projector"
        assert len(own["questions"]) == len(preset["questions"])
        assert len(own["watch"]) == len(preset["watch"])
        shown = preset["outcomes"]
        assert {shown["main"], *shown["small"], *shown["more"]} - set(words["outcomes"]) == set()
        assert set(preset["assumptions"]) - set(words["parameters"]) == set()
        levers = preset["levers"]
        assert {c["key"] for c in levers} - set(words["levers"]) == set()
        assert {c["unit"] for c in levers if c.get("unit")} - set(words["units"]) - set(read("en")["units"]) == set()
        assert {c for item in levers for c in item.get("choices", ())} - set(words["choices"]) == set()


def test_every_lever_and_dose_has_a_name_in_other_languages() -> None:
    from asmsim.model.levers import all_levers

    kinds = all_levers()
    doses = {
        name for kind in kinds.values() for name, info in kind.model_fields.items() if _is_dose(name, info.annotation)
    }
    for code in COMPLETE:
        words = read(code)
        assert set(kinds) - set(words["families"]) == set()
        assert doses - set(words["fields"]) == set()
        for part in ("what", "fails"):
            assert set(kinds) - set(words[part]) == set()


@pytest.mark.parametrize("code", COMPLETE)
def test_every_outcome_has_a_name_in_other_languages(code: str) -> None:
    from asmsim.model.own_outcomes import list_reported

    words = read(code)
    assert {o.name for o in list_reported() if o.group != "check"} - set(words["outcomes"]) == set()


@pytest.mark.parametrize("code", COMPLETE)
def test_main_levers_and_assumptions_have_a_meaning(code: str) -> None:
    meanings = set(read(code)["meanings"])
    for file in PRESETS:
        preset = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert {c["key"] for c in preset["levers"]} - meanings == set()
        assert {f"parameters.{name}" for name in preset["assumptions"]} - meanings == set()


def test_what_the_page_says_of_levers_in_english_names_no_code() -> None:
    """The catalogue's words come before the model's, which may name mechanisms and pieces of evidence."""
    from asmsim.model.levers import all_levers

    words = read("en")
    for path, kind in all_levers().items():
        text = words["fails"].get(path, kind.fails) + (kind.__doc__ or "").splitlines()[0]
        assert not re.search(r"\b[A-Z]{1,2}\d{2,3}\b|\w_\w", text), path


def _is_dose(name: str, annotation: Any) -> bool:
    numbers = annotation in (int, float) or annotation == float | None
    return name not in ("start", "until", "funder") and (numbers or "Literal" in str(annotation))


def test_the_page_has_no_inline_script_or_style_and_asks_nobody_else() -> None:
    """21, of the files."""
    page = source("index.html")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    for file in (WORKSHOP / "static").iterdir():
        outside = re.findall(
            r"(?:https?:)?//[\w.-]+\.\w+", re.sub(r"http://www\.w3\.org/[\w/.]*", "", file.read_text(encoding="utf-8"))
        )
        assert outside == [], file.name


def test_the_chart_module_stands_alone() -> None:
    """The exported report takes it in as it is."""
    assert not re.search(r"^\s*(import|export .* from)\b", source("chart.js"), re.MULTILINE)
