"""The model as Mesa knows it: looking and stepping never change a byte; what is done by hand is kept."""

import copy
import gc
import pickle
import re
import subprocess
import sys
import warnings
import weakref
from typing import Any

import mesa
import numpy as np
import pytest

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.engine.mesa_views import Departed
from asmsim.model.model import HEADLINE, FormalisationModel
from asmsim.model.scenario import Scenario
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, simulate
from asmsim.model.state import IN_PROCESS, LICENSED
from asmsim.model.views import Buyer, Enterprise, Miner, Ministry, Official

TYPED = [
    "context=generic", "policy=five_ingredients", "model.scale=50", "context.policy_start=2001-01",
    "context.end=2006-12", "legalisation=at_once", "enforcement=policing", "enforcement.policing.raids=0.1",
]  # fmt: skip
SEEDS_AS_RNG = tuple(int(x) for x in mesa.__version__.split(".")[:2]) >= (3, 4)


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return scenario(*TYPED)


@pytest.fixture(scope="module")
def whole(tiny: Scenario) -> Run:
    return simulate(tiny, 1)


@pytest.fixture
def model(tiny: Scenario) -> FormalisationModel:
    """Five years in, when there are crews, traders and officials."""
    model = FormalisationModel(tiny)
    for _ in range(60):
        model.step()
    return model


def same(model: FormalisationModel, run: Run) -> bool:
    mine = model.native
    return mine.out.tobytes() == run.out.tobytes() and all(
        a.tobytes() == b.tobytes() for a, b in zip(mine.state, run.state, strict=True)
    )


# --- same bytes -----------------------------------------------------------------------------------
def test_step_by_step_gives_the_bytes_of_one_call(tiny: Scenario, whole: Run) -> None:
    stepped, ran = FormalisationModel(tiny), FormalisationModel(tiny)
    while stepped.running:
        stepped.step()
    ran.run()
    assert same(stepped, whole)
    assert same(ran, whole)
    assert stepped.steps == ran.steps == tiny.context.months
    assert stepped.datacollector.model_vars == ran.datacollector.model_vars
    assert ran.outcomes["displaced"].sum() > 0, "the comparison must exercise raids"
    assert ran.outcomes["licences_granted"].sum() > 0, "and licences"


def test_looking_never_changes_a_byte(tiny: Scenario, whole: Run) -> None:
    looked = FormalisationModel(tiny, agent_reporters={"trust": "trust"})
    while looked.running:
        looked.step()
        looked.agents.shuffle_do(lambda agent: agent.unique_id)
        looked.agents_by_type[Miner].agg("trust", np.mean)
    assert same(looked, whole)


def test_copying_never_changes_a_byte(tiny: Scenario, whole: Run) -> None:
    model = FormalisationModel(tiny)
    for how in (copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))):
        for _ in range(20):
            model.step()
        assert len(model.agents) > 0
        model = how(model)
    model.run()
    assert same(model, whole)


def test_agents_and_their_order_do_not_depend_on_who_looked_when(tiny: Scenario) -> None:
    often, late = FormalisationModel(tiny), FormalisationModel(tiny)
    for _ in range(30):
        often.step()
        len(often.agents)
        late.step()
    order: tuple[list[int], list[int]] = ([], [])
    for m, seen in zip((often, late), order, strict=True):
        m.agents.shuffle_do(lambda agent, seen=seen: seen.append(agent.unique_id))
    assert order[0] == order[1]
    numbers = [a.unique_id for a in late.agents]
    assert len(set(numbers)) == len(numbers)


# --- who is there ---------------------------------------------------------------------------------
def test_before_the_first_month_nobody_has_been_drawn(tiny: Scenario) -> None:
    model = FormalisationModel(tiny)
    assert len(model.agents_by_type[Miner]) == 0
    assert model.date == "2000-01"
    assert model.outcomes.shape[0] == 0
    with pytest.raises(AsmsimError, match=r"call model\.step\(\) first"):
        Miner(model)
    model.step()
    assert len(model.agents_by_type[Miner]) == model.native.state.miners.present.sum() > 100


def test_kinds_show_who_is_there(model: FormalisationModel) -> None:
    state, kinds = model.native.state, model.agents_by_type
    assert len(kinds[Buyer]) == state.buyers.present.sum()
    assert len(kinds[Official]) == len(state.offices)
    assert len(kinds[Enterprise]) == state.bands.organised.sum()
    assert kinds[Ministry][0].name == "mining"
    assert kinds[Official][3].district == 3
    assert sum(len(agents) for agents in kinds.values()) == len(model.agents)


