"""The commands on evidence: validate, calibrate."""

import json
import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli.options import PATH, Commands, ConfigDir, Overwrite
from asmsim.cli.terminal import bars, print_line, table_of, tell
from asmsim.config.errors import ConfigError
from asmsim.config.paths import expand_path

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from asmsim.evidence.validation import Standing

FAST = 64
TABLE = Path("results/calibration/world")
PARTICLES = 4000


def validate_command(
    wanted: Annotated[
        list[str] | None, typer.Argument(help="pattern=NAME, one or more; all if none.  posterior=NAME.")
    ] = None,
    fitted: Annotated[bool, typer.Option("--fitted", help="Only the patterns that were fitted.")] = False,
    null: Annotated[bool, typer.Option("--null", help="The null model beside it: prices and depletion only.")] = False,
    rule: Annotated[bool, typer.Option("--rule", help="The alternative status rule beside it.")] = False,
    prior: Annotated[
        bool,
        typer.Option("--prior", help="In the figures, what was thought before the fit: as many draws of the prior."),
    ] = False,
    posterior: Annotated[
        str,
        typer.Option("--posterior", help="Draws: a posterior's name or file, `prior`, or `none` (starting values)."),
    ] = "world",
    draws: Annotated[int, typer.Option("--draws", min=1, help="Number of draws.")] = FAST,
    seeds: Annotated[int, typer.Option("--seeds", "-n", min=1, help="Seeds of each draw.")] = 2,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads.")] = 2,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            **PATH,
            help="Folder of validation.md; tables and figures go to validation/ in it. "
            "Left out: results/, or a folder of its own in results/validation/ for patterns named.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    config_dir: ConfigDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")] = False,
    left_out: Annotated[
        bool,
        typer.Option("--leave-one-out", help="Instead, predict each episode from the others, by a particle table."),
    ] = False,
    table: Annotated[
        Path, typer.Option("--table", **PATH, help="Folder of the particle table of --leave-one-out.")
    ] = TABLE,
) -> None:
    """Hold the model against what happened: simulated statistics beside their bands.

    Examples
    --------
      asmsim validate --fitted

      asmsim validate pattern=V1 posterior=none --seeds 8

      asmsim validate pattern=my_country --config-dir my_configs

      asmsim validate --leave-one-out --table results/calibration/world
    """
    from asmsim.analysis.validation_page import check_validation, describe_runs, name_units, write_validation
    from asmsim.evidence import levels as record
    from asmsim.evidence import patterns as known
    from asmsim.evidence import posterior as posteriors
    from asmsim.evidence.evaluate import evaluate
    from asmsim.evidence.validation import judge_patterns, standing_rows

    if left_out:
        from asmsim.cli.episodes import leave_out

        leave_out(table, out or expand_path(Path("results")))
        return
    asked = []
    for text in wanted or []:
        key, _, name = text.partition("=")
        if key == "posterior" and name:
            posterior = name
            continue
        if key != "pattern" and name:
            raise ConfigError(f"validate {text!r}: write NAME, pattern=NAME or posterior=NAME")
        asked.append(name or key)
    chosen = [known.load_pattern(name, config_dir) for name in asked or known.list_patterns(config_dir)]
    chosen = [p for p in chosen if p.role == "fitted"] if fitted else chosen
    if not chosen:
        raise ConfigError("validate: no pattern is left to run")
    levels = record.select_levels(record.load_levels(config_dir), chosen, config_dir)
    own = Path("results", "validation", "-".join(asked)) if asked else Path("results")
    folder = check_validation(out or expand_path(own), overwrite)
    drawn = posteriors.draw_posterior(posterior, draws)
    variants = {"full model": (), **({"null model": ("model.institutions=false",)} if null else {})}
    variants |= {"alternative status rule": ("model.status_rule=threshold",)} if rule else {}
    found = {}
    for name, extra in variants.items():
        measured = chosen if extra else [*chosen, *record.make_level_patterns(levels, config_dir)]
        with bars(len(drawn), f"Running the {name}") as advance:
            found[name] = evaluate(measured, drawn, range(1, seeds + 1), extra, threads, config_dir, advance)
    seen = [p for p in chosen if p.observed is not None] if prior else []
    before = {}
    if seen:
        with bars(draws, "Running the prior") as advance:
            wide = posteriors.draw_posterior("prior", draws)
            before = evaluate(seen, wide, range(1, seeds + 1), (), threads, config_dir, advance)
    compared = record.compare_levels(levels, found["full model"])
    found["full model"] = {p.name: found["full model"][p.name] for p in chosen}
    where = write_validation(found, folder, posterior, len(drawn), seeds, before, compared)
    stand = {name: judge_patterns(of) for name, of in found.items()}
    episodes = {p.name for p in chosen if p.role == "development"}
    if as_json:
        sys.stdout.write(json.dumps({name: _without_markup(standing_rows(s)) for name, s in stand.items()}) + "\n")
        return
    for name, of in stand.items():
        title = f"{name}: {posterior}, {describe_runs(len(drawn), seeds)}"
        print_standings(title, of, episodes, name_units(len(drawn)))
    if compared:
        off = [s for s in compared if s.off]
        tell(
            f"Of {len(compared)} quantities on record {len(off)} are off by more than a factor of {record.OFF}: see the page."
        )
    print_line(f"Page: {where}")


