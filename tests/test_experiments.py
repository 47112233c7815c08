"""Experiments: hypotheses stand before findings, findings are those of the results, and every one of them runs."""

import json
import re
import shutil
from contextlib import nullcontext
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from asmsim.analysis.experiments.conduct import SWEEPS, conduct, conduct_quickly, find_answers, save_result
from asmsim.analysis.experiments.experiment_plan import (
    CLAIMS,
    Experiment,
    SweepPlan,
    list_claims,
    list_names,
    load_experiment,
)
from asmsim.analysis.experiments.hypothesis import (
    SAVED,
    Answer,
    Finding,
    Hypothesis,
    Number,
    join_hypotheses,
    load_finding,
    round_gain,
    round_share,
    round_to,
    save_finding,
)
from asmsim.analysis.experiments.render import (
    FINDING,
    GROUPS,
    OVERVIEW,
    compose_csv,
    compose_finding,
    compose_overview,
    is_standard_layout,
    list_summary,
    load_rendering,
    put_finding,
    render_overview,
    render_result,
)
from asmsim.analysis.experiments.saved_tables import RENDERED, drop_last_digits, read_tables
from asmsim.analysis.experiments.standing import describe_standing, design_id, digest_written, identify
from asmsim.analysis.experiments.words import write_number
from asmsim.analysis.gains import Gain
from asmsim.analysis.verdicts import VERDICTS
from asmsim.cli import app
from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results, open_results

ROOT = Path(__file__).resolve().parent.parent
EXPERIMENTS = ROOT / "experiments"
STANDARD = {
    "five_ingredients", "legal_pace", "buying_centres", "project_duration", "turnover", "mongolia_history", "order",
    "robust_policy", "sensitivity", "failure_modes",
}  # fmt: skip


def code_of(name: str, part: Literal["find", "design"] = "find") -> Any:
    """An experiment's own module."""
    return load_experiment(name, EXPERIMENTS).load_code(part)


NOT_WORDS = re.compile(
    r"\b(trifle|cannot be told|luck|asked|told|tried|leaves officially|sold on|exit|in part|not supported)\b|\bless (than )?none\b"
)
"""What the style keeps out of rendered text."""


def results_of(name: str) -> Path:
    """Where the standard results lie."""
    return ROOT / "results" / name


def test_the_standard_experiments_are_there_with_question_and_hypotheses() -> None:
    assert set(list_names(EXPERIMENTS)) == STANDARD
    for name in STANDARD:
        experiment = load_experiment(name, EXPERIMENTS)
        text = experiment.readme.read_text(encoding="utf-8")
        parts = [text.index(word) for word in ("**Question.**", "**Hypotheses**", "**Design.**", FINDING)]
        assert parts == sorted(parts)
        assert experiment.plan.minutes > 0
        assert len(experiment.plan.hypotheses) >= 3
        assert {path.name for path in experiment.folder.glob("*.py")} - {"design.py"} == {
            "find.py",
            "describe.py",
            "plot.py",
        }


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_the_hypothesis_that_is_tested_is_the_one_that_is_registered(name: str, tmp_path: Path) -> None:
    experiment = load_experiment(name, EXPERIMENTS)
    registered = [item.claim for item in experiment.plan.hypotheses.values()]
    tested = json.loads((results_of(name) / SAVED).read_text(encoding="utf-8"))["hypotheses"]
    assert [item["claim"] for item in tested] == registered
    assert CLAIMS.findall(experiment.readme.read_text(encoding="utf-8")) == [list_claims(experiment) + "\n"]
    assert [item.claim for item in load_rendering(experiment, results_of(name)).hypotheses] == registered
    first, *others = experiment.plan.hypotheses
    claim = experiment.plan.hypotheses[first].model_copy(update={"claim": registered[0] + " Perhaps."})
    claims = {first: claim} | {number: experiment.plan.hypotheses[number] for number in others}
    reworded = replace(experiment, plan=experiment.plan.model_copy(update={"hypotheses": claims}))
    with pytest.raises(ConfigError, match=f"hypothesis {first} is registered .* in other words than those tested"):
        load_finding(reworded, results_of(name))
    finding = load_finding(experiment, results_of(name))
    with pytest.raises(ConfigError, match=r"find.py answers the hypotheses .*, registered in experiment.yaml are"):
        save_finding(replace(finding, hypotheses=dict(list(finding.hypotheses.items())[1:])), experiment, tmp_path)


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_a_finding_in_a_readme_is_that_of_the_results(name: str) -> None:
    experiment, folder = load_experiment(name, EXPERIMENTS), results_of(name)
    figures = [figure.stem for figure in folder.glob("*.png")]
    text = experiment.readme.read_text(encoding="utf-8").split(FINDING)[1].strip()
    assert text.replace(f"](../../results/{name}/", "](") == (folder / "finding.md").read_text(encoding="utf-8").strip()
    assert sorted(re.findall(r"!\[(.+?)\]", text)) == sorted(figures)
    origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert origin["command"] == f"asmsim experiment run {name}", "a quick run finds nothing"
    assert origin["written"] == digest_written(folder), "what the run wrote, and no hand"
    rendering = load_rendering(experiment, folder, sorted(figures))
    assert sorted(compose_finding(rendering, "").splitlines()) == sorted(
        (folder / "finding.md").read_text(encoding="utf-8").splitlines()
    )
    assert compose_csv(rendering.hypotheses) == (folder / RENDERED).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_a_finding_opens_with_its_answer_and_keeps_to_the_words_of_the_style(name: str) -> None:
    text = (results_of(name) / "finding.md").read_text(encoding="utf-8")
    headline, *others = text.split("\n\n")
    caution = load_experiment(name, EXPERIMENTS).plan.caution
    figure, table, *_ = others[1:] if caution else others
    assert re.fullmatch(r"\*\*[^*]+\.\*\*", headline)
    assert figure.startswith("![")
    assert 3 <= len(table.splitlines()) - 2 <= 8
    before, points, _ = text.partition("points")
    assert not points or before.endswith("percentage "), "at their first use"
    page = (results_of(name) / "index.html").read_text(encoding="utf-8")
    assert page.index(headline.strip("*").split(",")[0][:40]) < page.index("<svg") < page.index("<table")
    assert page.index("<table") < page.index("<h2>Hypotheses</h2>") < page.index("<h2>Details</h2>")
    said = re.sub("“[^”]*”", "", text)
    assert not NOT_WORDS.findall(said)