def test_outcomes_are_those_of_the_months_so_far(model: FormalisationModel, whole: Run) -> None:
    frame = model.outcomes
    assert frame["month"].to_list()[0] == "2000-01"
    assert frame["month"].to_list()[-1] == model.date == "2004-12"
    assert frame["miners"].to_list() == whole.rows["miners"][:60].tolist()
    assert model.miners == whole.rows["miners"][59]
    with pytest.raises(AttributeError, match="did you mean 'licensed_share'"):
        model.licenced_share


def test_a_scenario_is_what_a_user_would_type(tiny: Scenario) -> None:
    assert FormalisationModel(TYPED).scenario == tiny
    assert FormalisationModel(" ".join(TYPED)).scenario == tiny
    with pytest.raises(ConfigError, match=r'write {"scenario": \[scenario\]}'):
        FormalisationModel(next(iter(tiny)))  # type: ignore[arg-type,unused-ignore]
    with pytest.raises(AttributeError, match="keeps the scenario"):
        FormalisationModel(tiny).scenario = tiny


def test_a_scenario_ends(model: FormalisationModel) -> None:
    model.run()
    assert not model.running
    model.run()
    with pytest.raises(AsmsimError, match="ends in 2006-12"):
        model.step()


# --- by hand --------------------------------------------------------------------------------------
def test_trust_set_by_hand_is_what_the_next_month_begins_with(tiny: Scenario) -> None:
    touched, left_alone = FormalisationModel(tiny), FormalisationModel(tiny)
    touched.step()
    left_alone.step()
    touched.agents_by_type[Miner].set("trust", 0.9)
    assert (touched.native.state.miners.trust[touched.native.state.miners.present == 1] == 0.9).all()
    touched.step()
    left_alone.step()
    assert touched.outcomes["trust"][-1] > left_alone.outcomes["trust"][-1] + 0.2


def test_select_get_and_aggregate(model: FormalisationModel) -> None:
    miners, rows = model.agents_by_type[Miner], model.native.state.miners
    here = miners.select(lambda m: m.district == 3)
    assert len(here) == ((rows.district == 3) & (rows.present == 1)).sum()
    assert miners.get(["trust", "cash"])[0] == [rows.trust[miners[0].slot], rows.cash[miners[0].slot]]
    assert miners.agg("cash", max) == rows.cash[rows.present == 1].max()


def test_views_of_people_who_left_raise_and_their_slots_hold_others(model: FormalisationModel) -> None:
    then = {m.slot: m for m in model.agents_by_type[Miner]}
    while model.running:
        model.step()
    gone = [m for m in then.values() if not isinstance(m, Miner)]
    now = {m.slot: m for m in model.agents_by_type[Miner]}
    left = [m for slot, m in then.items() if now.get(slot) is not m]
    assert left
    assert left == gone, "known without looking again"
    for miner in left:
        with pytest.raises(Departed, match="has left the model"):
            miner.trust
    assert all(miner.trust >= 0 for slot, miner in then.items() if now.get(slot) is miner)


def test_what_is_done_by_hand_is_booked_so_that_conservation_still_holds(model: FormalisationModel) -> None:
    for n in range(5):
        Miner(model, trust=0.9, cash=500.0, debt=40.0, status=IN_PROCESS if n % 2 else LICENSED)
    founded = Enterprise(model)
    for miner in list(model.agents_by_type[Miner])[::7]:
        miner.remove()
    some = model.agents_by_type[Miner]
    some.select(at_most=40).set("cash", 1.0).set("debt", 7.0).set("bank_client", 1).set("status", IN_PROCESS)
    model.agents_by_type[Buyer].set("stock_g", 3.0)
    founded.status = 1
    model.step()
    founded.remove()
    model.run()  # refuses a run that is not conserved
    assert model.outcomes["check_people"].abs().max() == 0


def test_somebody_added_is_a_newcomer_but_for_what_is_given(model: FormalisationModel) -> None:
    before = len(model.agents_by_type[Miner])
    miner = Miner(model, trust=0.9, district=3)
    assert (miner.district, miner.trust, miner.months, miner.present) == (3, 0.9, 0, 1)
    assert miner.skill > 0
    assert miner.hurdle > 0
    assert len(model.agents_by_type[Miner]) == before + 1
    again = copy.deepcopy(model)
    assert again.at(Miner, miner.slot).skill == miner.skill
    model.step()
    assert miner.months == 1
    assert miner.last_dug in (60, -1000)


