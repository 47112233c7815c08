"""What an extension of one's own is made from: levers, outcomes, designs, without editing this package.

Its three main names are `lever` (a class decorator), `outcome` and `design` (function decorators); the rest is what such
classes and functions are written with.  A module that uses them is a plugin: name it with `asmsim --plugins FILE.py`, load
it with `load_plugin`, or install it with an entry point in the group `asmsim.plugins`.  It may also set `CONFIG_DIR` (a
folder with contexts, policies, options of levers) and `EXPERIMENTS` (a folder of experiments).
"""

from asmsim.config.errors import ConfigError
from asmsim.config.plugins import design, load_plugin
from asmsim.config.schema import field
from asmsim.model.handles import H
from asmsim.model.levers.base import Expectation, Funder, Lever, lever
from asmsim.model.own_outcomes import Agents, outcome
from asmsim.model.plan import Floats, Grid, Write

__all__ = [
    "Agents",
    "ConfigError",
    "Expectation",
    "Floats",
    "Funder",
    "Grid",
    "H",
    "Lever",
    "Write",
    "design",
    "field",
    "lever",
    "load_plugin",
    "outcome",
]
