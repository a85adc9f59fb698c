"""Counts of what was found and missed, and how sure their F1 is.

Intervals are percentile intervals over resampled items (Efron 1979): a passage or document is drawn whole, with all its
flags.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Interval = tuple[float, float]
BOOTSTRAP = 1000
SEED = 20261126


@dataclass
class Score:
    """Counts of true and false positives and of misses."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 1 where nothing was flagged."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """TP / (TP + FN); 1 where nothing was to be found."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def n(self) -> int:
        """Support: how many there were to be found."""
        return self.tp + self.fn

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else 1.0


def f1_intervals(counts: npt.NDArray[np.int64], names: Sequence[str], seed: int = SEED) -> dict[str, Interval]:
    """95 % intervals of F1 over resampled items, by class, and of "micro" and "macro".

    counts: shape (items, classes, 3): true positives, false positives, misses; names: of the classes. A resample in
    which a class neither occurs nor is flagged says nothing of it; a class of which none says anything is left out.
    """
    items = len(counts)
    if not items:
        return {}
    # How often each item is drawn, instead of the draws themselves: a resample is then one row of a product.
    drawn = np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=BOOTSTRAP)
    tp, fp, fn = (drawn @ counts[:, :, part] for part in range(3))
    f1 = _f1(tp, fp, fn)
    known = ~np.isnan(f1)
    columns = {name: f1[:, column] for column, name in enumerate(names)}
    columns["micro"] = _f1(tp.sum(axis=1), fp.sum(axis=1), fn.sum(axis=1))
    columns["macro"] = np.where(known, f1, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    columns["macro"][~known.any(axis=1)] = np.nan
    found: dict[str, Interval] = {}
    for name, values in columns.items():
        said = values[~np.isnan(values)]
        if len(said):
            low, high = np.percentile(said, [2.5, 97.5])
            found[name] = float(low), float(high)
    return found


def _f1(tp: npt.NDArray[np.int64], fp: npt.NDArray[np.int64], fn: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """F1 where there is any, else NaN."""
    total = 2 * tp + fp + fn
    return np.where(total > 0, 2 * tp / np.maximum(total, 1), np.nan)
