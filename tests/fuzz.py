"""Random command lines and configurations, and whether the program answers each: ``python -m tests.fuzz --number 2000``.

A grammar makes keys, values, groups, options, paths and files, right ones and wrong ones.  Each case runs in a process of
its own, forked from one that has everything loaded, with a limit of 60 seconds.  What must hold of every case:

- no traceback, no library's own message, no hang, no death by a signal;
- what fails ends with exit code 1 or 2 and a line on standard error;
- what succeeds has written what it says, complete;
- what was asked is in the scenario that was run, unless a line says otherwise.
"""

import argparse
import contextlib
import io
import json
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from asmsim.config.errors import ConfigError
from asmsim.config.groups import GROUPS, list_options
from asmsim.config.settings import Setting, parse_setting, resolve_settings
from asmsim.model.explain import list_keys
from asmsim.model.handles import PATHS
from asmsim.model.parameters import parameter_table
from asmsim.model.scenario import Scenario
from asmsim.sweeps.request.keys import find_field

LIMIT = 60
SMALL = ["model.scale=500", "context.end=2006-12"]
NASTY = [
    "g[2024] study",
    "~x",
    "{a}",
    'it\'s "q"',
    "a#b=c,d",
    "Žofie",
    "日本",
    "a b",
    "%41",
    "-n",
    "a$b",
    "..",
    "",
    "x" * 300,
]
"""Names of folders and files that programs stumble over."""
ODD = [
    "true", "false", "null", "nan", "inf", "-inf", "1e999", "010", "1_000", "-1", "0", "1e-300", "''", "[]", "{}", "[1,2]", "{a: b}",
    "text", "two words", "Österreich", "'a, b'", '"', "'", "[", "{a", "${oc.env:HOME}", "$(id)", "../../x", "x" * 2000, "=", "a=b", "=1+1", "@SUM(1)",
    "2010", "2010-13", "2010-07", "2010-07-15", "1:30", "yes", "no", "\x1b[31mred", "\n", "0x1F", "1,2", "range(0,3)", "interval(0,1)",
]  # fmt: skip
FILES = [
    "a,b\n1,2\n", "", "\x00", "parameters.taste_base\nnan\n", "parameters.taste_base\n1\n1\n", "parameters.taste_base,weight\n0.1,x\n",
    "parameters.taste_base;b\n1;2\n", "donor.programme.duration_years\n3\n5\n", "policy\nnone\nminimal_law\n", "taste_base\n0.1\n0.2\n",
    "policy,market\nnone,\n", "parameters.taste_base\n0.1\n\n0.2\n", "events\n\"[{from: 2005-06, set: {law.new_land: 0}}]\"\n", "point\n1\n",
    "month,value\n2000-01,40\n", "district,province,lat,lon\nA,P,1,2\nB,P,2,2\n", "district,province,lat,lon\nA,P,999,2\n",
]  # fmt: skip
YAMLS = [
    "", "a: 1\n", "[1, 2]\n", "a: [\n", "a: &x 1\nb: *x\n", "_target_: os.system\n", "a: ${oc.env:HOME}\n", "{" * 200, "a: no\n", "policy: x\npolicy: y\n",
    "# @package _global_\ndefaults:\n  - override /market: [buying_centres]\nmarket: {buying_centres: {number: 3}}\n",
    "# @package _global_\ndefaults:\n  - override /donor: none\ndonor: {programme: {duration_years: 3}}\n",
    "# @package _global_\ndefaults:\n  - ../../x\n", "buying_centres: {number: 2}\n", "programme: {duration_years: 4}\n",
    "name: mine\ntitle: Mine\ncapital: {name: C, lat: 1, lon: 2}\nend: 2006-12\nseries:\n  world.gold_price: {points: {2000-01: 40}}\n  world.outside_income: {points: {2000-01: 200}}\n",
    "name: mine\ntitle: Mine\ncapital: {name: C, lat: 1, lon: 2}\nseries: {world.gold_price: {file: ../../secret.csv}}\n",
    "name: other\ntitle: Mine\ncapital: {name: C, lat: 1, lon: 2}\n", "name: mine\npopulation: {miners: 0}\n", "title: \"$x_1$ {b}\"\nname: mine\n",
]  # fmt: skip
INTERNALS = (
    "Traceback",
    "pydantic",
    "omegaconf",
    "antlr",
    "HydraException",
    "PolarsError",
    "ComputeError",
    "errors.pydantic.dev",
)


