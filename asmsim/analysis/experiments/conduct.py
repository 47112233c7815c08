"""Run an experiment: its sweeps, its `find.py`, and what is saved of both."""

import hashlib
import json
import math
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from asmsim.analysis.experiments.experiment_plan import Experiment, SweepPlan
from asmsim.analysis.experiments.hypothesis import Finding, save_finding
from asmsim.analysis.experiments.render import render_overview, render_result
from asmsim.analysis.experiments.saved_tables import RENDERED, write_tables
from asmsim.analysis.experiments.standing import describe_origin, digest_written
from asmsim.analysis.experiments.witness import save_witnesses, spread_witnesses
from asmsim.config.errors import AsmsimError
from asmsim.evidence.posterior import write_draws
from asmsim.sweeps.api import Execution, Say, run_request
from asmsim.sweeps.execute.driver import Progress
from asmsim.sweeps.execute.executors import choose_pool, is_killed
from asmsim.sweeps.request.request import Request, SweepOptions, make_request
from asmsim.sweeps.store.results import Results
from asmsim.sweeps.store.targets import write_table

SWEEPS = Path("results/sweeps")


def request_sweep(
    experiment: Experiment, name: str, quick: bool, before: Mapping[str, Results], like: Request | None = None
) -> Request:
    """Return one of its sweeps, ready to run.

    Parameters
    ----------
    before
        Sweeps that have been run, by name.
    like
        A request with the same overrides, so that its scenario is not composed again.
    """
    plan = experiment.sweep_of(name, quick)
    wish = SweepOptions(
        plan.design, plan.n, 1, plan.seeds, write_points(experiment, name, plan, before), None, plan.order,
        plan.every_months, True, f"{experiment.id}-{name}{'-quick' if quick else ''}", plan.keep, plan.outcomes,
    )  # fmt: skip
    request = make_request(plan.overrides, wish, None, like)
    if plan.posterior == "none":
        return request
    draws = write_draws(plan.posterior, plan.draws, request, SWEEPS / "draws", plan.draw_seed)
    return make_request(plan.overrides, replace(wish, draws=draws), None, like=request)


def write_points(experiment: Experiment, name: str, plan: SweepPlan, before: Mapping[str, Results]) -> Path | None:
    """Return the table of points: a file of the experiment, or what its `design.py` makes, kept by content."""
    if plan.points != "design.py":
        return experiment.folder / plan.points if plan.points else None
    table = experiment.load_code("design").points(name, plan, before)
    text = table.write_csv()
    path = SWEEPS / "draws" / f"{experiment.id}-{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.parquet"
    if not path.exists():
        write_table(table, path, overwrite=True)
    return path


def conduct(
    experiment: Experiment,
    out: Path,
    quick: bool,
    progress: Callable[[str], AbstractContextManager[Progress]],
    say: Say,
) -> Path:
    """Run the sweeps, save what is found in `out/ID/`, and render it; returns that folder.

    The READMEs of the experiments are written only by a whole run in the standard layout; see `render_readmes`.

    Raises
    ------
    ConfigError
        A sweep cannot be requested.
    AsmsimError
        A run failed: nothing is found from what is left.
    """
    results: dict[str, Results] = {}
    requests: dict[str, Request] = {}
    alike: dict[Sequence[str], Request] = {}  # by overrides, so that a scenario is composed once
    for name in experiment.plan.sweeps:
        overrides = experiment.sweep_of(name, quick).overrides
        request = alike[overrides] = request_sweep(experiment, name, quick, results, alike.get(overrides))
        with progress(f"{experiment.id}: {name}") as show:
            done = run_request(request, SWEEPS, True, Execution(workers=0 if quick else None, say=say), show)
        wrong = {status: n for status, n in done.status.items() if status != "ok" and n}
        if wrong:
            raise AsmsimError(f"{experiment.id}: {done.folder}: {wrong}; mend or retry those runs, then run it again")
        results[name], requests[name] = done, request
    folder = out / (f"{experiment.id}-quick" if quick else experiment.id)
    finding = find_answers(experiment, results)
    witnesses = [] if quick else spread_witnesses(experiment, requests)
    origin = describe_origin(experiment, results, quick, witnesses)
    if not quick:
        origin["quick_tables"] = digest_quick_tables(experiment, say)
    save_result(experiment, finding, origin, folder)
    if witnesses:
        save_witnesses(witnesses, folder)
    render_result(experiment, folder, out, say)
    if not quick:
        render_overview(experiment.folder.parent, out)
    return folder


def find_answers(experiment: Experiment, results: Mapping[str, Results]) -> Finding:
    """Return what the experiment's own code makes of the results."""
    finding: Finding = experiment.load_code("find").find(results)
    return finding


def save_result(experiment: Experiment, finding: Finding, origin: Mapping[str, Any], folder: Path) -> None:
    """Save tables, policies, answers and provenance; what was there before is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("policy/*.yaml"):
        old.unlink()
    write_tables(finding.tables, folder)
    for name, text in finding.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    save_finding(finding, experiment, folder)
    signed = dict(origin) | {"written": digest_written(folder)}
    (folder / "provenance.json").write_text(json.dumps(signed, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def conduct_quickly(experiments: Sequence[Experiment], out: Path, done: Callable[[], None], say: Say) -> list[Path]:
    """Run many quickly, each in a process of its own; returns their folders, in the order given.

    A quick sweep is too short to be worth processes of its own, so here the experiments share the cores.  The
    longest begins first; `done` is called as each ends, `say` must be a function that a process can import.

    Raises
    ------
    AsmsimError
        As `conduct`, at the first that fails; or a process died.
    """
    from concurrent.futures import as_completed

    longest_first = sorted(experiments, key=lambda each: -each.plan.minutes)
    folders, name = {}, ""
    processes = choose_pool(None, None, math.inf).make()
    try:
        under_way = {processes.submit(_conduct_unseen, each, out, say): each.id for each in longest_first}
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


def digest_quick_tables(experiment: Experiment, say: Say) -> dict[str, str]:
    """Run an experiment quickly, and return the digest of each table that its own code makes of the runs.

    By these it is known whether another way of reading the same runs gives the same tables.
    """
    with TemporaryDirectory() as folder:
        done = _conduct_unseen(experiment, Path(folder), say)
        return {
            p.name: hashlib.sha256(p.read_bytes()).hexdigest()[:12]
            for p in sorted(done.glob("*.csv"))
            if p.name != RENDERED
        }


def _conduct_unseen(experiment: Experiment, out: Path, say: Say) -> Path:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it here, too: its sweeps go on where they were
    return conduct(experiment, out, True, lambda _: nullcontext(lambda _: None), say)
