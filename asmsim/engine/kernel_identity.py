"""Which model this is: an id of the compiled month that no word changes.

It names the folder of compiled kernels and stands in the id of every run.  This module does without the compiler, so
that a driver which simulates nothing need not load it.
"""

from functools import cache

from asmsim.config.syntax import Sources, syntax_id

ENTRIES = (
    "asmsim.model.month:run_months",
    *(
        f"asmsim.model.agents.by_hand:{name}"
        for name in ("admit_miner", "dismiss_miner", "found_enterprise", "wind_up_enterprise")
    ),
    # what they are compiled for: columns, handles, outcomes, and the compiler's options
    "asmsim.model.state:TABLES",
    "asmsim.model.state:OFFERS",
    "asmsim.model.tallies:TALLIES",
    "asmsim.model.tallies:FLOWS",
    "asmsim.model.tallies:LEDGER",
    "asmsim.model.handles:H",
    "asmsim.model.outcomes:O",
    "asmsim.engine.compile:OPTIONS",
    "asmsim.engine.compile:INNER",
)
"""Every entry point that is compiled; a test keeps the list whole."""


def is_compiled(module: str) -> bool:
    """Whether a kernel may use what a module defines; the wrappers of the compiler count by name."""
    return module.startswith(("asmsim.engine.", "asmsim.model.")) and module != "asmsim.engine.compile"


def kernel_id_of(sources: Sources) -> str:
    """Hash of the syntax trees of everything that is compiled."""
    options = syntax_id(ENTRIES[-2:], lambda _: True, sources)
    return syntax_id([*ENTRIES[:-2]], is_compiled, sources, texts=False)[:12] + options[:4]


@cache
def kernel_id() -> str:
    """16 hexadecimal digits that name the model: the same for the same rules, however they are worded."""
    return kernel_id_of(Sources())
