"""Every column has a domain, and no rule takes a column out of it."""

import numpy as np
import pytest

from asmsim.engine.columns import UNIT_DOMAINS, Column, Table
from asmsim.model.scenarios import scenario
from asmsim.model.simulate import Run, prepare_run
from asmsim.model.state import TABLES, State
from asmsim.model.tallies import FLOWS, LEDGER, TALLIES
from tests.baseline import SCENARIOS, SEED

COLUMNS = [(table.name, name, column) for table in TABLES for name, column in table.columns.items()]


def outside(run: Run, month: int) -> list[str]:
    """Columns that hold a value outside their domain."""
    return [
        f"{table.name}.{name} = {values[~inside][0]} in month {month}, domain {column.domain}"
        for rows, table in zip(run.state, TABLES, strict=True)
        for name, column in table.columns.items()
        for values in [np.asarray(rows[name])]
        for inside in [(values >= column.domain[0]) & (values <= column.domain[1])]
        if not inside.all()
    ]


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_column_leaves_its_domain_in_any_month(name: str) -> None:
    run = prepare_run(scenario(*SCENARIOS[name]), SEED)
    found: list[str] = []
    for t in range(run.scenario.context.months):
        run.advance(t, t + 1)
        found += outside(run, t)
    assert not found, "\n".join(found[:10])


def test_a_value_outside_its_domain_is_noticed() -> None:
    run = prepare_run(scenario(*SCENARIOS["generic groups"]), SEED)
    run.advance(0, 1)
    run.state.offices.attitude[1] = 1.01
    assert outside(run, 0) == ["offices.attitude = 1.01 in month 0, domain (0.0, 1.0)"]


@pytest.mark.parametrize(("table", "name", "column"), COLUMNS, ids=[f"{t}.{n}" for t, n, _ in COLUMNS])
def test_a_column_whose_unit_bounds_nothing_declares_its_domain(table: str, name: str, column: Column) -> None:
    assert column.bounds is not None or column.unit in UNIT_DOMAINS, f"{table}.{name}: which values may it hold?"


def test_tables_are_named_as_in_the_state() -> None:
    assert tuple(table.name for table in TABLES) == State._fields


@pytest.mark.parametrize("table", [TALLIES, FLOWS, LEDGER], ids=lambda table: table.name)
def test_what_is_added_up_says_more_than_its_name(table: Table) -> None:
    assert [name for name, c in table.columns.items() if c.meaning.lower() == name.replace("_", " ")] == []
