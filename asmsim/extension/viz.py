"""The model in Mesa's own viewer: a map of districts beside its curves, stepped month by month.

Write a file with these lines and run it with `solara run FILE.py` (needs `pip install "asmsim[viz]"`):

    from asmsim.extension.viz import make_viewer
    page = make_viewer("context=generic policy=five_ingredients model.scale=100")
"""

from typing import Any

import numpy as np

from asmsim.analysis.style import fit_label
from asmsim.config.extras import require_extra
from asmsim.model.labels import find_label
from asmsim.model.model import HEADLINE, FormalisationModel


def draw_districts(model: FormalisationModel) -> Any:
    """Return a figure of the districts as they stand now: size = miners, shade = licensed share, a square = the capital."""
    from matplotlib.figure import Figure

    world, capital, places = model.scenario.world, model.scenario.context.capital, model.native.state.places
    people = model.native.scratch.tallies["recent"] * model.scenario.model.scale
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.subplots()
    shares = 100 * np.asarray(places["licensed_share"])
    dots = axes.scatter(
        world.lon, world.lat, s=5 + 250 * people / max(1.0, people.max()), c=shares, cmap="Blues", vmin=0,
        vmax=max(5.0, float(shares.max())), edgecolor="0.3", linewidth=0.5,
    )  # fmt: skip
    axes.plot(capital.lon, capital.lat, "s", color="black", ms=5)
    axes.set(xlabel="longitude, degrees", ylabel="latitude, degrees")
    axes.set_title(f"{fit_label(model.scenario.context.title)}, {model.date}", parse_math=False)
    figure.colorbar(dots, label=f"{find_label('licensed_share')}, %")
    return figure


def make_viewer(scenario: str, seed: int = 1) -> Any:
    """Return Mesa's viewer of a run: the map of districts and the headline outcomes.

    Raises
    ------
    ConfigError
        The extra `viz` is not installed, or the scenario cannot be run.
    """
    require_extra("solara", "the viewer")
    import solara
    from mesa.visualization import SolaraViz, make_plot_component
    from mesa.visualization.utils import update_counter

    @solara.component  # type: ignore[untyped-decorator]  # solara has no types
    def Districts(model: FormalisationModel) -> None:
        update_counter.get()
        solara.FigureMatplotlib(draw_districts(model))

    model = FormalisationModel(scenario, seed)
    plots = [make_plot_component(name) for name in HEADLINE]
    return SolaraViz(model, components=[Districts, *plots], name="asmsim")
