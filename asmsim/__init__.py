"""asmsim: how artisanal and small-scale mining becomes formal, or fails to.

>>> import asmsim
>>> run = asmsim.run(asmsim.scenario("context=generic", "policy=minimal_law", "context.end=2006-12"), seeds=2)
>>> run.series().columns[:3]
['seed', 'month', 'miners']

The public names stand in `__init__.pyi`; each is loaded when it is first used, so that `import asmsim` costs nothing.
"""

import os

import lazy_loader

if os.name != "posix":
    raise ImportError("asmsim runs on Linux and macOS; on Windows, install it within WSL (Windows Subsystem for Linux)")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
