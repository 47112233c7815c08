"""The map of a run as an animation for talks: licensed share, stigma and mercury of every district, month by month."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asmsim.analysis.figures import INK, foot_of_run, is_real, name_run
from asmsim.analysis.outlines import find_outline
from asmsim.analysis.style import apply_style, fit_label, fit_text, make_figure
from asmsim.config.errors import ConfigError
from asmsim.config.language import mark, tr
from asmsim.model.pathway import trailing_mean
from asmsim.model.simulate import PLACE_OUTCOMES
from asmsim.sweeps.replicates import Replicates
from asmsim.sweeps.store.targets import check_file, whole_file

KINDS = (".gif", ".mp4")
STEP, RATE = 3, 6
"""Months from one frame to the next, and frames a second."""
PANELS = (("licensed_share", mark("Licensed, % of miners"), 100.0), ("stigma", mark("Stigma, 0 to 1"), 1.0),
          ("mercury_kg", mark("Mercury, kg a month"), 1.0))  # fmt: skip
SIZE, DPI = (16.0, 9.0), 120
"""Inches and dots an inch: 1920 x 1080, as slides have it."""
HEAD, TITLE, SMALL = 26, 19, 13
"""Sizes of letters that can be read from the back of a room."""


def check_animation(path: Path) -> None:
    """Refuse what cannot be written, before any run.

    Raises
    ------
    ConfigError
        Neither .gif nor .mp4, a file that is there already, or no program that writes MP4.
    """
    from matplotlib.animation import FFMpegWriter

    check_file(path, "--animation", KINDS)
    if path.suffix == ".mp4" and not FFMpegWriter.isAvailable():
        raise ConfigError(f"--animation {path}: MP4 needs the program ffmpeg; write a .gif, or install ffmpeg")


def list_frames(run: Replicates) -> list[int]:
    """Indices of the months that are shown; the last one among them."""
    last = len(run.months) - 1
    return [t for t in range(last, -1, -STEP) if t >= min(11, last)][::-1]


def write_animation(run: Replicates, path: Path, advance: Callable[[int], None] = lambda _: None) -> None:
    """Write the animation; means over runs and the twelve months up to each date; area of a dot = people who mine.

    Raises
    ------
    ConfigError
        As `check_animation`.
    """
    from matplotlib.animation import FFMpegWriter, PillowWriter

    check_animation(path)
    writer = (PillowWriter if path.suffix == ".gif" else FFMpegWriter)(fps=RATE)
    with apply_style(), whole_file(path) as work:
        figure, draw = draw_map(run)
        with writer.saving(figure, str(work), dpi=DPI):
            for t in list_frames(run):
                draw(t)
                writer.grab_frame()
                advance(1)


def draw_map(run: Replicates) -> tuple[Any, Callable[[int], None]]:
    """A figure, and a function that shows a month in it."""
    world = run.scenario.world
    places = trailing_mean(run.places)
    miners = places[:, PLACE_OUTCOMES.index("miners")]
    shares = miners / max(1.0, float(miners.max()))
    figure = make_figure(*SIZE)
    large, *small = (figure.add_subplot(grid) for grid in _lay_out(figure))
    outline = find_outline(run.scenario.context.title, world.lon, world.lat) if is_real(run) else ()
    dots, values = [], []
    for axes, (outcome, title, factor) in zip((large, *small), PANELS, strict=True):
        shown = factor * places[:, PLACE_OUTCOMES.index(outcome)]
        alive = shown[miners > 0]
        top = max(1e-9, float(np.quantile(alive, 0.99)) if len(alive) else 1.0)
        for ring in outline:
            axes.plot(*ring.T, color="#b5b5b5", lw=1.2, zorder=0)
        drawn = axes.scatter(
            world.lon, world.lat, s=12, c=shown[0], cmap="Blues", vmin=0, vmax=top, edgecolor=INK, lw=0.7
        )
        axes.set_title(tr(title), fontsize=TITLE)
        axes.set_aspect(1 / max(0.2, float(np.cos(np.radians(world.lat.mean())))))
        axes.grid(False)
        axes.set(xticks=[], yticks=[], frame_on=False)
        bar = figure.colorbar(drawn, ax=axes, shrink=0.8, extend="max" if shown.max() > top * 1.0001 else "neither")
        bar.ax.tick_params(labelsize=SMALL)
        dots.append(drawn)
        values.append(shown)
    date = figure.suptitle("", x=0.01, ha="left", fontsize=HEAD)
    foot = tr("means over seeds and 12 months; area of a dot = people who mine")
    figure.supxlabel(
        fit_text(foot_of_run(run, foot, bands=""), 200, 2), fontsize=SMALL, color="#555555", x=0.01, ha="left"
    )

    def draw(t: int) -> None:
        date.set_text(f"{fit_label(name_run(run), 70)}. {run.months[t]}")
        for k, (drawn, shown) in enumerate(zip(dots, values, strict=True)):
            drawn.set_sizes(12 + (1500 if k == 0 else 500) * shares[t])
            drawn.set_array(shown[t])

    return figure, draw


def _lay_out(figure: Any) -> Sequence[Any]:
    """A large place on the left, and two small ones on the right."""
    grid = figure.add_gridspec(2, 2, width_ratios=(2, 1))
    return grid[:, 0], grid[0, 1], grid[1, 1]
