"""The commands `run` and `compare`, and what they print."""

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli.options import (
    DRAWS,
    PATH,
    Commands,
    ConfigDir,
    Json,
    Language,
    NumberOfDraws,
    Out,
    Overrides,
    Overwrite,
    ScenarioFile,
    Seeds,
    Threads,
    choose_scenario,
    choose_seeds,
    take_posterior,
)
from asmsim.cli.terminal import announce_compile, bars, print_dated, print_line, say, table_of, tell
from asmsim.config.language import tr
from asmsim.config.paths import expand_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from asmsim.analysis.paired import Comparison
    from asmsim.model.scenario import Scenario
    from asmsim.sweeps.replicates import Replicates


Brief = Annotated[
    Path | None,
    typer.Option("--brief", **PATH, help="Also write one page in plain words, with costs, for printing: FILE.html."),
]


def check_brief(path: Path | None) -> None:
    """Refuse a brief that cannot be written, before any run."""
    from asmsim.sweeps.store.targets import check_file

    if path is not None:
        check_file(path, "--brief", (".html",))


def put_brief(done: "Replicates | Comparison", folder: Path, path: Path | None) -> None:
    """Write the brief where one is asked for."""
    from asmsim.analysis.results_folder import write_brief

    if path is not None:
        write_brief(done, folder, path)
        say(f"Brief: {path}")


def warm_figures() -> threading.Thread:
    """Import the plotting library while the compiled model holds no lock."""
    thread = threading.Thread(target=lambda: __import__("asmsim.analysis.results_folder"), daemon=True)
    thread.start()
    return thread


def run_command(
    overrides: Overrides = None,
    seeds: Seeds = None,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    scenario_file: ScenarioFile = None,
    draws: NumberOfDraws = None,
    animation: Annotated[
        Path | None,
        typer.Option("--animation", **PATH, help="Also write the map of districts over time: FILE.gif or .mp4."),
    ] = None,
    brief: Brief = None,
    language: Language = "en",
) -> None:
    r"""Run one scenario on several seeds; write tables, figures and a report.

    What you type wins over the policy: an option for a group stands instead of what the policy has there
    (donor=none, market=\[buying_centres]); a single value changes just that; events are added to the policy's.

    Examples:

      asmsim run

      asmsim run legalisation.pace=at_once donor.programme.duration_years=5

      asmsim run context=generic policy=five_ingredients market.buying_centres.number=12 -n 64

      asmsim run 'events=\[{from: 2015-01, until: 2016-01, province: Selenge, set: {law.new_land: 0}}]'

      asmsim run '~events' 'events=\[{from: 2012-01, scale: {market.royalty: 0.5}}]'

      asmsim run 'events=\[{from: 2012-01, until: 2014-01, district: Zaamar, ramp: {state.oversight: 0.4}}]'

      asmsim run --scenario results/runs/NAME/scenario.yaml

      asmsim run posterior=mongolia --draws 32 -n 4          (chance and parameters, shown apart)

      asmsim run policy=mongolia_no_project --animation talk.gif

      asmsim run posterior=mongolia --brief brief.html --language fr
    """
    from asmsim.sweeps.store.targets import check_folder

    folder = check_folder(out or expand_path("results/runs"))
    check_brief(brief)
    if animation is not None:
        from asmsim.analysis.animation import check_animation

        check_animation(animation)
    scenario, which, drawn = choose_scenario(overrides, config_dir, scenario_file, seeds, draws)
    say_concerns([scenario])
    announce_compile()
    warming = warm_figures()
    from asmsim.sweeps.replicates import replicate

    with bars(len(which) * (1 if drawn is None else len(drawn)), "Simulating") as advance:
        done = replicate(scenario, which, threads, advance, drawn)
    warming.join()
    from asmsim.analysis.results_folder import write_run

    written = write_run(done, folder, say)  # before a word is printed: who reads may have gone
    if animation is not None:
        from asmsim.analysis.animation import list_frames, write_animation

        with bars(len(list_frames(done)), "Drawing the map") as advance:
            write_animation(done, animation, advance)
        say(f"Map over time: {animation}")
    put_brief(done, written, brief)
    if not as_json:
        print_findings(done)
    report_folder(written, as_json, "summary.json", done.cautions)


