"""What can be seen in each question of the what-if page: `python -m benchmarks.workshop_presets` tries every main lever.

A lever shows something if one end of its slider, or one of its choices, makes a clear difference to an outcome of the
question in the last year.  Run it again when the model has changed, and choose ranges and outcomes by it.
"""

import sys
from collections.abc import Iterator

from asmsim.analysis.statistics import is_clear
from asmsim.model.own_outcomes import find_outcome
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import Control, Preset, Value, WorkshopState, list_presets, read_dose
from benchmarks.common import Row, show

PAIRS = 60
"""Paired runs of each end: enough to tell whether nine in ten agree."""
LEAST = 3


def list_ends(preset: Preset, control: Control) -> Iterator[Value]:
    """The ends of a slider, or the choices, that are not the baseline's own value."""
    before = read_dose(preset, control.key)
    for end in control.choices or (control.low, control.high):
        assert end is not None
        value = int(end) if isinstance(before, int) and not isinstance(end, str) else end
        if value != before:
            yield value


def list_clear(engine: Engine, preset: Preset, control: Control) -> list[str]:
    """Outcomes of a preset to which a lever makes a clear difference."""
    outcomes = [find_outcome(name) for name in preset.outcomes.names]
    found: set[str] = set()
    for value in list_ends(preset, control):
        pair = engine.find_pair(WorkshopState(preset=preset.name, levers={control.key: value}))
        for sample in pair:
            sample.grow(PAIRS, pool=engine.pool)
        base, yours = (sample.take(PAIRS, outcomes)[:, -1] for sample in pair)
        found |= {o.name for k, o in enumerate(outcomes) if is_clear(yours[:, k] - base[:, k], o.unit)}
    return [name for name in preset.outcomes.names if name in found]


def main() -> int:
    """Try every preset and print what its levers show."""
    engine, rows = Engine(list_presets()), []
    for name, preset in engine.presets.items():
        clear = {control.key: list_clear(engine, preset, control) for control in preset.levers}
        for key, outcomes in clear.items():
            print(f"{name}: {key}: {', '.join(outcomes) or 'nothing clear'}", flush=True)
        count, of_main = sum(map(bool, clear.values())), sum(preset.outcomes.main in each for each in clear.values())
        measured = f"{count} of {len(clear)}, {of_main} of the main outcome"
        rows.append(Row(f"{name}: levers with a clear difference", f">= {LEAST}", measured, count >= LEAST))
    engine.close()
    show(rows, "what can be seen in each question")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
