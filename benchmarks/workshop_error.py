"""How far the workshop's scale lies from 1:10, outcome by outcome: `python -m benchmarks.workshop_error [PRESET ...]`.

Written into each preset's file as `resolution`: the larger of two mean errors in the last year, of the baseline's
level and, on average over the levers' ends, of the difference that a lever makes.  Where the preset runs at 1:10 both are 0.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asmsim.config.paths import config_dir
from asmsim.model.own_outcomes import find_outcome
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import Preset, WorkshopState, list_presets, read_dose

FULL = 10.0
RUNS_OF_LEVEL, RUNS_OF_END = 200, 40


def measure_errors(preset: Preset) -> dict[str, float]:
    """Return the error of each outcome of a preset."""
    names = preset.outcomes.names
    if preset.scale <= FULL:
        return dict.fromkeys(names, 0.0)
    full = preset.model_copy(update={"scale": FULL})
    level, difference = [], []
    for each in (preset, full):
        vars(each).pop("base", None)
        vars(each).pop("data", None)
        engine = Engine({preset.name: each})
        columns = [find_outcome(name) for name in names]
        base = engine.find_sample(WorkshopState(preset=preset.name))
        base.grow(RUNS_OF_LEVEL, pool=engine.pool)
        reference = base.take(RUNS_OF_LEVEL, columns)[:, -1]
        level.append(reference.mean(0))
        ends = [_measure_end(engine, each, key, end, columns) - reference[:RUNS_OF_END] for key, end in list_ends(each)]
        difference.append(np.stack([end.mean(0) for end in ends]))
        engine.close()
    errors = np.maximum(abs(level[0] - level[1]), abs(difference[0] - difference[1]).mean(0))
    return {name: float(f"{error:.2g}") for name, error in zip(names, errors, strict=True)}


def list_ends(preset: Preset) -> list[tuple[str, float | str]]:
    """Name the end of each lever that lies farther from the baseline."""
    found: list[tuple[str, float | str]] = []
    for control in preset.levers:
        value = read_dose(preset, control.key)
        if control.choices:
            found.append((control.key, next(choice for choice in reversed(control.choices) if choice != value)))
        elif control.low is not None and control.high is not None:
            now = float(value) if isinstance(value, int | float) else control.low
            end = control.high if control.high - now >= now - control.low else control.low
            found.append((control.key, int(end) if isinstance(value, int) else end))
    return found


def _measure_end(
    engine: Engine, preset: Preset, key: str, end: float | str, columns: Sequence[int]
) -> npt.NDArray[np.float64]:
    sample = engine.find_sample(WorkshopState(preset=preset.name, levers={key: end}))
    sample.grow(RUNS_OF_END, pool=engine.pool)
    return sample.take(RUNS_OF_END, columns)[:, -1]


def write_errors(path: Path, errors: dict[str, float]) -> None:
    """Put the errors into a preset's file, in place of those that are there."""
    text = re.sub(r"\nresolution:\n(  .*\n)+", "\n", path.read_text(encoding="utf-8"))
    lines = "".join(f"  {name}: {error:g}\n" for name, error in errors.items())
    path.write_text(f"{text.rstrip()}\nresolution:\n{lines}", encoding="utf-8")


def main() -> None:
    """Measure and write."""
    presets = list_presets()
    for name in sys.argv[1:] or presets:
        errors = measure_errors(presets[name])
        write_errors(config_dir() / "workshop" / f"{name}.yaml", errors)
        print(name, errors, flush=True)


if __name__ == "__main__":
    main()
