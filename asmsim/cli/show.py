"""The commands `show`, `new` and `bench`: what there is to choose from, starters of one's own, how fast a machine is."""

import json
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli.options import PATH, Commands, ConfigDir, Json, Out, Seeds, Threads
from asmsim.cli.terminal import announce_compile, bars, print_catalogue, print_line, say, table_of, tell
from asmsim.config.paths import expand_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from asmsim.analysis.scaling import MeasuredSize


def show_command(
    what: Annotated[str, typer.Argument(help="contexts, policies, levers, outcomes, parameters, handles or evidence")],
    name: Annotated[str | None, typer.Argument(help="One of them, in full.")] = None,
    config_dir: ConfigDir = None,
    effect: Annotated[
        bool,
        typer.Option("--effect", help="Of levers: run their doses where their problem is present (a minute each)."),
    ] = False,
    seeds: Seeds = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Tables of what there is, with unit, range, default, source and grade.

    Examples:

      asmsim show levers

      asmsim show levers market.buying_centres

      asmsim show levers market.buying_centres --effect      (what it does, dose by dose; all levers without a name)

      asmsim show parameters hurdle

      asmsim show policies mongolia_as_was      (every dose, set or default)

      asmsim show contexts zimbabwe             (what it comes to by year, without a run)

      asmsim show evidence MN185
    """
    from asmsim.analysis.catalogue import list_rows
    from asmsim.config.errors import ConfigError

    if not effect and (seeds or out):
        raise ConfigError("show: --seeds and --out belong to --effect")
    title, header, rows = list_rows(what, name, config_dir)
    if effect:
        if name is not None and header[0] == "lever" and len(rows) == 1:
            name = rows[0][0]  # part of a name is enough
            title, header, rows = list_rows(what, name, config_dir)
        show_effects(what, name, seeds, out, as_json)
        if name is None or as_json:
            return
    if as_json:
        sys.stdout.write(json.dumps([dict(zip(header, row, strict=True)) for row in rows], indent=1) + "\n")
    else:
        print_catalogue(title, header, rows)


def show_effects(what: str, name: str | None, seeds: int | None, out: Path | None, as_json: bool) -> None:
    """Measure levers in their worlds, print what they do, and write figures; with no name the table of all, too.

    Raises
    ------
    ConfigError
        Not a table of levers.
    """
    from asmsim.analysis.lever_effects import SEEDS, count_runs, measure_lever
    from asmsim.analysis.lever_page import (
        count_alive_levers,
        describe_effect,
        file_name,
        tabulate_effects,
        write_dose_figure,
        write_lever_results,
    )
    from asmsim.config.errors import ConfigError
    from asmsim.model.lever_worlds import list_worlds
    from asmsim.sweeps.store.targets import check_folder

    if what != "levers":
        raise ConfigError(f"show {what}: --effect is for levers")
    names = [world.name for world in list_worlds(name)]
    folder = check_folder(out or expand_path("results/levers"))
    number = seeds or SEEDS
    announce_compile()
    found = []
    with bars(sum(count_runs(each, number) for each in names), "Doses, with the lever and without") as advance:
        for each in names:
            found.append(measure_lever(each, number, progress=advance))
            write_dose_figure(found[-1], folder)
    if as_json:
        sys.stdout.write(json.dumps(tabulate_effects(found).to_dicts(), indent=1) + "\n")
        return
    if name is None:
        page = write_lever_results(found, folder)
        tell(count_alive_levers(found).replace("**", ""))
        print_line(f"Table and figures: {page}")
        return
    for measured in found:
        for line in describe_effect(measured):
            tell(line)
        print_line(f"Figure: {folder / file_name(measured.world)}")


def new_command(
    what: Annotated[str, typer.Argument(help="context, policy, lever, outcome or experiment")],
    name: Annotated[str, typer.Argument(help="Its name: letters, digits and underscores.")],
    config_dir: Annotated[Path, typer.Option("--config-dir", **PATH, help="Folder for your own configs.")] = Path(
        "my_configs"
    ),
    setting: Annotated[
        str,
        typer.Option(
            "--setting", help="Of a context: state_buyer, individuals or concessions, where a number is not given."
        ),
    ] = "state_buyer",
    miners: Annotated[float | None, typer.Option("--miners", help="People who mine gold in a usual season.")] = None,
    districts: Annotated[str | None, typer.Option("--districts", help="Number of districts, or a CSV of them.")] = None,
    capital_km: Annotated[
        float | None, typer.Option("--capital-km", help="From a mean district to the official buyer, km.")
    ] = None,
    burden: Annotated[
        float | None, typer.Option("--burden", help="Royalty and taxes at an official buyer, share of value.")
    ] = None,
    licences: Annotated[
        str | None, typer.Option("--licences", help="Who may hold a licence: groups or individuals.")
    ] = None,
    fee: Annotated[float | None, typer.Option("--fee", help="Fee and papers for a licence, USD.")] = None,
    signoffs: Annotated[float | None, typer.Option("--signoffs", help="Sign-offs that a licence needs.")] = None,
    officials: Annotated[
        float | None, typer.Option("--officials", help="Officials on small-scale mining in the country.")
    ] = None,
    company_land: Annotated[
        float | None, typer.Option("--company-land", help="Share of gold land that companies hold.")
    ] = None,
    outside_income: Annotated[
        float | None, typer.Option("--outside-income", help="A similar worker's earnings, USD a month.")
    ] = None,
    mercury: Annotated[
        float | None, typer.Option("--mercury", help="Mercury for each gram of gold, where it is used.")
    ] = None,
    smuggling: Annotated[
        float | None, typer.Option("--smuggling", help="What smuggling costs, share of value.")
    ] = None,
    law_since: Annotated[
        str | None,
        typer.Option(
            "--law-since", help="Year or month since which small miners can get a licence, where they can today."
        ),
    ] = None,
) -> None:
    """Write a country from the numbers that matter, or a commented starter for a policy, lever, outcome or experiment.

    Of a country each number that you give is marked as yours, the others as assumed, or as drawn from countries like yours. In a
    terminal it asks for those that you leave out.

    Examples:

      asmsim new context ghana --miners 300000 --districts 40 --licences individuals --burden 0.03 --officials 120

      asmsim new context ghana --licences individuals --fee 40 --law-since 2014

      asmsim new context ghana --setting concessions --districts districts.csv --config-dir my_configs

      asmsim new lever village_savings
    """
    from asmsim.config.errors import ConfigError

    numbers = {
        "miners": miners, "capital_km": capital_km, "burden": burden, "fee_usd": fee, "signoffs": signoffs, "officials": officials,
        "company_land": company_land, "outside_income": outside_income, "mercury": mercury, "smuggling": smuggling, "licences": licences,
        "law_since": law_since,
    }  # fmt: skip
    given = {key: value for key, value in numbers.items() if value is not None}
    if what == "context":
        new_country(name, config_dir, given, setting, districts)
        return
    if given or districts:
        raise ConfigError(f"new {what}: the numbers of a country go with `asmsim new context NAME`")
    from asmsim.analysis.catalogue import write_starter

    path = write_starter(what, name, config_dir)
    file, above, configs = (shlex.quote(str(p)) for p in (path, path.parent, config_dir))
    then = {
        "lever": f"asmsim --plugins {file} show levers {name}",
        "outcome": f"asmsim --plugins {file} show outcomes {name}",
        "experiment": f"asmsim experiment run {name} --quick --experiments {above}",
    }.get(what, f"asmsim run {what}={name} --config-dir {configs}")
    say(f"Wrote {path}. Edit it, then: {then}")


def new_country(
    name: str, config_dir: Path, given: "dict[str, float | str]", setting: str, districts: str | None
) -> None:
    """Ask for what was not given, where somebody can answer, and write the country."""
    from asmsim.analysis.own_country import LIKE_YOURS, QUESTIONS, TODAY, parse_since, write_country
    from asmsim.config.errors import ConfigError

    if given.get(TODAY):
        given[TODAY] = parse_since(str(given[TODAY]))
    own = None
    if districts is not None and districts.replace(".", "").isdigit():
        given["districts"] = float(districts)
    elif districts is not None:
        own = Path(districts)
        if not own.is_file():
            raise ConfigError(f"--districts {districts}: neither a number nor a file that is there")
    if sys.stdin.isatty() and not given and own is None:
        given |= ask_numbers()
    written = write_country(name, config_dir, given, setting, own)
    for path in written:
        print_line(f"Wrote {path}")
    folder = shlex.quote(str(config_dir))
    yours = sum(q.name in given for q in QUESTIONS) + (own is not None)
    say(f"{yours} numbers are yours; the others say ASSUMED, or {LIKE_YOURS} where they are drawn.")
    policies = f"{name}_today" if given.get(TODAY) else f"none {name}_law"
    say(f"Then: asmsim check context={name} policy={name}_support --config-dir {folder}")
    say(f"And:  asmsim compare {policies} {name}_support context={name} posterior=world --config-dir {folder}")


def ask_numbers() -> "dict[str, float | str]":
    """Ask for each number until it can be one; Enter leaves it out."""
    from asmsim.analysis.own_country import QUESTIONS, TODAY, parse_answer, parse_since

    say(
        f"{len(QUESTIONS)} numbers, who may hold a licence, and since when. Press Enter where you do not know: it is then "
        "assumed or drawn, and marked so."
    )
    given: dict[str, float | str] = {}
    for question in QUESTIONS:
        hint = f"; {question.hint}" if question.hint else ""
        asked = f"{question.asked} ({question.unit}{hint})"
        found = ask_until(asked, partial(parse_answer, question))
        given |= {} if found is None else {question.name: found}
    licences = ask_until("Who may hold a licence: groups or individuals", parse_licences)
    since = ask_until("If small miners can get a licence today, since when (YYYY or YYYY-MM; else no)", parse_since)
    return given | ({"licences": licences} if licences else {}) | ({TODAY: since} if since else {})


def parse_licences(text: str) -> str:
    """Return who may hold a licence."""
    from asmsim.analysis.own_country import check_answers

    check_answers({"licences": text.strip().lower()})
    return text.strip().lower()


def ask_until(asked: str, parse: "Callable[[str], Any]") -> Any:
    """Ask until the answer can be read; None where it is left out."""
    from asmsim.config.errors import ConfigError

    while True:
        text = typer.prompt(asked, default="", show_default=False)
        if not text.strip():
            return None
        try:
            return parse(text)
        except ConfigError as error:
            say(str(error))


def bench_command(
    world: Annotated[bool, typer.Option("--world", help="Up to 40 million miners one to one (about 7 GB).")] = False,
    threads: Threads = None,
    out: Out = None,
) -> None:
    """Measure speed and memory of one run at growing size, and draw the cost of a miner.

    Example:  asmsim bench --world
    """
    import os

    from asmsim.analysis.scaling import measure_sizes

    announce_compile()
    header = ["miners", "slots", "threads", "seconds", "M slot-months/s", "of it a thread", "peak GB", "digest"]
    rows: list[list[str]] = []

    def show(size: "MeasuredSize") -> None:
        rate = size.rate / 1e6
        rows.append(
            [f"{size.miners:,}", f"{size.slots:,}", str(size.threads), f"{size.seconds:.1f}", f"{rate:.1f}",
             f"{rate / size.threads:.1f}", f"{size.gigabytes:.2f}", size.digest]
        )  # fmt: skip
        say("  ".join(rows[-1]))

    from asmsim.sweeps.store.targets import check_folder

    folder = check_folder(out or expand_path("results/bench"))
    path = measure_sizes(world, threads or os.cpu_count() or 1, folder, show)
    table_of("One run, one to one; the same digest is the same bytes", header, rows)
    print_line(f"Figure: {path}")


COMMANDS: Commands = {"show": show_command, "new": new_command, "bench": bench_command}