def test_all_verdicts_stand_together_those_against_expectation_first() -> None:
    text = (EXPERIMENTS / "README.md").read_text(encoding="utf-8")
    assert OVERVIEW + text.split(OVERVIEW)[1] == compose_overview(EXPERIMENTS, ROOT / "results")
    titles = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert titles == [title for title in GROUPS.values() if title in titles]
    assert titles[0] == GROUPS["contradicted"]
    for name in STANDARD:
        for item in load_rendering(load_experiment(name, EXPERIMENTS), results_of(name)).hypotheses:
            assert f"| [{name}]({name}/README.md) {item.id} | {item.claim} | {item.headline} |" in text
    assert set(GROUPS) == set(VERDICTS)


def test_every_experiment_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: (EXPERIMENTS / name / "README.md").read_bytes() for name in STANDARD}
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["experiment", "run", "all", "--quick", "--experiments", str(EXPERIMENTS)])
    assert done.exit_code == 0, done.output
    for name in STANDARD:
        folder = tmp_path / "results" / f"{name}-quick"
        text = (folder / "finding.md").read_text(encoding="utf-8")
        assert text.count("Registered: ") >= 3
        assert "none of this is a finding" in text
        assert list(folder.glob("*.csv"))
        assert list(folder.glob("*.png"))
        assert "<svg" in (folder / "index.html").read_text(encoding="utf-8")
        assert (EXPERIMENTS / name / "README.md").read_bytes() == before[name], "a quick run leaves the finding alone"
    assert list((tmp_path / "results" / "robust_policy-quick" / "policy").glob("robust_*.yaml"))
    monkeypatch.setattr(Results, "table", in_no_order)
    for name in STANDARD - {"failure_modes"}:  # its runs are parted into halves as they are laid out
        folder = tmp_path / "results" / f"{name}-quick"
        origin = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        experiment = load_experiment(name, EXPERIMENTS)
        results = {sweep: open_results(SWEEPS / origin["sweeps"][sweep]["folder"]) for sweep in experiment.plan.sweeps}
        again = tmp_path / "again" / name
        save_result(experiment, find_answers(experiment, results), origin, again)
        for path in (*again.glob("*.csv"), again / SAVED):
            assert path.read_text() == (folder / path.name).read_text(), (name, path.name)


def in_no_order(self: Results, name: str) -> pl.LazyFrame:
    """A table of a sweep whose rows come in another order than it was written: what is found must not tell."""
    if name == "points":
        return self.points
    rows = getattr(self, name).collect().sample(fraction=1.0, shuffle=True, seed=1)
    return self.points.drop("base").join(rows.lazy(), "point", maintain_order="right")


