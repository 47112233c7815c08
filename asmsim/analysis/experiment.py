"""Standard experiments: the question and hypothesis stand in git before the run, the finding is written by the run.

A folder `experiments/ID/` holds `README.md` (question, hypotheses, design, finding), `experiment.yaml` (the
sweeps) and `figures.py`, whose `find` turns the sweeps' results into sentences, tables and figures.  A run
writes `results/ID/`; a whole one, not `--quick`, also the finding in the README.
"""

import hashlib
import importlib.util
import json
import math
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from asmsim.analysis.style import styled
from asmsim.analysis.verdicts import overview, put
from asmsim.config.compose import read_yaml
from asmsim.config.errors import AsmsimError, ConfigError, nearest
from asmsim.config.paths import config_dir
from asmsim.config.provenance import package_version
from asmsim.config.schema import Closed
from asmsim.config.schema import field as key
from asmsim.engine.identity import kernel_id as code_hash
from asmsim.evidence.posterior import posterior_digest, write_draws
from asmsim.sweeps.api import Execution, Say, run_request
from asmsim.sweeps.execute.driver import Progress
from asmsim.sweeps.execute.executors import choose_pool, is_killed
from asmsim.sweeps.request.request import Request, SweepOptions, make_request
from asmsim.sweeps.store.results import Results

if TYPE_CHECKING:
    import polars as pl

MARK = "**Finding.**"
SWEEPS = Path("results/sweeps")
QUICK = "model.scale=100"
"""Sample of a quick run."""


class SweepPlan(Closed):
    """One sweep of an experiment, as `asmsim sweep` takes it."""

    overrides: tuple[str, ...] = key(..., "what is fixed and what varies, as typed")
    design: str = "grid"
    n: int | None = key(None, "points that lhs and sobol draw")
    points: str | None = key(None, "table of points in the experiment's folder; figures.py = made by its `points`")
    size: int = key(0, "how many `points` is to make")
    order: tuple[str, ...] = key((), "ingredients or levers that begin in every order")
    every_months: int = key(12, "months from one of them to the next", "months", 1, 600)
    posterior: str = key("mongolia", "where they come from; none = starting values")
    draws: int = key(32, "how many", "count", 1, 10_000)
    draw_seed: int = key(1, "another one makes other draws", "count", 1, 10_000)
    seeds: int | tuple[int, ...] = key(2, "seeds of each draw: how many, or those seeds themselves")
    keep: Literal["summary", "series", "both"] = "summary"
    outcomes: tuple[str, ...] = ()


class ExperimentPlan(Closed):
    """What an experiment runs."""

    title: str
    minutes: float = key(..., "time it takes on two cores", "minutes", 0, 10_000)
    sweeps: dict[str, SweepPlan]
    quick: dict[str, dict[str, Any]] = key({}, "sweep: what --quick takes instead, on a coarse sample")


@dataclass(frozen=True)
class Found:
    """What an experiment found.

    Attributes
    ----------
    sentences
        The finding, hypothesis by hypothesis, with intervals.
    tables, figures, files
        By name of the file; `files` are texts that others can use, such as policies.
    """

    sentences: list[str]
    tables: Mapping[str, "pl.DataFrame"] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """An experiment's folder."""

    folder: Path
    plan: ExperimentPlan

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    def sweep_of(self, name: str, quick: bool) -> SweepPlan:
        """One of its sweeps; the smaller one if it shall be quick."""
        plan = self.plan.sweeps[name]
        if not quick:
            return plan
        smaller = SweepPlan(**(plan.model_dump() | self.plan.quick.get(name, {})))
        return smaller.model_copy(update={"overrides": (*smaller.overrides, QUICK)})


def known(root: Path) -> list[str]:
    """Experiments in a folder that can be run."""
    return sorted(path.parent.name for path in root.glob("*/experiment.yaml"))


