"""One style for every figure: colours that survive greyscale, units, source line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

REFERENCE, MAIN, PIN_A, PIN_B = "#767676", "#003d80", "#c04a00", "#000000"
COLOURS = (MAIN, PIN_A, "#3a7d44", PIN_B, "#7b4fa3")
LAYERS = ("#003d80", "#c9a227", "#9db4c0", "#5c2a0d", "#e9e4d4")
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
    "svg.fonttype": "none",
    "svg.hashsalt": "asmsim",
    "figure.constrained_layout.use": True,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with the house style."""
    import matplotlib

    with matplotlib.rc_context(RC):  # type: ignore[arg-type]
        yield


def new_figure(width: float, height: float) -> Any:
    """A figure without pyplot, whose import would cost half a second."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def source_line(figure: Any, text: str) -> None:
    """Small print at the foot: what it is, how many seeds, which version."""
    figure.supxlabel(text, fontsize=7.5, color="#555555", x=0.01, ha="left")
