"""Run all benchmarks and print their figures, ours beside the bare way, with peak memory."""

import resource
import sys

from benchmarks import crawling, encoding, judging, matching, parsing, screening, searching, sending


def main() -> int:
    """Print a line for each figure."""
    print(f"{'figure':28} {'ours':>12} {'bare':>12} {'ratio':>8}  unit")
    for benchmark in (parsing, crawling, screening, encoding, matching, judging, searching, sending):
        for figure in benchmark.run():
            print(f"{figure.name:28} {figure.ours:12.1f} {figure.bare:12.1f} {figure.ratio:8.3f}  {figure.unit}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory {peak} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
