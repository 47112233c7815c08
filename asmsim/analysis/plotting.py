"""One picture of what was run, for Python and notebooks: of a run, a comparison or a sweep."""

from collections.abc import Sequence
from typing import Any

from asmsim.analysis.figures import PANELS, Panel, draw_comparison, draw_run_panels
from asmsim.analysis.paired import Comparison
from asmsim.analysis.style import apply_style
from asmsim.analysis.sweep_plot import plot_sweep
from asmsim.config.errors import ConfigError, nearest
from asmsim.model.outcomes import O
from asmsim.sweeps.replicates import Replicates
from asmsim.sweeps.store.results import Results


def plot(
    done: Replicates | Comparison | Results, y: str | Sequence[str] = "", difference: bool = False, **options: Any
) -> Any:
    """A matplotlib figure, which notebooks show.

    Parameters
    ----------
    done
        What `run`, `compare`, `sweep` or `open_results` returned.
    y
        One outcome or several by name; of a run and a comparison by default who is licensed and what is sold officially, of a
        sweep the licensed share.
    difference
        Of a comparison: paired differences from the reference instead of values.
    options
        Of a sweep: `x`, `lines`, `panels`, `at` and `kind`, as `asmsim plot` has them.

    Raises
    ------
    ConfigError
        An unknown outcome, or an option that does not go with what was run.

    Examples
    --------
    >>> import asmsim
    >>> asmsim.plot(asmsim.run(["context=generic", "context.end=2006-12"], seeds=2), "miners")
    <Figure size 1100x420 with 1 Axes>
    """
    names = [y] if isinstance(y, str) and y else list(y)
    if isinstance(done, Results):
        if difference or len(names) > 1:
            raise ConfigError("plot: of a sweep one outcome is drawn, and no difference")
        return plot_sweep(done, y=names[0] if names else "licensed_share", **options)
    if options:
        raise ConfigError(f"plot: {', '.join(options)} goes with a sweep only")
    if difference and not isinstance(done, Comparison):
        raise ConfigError("plot: difference goes with a comparison only")
    panels = [find_panel(name) for name in names] or list(PANELS[:2])
    with apply_style():
        if isinstance(done, Comparison):
            return draw_comparison(done, difference, panels)
        return draw_run_panels(done, panels)


def find_panel(name: str) -> Panel:
    """Return how an outcome is drawn: as in the figures of a report, or with its own unit."""
    if name not in O.__members__:
        raise ConfigError(f"plot: no outcome {name!r}{nearest(name, O.__members__)}; asmsim show outcomes lists them")
    outcome = O[name]
    known = {panel.outcome: panel for panel in PANELS}
    share = outcome.unit == "share"
    own = Panel(
        outcome, 100 if share else 1, "%" if share else outcome.unit, "percentage points" if share else outcome.unit
    )
    return known.get(outcome, own)