def load(name: str, root: Path) -> Experiment:
    """An experiment by name.

    Raises
    ------
    ConfigError
        No such experiment, or a file that cannot be.
    """
    path = root / name / "experiment.yaml"
    if not path.is_file():
        raise ConfigError(
            f"experiment {name}: none in {root}{nearest(name, known(root))}; known: {', '.join(known(root))}"
        )
    try:
        return Experiment(path.parent, ExperimentPlan(**read_yaml(path)))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {faults}") from error


def asked_for(
    experiment: Experiment, name: str, quick: bool, before: Mapping[str, Results], like: Request | None = None
) -> Request:
    """One of its sweeps, ready to run; `before` are those that have been run, `like` one with the same overrides."""
    plan = experiment.sweep_of(name, quick)
    wish = SweepOptions(
        plan.design, plan.n, 1, plan.seeds, points_of(experiment, name, plan, before), None, plan.order,
        plan.every_months, True, f"{experiment.id}-{name}{'-quick' if quick else ''}", plan.keep, plan.outcomes,
    )  # fmt: skip
    asked = make_request(plan.overrides, wish, None, like)
    if plan.posterior == "none":
        return asked
    drawn = write_draws(plan.posterior, plan.draws, asked, SWEEPS / "draws", plan.draw_seed)
    return make_request(plan.overrides, replace(wish, draws=drawn), None, like=asked)


def points_of(experiment: Experiment, name: str, plan: SweepPlan, before: Mapping[str, Results]) -> Path | None:
    """The table of points: a file of the experiment, or what its code makes, kept by content."""
    if plan.points != "figures.py":
        return experiment.folder / plan.points if plan.points else None
    table = code_of(experiment).points(name, plan, before)
    text = table.write_csv()
    path = SWEEPS / "draws" / f"{experiment.id}-{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        table.write_parquet(path)
    return path


def run(
    experiment: Experiment,
    out: Path,
    quick: bool,
    progress: Callable[[str], AbstractContextManager[Progress]],
    say: Say,
) -> Path:
    """Run the sweeps, find, and write `out/ID/`; returns that folder.

    Raises
    ------
    ConfigError
        A sweep cannot be asked for.
    AsmsimError
        A run failed: nothing is found from what is left.
    """
    results: dict[str, Results] = {}
    alike: dict[Sequence[str], Request] = {}  # by overrides, so that a scenario is composed once
    for name in experiment.plan.sweeps:
        overrides = experiment.sweep_of(name, quick).overrides
        asked = alike[overrides] = asked_for(experiment, name, quick, results, alike.get(overrides))
        with progress(f"{experiment.id}: {name}") as show:
            done = run_request(asked, SWEEPS, True, Execution(workers=0 if quick else None, say=say), show)
        wrong = {status: n for status, n in done.status.items() if status != "ok" and n}
        if wrong:
            raise AsmsimError(f"{experiment.id}: {done.folder}: {wrong}; mend or retry those runs, then run it again")
        results[name] = done
    found, told = find(experiment, results), provenance(experiment, results, quick)
    folder = out / (f"{experiment.id}-quick" if quick else experiment.id)
    write(experiment, found, told, folder)
    if not quick:
        put_finding(experiment.folder / "README.md", finding(found, told))
        overall = experiment.folder.parent / "README.md"
        if overall.is_file():
            put(overall, overview(known(experiment.folder.parent), out))
    return folder


def run_quickly(experiments: Sequence[Experiment], out: Path, done: Callable[[], None], say: Say) -> list[Path]:
    """Quick runs of many, each in a process of its own; returns their folders, in the order given.

    A quick sweep is too short to be worth processes of its own, so here the experiments share the cores.  The
    longest begins first; `done` is called as each ends, `say` must be a function that a process can import.

    Raises
    ------
    AsmsimError
        As `run`, at the first that fails; or a process died.
    """
    from concurrent.futures import as_completed

    longest_first = sorted(experiments, key=lambda each: -each.plan.minutes)
    folders, name = {}, ""
    processes = choose_pool(None, None, math.inf).make()
    try:
        under_way = {processes.submit(_run_unseen, each, out, say): each.id for each in longest_first}
        for ended in as_completed(under_way):
            name = under_way[ended]
            folders[name] = ended.result()
            done()
    except Exception as error:
        if is_killed(error):
            raise AsmsimError(f"a process died while {name} --quick ran, or one beside it; run them alone") from error
        raise
    finally:
        processes.shutdown(cancel_futures=True)
    return [folders[each.id] for each in experiments]


