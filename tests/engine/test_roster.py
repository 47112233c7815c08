"""Views on any table: who is shown, who has left, and in what order."""

import copy
import gc
import pickle
import weakref
from typing import Any

import mesa
import numpy as np
import pytest

from asmsim.engine.columns import Rows, declare_table
from asmsim.engine.mesa_views import ColumnModel, Departed, View

SHEEP = declare_table(
    "sheep",
    "an animal",
    present=("u1", "0/1", "is there"),
    spell=("i4", "count", "animals the slot has held"),
    district=("i4", "index", "meadow"),
    lambs=("u1", "count", "lambs"),
    wool=("f8", "kg", "wool"),
)
MEADOWS = declare_table("meadows", "a meadow", grass=("f8", "kg", "grass"))


class Sheep(View, table=SHEEP):
    """An animal."""

    comes_and_goes = True
    tag = "none"

    @classmethod
    def arrive(cls, model: Any, slot: int) -> None:
        row = model.sheep[slot]
        row.present, row.spell, row.wool = 1, row.spell + 1, 1.0

    def depart(self) -> None:
        self.model.sheep[self.slot].present = 0


class Meadow(View, table=MEADOWS):
    """A meadow, which is always there."""


class Dog(mesa.Agent):
    """An agent of the user's own, with no row."""


class Farm(ColumnModel):
    def __init__(self, slots: int = 6) -> None:
        super().__init__(seed=1)
        self.sheep, self.meadows = SHEEP.allocate(slots), MEADOWS.allocate(2)
        self.sheep.district[:] = np.arange(slots) // 3
        self.attach()

    def tables(self) -> dict[type[View], Rows]:
        return {Sheep: self.sheep, Meadow: self.meadows}

    def come(self, *slots: int) -> None:
        """Animals come of themselves, as when a kernel has run."""
        for slot in slots:
            Sheep.arrive(self, slot)
        self.settle()

    def go(self, *slots: int) -> None:
        self.sheep.present[list(slots)] = 0
        self.settle()


@pytest.fixture
def farm() -> Farm:
    farm = Farm()
    farm.come(4, 1)
    return farm


def slots(farm: Farm) -> list[int]:
    return [a.slot for a in farm.agents_by_type[Sheep]]


def test_a_model_that_nobody_looks_at_makes_no_views(farm: Farm) -> None:
    farm.go(1)
    assert not any(roster.views for roster in farm._rosters.values())


def test_agents_come_in_the_order_of_kind_and_slot_whoever_looked_when(farm: Farm) -> None:
    looked = Farm()
    looked.come(4)
    first = looked.agents[0]
    looked.come(1)
    assert slots(looked) == slots(farm) == [1, 4]
    assert [type(a) for a in farm.agents] == [Sheep, Sheep, Meadow, Meadow]
    assert [a.unique_id for a in looked.agents] == [a.unique_id for a in farm.agents]
    assert looked.agents_by_type[Sheep][1] is first


def test_attributes_read_and_write_the_row(farm: Farm) -> None:
    sheep = farm.agents[0]
    sheep.wool = 2.5
    assert farm.sheep.wool[1] == 2.5
    farm.sheep.lambs[1] = 3
    assert sheep.lambs == 3
    assert type(sheep.lambs) is int
    assert type(sheep.wool) is float


@pytest.mark.parametrize(
    ("name", "value", "needs"),
    [
        ("wool", float("nan"), "finite"),
        ("wool", float("inf"), "finite"),
        ("lambs", 256, "0 to 255"),
        ("lambs", 0.5, "whole"),
        ("district", 1, "cannot be written"),
        ("spell", 1, "cannot be written"),
        ("present", 0, "cannot be written"),
    ],
)
def test_what_a_cell_cannot_hold_is_refused(farm: Farm, name: str, value: float, needs: str) -> None:
    before = farm.sheep.tobytes()
    with pytest.raises((ValueError, AttributeError), match=needs):
        setattr(farm.agents[0], name, value)
    assert farm.sheep.tobytes() == before


def test_sets_of_agents_select_get_set_and_aggregate(farm: Farm) -> None:
    sheep = farm.agents_by_type[Sheep]
    sheep.select(lambda a: a.district == 1).set("wool", 4.0)
    assert sheep.get("wool") == [1.0, 4.0]
    assert sheep.agg("wool", [min, max]) == [1.0, 4.0]
    assert sheep.groupby("district").count() == {0: 1, 1: 1}


def test_a_view_of_somebody_who_left_raises(farm: Farm) -> None:
    sheep = farm.agents[0]
    number = sheep.unique_id
    farm.go(1)
    with pytest.raises(Departed, match=f"Sheep {number}, who has left the model: 'wool'"):
        sheep.wool
    with pytest.raises(Departed, match="cannot be set"):
        sheep.wool = 1.0
    assert not hasattr(sheep, "wool")
    assert (sheep.model, sheep.unique_id) == (farm, number)
    assert sheep not in farm.agents
    sheep.remove()  # again: as in Mesa, nothing happens


def test_a_refilled_slot_is_another_person(farm: Farm) -> None:
    first = farm.agents[0]
    number = first.unique_id
    farm.sheep.present[1] = 0
    Sheep.arrive(farm, 1)  # left and refilled within one native call
    farm.settle()
    second = farm.agents_by_type[Sheep][0]
    assert second.slot == 1
    assert second is not first
    assert second.unique_id != number
    with pytest.raises(Departed):
        first.wool


def test_a_set_kept_over_a_step_holds_nobody_who_left(farm: Farm) -> None:
    kept, held = farm.agents_by_type[Sheep], farm.agents[0]
    farm.go(1)
    assert kept.get("slot") == [4]
    assert held not in kept


