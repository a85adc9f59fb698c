"""The figures of the project, as ratios within one run: `make bench` (python -m benchmarks)."""
