"""The commands `asmsim sweep` and `asmsim results`."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli.options import PATH, Commands, Overwrite
from asmsim.cli.terminal import announce_compile, bars, bytes_of, columns, print_line, say, table_of, time_of
from asmsim.config.paths import expand_path

if TYPE_CHECKING:
    from asmsim.sweeps.api import Execution
    from asmsim.sweeps.execute.driver import Progress, Tally
    from asmsim.sweeps.request.request import Request
    from asmsim.sweeps.store.results import Results

WHOLE_NUMBER = re.compile("[0-9]{1,25}")
WHAT, RUN_IT, KEEPING, LOOKING = "What is swept", "How it is run", "What is kept", "Before it is run"


def _option(*names: str, help: str, panel: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, show_default=False, **more)


def sweep_command(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            help="group=option or key=value; several values vary: key=a,b,c key=range(0,21) key=interval(0,0.1) "
            "policy=glob(mongolia_*).  Or the folder of a sweep, to go on with it.",
            show_default=False,
        ),
    ] = None,
    design: Annotated[
        str, _option("--design", help="grid (default), zip, lhs, sobol, factorial or fractional.", panel=WHAT)
    ] = "grid",
    n: Annotated[int | None, _option("--n", help="Points that lhs and sobol draw.", panel=WHAT)] = None,
    design_seed: Annotated[int, _option("--design-seed", help="Seed from which they are drawn (1).", panel=WHAT)] = 1,
    seeds: Annotated[
        str, _option("--seeds", "-n", help="Number of seeds (8), or seeds such as 1-16,99.", panel=WHAT)
    ] = "8",
    unpaired: Annotated[bool, _option("--unpaired", help="Give each point seeds of its own.", panel=WHAT)] = False,
    points: Annotated[
        Path | None,
        _option("--points", **PATH, help="CSV or Parquet table of points; columns are keys.", panel=WHAT),
    ] = None,
    draws: Annotated[
        str | None,
        _option("--draws", help="Table of parameter draws; or how many of posterior=NAME (16).", panel=WHAT),
    ] = None,
    order: Annotated[
        str, _option("--order", help="Ingredients or levers that begin in every order: rights,market.", panel=WHAT)
    ] = "",
    every_months: Annotated[int, _option("--every-months", help="Months from one to the next (12).", panel=WHAT)] = 12,
    config_dir: Annotated[
        Path | None, _option("--config-dir", **PATH, help="Your own contexts and policies.", panel=WHAT)
    ] = None,
    workers: Annotated[
        int | None, _option("--workers", help="Processes; 0 = this one; by default as many as cores.", panel=RUN_IT)
    ] = None,
    dask: Annotated[
        str | None, _option("--dask", help="local, or a scheduler such as tcp://host:8786.", panel=RUN_IT)
    ] = None,
    shard: Annotated[str, _option("--shard", help="Part k of K of the sweep: k/K.", panel=RUN_IT)] = "1/1",
    slurm: Annotated[
        int | None, _option("--slurm", help="Prepare the folder and a SLURM script of this many tasks.", panel=RUN_IT)
    ] = None,
    time_limit: Annotated[
        float, _option("--time-limit", help="Seconds that a run may take (600).", panel=RUN_IT)
    ] = 600.0,
    fork: Annotated[bool, _option("--fork", help="Begin beside a sweep that has changed.", panel=RUN_IT)] = False,
    only: Annotated[
        str | None, _option("--only", help="Run one run of a folder again: POINT:SEED.", panel=RUN_IT)
    ] = None,
    name: Annotated[str, _option("--name", help="What the folder is called (sweep).", panel=KEEPING)] = "sweep",
    out: Annotated[
        Path,
        _option("--out", **PATH, help="Folder under which it is made (results/sweeps).", panel=KEEPING),
    ] = Path("results/sweeps"),
    keep: Annotated[
        str | None,
        _option("--keep", help="summary, series or both; by default both, if that is below 2 GB.", panel=KEEPING),
    ] = None,
    outcomes: Annotated[
        str, _option("--outcomes", help="Outcomes to keep, with commas; by default all.", panel=KEEPING)
    ] = "",
    no_compact: Annotated[
        bool, _option("--no-compact", help="Leave the parts as workers wrote them.", panel=KEEPING)
    ] = False,
    dry_run: Annotated[
        bool, _option("--dry-run", help="Time a few runs; say what all would take.", panel=LOOKING)
    ] = False,
    outcome: Annotated[
        str, _option("--outcome", help="Outcome for the advised number of seeds (licensed_share).", panel=LOOKING)
    ] = "licensed_share",
    half_width: Annotated[
        float, _option("--half-width", help="Wanted half-width of its paired difference (0.01).", panel=LOOKING)
    ] = 0.01,
    as_json: Annotated[
        bool, _option("--json", help="Print machine-readable JSON to standard output.", panel=KEEPING)
    ] = False,
) -> None:
    """Run many scenarios on many seeds; what is done already is never done again.

    Give the same command again to continue, to try failed runs again, or with more seeds or values to extend.

    Examples:

      asmsim sweep legalisation.pace=none,gradual,at_once "donor.programme.duration_years=range(0,16,5)"

      asmsim sweep "policy=glob(mongolia_*)" --seeds 32 --dry-run --half-width 0.01

      asmsim sweep context=generic "market.royalty_and_tax.royalty=interval(0,0.1)" --design sobol --n 256 --workers 2

      asmsim sweep legalisation=none,gradual posterior=mongolia --draws 32 --seeds 4

      asmsim sweep context=generic --order governance,rights,knowledge,market --every-months 24

      asmsim sweep results/sweeps/sweep-0a1b2c3d --shard 2/8
    """  # fmt: skip
    from asmsim.config.errors import ConfigError
    from asmsim.sweeps.api import Execution, resume_sweep, run_request
    from asmsim.sweeps.execute.schedule import Shard
    from asmsim.sweeps.request.request import SweepOptions, make_request

    given, posterior = _posterior(overrides or [], draws)
    table = expand_path(draws) if draws is not None and posterior is None else None
    folder = _find_folder(given)
    how = Execution(workers, dask, Shard.parse(shard), time_limit, not no_compact, say=lambda text: say(f"{text}"))
    wish = SweepOptions(
        design, n, design_seed, _seeds(seeds), points, table, _words(order), every_months, not unpaired, name, keep,
        _words(outcomes),
    )  # fmt: skip
    if only is not None:
        _again(_folder(folder, "--only"), only, as_json)
        return
    if folder is not None and (wish != SweepOptions() or dry_run or fork):
        raise ConfigError(f"{folder} is continued as it was begun; to extend or time it, give its whole command again")
    asked = None if folder is not None else make_request(given, wish, config_dir)
    if asked is not None and posterior is not None:
        from asmsim.evidence.posterior import write_draws

        drawn = write_draws(posterior, int(draws or 16), asked, out / "draws")
        asked = make_request(given, replace(wish, draws=drawn), config_dir, like=asked)
    for line in asked.notes if asked is not None else ():
        say(line)
    if asked is not None and dry_run:
        _estimate(asked, workers, outcome, half_width, as_json)
        return
    if slurm is not None:
        _prepare(asked, folder, out, fork, slurm, how)
        return
    with allow_stop(), show_progress() as progress:
        if asked is None:
            results = resume_sweep(_folder(folder, ""), how, progress)
        else:
            results = run_request(asked, out, fork, how, progress)
    if how.shard.whole:
        _finish(results, as_json)
    else:
        describe_results(results)
        say(f"When all shards are done: asmsim results {shlex.quote(str(results.folder))} --compact")
    right = ("ok",) if how.shard.whole else ("ok", "missing")
    if any(n for status, n in results.status.items() if status not in right):
        raise typer.Exit(1)  # a cluster's script must see it


ROWS_SHOWN = 20


def results_command(
    folder: Annotated[Path, typer.Argument(**PATH, help="Folder of a sweep.")],
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            help="Print, or export, this table: medians (one row a point), summary (one row a run), series (monthly), "
            "points or runs. To .xlsx goes medians if none is named, to other files summary.",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", **PATH, help="Write the table: FILE.csv, .xlsx, .nc or .parquet.")
    ] = None,
    overwrite: Overwrite = False,
    compact: Annotated[bool, typer.Option("--compact", help="Sort the parts into few large files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON to standard output.")] = False,
) -> None:
    """What a sweep has found so far; export it.

    Examples:

      asmsim results results/sweeps/sweep-0a1b2c3d

      asmsim results results/sweeps/sweep-0a1b2c3d --to medians.xlsx

      asmsim results results/sweeps/sweep-0a1b2c3d --table series --to series.csv

      asmsim results results/sweeps/sweep-0a1b2c3d --table runs --to failed.csv
    """
    from asmsim.sweeps.execute.schedule import Shard
    from asmsim.sweeps.store.compaction import compact_parts as compacted
    from asmsim.sweeps.store.folder import lock_folder, remove_leftovers

    if compact:
        from asmsim.sweeps.request.request import open_sweep

        there = open_sweep(folder)
        with lock_folder(folder, Shard()):
            remove_leftovers(folder, Shard())
            say(f"Compacted into {compacted(there)} blocks.")
    if to is not None:
        from asmsim.analysis.point_medians import ENDINGS, write_medians
        from asmsim.sweeps.store.export import check_export, export_results
        from asmsim.sweeps.store.targets import check_file

        table = table or ("medians" if to.suffix == ".xlsx" else "summary")
        if table == "medians":
            check_file(to, "--to", ENDINGS, overwrite)
        check_export(to, overwrite)
    found = open_folder(folder)
    if to is not None:
        if table == "medians":
            write_medians(found, to, overwrite)
        else:
            export_results(found, str(table), to, overwrite)
        say(f"Wrote {to}.")
    elif table == "medians":
        from asmsim.analysis.point_medians import medians

        print_line(str(medians(found).head(ROWS_SHOWN)))
        say(f"The first {ROWS_SHOWN} rows at most; --to FILE writes all.")
    elif table is not None:
        print_line(str(found.table(table).head(ROWS_SHOWN).collect()))
        say(f"The first {ROWS_SHOWN} rows at most; --to FILE writes all.")
    else:
        _finish(found, as_json)


def _posterior(given: list[str], draws: str | None) -> tuple[list[str], str | None]:
    """What was typed but for `posterior=NAME`, and that name."""
    from asmsim.config.errors import ConfigError
    from asmsim.sweeps.draws import split_posterior

    rest, name = split_posterior(given)
    if name is not None and draws is not None and not WHOLE_NUMBER.fullmatch(draws):
        raise ConfigError(f"--draws {draws:.80}: with posterior={name} it is how many to draw, a whole number")
    return rest, name


def _find_folder(given: list[str]) -> Path | None:
    """The sweep's folder, where one word was given that is no key=value; a folder may have an `=` in its name."""
    if len(given) != 1:
        return None
    there = ("=" not in given[0]) or Path(given[0], "manifest.json").expanduser().is_file()
    return expand_path(given[0]) if there else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _seeds(text: str) -> int | tuple[int, ...]:
    """8 = seeds 1 to 8; 1-16,99 = those."""
    from asmsim.config.errors import ConfigError
    from asmsim.config.seeds import MOST_SEEDS

    if WHOLE_NUMBER.fullmatch(text):
        return int(text)
    ranges: list[range] = []
    for part in _words(text):
        first, dash, last = part.partition("-")
        if not WHOLE_NUMBER.fullmatch(first) or (dash and not WHOLE_NUMBER.fullmatch(last)):
            raise ConfigError(f"--seeds {text:.80}: write a number of seeds, or seeds such as 1-16,99")
        ranges.append(range(int(first), int(last or first) + 1))
    number = sum(max(0, each.stop - each.start) for each in ranges)
    if number > MOST_SEEDS:
        raise ConfigError(f"--seeds {text:.80}: {number:,} seeds; at most {MOST_SEEDS:,}")
    return tuple(seed for each in ranges for seed in each)


