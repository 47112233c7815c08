"""How the runs of a sweep are made: which runs make which chunk, who runs them, what happens when a worker dies.

Its three main names are `driver.Driver` (hands out chunks and survives), `worker.run_chunk` (what one worker does) and
`schedule.Schedule` (which runs there are, in which order).  How a sweep is executed never changes what it finds.
"""
