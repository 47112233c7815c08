"""Deliberate errors in the rules, and whether the tests notice: ``python -m tests.mutate --seed 1 --number 100``.

A mutant is one small error in one rule: a flipped sign, a dropped term or statement, a turned comparison,
another constant, another draw, a missing sampling weight, swapped arguments.  Each is written into a copy of
the package and judged twice: by the tests of the rules with the compiler off, and, if it survives these, by
the pinned baseline: the small scenarios interpreted, then Mongolia compiled with a cache of its own.  An error
or a timeout counts as caught.  Survivors are printed one a line.

Maintained tools (mutmut, cosmic-ray) were considered.  They know no keyed draws, no sampling weight and no
months, they mutate docstrings and annotations too, and they run one test command where two stages are needed:
about 20 seconds of compiling for each mutant would make 100 mutants an hour.

Equivalent mutants, which no test can tell from the code, are listed in ``tests/equivalent_mutants.yaml`` with
the reason; they are drawn, counted and left out of the score.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
MODEL = Path("asmsim/model")
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.yaml")
LEAST_CAUGHT = 0.9
SLOW = ("test_draws.py", "test_miner_rules.py", "test_other_rules.py")

DRAWS = {"STREAM", "MINER", "BAND", "SITE", "BUYER", "OFFICE", "NATION"}
COUNTS = {"months", "members", "stage", "signed", "slips", "willing", "crews", "last_dug", "ore_months", "idle_months"}
ROWS = {
    "me", "band", "site", "buyer", "office", "place", "nation", "offer", "here", "s", "p", "key", "st", "sc", "plan",
    "record", "rules", "row", "miners", "sites", "places", "seed", "t", "d", "b", "country", "origin", "to", "centre",
}  # fmt: skip
"""Arguments whose exchange stops the program at once: no test is needed to notice."""
NEGATED = {ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
SHIFTED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
CONSTANTS = {12: (6, 13), 30.0: (365.0,), 100.0: (1.0,), 1000.0: (1.0, 100.0)}


Name = tuple[str, str, str, str, int]
"""Module, function, text before, text after, and which of those that read the same."""


class Mutant(NamedTuple):
    """One error: where it stands, and the text it replaces."""

    kind: str
    file: str
    function: str
    line: int
    first: int  # offsets in the file's bytes
    last: int
    before: str
    after: str
    nth: int  # of those in the function that read the same

    @property
    def name(self) -> "Name":
        """What names it in the list of equivalents."""
        return self.file, self.function, self.before, self.after, self.nth

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function} [{self.kind}]: {self.before}  ->  {self.after}"


def rule_files(root: Path = ROOT) -> list[Path]:
    """Modules of the model's rules."""
    model = root / MODEL
    single = [model / f"{name}.py" for name in ("month", "outcomes", "start")]
    return sorted([*(model / "agents").glob("*.py"), *(model / "environment").glob("*.py"), *single])


def is_rule(node: ast.FunctionDef) -> bool:
    """Whether a definition is compiled."""
    return bool({getattr(d, "id", "") for d in node.decorator_list} & {"rule", "inlined", "kernel"})


def rewrite(node: ast.AST, **fields: object) -> str:
    """Source of the node with fields changed."""
    values = {name: getattr(node, name) for name in node._fields}
    return ast.unparse(ast.fix_missing_locations(type(node)(**(values | fields))))


def bracket(text: str) -> str:
    """The text as it may stand within any expression."""
    return f"({text})"


def is_weight(node: ast.AST) -> bool:
    """Whether a factor is the sampling weight."""
    return ast.unparse(node) in ("p.scale", "w", "kg")


def break_arithmetic(node: ast.BinOp) -> Iterator[tuple[str, str]]:
    """Errors in arithmetic."""
    left, right = ast.unparse(node.left), ast.unparse(node.right)
    if isinstance(node.op, ast.Add | ast.Sub):
        yield "sign", bracket(rewrite(node, op=ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()))
        yield "dropped term", bracket(left)
        yield "dropped term", bracket(right if isinstance(node.op, ast.Add) else f"-({right})")
    elif isinstance(node.op, ast.Mult | ast.Div):
        yield "scale" if is_weight(node.right) else "dropped factor", bracket(left)
        if isinstance(node.op, ast.Mult):
            yield "scale" if is_weight(node.left) else "dropped factor", bracket(right)
        else:
            yield "product for quotient", bracket(rewrite(node, op=ast.Mult()))


