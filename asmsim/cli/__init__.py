"""The command line: one module a group of commands, which read what was typed and print what was found.

Its three main names are `app.main` (the entry point), `options` (what several commands take alike) and `terminal` (how
findings, tables and progress are printed).  It may import every other package; each command imports what it needs when it
runs, so that `asmsim --help` is instant.  No other package imports it.
"""

from asmsim.cli.app import app, main

__all__ = ["app", "main"]