def print_standings(title: str, of: "list[Standing]", episodes: "Collection[str]", units: str) -> None:
    """Print the table of one variant and its verdicts: which are close, and which are of development episodes."""
    from asmsim.analysis.validation_page import show_middle
    from asmsim.evidence.patterns import ROLES
    from asmsim.evidence.validation import band_text, list_close, pattern_verdicts

    rows = [
        [
            s.pattern, s.statistic, band_text(s.low, s.high), show_middle(s),
            f"{s.share_inside:.0%}" if s.counts else "-", "reported" if not s.counts else ("yes" if s.meets else "no"),
        ]
        for s in of
    ]  # fmt: skip
    header = ["pattern", "statistic", "band", "simulated median [90 %]", f"{units} inside", "meets"]
    table_of(title, header, rows)
    marks = {"close": list_close(of), ROLES["development"]: episodes}
    said = []
    for name, verdict in pattern_verdicts(of).items():
        marked = ", ".join(mark for mark, names in marks.items() if name in names)
        said.append(f"{name} {verdict}{f' ({marked})' if marked else ''}")
    tell("; ".join(said) + ".")


def _without_markup(table: "pl.DataFrame") -> "list[dict[str, Any]]":
    """Rows whose numbers any reader of JSON takes: what is not finite is null."""
    return [
        {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in table.to_dicts()
    ]


def calibrate_command(
    overrides: Annotated[
        list[str] | None, typer.Argument(help="With --observed: policy=NAME and other overrides, as they were then.")
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            **PATH,
            help="Folder of the particle table, which is simulated as far as --hours go; run again to go on. "
            "Left out: results/calibration/world.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            **PATH,
            help="Folder of what is fitted. Left out: that of the table; with --observed results/calibration/own.",
        ),
    ] = None,
    particles: Annotated[int, typer.Option("--particles", min=40, help="Particles.")] = PARTICLES,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, max=20, help="Rounds of particles, the first of the prior.")
    ] = 5,
    observed: Annotated[
        Path | None, typer.Option("--observed", **PATH, help="Instead, own observations (CSV) that weigh draws.")
    ] = None,
    observed_template: Annotated[
        bool, typer.Option("--observed-template", help="Print a table of observations to start from, and end.")
    ] = False,
    context: Annotated[str, typer.Option("--context", help="Country of --observed.")] = "",
    posterior: Annotated[
        str, typer.Option("--posterior", help="Draws that --observed weighs; left out: world where it is shipped.")
    ] = "",
    draws: Annotated[int, typer.Option("--draws", min=100, help="Draws that --observed weighs.")] = 2000,
    hours: Annotated[float, typer.Option("--hours", min=0.001, help="Hours of simulation at most.")] = 2.5,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads.")] = 2,
    recovery: Annotated[
        bool, typer.Option("--recovery", help="Instead, fit synthetic truths: which parameters do the data identify?")
    ] = False,
    screening: Annotated[
        bool, typer.Option("--screening", help="Instead, screen all uncertain parameters: which do the patterns see?")
    ] = False,
    trajectories: Annotated[
        int, typer.Option("--trajectories", min=2, help="Morris trajectories of --screening.")
    ] = 10,
    fits: Annotated[int, typer.Option("--fits", min=1, help="Synthetic fits of --recovery.")] = 40,
    config_dir: ConfigDir = None,
) -> None:
    """Fit the parameters on all that was seen, or on observations of your own (needs the extra `analysis`).

    Examples
    --------
      asmsim calibrate

      asmsim calibrate --screening

      asmsim calibrate --recovery --fits 40

      asmsim calibrate --particles 400 --hours 0.2 --table results/calibration/trial

      asmsim calibrate --context generic --observed my_numbers.csv
    """
    if observed_template:
        from asmsim.evidence.own_observations import TEMPLATE

        sys.stdout.write(TEMPLATE)
        return
    from asmsim.cli import episodes
    from asmsim.sweeps.store.targets import check_folder

    table = table or expand_path(Path("results/calibration/world"))
    out = out or (expand_path(Path("results/calibration/own")) if observed else table)
    check_folder(out)
    if overrides and observed is None:
        raise ConfigError(f"calibrate {shlex.join(overrides)}: overrides go with --observed FILE alone")
    if observed is not None:
        episodes.weigh_own(context, overrides or (), observed, out, posterior, draws, threads, config_dir)
    elif recovery:
        episodes.recover_world(table, out / "recovery", fits)
    elif screening:
        _screen(out.with_name("screening"), trajectories, threads)
    else:
        episodes.fit_world(table, out, particles, rounds, hours, threads)


