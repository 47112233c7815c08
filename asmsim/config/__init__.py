"""What a run is, as data: composed from named files, checked, and safe to receive from a stranger.

Its three main names are `compose.compose` (from what a user types to one plain mapping), `schema.field` (a configured
number with unit, bounds and source) and `errors.ConfigError` (the user's mistakes, each with its remedy).  It knows nothing
of the model and imports no other package of asmsim.
"""