FIND = """
import os
import polars as pl
from asmsim.analysis.experiments.hypothesis import Answer, Finding, Number
def find(results):
    {does}
    number = Number(12.5, "points", (10.0, 15.0), runs=(-1.0, 20.0), below_zero=0.08, clear=False, signed=True)
    tables = {{"gains": pl.DataFrame({{"year": [1, 2], "mean": [0.5, 1.0], "unknown": [None, None]}})}}
    return Finding({{"1": Answer("supported", {{"gain": number}})}}, tables=tables)
"""
DESCRIBE = """
from asmsim.analysis.experiments.hypothesis import Account, Text
def describe(finding):
    return Account("Help helps.", {"1": Text("It does.", "Here is why.")}, {"gain": "Gain of help"}, ["A note."])
"""
PLOT = """
from asmsim.analysis.style import make_figure
def plot(tables):
    figure = make_figure(3, 2)
    figure.subplots().plot(tables["gains"]["year"], tables["gains"]["mean"])
    return {"gain": figure}
"""
PLAN = "title: Help\nminutes: 1\nhypotheses: {1: {label: Help helps, claim: Help helps a | lot.}}\nsweeps: {}\n"


def make_experiment(root: Path, name: str, does: str = "pass") -> Experiment:
    """An experiment without sweeps."""
    folder = root / name
    folder.mkdir(parents=True)
    claims = "**Hypotheses**, written before the first run:\n\n1. Other words.\n"
    (folder / "README.md").write_text(
        f"# {name}\n\n**Question.** Does it?\n\n{claims}\n**Design.** None.\n\n{FINDING}\n"
    )
    (folder / "experiment.yaml").write_text(PLAN)
    for part, text in (("find", FIND.format(does=does)), ("describe", DESCRIBE), ("plot", PLOT)):
        (folder / f"{part}.py").write_text(text)
    return load_experiment(name, root)


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def run_whole(experiment: Experiment, out: Path) -> list[str]:
    """Run an experiment as a whole; returns what is said."""
    said: list[str] = []
    conduct(experiment, out, False, lambda _: nullcontext(lambda _: None), said.append)
    return said


def test_a_whole_run_in_the_standard_layout_writes_the_readmes(tmp_path: Path) -> None:
    experiment, out = make_experiment(tmp_path / "experiments", "mine"), tmp_path / "results"
    overall = tmp_path / "experiments" / "README.md"
    overall.write_text("# All\n\nWords.\n")
    assert run_whole(experiment, out) == []
    text = experiment.readme.read_text(encoding="utf-8")
    assert "1. Help helps a | lot.\n" in text, "the registered words stand in the README"
    assert f"{FINDING}\n\n**Help helps.**\n\n![gain](../../results/mine/gain.png)\n" in text
    assert (tmp_path / "results" / "mine" / "gain.png").is_file()
    assert "| [mine](mine/README.md) 1 | Help helps a \\| lot. | It does. |" in overall.read_text(encoding="utf-8")
    row = (out / "mine" / RENDERED).read_text(encoding="utf-8").splitlines()[1]
    assert row == "1,Help helps a | lot.,supported,It does.,Gain of help,points,12.5,10.0,15.0,95,-1.0,20.0,0.08,false,"


def test_rendering_again_gives_the_same_bytes_and_needs_no_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, out = make_experiment(tmp_path / "experiments", "mine"), tmp_path / "results"
    (tmp_path / "experiments" / "README.md").write_text("# All\n")
    run_whole(experiment, out)
    before = snapshot(tmp_path)
    (experiment.folder / "find.py").unlink()
    (out / "mine" / "gain.png").unlink()
    (out / "mine" / "finding.md").write_text("")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["experiment", "render", "all"])
    assert done.exit_code == 0, done.output
    after = snapshot(tmp_path)
    assert {name for name in before if before[name] != after.get(name)} == {"experiments/mine/find.py"}
    (experiment.folder / "describe.py").write_text(DESCRIBE.replace("Help helps.", "Help helps much."))
    assert CliRunner().invoke(app, ["experiment", "render", "mine"]).exit_code == 0
    changed = {name for name, content in snapshot(tmp_path).items() if content != after[name]}
    assert changed == {
        "experiments/mine/describe.py", "experiments/mine/README.md", "results/mine/finding.md", "results/mine/index.html",
    }  # fmt: skip
    assert describe_standing(experiment, out) != "not run"


