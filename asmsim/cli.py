"""The command line: run, compare, sweep, results, show, new.  Heavy modules are imported by the command that needs them."""

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli_sweep import register
from asmsim.terminal import bars, say, table_of

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario
    from asmsim.sweep.replicates import Replicates

app = typer.Typer(
    help="Simulate how artisanal and small-scale mining becomes formal, or fails to.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="group=option (context, policy, legalisation, market, ...) or key=value", show_default=False),
]
Seeds = Annotated[int, typer.Option("--seeds", "-n", min=1, help="Number of seeds (1, 2, ... n).")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads; by default one for each core.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder under which results are written.")]
ConfigDir = Annotated[Path | None, typer.Option("--config-dir", help="Your own contexts, policies and patterns.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON to standard output.")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", help="A resolved scenario.yaml to run again.")]


def announce_compile() -> None:
    """Say that the first run compiles, where it does."""
    from asmsim.engine.compile import is_cached

    if not is_cached():
        say("Compiling the model for this machine (once, about 25 s) ...")


def warm_figures() -> threading.Thread:
    """Import the plotting library while the compiled model holds no lock."""
    thread = threading.Thread(target=lambda: __import__("asmsim.analysis.export"), daemon=True)
    thread.start()
    return thread


def chosen(overrides: list[str] | None, config_dir: Path | None, file: Path | None) -> "Scenario":
    """The scenario that the user asked for."""
    from asmsim.config.errors import ConfigError
    from asmsim.model.scenarios import load, scenario

    if file is not None:
        if overrides:
            raise ConfigError("--scenario is complete: give either it or overrides, not both")
        return load(file)
    return scenario(*(overrides or []), config_dir=config_dir)


@app.command()
def run(
    overrides: Overrides = None,
    seeds: Seeds = 32,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    scenario_file: ScenarioFile = None,
) -> None:
    """Run one scenario on several seeds; write tables, figures and a report.

    Examples:

      asmsim run

      asmsim run legalisation=at_once donor.programme.duration_years=5

      asmsim run context=generic policy=five_ingredients market.buying_centres.number=12 -n 64
    """
    scenario = chosen(overrides, config_dir, scenario_file)
    announce_compile()
    warming = warm_figures()
    from asmsim.sweep.replicates import replicate

    with bars(seeds, "Simulating") as advance:
        done = replicate(scenario, seeds, threads, advance)
    if not as_json:
        print_findings(done)
    warming.join()
    from asmsim.analysis.export import write_run

    folder = write_run(done, out or Path("results/runs"))
    finish(folder, as_json, "summary.json")


@app.command()
def compare(
    policies: Annotated[list[str], typer.Argument(help="Two or more policies, then key=value for all of them.")],
    seeds: Seeds = 32,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Compare policies on the same seeds: the first is the reference.

    Examples:

      asmsim compare none mongolia_as_was

      asmsim compare minimal_law five_ingredients context=generic -n 64
    """
    from asmsim.config.errors import ConfigError
    from asmsim.model.scenarios import scenario

    names = [p for p in policies if "=" not in p]
    shared = [p for p in policies if "=" in p]
    if len(names) < 2:
        raise ConfigError("compare: name at least two policies, for example: asmsim compare none mongolia_as_was")
    if any(s.split("=")[0] == "policy" for s in shared):
        raise ConfigError("compare: name policies without policy=")
    scenarios = [scenario(f"policy={name}", *shared, config_dir=config_dir) for name in names]
    announce_compile()
    warming = warm_figures()
    from asmsim.analysis.paired import compare as paired

    with bars(seeds * len(names), "Simulating") as advance:
        done = paired(scenarios, seeds, threads, advance)
    if not as_json:
        print_differences(done)
    warming.join()
    from asmsim.analysis.export import write_comparison

    folder = write_comparison(done, out or Path("results/compare"))
    finish(folder, as_json, "differences.json")


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
        say(f"Report: {folder / 'report.html'}")


def print_findings(done: "Replicates") -> None:
    """The table of findings of a run."""
    from asmsim.analysis.report import headline_table, sentences

    header, rows = headline_table(done)
    table_of(f"{done.scenario.context.title}: {done.name}, median [90 % interval] of 12-month means", header, rows)
    for line in sentences(done):
        say(line)


def print_differences(done: Any) -> None:
    """The table of differences of a comparison."""
    from asmsim.analysis.summary import HEADLINES

    table = done.differences().to_dicts()
    for which in range(1, len(done.runs)):
        name = done.names[which]
        mine = {(r["outcome"], r["date"]): r["verdict"] for r in table if r["policy"] == name}
        rows = [[o.name, *(str(mine[o.name, d]) for d in done.dates())] for o in HEADLINES]
        header = ["outcome", *(f"{d} ({done.reference.months[t - 1]})" for d, t in done.dates().items())]
        table_of(f"{name} less {done.names[0]}, paired on {len(done.reference.seeds)} seeds", header, rows, header)
        say(f"{name}: {done.cost_per_result(which)}; durability {done.durability(which)}.")


register(app)


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="contexts, policies, levers, outcomes, parameters or handles")],
    name: Annotated[str | None, typer.Argument(help="One of them, in full.")] = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Tables of what there is, with unit, range, default, source and grade.

    Examples:

      asmsim show levers

      asmsim show levers market.buying_centres

      asmsim show parameters hurdle
    """
    from asmsim.catalogue import rows_of

    title, header, rows = rows_of(what, name, config_dir)
    if as_json:
        sys.stdout.write(json.dumps([dict(zip(header, row, strict=True)) for row in rows], indent=1) + "\n")
    else:
        table_of(title, header, rows, header)


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


def main() -> None:
    """Entry point: the user's own mistakes end in one clear line and exit code 2."""
    from asmsim.config.errors import AsmsimError

    try:
        app(standalone_mode=True)
    except AsmsimError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(2) from None
