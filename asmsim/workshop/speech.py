"""The exported report's words and numbers in one of the page's languages, from the same catalogues as the page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from asmsim.model.labels import find_label
from asmsim.model.own_outcomes import find_outcome
from asmsim.workshop.page_data import read_words
from asmsim.workshop.preset import OWN, Preset, Value

MOST_DECIMALS = 3
ENOUGH = 2
"""Least difference, in units of the last digit, that a digit less still tells."""
LEVELS = ("baseline", "yours")
PARTS = (*LEVELS, "difference", "low", "high")
UNDEFINED = "\N{EN DASH}"


class Speech:
    """A language: its words for a preset, and its numbers.

    Parameters
    ----------
    language
        Code of a catalogue.
    """

    def __init__(self, language: str, preset: Preset) -> None:
        self.words = read_words(language)
        self._preset = preset
        own = OWN if preset.name.startswith("own_") else preset.name
        self._preset_words: Mapping[str, Any] = self.words.get("presets", {}).get(own, {})

    def say(self, key: str, **values: Any) -> str:
        """Return the page's words under a key, with the holes filled."""
        return fill(str(self.words["page"][key]), values)

    def tell_preset(self, key: str) -> str:
        """Return the preset's title or story."""
        own = key == "title" and self._preset.name.startswith("own_")  # it names the country
        return str(getattr(self._preset, key) if own else self._preset_words.get(key, getattr(self._preset, key)))

    def name_outcome(self, name: str) -> str:
        """Return what an outcome is called."""
        return str(self.words["outcomes"].get(name) or find_outcome(name).label)

    def name_lever(self, key: str) -> str:
        """Return what a lever, a dose or a behaviour parameter is called."""
        if key.startswith("parameters."):
            return str(self.words["parameters"].get(key.removeprefix("parameters.")) or find_label(key))
        families, fields = self.words.get("families", {}), self.words.get("fields", {})
        control = next((c.word for c in self._preset.levers if c.key == key), None)
        words = self._preset_words.get("levers", {}).get(key) or self.words["levers"].get(key) or families.get(key)
        path, _, dose = key.rpartition(".")
        if not words and path in families and dose in fields:
            words = self.say("pair", family=families[path], field=fields[dose])
        return str(words or control or find_label(key))

    def number(self, value: float, decimals: int = 0, signed: bool = False) -> str:
        """Return a number with the language's own signs."""
        numbers = self.words["numbers"]
        whole, _, part = f"{abs(value):,.{decimals}f}".partition(".")
        if numbers["group"] != "," and abs(value) < 10_000:
            whole = whole.replace(",", "")
        body = whole.replace(",", str(numbers["group"])) + (numbers["decimal"] + part if part else "")
        if round(abs(value), decimals) == 0:
            return body
        return (str(numbers["minus"]) if value < 0 else "+" if signed else "") + body

    def quantity(self, number: str, unit: str, form: str = "value") -> str:
        """Return a number with its unit; a sign comes first, as in "+USD 120"."""
        known = self.words["units"].get(unit, {})
        text = str(known.get(form) or known.get("value") or f"{{n}} {unit}")
        sign = "" if text.startswith("{n}") or number[0] not in ("+", self.words["numbers"]["minus"]) else number[0]
        return sign + fill(text, {"n": number[len(sign) :]})

    def scale(self, unit: str) -> float:
        """Return by what a value is multiplied to be shown."""
        return float(self.words["units"].get(unit, {}).get("scale", 100 if unit == "share" else 1))

    def axis(self, unit: str) -> str:
        """Return what a column or an axis counts."""
        return str(self.words["units"].get(unit, {}).get("axis", "" if unit in ("1", "ratio") else unit))

    def value(self, value: Value | None, unit: str) -> str:
        """Return a lever's value with its unit, or the words of a choice."""
        if value is None:
            return UNDEFINED
        if isinstance(value, bool | str):
            return str(self.words["choices"].get(value, str(value).replace("_", " ")))
        scaled = value * self.scale(unit)
        decimals = next((n for n in range(4) if math.isclose(scaled, round(scaled, n), abs_tol=1e-9)), 3)
        return self.quantity(self.number(scaled, decimals), unit, "one" if scaled == 1 else "value")

    def headline(self, headline: Mapping[str, Any], unit: str) -> dict[str, str]:
        """Return the numbers of a headline as the page shows them.

        Two digits of the difference, or of what is uncertain about it where that is more, set the decimals.  Where the
        levels and the difference, as rounded, would not add up, there is one less or are up to three.  Where that does
        not help either, the changed level is shown as the other two make it, one off in its last digit.  `before` and
        `change` are for a sentence in which the unit stands once, behind the changed level, where it can.
        """
        if any(headline[key] is None for key in PARTS):
            return dict.fromkeys((*PARTS, "before", "change"), UNDEFINED)
        parts = {key: headline[key] * self.scale(unit) for key in PARTS}
        decimals = self.find_decimals(headline, unit)
        if not is_sum_shown(parts, decimals):
            parts["yours"] = round(parts["baseline"], decimals) + round(parts["difference"], decimals)
        found = {key: self.number(value, decimals, key not in LEVELS) for key, value in parts.items()}
        bare = {"before": found["baseline"], "change": found["difference"]}
        found |= {key: self.quantity(found[key], unit) for key in LEVELS}
        found["difference"] = self.quantity(found["difference"], unit, "difference")
        once = unit != "share" and str(self.words["units"].get(unit, {}).get("value", "{n}")).startswith("{n}")
        return found | (bare if once else {"before": found["baseline"], "change": found["difference"]})

    def find_decimals(self, headline: Mapping[str, Any], unit: str) -> int:
        """Return the decimals of a headline's numbers: two digits, one if that adds up and says enough, or more."""
        if any(headline[key] is None for key in PARTS):
            return 0
        parts = {key: headline[key] * self.scale(unit) for key in PARTS}
        size = max(abs(parts["difference"]), (parts["high"] - parts["low"]) / 3)
        least = count_decimals(size) if size > 0 else 1
        fewer = [least - 1] if abs(parts["difference"]) * 10.0 ** (least - 1) >= ENOUGH and least > 0 else []
        tried = [least, *fewer, *range(least + 1, MOST_DECIMALS + 1)]
        return next((n for n in tried if is_sum_shown(parts, n)), least)

    def find_table_decimals(self, fan: Mapping[str, Any], unit: str) -> int:
        """Return the decimals of a table by year, set by the baseline's fan, as on the page."""
        wide = [high - low for low, high in zip(fan["q05"], fan["q95"], strict=True) if low is not None]
        size = max([*wide, *(abs(v) / 20 for v in fan["mean"] if v is not None)], default=0.0) / 3
        return count_decimals(size * self.scale(unit)) if size > 0 else 1

    def leave(self, total: float, parts: Sequence[Mapping[str, Any]], unit: str, decimals: int) -> str:
        """Return what shown contributions leave of the shown whole."""
        shown = [round(value * self.scale(unit), decimals) for value in (total, *(part["value"] for part in parts))]
        return self.number(shown[0] - sum(shown[1:]), decimals, True)

    def plain(self, value: float | None, unit: str, decimals: int, signed: bool = False) -> str:
        """Return a number of a table, whose heading has the unit."""
        return UNDEFINED if value is None else self.number(value * self.scale(unit), decimals, signed)

    def note(self, note: Mapping[str, Any]) -> str:
        """Return the sentence of something that has no effect."""
        names = ", ".join(self.name_lever(lever["key"]) for lever in note["levers"])
        values = {
            key: self.number(note[key], 0 if float(note[key]).is_integer() else 2) for key in note if key in SIZES
        }
        return fill(str(self.words["notes"][note["template"]]), {"lever": names, **values})

    def reason(self, sentence: Mapping[str, Any]) -> str:
        """Return a sentence of why, from its counts."""
        pattern = self.words["why"][sentence["template"]]
        values, share = dict(sentence["values"]), sentence["unit"] == "share"
        change = values["change"]
        form = pattern["fewer" if change < 0 else "more" if change > 0 else "same"]
        texts = {key: self._count(abs(v), share and key != "of") for key, v in values.items() if key != "year"}
        return fill(form, texts | {"year": values["year"]})

    def _count(self, value: float, share: bool) -> str:
        shown = value * 100 if share else float(f"{value:.3g}") if value >= 1000 else value
        return self.number(shown, 1 if shown < 10 and shown % 1 else 0)


SIZES = ("value", "enough", "months", "has")
"""Numbers of a note."""


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Fill the holes of a text."""
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text


def count_decimals(size: float) -> int:
    """Return the decimals with which a size has two digits, at most three."""
    return min(MOST_DECIMALS, max(0, 1 - math.floor(math.log10(size) + 1e-9)))


def is_sum_shown(parts: Mapping[str, float], decimals: int) -> bool:
    """Tell whether the baseline and the difference, as rounded, give the changed scenario's value as rounded."""
    baseline, yours, difference = (round(parts[key], decimals) for key in (*LEVELS, "difference"))
    return abs(baseline + difference - yours) < 0.5 * 10.0**-decimals