def break_call(node: ast.Call) -> Iterator[tuple[str, str]]:
    """Errors in a call: swapped arguments, the wrong end of a range."""
    name = ast.unparse(node.func)
    if name in ("min", "max"):
        yield "bound", rewrite(node, func=ast.Name("max" if name == "min" else "min"))
        yield from (("bound", bracket(ast.unparse(argument))) for argument in node.args)
    elif isinstance(node.func, ast.Name) and name not in ("int", "float", "abs", "range"):
        for k in range(len(node.args) - 1):
            a, b = node.args[k], node.args[k + 1]
            if ast.unparse(a) != ast.unparse(b) and not {ast.unparse(a), ast.unparse(b)} & ROWS:
                swapped = [*node.args[:k], b, a, *node.args[k + 2 :]]
                yield "arguments", rewrite(node, args=swapped)


def break_expression(node: ast.expr, draws: dict[str, list[str]], choose: random.Random) -> Iterator[tuple[str, str]]:
    """Errors in one expression: kind and text."""
    if isinstance(node, ast.BinOp):
        yield from break_arithmetic(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "sign", ast.unparse(node.operand)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in NEGATED:
        yield "comparison", bracket(rewrite(node, ops=[NEGATED[type(node.ops[0])]()]))
        columns = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        if type(node.ops[0]) in SHIFTED and columns & COUNTS and "uniform(" not in ast.unparse(node):
            yield "off by one", bracket(rewrite(node, ops=[SHIFTED[type(node.ops[0])]()]))
    elif isinstance(node, ast.BoolOp):
        yield "condition", bracket(rewrite(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
        for k in range(len(node.values)):
            rest = [bracket(ast.unparse(v)) for n, v in enumerate(node.values) if n != k]
            yield "condition", bracket((" and " if isinstance(node.op, ast.And) else " or ").join(rest))
    elif isinstance(node, ast.IfExp):
        yield "branch", bracket(rewrite(node, body=node.orelse, orelse=node.body))
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        for value in CONSTANTS.get(node.value, () if node.value in (0, 1, 2) else (2 * node.value,)):
            yield "constant", repr(type(node.value)(value))
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in DRAWS:
        other = choose.choice([n for n in draws[node.value.id] if n != node.attr])
        yield "draw", f"{node.value.id}.{other}"
    elif isinstance(node, ast.Call):
        yield from break_call(node)


def break_statement(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Errors in one statement."""
    if isinstance(node, ast.AugAssign):
        yield "dropped statement", "pass"
        if isinstance(node.op, ast.Add | ast.Sub):
            yield "sign", rewrite(node, op=ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
    elif (isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield "dropped statement", "pass"


def draw_names(root: Path) -> dict[str, list[str]]:
    """Names of the draws, by the tuple that holds them."""
    tree = ast.parse((root / MODEL / "agents/purposes.py").read_text())
    fields = {
        n.name: [f.target.id for f in n.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)]
        for n in tree.body
        if isinstance(n, ast.ClassDef)
    }
    return {
        n.targets[0].id: fields[n.value.func.id]
        for n in tree.body
        if isinstance(n, ast.Assign)
        and isinstance(n.targets[0], ast.Name)
        and isinstance(n.value, ast.Call)
        and isinstance(n.value.func, ast.Name)
    }


def mutants(root: Path = ROOT, seed: int = 0) -> list[Mutant]:
    """Every mutant of every rule, in the order of the source."""
    choose, draws, found = random.Random(seed), draw_names(root), []
    same: Counter[tuple[str, ...]] = Counter()
    for path in rule_files(root):
        source = path.read_bytes()
        starts = [0]
        for line in source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        for function in ast.parse(source).body:
            if isinstance(function, ast.FunctionDef) and is_rule(function):
                name, inner = function.name, [n for statement in function.body for n in ast.walk(statement)]
            elif isinstance(function, ast.Assign) and isinstance(function.value, ast.BinOp):
                name, inner = ast.unparse(function.targets[0]), list(ast.walk(function.value))
            else:
                continue
            for node in inner:
                if isinstance(node, ast.expr):
                    errors = break_expression(node, draws, choose)
                elif isinstance(node, ast.stmt):
                    errors = break_statement(node)
                else:
                    continue
                for kind, after in errors:
                    assert node.end_lineno is not None
                    assert node.end_col_offset is not None
                    first = starts[node.lineno - 1] + node.col_offset
                    last = starts[node.end_lineno - 1] + node.end_col_offset
                    before = ast.unparse(node)
                    file = path.relative_to(root / MODEL).as_posix()
                    same[file, name, before, after] += 1
                    nth = same[file, name, before, after]
                    found.append(Mutant(kind, file, name, node.lineno, first, last, before, after, nth))
    return found


def sample(every: list[Mutant], seed: int, number: int) -> list[Mutant]:
    """`number` mutants, dealt from the kinds in turn: signs are many, sampling weights and draws few."""
    choose = random.Random(seed)
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in every:
        kinds[mutant.kind].append(mutant)
    for members in kinds.values():
        choose.shuffle(members)
    batch: list[Mutant] = []
    while len(batch) < number and any(kinds.values()):
        for kind in sorted(kinds):
            if kinds[kind] and len(batch) < number:
                batch.append(kinds[kind].pop())
    return batch


def equivalents() -> dict[Name, str]:
    """Mutants that change nothing, and why."""
    rows = yaml.safe_load(EQUIVALENT.read_text()) or []
    return {(r["module"], r["function"], r["before"], r["after"], r.get("nth", 1)): r["why"] for r in rows}


def rule_tests() -> list[str]:
    """Files of the rules' tests, those that take longest last."""
    names = sorted(path.name for path in (ROOT / "tests/rules").glob("test_*.py"))
    return [f"tests/rules/{name}" for name in sorted(names, key=SLOW.__contains__)]


class Judge:
    """A copy of the package in which one mutant at a time is tried."""

    STAGES = (
        ("rules", True, tuple(rule_tests())),
        ("small baseline", True, ("tests/test_baseline.py", "-k", "as_pinned and not mongolia")),
        ("baseline", False, ("tests/test_baseline.py", "-k", "mongolia")),
    )

    def __init__(self, folder: Path) -> None:
        self.root = folder
        for name in ("asmsim", "configs", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "asmsim", "tests"], cwd=folder, check=True)

    def passes(self, stage: int) -> bool:
        """Whether a stage's tests pass; a timeout is no pass."""
        _, interpreted, arguments = self.STAGES[stage]
        cache = self.root / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        # Bytecode is told apart by size and second, which is too coarse here: it is never written.
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "ASMSIM_CACHE_DIR": str(cache)}
        environment["NUMBA_DISABLE_JIT"] = "1" if interpreted else "0"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "--hypothesis-seed=0",
            *arguments,
        ]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=180, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def caught_by(self, mutant: Mutant) -> str | None:
        """The stage that notices the mutant, or None."""
        path = self.root / MODEL / mutant.file
        source = path.read_bytes()
        for old in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            old.unlink()
        path.write_bytes(source[: mutant.first] + mutant.after.encode() + source[mutant.last :])
        try:
            return next((name for k, (name, _, _) in enumerate(self.STAGES) if not self.passes(k)), None)
        finally:
            path.write_bytes(source)


def judge_all(batch: list[Mutant], jobs: int) -> list[str | None]:
    """What notices each mutant, in order."""
    with tempfile.TemporaryDirectory(prefix="asmsim-mutants-") as folder:
        free: Queue[Judge] = Queue()
        for k in range(jobs):
            free.put(Judge(Path(folder) / str(k)))
        first = free.get()
        for k, (name, interpreted, _) in enumerate(Judge.STAGES):
            if interpreted and not first.passes(k):  # the last stage holds the same test, and takes a compilation
                sys.exit(f"the unchanged package fails its {name} tests: mend these first")
        free.put(first)

        def judge(mutant: Mutant) -> str | None:
            mine = free.get()
            try:
                stage = mine.caught_by(mutant)
            finally:
                free.put(mine)
            if stage is None:
                print("survives", mutant, flush=True)
            return stage

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(judge, batch))


def main() -> None:
    """Sample, judge, print survivors and the score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1, help="mutants judged at a time")
    parser.add_argument("--list", action="store_true", help="print the sample and judge nothing")
    chosen = parser.parse_args()
    every, same, started = mutants(), equivalents(), time.monotonic()
    unknown = set(same) - {m.name for m in every}
    if unknown:
        sys.exit(f"{EQUIVALENT.name} names mutants that there are not: {sorted(unknown)}")
    batch = sample(every, chosen.seed, chosen.number)
    if chosen.list:
        print(*batch, sep="\n")
        return
    real = [m for m in batch if m.name not in same]
    verdicts = judge_all(real, chosen.jobs)
    caught = sum(stage is not None for stage in verdicts)
    by = ", ".join(f"{verdicts.count(name)} by {name}" for name, _, _ in Judge.STAGES)
    print(
        f"{caught} of {len(real)} mutants caught ({caught / max(1, len(real)):.0%}): {by}; "
        f"{len(batch) - len(real)} equivalent; {len(every)} there are; {time.monotonic() - started:.0f} s"
    )
    sys.exit(caught < LEAST_CAUGHT * len(real))


if __name__ == "__main__":
    main()
