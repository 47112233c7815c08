"""asmsim: how artisanal and small-scale mining becomes formal, or fails to.

>>> import asmsim
>>> run = asmsim.run(asmsim.scenario("context=generic", "policy=minimal_law", "context.end=2006-12"), seeds=2)
>>> run.series().columns[:3]
['seed', 'month', 'miners']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asmsim.analysis.export import write
    from asmsim.analysis.paired import Comparison, compare
    from asmsim.config.errors import AsmsimError, ConfigError, ConservationError
    from asmsim.model.model import FormalisationModel
    from asmsim.model.scenario import Scenario
    from asmsim.model.scenarios import from_mapping, load, scenario, to_yaml
    from asmsim.sweep.replicates import Replicates
    from asmsim.sweep.replicates import replicate as run
    from asmsim.sweep.results import Results, open_results

# Names are loaded when they are first used: `import asmsim` costs nothing.
_WHERE = {
    "AsmsimError": "asmsim.config.errors",
    "Comparison": "asmsim.analysis.paired",
    "ConfigError": "asmsim.config.errors",
    "ConservationError": "asmsim.config.errors",
    "FormalisationModel": "asmsim.model.model",
    "Replicates": "asmsim.sweep.replicates",
    "Results": "asmsim.sweep.results",
    "Scenario": "asmsim.model.scenario",
    "compare": "asmsim.analysis.paired",
    "from_mapping": "asmsim.model.scenarios",
    "load": "asmsim.model.scenarios",
    "open_results": "asmsim.sweep.results",
    "run": "asmsim.evidence.posterior",
    "scenario": "asmsim.model.scenarios",
    "sweep": "asmsim.sweep.api",
    "to_yaml": "asmsim.model.scenarios",
    "write": "asmsim.analysis.export",
}
__all__ = [
    "AsmsimError",
    "Comparison",
    "ConfigError",
    "ConservationError",
    "FormalisationModel",
    "Replicates",
    "Results",
    "Scenario",
    "compare",
    "from_mapping",
    "load",
    "open_results",
    "run",
    "scenario",
    "sweep",
    "to_yaml",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'asmsim' has no attribute {name!r}")
    module, _, member = _WHERE[name].partition(":")
    return getattr(import_module(module), member or name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
