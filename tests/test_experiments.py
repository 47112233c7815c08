"""Experiments: hypotheses stand before findings, findings are those of the results, and every one of them runs."""

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from asmsim.analysis.experiment import (
    MARK,
    SWEEPS,
    SweepPlan,
    code_of,
    files_of,
    find,
    finding,
    known,
    load,
    put_finding,
    run_quickly,
    standing,
    steady,
    world,
    written,
)
from asmsim.analysis.verdicts import MARK as MARK_OF_ALL
from asmsim.analysis.verdicts import overview, verdicts_of
from asmsim.cli import app
from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.engine.identity import kernel_id as code_hash
from asmsim.model.scenarios import scenario
from asmsim.sweeps.store.results import Results, open_results

ROOT = Path(__file__).resolve().parent.parent
EXPERIMENTS = ROOT / "experiments"
STANDARD = {
    "five_ingredients", "legal_pace", "buying_centres", "project_duration", "turnover", "mongolia_history", "order",
    "robust_policy", "sensitivity", "failure_modes",
}  # fmt: skip


def test_the_standard_experiments_are_there_with_question_and_hypotheses() -> None:
    assert set(known(EXPERIMENTS)) == STANDARD
    for name in STANDARD:
        text = (EXPERIMENTS / name / "README.md").read_text(encoding="utf-8")
        parts = [text.index(word) for word in ("**Question.**", "**Hypotheses**", "**Design.**", MARK)]
        assert parts == sorted(parts)
        assert load(name, EXPERIMENTS).plan.minutes > 0


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_a_finding_in_a_readme_is_that_of_the_results(name: str) -> None:
    found = ROOT / "results" / name / "finding.md"
    text = (EXPERIMENTS / name / "README.md").read_text(encoding="utf-8").split(MARK)[1]
    if not found.is_file():
        assert text.strip() == "Not run yet."
        return
    assert text.strip() == found.read_text(encoding="utf-8").strip()
    told = json.loads((found.parent / "provenance.json").read_text(encoding="utf-8"))
    assert told["command"] == f"asmsim experiment run {name}", "a quick run finds nothing"
    assert told["written"] == written(found.parent), "what the run wrote, and no hand"


def test_all_verdicts_stand_together_those_against_expectation_first(tmp_path: Path) -> None:
    text = (EXPERIMENTS / "README.md").read_text(encoding="utf-8")
    assert text.split(MARK_OF_ALL)[1] == overview(known(EXPERIMENTS), ROOT / "results").removeprefix(MARK_OF_ALL)
    for name in known(EXPERIMENTS):
        path = ROOT / "results" / name / "finding.md"
        if path.is_file():
            found = path.read_text(encoding="utf-8")
            assert len(verdicts_of(found)) == found.count("- Hypothesis ") >= 3, name
    (tmp_path / "mine").mkdir()
    said = (
        "- Hypothesis 1 (help helps): supported. It changes them by +0.45 points (+0.4 to +0.5), runs [-1; +2], below zero in "
        "8%, no clear difference in single runs. More.\n"
        "- Hypothesis 2 (a: b, c): not supported, the difference is none.\n"
    )
    (tmp_path / "mine" / "finding.md").write_text(said)
    page = overview(["mine", "not_run"], tmp_path)
    assert page.index("| [mine](mine/README.md) 2 | a: b, c | not supported, the difference is none |  |") < page.index(
        "help"
    )
    assert "| help helps | supported | It changes them by +0.45 points (+0.4 to +0.5) |" in page


def test_every_experiment_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: (EXPERIMENTS / name / "README.md").read_bytes() for name in STANDARD}
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["experiment", "run", "all", "--quick", "--experiments", str(EXPERIMENTS)])
    assert done.exit_code == 0, done.output
    for name in STANDARD:
        folder = tmp_path / "results" / f"{name}-quick"
        assert (folder / "finding.md").read_text(encoding="utf-8").count("Hypothesis") >= 3
        assert list(folder.glob("*.csv"))
        assert list(folder.glob("*.png"))
        assert "data:image/png;base64," in (folder / "index.html").read_text(encoding="utf-8")
        assert (EXPERIMENTS / name / "README.md").read_bytes() == before[name], "a quick run leaves the finding alone"
    assert list((tmp_path / "results" / "robust_policy-quick" / "policy").glob("robust_*.yaml"))
    monkeypatch.setattr(Results, "table", in_no_order)
    for name in STANDARD - {"failure_modes"}:  # its runs are parted into halves as they are laid out
        folder = tmp_path / "results" / f"{name}-quick"
        told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        experiment = load(name, EXPERIMENTS)
        results = {sweep: open_results(SWEEPS / told["sweeps"][sweep]["folder"]) for sweep in experiment.plan.sweeps}
        found = find(experiment, results)
        assert finding(found, told) == (folder / "finding.md").read_text(encoding="utf-8"), name
        for title, table in found.tables.items():
            assert steady(table).write_csv(float_precision=6) == (folder / f"{title}.csv").read_text(), (name, title)


