"""The levers of policy, one small class each, grouped by ingredient; importing this package makes all of them known.

Its three main names are `Lever` (a dose, what it plans, what it costs), `lever` (the decorator that makes it known) and
`all_levers`.  `market.BuyingCentres` is the exemplar.  A lever writes handles through the plan and can touch no outcome; it
may import `plan`, `handles` and `config`, and nothing that is compiled imports it.
"""

from importlib import import_module
from pkgutil import iter_modules

from asmsim.config.plugins import load_plugins
from asmsim.model.levers.base import REGISTRY, Expectation, Lever, all_levers, lever

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

INGREDIENTS = ("legalisation", "governance", "rights", "knowledge", "market", "donor", "enforcement")

load_plugins()

__all__ = ["INGREDIENTS", "REGISTRY", "Expectation", "Lever", "all_levers", "lever"]
