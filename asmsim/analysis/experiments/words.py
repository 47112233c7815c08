"""How numbers of a finding are put into words and cells; used by every experiment's `describe.py`."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

from asmsim.analysis.experiments.hypothesis import POINTS, Answer, Number

FEW = 2
"""Significant digits of an effect in a sentence."""
NONE = "-"


def write_number(value: float | None, digits: int | None = None) -> str:
    """Return a number with thousands apart, never as a power of ten: with so many significant digits, or as it is."""
    if value is None or not np.isfinite(value):
        return NONE
    if digits is None or value == 0.0:
        return f"{Decimal(np.format_float_positional(value + 0.0, trim='-')):,f}"
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.{max(0, digits - 1 - math.floor(math.log10(abs(rounded))))}f}"


def write_size(number: Number, digits: int = FEW) -> str:
    """Return how large a number is, without its sign or unit."""
    return write_number(None if number.mean is None else abs(number.mean), digits)


def write_range(number: Number, digits: int = FEW) -> str:
    """Return the interval of the mean as `9.9 to 14`; nothing where there is none."""
    if number.interval is None:
        return "unknown"
    low, high = number.interval
    return f"{write_number(low, digits)} to {write_number(high, digits)}"


def write_share(number: Number) -> str:
    """Return a share as `52 %`."""
    return NONE if number.mean is None else f"{100 * number.mean:.0f} %"


def raises_or_lowers(number: Number) -> str:
    """Return the verb for a change."""
    return "raises" if (number.mean or 0.0) >= 0 else "lowers"


def higher_or_lower(number: Number) -> str:
    """Return which way a level has moved."""
    return "higher" if (number.mean or 0.0) >= 0 else "lower"


def join_words(items: Iterable[str]) -> str:
    """Return `a, b and c`."""
    every = list(items)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}" if every else "none"


def by_verdict(answer: Answer, supported: str, contradicted: str, mixed: str = "", unsure: str = "") -> str:
    """Return the sentence that belongs to the verdict; without one of its own, what there is not enough evidence for."""
    sentences = {"supported": supported, "contradicted": contradicted, "mixed": mixed or contradicted}
    return sentences.get(str(answer.verdict)) or unsure


def show_value(value: float | None, number: Number) -> str:
    """Return a value for a cell of a table, with its sign if it is a difference."""
    if value is None:
        return NONE
    if number.unit == "share":
        return f"{write_number(round(100 * value, 6))} %"
    text = write_number(value)
    return f"+{text}" if number.signed and value > 0 else text


def show_pair(pair: Sequence[float] | None, number: Number) -> str:
    """Return an interval for a cell of a table."""
    return NONE if pair is None else f"{show_value(pair[0], number)} to {show_value(pair[1], number)}"


def show_mean(number: Number, first_use: bool = False) -> str:
    """Return a mean with its unit for a cell of a table; points are percentage points where they are first used."""
    unit = "" if number.unit in ("", "share") else f" {number.unit}"
    unit = " percentage points" if first_use and number.unit == POINTS else unit
    return f"{show_value(number.mean, number)}{unit}"


def show_interval(number: Number) -> str:
    """Return the interval of the mean for a cell of a table, with its level where it is not 95 %."""
    level = "" if number.level == 95 or number.interval is None else f" ({number.level} %)"
    return f"{show_pair(number.interval, number)}{level}"


DRIVERS = {
    "evidence": "So the evidence that the parameters were fitted to drives this result.",
    "assumptions": "So assumptions drive this result: parameters that no data identify.",
    "chance": "So chance drives the difference between single runs.",
    "no one source": "So no one source drives the difference between single runs.",
    "not enough evidence": "There is not enough evidence to say whether data or assumptions drive this result.",
}


def say_sources(note: Answer) -> str:
    """Say where the variance between runs comes from."""
    driver = DRIVERS[str(note.facts["driver"])]
    if not note.numbers:
        return driver
    fitted, others, chance = (write_share(note.numbers[name]) for name in ("fitted", "others", "chance"))
    return (
        f"Chance makes {chance} of the variance between single runs. Parameters fitted to data make {fitted}, and "
        f"parameters drawn from their priors {others}. {driver}"
    )


def say_pairing(note: Answer) -> str:
    """Say how many runs pairing saves."""
    if not note.numbers:
        return "There is not enough evidence to say how many runs pairing saves."
    times = note.numbers["times"]
    return (
        f"Without shared draws and seeds the same precision would need {write_number(times.mean)} times as many runs "
        "(median over choices)."
    )


STANDARD_NOTES = {"sources": say_sources, "pairing": say_pairing}
"""Notes that every experiment may have, with who says them."""
STANDARD_LABELS = {
    "fitted": "Share of variance by parameters fitted to data",
    "others": "Share of variance by parameters drawn from their priors",
    "chance": "Share of variance by chance",
    "times": "Runs needed without pairing, as a multiple",
}
