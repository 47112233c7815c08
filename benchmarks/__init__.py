"""Speed and memory, judged by ratios that hold on any machine; absolute times are printed: `python -m benchmarks [--quick] [--only NAME]`."""
