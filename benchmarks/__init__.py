"""Speed and memory, measured against targets: `python -m benchmarks [--quick] [--only NAME]`."""
