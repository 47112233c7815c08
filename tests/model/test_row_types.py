"""The type checker sees every field that a kernel may read, and no other."""

import subprocess
import sys
from pathlib import Path

from asmsim.model import rows, state
from tests.row_types import NAMES, STUB, make_stub

RULE = """from asmsim.model.rows import MinerRow

def rule(me: MinerRow) -> float:
    return me.{field} + 1.0
"""


def test_the_stub_is_what_the_declarations_say() -> None:
    assert STUB.read_text(encoding="utf-8") == make_stub(), "run `make rows`"


def test_every_table_of_a_run_has_a_type() -> None:
    declared = {id(table) for table in (*state.TABLES, state.OFFERS)}
    assert declared <= {id(table) for table in NAMES.values()}
    assert all(hasattr(rows, name) for name in (*NAMES, "TableOf", "HandlesRow", "OutcomeRow", "Parameters"))


def test_a_misspelt_field_of_a_row_is_an_error_of_the_type_checker(tmp_path: Path) -> None:
    for field, fine in (("trust", True), ("truist", False)):
        file = tmp_path / f"{field}.py"
        file.write_text(RULE.format(field=field), encoding="utf-8")
        command = [sys.executable, "-m", "mypy", "--follow-imports=silent", "--strict", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=STUB.parent.parent.parent)
        assert (done.returncode == 0) == fine, done.stdout
