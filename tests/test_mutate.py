"""The deliberate errors are errors: they can be read, they change the source, and a seed draws the same ones."""

import ast
from collections import Counter

from tests.mutate import MODEL, ROOT, equivalents, mutants, rule_files, sample

EVERY = mutants()


def test_every_module_of_the_rules_has_mutants() -> None:
    without = {p.relative_to(ROOT / MODEL).as_posix() for p in rule_files()} - {m.file for m in EVERY}
    assert without <= {"agents/__init__.py", "environment/__init__.py", "agents/purposes.py"}


def test_a_mutant_is_source_that_says_something_else() -> None:
    for mutant in sample(EVERY, 5, 60):
        source = (ROOT / MODEL / mutant.file).read_bytes()
        changed = source[: mutant.first] + mutant.after.encode() + source[mutant.last :]
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source)), mutant


def test_a_seed_draws_the_same_mutants_of_every_kind() -> None:
    drawn = sample(EVERY, 1, 100)
    assert drawn == sample(mutants(), 1, 100)
    assert drawn[:10] == sample(EVERY, 1, 10)
    assert len({m.first for m in drawn} - {m.first for m in sample(EVERY, 2, 100)}) > 50
    kinds = Counter(m.kind for m in drawn)
    assert set(kinds) == {m.kind for m in EVERY}
    assert min(kinds.values()) >= 5


def test_equivalent_mutants_are_mutants_and_argued() -> None:
    assert set(equivalents()) <= {m.name for m in EVERY}
    assert len({m.name for m in EVERY}) == len(EVERY)
    assert all(len(why) > 20 for why in equivalents().values())
