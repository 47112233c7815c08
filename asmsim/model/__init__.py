"""One run: who exists, what they are given, what they do in a month, and what is reported of it.

Its three main names are `scenarios.scenario` (what is run), `simulate.simulate` (a whole run) and
`model.FormalisationModel` (the same run as a Mesa model).  `month.py` is the schedule, readable from top to bottom.  It
may import `engine` and `config`.
"""
