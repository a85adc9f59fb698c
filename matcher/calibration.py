"""From a score to "of 100 such matches about N were judged worth a look", with what that rests on.

Isotonic regression (Zadrozny and Elkan 2002) on judged scores; the expected calibration error is that of Naeini, Cooper
and Hauskrecht (2015) with bins of equal numbers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from config.errors import KnowledgeError

Numbers = npt.NDArray[np.float64]
BINS = 10
STEPS = 41
"""Points at which the curve is kept; between them it is a straight line."""


@dataclass(frozen=True)
class Calibration:
    """A rising curve from score to probability. scores, chances: its points; judged: pairs that it was fitted on."""

    scores: tuple[float, ...]
    chances: tuple[float, ...]
    judged: int

    def probability(self, scores: npt.ArrayLike) -> Numbers:
        """How probable it is that a reader says "worth a look" (grade 2 or 3), for each score, 0..1."""
        return np.asarray(np.interp(np.asarray(scores, dtype=float), self.scores, self.chances))

    def to_row(self) -> dict[str, Any]:
        """For config/ranker.json."""
        return {
            "scores": [round(x, 5) for x in self.scores],
            "chances": [round(x, 5) for x in self.chances],
            "judged": self.judged,
        }


def from_row(row: Mapping[str, Any]) -> Calibration:
    """What `to_row` wrote. Raises KnowledgeError."""
    try:
        return Calibration(tuple(map(float, row["scores"])), tuple(map(float, row["chances"])), int(row["judged"]))
    except (KeyError, TypeError, ValueError) as error:
        raise KnowledgeError(f"config/ranker.json, calibration: {error}. Run `make fit`.") from error


def fit(scores: Sequence[float] | Numbers, right: Sequence[bool] | npt.NDArray[np.bool_]) -> Calibration:
    """The curve of judged scores; each judged pair counts the same. Raises ValueError for none."""
    if len(scores) == 0:
        raise ValueError("there is nothing to calibrate on")
    curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    curve.fit(np.asarray(scores, dtype=float), np.asarray(right, dtype=float))
    at = np.linspace(0.0, 1.0, STEPS)
    return Calibration(tuple(map(float, at)), tuple(map(float, curve.predict(at))), len(scores))


@dataclass(frozen=True)
class Bin:
    """Pairs of like probability. chance: mean told; share: of them that were right."""

    count: int
    chance: float
    share: float


def reliability(chances: npt.ArrayLike, right: npt.ArrayLike, bins: int = BINS) -> list[Bin]:
    """Told against true in bins of equal numbers, lowest first."""
    told, true = np.asarray(chances, dtype=float), np.asarray(right, dtype=float)
    order = np.argsort(told, kind="stable")
    return [
        Bin(len(part), float(told[part].mean()), float(true[part].mean()))
        for part in np.array_split(order, max(1, min(bins, len(order))))
        if len(part)
    ]


def expected_error(chances: npt.ArrayLike, right: npt.ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error: mean distance of told from true over the bins, weighted by their numbers, 0..1."""
    found = reliability(chances, right, bins)
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.chance - one.share) for one in found) / total if total else 0.0


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    """The curve that comes with the shipped ranker (config/ranker.json)."""
    return from_row(
        json.loads(resources.files("config").joinpath("ranker.json").read_text(encoding="utf-8"))["calibration"]
    )
