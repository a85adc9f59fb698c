"""What a benchmark gives back, and how it times."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure: ours beside a bare way of doing the same, in the same run."""

    name: str
    ours: float
    bare: float
    unit: str

    @property
    def ratio(self) -> float:
        """Ours in relation to the bare way."""
        return self.ours / self.bare if self.bare else float("nan")


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of several runs, in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
