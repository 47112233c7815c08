"""From the runs to tables, numbers and verdicts."""

from asmsim.analysis.experiments.hypothesis import Answer, Finding, round_gain
from asmsim.analysis.gains import collect_runs, measure_gain, measure_gains

CENTRES = "market.buying_centres.number"


def find(results):
    runs = collect_runs(results["main"], "official_share", "exit")
    gain = measure_gain(runs, {CENTRES: 12}, {CENTRES: 0}, "share")
    verdict = gain.verdict(1)  # whether the whole interval of the mean lies above zero
    table = measure_gains(runs, {CENTRES: 0}, "share")
    return Finding({"1": Answer(verdict, {"gain": round_gain(gain, verdict)})}, tables={"gains": table})
