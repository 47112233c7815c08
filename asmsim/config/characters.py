"""Texts from users and files, made safe to show: what a terminal, an XML file or a spreadsheet would obey is shown instead."""

import re
from typing import TypeVar

CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # of which ESC begins what terminals obey; tabs and new lines are text
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # turn the direction of writing
    "\ud800-\udfff\ufffe\uffff]"  # no characters: half a pair, or what XML forbids
)
FORMULA = re.compile(r"[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]")
"""First characters by which a spreadsheet takes a cell for a formula; full-width ones among them."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
Text = TypeVar("Text", bound=str)


def show_controls(text: Text) -> Text | str:
    r"""Return a text in which control characters stand as `\x1b`; one without any is returned as it is."""
    return CONTROL.sub(_escape, text) if CONTROL.search(text) else text


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def protect_cell(text: str) -> str:
    """Return a cell's text with an apostrophe before what a spreadsheet would calculate; numbers stay numbers."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
