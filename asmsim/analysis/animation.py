"""The map of a run as an animation for talks: licensed share, stigma and mercury of every district, month by month."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from asmsim.analysis.figures import INK, foot_of_run, name_run
from asmsim.analysis.style import apply_style, fit_label, make_figure, put_source
from asmsim.config.errors import ConfigError
from asmsim.model.pathway import trailing_mean
from asmsim.model.simulate import PLACE_OUTCOMES
from asmsim.sweeps.replicates import Replicates
from asmsim.sweeps.store.targets import check_file, whole_file

KINDS = (".gif", ".mp4")
STEP, RATE = 3, 6
"""Months from one frame to the next, and frames a second."""
PANELS = (("licensed_share", "Licensed, % of miners", 100.0), ("stigma", "Stigma, 0 to 1", 1.0),
          ("mercury_kg", "Mercury, kg a month", 1.0))  # fmt: skip


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
        with writer.saving(figure, str(work), dpi=80):
            for t in list_frames(run):
                draw(t)
                writer.grab_frame()
                advance(1)


def draw_map(run: Replicates) -> tuple[Any, Callable[[int], None]]:
    """A figure, and a function that shows a month in it."""
    world = run.scenario.world
    places = trailing_mean(run.places)
    miners = places[:, PLACE_OUTCOMES.index("miners")]
    sizes = 4 + 200 * miners / max(1.0, float(miners.max()))
    figure = make_figure(12, 3.4)
    dots, values = [], []
    for axes, (outcome, title, factor) in zip(figure.subplots(1, len(PANELS), sharey=True), PANELS, strict=True):
        shown = factor * places[:, PLACE_OUTCOMES.index(outcome)]
        alive = shown[miners > 0]
        top = max(1e-9, float(np.quantile(alive, 0.99)) if len(alive) else 1.0)
        drawn = axes.scatter(
            world.lon, world.lat, s=sizes[0], c=shown[0], cmap="Blues", vmin=0, vmax=top, edgecolor=INK, lw=0.5
        )
        axes.set_title(title, fontsize=10)
        axes.set_aspect(1 / max(0.2, float(np.cos(np.radians(world.lat.mean())))))
        axes.tick_params(labelsize=7)
        figure.colorbar(drawn, ax=axes, shrink=0.8, extend="max" if shown.max() > top * 1.0001 else "neither")
        dots.append(drawn)
        values.append(shown)
    date = figure.suptitle("", x=0.01, ha="left", fontsize=12)
    put_source(figure, foot_of_run(run, "means over seeds and 12 months; area of a dot = people who mine", bands=""))

    def draw(t: int) -> None:
        date.set_text(f"{fit_label(name_run(run), 120)}. {run.months[t]}")
        for drawn, shown in zip(dots, values, strict=True):
            drawn.set_sizes(sizes[t])
            drawn.set_array(shown[t])

    return figure, draw