def _run_unseen(experiment: Experiment, out: Path, say: Say) -> Path:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it here, too: its sweeps go on where they were
    return run(experiment, out, True, lambda _: nullcontext(lambda _: None), say)


def code_of(experiment: Experiment) -> Any:
    """The experiment's own module."""
    path = experiment.folder / "figures.py"
    spec = importlib.util.spec_from_file_location(f"experiment_{experiment.id}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find(experiment: Experiment, results: Mapping[str, Results]) -> Found:
    """What the experiment's own code makes of the results."""
    with styled():
        found: Found = code_of(experiment).find(results)
    return found


def finding(found: Found, told: Mapping[str, Any]) -> str:
    """The finding as Markdown, and what it is of."""
    posteriors = "".join(f", posterior {name} `{sha}`" for name, sha in told["posterior"].items())
    of = f"*Of model `{told['code']}`{posteriors}; `asmsim experiment list` says whether they are still these.*"
    if is_quick(told):
        of = "*A quick run of few seeds on a coarse sample, to see that it works: none of this is a finding.*"
    return "\n".join(f"- {line}" for line in found.sentences) + f"\n\n{of}\n"


def is_quick(told: Mapping[str, Any]) -> bool:
    """Whether a provenance is of a quick run."""
    return str(told["command"]).endswith("--quick")


def steady(table: "pl.DataFrame") -> "pl.DataFrame":
    """The same without the last digits of its floats: threads add in any order, and those digits are the order's.

    To be used before ordering by a float, too, or what is equal stands as it happens to.
    """
    import polars as pl

    floats = pl.selectors.float().round_sig_figs(13).round(9)
    return table.with_columns(pl.when(floats == 0.0).then(0.0).otherwise(floats).name.keep())


def write(experiment: Experiment, found: Found, told: Mapping[str, Any], folder: Path) -> None:
    """Tables, figures, finding, page and provenance; what was there before is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (
        *(f for kind in ("csv", "png", "pdf") for f in folder.glob(f"*.{kind}")),
        *folder.glob("policy/*.yaml"),
    ):
        old.unlink()
    for name, table in found.tables.items():
        steady(table).write_csv(folder / f"{name}.csv", float_precision=6)
    with styled():
        for name, figure in found.figures.items():
            figure.savefig(folder / f"{name}.png", dpi=130, metadata={"Software": None})
            figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})  # for print, at any size
    for name, text in found.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "finding.md").write_text(finding(found, told), encoding="utf-8")
    signed = dict(told) | {"written": written(folder)}
    (folder / "provenance.json").write_text(json.dumps(signed, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(page(experiment, found, told), encoding="utf-8")


def written(folder: Path) -> dict[str, str]:
    """Digests of a finding, its tables and its policies, by which it can be told that nobody has touched them."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".yaml") or p.name == "finding.md")
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()[:12] for p in files}


def standing(experiment: Experiment, out: Path) -> str:
    """Whether it has been run, and what has changed since: its finding is of what was there then."""
    path = out / experiment.id / "provenance.json"
    if not path.is_file():
        return "not run"
    told = json.loads(path.read_text(encoding="utf-8"))
    now = {
        "model": (told["code"], code_hash()),
        "configs": (told.get("configs"), world()),
        "posterior": (told["posterior"], {name: posterior_digest(name) for name in told["posterior"]}),
        "experiment": (told["files"], files_of(experiment)),
    }
    changed = [name for name, (then, here) in now.items() if then != here]
    return f"run; changed since: {', '.join(changed)}" if changed else "up to date"


