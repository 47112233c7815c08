"""Gains between choices of a sweep are those of the runs themselves, paired on draw and seed."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import asmsim
from asmsim.analysis.gains import (
    Gain,
    VarianceSources,
    collect_runs,
    collect_year,
    count_draws,
    find_sources,
    measure_gain,
    measure_gains,
    measure_pairing,
    read_monthly,
    split_choices,
)
from asmsim.config.errors import ConfigError
from asmsim.evidence.posterior import draw_for, write_draws
from asmsim.model.scenarios import scenario
from asmsim.sweeps.draws import draw_seed
from asmsim.sweeps.replicates import replicate
from asmsim.sweeps.request.request import SweepOptions, make_request
from asmsim.sweeps.store.export import to_xarray

FIXED = ("context=generic", "model.scale=50", "context.end=2009-12", "policy=five_ingredients")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> asmsim.Results:
    out = tmp_path_factory.mktemp("swept")
    typed = (*FIXED, "legalisation=none,at_once", "parameters.taste_base=0.5,2.5")
    draws = write_draws("prior", 3, make_request(typed, SweepOptions()), out / "draws")
    return asmsim.sweep(*typed, seeds=2, keep="both", workers=0, out=out, draws=draws)


def two(until: tuple[str, str] = ("2014-12", "2014-12")) -> pl.DataFrame:
    """Two policies that do the same on three draws and two seeds."""
    return pl.DataFrame(
        [
            {"policy": policy, "draw": draw, "seed": seed, "until": month, "value": float(10 * draw + seed)}
            for policy, month in zip(("a", "b"), until, strict=True)
            for draw in range(3)
            for seed in (1, 2)
        ]
    )


def test_runs_are_paired_by_draw_and_seed_whatever_their_order() -> None:
    frame, (a, b) = two(), ({"policy": "a"}, {"policy": "b"})
    assert (measure_gain(frame.sample(fraction=1.0, shuffle=True, seed=3), a, b).values == 0.0).all()
    lost = frame.filter(~((pl.col("policy") == "a") & (pl.col("draw") == 1) & (pl.col("seed") == 2)))
    with pytest.raises(ConfigError, match=r"policy=b: 1 of its runs have no partner \(the first: draw 1, seed 2\)"):
        measure_gain(lost, a, b)
    with pytest.raises(ConfigError, match="policy=a: 1 of its runs have no partner"):
        measure_gain(lost.filter(~((pl.col("policy") == "b") & (pl.col("draw") == 0) & (pl.col("seed") == 1))), a, b)
    with pytest.raises(ConfigError, match="draws differ in how many seeds"):
        measure_gain(frame.filter(~((pl.col("draw") == 1) & (pl.col("seed") == 2))), a, b)


def test_different_months_are_not_compared() -> None:
    with pytest.raises(ConfigError, match=r"measured at different months \(2009-12 and 2014-12\).*--date 2014-12"):
        measure_gain(two(("2014-12", "2009-12")), {"policy": "a"}, {"policy": "b"})


def test_what_else_is_unsure_of_a_mean_widens_its_interval() -> None:
    values = np.random.default_rng(4).normal(0.01, 0.01, 60)
    sure, unsure = Gain(values, 0, "share"), Gain(values, 0, "share", unsure=0.02)
    assert sure.verdict(1) == "supported"
    assert unsure.verdict(1) == "not enough evidence"
    assert unsure.mean_interval[1] - unsure.mean_interval[0] > 0.07


def test_a_gain_is_the_difference_of_the_runs(swept: asmsim.Results) -> None:
    frame = collect_runs(swept, "licensed_share")
    assert frame.columns == ["legalisation", "parameters.taste_base", "draw", "seed", "until", "value"]
    assert count_draws(frame) == 3
    assert frame["seed"].unique().sort().to_list() == [draw_seed(s, d) for d in range(3) for s in (1, 2)]
    choice = {"legalisation": "at_once", "parameters.taste_base": 2.5}
    found = measure_gain(frame, choice, choice | {"legalisation": "none"}, "share")
    expected = []
    for pace in ("at_once", "none"):
        made = scenario(*FIXED, f"legalisation={pace}", "parameters.taste_base=2.5")
        run = replicate(made, 2, drawn=draw_for("prior", 3, made))
        expected.append(run.of("licensed_share")[:, -12:].mean(1))
    assert found.values == pytest.approx(expected[0] - expected[1], abs=1e-12)
    assert found.median > 0
    at_month = measure_gain(
        collect_year(swept, "licensed_share", "2009-12"), choice, choice | {"legalisation": "none"}, "share"
    )
    assert at_month.values == pytest.approx(found.values, abs=1e-6), "the series is float32"


def test_the_months_are_the_series_in_double(swept: asmsim.Results) -> None:
    stored, months = swept.table("series").collect(), read_monthly(swept).collect()
    assert pl.Float32 in stored.dtypes
    assert pl.Float32 not in months.dtypes
    assert months.equals(stored.with_columns(pl.col(pl.Float32).cast(pl.Float64)))


def test_a_choice_against_itself_gains_nothing(swept: asmsim.Results) -> None:
    table = measure_gains(collect_runs(swept, "miners"), {"legalisation": "none"}, "persons")
    none = table.filter(table["legalisation"] == "none")
    assert none["mean"].to_list() == [0.0, 0.0]
    assert none["below_zero"].to_list() == [0.0, 0.0]
    assert table.height == 4
    with pytest.raises(ConfigError, match="no run of"):
        measure_gain(collect_runs(swept, "miners"), {"legalisation": "gradual"}, {"legalisation": "none"})


def test_what_is_clear_what_is_clear_on_average_and_how_often_it_is_below_zero() -> None:
    rng = np.random.default_rng(4)
    often = Gain(0.02 + rng.normal(0, 0.02, 400), 100, "share")
    assert not often.clear
    assert often.verdict(1) == "supported", "on average"
    assert 0.05 < often.below_zero < 0.3
    assert "no clear difference in single runs" in often.describe()
    sure = Gain(0.05 + rng.normal(0, 0.01, 400), 100, "share")
    assert sure.clear
    assert sure.describe().startswith("+")
    assert "points" in sure.describe()


def test_what_seeds_do_to_all_choices_alike_does_not_tell_them_apart() -> None:
    rng = np.random.default_rng(4)
    luck, own = rng.normal(0, 2, (200, 1, 2)), rng.normal(0, 0.5, (200, 30, 2))
    between, within = split_choices(rng.normal(0, 0.4, (200, 30, 1)) + luck + own)
    assert between.mean() == pytest.approx(0.16, rel=0.1)
    assert within.mean() == pytest.approx(4.25, rel=0.2)
    assert split_choices(luck + own)[0].mean() == pytest.approx(0.0, abs=0.01)
    assert np.isnan(split_choices(np.zeros((3, 4, 1)))[0]).all()


def test_pairing_saves_runs_where_luck_is_shared() -> None:
    rng = np.random.default_rng(4)
    luck = rng.normal(0, 3, 400)
    frame = pl.DataFrame(
        {
            "x": np.repeat(["a", "b"], 400),
            "draw": np.tile(np.arange(400), 2),
            "seed": 1,
            "value": np.concatenate([luck, luck + 1 + rng.normal(0, 1, 400)]),
        }
    )
    found = measure_gain(frame, {"x": "b"}, {"x": "a"})
    assert found.fewer_runs == pytest.approx(19, rel=0.15)
    low, middle, high = measure_pairing(measure_gains(frame, {"x": "a"})) or (0.0, 0.0, 0.0)
    assert low == middle == high == pytest.approx(19, rel=0.15)
    assert measure_pairing(measure_gains(frame.filter(pl.col("x") == "a"), {"x": "a"})) is None


def test_draws_for_a_sweep_leave_alone_what_its_country_or_a_policy_states(tmp_path: Path) -> None:
    typed = (*FIXED, "legalisation=none,at_once")
    free = write_draws("prior", 2, make_request(typed, SweepOptions()), tmp_path)
    mine = write_draws("prior", 2, make_request((*typed, "parameters.taste_peers=1"), SweepOptions()), tmp_path)
    facts = write_draws(
        "prior", 2, make_request((*typed, "+context.parameters.taste_trust=1"), SweepOptions()), tmp_path
    )
    assert len({free, mine, facts}) == 3, "what differs has another name"
    assert free == write_draws("prior", 2, make_request(typed, SweepOptions()), tmp_path)
    columns = [set(pl.read_parquet(path).columns) for path in (free, mine, facts)]
    assert columns[0] - columns[1] == {"taste_peers"}
    assert columns[0] - columns[2] == {"taste_trust"}
    with pytest.raises(ConfigError, match="one country"):
        write_draws("prior", 2, make_request(("context=generic,peru", "model.scale=50"), SweepOptions()), tmp_path)


def test_other_draws_are_others_in_what_was_fitted_and_in_what_is_the_countrys_own(tmp_path: Path) -> None:
    """Two particles may descend from one, and share what has not moved since: a small part, and never all of a draw."""
    once, again = (
        pl.read_parquet(write_draws("mongolia", 12, make_request(FIXED, SweepOptions()), tmp_path, seed)).select(
            pl.all().round(9)
        )
        for seed in (1, 2)
    )
    assert once.columns == again.columns
    varying = [name for name in once.columns if once[name].n_unique() > 1]
    here, there = (frame.select(varying).to_numpy() for frame in (once, again))
    alike = (here[:, None] == there[None]).mean(2)
    assert alike.max() < 0.2
    assert np.sort(alike, axis=None)[-2] == 0, "of one pair at most"


def test_no_difference_is_supported_only_where_it_is_known_to_be_none() -> None:
    rng = np.random.default_rng(7)
    nothing, unsure, up = (
        Gain(rng.normal(mean, sd, 400), 100, "share") for mean, sd in ((0, 0.001), (0.001, 0.05), (0.05, 0.05))
    )
    assert [g.verdict(0) for g in (nothing, unsure, up)] == ["supported", "not enough evidence", "contradicted"]
    assert [g.verdict(1) for g in (unsure, up)] == ["not enough evidence", "supported"]
    assert nothing.verdict(1) == "not enough evidence", "that it is negligible is no proof of the contrary"
    assert up.verdict(-1) == "contradicted"
    small = Gain(0.0007 + rng.normal(0, 0.004, 400), 100, "share")
    assert small.verdict(1) == "not enough evidence"


def test_the_label_tells_fitted_parameters_from_others_and_from_chance() -> None:
    from asmsim.evidence import priors

    rng = np.random.default_rng(9)
    names = list(priors.list_fitted())
    at = rng.random((200, len(names)))
    frame = pl.DataFrame({f"parameters.{n}": at[:, k] for k, n in enumerate(names)}).with_row_index("draw").lazy()
    results = SimpleNamespace(points=frame, context="mongolia")

    def found(fitted: float, others: float, chance: float) -> VarianceSources:
        draw = fitted * at[:, 0] * np.sqrt(12) + others * rng.normal(size=200)
        return find_sources(Gain(np.repeat(draw, 4) + chance * rng.normal(size=800), 200), results)  # type: ignore[arg-type]

    assert found(2, 1, 1).fitted == pytest.approx(4 / 6, abs=0.1)
    assert found(2, 1, 1).driver == "evidence"
    assert found(0, 2, 1).others == pytest.approx(0.8, abs=0.1)
    assert found(0, 2, 1).driver == "assumptions"
    assert found(0, 0, 1).chance > 0.9
    smuggling = np.repeat(at[:, names.index("smuggling_cost")], 4) + 0.01 * rng.normal(size=800)
    abroad = SimpleNamespace(points=frame, context="generic")
    assert find_sources(Gain(smuggling, 200), results).driver == "evidence"  # type: ignore[arg-type]
    assert find_sources(Gain(smuggling, 200), abroad).driver == "assumptions", "a country's own, drawn there"  # type: ignore[arg-type]
    half = found(1, 1, 0.3)
    assert half.fitted_interval[0] < 0.45 < half.fitted_interval[1]
    assert half.driver == "not enough evidence"
    few = Gain(rng.normal(size=20), 10)
    assert find_sources(few, results).driver == "not enough evidence"  # type: ignore[arg-type]


def test_draws_that_are_alike_stay_two_and_the_arrays_hold_every_run(tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    pl.DataFrame({"taste_peers": [1.0, 1.0, 0.5]}).write_parquet(tmp_path / "draws.parquet")
    found = asmsim.sweep(*FIXED, seeds=2, workers=0, out=tmp_path, draws=tmp_path / "draws.parquet")
    frame = collect_runs(found, "miners")
    assert frame.height == 6
    assert count_draws(frame) == 3
    arrays = to_xarray(found, "summary")
    assert arrays["miners"].shape[:2] == (3, 2)
    assert not np.isnan(arrays["miners"].to_numpy()[..., -1]).any()
    assert arrays["draw"].to_numpy().tolist() == [0.0, 1.0, 2.0]
