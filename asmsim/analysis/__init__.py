"""What runs mean: summaries, paired comparisons, attribution, sensitivity, figures, reports.

Its three main names are `paired.compare` (policies on the same seeds), `summary.summary` (12-month means at the dates
that matter) and `export.write` (a results folder with its report).  It may import every package but `cli` and `extension`.
"""