class Answer(NamedTuple):
    """What a command line gave."""

    code: int
    out: str
    err: str
    seconds: float


class Case(NamedTuple):
    """A command line, in a folder of its own."""

    words: list[str]
    kind: str


class Grammar:
    """Random command lines, the same for the same seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random, self.folder, self.files = random.Random(seed), folder, 0
        self.keys = [key for key in list_keys(Scenario) if not key.startswith("context.")]
        self.facts = [key for key in list_keys(Scenario) if key.startswith("context.")]
        self.parameters = list(parameter_table())

    def pick(self, values: Any) -> Any:
        """One of several."""
        return self.random.choice(list(values))

    def maybe(self, share: float) -> bool:
        """True with a chance."""
        return self.random.random() < share

    def file(self, texts: list[str], suffix: str) -> str:
        """A file with one of these texts; sometimes none, a folder or a device."""
        self.files += 1
        name = self.pick(NASTY[:11]) if self.maybe(0.2) else "file"
        path = self.folder / f"{self.files}{name}{suffix}"
        if self.maybe(0.08):
            return self.pick(["missing.csv", "/dev/null", ".", "/proc/self/environ", "/dev/zero"])
        path.write_text(self.pick(texts), encoding=self.pick(["utf-8"] * 8 + ["utf-16", "utf-8-sig"]))
        return str(path)

    def value(self, key: str) -> str:
        """A value that may suit a key."""
        if self.maybe(0.12):
            return str(self.pick(ODD))
        if row := parameter_table().get(key.partition("parameters.")[2]):
            return f"{self.random.uniform(row.low, row.high):.4g}"
        info = find_field(key)
        bounds = {
            side: getattr(each, side)
            for each in (info.metadata if info else ())
            for side in ("ge", "le")
            if hasattr(each, side)
        }
        default = info.get_default(call_default_factory=True) if info else None
        if isinstance(default, bool):
            return self.pick(["true", "false"])
        if isinstance(default, int | float):
            low, high = bounds.get("ge", 0), min(bounds.get("le", 1e6), 1e6)
            drawn = self.pick([low, high, default, self.random.uniform(low, high)])
            return str(int(drawn)) if isinstance(default, int) else f"{drawn:.4g}"
        kinds = getattr(getattr(info, "annotation", None), "__args__", ())
        choices = [each for each in kinds if isinstance(each, str)]
        if choices or key.endswith((".start", ".until", ".in_force")):
            return str(self.pick([*choices, *choices, "null"] if choices else ["2005-06", "2006-03", "2005-12"]))
        return str(self.pick(["2005-06", "none", "3", "{number: 3}", "[a]", "{2005-06: 0.1}", "[District 01]"]))

    def key(self) -> str:
        """A key, known or nearly."""
        draw = self.random.random()
        if draw < 0.6:
            found = self.pick(self.keys)
        elif draw < 0.68:
            found = self.pick(self.facts)
        elif draw < 0.94:
            found = f"parameters.{self.pick(self.parameters)}"
        else:
            found = self.pick(
                [
                    "name",
                    "policy",
                    "events",
                    "foo",
                    "donor",
                    "seeds",
                    "_target_",
                    "hydra.run.dir",
                    "a..b",
                    "context.name",
                    "parameters",
                ]
            )
        return found[:-1] if self.maybe(0.03) else str(found)

    def override(self) -> str:
        """One setting."""
        if self.maybe(0.2):
            group = self.pick(GROUPS)
            names = [*list_options(group), "none", "nope"]
            one = (
                f"[{','.join(self.random.sample(names, min(2, len(names))))}]" if self.maybe(0.2) else self.pick(names)
            )
            return self.pick(["~" + group, f"{group}={one}", f"{group}={one}", f"+{group}={one}"])
        if self.maybe(0.08):
            verb = self.pick(["set", "scale", "ramp"])
            when = self.pick(["2005-06", "2006-01", "start", "2030-01", "2005"])
            return f"events=[{{from: {when}, {verb}: {{{self.pick(PATHS)}: {self.pick(['0', '1', '0.5', '1e9', '-1', 'true'])}}}}}]"
        key = self.key()
        return self.pick([f"{key}={self.value(key)}"] * 20 + [f"~{key}", f"+{key}={self.value(key)}", key])

    def overrides(self, most: int = 2) -> list[str]:
        """Several settings on a small world."""
        world = ["context=generic", f"policy={self.pick(['none', 'minimal_law', 'five_ingredients'])}", *SMALL]
        typed = [*world, *(self.override() for _ in range(self.random.randint(0, most)))]
        return typed if self.maybe(0.1) else sorted(typed, key=lambda text: "." in text.partition("=")[0])

    def swept(self) -> str:
        """A dimension."""
        key = self.key()
        return self.pick(
            [
                f"{key}={self.value(key)},{self.value(key)}", "legalisation=none,gradual", "donor=none,full", "donor.programme.duration_years=1,2",
                "parameters.taste_base=range(0,0.05,0.02)", "parameters.taste_base=interval(0,0.1)", "market.buying_centres.number=range(0,3)",
                "policy=glob(m*)", f"{key}=range(0,1,0)", "events=[{from: 2005-06, set: {law.new_land: 0}}],[{from: 2005-09, set: {law.new_land: 0}}]",
            ]
        )  # fmt: skip

    def config_dir(self) -> list[str]:
        """Sometimes a folder of configurations of one's own."""
        if not self.maybe(0.2):
            return []
        self.files += 1
        folder = self.folder / f"own{self.files}{self.pick(NASTY[:11])}"
        for _ in range(self.random.randint(0, 2)):
            group = self.pick(["context", "policy", "market", "donor", "pattern"])
            path = folder / group / f"{self.pick(['mine', 'generic', 'null', 'five ingredients'])}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.pick(YAMLS), encoding="utf-8")
        words = ["--config-dir", str(folder)]
        return words + (
            [self.pick(["context=mine", "policy=mine", "market=mine", "donor=mine"])] if self.maybe(0.6) else []
        )

    def out(self) -> list[str]:
        """Where to write: odd names, files, places that cannot be written to."""
        self.files += 1
        name = self.pick(NASTY) if self.maybe(0.3) else "results"
        taken = self.folder / "taken"
        taken.write_text("mine\n")
        good = (
            str(self.folder / f"{self.files}{name}") if name not in ("..", "") else str(self.folder / str(self.files))
        )
        return ["--out", self.pick([good] * 40 + [str(taken), "/proc/x", "/dev/null"])]

    def case(self) -> Case:
        """A whole command line."""
        kind = self.pick(["run"] * 5 + ["sweep"] * 5 + ["compare"] * 2 + ["show", "results", "validate", "new", "word"])
        r = self.pick
        seeds = ["-n", r(["1", "2"] * 15 + ["0", "-1", "abc", "20240614", "1e3", "9" * 20, "1.5", "²"])]
        if kind == "run":
            words = ["run", *self.overrides(), *seeds, *self.out(), *self.config_dir()]
            if self.maybe(0.15):
                words += [
                    f"posterior={r(['mongolia', 'prior', 'nope', self.file(FILES, '.csv'), self.file(FILES, '.parquet')])}",
                    "--draws",
                    r(["2", "0", "x"]),
                ]
            if self.maybe(0.05):
                words = ["run", "--scenario", self.file(YAMLS, ".yaml"), *self.out()]
            if self.maybe(0.2):
                words += ["--json"]
        elif kind == "compare":
            policies = [
                r(
                    [
                        "none",
                        "minimal_law",
                        "five_ingredients",
                        f"five=five_ingredients,{self.override()}",
                        "nope",
                        "a b=none",
                    ]
                )
                for _ in range(self.random.randint(1, 3))
            ]
            words = [
                "compare",
                *policies,
                "context=generic",
                *SMALL,
                *(self.override() for _ in range(self.random.randint(0, 2))),
                *seeds,
                *self.out(),
                *self.config_dir(),
            ]
        elif kind == "sweep":
            words = [
                "sweep",
                *self.overrides(2),
                *(self.swept() for _ in range(self.random.randint(0, 2))),
                "--workers",
                r(["0"] * 20 + ["1", "-1"]),
                *self.out(),
            ]
            words += [
                *r(
                    [["--seeds", "1"], ["--seeds", "1-2"]] * 8
                    + [["--seeds", "3,3"], ["--seeds", "1-99999999999"], ["--seeds", "x"], ["--seeds", "²"]]
                ),
                *self.config_dir(),
            ]
            words += r(
                [
                    [],
                    [],
                    ["--design", r(["lhs", "sobol", "zip", "factorial", "nope"])],
                    ["--design", "sobol", "--n", r(["2", "4", "0", "-1"])],
                ]
            )
            words += r(
                [
                    [],
                    [],
                    ["--points", self.file(FILES, r([".csv", ".parquet", ".xlsx"]))],
                    ["--draws", self.file(FILES, ".csv")],
                    ["--name", r([*NASTY, "=1+1"])],
                    ["--order", "market,rights"],
                ]
            )
        elif kind == "show":
            words = [
                "show",
                r(["levers", "policy", "context", "outcomes", "parameters", "handles", "nope"]),
                *r([[], [r([*ODD[:20], "five_ingredients", "mongolia"])]]),
                *self.config_dir()[:2],
            ]
        elif kind == "results":
            words = [
                "results",
                r([str(self.folder), "missing", self.file(FILES, ".csv")]),
                *r(
                    [
                        [],
                        ["--table", r(["runs", "nope"])],
                        ["--to", str(self.folder / r(["x.csv", "x.nope", "x.xlsx"]))],
                    ]
                ),
            ]
        elif kind == "validate":
            words = (
                ["validate", "--pattern", r([*NASTY[:9], "V99"])]
                if self.maybe(0.5)
                else ["validate", *self.config_dir(), "nope"]
            )
        elif kind == "new":
            words = [
                "new",
                r(["context", "policy", "lever", "experiment", "nope"]),
                r([*NASTY, "null", "yes", "mine", "a-b", "none", "true"]),
            ]
        else:
            words = [r(["", "rnu", "run", "--version", "--help", "sweep", "compare"]), *r([[], [r(ODD)]])]
        if any("\x00" in word for word in words) or not words:
            words = ["--version"]
        return Case([str(word) for word in words], kind)