def test_numbers_are_unique_over_kinds_and_persons(farm: Farm) -> None:
    numbers = {a.unique_id for a in farm.agents}
    for _ in range(4):
        farm.go(1, 4)
        farm.come(1, 4)
        numbers |= {a.unique_id for a in farm.agents_by_type[Sheep]}
    Dog(farm)
    assert len(numbers | {a.unique_id for a in farm.agents}) == 2 + 5 * 2 + 1


def test_adding_takes_a_free_slot_and_removing_frees_it(farm: Farm) -> None:
    sheep = Sheep(farm, district=1, wool=9.0)
    assert (sheep.slot, sheep.district, sheep.wool) == (3, 1, 9.0)
    assert slots(farm) == [1, 3, 4]
    sheep.remove()
    assert slots(farm) == [1, 4]
    assert farm.sheep.present[3] == 0
    with pytest.raises(Departed):
        sheep.wool
    assert len(Sheep.create_agents(farm, 4, wool=[1.0, 2.0, 3.0, 4.0])) == 4
    with pytest.raises(ValueError, match="no free slot for a Sheep"):
        Sheep(farm)


def test_adding_somebody_wrongly_changes_nothing(farm: Farm) -> None:
    before = farm.sheep.tobytes()
    with pytest.raises(TypeError, match="no 'wol'; did you mean 'wool'"):
        Sheep(farm, wol=1.0)
    with pytest.raises(ValueError, match="lambs"):
        Sheep(farm, lambs=-1)
    with pytest.raises(TypeError, match="Meadow cannot be added"):
        Meadow(farm)
    with pytest.raises(TypeError, match="Meadow cannot be removed"):
        farm.agents_by_type[Meadow][0].remove()
    assert farm.sheep.tobytes() == before


def test_removing_all_leaves_what_cannot_go(farm: Farm) -> None:
    Dog(farm)
    farm.remove_all_agents()
    assert [type(a) for a in farm.agents] == [Meadow, Meadow]


def test_agents_of_the_users_own_live_beside_the_views(farm: Farm) -> None:
    a, b = Dog(farm), Dog(farm)
    assert farm.agent_types == [Sheep, Meadow, Dog]
    assert list(farm.agents)[-2:] == [a, b]
    assert (a.unique_id, b.unique_id) == (-1, -2)
    a.remove()
    farm.come(0)
    assert list(farm.agents)[-1] is b
    assert len(farm.agents) == 6


@pytest.mark.parametrize(
    "what", [lambda farm: farm, lambda farm: farm.agents[0], lambda farm: farm.agents], ids=["model", "agent", "agents"]
)
@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"])
def test_a_copy_shows_its_own_rows(farm: Farm, what: Any, how: Any) -> None:
    farm.agents[0].tag = "bell"
    made = how(what(farm))
    copied = made if isinstance(made, Farm) else (made if isinstance(made, Sheep) else made[0]).model
    assert copied is not farm
    mine, theirs = copied.agents[0], farm.agents[0]
    assert mine.model is copied
    assert mine.tag == "bell"
    mine.wool = 7.0
    assert (copied.sheep.wool[1], theirs.wool) == (7.0, 1.0)
    copied.go(1)
    with pytest.raises(Departed):
        mine.wool
    assert theirs.wool == 1.0
    assert Sheep(copied).slot == 0
    assert slots(farm) == [1, 4]


def test_models_are_freed_whether_looked_at_or_not() -> None:
    gc.disable()
    try:
        unseen = Farm()
        gone = weakref.ref(unseen)
        del unseen
        if not hasattr(mesa.Model, "_do_step"):  # Mesa 3.5 holds a cycle of its own
            assert gone() is None, "no cycle: freed at once"
    finally:
        gc.enable()
    farm = Farm()
    farm.come(1)
    held = farm.agents[0]
    Dog(farm)
    gone = weakref.ref(farm)
    farm.go(1)
    del farm, held
    gc.collect()
    assert gone() is None


def test_a_column_cannot_hide_a_method_of_mesa() -> None:
    with pytest.raises(TypeError, match=r"bad\.step would hide"):
        type("Bad", (View,), {}, table=declare_table("bad", "a table", step=("f8", "1", "a step")))


def test_documentation_of_a_kind_lists_its_columns() -> None:
    assert "wool\n    Wool [kg]." in (Sheep.__doc__ or "")
    assert Sheep.__dict__["wool"].__doc__ == "wool [kg]"


# --- slips ----------------------------------------------------------------------------------------
def test_an_attribute_that_nobody_has_cannot_be_set(farm: Farm) -> None:
    sheep = farm.agents[0]
    with pytest.raises(AttributeError, match="did you mean 'wool'"):
        sheep.wolo = 1
    with pytest.raises(AttributeError, match="needs a default on a subclass"):
        farm.agents_by_type[Sheep].set("colour", "black")
    sheep.tag = "seen"  # the class has a default
    sheep._mine = 1
    assert (sheep.tag, sheep._mine) == ("seen", 1)


@pytest.mark.parametrize("value", ["much", None, [1.0], np.ones(2)])
def test_what_is_no_number_is_refused_in_words(farm: Farm, value: Any) -> None:
    with pytest.raises(TypeError, match=r"Sheep.wool = .*needs a finite number"):
        farm.agents[0].wool = value


def test_numbers_of_any_make_will_do(farm: Farm) -> None:
    for value in (2, np.float32(2), np.int64(2), True):
        farm.agents[0].wool = value
        assert farm.agents[0].wool == float(value)