def in_no_order(self: Results, name: str) -> pl.LazyFrame:
    """A table of a sweep whose rows come in another order than it was written: what is found must not tell."""
    if name == "points":
        return self.points
    rows = getattr(self, name).collect().sample(fraction=1.0, shuffle=True, seed=1)
    return self.points.drop("base").join(rows.lazy(), "point", maintain_order="right")


def made_up(root: Path, name: str, does: str) -> None:
    """An experiment without sweeps."""
    (root / name).mkdir()
    (root / name / "README.md").write_text(f"# {name}\n\n{MARK}\n")
    (root / name / "experiment.yaml").write_text("title: T\nminutes: 1\nsweeps: {}\n")
    (root / name / "figures.py").write_text(
        f"import os\nfrom asmsim.analysis.experiment import Found\ndef find(r): {does}\n"
    )


@pytest.mark.parametrize(
    ("does", "said"),
    [("raise AsmsimError('nothing to be found')", "nothing to be found"), ("os._exit(9)", "a process died while")],
)
def test_quick_runs_beside_each_other_say_what_failed(tmp_path: Path, does: str, said: str) -> None:
    made_up(tmp_path, "good", "return Found(['Hypothesis 1 (a): supported.'])")
    made_up(tmp_path, "bad", f"from asmsim.config.errors import AsmsimError; {does}")
    good, bad = (load(name, tmp_path) for name in ("good", "bad"))
    ended: list[int] = []
    folders = run_quickly([good], tmp_path / "results", lambda: ended.append(1), print)
    assert folders == [tmp_path / "results" / "good-quick"]
    assert "Hypothesis 1" in (folders[0] / "finding.md").read_text()
    assert ended == [1]
    with pytest.raises(AsmsimError, match=said):
        run_quickly([good, bad], tmp_path / "results", lambda: None, print)


def test_what_cannot_be_an_experiment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'order'"):
        load("ordr", EXPERIMENTS)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "experiment.yaml").write_text("title: x\nminutes: 1\nsweeps: {a: {overides: []}}\n")
    with pytest.raises(ConfigError, match="overides"):
        load("mine", tmp_path)
    assert SweepPlan(overrides=("a=1",)).posterior == "mongolia"


def test_a_finding_replaces_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# X\n\n{MARK} Not run yet.\n")
    put_finding(page, "- first\n")
    put_finding(page, "- second\n")
    assert page.read_text() == f"# X\n\n{MARK}\n\n- second\n"


def test_a_finding_of_another_model_or_experiment_is_named(tmp_path: Path) -> None:
    experiment = load("order", EXPERIMENTS)
    assert standing(experiment, tmp_path) == "not run"
    told = {"code": code_hash(), "configs": world(), "posterior": {}, "files": files_of(experiment)}
    (tmp_path / "order").mkdir()
    path = tmp_path / "order" / "provenance.json"
    path.write_text(json.dumps(told))
    assert standing(experiment, tmp_path) == "up to date"
    path.write_text(json.dumps(told | {"code": "0" * 12, "files": {}}))
    assert standing(experiment, tmp_path) == "run; changed since: model, experiment"
    path.write_text(json.dumps(told | {"posterior": {"mongolia": "0" * 16}}))
    assert standing(experiment, tmp_path) == "run; changed since: posterior"
    path.write_text(json.dumps(told | {"configs": "0" * 12}))
    assert standing(experiment, tmp_path) == "run; changed since: configs"