@pytest.mark.parametrize("name", ["turnover", "sensitivity", "failure_modes"])
def test_rendering_the_standard_results_again_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    shutil.copytree(EXPERIMENTS / name, tmp_path / "experiments" / name)
    shutil.copytree(results_of(name), tmp_path / "results" / name)
    before = snapshot(tmp_path)
    render_result(load_experiment(name, tmp_path / "experiments"), tmp_path / "results" / name, tmp_path / "results")
    after = snapshot(tmp_path)
    same = {key for key in before if after[key] == before[key]}
    assert set(before) == set(after)
    assert {key for key in before if not key.endswith((".png", ".pdf", ".html"))} <= same, "text is the same everywhere"
    render_result(load_experiment(name, tmp_path / "experiments"), tmp_path / "results" / name, tmp_path / "results")
    assert snapshot(tmp_path) == after


@pytest.mark.parametrize(
    ("root", "out"), [("mine", "results"), ("experiments", "elsewhere"), ("experiments", "far/results")]
)
def test_another_layout_leaves_readmes_alone_and_says_so(tmp_path: Path, root: str, out: str) -> None:
    experiment = make_experiment(tmp_path / root, "order")
    standard = tmp_path / "experiments" / "README.md"
    standard.parent.mkdir(exist_ok=True)
    standard.write_text(f"# All\n\n{OVERVIEW}\npublished verdicts\n")
    readmes = {path: path.read_bytes() for path in tmp_path.rglob("README.md")}
    said = run_whole(experiment, tmp_path / out)
    assert any(f"{experiment.readme} is left as it is" in line for line in said)
    render_result(experiment, tmp_path / out / "order", tmp_path / out, said.append)
    render_overview(tmp_path / root, tmp_path / out)
    assert {path: path.read_bytes() for path in tmp_path.rglob("README.md")} == readmes
    assert "Help helps." in (tmp_path / out / "order" / "finding.md").read_text(encoding="utf-8")


def test_the_standard_layout_is_that_of_this_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_standard_layout(EXPERIMENTS, ROOT / "results")
    assert not is_standard_layout(EXPERIMENTS, tmp_path / "results")
    assert not is_standard_layout(tmp_path / "experiments", ROOT / "results")
    assert not is_standard_layout(EXPERIMENTS, ROOT / "results" / "again")
    monkeypatch.chdir(ROOT)
    assert is_standard_layout(Path("experiments"), Path("results"))


def test_nothing_reads_a_verdict_back_from_text() -> None:
    """Rendered files are written, and opened for reading by nobody."""
    sources = [*(ROOT / "asmsim" / "analysis" / "experiments").glob("*.py"), ROOT / "asmsim" / "cli/experiment.py"]
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(finding\.md|index\.html|RENDERED)[^\n]*\.read_", text), path.name
        assert "findall" not in text
        assert [line for line in text.splitlines() if "re.compile" in line and "CLAIMS" not in line] == [], path.name
    assert len(sources) > 8
    assert not list((ROOT / "asmsim" / "analysis").glob("experiment.py"))


def test_an_answer_is_saved_with_the_digits_that_are_shown(tmp_path: Path) -> None:
    experiment = make_experiment(tmp_path / "experiments", "mine")
    values = np.random.default_rng(2).normal(0.0123456, 0.01, 60)
    number = round_gain(Gain(values, 30, "share"), "supported")
    assert number.mean == round_to(100 * float(values.mean()))
    assert number.unit == "points"
    assert number.runs is not None
    assert len(f"{number.mean}".replace(".", "").lstrip("0")) <= 3
    finding = Finding(
        {"1": Answer("mixed", {"gain": number, "none": Number(None)}, {"names": ["a", 1.5, None, True]})},
        {"note": Answer(numbers={"n": Number(0.0, "share", (0.0, 0.1), level=90)})},
    )
    save_finding(finding, experiment, tmp_path)
    assert load_finding(experiment, tmp_path) == finding
    assert round_gain(Gain(np.array([0.5]), 0, "1")).interval is None, "one run has no interval"


@pytest.mark.parametrize(
    ("value", "said"), [(0.175, 0.17), (0.1751, 0.18), (float("nan"), None), (0.0004, 0.0), (-0.001, 0.0)]
)
def test_shares_are_rounded_as_they_are_shown(value: float, said: float | None) -> None:
    """0.175 is less than 0.175 as a double, and 17.5 is not: a share is rounded as per cent."""
    shown = round_share(value)
    assert shown == (None if said is None else float(f"{100 * value:.0f}") / 100 + 0.0)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(4.84, 2, "4.8"), (12345.0, 3, "12,300"), (-0.000117, 3, "-0.000117"), (9.996, 3, "10.0"), (2143.0, None, "2,143"), (-0.0000511, None, "-0.0000511"), (12.0, None, "12"), (0.0, 2, "0"), (None, 2, "-"), (1e6, 2, "1,000,000")],
)  # fmt: skip
def test_numbers_are_written_with_their_digits(value: float | None, digits: int | None, text: str) -> None:
    assert write_number(value, digits) == text


