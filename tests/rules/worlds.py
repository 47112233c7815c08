"""A country of one or a few districts, made by hand: the tables of a run, so that a month's step can be tried on it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from asmsim.engine.columns import Table
from asmsim.model.handles import H
from asmsim.model.simulate import as_numbers
from asmsim.model.state import BUYERS, COHORTS, INCOME_BINS, OFFERS, TABLES, Scratch, State
from asmsim.model.tallies import FLOWS, LEDGER, TALLIES

Values = Mapping[str, Any]


class World(NamedTuple):
    """State and work space."""

    st: State
    sc: Scratch


def fill(rows: Any, values: Values | Sequence[Values], table: Table) -> None:
    """Set columns: one mapping for all rows, or one for each of the first rows."""
    for k, one in enumerate([values] * len(rows) if isinstance(values, Mapping) else values):
        for name, value in one.items():
            assert name in table.columns, f"{table.name} has no column {name}"
            rows[k][name] = value


def world(districts: int = 1, crew: int = 24, **tables: Any) -> World:
    """A country whose tables hold the values given, by the name of the table; all else is zero, handles at defaults.

    The first district has all slots, as many as its bands need, and three sites; others are empty places.
    """
    handles_, tallies_ = tables.pop("here", {}), tables.pop("tallies", {})
    country_ = tables.pop("country", handles_ if isinstance(handles_, Mapping) else {})
    given: dict[str, Any] = {"nation": {}, "donors": {}, **tables}
    bands = len(given.get("bands", [{}]))
    counts = {
        "miners": bands * crew, "bands": bands, "sites": 3 * districts, "buyers": districts * BUYERS,
        "residents": districts * COHORTS, "ministries": 6, "nation": 1, "donors": 1, "programmes": len(given.get("programmes", [{}])),
    }  # fmt: skip
    by_name = dict(zip(State._fields, TABLES, strict=True))
    rows = {name: table.allocate(counts.get(name, districts)) for name, table in by_name.items()}
    places = rows["places"]
    places.slots[0] = bands * crew
    places.first_slot[1:] = bands * crew
    places.first_site[:], places.sites[:] = np.arange(districts) * 3, 3
    rows["sites"].open[:] = 1
    for name, values in given.items():
        fill(rows[name], values, by_name[name])
    here = np.zeros(districts, [(h.name, "f8") for h in H]).view(np.recarray)
    country = np.zeros(1, here.dtype).view(np.recarray)
    for h in H:
        here[h.name] = country[h.name] = h.default
    for target, values in ((here, handles_), (country, country_)):
        for k, one in enumerate([values] * len(target) if isinstance(values, Mapping) else values):
            for name, value in one.items():
                target[name][k] = value
    tallies, every = TALLIES.allocate(districts), TALLIES.allocate(1)
    fill(tallies, tallies_, TALLIES)
    sc = Scratch(
        here, as_numbers(here), country, as_numbers(country), np.zeros(districts, "i8"), OFFERS.allocate(districts), tallies, as_numbers(tallies),
        np.zeros((districts, INCOME_BINS)), every, as_numbers(every)[0], np.zeros(INCOME_BINS), FLOWS.allocate(1), LEDGER.allocate(1), LEDGER.allocate(1),
    )  # fmt: skip
    return World(State(**rows), sc)
