"""Ours against others, measured in one run: start with ``python -m benchmarks``."""