def test_what_cannot_be_rendered_is_named(tmp_path: Path) -> None:
    experiment = make_experiment(tmp_path / "experiments", "mine")
    with pytest.raises(ConfigError, match=r"no finding.json there; run it: asmsim experiment run mine"):
        load_finding(experiment, tmp_path)
    answer = Answer("supported", {"other": Number(1.0)})
    account = experiment.load_code("describe").describe(None)
    with pytest.raises(ConfigError, match="hypothesis 1 needs labels of other"):
        join_hypotheses(experiment, Finding({"1": answer}), account)
    with pytest.raises(ConfigError, match="hypothesis 1 needs a verdict and a text"):
        join_hypotheses(experiment, Finding({"1": Answer()}), account)
    (experiment.folder / "plot.py").unlink()
    with pytest.raises(ConfigError, match=r"mine: it needs a plot.py"):
        experiment.load_code("plot")


def test_the_number_that_decides_stands_in_the_small_table() -> None:
    numbers = {
        "beside": Number(1.0, "points"),
        "decides": Number(-2.5, "points", (-3.0, -2.0), signed=True, verdict="supported"),
    }
    whole = Hypothesis("1", "Claim.", "Label", "supported", "Headline.", numbers, "")
    none = Hypothesis("2", "Claim.", "Other", "true by construction", "Headline.", {}, "")
    assert list_summary([whole, none]) == [
        ("1. Label", "supported", "decides", "-2.5 percentage points", "-3 to -2"),
        ("2. Other", "true by construction", "-", "-", "-"),
    ]


def test_tables_are_read_as_they_were_saved(tmp_path: Path) -> None:
    experiment = make_experiment(tmp_path / "experiments", "mine")
    save_result(experiment, experiment.load_code("find").find({}), {"command": "x"}, tmp_path / "out")
    (tmp_path / "out" / RENDERED).write_text("hypothesis\n1\n")
    tables = read_tables(tmp_path / "out")
    assert list(tables) == ["gains"]
    assert tables["gains"].schema == {"year": pl.Int64, "mean": pl.Float64, "unknown": pl.Float64}


@pytest.mark.parametrize(
    ("does", "said"),
    [("raise AsmsimError('nothing to be found')", "nothing to be found"), ("os._exit(9)", "a process died while")],
)
def test_quick_runs_beside_each_other_say_what_failed(tmp_path: Path, does: str, said: str) -> None:
    good = make_experiment(tmp_path, "good")
    bad = make_experiment(tmp_path, "bad", f"from asmsim.config.errors import AsmsimError; {does}")
    ended: list[int] = []
    folders = conduct_quickly([good], tmp_path / "results", lambda: ended.append(1), print)
    assert folders == [tmp_path / "results" / "good-quick"]
    assert "It does." in (folders[0] / "finding.md").read_text()
    assert ended == [1]
    with pytest.raises(AsmsimError, match=said):
        conduct_quickly([good, bad], tmp_path / "results", lambda: None, print)


def test_what_cannot_be_an_experiment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'order'"):
        load_experiment("ordr", EXPERIMENTS)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "experiment.yaml").write_text("title: x\nminutes: 1\nsweeps: {a: {overides: []}}\n")
    with pytest.raises(ConfigError, match="overides"):
        load_experiment("mine", tmp_path)
    assert SweepPlan(overrides=("a=1",)).posterior == "mongolia"


def test_a_finding_replaces_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# X\n\n{FINDING} Not run yet.\n")
    put_finding(page, "- first\n")
    put_finding(page, "- second\n")
    assert page.read_text() == f"# X\n\n{FINDING}\n\n- second\n"


def test_what_has_changed_since_a_finding_is_named(tmp_path: Path) -> None:
    experiment = load_experiment("order", EXPERIMENTS)
    assert describe_standing(experiment, tmp_path) == "not run"
    told = identify(experiment, {"mongolia": ""})
    (tmp_path / "order").mkdir()
    path = tmp_path / "order" / "provenance.json"
    path.write_text(json.dumps(told))
    assert describe_standing(experiment, tmp_path) == "up to date"
    for changed, name in (
        ({"kernel_id": "0" * 16}, "model"),
        ({"reading_id": "0" * 16}, "reading"),
        ({"design_id": "0" * 16}, "design"),
        ({"posterior": {"mongolia": "0" * 16}}, "posterior"),
        ({"planning_id": "0" * 16, "inputs_id": "0" * 16}, "inputs"),
    ):
        path.write_text(json.dumps(told | changed))
        assert describe_standing(experiment, tmp_path) == f"changed since: {name}; asmsim experiment check order"