def answer(words: list[str], folder: Path) -> Answer:
    """Run a command line in a process forked from this one."""
    out, err = folder / "stdout", folder / "stderr"
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _play(words, folder, out, err)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() - began > LIMIT:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Answer(-99, out.read_text(errors="replace"), err.read_text(errors="replace"), LIMIT)
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(status)
    return Answer(code, out.read_text(errors="replace"), err.read_text(errors="replace"), time.monotonic() - began)


def _play(words: list[str], folder: Path, out: Path, err: Path) -> None:
    """What the child does; it never returns."""
    os.setpgid(0, 0)
    os.chdir(folder)
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdout, sys.stderr = (io.TextIOWrapper(os.fdopen(n, "wb", closefd=False), "utf-8") for n in (1, 2))
    sys.argv = ["asmsim", *words]
    code = 1
    try:
        from asmsim.cli.app import main

        main()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def judge(case: Case, got: Answer, folder: Path) -> str:
    """What is wrong with an answer; nothing where it is as it must be."""
    both = got.out + got.err
    if got.code == -99:
        return f"no answer in {LIMIT} s"
    if got.code < 0:
        return f"died by signal {-got.code}"
    for word in INTERNALS:
        if word in (got.err if "--json" in case.words else both):
            return f"shows {word!r}"
    if "\x1b[31mred" in both:
        return "obeys an escape that was typed"
    if got.code not in ((0, 1, 2) if case.kind in ("sweep", "word") else (0, 2)):
        return f"exit code {got.code}"
    if got.code and not got.err.strip() and "--json" not in case.words:
        return "fails without a word"
    if got.code or case.kind not in ("run", "compare", "sweep"):
        return ""
    if "--help" in case.words or "--version" in case.words:
        return ""
    return _judge_results(case, got, folder)


