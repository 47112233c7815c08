"""The command `asmsim experiment`: list and run the standard experiments."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asmsim.cli.terminal import bars, say, table_of, tell

if TYPE_CHECKING:
    from asmsim.analysis.experiment import Experiment
    from asmsim.sweeps.execute.driver import Progress

experiments = typer.Typer(help="The standard experiments: list, run.", no_args_is_help=True)
Out = Annotated[Path, typer.Option("--out", help="Folder under which results are written.")]
Root = Annotated[Path, typer.Option("--experiments", help="Folder of the experiments.")]


@experiments.command("list")
def list_experiments(root: Root = Path("experiments"), out: Out = Path("results")) -> None:
    """What there is, the time that each takes on two cores, and whether its finding is of today's model."""
    from asmsim.analysis.experiment import known, load, standing
    from asmsim.config.errors import ConfigError

    chosen = [load(name, root) for name in known(root)]
    if not chosen:
        raise ConfigError(
            f"no experiments in {root}; they lie in the repository: run this there, or name their folder with --experiments DIR"
        )
    rows = [[e.id, e.plan.title, f"{e.plan.minutes:g} min", standing(e, out)] for e in chosen]
    table_of("Experiments: asmsim experiment run ID", ["id", "title", "on two cores", "finding"], rows)
    say(
        "What was found: experiments/README.md, and results/ID/index.html. --quick sees in a minute or two that all of them "
        "work. A finding that something has changed since is mended by running it again."
    )


@experiments.command("run")
def run_experiment(
    which: Annotated[list[str], typer.Argument(help="One or more of them, or `all`.", metavar="ID...")],
    quick: Annotated[bool, typer.Option("--quick", help="Few runs, to see that it works; nothing is found.")] = False,
    out: Out = Path("results"),
    root: Root = Path("experiments"),
) -> None:
    """Run experiments; the same numbers come out again, and what has been run already is not run again.

    Examples:

      asmsim experiment run project_duration

      asmsim experiment run all --quick
    """
    from asmsim.analysis.experiment import known, load, run, run_quickly
    from asmsim.cli.sweep import allow_stop, show_progress

    @contextmanager
    def progress(title: str) -> Iterator["Progress"]:
        say(title)
        with allow_stop(), show_progress() as show:
            yield show

    names = known(root) if which == ["all"] else dict.fromkeys(which)
    chosen = [load(name, root) for name in names]
    if quick and len(chosen) > 1:
        with allow_stop(), bars(len(chosen), "Quick runs, side by side") as advance:
            folders = run_quickly(chosen, out, lambda: advance(1), say)
        for experiment, folder in zip(chosen, folders, strict=True):
            tell_of(experiment, folder, quick)
        return
    for experiment in chosen:
        tell_of(experiment, run(experiment, out, quick, progress, say), quick)


def tell_of(experiment: "Experiment", folder: Path, quick: bool) -> None:
    """Print what an experiment found."""
    tell(f"{experiment.plan.title}{' (quick: no finding)' if quick else ''}")
    for line in (folder / "finding.md").read_text(encoding="utf-8").splitlines():
        tell(line)
    tell(f"Page: {folder / 'index.html'}")
