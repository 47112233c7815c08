"""What happened, and how the model is held against it: levels, patterns, priors, fits, posteriors.

Its three main names are `patterns.Pattern` (an observed statistic with its band, as a file), `validation.judge_patterns`
and `posterior.draw_for` (draws of behaviour parameters as they hold in a scenario).  It may import `sweeps`, `model`,
`engine` and `config`.
"""