def compare_command(
    policies: Annotated[
        list[str], typer.Argument(help="Two or more policies or variants, then key=value for all of them.")
    ],
    seeds: Seeds = None,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    draws: NumberOfDraws = None,
    brief: Brief = None,
    language: Language = "en",
) -> None:
    """Compare policies on the same seeds: the first is the reference.

    A variant is a policy with changes, and a label if you like: LABEL=POLICY,key=value,... (no spaces, or in
    quotes).  What stands alone as key=value holds for all.

    Examples:

      asmsim compare none mongolia_as_was

      asmsim compare minimal_law five_ingredients context=generic -n 64

      asmsim compare mongolia_as_was five_years=mongolia_as_was,donor.programme.duration_years=5

      asmsim compare mongolia_no_project mongolia_as_was posterior=mongolia

      asmsim compare mongolia_as_was mongolia_as_was,donor=none 'no_suspension=mongolia_as_was,~events'

      asmsim compare none minimal_law context=generic --brief brief.html --language es
    """
    from asmsim.sweeps.store.targets import check_folder

    folder = check_folder(out or expand_path("results/compare"))
    check_brief(brief)
    done = run_comparison("compare", policies, seeds, threads, config_dir, draws)
    from asmsim.analysis.results_folder import write_comparison

    written = write_comparison(done, folder, say)
    put_brief(done, written, brief)
    if not as_json:
        print_differences(done)
    report_folder(written, as_json, "differences.json", done.cautions)


def scorecard_command(
    policies: Annotated[
        list[str], typer.Argument(help="Two or more policies or variants, then key=value for all of them.")
    ],
    weights: Annotated[
        str, typer.Option("--weights", help="What counts how much: licences=3,mercury=2; left out: all alike.")
    ] = "",
    to: Annotated[Path | None, typer.Option("--to", **PATH, help="Also write the table: FILE.xlsx or .csv.")] = None,
    seeds: Seeds = None,
    threads: Threads = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    draws: NumberOfDraws = None,
    overwrite: Overwrite = False,
    language: Language = "en",
) -> None:
    """Rank policies by what you weigh: licences, incomes, mercury, violations, gold, costs and revenue side by side.

    The first policy is the reference. Measures: licences, income, mercury, violations, official, donor, state, revenue.

    Examples:

      asmsim scorecard none minimal_law five_ingredients context=generic

      asmsim scorecard none ghana_law ghana_support context=ghana --weights licences=3,mercury=2,state=1 --config-dir my_configs

      asmsim scorecard mongolia_no_project mongolia_as_was posterior=mongolia --to scorecard.xlsx
    """
    from asmsim.analysis import scorecard
    from asmsim.sweeps.store.targets import check_file

    wanted = scorecard.parse_weights(weights)
    if to is not None:
        check_file(to, "--to", (".xlsx", ".csv"), overwrite)
    done = run_comparison("scorecard", policies, seeds, threads, config_dir, draws)
    table = scorecard.tabulate_scorecard(done, wanted)
    if to is not None:
        scorecard.write_scorecard(table, to, overwrite)
    if as_json:
        sys.stdout.write(json.dumps({"cautions": done.cautions, "results": table.to_dicts()}) + "\n")
        return
    print_scorecard(done, table, wanted)
    for line in done.cautions:
        tell(line)
    if to is not None:
        print_line(f"Table: {to}")


def print_scorecard(done: "Comparison", table: "pl.DataFrame", weights: "dict[str, float]") -> None:
    """The answer in a sentence, and the policies side by side."""
    from asmsim.analysis.scorecard import describe_scorecard, show_scorecard

    tell(describe_scorecard(table, weights, done.reference.drawn is not None))
    from asmsim.analysis.scorecard import title_scorecard

    title = f"{done.reference.scenario.context.title}. {title_scorecard(done)}"
    header, rows = show_scorecard(table)
    turned = [list(line) for line in zip(header[1:], *(row[1:] for row in rows), strict=True)]
    table_of(title, [tr("measure"), *(row[0] for row in rows)], turned)