def test_what_finds_nothing_changes_no_finding() -> None:
    order = load("order", EXPERIMENTS)
    other = order.plan.model_copy(update={"minutes": 1.0, "quick": {}})
    assert files_of(replace(order, plan=other)) == files_of(order)
    main = order.plan.sweeps["same_exit"].model_copy(update={"seeds": 3})
    more = order.plan.model_copy(update={"sweeps": {"same_exit": main}})
    assert files_of(replace(order, plan=more)) != files_of(order)


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
    code: Any = code_of(load("five_ingredients", EXPERIMENTS))

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
    table = code.equal_cost(found)
    at = {(r["budget_share"], r["ingredient"]): r["mean"] for r in table.filter(account="money spent").to_dicts()}
    assert at[1.0, "2 rights"] == pytest.approx(0.2)
    assert at[1.0, "4 market"] == pytest.approx(0.1)
    assert at[0.1, "4 market"] < 0.05, "it takes the money that rights would have had"
    assert at[1.0, "all four"] == pytest.approx(0.4)
    with pytest.raises(ValueError, match="differ in their draws and seeds"):
        code.doses_of(whole.filter((pl.col("subset") != 3) | (pl.col("seed") != 2)), smaller)


def test_what_costs_the_same_buys_nothing_per_dollar() -> None:
    code: Any = code_of(load("project_duration", EXPERIMENTS))
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
    code: Any = code_of(load("project_duration", EXPERIMENTS))
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
    code: Any = code_of(load("order", EXPERIMENTS))
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
    assert "the best order is 3" in code.ends(far)


def test_every_order_has_the_budget_on_which_it_spends_what_all_spend() -> None:
    """One order spends half of what it has, another less and less of it, as draws above and below tell on average."""
    code: Any = code_of(load("order", EXPERIMENTS))
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
    experiment = load("order", EXPERIMENTS)
    code: Any = code_of(experiment)
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
    code: Any = code_of(load("order", EXPERIMENTS))
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
    experiment = load("project_duration", EXPERIMENTS)
    code: Any = code_of(experiment)
    rows = code.points("main", experiment.plan.sweeps["main"], {})
    assert rows.height == 20 * len(code.OWNS) * len(code.TAPERS)
    after = pl.col(code.END).str.slice(0, 4).cast(pl.Int64) - code.START + 1 - pl.col(code.YEARS)
    growing = (pl.col(code.GROWTH) > 0) & (pl.col(code.TAPER) == 0)
    assert (rows.filter(growing)[code.END] == "2034-12").all()
    for asked, years in ((~growing & (pl.col(code.TAPER) == 0), 10), (pl.col(code.TAPER) > 0, 5)):
        assert (rows.filter(asked).select(after).to_series() == years).all()


def test_a_policy_is_bettered_by_what_is_as_good_in_all_and_better_in_one() -> None:
    code: Any = code_of(load("robust_policy", EXPERIMENTS))
    assert code.bettered(np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]])).tolist() == [
        0,
        2,
        2,
        4,
        0,
    ]


def test_regrets_rank_alike_where_policies_do_and_not_where_they_are_turned_round() -> None:
    code: Any = code_of(load("robust_policy", EXPERIMENTS))
    cost = np.arange(30.0)[:, None, None] * np.ones((30, 5, 8))
    for of in (np.max, np.mean):
        assert code.alike(cost, 2 * cost, of) == pytest.approx((1.0, 1.0, 1.0))
        assert code.alike(cost, -cost, of) == pytest.approx((-1.0, -1.0, -1.0))


def test_a_compromise_loads_as_the_policy_that_was_run(tmp_path: Path) -> None:
    experiment = load("robust_policy", EXPERIMENTS)
    code: Any = code_of(experiment)
    u = np.random.default_rng(1).random((2, code.VARIABLES))
    (tmp_path / "policy").mkdir()
    for k, row in enumerate(code.doses_of(u).to_dicts()):
        (tmp_path / "policy" / f"found_{k}.yaml").write_text(
            code.as_policy(f"found_{k}", row | {"licensed_share": 1.0, "cost": 1.0, "bettered_by": 0})
        )
        loaded = scenario("context=generic", f"policy=found_{k}", config_dir=tmp_path)
        doses = [f"{key}={value}" for key, value in row.items()]
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
        return steady(pl.DataFrame({"name": names, "mean": means})).sort("mean", "name").write_csv(float_precision=6)

    assert written(again=True) == written(again=False)


def test_nothing_has_no_sign() -> None:
    assert steady(pl.DataFrame({"x": [-1e-17, 0.0]})).write_csv(float_precision=6) == "x\n0.000000\n0.000000\n"


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_what_is_added_up_over_months_is_added_in_double(name: str) -> None:
    """A sum of singles differs with the number of threads in a digit that is written; `monthly` gives doubles."""
    assert 'table("series")' not in (EXPERIMENTS / name / "figures.py").read_text(encoding="utf-8")
