"""The command line as a whole: its commands, its version, and how a user's own mistake ends."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from asmsim.cli import analyse, evidence, experiment, run, show, sweep
from asmsim.cli.terminal import say

app = typer.Typer(
    help="Simulate how artisanal and small-scale mining becomes formal, or fails to.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from asmsim.config.provenance import package_version

        print(f"asmsim {package_version()}")
        raise typer.Exit


@app.callback()
def read_options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
    plugins: Annotated[
        list[Path] | None,
        typer.Option("--plugins", help="Your own levers, outcomes, ...: FILE.py, whose code is run. May be repeated."),
    ] = None,
) -> None:
    """Simulate how artisanal and small-scale mining becomes formal, or fails to."""
    from asmsim.config.plugins import load_plugin

    for file in plugins or ():
        say(f"Running the code of {file}.")
        load_plugin(file)


for commands in (run.COMMANDS, sweep.COMMANDS, show.COMMANDS, evidence.COMMANDS):
    for name, function in commands.items():
        app.command(name)(function)
app.add_typer(experiment.experiments, name="experiment")
app.add_typer(analyse.analyse, name="analyse")


def main() -> None:
    """Entry point: the user's own mistakes end in one clear line and exit code 2."""
    from asmsim.config.errors import AsmsimError

    try:
        app(standalone_mode=True)
    except AsmsimError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(2) from None