def run_comparison(
    command: str,
    policies: "list[str]",
    seeds: int | None,
    threads: int | None,
    config_dir: Path | None,
    draws: int | None,
) -> "Comparison":
    """Run the policies that were typed on the same seeds."""
    from asmsim.config.errors import ConfigError
    from asmsim.config.settings import list_typed_changes, parse_setting
    from asmsim.model.scenarios import make_variant, parse_variants

    typed, posterior = take_posterior(policies, draws)
    several, shared = parse_variants(typed, config_dir)
    if len(several) < 2:
        raise ConfigError(f"{command}: name at least two policies, for example: asmsim {command} none mongolia_as_was")
    scenarios = [make_variant(one, shared, config_dir) for one in several]
    say_concerns(scenarios)
    announce_compile()
    warming = warm_figures()
    from asmsim.analysis.paired import compare as paired

    which = choose_seeds(seeds, posterior)
    changes = list_typed_changes(map(parse_setting, shared))
    with bars(len(which) * len(several) * ((draws or DRAWS) if posterior else 1), "Simulating") as advance:
        labels = [one.spelled for one in several if one.is_label]
        done = paired(scenarios, which, threads, advance, changes, labels, posterior, draws or DRAWS)
    warming.join()
    return done


def check_command(
    overrides: Overrides = None,
    config_dir: ConfigDir = None,
    scenario_file: ScenarioFile = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with an error where something is to be looked at.")
    ] = False,
    as_json: Json = False,
    language: Language = "en",
) -> None:
    """Say what a knowledgeable colleague would on reading a plan, without running it; `run`, `compare` and `sweep` do so too.

    Examples:

      asmsim check context=generic context.districts.number=12

      asmsim check context=mine policy=my_law --config-dir my_configs --strict
    """
    from asmsim.model.plan_checks import check_plan

    scenario, _, _ = choose_scenario(overrides, config_dir, scenario_file, None, None)
    remarks = check_plan(scenario)
    if as_json:
        print_line(json.dumps([{"weight": r.weight, "text": r.text} for r in remarks], indent=1))
    for remark in remarks if not as_json else ():
        weight = tr(remark.weight)
        print_line(f"{weight[:1].upper()}{weight[1:]}{tr(': ')}{remark.text}")
    serious = sum(remark.weight == "look at this" for remark in remarks)
    if not as_json:
        tell(tr("To look at: {number}.", number=serious) if serious else tr("Nothing to look at."))
    if strict and serious:
        raise typer.Exit(1)


def say_concerns(scenarios: "Sequence[Scenario]") -> None:
    """Before any work: what a colleague would say on reading the plans."""
    from asmsim.model.plan_checks import list_in_several, name_scenarios

    for line in list_in_several(name_scenarios(scenarios)):
        say(line)


def report_folder(folder: Path, as_json: bool, table: str, cautions: list[str]) -> None:
    """Say where the results are, or print them."""
    if as_json:
        rows = json.loads((folder / table).read_text(encoding="utf-8"))
        provenance = next(iter(sorted(folder.glob("*provenance.json"))))
        found = {"folder": str(folder), "provenance": json.loads(provenance.read_text()), "cautions": cautions}
        sys.stdout.write(json.dumps(found | {"results": rows}) + "\n")
    else:
        print_line(f"{tr('Report')}{tr(': ')}{folder / 'report.html'}")


def print_findings(done: "Replicates") -> None:
    """What a run found: its answer in words, a table, what was observed, and details."""
    from asmsim.analysis.answers import write_run_answer
    from asmsim.analysis.held_back import why
    from asmsim.analysis.key_figures import describe_costs
    from asmsim.analysis.report import (
        describe_uncertainty,
        make_headline_table,
        title_findings,
        title_observed,
        write_sentences,
    )
    from asmsim.analysis.summary import OBSERVED, label_observed, list_observed, write_legend
    from asmsim.analysis.turning_points import list_turning_points

    tell(write_run_answer(done))
    tell(why(done))
    for line in list_turning_points(done):
        tell(line)
    tell(describe_costs(done))
    print_dated(f"{done.scenario.context.title}: {done.name}; {title_findings(done)}", *make_headline_table(done))
    seen = list_observed(done)
    if seen:
        table_of(title_observed(), [tr(head) for head in OBSERVED], label_observed(seen))
    tell()
    tell(tr("Details"))
    for line in (*write_sentences(done), *done.cautions):
        tell(line)
    if text := describe_uncertainty(done):
        tell(text)
    tell(write_legend(done))


