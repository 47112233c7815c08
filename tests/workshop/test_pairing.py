"""Pairs of samples give what `asmsim compare` gives, and nothing where nothing differs."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

import asmsim
from asmsim.analysis.statistics import QUANTILES, is_clear
from asmsim.config.errors import ConfigError
from asmsim.model.outcomes import O
from asmsim.workshop import pairing
from asmsim.workshop.frames import list_singles, make_frame, map_districts, measure_worlds
from asmsim.workshop.pairing import Engine, Stopped
from asmsim.workshop.preset import DRAWS, RUNS, WorkshopState, list_presets, read_dose, read_state
from tests.workshop.conftest import OVERRIDES, make_preset

CHANGED = {
    "legalisation.signoffs": 14,
    "rights.rights_information.reach": 0.1,
    "market.royalty_and_tax.royalty": 0.0,
}


@pytest.fixture
def apart() -> Iterator[Engine]:
    made = Engine({"small": make_preset(), "fitted": make_preset("mongolia", "fitted")}, threads=2)
    yield made
    made.close()


@pytest.mark.parametrize(("name", "posterior"), [("small", None), ("fitted", "mongolia")])
def test_numbers_equal_those_of_compare(engine: Engine, name: str, posterior: str | None) -> None:
    state = WorkshopState(preset=name, levers=CHANGED, assumptions={"parameters.exit_base": 0.02})
    pair = engine.find_pair(state)
    for sample in pair:
        sample.grow(RUNS, pool=engine.pool)
    shared = [*OVERRIDES, "model.scale=20", "parameters.exit_base=0.02"]
    changes = [f"{key}={value}" for key, value in CHANGED.items()]
    made = [asmsim.scenario(*shared), asmsim.scenario(*shared, *changes)]
    seeds = RUNS if posterior is None else RUNS // DRAWS
    compared = asmsim.compare(made, seeds, posterior=posterior, draws=DRAWS)
    frame = make_frame(engine.presets[name], state, pair, RUNS)
    for outcome in ("licensed_share", "official_share", "income_low", "mercury", "miners"):
        head = frame["outcomes"][outcome]["headline"]
        values = compared.mean_difference(1, O[outcome], len(compared.reference.months))
        assert head["difference"] == pytest.approx(values.mean(), rel=1e-12, abs=1e-15)
        assert head["difference"] == head["yours"] - head["baseline"]
        assert head["low"] == pytest.approx(np.quantile(values, 0.05), rel=1e-12, abs=1e-15)
        assert head["high"] == pytest.approx(np.quantile(values, 0.95), rel=1e-12, abs=1e-15)
        assert head["clear"] == is_clear(values, O[outcome].unit)
        for world, run in zip(("baseline", "yours"), compared.runs, strict=True):
            assert head[world] == pytest.approx(run.of(O[outcome])[:, -12:].mean(), rel=1e-12)
    assert any(o["headline"]["clear"] for o in frame["outcomes"].values())


def test_levels_and_differences_add_up_in_every_year() -> None:
    rng = np.random.default_rng(1)
    base, yours = rng.normal(size=(2, 30, 5))
    yours[rng.random(yours.shape) < 0.3] = np.nan
    low, high, change = (fan[0] for fan in measure_worlds(base, yours))
    assert np.array_equal(high - low, change)
    assert np.allclose(low, base.mean(0)), "the baseline's mean does not depend on the other scenario"
    assert np.allclose(measure_worlds(base, yours)[2][1:], np.nanquantile(yours - base, QUANTILES, axis=0))


def test_what_is_not_changed_makes_no_difference(engine: Engine) -> None:
    state = WorkshopState(preset="small")
    same = WorkshopState(
        preset="small", levers={"legalisation.signoffs": read_dose(engine.presets["small"], "legalisation.signoffs")}
    )
    for each in (state, same):
        pair = engine.find_pair(each)
        pair[1].grow(16)
        frame = make_frame(engine.presets["small"], each, pair, 16)
        for outcome in frame["outcomes"].values():
            assert all(value == 0.0 for row in outcome["difference"].values() for value in row)
            assert not outcome["headline"]["clear"]
    assert engine.find_pair(same)[0] is engine.find_pair(same)[1], "what is given the same is simulated once"


def test_a_lever_without_a_path_to_an_outcome_gives_exactly_zero_there(engine: Engine) -> None:
    base, yours = engine.find_pair(
        WorkshopState(
            preset="small",
            levers={
                "knowledge.outreach_national.cost_usd_month": 1.0,
                "market.rehabilitation_support.usd_a_ha": 0.0,
                "market.processing_centres.usd_plant_month": 0.0,
            },
        )
    )
    base.grow(8)
    yours.grow(8)
    difference = yours.take(8, [O.law_stage, O.raids]) - base.take(8, [O.law_stage, O.raids])
    assert (difference == 0.0).all()


def test_histories_change_no_number(apart: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    state = WorkshopState(preset="fitted", levers=CHANGED)
    base, yours = apart.find_pair(state)
    base.grow(8)
    yours.grow(8)
    assert len(apart.histories) == 8
    monkeypatch.setattr(pairing, "MOST_HISTORIES", 0)
    other = Engine(apart.presets, threads=1)
    again = other.find_sample(state)
    again.grow(8)
    assert not other.histories
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(yours.values, again.values, strict=True))
    other.close()


def test_the_order_of_growing_changes_no_number(apart: Engine) -> None:
    state = WorkshopState(preset="small", levers=CHANGED)
    steps = apart.find_sample(state)
    for runs in (1, 3, 10):
        steps.grow(runs, pool=apart.pool)
    other = Engine(apart.presets, threads=1)
    whole = other.find_sample(state)
    whole.grow(10)
    assert np.array_equal(np.stack(steps.values), np.stack(whole.values))
    assert np.array_equal(steps.places, whole.places)
    other.close()


def test_a_dropped_plan_is_made_again(apart: Engine) -> None:
    state = WorkshopState(preset="small", levers=CHANGED)
    sample = apart.find_sample(state)
    sample.grow(2)
    sample.forget_plan()
    sample.grow(4)
    other = Engine(apart.presets, threads=1)
    whole = other.find_sample(state)
    whole.grow(4)
    assert np.array_equal(np.stack(sample.values), np.stack(whole.values))
    other.close()


def test_what_is_not_wanted_any_more_stops(apart: Engine) -> None:
    sample = apart.find_sample(WorkshopState(preset="small", levers={"legalisation.signoffs": 5}))
    count = iter(range(100))
    with pytest.raises(Stopped):
        sample.grow(50, lambda: next(count) >= 5, apart.pool)
    assert len(sample.values) <= 5
    sample.grow(6)
    assert len(sample.values) == 6


def test_samples_that_are_kept_have_a_bound(apart: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MOST_BYTES_OF_SAMPLES", 1_000_000)
    for signatures in range(1, 13):
        apart.find_sample(WorkshopState(preset="small", levers={"legalisation.signoffs": signatures})).grow(4)
    assert sum(s.size for s in apart._samples.values()) < 1_300_000
    assert len(apart._planned) <= pairing.MOST_PLANS + 2


def test_two_tabs_may_grow_one_sample_at_once(apart: Engine) -> None:
    sample = apart.find_sample(WorkshopState(preset="small"))
    threads = [threading.Thread(target=sample.grow, args=(12, pairing.never, apart.pool)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sample.values) == 12


def test_single_runs_and_the_map_are_of_the_same_runs(engine: Engine) -> None:
    pair = engine.find_pair(WorkshopState(preset="small", levers=CHANGED))
    for sample in pair:
        sample.grow(40, pool=engine.pool)
    singles, shown = list_singles(pair, "miners"), map_districts(pair)
    assert len(singles["baseline"]) == len(singles["yours"]) == 20
    assert len(singles["years"]) == len(singles["yours"][0]) == 8
    assert len(shown["districts"]) == len(shown["outcomes"]["licensed_share"]["yours"]) == 4
    assert len(shown["outcomes"]["stigma"]["baseline"][0]) == 8


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {},
        {"preset": "small", "levers": {"context.end": "2030-12"}},
        {"preset": "small", "levers": {"legalisation.signofs": 3}},
        {"preset": "small", "levers": {"legalisation.signoffs": [3]}},
        {"preset": "small", "levers": {"legalisation.signoffs": "x" * 100}},
        {"preset": "small", "levers": {f"legalisation.x{n}": 1 for n in range(101)}},
        {"preset": "small", "assumptions": {"taste_base": 1.0}},
        {"preset": "small", "assumptions": {"parameters.taste_base": 1e9}},
        {"preset": "small", "assumptions": {"parameters.taste_base": float("nan")}},
        {"preset": "small", "outcome": "licenced_share"},
        {"preset": "small", "seed": -1},
        {"preset": "small", "more": 1},
    ],
)
def test_states_that_are_none_are_refused_with_a_sentence(state: object) -> None:
    with pytest.raises(ConfigError, match="scenario") as caught:
        read_state(state)
    assert len(str(caught.value)) < 400


def test_values_out_of_range_are_refused(engine: Engine) -> None:
    for levers in ({"legalisation.signoffs": 31}, {"legalisation.pace": "soon"}, {"legalisation.signoffs": 1.5}):
        with pytest.raises(ConfigError, match="legalisation"):
            engine.find_pair(WorkshopState(preset="small", levers=levers))
    with pytest.raises(ConfigError, match="did you mean 'small'"):
        engine.find_pair(WorkshopState(preset="smal"))


@pytest.mark.parametrize("name", list_presets())
def test_shipped_presets_hold_what_they_say(name: str) -> None:
    preset = list_presets()[name]
    assert 8 <= len(preset.levers) <= 12
    assert len(preset.outcomes.small) == 3
    assert preset.questions
    assert preset.watch
    assert set(preset.resolution) == set(preset.outcomes.names)
    for control in preset.levers:
        value = read_dose(preset, control.key)
        if control.choices:
            assert value in control.choices
        else:
            assert control.low is not None
            assert control.high is not None
            assert value is not None
            assert control.low <= float(value) <= control.high, control.key