def _judge_results(case: Case, got: Answer, folder: Path) -> str:
    place = case.words[case.words.index("--out") + 1] if "--out" in case.words else "results"
    top = folder / Path(place).expanduser()
    kept = {"run": "scenario.yaml", "compare": "differences.json", "sweep": "manifest.json"}[case.kind]
    found = sorted(top.rglob(kept)) if top.is_dir() else []
    if not found:
        return f"succeeds without {kept}"
    if case.kind == "sweep":
        counts = [line for line in got.err.splitlines() if "missing" in line]
        return f"succeeds with missing runs: {counts[0]}" if counts else ""
    return (
        _compare_with_asked(case, yaml.safe_load(found[0].read_text().replace("\n...\n", "\n")), both=got.out + got.err)
        if case.kind == "run"
        else ""
    )


def _compare_with_asked(case: Case, resolved: dict[str, Any], both: str) -> str:
    """Whether each value that was asked for is in the scenario that was run."""
    typed: list[Setting] = []
    for word in case.words[1:]:
        if "=" in word and not word.startswith(("posterior=", "-", "/")):
            with contextlib.suppress(ConfigError):
                typed.append(parse_setting(word))
    for setting in resolve_settings(typed):
        if setting.chooses or setting.key in ("events", "name") or setting.removes:
            continue
        here: Any = resolved
        rest = setting.key
        while rest and isinstance(here, dict):
            head, _, after = rest.partition(".")
            here, rest = (here[rest], "") if rest in here else (here.get(head), after)
        if not _alike(here, setting.value) and setting.key not in both:
            return f"{setting.key}: asked {setting.value!r}, ran {here!r}"
    return ""