def _screen(out: Path, trajectories: int, threads: int) -> None:
    """Morris screening, and a table of its strongest parameters."""
    from asmsim.analysis.screening import screen, write_screening
    from asmsim.evidence import priors

    runs = trajectories * (len(priors.priors_of(priors.HOME)) + 1)
    with bars(runs, "Screening") as advance:
        table = screen(trajectories, threads, advance)
    rows = [
        [r["parameter"], "yes" if r["fitted"] else "", f"{r['effect']:.1f}", f"{r['most']} ({r['most_effect']:.1f})"]
        for r in table.head(24).to_dicts()
    ]
    header = ["parameter", "fitted", "effect, half-widths of bands", "most on"]
    table_of(f"The strongest of {table.height} uncertain parameters", header, rows)
    tell(f"Table and figure: {write_screening(table, out, trajectories)}")


def draws_command(
    source: Annotated[str, typer.Argument(help="`prior`, or a posterior's name or file.")],
    to: Annotated[Path, typer.Option("--to", **PATH, help="File to write: .csv or .parquet.")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Number of draws.")] = 64,
    context: Annotated[str, typer.Option("--context", help="Country in which they are to hold.")] = "mongolia",
    config_dir: ConfigDir = None,
    overwrite: Overwrite = False,
) -> None:
    """Write draws of the parameters as a table, for `asmsim sweep --draws`.

    What the country states as a fact is left out, so that the draws do not overrule it; behaviour that was fitted
    is no country's fact.

    Example:

      asmsim draws prior --context generic --to draws.csv
    """
    import polars as pl

    from asmsim.evidence.posterior import draw_for
    from asmsim.model.scenarios import scenario
    from asmsim.sweeps.store.targets import check_file, write_table

    check_file(to, "--to", (".csv", ".parquet"), overwrite)
    made = scenario(f"context={context}", config_dir=config_dir)
    table = pl.DataFrame(draw_for(source, number, made).values)
    write_table(table, to, overwrite)
    print_line(f"{table.height} draws of {table.width} parameters: {to}")
    print_line(f"Use them: asmsim sweep context={context} --draws {shlex.quote(str(to))}")


COMMANDS: Commands = {"validate": validate_command, "calibrate": calibrate_command, "draws": draws_command}