def _folder(folder: Path | None, option: str) -> Path:
    from asmsim.config.errors import ConfigError

    if folder is None:
        raise ConfigError(f"{option}: name the folder of a sweep, asmsim sweep FOLDER {option} ...")
    return folder


def open_folder(folder: Path) -> "Results":
    """Results, with what is left out said in a line each."""
    import warnings

    from asmsim.sweeps.store.index import UNVERIFIED
    from asmsim.sweeps.store.results import open_results

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        found = open_results(folder)
    for line in found.faults:
        say(f"left out: {line}")
    if not found.manifest.digests:
        say(UNVERIFIED)
    return found


@contextmanager
def allow_stop() -> Iterator[None]:
    """Ctrl-C and SIGTERM end a sweep with a word about how to go on."""
    from asmsim.sweeps.execute.stops import Terminated

    try:
        yield
    except KeyboardInterrupt as stop:
        say("Stopped.  What is done is safe; the same command continues.")
        raise typer.Exit(143 if isinstance(stop, Terminated) else 130) from None


@contextmanager
def show_progress() -> Iterator["Progress"]:
    """Progress on standard error: done, failed, rate, time left, disk; a line now and then where it is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    parts = (TextColumn("Sweeping"), BarColumn(), TextColumn("{task.fields[text]}"))
    said = [0]

    with Progress(*parts, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, text="starting workers ...")

        def show(tally: "Tally") -> None:
            bar.update(task, total=tally.total, completed=tally.before + tally.done, text=status_line(tally))
            tenth = 10 * (tally.before + tally.done) // max(1, tally.total)
            if not console.is_terminal and tenth > said[0]:
                said[0] = tenth
                say(status_line(tally))

        yield show


def status_line(tally: "Tally") -> str:
    """120 of 400 runs, 1 failed, 32 runs/s, 9 s left, 12 MB."""
    rate = tally.rate
    left = f"{time_of(tally.left / rate)} left" if rate > 0 and tally.left else "done" if not tally.left else "..."
    failed = f", {tally.failed:,} failed" if tally.failed else ""
    done = f"{tally.before + tally.done:,} of {tally.total:,} runs{failed}"
    return f"{done}, {rate:.3g} runs/s, {left}, {bytes_of(tally.size)}"


def _finish(found: "Results", as_json: bool) -> None:
    """The table by dimension, the figure, and where everything lies."""
    from asmsim.analysis.sweep_figure import write_figure
    from asmsim.analysis.sweeps import choose_dates, list_records, list_table_rows
    from asmsim.sweeps.cautions import list_sweep_cautions

    dates = choose_dates(found) if found.status["ok"] and "summary" in found.manifest.keep else {}
    if dates:
        write_figure(found, found.folder, next(iter(dates)))
    if as_json:
        listed = [{"date": date} | record for date in dates for record in list_records(found, date)]
        told = {"folder": str(found.folder), "status": found.status, "cautions": list_sweep_cautions(found)}
        sys.stdout.write(json.dumps(told | {"results": listed}) + "\n")
        return
    for date, words in dates.items():
        header, rows = list_table_rows(found, date, most=min(4, max(1, (columns() - 52) // 27)))
        if rows:
            table_of(f"12 months to the {words}: median [90 % of runs]", header, rows)
    if dates:
        say_cautions(found)
    describe_results(found)
    print_line(f"Results: {found.folder}")


def say_cautions(found: "Results") -> None:
    """What to be careful of, a line each."""
    from asmsim.sweeps.cautions import list_sweep_cautions

    for line in list_sweep_cautions(found):
        say(line)


def describe_results(found: "Results") -> None:
    """How many runs came to what; the first of those that failed, by name."""
    say(", ".join(f"{n:,} {status}" for status, n in found.status.items() if n or status == "ok") + ".")
    _name_failed(found)


def _name_failed(found: "Results", most: int = 5) -> None:
    import polars as pl

    if not sum(n for status, n in found.status.items() if status not in ("ok", "missing")):
        return
    failed = found.runs.filter(pl.col("status") != "ok").select("status", "error", "reproduce").collect()
    for status, error, command in failed.head(most).iter_rows():
        say(f"{status}: {str(error).splitlines()[0]}\n  again: {command}")
    if failed.height > most:
        say(
            f"  and {failed.height - most} more: asmsim results {shlex.quote(str(found.folder))} --table runs --to runs.csv"
        )


def _again(folder: Path, which: str, as_json: bool) -> None:
    from asmsim.model.labels import find_label
    from asmsim.sweeps.api import rerun_one

    table = rerun_one(folder, which)
    if as_json:
        sys.stdout.write(json.dumps(table.to_dicts()) + "\n")
    else:
        dates = table["date"].to_list()
        rows = [[find_label(o), o, *(f"{v:g}" for v in table[o].to_list())] for o in table.columns[4:]]
        table_of(f"{which}: 12-month means", ["outcome", "code name", *dates], rows)


def _prepare(asked: "Request | None", folder: Path | None, out: Path, fork: bool, tasks: int, how: "Execution") -> None:
    from asmsim.sweeps.execute.slurm import write_script
    from asmsim.sweeps.request.request import open_sweep
    from asmsim.sweeps.store.folder import choose_folder, make_folders, write_request

    if asked is not None:
        folder, manifest = choose_folder(asked, asked.manifest(how.run.about()), out, fork)
        make_folders(folder)
        write_request(asked, manifest, folder)
    there = open_sweep(_folder(folder, "--slurm"))
    path = write_script(there.folder, there.manifest.name, tasks)
    say(
        f"Wrote {path}: {there.layout.runs:,} runs in {tasks} array tasks.  Look it over, then: sbatch {shlex.quote(str(path))}"
    )


def _estimate(asked: "Request", workers: int | None, outcome: str, half_width: float, as_json: bool) -> None:
    from dataclasses import asdict

    from asmsim.model.labels import find_label
    from asmsim.sweeps.request.estimate import POINTS, SEEDS, estimate_request

    announce_compile()
    with bars(min(POINTS, len(asked.ids)) * SEEDS, "Timing a few runs") as advance:
        found = estimate_request(asked, workers, outcome, half_width, advance)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
        return
    rows = [
        ["runs", f"{found.runs:,}", f"{len(asked.ids):,} points on {len(asked.seeds)} seeds"],
        ["time of a run", f"{1e3 * found.run_seconds:.1f} ms", f"{found.tried} runs timed"],
        [
            "time on this machine",
            time_of(3600 * found.hours),
            f"{found.workers} processes; shorter where runs have their first years in common",
        ],
        ["disk", bytes_of(found.disk), "compressed"],
    ]
    if found.difference_sd and found.seeds:
        typical, largest = found.difference_sd
        kind = "paired" if asked.wish.paired else "unpaired"
        rows += [
            [
                f"sd of the {kind} difference",
                f"{typical:.3g}",
                f"{find_label(outcome)}, last year, typical point; {largest:.3g} at most",
            ],
            [
                "advised seeds",
                f"{found.seeds[0]}",
                f"for a 95 % interval of +-{half_width:g}; {found.seeds[1]} where points differ most",
            ],
        ]
    table_of("Dry run: nothing is written", ["what", "estimate", "from"], rows)


def plot_command(
    folder: Annotated[Path, typer.Argument(**PATH, help="Folder of a sweep.")],
    x: Annotated[str | None, typer.Option("--x", help="A key of the sweep; or another outcome, for a scatter.")] = None,
    y: Annotated[str, typer.Option("--y", help="An outcome.")] = "licensed_share",
    lines: Annotated[
        str | None, typer.Option("--lines", help="A key whose values are lines, or the rows of a map.")
    ] = None,
    panels: Annotated[str | None, typer.Option("--panels", help="A key whose values are panels.")] = None,
    at: Annotated[
        str,
        typer.Option(
            "--at", help="horizon, exit, exit+5, or a year or month such as 2045 (the sweep must keep series)."
        ),
    ] = "horizon",
    kind: Annotated[str, typer.Option("--kind", help="line, band, map or scatter; left out: the one that fits.")] = "",
    to: Annotated[Path, typer.Option("--to", **PATH, help="FILE.png, .svg or .pdf.")] = Path("plot.png"),
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON and draw nothing.")] = False,
) -> None:
    """Draw one picture of a sweep: lines, bands, a map, small multiples, or a scatter of trade-offs.

    Examples:

      asmsim plot results/sweeps/NAME --x donor.programme.duration_years --lines market.buying_centres.number

      asmsim plot results/sweeps/NAME --x donor.programme.duration_years --lines market.buying_centres.number --kind map --at exit+5

      asmsim plot results/sweeps/NAME --x cost_donor --y licensed_share --to trade_off.pdf
    """
    from asmsim.analysis.sweep_plot import look_at, write_plot

    found = open_folder(folder)
    view = look_at(found, x, y, lines, panels, at, kind)  # type: ignore[arg-type]
    if as_json:
        print_line(json.dumps(view.table.to_dicts()))
        return
    print_line(f"Picture: {write_plot(found, view, to, overwrite)}")


COMMANDS: Commands = {"sweep": sweep_command, "results": results_command, "plot": plot_command}