def test_what_decides_no_run_changes_no_design() -> None:
    order = load_experiment("order", EXPERIMENTS)
    other = order.plan.model_copy(update={"minutes": 1.0, "quick": {}, "title": "Another", "hypotheses": {}})
    assert design_id(replace(order, plan=other)) == design_id(order)
    main = order.plan.sweeps["same_exit"].model_copy(update={"seeds": 3})
    more = order.plan.model_copy(update={"sweeps": {"same_exit": main}})
    assert design_id(replace(order, plan=more)) != design_id(order)


def subsets(budgets: dict[int, list[float]], licensed: Any, spent: Any) -> pl.DataFrame:
    """Totals of subsets under budgets on two draws and seeds; rows in no order."""
    rows = [
        {BUDGET: b, "subset": s, "draw": draw, "seed": seed, "licensed": licensed(s, b) + 0.01 * draw + 0.001 * seed}
        | {"spent": spent(s, b), "collected": 0.0}
        for s, listed in budgets.items()
        for b in listed
        for draw in (0, 1)
        for seed in (1, 2)
    ]
    return pl.DataFrame(rows).sample(fraction=1.0, shuffle=True, seed=3)


BUDGET = "donor.programme.usd_year"


def test_the_five_at_equal_cost_are_paired_and_not_clipped() -> None:
    """Governance brings 0.1 for 1 M, the market 0.1 for 3 M whatever the programme, and rights 0.2 for a whole one of 4 M."""
    code: Any = code_of("five_ingredients")

    def licensed(s: int, b: float) -> float:
        share = b / code.WHOLE if s >= 16 else 0.0
        return 0.1 * (s & 1) * (share > 0) + 0.2 * (s >> 1 & 1) * share + 0.1 * (s >> 3 & 1)

    def spent(s: int, b: float) -> float:
        share = b / code.WHOLE if s >= 16 else 0.0
        return 1.0 * (s & 1) * (share > 0) + 4.0 * (s >> 1 & 1) * share + 3.0 * (s >> 3 & 1)

    whole = subsets({s: [code.WHOLE] for s in range(32)}, licensed, spent)
    smaller = subsets({s: list(code.SMALLER) for s in range(16, 32)}, licensed, spent)
    found = code.doses_of(whole, smaller)
    assert found.licensed.shape == (16, 5, 4)
    assert found.draws == 2
    assert found.costs["money spent"][0b1011] == pytest.approx([3, 4.48, 4.96, 5.92, 8], abs=1e-9)
    table = code.equal_cost(code.gains_at_cost(found))
    at = {(r["budget_share"], r["ingredient"]): r["mean"] for r in table.filter(account="money spent").to_dicts()}
    assert at[1.0, "2 rights"] == pytest.approx(0.2)
    assert at[1.0, "4 market"] == pytest.approx(0.1)
    assert at[0.1, "4 market"] < 0.05, "it takes the money that rights would have had"
    assert at[1.0, "all four"] == pytest.approx(0.4)
    with pytest.raises(ValueError, match="differ in their draws and seeds"):
        code.doses_of(whole.filter((pl.col("subset") != 3) | (pl.col("seed") != 2)), smaller)


def test_what_costs_the_same_buys_nothing_per_dollar() -> None:
    code: Any = code_of("project_duration")
    rng = np.random.default_rng(3)
    keys = {code.YEARS: [0.0, 1.0], "draw": range(50), "seed": [1, 2], "year": range(2005, 2035)}
    rows = pl.DataFrame({name: [list(values)] for name, values in keys.items()})
    for name in keys:
        rows = rows.explode(name)
    rows = rows.with_columns(
        cost=pl.Series(rng.lognormal(14, 2, rows.height)), licensed=pl.Series(rng.random(rows.height))
    )
    again, told = code.per_million(rows, 0.0)
    assert np.isnan(again).all()
    assert np.isnan(list(told.values())).all()
    more = pl.col(code.YEARS)
    none = [rows.filter(pl.col(code.YEARS) == 0).select(c).to_series() for c in ("cost", "licensed")]
    cost, licensed = (pl.concat([column, column]) for column in none)
    dearer = rows.with_columns(cost=cost + 2e6 * more, licensed=licensed + 6.0 * more)
    again, told = code.per_million(dearer, 1.0)
    assert told[code.PER] == pytest.approx(3.0)
    assert again == pytest.approx(3.0)