def _alike(ran: Any, asked: Any) -> bool:
    """Whether what ran is what was asked; what was not asked has its default."""
    if asked is None:
        return True
    if isinstance(asked, dict):
        return isinstance(ran, dict) and all(key in map(str, ran) for key in map(str, asked))
    if isinstance(asked, list):
        return ran is not None
    try:
        return math.isclose(float(ran), float(asked), rel_tol=1e-9)
    except (TypeError, ValueError):
        return str(ran)[:7] == str(asked)[:7]


def warm() -> None:
    """Load and compile what every case needs, so that a child has it."""
    from asmsim.analysis import results_folder  # noqa: F401
    from asmsim.cli import app  # noqa: F401
    from asmsim.model.scenarios import scenario
    from asmsim.model.simulate import simulate

    simulate(scenario("context=generic", "policy=five_ingredients", *SMALL), 1)


def play(number: int) -> dict[str, Any]:
    """Play one case and judge it."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        case = Grammar(number, folder).case()
        got = answer(case.words, folder)
        try:
            what = judge(case, got, folder)
        except (OSError, ValueError, KeyError) as error:
            what = f"cannot be judged: {type(error).__name__}: {error}"
        kind = f"{case.kind} {got.code}"
        return {
            "case": number,
            "kind": kind,
            "what": what,
            "words": case.words,
            "err": got.err[-1500:],
            "seconds": got.seconds,
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def play_all(number: int, seed: int, seconds: float, jobs: int) -> list[dict[str, Any]]:
    """Play cases until there are so many or the time is up; returns what each gave."""
    warm()
    began = time.monotonic()
    played: list[dict[str, Any]] = []
    with ProcessPoolExecutor(jobs, get_context("fork")) as pool:
        for one in pool.map(play, range(seed * 1_000_003, seed * 1_000_003 + number), chunksize=4):
            played.append(one)
            if one["what"]:
                print(f"{one['case']}: {one['what']}\n   {' '.join(map(repr, one['words']))[:600]}", flush=True)
            if time.monotonic() - began > seconds:
                print(f"time is up after {len(played)} cases")
                pool.shutdown(cancel_futures=True)
                break
    kinds = Counter(one["kind"] for one in played)
    wrong = sum(bool(one["what"]) for one in played)
    slowest = max(one["seconds"] for one in played)
    print(f"{len(played)} cases in {time.monotonic() - began:.0f} s, the slowest {slowest:.1f} s; wrong: {wrong}")
    print(", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items())))
    return played


def main() -> None:
    """Entry point: exit code 1 if a case was answered wrongly."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--to", type=Path, help="write all answers to a JSON file")
    asked = parser.parse_args()
    played = play_all(asked.number, asked.seed, asked.seconds, asked.jobs)
    if asked.to:
        asked.to.write_text(json.dumps(played, indent=1, ensure_ascii=False))
    raise SystemExit(any(one["what"] for one in played))


if __name__ == "__main__":
    main()
