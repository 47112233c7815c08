"""Data that the package carries: evidence and starters."""