def test_no_gain_is_told_of_years_that_were_not_run() -> None:
    """No project is run for thirty years, one of five years for fifteen."""
    code: Any = code_of("project_duration")
    rows = [
        {code.YEARS: years, "draw": draw, "seed": 1, "year": year, "licensed_share": 0.02 * years * draw}
        for years, last in ((0.0, 2034), (5.0, 2019))
        for draw in (1, 2)
        for year in range(2005, last + 1)
    ]
    mine = pl.DataFrame(rows).sort(code.YEARS, "draw", "seed", "year")
    assert code.gain(mine, 5.0, "ten years after exit").values == pytest.approx([0.1, 0.2])
    assert code.gain(mine, 5.0, code.LAST) is None
    assert code.gain(mine.filter(pl.col("year") < 2019), 5.0, "ten years after exit") is None
    assert code.gain(mine, 0.0, code.LAST).values == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("shared", [0.0, 2.0])
def test_spread_between_orders_is_net_of_chance_and_of_the_luck_that_they_share(shared: float) -> None:
    code: Any = code_of("order")
    rng = np.random.default_rng(5)
    luck = {(d, s): shared * rng.normal() for d in range(40) for s in (1, 2)}
    frame = pl.DataFrame(
        [
            {"draw": d, "order": f"{o:02}", "seed": s, "value": 5.0 * d + 0.3 * (o % 2) + luck[d, s] + rng.normal()}
            for d in range(40)
            for o in range(60)
            for s in (1, 2)
        ]
    )
    between, within, less = code.spreads(frame)
    assert within == pytest.approx(np.hypot(1.0, shared), rel=0.2)
    assert between == pytest.approx(0.15, abs=0.08), "the draws' own level is no difference between orders"
    assert less == "supported"
    far = frame.with_columns(value=pl.col("value") + 9 * (pl.col("order") > "29"))
    assert code.spreads(far)[2] == "contradicted"
    assert str(code.ends(far).facts["best"]).startswith("3")


def test_every_order_has_the_budget_on_which_it_spends_what_all_spend() -> None:
    """One order spends half of what it has, another less and less of it, as draws above and below tell on average."""
    code: Any = code_of("order", "design")
    money = pl.DataFrame(
        [
            {"order": order, code.BUDGET: 1e5 * had, "draw": draw, "spent": share * had**power + more}
            for order, share, power in (("a", 0.5, 1.0), ("b", 1.2, 0.8))
            for had in code.BUDGETS
            for draw, more in enumerate((-1.0, 1.0))
        ]
    )
    found = dict(code.enough(money).iter_rows())
    assert found == {"a": 2e5 * code.SPENT, "b": pytest.approx(1e5 * (code.SPENT / 1.2) ** (1 / 0.8), abs=1)}
    with pytest.raises(ValueError, match="b: on trial budgets"):
        code.enough(money.with_columns(spent=pl.when(pl.col("order") == "b").then(2.0).otherwise(pl.col("spent"))))


@pytest.mark.parametrize("design", ["same_exit", "same_length"])
def test_every_order_ends_with_the_others_or_lasts_as_long(design: str) -> None:
    experiment = load_experiment("order", EXPERIMENTS)
    code: Any = experiment.load_code("design")
    tried = code.points(f"{design}_budgets", experiment.plan.sweeps[f"{design}_budgets"], {})
    assert tried["order"].n_unique() == 120
    assert tried.height == 120 * len(code.BUDGETS)
    begins = 2 * (tried.select(code.PLACE).to_series() - 1)
    ends = {"same_exit": begins + tried[code.YEARS], "same_length": tried[code.YEARS]}[design]
    assert ends.unique().to_list() == [{"same_exit": code.EXIT, "same_length": code.LENGTH}[design]]
    had = (tried[code.BUDGET] * tried[code.YEARS] / 1e6).round(6)
    assert sorted(set(had)) == list(code.BUDGETS)


