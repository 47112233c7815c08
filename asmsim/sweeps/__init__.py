"""Many runs: what is asked for, its execution, its store.

Its three main names are `api.sweep` (many scenarios on many seeds, `asmsim.sweep` for short), `replicates.replicate` (one
scenario on many seeds, in memory) and `store.results.Results` (what a sweep has found).  Three packages do the work:
`request` turns overrides and tables into points, `execute` runs them and survives what kills its workers, `store` keeps
what they give.  It may import `model`, `engine` and `config`.
"""
