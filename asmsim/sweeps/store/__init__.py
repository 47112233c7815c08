"""Where the runs of a sweep are kept: Parquet parts that appear whole or not at all, an index of them, and results.

Its three main names are `results.Results` (lazy tables over a folder), `manifest.Manifest` (what the folder was made
for) and `parts.write_part`.  Nothing here knows of clocks: the same runs give the same bytes.
"""