def test_orders_are_compared_where_what_else_matters_is_alike() -> None:
    """Here only an early start of the programme and of work on rights helps, which governance first puts off."""
    code: Any = code_of("order")
    orders = pl.DataFrame({"order": [" > ".join(o) for o in permutations(code.ITEMS)]})
    orders = orders.with_columns(value=(10 - code.PLACE - code.RIGHTS).cast(pl.Float64))
    frame = orders.join(pl.DataFrame({"draw": [1, 2], "seed": [1, 1]}), how="cross")
    first, last = code.ORDER.str.starts_with("governance"), code.ORDER.str.ends_with("governance")
    kinds = code.PLACE.alias("place"), code.RIGHTS.alias("rights")
    assert (code.difference(frame, first, last).values < -1).all()
    assert code.difference(frame, first, last, *kinds).values == pytest.approx([0.0, 0.0])
    better = frame.with_columns(value=pl.col("value") + 3 * first)
    assert code.difference(better, first, last, *kinds).values == pytest.approx([3.0, 3.0])
    assert code.early_start(frame) == pytest.approx(1.0)
    assert 0.5 < code.early_start(better) < 1


def test_every_duration_is_run_as_far_as_it_is_asked_about() -> None:
    experiment = load_experiment("project_duration", EXPERIMENTS)
    code: Any = experiment.load_code("design")
    rows = code.points("main", experiment.plan.sweeps["main"], {})
    assert rows.height == 20 * len(code.OWNS) * len(code.TAPERS)
    after = pl.col(code.END).str.slice(0, 4).cast(pl.Int64) - code.START + 1 - pl.col(code.YEARS)
    growing = (pl.col(code.GROWTH) > 0) & (pl.col(code.TAPER) == 0)
    assert (rows.filter(growing)[code.END] == "2034-12").all()
    for asked, years in ((~growing & (pl.col(code.TAPER) == 0), 10), (pl.col(code.TAPER) > 0, 5)):
        assert (rows.filter(asked).select(after).to_series() == years).all()


def test_a_policy_is_bettered_by_what_is_as_good_in_all_and_better_in_one() -> None:
    code: Any = code_of("robust_policy")
    assert code.count_betters(np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]])).tolist() == [
        0,
        2,
        2,
        4,
        0,
    ]


def test_regrets_rank_alike_where_policies_do_and_not_where_they_are_turned_round() -> None:
    code: Any = code_of("robust_policy")
    cost = np.arange(30.0)[:, None, None] * np.ones((30, 5, 8))
    for of in (np.max, np.mean):
        assert code.correlate_regrets(cost, 2 * cost, of) == pytest.approx((1.0, 1.0, 1.0))
        assert code.correlate_regrets(cost, -cost, of) == pytest.approx((-1.0, -1.0, -1.0))


def test_a_compromise_loads_as_the_policy_that_was_run(tmp_path: Path) -> None:
    experiment = load_experiment("robust_policy", EXPERIMENTS)
    code, design = experiment.load_code("find"), experiment.load_code("design")
    u = np.random.default_rng(1).random((2, design.VARIABLES))
    (tmp_path / "policy").mkdir()
    for k, row in enumerate(design.doses_of(u).to_dicts()):
        (tmp_path / "policy" / f"found_{k}.yaml").write_text(
            code.as_policy(f"found_{k}", row | {"licensed_share": 1.0, "cost": 1.0, "bettered_by": 0})
        )
        loaded = scenario("context=generic", f"policy=found_{k}", config_dir=tmp_path)
        doses = [f"{key}={value}" for key, value in sorted(row.items(), key=lambda dose: "." in dose[0])]
        ran = scenario(*experiment.plan.sweeps["generation_1"].overrides, *doses)
        assert [lever.model_dump() for lever in loaded.levers] == [lever.model_dump() for lever in ran.levers]


@given(st.data())
def test_tables_are_the_same_whatever_the_order_in_which_their_numbers_were_added(data: st.DataObject) -> None:
    """Threads add in any order: neither the digits that are written nor the order of equal rows may tell which."""
    thousandths = data.draw(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8))

    def written(again: bool) -> str:
        names, means = [], []
        for name in ("a", "b", "c"):
            values = data.draw(st.permutations(thousandths)) if again else thousandths
            names.append(name)
            means.append(sum(v / 1000 for v in values) / len(values))
        return (
            drop_last_digits(pl.DataFrame({"name": names, "mean": means}))
            .sort("mean", "name")
            .write_csv(float_precision=6)
        )

    assert written(again=True) == written(again=False)


def test_nothing_has_no_sign() -> None:
    assert (
        drop_last_digits(pl.DataFrame({"x": [-1e-17, 0.0]})).write_csv(float_precision=6) == "x\n0.000000\n0.000000\n"
    )


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_what_is_added_up_over_months_is_added_in_double(name: str) -> None:
    """A sum of singles differs with the number of threads in a digit that is written; `monthly` gives doubles."""
    assert all('table("series")' not in path.read_text(encoding="utf-8") for path in (EXPERIMENTS / name).glob("*.py"))
