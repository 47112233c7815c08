"""What makes a run fast and repeatable, whatever its rules say.

Its three main names are `columns.declare_table` (a kind of agent as typed columns), `compile.rule` and `compile.kernel`
(compiled functions with a cache that cannot go stale) and `rng.uniform` (a draw that depends on its key alone);
`views.ColumnModel` shows columns as Mesa agents.  It may import `config`.
"""
