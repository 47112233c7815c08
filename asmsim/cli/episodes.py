"""The parts of `calibrate` and `validate` that work on a particle table or on a user's own observations."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from asmsim.cli.terminal import bars, print_line, say, table_of, tell
from asmsim.config.errors import ConfigError


def fit_world(folder: Path, out: Path, particles: int, rounds: int, hours: float, threads: int) -> None:
    """Simulate a particle table as far as the hours go, and write the posteriors `world` and `mongolia`."""
    from asmsim.analysis.calibration_page import write_posterior_figure
    from asmsim.evidence import world_fit as fit
    from asmsim.evidence.particle_table import count_failures, read_particles, simulate_table

    say(
        f"Simulating {particles:,} particles on {threads} threads, at most {hours:g} hours (4,000 take about 1.5 on two quiet cores), "
        f"into {folder}. Stop it when you like: the same command goes on."
    )
    targets = fit.load_targets()
    proposer = fit.make_proposer(targets)
    sizes = fit.share_rounds(particles, rounds)
    whole = simulate_table(folder, sizes, proposer, (), hours, threads, note=say, progress=bars)
    for reason, number in count_failures(folder).items():
        say(f"warning: {number:,} particles failed and are left out: {reason}")
    table = read_particles(folder)
    found, paths = fit.save_world(out, table, targets)
    write_posterior_figure(paths[0])
    state = "" if whole else f" of {particles:,}, as the hours are over"
    tell(
        f"{len(table):,} particles{state}; {found.effective:.0f} draws are effective, with a kernel of {found.width:.2f} units "
        "of error and chance."
    )
    for path in paths:
        print_line(f"Use them: asmsim validate --posterior {shlex.quote(str(path))}")


def warn_of_version(sentence: str) -> None:
    """Print a warning, if there is one."""
    if sentence:
        say(f"warning: {sentence}")


def recover_world(folder: Path, out: Path, fits: int) -> None:
    """Take particles of a table as truths, and print how often they are found again."""
    from asmsim.analysis.calibration_page import write_recovery
    from asmsim.evidence.particle_table import describe_version, read_particles
    from asmsim.evidence.world_fit import load_targets, recover_table, tabulate_recovery

    table = read_particles(folder)
    warn_of_version(describe_version(folder))
    with bars(fits, "Fitting synthetic truths") as advance:
        found = recover_table(table, load_targets(), fits, progress=advance)
    rows = [
        [str(r["parameter"]), f"{r['correlation']:.2f}", f"{r['narrower']:.0%}", f"{r['coverage']:.0%}"]
        for r in tabulate_recovery(found).to_dicts()
    ]
    header = ["parameter", "truth and median correlate", "narrower than prior", "truth inside 90 %"]
    table_of(f"{fits} synthetic truths, each fitted on {len(table) - 1:,} particles", header, rows)
    tell(
        f"True values inside their 90 % intervals: {found['inside'].to_numpy().mean():.1%} of {found.height} (wanted: 85-95 %)."
    )
    tell(f"Tables and figure: {write_recovery(found, out, len(table) - 1, len(table))}")


def leave_out(folder: Path, out: Path) -> None:
    """Predict each episode from the others, and write table, figure and page."""
    from asmsim.analysis.left_out_page import summarise_left_out, write_left_out
    from asmsim.evidence.left_out import leave_one_out, tabulate_coverage
    from asmsim.evidence.particle_table import describe_unfinished, describe_version, read_particles
    from asmsim.evidence.world_fit import list_known, load_targets

    table = read_particles(folder)
    warn_of_version(describe_version(folder))
    if planned := describe_unfinished(folder, len(table)):
        say(f"warning: {planned}")
    targets = list_known(table, load_targets())
    with bars(len({t.episode for t in targets}), "Leaving episodes out") as advance:
        found = leave_one_out(table, targets, advance)
    page = write_left_out(found, out)
    tell(summarise_left_out(found).replace("**", ""))
    rows = [
        [
            r["episode"], str(r["statistics"]), f"{r['inside_50']:.0%}", f"{r['inside_90']:.0%}", f"{r['wide_50']:.0%}",
            f"{r['wide_90']:.0%}", f"{r['effective']:.0f}",
        ]
        for r in tabulate_coverage(found).to_dicts()
    ]  # fmt: skip
    header = ["episode", "statistics", "in 50 %", "in 90 %", "widened: 50 %", "90 %", "draws"]
    table_of("Each episode predicted from the others", header, rows)
    print_line(f"Page: {page}")


def weigh_own(
    context: str,
    overrides: Sequence[str],
    observed: Path,
    out: Path,
    posterior: str,
    draws: int,
    threads: int,
    config_dir: Path | None,
) -> None:
    """Weigh a posterior's draws by a user's observations, and write them as a posterior."""
    from asmsim.evidence import own_observations as own
    from asmsim.evidence.posterior import list_posteriors

    if not context:
        raise ConfigError("--observed: --context NAME is needed, the country in which it was observed")
    name = posterior or ("world" if "world" in list_posteriors() else "prior")
    pattern = own.read_observations(observed, own.check_own_context(context, config_dir), tuple(overrides))
    own.check_window(pattern, config_dir)
    drawn = own.draw_in_country(name, draws, context)
    with bars(draws, f"Running {context}") as advance:
        found = own.weigh_draws(pattern, drawn, threads, config_dir, advance)
    own.check_effective(found, str(observed))
    path = out / f"{context}.parquet"
    own.save_own(path, found, name, pattern, observed)
    number = len(pattern.statistics)
    tell(
        f"{found.effective:.0f} of {draws:,} draws of {name} remain effective, given {number} "
        f"{'observation' if number == 1 else 'observations'}."
        + (
            f" Errors were taken {found.wider:.2g} times as wide, so that as many remain: with more --draws your numbers would count "
            "for more."
            if found.wider > 1.0
            else ""
        )
    )
    print_line(f"Use them: asmsim run context={context} posterior={shlex.quote(str(path))}")
