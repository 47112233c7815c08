"""The command `asmsim experiment`: list, run and render the standard experiments."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asmsim.cli.options import PATH
from asmsim.cli.terminal import announce_compile, bars, say, table_of, tell

if TYPE_CHECKING:
    from asmsim.analysis.experiments.experiment_plan import Experiment
    from asmsim.sweeps.execute.driver import Progress

experiments = typer.Typer(help="The standard experiments: list, run, check, render.", no_args_is_help=True)
Out = Annotated[Path, typer.Option("--out", **PATH, help="Folder under which results are written.")]
Root = Annotated[
    Path,
    typer.Option(
        "--experiments",
        **PATH,
        help="Folder of the experiments. Their Python code is run with all your rights: name only folders you trust.",
    ),
]
Which = Annotated[list[str], typer.Argument(help="One or more of them, or `all`.", metavar="ID...")]


def load_chosen(which: list[str], root: Path) -> list["Experiment"]:
    """Load the experiments that are named, or all.

    Raises
    ------
    ConfigError
        There are none, or not one of that name.
    """
    from asmsim.analysis.experiments.experiment_plan import list_names, load_experiment
    from asmsim.config.errors import ConfigError
    from asmsim.config.plugins import plugin_experiments

    roots = [root, *plugin_experiments()]
    known = {name: folder for folder in reversed(roots) for name in list_names(folder)}
    names = sorted(known) if which == ["all"] else list(dict.fromkeys(which))
    if not names:
        raise ConfigError(
            f"no experiments in {root}; they lie in the repository: run this there, or name their folder with --experiments DIR"
        )
    return [load_experiment(name, known.get(name, root)) for name in names]


@experiments.command("list")
def list_experiments(root: Root = Path("experiments"), out: Out = Path("results")) -> None:
    """What there is, the time that each takes on two cores, and whether its finding is of today's model."""
    from asmsim.analysis.experiments.standing import describe_standing

    rows = [
        [e.id, e.plan.title, f"{e.plan.minutes:g} min", describe_standing(e, out)] for e in load_chosen(["all"], root)
    ]
    table_of("Experiments: asmsim experiment run ID", ["id", "title", "on two cores", "finding"], rows)
    say(
        "What was found: experiments/README.md, and results/ID/index.html. --quick sees in a minute or two that all of them "
        "work. Where something has changed since, `asmsim experiment check ID` proves in seconds whether the finding still holds."
    )


@experiments.command("run")
def run_experiment(
    which: Which,
    quick: Annotated[bool, typer.Option("--quick", help="Few runs, to see that it works; nothing is found.")] = False,
    out: Out = Path("results"),
    root: Root = Path("experiments"),
) -> None:
    """Run experiments; the same numbers come out again, and what has been run already is not run again.

    Findings are written into the experiments' READMEs only where the folders experiments and results lie side by side.

    Examples:

      asmsim experiment run project_duration

      asmsim experiment run all --quick
    """
    from asmsim.analysis.experiments.conduct import conduct, conduct_quickly
    from asmsim.cli.sweep import allow_stop, show_progress

    @contextmanager
    def progress(title: str) -> Iterator["Progress"]:
        say(title)
        with allow_stop(), show_progress() as show:
            yield show

    chosen = load_chosen(which, root)
    if quick and len(chosen) > 1:
        with allow_stop(), bars(len(chosen), "Quick runs, side by side") as advance:
            folders = conduct_quickly(chosen, out, lambda: advance(1), say)
        for experiment, folder in zip(chosen, folders, strict=True):
            tell_finding(experiment, folder, quick)
        return
    for experiment in chosen:
        tell_finding(experiment, conduct(experiment, out, quick, progress, say), quick)


@experiments.command("check")
def check_experiments(
    which: Which,
    sign: Annotated[bool, typer.Option("--sign", help="Write today's ids into results that hold.")] = False,
    out: Out = Path("results"),
    root: Root = Path("experiments"),
) -> None:
    """Run a few runs of each experiment again and prove that its results still hold, or name what differs first.

    Each experiment keeps eight of its runs as witnesses, to 13 significant digits.  With --sign, results that hold are
    known to be of today's model from then on.

    Examples:

      asmsim experiment check all

      asmsim experiment check order --sign
    """
    from asmsim.analysis.experiments.check import check_experiment
    from asmsim.analysis.experiments.standing import sign_result
    from asmsim.config.errors import AsmsimError

    announce_compile()
    chosen = load_chosen(which, root)
    differs = 0
    with bars(len(chosen), "Running witnesses again") as advance:
        for experiment in chosen:
            lines = check_experiment(experiment, out / experiment.id, say)
            differs += bool(lines)
            if sign and not lines:
                sign_result(experiment, out / experiment.id)
            advance(1)
            tell(f"{experiment.id}: {'the results hold' if not lines else 'the results no longer hold'}")
            for line in lines:
                tell(f"  {line}")
    if differs:
        raise AsmsimError(f"{differs} of {len(chosen)} experiments differ from today's model; run them again")
    tell(f"All {len(chosen)} hold." if len(chosen) > 1 else "It holds.")


@experiments.command("render")
def render_experiments(which: Which, out: Out = Path("results"), root: Root = Path("experiments")) -> None:
    """Render finding, page and figures again from the saved tables and numbers; nothing is simulated.

    Findings are written into the experiments' READMEs only where the folders experiments and results lie side by side.

    Examples:

      asmsim experiment render order

      asmsim experiment render all
    """
    from asmsim.analysis.experiments.render import render_overview, render_result

    for experiment in load_chosen(which, root):
        folder = out / experiment.id
        render_result(experiment, folder, out, say)
        tell(f"{experiment.plan.title}: {folder / 'index.html'}")
    render_overview(root, out)


def tell_finding(experiment: "Experiment", folder: Path, quick: bool) -> None:
    """Print what an experiment found: the answer, the verdicts with the numbers that decide, and notes."""
    from asmsim.analysis.experiments.render import CAUTION, SUMMARY, list_summary, load_rendering

    found = load_rendering(experiment, folder)
    tell(f"{experiment.plan.title}{' (quick: no finding)' if quick else ''}")
    tell(found.headline)
    if experiment.plan.caution:
        tell(f"{CAUTION} {experiment.plan.caution}")
    table_of("Hypotheses", SUMMARY, list_summary(found.hypotheses))
    for item in found.hypotheses:
        tell(f"{item.id}. {item.headline}")
    for line in found.notes:
        tell(line)
    tell(f"Page: {folder / 'index.html'}")
