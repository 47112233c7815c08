"""The command line: run, compare, show, new, bench, and what other modules add.  Heavy modules are imported by the command that needs them."""

import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli_analyse import register as register_analyse
from asmsim.cli_evidence import register as register_evidence
from asmsim.cli_experiment import register as register_experiment
from asmsim.cli_sweep import register as register_sweep
from asmsim.terminal import announce_compile, bars, print_catalogue, print_dated, say, table_of, tell

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario
    from asmsim.sweep.drawn import Drawn
    from asmsim.sweep.replicates import Replicates

SEEDS, SEEDS_A_DRAW, DRAWS = 32, 4, 16
"""Seeds by default, seeds of each draw of a posterior, and draws."""

app = typer.Typer(
    help="Simulate how artisanal and small-scale mining becomes formal, or fails to.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        help="group=option (context, policy, legalisation, market, ...), key=value, events=\\[...] to add events, "
        "~events to take the policy's away.",
        show_default=False,
    ),
]
Seeds = Annotated[
    int | None,
    typer.Option(
        "--seeds",
        "-n",
        min=1,
        help="Number of seeds (1, 2, ... n); 32 (4 with a posterior), or those in --scenario's file.",
    ),
]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads; by default one for each core.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder under which results are written.")]
ConfigDir = Annotated[Path | None, typer.Option("--config-dir", help="Your own contexts, policies and patterns.")]
NumberOfDraws = Annotated[
    int | None, typer.Option("--draws", min=1, help="Draws of posterior=NAME, each run on seeds of its own (16).")
]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON to standard output.")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", help="A resolved scenario.yaml to run again.")]


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from asmsim.config.provenance import package_version

        print(f"asmsim {package_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate how artisanal and small-scale mining becomes formal, or fails to."""


def warm_figures() -> threading.Thread:
    """Import the plotting library while the compiled model holds no lock."""
    thread = threading.Thread(target=lambda: __import__("asmsim.analysis.export"), daemon=True)
    thread.start()
    return thread


def chosen(
    overrides: list[str] | None, config_dir: Path | None, file: Path | None, seeds: int | None, draws: int | None
) -> tuple["Scenario", tuple[int, ...], "Drawn | None"]:
    """The scenario that the user asked for, the seeds to run it on, and draws of its parameters if any."""
    from asmsim.config.errors import ConfigError
    from asmsim.model.scenarios import load_with_seeds, scenario

    typed, posterior = posterior_in(overrides or [], draws)
    if file is None:
        made = scenario(*typed, config_dir=config_dir)
        return made, seeds_of(seeds, posterior), drawn_for(posterior, draws, made)
    if overrides or draws:
        raise ConfigError("--scenario is complete: give either it or overrides, not both")
    made, stated, told = load_with_seeds(file)
    drawn = None if told is None else drawn_for(told["posterior"], told["draws"], made, told["sha256"])
    return made, stated if stated and seeds is None else seeds_of(seeds), drawn


def seeds_of(number: int | None, posterior: str | None = None) -> tuple[int, ...]:
    """Seeds 1 to so many; fewer by default where each is run on many draws."""
    return tuple(range(1, (number or (SEEDS if posterior is None else SEEDS_A_DRAW)) + 1))


def posterior_in(typed: list[str], draws: int | None) -> tuple[list[str], str | None]:
    """What was typed but for `posterior=NAME`, and that name."""
    from asmsim.config.errors import ConfigError
    from asmsim.sweep.drawn import without_posterior

    rest, name = without_posterior(typed)
    if name is None and draws is not None:
        raise ConfigError("--draws: name the posterior to draw from, for example posterior=mongolia")
    return rest, name


def drawn_for(name: str | None, draws: int | None, made: "Scenario", sha256: str | None = None) -> "Drawn | None":
    """Draws of a posterior as they hold in a scenario; None where none is named."""
    if name is None:
        return None
    from asmsim.evidence.posterior import drawn_for as drawn

    return drawn(name, draws or DRAWS, made, sha256)


def check_out(out: Path | None, default: str) -> Path:
    """The folder under which results will be written, checked before any work.

    Raises
    ------
    ConfigError
        It is a file, or cannot be written to.
    """
    from asmsim.config.errors import ConfigError

    folder = out or Path(default)
    there = folder.resolve()
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        raise ConfigError(f"--out {folder}: {there.name} is a file, not a folder")
    try:
        with tempfile.TemporaryDirectory(prefix=".asmsim-", dir=there):
            return folder
    except OSError as error:
        raise ConfigError(f"--out {folder}: cannot write there ({error.strerror}); choose another folder") from error


@app.command()
def run(
    overrides: Overrides = None,
    seeds: Seeds = None,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    scenario_file: ScenarioFile = None,
    draws: NumberOfDraws = None,
    animation: Annotated[
        Path | None, typer.Option("--animation", help="Also write the map of districts over time: FILE.gif or .mp4.")
    ] = None,
) -> None:
    r"""Run one scenario on several seeds; write tables, figures and a report.

    What you type wins over the policy: an option for a group stands instead of what the policy has there
    (donor=none, market=\[buying_centres]); a single value changes just that; events are added to the policy's.

    Examples:

      asmsim run

      asmsim run legalisation.pace=at_once donor.programme.duration_years=5

      asmsim run context=generic policy=five_ingredients market.buying_centres.number=12 -n 64

      asmsim run 'events=\[{from: 2015-01, until: 2016-01, province: Selenge, set: {law.new_land: 0}}]'

      asmsim run '~events' 'events=\[{from: 2012-01, scale: {market.royalty: 0.5}}]'

      asmsim run 'events=\[{from: 2012-01, until: 2014-01, district: Zaamar, ramp: {state.oversight: 0.4}}]'

      asmsim run --scenario results/runs/NAME/scenario.yaml

      asmsim run posterior=mongolia --draws 32 -n 4          (chance and parameters, told apart)

      asmsim run policy=mongolia_no_project --animation talk.gif
    """
    folder = check_out(out, "results/runs")
    if animation is not None:
        from asmsim.analysis.animation import check_animation

        check_animation(animation)
    scenario, which, drawn = chosen(overrides, config_dir, scenario_file, seeds, draws)
    announce_compile()
    warming = warm_figures()
    from asmsim.sweep.replicates import replicate

    with bars(len(which) * (1 if drawn is None else len(drawn)), "Simulating") as advance:
        done = replicate(scenario, which, threads, advance, drawn)
    if not as_json:
        print_findings(done)
    warming.join()
    from asmsim.analysis.export import write_run

    finish(write_run(done, folder, say), as_json, "summary.json")
    if animation is not None:
        from asmsim.analysis.animation import frames, write_animation

        with bars(len(frames(done)), "Drawing the map") as advance:
            write_animation(done, animation, advance)
        say(f"Map over time: {animation}")


@app.command()
def compare(
    policies: Annotated[
        list[str], typer.Argument(help="Two or more policies or variants, then key=value for all of them.")
    ],
    seeds: Seeds = None,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    draws: NumberOfDraws = None,
) -> None:
    """Compare policies on the same seeds: the first is the reference.

    A variant is a policy with changes, and a label if you like: LABEL=POLICY,key=value,... (no spaces, or in
    quotes).  What stands alone as key=value holds for all.

    Examples:

      asmsim compare none mongolia_as_was

      asmsim compare minimal_law five_ingredients context=generic -n 64

      asmsim compare mongolia_as_was five_years=mongolia_as_was,donor.programme.duration_years=5

      asmsim compare mongolia_no_project mongolia_as_was posterior=mongolia

      asmsim compare mongolia_as_was mongolia_as_was,donor=none 'no_suspension=mongolia_as_was,~events'
    """
    from asmsim.config.compose import changes
    from asmsim.config.errors import ConfigError
    from asmsim.model.scenarios import variant, variants

    folder = check_out(out, "results/compare")
    typed, posterior = posterior_in(policies, draws)
    several, shared = variants(typed, config_dir)
    if len(several) < 2:
        raise ConfigError("compare: name at least two policies, for example: asmsim compare none mongolia_as_was")
    scenarios = [variant(one, shared, config_dir) for one in several]
    announce_compile()
    warming = warm_figures()
    from asmsim.analysis.paired import compare as paired

    which = seeds_of(seeds, posterior)
    with bars(len(which) * len(several) * ((draws or DRAWS) if posterior else 1), "Simulating") as advance:
        labels = [one.spelled for one in several if one.is_label]
        done = paired(scenarios, which, threads, advance, changes(shared), labels, posterior, draws or DRAWS)
    if not as_json:
        print_differences(done)
    warming.join()
    from asmsim.analysis.export import write_comparison

    finish(write_comparison(done, folder, say), as_json, "differences.json")


def finish(folder: Path, as_json: bool, table: str) -> None:
    """Say where the results are, or print them."""
    if as_json:
        rows = json.loads((folder / table).read_text(encoding="utf-8"))
        provenance = next(iter(sorted(folder.glob("*provenance.json"))))
        sys.stdout.write(
            json.dumps({"folder": str(folder), "provenance": json.loads(provenance.read_text()), "results": rows})
        )
        sys.stdout.write("\n")
    else:
        print(f"Report: {folder / 'report.html'}")


def print_findings(done: "Replicates") -> None:
    """What a run found: a table, what was observed, and sentences."""
    from asmsim.analysis.report import headline_table, sentences, uncertainty
    from asmsim.analysis.summary import OBSERVED, legend, observed_rows

    what = "median [90 % interval] of 12-month means" if done.runs > 1 else "12-month means of one seed"
    print_dated(f"{done.scenario.context.title}: {done.name}; {what}", *headline_table(done))
    seen = observed_rows(done)
    if seen:
        table_of(
            "Observed against simulated (median [90 % interval] of the mean of the 12 months up to the date)",
            OBSERVED,
            seen,
        )
    tell()
    for line in sentences(done):
        tell(line)
    tell(uncertainty(done))
    tell(legend(done))


def print_differences(done: Any) -> None:
    """What a comparison found: a table and a sentence for each policy."""
    from asmsim.analysis.report import apart_of, difference_table, said_of, uncertainty
    from asmsim.analysis.summary import few_seeds

    context, paired = done.reference.scenario.context.title, done.reference.counted
    for which in range(1, len(done.runs)):
        title = f"{context}: {done.names[which]} less {done.names[0]}, paired on {paired}"
        print_dated(title, *difference_table(done, which), fixed=1)
    tell()
    for label in done.labels:
        tell(f"{label}.")
    for which in range(1, len(done.runs)):
        tell(said_of(done, which))
    if done.shared:
        tell(f"In all of them: {', '.join(done.shared)}.")
    for line in (*(apart_of(done, k) for k in range(1, len(done.runs))), few_seeds(done.reference)):
        if line:
            tell(line)
    tell(uncertainty(done.reference))


register_sweep(app)
register_experiment(app)
register_analyse(app)


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="contexts, policies, levers, outcomes, parameters, handles or evidence")],
    name: Annotated[str | None, typer.Argument(help="One of them, in full.")] = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Tables of what there is, with unit, range, default, source and grade.

    Examples:

      asmsim show levers

      asmsim show levers market.buying_centres

      asmsim show parameters hurdle

      asmsim show policies mongolia_as_was      (every dose, set or default)

      asmsim show evidence MN185
    """
    from asmsim.catalogue import rows_of

    title, header, rows = rows_of(what, name, config_dir)
    if as_json:
        sys.stdout.write(json.dumps([dict(zip(header, row, strict=True)) for row in rows], indent=1) + "\n")
    else:
        print_catalogue(title, header, rows)


@app.command()
def new(
    what: Annotated[str, typer.Argument(help="context or policy")],
    name: Annotated[str, typer.Argument(help="Its name: letters, digits and underscores.")],
    config_dir: Annotated[Path, typer.Option("--config-dir", help="Folder for your own configs.")] = Path("my_configs"),
) -> None:
    """Write a commented starter for your own context or policy.

    Example:  asmsim new context ghana --config-dir my_configs
    """
    from asmsim.catalogue import write_starter

    path = write_starter(what, name, config_dir)
    say(f"Wrote {path}. Edit it, then: asmsim run {what}={name} --config-dir {config_dir}")


@app.command()
def bench(
    world: Annotated[bool, typer.Option("--world", help="Up to 40 million miners one to one (about 7 GB).")] = False,
    threads: Threads = None,
    out: Out = None,
) -> None:
    """Measure speed and memory of one run at growing size, and draw the cost of a miner.

    Example:  asmsim bench --world
    """
    import os

    from asmsim import bench as measured

    announce_compile()
    header = ["miners", "slots", "threads", "seconds", "M slot-months/s", "of it a thread", "peak GB", "digest"]
    rows: list[list[str]] = []

    def show(size: "measured.Size") -> None:
        rate = size.rate / 1e6
        rows.append(
            [f"{size.miners:,}", f"{size.slots:,}", str(size.threads), f"{size.seconds:.1f}", f"{rate:.1f}",
             f"{rate / size.threads:.1f}", f"{size.gigabytes:.2f}", size.digest]
        )  # fmt: skip
        say("  ".join(rows[-1]))

    path = measured.run(world, threads or os.cpu_count() or 1, out or Path("results/bench"), show)
    table_of("One run, one to one; the same digest is the same bytes", header, rows)
    print(f"Figure: {path}")


register_evidence(app)


def main() -> None:
    """Entry point: the user's own mistakes end in one clear line and exit code 2."""
    from asmsim.config.errors import AsmsimError

    try:
        app(standalone_mode=True)
    except AsmsimError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(2) from None