def test_enterprises_and_miners_know_each_other(model: FormalisationModel) -> None:
    state = model.native.state
    free = set(state.miners.district[Miner.openings(model)].tolist())
    district = next(d for d in state.bands.district[Enterprise.openings(model)].tolist() if d in free)
    enterprise = Enterprise(model, district=district)
    assert len(enterprise.crew) == enterprise.members > 0
    assert all(miner.enterprise is enterprise for miner in enterprise.crew)
    enterprise.remove()
    assert Miner(model, district=district).enterprise is None
    with pytest.raises(Departed):
        enterprise.members


def test_what_would_break_the_state_cannot_be_written(model: FormalisationModel) -> None:
    miner, buyer = model.agents_by_type[Miner][0], model.agents_by_type[Buyer][0]
    for agent, name in ((miner, "district"), (miner, "trader"), (buyer, "loans"), (buyer, "kind")):
        with pytest.raises(AttributeError, match="cannot be written"):
            setattr(agent, name, 1)
    with pytest.raises(TypeError, match="cannot be added by hand"):
        Official(model)


@pytest.mark.parametrize(
    ("kind", "name", "value", "needs"),
    [
        (Miner, "trust", 50, "Miner.trust = 50: needs a number from 0 to 1 (trust in officials [1])"),
        (Miner, "status", 99, "Miner.status = 99: needs a whole number from 0 to 4 (legal status: 0 unregistered"),
        (Miner, "status", 1.5, "Miner.status = 1.5: needs a whole number from 0 to 4"),
        (
            Miner,
            "debt",
            -1.0,
            "Miner.debt = -1.0: needs a finite number of at least 0 (owed to a trader or a bank [USD])",
        ),
        (Miner, "last_dug", -1001, "Miner.last_dug = -1001: needs a whole number from -1000 to 32767"),
        (Official, "staff", -5, "Official.staff = -5: needs a finite number of at least 0 (establishment [persons])"),
        (Ministry, "will", 1.1, "Ministry.will = 1.1: needs a number from 0 to 1"),
    ],
)
def test_a_value_outside_a_columns_domain_is_refused(
    model: FormalisationModel, kind: type[Any], name: str, value: float, needs: str
) -> None:
    agent = model.agents_by_type[kind][0]
    before = getattr(agent, name)
    with pytest.raises(ValueError, match=re.escape(needs)):
        setattr(agent, name, value)
    with pytest.raises(ValueError, match=re.escape(needs)):
        model.agents_by_type[kind].set(name, value)
    assert getattr(agent, name) == before
    if kind is Miner:
        with pytest.raises(ValueError, match=re.escape(needs)):
            Miner(model, **{name: value})


# --- copies and memory ----------------------------------------------------------------------------
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_keep_views_joined_to_their_own_columns(model: FormalisationModel, how: Any) -> None:
    model.friend = model.agents_by_type[Miner][7]  # somebody whom the model itself remembers
    copied = how(model)
    assert copied.friend is copied.agents_by_type[Miner][7]
    assert copied.friend.model is copied
    copied.friend.trust = 0.125
    assert copied.native.state.miners.trust[copied.friend.slot] == 0.125
    assert model.friend.trust != 0.125
    copied.step()
    assert model.steps == 60


def test_models_are_freed(tiny: Scenario) -> None:
    model = FormalisationModel(tiny, agent_reporters={"trust": "trust"})
    model.step()
    model.agents[0].trust = 0.5
    mesa.Agent(model)
    copied = copy.deepcopy(model)
    gone = [weakref.ref(model), weakref.ref(copied), weakref.ref(model.native)]
    del model, copied
    gc.collect()
    assert [ref() for ref in gone] == [None] * 3


def test_a_run_without_a_face_does_not_import_mesa() -> None:
    code = "import sys, asmsim.model.simulate, asmsim.model.scenarios; sys.exit('mesa' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- Mesa's tools ---------------------------------------------------------------------------------
def test_the_data_collector_records_each_month(tiny: Scenario, whole: Run) -> None:
    model = FormalisationModel(tiny, agent_reporters={"trust": "trust", "kind": lambda a: type(a).__name__})
    model.step()
    model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(HEADLINE)
    assert frame["miners"].tolist() == whole.rows["miners"][:2].tolist()
    agents = model.datacollector.get_agent_vars_dataframe()
    last = agents.loc[2]
    assert len(last) == len(model.agents)
    miners = last[last["kind"] == "Miner"]
    assert miners["trust"].tolist() == model.agents_by_type[Miner].get("trust")
    assert last[last["kind"] == "Official"]["trust"].isna().all()
    with pytest.raises(ConfigError, match="did you mean 'trust'"):
        FormalisationModel(tiny, agent_reporters={"x": "trsut"})