def world() -> str:
    """Digest of the contexts, policies, levers and priors that scenarios are composed of."""
    root = config_dir()
    whole = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".yaml", ".csv")):
        if path.relative_to(root).parts[0] not in ("pattern", "posterior", "screening.csv"):
            whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]


def files_of(experiment: Experiment) -> dict[str, str]:
    """Digests of what decides a finding: the plan but for its title, its minutes and what --quick takes, and its files."""
    deciding = experiment.plan.model_dump_json(include={"sweeps"}, exclude_defaults=True).encode()
    files = sorted(p for p in experiment.folder.iterdir() if p.suffix in (".py", ".csv", ".parquet"))
    contents = {"experiment.yaml": deciding} | {f.name: f.read_bytes() for f in files}
    return {name: hashlib.sha256(content).hexdigest()[:12] for name, content in contents.items()}


def provenance(experiment: Experiment, results: Mapping[str, Results], quick: bool) -> dict[str, Any]:
    """What a reader needs to reproduce the finding; it names no place, person or time."""
    own = getattr(code_of(experiment), "POSTERIOR", "none")
    posteriors = sorted({own, *(experiment.sweep_of(name, quick).posterior for name in results)} - {"none"})
    return {
        "experiment": experiment.id,
        "command": f"asmsim experiment run {experiment.id}{' --quick' if quick else ''}",
        "asmsim": package_version(),
        "code": code_hash(),
        "configs": world(),
        "files": files_of(experiment),
        "posterior": {name: posterior_digest(name) for name in posteriors},
        "sweeps": {name: {"folder": r.folder.name, "runs": r.status["ok"]} for name, r in results.items()},
    }


def page(experiment: Experiment, found: Found, told: Mapping[str, Any]) -> str:
    """One page that opens without network; figures stand in the file itself."""
    import base64

    folder = experiment.folder
    text = (folder / "README.md").read_text(encoding="utf-8").split(MARK)[0]
    parts = [f"<h1>{escape(experiment.plan.title)}</h1>"]
    for block in text.split("\n\n")[1:]:
        parts.append(f"<p>{escape(block).replace(chr(10), '<br>')}</p>".replace("**", ""))
    parts.append(
        f"<h2>{'A quick run: no finding' if is_quick(told) else 'Finding'}</h2><ul>"
        + "".join(f"<li>{escape(line)}</li>" for line in found.sentences)
        + "</ul>"
    )
    for name, figure in found.figures.items():
        parts.append(f'<figure><img alt="{escape(name)}" src="data:image/png;base64,{_png(figure, base64)}"></figure>')
    for name, table in found.tables.items():
        head = "".join(f"<th>{escape(c)}</th>" for c in table.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(v))}</td>" for v in row) + "</tr>" for row in table.head(60).rows()
        )
        parts.append(f"<h2>{escape(name)}</h2><table><tr>{head}</tr>{rows}</table>")
    parts.append(f"<pre>{escape(json.dumps(told, indent=1, sort_keys=True))}</pre>")
    style = (
        "body{font:16px/1.5 'DejaVu Sans',Arial,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem}"
        "img{max-width:100%}table{border-collapse:collapse;font-size:.8rem}td,th{padding:.2rem .5rem;"
        "border-bottom:1px solid #ddd;text-align:left}pre{background:#f6f6f4;padding:.8rem;font-size:.75rem}"
    )
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}</style><body>{"".join(parts)}</body></html>\n'


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _png(figure: Any, base64: Any) -> str:
    import io

    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    text: str = base64.b64encode(buffer.getvalue()).decode()
    return text


def put_finding(readme: Path, text: str) -> None:
    """Replace what the README says after its mark."""
    before = readme.read_text(encoding="utf-8").split(MARK)[0]
    readme.write_text(f"{before}{MARK}\n\n{text}", encoding="utf-8")
