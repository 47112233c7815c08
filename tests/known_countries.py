"""Writes what new countries are held beside: `python -m tests.known_countries` after a shipped context has changed."""

from pathlib import Path

from asmsim.config.groups import list_options
from asmsim.model.plan_checks import tabulate_known
from asmsim.model.scenarios import scenario

FILE = Path(__file__).parent.parent / "asmsim" / "data" / "known_countries.csv"


def make_table() -> str:
    """The table as it ought to be."""
    return tabulate_known(scenario(f"context={name}") for name in list_options("context") if name != "trial")


if __name__ == "__main__":
    FILE.write_text(make_table(), encoding="utf-8")