def test_run_heeds_what_is_to_happen_between_months(tiny: Scenario) -> None:
    class Generous(FormalisationModel):
        def step(self) -> None:
            super().step()
            self.agents_by_type[Miner].set("trust", 1.0)

    generous = Generous(tiny)
    generous.run()
    assert generous.steps == tiny.context.months
    assert set(generous.agents_by_type[Miner].get("trust")) == {1.0}
    reported = FormalisationModel(tiny, agent_reporters={"members": "members"})
    reported.run()
    assert len(reported.datacollector._agent_records) == tiny.context.months


def test_a_subclass_may_give_agents_methods(tiny: Scenario) -> None:
    class Talker(Miner):
        mood = "calm"

        def greet(self) -> str:
            return f"{self.mood} {self.trust:.2f}"

    class Talkative(FormalisationModel):
        kinds = FormalisationModel.kinds | {"miners": Talker}

    model = Talkative(tiny)
    model.step()
    assert model.agents_by_type[Talker].map("greet")[0].startswith("calm 0.")
    assert Talker(model, trust=0.25).greet() == "calm 0.25"
    with pytest.raises(TypeError, match="no agents of the class Miner"):
        Miner(model)


def test_batch_run_gives_the_outcomes_of_simulate(tiny: Scenario) -> None:
    parameters: dict[str, Any] = {"scenario": [tiny]}
    if SEEDS_AS_RNG:
        rows = mesa.batch_run(FormalisationModel, parameters, rng=[1, 2], display_progress=False)
    else:
        rows = mesa.batch_run(FormalisationModel, parameters | {"seed": [1, 2]}, display_progress=False)
    assert [row["seed"] for row in rows] == [1, 2]
    for row in rows:
        month = int(row["Step"]) - SEEDS_AS_RNG  # Mesa 3.3 counts steps from 0, 3.4 and 3.5 from 1
        assert month >= tiny.context.months - 2
        recorded = simulate(tiny, row["seed"]).rows[month]
        assert [row[name] for name in HEADLINE] == [recorded[name] for name in HEADLINE]


@pytest.mark.parametrize("processes", [1, 2])
def test_iterations_of_a_batch_have_seeds_of_their_own(processes: int, tiny: Scenario) -> None:
    two = [tiny, tiny.replace("legalisation.pace", "none")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Mesa 3.4 wishes for rng
        rows = mesa.batch_run(
            FormalisationModel, {"scenario": two}, iterations=3, number_processes=processes, display_progress=False
        )
    first = [row["miners"] for row in sorted(rows, key=lambda row: int(row["RunId"])) if row["scenario"] == tiny]
    assert len(rows) == 6
    assert len(set(first)) == 3
    last = tiny.context.months - 1
    assert first == [float(simulate(tiny, seed).rows["miners"][last]) for seed in (1, 2, 3)]


@pytest.mark.skipif(SEEDS_AS_RNG, reason="Mesa gives each iteration its seed")
def test_one_seed_for_all_iterations_is_refused(tiny: Scenario) -> None:
    with pytest.raises(ConfigError, match="would be equal"):
        mesa.batch_run(FormalisationModel, {"scenario": [tiny], "seed": 7}, iterations=2, display_progress=False)


def test_a_seed_has_either_of_mesas_names(tiny: Scenario) -> None:
    same = [FormalisationModel(tiny, 7), FormalisationModel(tiny, seed=7), FormalisationModel(tiny, rng=7)]
    for model in same:
        model.step()
    assert len({model.miners for model in same}) == 1
    assert {model.native.seed for model in same} == {7}
    assert FormalisationModel(tiny).native.seed == 1
    with pytest.raises(ConfigError, match="give one of them"):
        FormalisationModel(tiny, 7, rng=7)
    for wrong in (-1, 2**64, True, 1.5, "7", np.random.default_rng(1)):
        with pytest.raises(ConfigError, match="needs a whole number"):
            FormalisationModel(tiny, wrong)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="rng = "):
            FormalisationModel(tiny, rng=wrong)  # type: ignore[arg-type]
