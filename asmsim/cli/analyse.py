"""The command `asmsim analyse`: questions to a sweep of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asmsim.cli.options import PATH, Overwrite
from asmsim.cli.terminal import say, table_of, tell

if TYPE_CHECKING:
    import polars as pl

    from asmsim.sweeps.store.results import Results

analyse = typer.Typer(help="Questions to a sweep: gains, attribution, boxes.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(**PATH, help="Folder of a sweep.")]
Outcome = Annotated[str, typer.Option("--outcome", help="Outcome to analyse, by its code name (asmsim show outcomes).")]
Date = Annotated[
    str,
    typer.Option(
        "--date",
        help="exit (end of the programme), exit+5, exit+10, horizon (last month), or a month such as 2014-12: the year to it.",
    ),
]
To = Annotated[Path | None, typer.Option("--to", **PATH, help="Write the whole table: FILE.csv or FILE.parquet.")]


@analyse.command("gains")
def analyse_gains(
    folder: Folder,
    against: Annotated[list[str], typer.Option("--against", help="KEY=VALUE of the reference; may be repeated.")],
    outcome: Outcome = "licensed_share",
    date: Date = "horizon",
    to: To = None,
    overwrite: Overwrite = False,
) -> None:
    """What each choice gains over the reference's value, all else alike, paired on draws and seeds.

    Example:

      asmsim analyse gains results/sweeps/sweep-0a1b2c3d --against legalisation=none --date exit
    """
    from asmsim.analysis.questions import show_typed, tabulate_gains
    from asmsim.analysis.summary import name_date
    from asmsim.analysis.sweeps import label_key, list_dimensions
    from asmsim.cli.sweep import open_folder
    from asmsim.config.errors import ConfigError
    from asmsim.model.labels import find_label

    _check(to, overwrite)
    if wrong := [text for text in against if "=" not in text]:
        raise ConfigError(f"--against {wrong[0]}: write KEY=VALUE")
    found = open_folder(folder)
    table = tabulate_gains(found, outcome, date, dict(text.split("=", 1) for text in against))
    _write(table, to, overwrite)
    keys = list_dimensions(found)
    rows = [[*(show_typed(r[k]) for k in keys), r["said"], r["way"]] for r in table.to_dicts()]
    title = f"{find_label(outcome)}, {name_date(date)}: difference from {', '.join(against)}"
    table_of(title, [*(label_key(k) for k in keys), "difference", "on average"], rows)
    _tell_of(found)


@analyse.command("attribution")
def analyse_attribution(
    folder: Folder,
    outcome: Outcome = "licensed_share",
    date: Date = "horizon",
    to: To = None,
    overwrite: Overwrite = False,
) -> None:
    """What each part of a bundle adds (Shapley values), and pairs together beyond that.

    Every key that varies is a part with two values, one of which says that it is not there. Up to ten parts every
    subset is needed (--design factorial); beyond, `asmsim analyse subsets` writes those to run.

    Examples:

      asmsim sweep policy=five_ingredients legalisation=at_once rights=none,full market=none,full --design factorial

      asmsim analyse attribution results/sweeps/sweep-0a1b2c3d --date exit
    """
    from asmsim.analysis.questions import attribute_sweep as attributed
    from asmsim.analysis.summary import name_date
    from asmsim.cli.sweep import open_folder
    from asmsim.model.labels import find_label

    _check(to, overwrite)
    results = open_folder(folder)
    found = attributed(results, outcome, date)
    table = found.table()
    _write(table, to, overwrite)
    rows = [
        [find_label(r["part"]) + (f" with {find_label(r['with'])}" if r["with"] else ""), r["said"], r["way"]]
        for r in table.to_dicts()
    ]
    title = f"{find_label(outcome)}, {name_date(date)}: Shapley values, then interactions of pairs"
    table_of(title, ["part", "adds", "on average"], rows)
    if found.errors.max() > 0:
        tell(
            f"Orders were sampled: standard errors of the means by that are up to {found.errors.max():.2g}, which the "
            "intervals hold."
        )
    _tell_of(results)


@analyse.command("subsets")
def analyse_subsets(
    parts: Annotated[list[str], typer.Argument(help="KEY=ABSENT,PRESENT of each part.", metavar="KEY=A,B...")],
    to: Annotated[Path, typer.Option("--to", **PATH, help="Table of points to write: FILE.csv.")],
    orders: Annotated[int, typer.Option("--orders", min=2, help="Random orders, beyond ten parts.")] = 64,
    overwrite: Overwrite = False,
) -> None:
    """The subsets of parts that attribution needs, as a table of points for `asmsim sweep --points`.

    Example:

      asmsim analyse subsets rights=none,full knowledge=none,full market=none,full --to subsets.csv
    """
    import polars as pl

    from asmsim.analysis.attribution import list_subsets
    from asmsim.config.errors import ConfigError
    from asmsim.sweeps.store.targets import check_file, write_table

    both = {}
    for text in parts:
        key, _, values = text.partition("=")
        if len(values.split(",")) != 2:
            raise ConfigError(f"{text}: write KEY=ABSENT,PRESENT")
        both[key] = values.split(",")
    check_file(to, "--to", (".csv",), overwrite)
    table = pl.DataFrame(
        [{key: v[s >> k & 1] for k, (key, v) in enumerate(both.items())} for s in list_subsets(len(both), orders)]
    )
    write_table(table, to, overwrite)
    say(f"Wrote {to}: {table.height:,} subsets.")


@analyse.command("boxes")
def analyse_boxes(
    folder: Folder,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            help="pathway=NAME (limbo, never started, collapse, reversal, take-off, plateau, drifting), or OUTCOME<NUMBER or OUTCOME>NUMBER at the horizon; shares from 0 to 1.",
        ),
    ],
    to: To = None,
    overwrite: Overwrite = False,
) -> None:
    """Where in the space of a sweep something happens: a box by PRIM, and the leaves of a tree of depth three.

    Found on one half of the runs, judged on the other.

    Example:

      asmsim analyse boxes results/sweeps/sweep-0a1b2c3d --where pathway=reversal
    """
    import polars as pl

    from asmsim.analysis.questions import find_boxes
    from asmsim.cli.sweep import open_folder

    _check(to, overwrite)
    results = open_folder(folder)
    found, inputs = find_boxes(results, where)
    rows = [{"box": k} | row for k, box in enumerate(found) for row in box.rows()]
    _write(pl.DataFrame(rows), to, overwrite)
    for box in found:
        tell(box.describe(where, inputs))
    _tell_of(results)


def _tell_of(results: "Results") -> None:
    """Of how many runs the answer is, and whether their parameters are fitted ones."""
    from asmsim.analysis.sweeps import has_draws
    from asmsim.cli.sweep import UNFITTED, describe_results

    seeds = len(results.manifest.seeds)
    if has_draws(results):
        number = results.points.collect()["draw"].n_unique()
        say(f"Of {number:,} draws of the parameters on {seeds:,} seed{'s' * (seeds > 1)} each.")
    else:
        say(f"Of {seeds:,} seed{'s' * (seeds > 1)}. {UNFITTED}")
    describe_results(results)


ENDINGS = (".csv", ".parquet")


def _check(to: Path | None, overwrite: bool) -> None:
    """Refuse what cannot be written, before the work."""
    from asmsim.sweeps.store.targets import check_file

    if to is not None:
        check_file(to, "--to", ENDINGS, overwrite)


def _write(table: "pl.DataFrame", to: Path | None, overwrite: bool) -> None:
    from asmsim.sweeps.store.targets import write_table

    if to is not None:
        write_table(table, to, overwrite)
        say(f"Wrote {to}.")
