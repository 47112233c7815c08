"""What job descriptions do, by how many officials elections replace and what a newcomer brings."""

from collections.abc import Mapping

import polars as pl

from asmsim.analysis.experiments.hypothesis import Answer, Finding, note_pairing, note_sources, round_gain
from asmsim.analysis.gains import Gain, collect_runs, find_sources, measure_gain, measure_gains, measure_pairing
from asmsim.sweeps.store.results import Results

JOBS, EFFECT, SHARE = (
    "governance.job_descriptions.coverage",
    "parameters.turnover_effect",
    "context.handles.world.turnover_share",
)
UNITS = {"licensed_share": "share", "office_experience": "sign-offs"}


def find(results: Mapping[str, Results]) -> Finding:
    """Return gains of full job descriptions over none, and the hypotheses."""
    frames = {o: collect_runs(results["main"], o, "exit+5") for o in UNITS}
    tables = {o: measure_gains(f, {JOBS: 0}, UNITS[o]).filter(pl.col(JOBS) == 1) for o, f in frames.items()}
    whole = pl.concat([t.with_columns(pl.lit(o).alias("outcome")) for o, t in tables.items()])

    def change(outcome: str, effect: float, share: float) -> Gain:
        choice = {JOBS: 1, EFFECT: effect, SHARE: share}
        return measure_gain(frames[outcome], choice, choice | {JOBS: 0}, UNITS[outcome])

    worst, best = change("licensed_share", -0.3, 1), change("licensed_share", 0.3, 1)
    none = change("licensed_share", 0, 0)
    hypotheses = {
        "1": Answer(
            worst.verdict(1),
            {"worst": round_gain(worst, worst.verdict(1)), "experience": round_gain(change("office_experience", 0, 1))},
        ),
        "2": Answer(best.verdict(-1), {"best": round_gain(best, best.verdict(-1))}),
        "3": Answer(none.verdict(0), {"none": round_gain(none, none.verdict(0))}),
    }
    notes = {
        "sources": note_sources(find_sources(worst, results["main"])),
        "pairing": note_pairing(measure_pairing(tables["licensed_share"])),
    }
    return Finding(hypotheses, notes, {"gains": whole})
