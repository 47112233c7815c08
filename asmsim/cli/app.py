"""The command line as a whole: its commands, its version, and how a user's own mistake ends."""

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from asmsim.cli import analyse, evidence, experiment, run, show, sweep, workshop
from asmsim.cli.options import PATH
from asmsim.cli.terminal import say
from asmsim.config.characters import CONTROL, show_controls
from asmsim.config.paths import leave_out_working_folder

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
        typer.Option(
            "--plugins",
            **PATH,
            help="Your own levers, outcomes, ...: FILE.py. Its code is run with all your rights: name only files you "
            "trust. May be repeated.",
        ),
    ] = None,
) -> None:
    """Simulate how artisanal and small-scale mining becomes formal, or fails to."""
    from asmsim.config.plugins import load_plugin

    for file in plugins or ():
        say(f"Running the code of {file}.")
        load_plugin(file)


for commands in (run.COMMANDS, sweep.COMMANDS, show.COMMANDS, evidence.COMMANDS, workshop.COMMANDS):
    for name, function in commands.items():
        app.command(name)(function)
app.add_typer(experiment.experiments, name="experiment")
app.add_typer(analyse.analyse, name="analyse")


def main() -> None:
    """Entry point: the user's own mistakes, and faults of the disk, end in one clear line and exit code 2."""
    from asmsim.config.errors import AsmsimError, Caution

    prepare_streams()
    warnings.simplefilter("ignore", Caution)  # commands print them among what they found
    try:
        forget_working_folder()
        check_words(sys.argv[1:])
        try:
            app(standalone_mode=True)
        finally:
            sys.stdout.flush()
    except AsmsimError as error:
        end_with(str(error))
    except BrokenPipeError:
        end_with("who read the output has gone; results are written before anything is printed")
    except OSError as error:
        where = error.filename or "standard output, or another file (what was to be written first is there)"
        end_with(f"{where}: {error.strerror or error}")


def prepare_streams() -> None:
    """Make standard streams that take any character, and take nothing where they are closed."""
    sys.stdout, sys.stderr = (s if s is not None else open(os.devnull, "w") for s in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def forget_working_folder() -> None:
    """Import nothing from the working directory, here or in child processes; `python -m asmsim` would begin there."""
    leave_out_working_folder()
    home = Path(__file__).resolve().parent.parent.parent
    while sys.path and not sys.flags.safe_path and Path(sys.path[0] or ".").resolve() == Path.cwd() != home:
        del sys.path[0]


def check_words(words: Sequence[str]) -> None:
    """Refuse control characters in what was typed, which names, scripts and terminals would carry on.

    Raises
    ------
    ConfigError
        Names the word.
    """
    from asmsim.config.errors import ConfigError

    for word in words:
        if CONTROL.search(word):
            ending = "; a script with Windows line ends does that" if word.endswith("\r") else ""
            raise ConfigError(f"{show_controls(word)!s:.200}: has control characters{ending}; leave them out")


def end_with(text: str) -> NoReturn:
    """Say what went wrong in one line, and end with exit code 2."""
    try:
        sys.stderr.write(f"error: {show_controls(text)}\n")
        sys.stderr.flush()
    except OSError:  # nobody is there to read it
        pass
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115  what could not be printed is not tried again at the end
    raise SystemExit(2) from None
