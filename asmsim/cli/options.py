"""What several commands take alike: overrides, seeds, draws, folders; and how what was typed becomes a scenario."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.config.language import set_language
from asmsim.config.paths import expand_path

if TYPE_CHECKING:
    from asmsim.model.scenario import Scenario
    from asmsim.sweeps.draws import Draws

Commands = dict[str, Callable[..., None]]
"""Functions by the name of the command."""
SEEDS, SEEDS_A_DRAW, DRAWS = 32, 4, 16
"""Seeds by default, seeds of each draw of a posterior, and draws."""
PATH: dict[str, Any] = {"parser": expand_path, "metavar": "PATH"}
"""What makes an option one of a path: every path that a user names is expanded and made absolute here."""

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
Out = Annotated[Path | None, typer.Option("--out", **PATH, help="Folder under which results are written.")]
ConfigDir = Annotated[
    Path | None, typer.Option("--config-dir", **PATH, help="Your own contexts, policies and patterns.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there already.")]
NumberOfDraws = Annotated[
    int | None, typer.Option("--draws", min=1, help="Draws of posterior=NAME, each run on seeds of its own (16).")
]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON to standard output.")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", **PATH, help="A resolved scenario.yaml to run again.")]


Language = Annotated[
    str,
    typer.Option(
        "--language", envvar="ASMSIM_LANGUAGE", callback=set_language, help="Of findings and report: en, fr or es."
    ),
]
"""What people read is in it; files for programs are English."""


def choose_scenario(
    overrides: list[str] | None, config_dir: Path | None, file: Path | None, seeds: int | None, draws: int | None
) -> tuple["Scenario", tuple[int, ...], "Draws | None"]:
    """The scenario that the user asked for, the seeds to run it on, and draws of its parameters if any."""
    from asmsim.config.errors import ConfigError
    from asmsim.model.scenarios import load_with_seeds, scenario

    typed, posterior = take_posterior(overrides or [], draws)
    if file is None:
        made = scenario(*typed, config_dir=config_dir)
        return made, choose_seeds(seeds, posterior), choose_draws(posterior, draws, made)
    if overrides or draws:
        raise ConfigError("--scenario is complete: give either it or overrides, not both")
    made, stated, told = load_with_seeds(file)
    drawn = None if told is None else choose_draws(told["posterior"], told["draws"], made, told["sha256"])
    return made, stated if stated and seeds is None else choose_seeds(seeds), drawn


def choose_seeds(number: int | None, posterior: str | None = None) -> tuple[int, ...]:
    """Seeds 1 to so many; fewer by default where each is run on many draws."""
    from asmsim.config.seeds import check_seeds

    return check_seeds(number or (SEEDS if posterior is None else SEEDS_A_DRAW))


def take_posterior(typed: list[str], draws: int | None) -> tuple[list[str], str | None]:
    """What was typed but for `posterior=NAME`, and that name."""
    from asmsim.config.errors import ConfigError
    from asmsim.sweeps.draws import split_posterior

    rest, name = split_posterior(typed)
    if name is None and draws is not None:
        raise ConfigError("--draws: name the posterior to draw from, for example posterior=mongolia")
    return rest, name


def choose_draws(name: str | None, draws: int | None, made: "Scenario", sha256: str | None = None) -> "Draws | None":
    """Draws of a posterior as they hold in a scenario; None where none is named."""
    if name is None:
        return None
    from asmsim.evidence.posterior import draw_for as drawn

    return drawn(name, draws or DRAWS, made, sha256)
