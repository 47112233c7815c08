"""Many runs: designs, execution, store, results.

>>> import asmsim
>>> results = asmsim.sweep("legalisation=none,gradual", "context=generic", seeds=8)  # doctest: +SKIP
>>> results.table("summary").collect()  # doctest: +SKIP

The room is also the function that it is for: a module's attributes are set when it is imported, so a
function `asmsim.sweep` would be hidden by the package of that name.  Therefore the package can be called.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asmsim.sweep.results import Results


class _Room(ModuleType):
    def __call__(self, *overrides: str, **options: Any) -> "Results":
        """`asmsim.sweep.api.sweep`."""
        from asmsim.sweep.api import sweep

        return sweep(*overrides, **options)


sys.modules[__name__].__class__ = _Room