def print_differences(done: Any) -> None:
    """What a comparison found: for each policy its answer in words, a table, and details."""
    from asmsim.analysis.answers import write_policy_answer
    from asmsim.analysis.held_back import look_back
    from asmsim.analysis.report import (
        describe_policy,
        describe_sources,
        describe_uncertainty,
        explain_policy,
        make_difference_table,
    )
    from asmsim.analysis.scorecard import parse_weights, tabulate_scorecard

    context, paired = done.reference.scenario.context.title, done.reference.counted
    weights = parse_weights("")
    print_scorecard(done, tabulate_scorecard(done, weights), weights)
    before = look_back(done.reference)
    for which in range(1, len(done.runs)):
        tell(write_policy_answer(done, which))
        for line in explain_policy(done, which, before):
            tell(line)
    for which in range(1, len(done.runs)):
        title = tr("{policy} minus {reference}", policy=done.names[which], reference=done.names[0])
        title = f"{context}: {title}; {tr('paired on {counted}', counted=paired)}"
        print_dated(title, *make_difference_table(done, which), fixed=2)
    tell()
    tell(tr("Details"))
    for label in done.labels:
        tell(f"{label}.")
    for which in range(1, len(done.runs)):
        tell(describe_policy(done, which))
    if done.shared:
        tell(tr("In all of them: {shared}.", shared=", ".join(done.shared)))
    sources = [describe_sources(done, k) for k in range(1, len(done.runs))]
    for line in (*sources, *done.cautions, describe_uncertainty(done.reference)):
        if line:
            tell(line)


def levers_value_command(
    overrides: Overrides = None,
    outcome: Annotated[str, typer.Option("--outcome", help="What the levers are valued by.")] = "licensed_share",
    budget: Annotated[
        float | None,
        typer.Option(
            "--budget",
            help="USD, present value at the start of the policy: also search the levers that add most for it.",
        ),
    ] = None,
    seeds: Seeds = None,
    threads: Threads = None,
    out: Out = None,
    config_dir: ConfigDir = None,
    as_json: Json = False,
    draws: NumberOfDraws = None,
    overwrite: Overwrite = False,
) -> None:
    """Say what each lever of a policy buys: removed where the policy has it, added where not, each paid in full.

    Examples:

      asmsim levers-value context=generic policy=five_ingredients

      asmsim levers-value policy=ghana_support context=ghana --outcome income_low --budget 5e6 --config-dir my_configs
    """
    from asmsim.analysis import lever_value
    from asmsim.analysis.budget import describe_budget, show_budget, tabulate_budget
    from asmsim.analysis.results_folder import readable_name
    from asmsim.model.own_outcomes import find_outcome
    from asmsim.sweeps.store.targets import check_folder

    lever_value.check_budget(budget)
    find_outcome(outcome)
    scenario, which, drawn = choose_scenario(overrides, config_dir, None, seeds, draws)
    named = readable_name(f"{scenario.context.name}-{scenario.name or scenario.policy}-{outcome}")
    folder = check_folder(out or expand_path("results/levers-value") / named)
    lever_value.check_files(folder, overwrite)
    say_concerns([scenario])
    announce_compile()
    runs = len(which) * (1 if drawn is None else len(drawn))
    with bars(lever_value.count_cases(budget is not None) * runs, "Trying levers") as advance:
        values = lever_value.measure_levers(scenario, outcome, which, threads, drawn, advance)
        fitted = (
            None
            if budget is None
            else lever_value.fit_budget(scenario, values, budget, outcome, which, threads, drawn, advance)
        )
    title = f"{scenario.context.title}, {scenario.name or scenario.policy}"
    counted = f"{len(which)} seeds" + ("" if drawn is None else f" of {len(drawn)} draws")
    years = tabulate_budget(scenario)
    picture = lever_value.write_values(values, outcome, title, counted, folder, years, overwrite)
    if as_json:
        sys.stdout.write(json.dumps(lever_value.tabulate_values(values, outcome).to_dicts()) + "\n")
        return
    tell(lever_value.describe_values(values, outcome))
    table_of(
        f"{title}: what each lever adds, and its cost (present value at the start of the policy, 3 % a year)",
        *lever_value.show_values(values, outcome),
    )
    if fitted is not None and budget is not None:
        tell(lever_value.describe_choice(fitted[0], values, fitted[1], outcome, budget))
    tell(describe_budget(years))
    table_of(f"{title}: what its levers cost at full doses, USD thousand, not discounted", *show_budget(years))
    print_line(f"Picture: {picture}")


COMMANDS: Commands = {
    "levers-value": levers_value_command,
    "run": run_command,
    "compare": compare_command,
    "check": check_command,
    "scorecard": scorecard_command,
}
