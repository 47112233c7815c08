"""The what-if page: a room moves a lever and sees what changes, how sure it is, and why.

`server` answers a browser on this machine; `pairing` runs the baseline and the changed scenario on the same draws and
seeds; `reasons` says what made the difference; `exported` writes the table and the report.  The page keeps its own
state and its history of changes, so that every request stands alone.  The main names are `Preset`, `Engine` and
`make_app`.  This package may import `analysis` and all below it.
"""
