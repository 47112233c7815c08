"""One style for every figure: what tells lines and layers apart survives greyscale, units, source line."""

import io
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asmsim.config.characters import show_controls

REFERENCE, MAIN = "#000000", "#003d80"
# Policies beside the reference: colour and dashes, so that a photocopy can be read.
LINES: tuple[tuple[str, Any], ...] = (
    (MAIN, "-"),
    ("#d1600a", (0, (1, 1))),
    ("#3a8f4d", (0, (7, 1.5, 1.5, 1.5))),
    ("#8d5fb0", (0, (3, 1, 1, 1, 1, 1))),
    ("#b3367a", (0, (9, 3))),
)
COLOURS = tuple(colour for colour, _ in LINES)
REFERENCE_DASHES = (0, (4, 2))
# Stacked layers from below: steps of lightness, and hatches on those between dark and pale.
LAYERS: tuple[tuple[str, str], ...] = (("#003d80", ""), ("#f0c75e", "////"), ("#8fa9b8", "...."), ("#f1ece2", ""))
FUNDERS: dict[str, tuple[str, str]] = {
    "donor": ("#003d80", ""),
    "government": ("#f0c75e", "////"),
    "market": ("#dfe8ec", "...."),
}
RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # journals want fonts as such
    "svg.hashsalt": "asmsim",
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # a dollar in a name is a dollar
}


HEADING_LINES, SOURCE_LINES, MOST_LETTERS = 3, 6, 60
"""Lines of texts, and letters of a label, at most: names come from users, and figures have a size."""


@contextmanager
def apply_style() -> Iterator[None]:
    """Draw with the house style; letters that its font does not have are drawn as boxes, without a word."""
    import matplotlib

    with matplotlib.rc_context(RC), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def fit_text(text: str, letters: int, lines: int) -> str:
    """Return a text in at most so many lines of so many letters, without characters that break a figure."""
    return textwrap.fill(show_controls(text), letters, max_lines=lines, placeholder=" ...")


def fit_label(text: str, letters: int = MOST_LETTERS) -> str:
    """Return a name in one line of at most so many letters."""
    line = " ".join(show_controls(text).split())
    return line if len(line) <= letters else f"{line[: letters - 3].rstrip()}..."


def draw_svg(figure: Any) -> str:
    """Return a figure as SVG that is well-formed whatever its texts hold."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return show_controls(buffer.getvalue())


def save_svg(figure: Any, path: Path) -> str:
    """Save a figure as SVG; returns its text."""
    text = draw_svg(figure)
    path.write_text(text, encoding="utf-8")
    return text


def make_figure(width: float, height: float) -> Any:
    """A figure without pyplot, whose import would cost half a second."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def put_heading(figure: Any, text: str, letters: int) -> None:
    """What the figure shows, at its top, in lines of so many letters."""
    figure.suptitle(fit_text(text, letters, HEADING_LINES), x=0.01, ha="left", fontsize=11, color="#333333")


def put_headed_legend(figure: Any, text: str, handles: Any, labels: Any, letters: int, **more: Any) -> None:
    """A legend at the top whose title says what the figure shows."""
    legend = figure.legend(
        handles, [fit_label(label) for label in labels], loc="outside upper left", title=fit_text(text, letters, HEADING_LINES),
        title_fontsize=11, alignment="left", fontsize=10, **more,
    )  # fmt: skip
    legend.get_title().set_color("#333333")


def put_source(figure: Any, text: str) -> None:
    """Small print at the foot: what it is, how many seeds, which version."""
    letters = int(figure.get_figwidth() * 17)
    figure.supxlabel(fit_text(text, letters, SOURCE_LINES), fontsize=7.5, color="#555555", x=0.01, ha="left")


def draw_gains(
    axes: Any, table: Any, along: str, by: str, factor: float, label: Any, tick: Any = "{:g}".format
) -> None:
    """Medians and 90 % intervals of a table of gains along one choice, a line for each value of another.

    Parameters
    ----------
    factor
        From the table's unit to the axis's.
    label, tick
        From a value of `by` to a legend's text, and from one of `along` to a tick's.
    """
    at = sorted(table[along].unique())
    for k, value in enumerate(sorted(table[by].unique())):
        mine = table.filter(table[by] == value).sort(along)
        low, middle, high = (factor * mine[column].to_numpy() for column in ("q05", "median", "q95"))
        places = [at.index(v) + 0.07 * k for v in mine[along]]
        axes.errorbar(
            places, middle, [middle - low, high - middle], fmt=("o-", "s--", "^:", "D-.")[k % 4], ms=4, lw=1.2,
            color=COLOURS[k % len(COLOURS)], label=label(value),
        )  # fmt: skip
    axes.set_xticks(range(len(at)), [tick(v) for v in at])
    axes.axhline(0, color="0.4", lw=0.8)
