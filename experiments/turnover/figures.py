"""What job descriptions do, by how many officials elections replace and what a newcomer brings."""

from collections.abc import Mapping

import polars as pl

from asmsim.analysis.experiment import Found
from asmsim.analysis.gains import Gain, gain, gains, pairing, runs_of, sources
from asmsim.analysis.style import draw_gains, new_figure, source_line
from asmsim.config.provenance import package_version
from asmsim.sweeps.store.results import Results

JOBS, EFFECT, SHARE = (
    "governance.job_descriptions.coverage",
    "parameters.turnover_effect",
    "context.handles.world.turnover_share",
)
UNITS = {"licensed_share": "share", "office_experience": "sign-offs"}


def find(results: Mapping[str, Results]) -> Found:
    """Gains of full job descriptions over none, and the hypotheses."""
    frames = {o: runs_of(results["main"], o, "exit+5") for o in UNITS}
    tables = {o: gains(f, {JOBS: 0}, UNITS[o]).filter(pl.col(JOBS) == 1) for o, f in frames.items()}
    whole = pl.concat([t.with_columns(pl.lit(o).alias("outcome")) for o, t in tables.items()])
    return Found(
        [
            *sentences(frames["licensed_share"], frames["office_experience"], results["main"]),
            pairing(tables["licensed_share"]),
        ],
        {"gains": whole},
        {"turnover": drawn(tables)},
    )


def drawn(tables: Mapping[str, pl.DataFrame]) -> object:
    """Gains by share replaced, one line for each effect of a newcomer."""
    figure = new_figure(10, 4)
    for axes, (outcome, factor, title) in zip(
        figure.subplots(1, 2),
        (
            ("licensed_share", 100.0, "Licensed share, points"),
            ("office_experience", 1.0, "Experience of an office, sign-offs"),
        ),
        strict=True,
    ):
        draw_gains(axes, tables[outcome], SHARE, EFFECT, factor, "a newcomer's effort {:+g}".format, "{:.0%}".format)
        axes.set(title=title, xlabel="officials replaced at an election")
    figure.axes[1].legend(fontsize=8, loc="upper left")
    source_line(
        figure,
        f"Simulated, not observed. Job descriptions for all duties less none, five years after exit, paired: median and 90 % of runs. asmsim {package_version()}",
    )
    return figure


def sentences(licensed: pl.DataFrame, experience: pl.DataFrame, results: Results) -> list[str]:
    """The finding, hypothesis by hypothesis."""

    def of(frame: pl.DataFrame, effect: float, share: float, unit: str) -> Gain:
        choice = {JOBS: 1, EFFECT: effect, SHARE: share}
        return gain(frame, choice, choice | {JOBS: 0}, unit)

    worst, best = of(licensed, -0.3, 1, "share"), of(licensed, 0.3, 1, "share")
    none = of(licensed, 0, 0, "share")
    kept = of(experience, 0, 1, "sign-offs")
    return [
        f"Hypothesis 1 (with high turnover that costs effort, job descriptions keep the licensed share): {worst.verdict(1)}. They change it by {worst.said()}; an office's experience, where newcomers are as keen, by {kept.said()}.",
        f"Hypothesis 2 (where newcomers bring effort they do harm): {best.verdict(-1)}. They change the licensed share by {best.said()}.",
        f"Hypothesis 3 (without turnover they make no clear difference): {none.verdict(0)}. {none.said()}.",
        sources(worst, results).said(),
    ]
