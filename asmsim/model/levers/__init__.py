"""The levers of policy, by ingredient.  Importing this package makes all of them known."""

from importlib import import_module
from pkgutil import iter_modules

from asmsim.config.plugins import load_plugins
from asmsim.model.levers.base import REGISTRY, Expectation, Lever, all_levers, lever

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

INGREDIENTS = ("legalisation", "governance", "rights", "knowledge", "market", "donor", "enforcement")

load_plugins()

__all__ = ["INGREDIENTS", "REGISTRY", "Expectation", "Lever", "all_levers", "lever"]
