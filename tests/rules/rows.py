"""Rows of the model's tables, handles, parameters and draws, made by hand for the tests of the rules."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from asmsim.engine.columns import Table
from asmsim.model import parameters, state
from asmsim.model.handles import H
from asmsim.model.tallies import TALLIES


def row(table: Table, **values: Any) -> Any:
    """One row of a table, zero but for the values given."""
    one = table.allocate(1)[0]
    for name, value in values.items():
        assert name in table.columns, f"{table.name} has no column {name}"
        one[name] = value
    return one


def miner(**values: Any) -> Any:
    """A person at work."""
    return row(state.MINERS, **({"present": 1, "skill": 10.0, "outside": 1.0} | values))


def band(**values: Any) -> Any:
    """A crew."""
    return row(state.BANDS, **values)


def tally() -> Any:
    """A district's tallies of the month, all zero."""
    return row(TALLIES)


def handles(districts: int = 1, **values: float) -> Any:
    """Handles of the month for some districts, at their defaults but for those given."""
    rows = np.zeros(districts, [(h.name, "f8") for h in H]).view(np.recarray)
    for h in H:
        rows[h.name] = values.pop(h.name, h.default)
    assert not values, f"no such handle: {sorted(values)}"
    return rows


def here(**values: float) -> Any:
    """Handles of one district."""
    return handles(1, **values)[0]


def params(scale: float = 10.0, **values: float) -> Any:
    """Parameters of behaviour: those that a test works with are given, so that no new default changes its numbers."""
    known = parameters.parameter_table() | dict.fromkeys(parameters.CHOICES)
    assert set(values) <= set(known), f"no such parameter: {sorted(set(values) - set(known))}"
    return parameters.make_records([values], scale)[0]


def surroundings(**values: Any) -> state.Surroundings:
    """What a miner finds in a district: empty rows, handles at their defaults, an open gate, no wrong, but for what is given."""
    usual: dict[str, Any] = {
        "office": row(state.OFFICES), "place": row(state.PLACES), "nation": row(state.NATION), "offer": row(state.OFFERS), "here": here(),
        "tally": tally(), "p": params(), "gate": True, "raided": False, "visit": 1.0, "wrong": 0.0, "guard_wrong": 0.0, "corrupt": 0.0,
    }  # fmt: skip
    return state.Surroundings(**(usual | values))


class Draws:
    """Draws as the test wants them, by purpose; a draw that the test does not name is an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        self.values: dict[int, Any] = {}
        self.keyed: dict[tuple[int, int], Any] = {}
        for module in modules:
            for name in ("uniform", "twin", "bell"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, self.draw)

    def draw(self, key: int, purpose: int) -> Any:
        """The value for a purpose."""
        if (key, purpose) in self.keyed:
            return self.keyed[key, purpose]
        assert purpose in self.values, f"a draw for purpose {purpose} was not expected"
        return self.values[purpose]

    def set(self, values: dict[int, Any]) -> None:
        """Give these values from now on, and no others."""
        self.values = values
