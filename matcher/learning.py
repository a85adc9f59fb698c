"""Learning from what was judged here: a new combination of signals, compared with the one in use before it is taken.

The judgements of this register are learned beside the project's own judged set, so that a few of them bend the
combination and don't break it. A judgement is of what was shown, and what stands high in a list is looked at more:
each pair weighs as the inverse of how likely its place was looked at (Joachims, Swaminathan and Schnabel 2017,
"Unbiased learning-to-rank with biased feedback"), within bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from config.errors import UnavailableError
from matcher import fitting
from matcher.fitting import Pairs
from matcher.ranking import Numbers, Ranker
from matcher.signals import SIGNALS
from register import judgements, matches
from register.database import Register
from register.models import Judgement

HERE = 20_000
"""Numbers of this register's enterprises begin here (above those of hard pairs, which are no whole lists either)."""
LEAST, LEAST_EACH = 30, 5
"""Judgements that are needed, and so many each of what was worth a look and what was not."""
COUNTS = 3.0
"""A judgement of this register counts so many times one of the project's own set."""
STEEPNESS, MOST = 0.5, 4.0
"""How fast looking falls with the place (place to this negative power), and the largest weight for it."""
LATER = 0.3
"""Share of the judgements, the last ones, that test what was learned from the earlier ones."""


@dataclass(frozen=True)
class Said:
    """Judgements with the signals that they were made on, in the order of their time."""

    pairs: Pairs
    at: tuple[datetime, ...]
    enterprises: tuple[str, ...]
    """Ids; `pairs.enterprise` - HERE is their number."""

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True)
class Comparison:
    """One ranker on judgements that it has not learned from. right_order: share of the pairs of a worthy and an
    unworthy lot of one enterprise whose order is right; brier: mean squared error of the told probability.
    """

    right_order: float
    brier: float


@dataclass(frozen=True)
class Trial:
    """What was learned, beside what is in use, both on enterprises left out and on the latest judgements."""

    ranker: Ranker
    judged: int
    enterprises: int
    new: Mapping[str, Comparison]
    """By how it was tested: `other enterprises`, `later`."""
    now: Mapping[str, Comparison]

    @property
    def better(self) -> bool:
        """Nowhere worse in the order or in the probabilities, and somewhere better."""
        gains = [self.new[test].right_order - self.now[test].right_order for test in self.new]
        gains += [self.now[test].brier - self.new[test].brier for test in self.new]
        return min(gains) >= 0 and max(gains) > 0


def said(register: Register) -> Said:
    """All judgements that tell something of the combination: not those for want of time."""
    found = [one for one in judgements.of(register) if one.reason != "no_time"]
    known: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    rows: list[tuple[Judgement, list[float]]] = []
    for one in found:
        key = (one.enterprise, one.notice)
        if key not in known:
            known[key] = {
                match.lot: {signal.name: signal.value for signal in match.signals}
                for match in matches.between(register, *key)
            }
        values = known[key].get(one.lot)
        if values and set(values) == set(SIGNALS):
            rows.append((one, [values[name] for name in SIGNALS]))
    enterprises = tuple(dict.fromkeys(one.enterprise for one, _ in rows))
    number = {name: HERE + n for n, name in enumerate(enterprises)}
    graded = [grades(one) for one, _ in rows]
    pairs = Pairs(
        signals=np.asarray([values for _, values in rows], dtype=np.float32).reshape(-1, len(SIGNALS)),
        work=np.asarray([work for work, _ in graded], dtype=int),
        grade=np.asarray([grade for _, grade in graded], dtype=int),
        enterprise=np.asarray([number[one.enterprise] for one, _ in rows], dtype=int),
        form=np.zeros(len(rows), dtype=int),
        weight=np.asarray([COUNTS * looked_at(one.place) for one, _ in rows]),
    )
    return Said(pairs, tuple(one.at for one, _ in rows), enterprises)


def grades(one: Judgement) -> tuple[int, int]:
    """(work, grade) as in the project's own judged set."""
    if one.answer == "yes":
        return 3, 3
    if one.answer == "maybe":
        return 2, 2
    if one.reason == "wrong_work":
        return 0, 0
    # Too far, too big and a missing permit leave the work right; without a reason nobody knows what was wrong.
    return (3, 1) if one.reason else (fitting.UNKNOWN, 0)


def looked_at(place: int | None) -> float:
    """The weight of a judgement for the place that the lot had in the list."""
    return 1.0 if place is None else min(place**STEEPNESS, MOST)


def enough(own: Said) -> None:
    """Raises UnavailableError where there are too few judgements to learn from."""
    worthy = int((own.pairs.grade >= 2).sum())
    if len(own) < LEAST or min(worthy, len(own) - worthy) < LEAST_EACH:
        raise UnavailableError(
            f"{len(own)} judgements ({worthy} of them worth a look) are too few to learn from: at least {LEAST}, and "
            f"{LEAST_EACH} of each, are needed. Judge more: anbudslots matches judge --help"
        )


def trial(own: Said, base: Pairs, now: Ranker) -> Trial:
    """Learn from judgements beside the project's own pairs, and compare with the ranker in use."""
    tests = {"later": [split_by_time(own)]}
    if len(own.enterprises) > 1:
        folds = GroupKFold(n_splits=min(5, len(own.enterprises)))
        tests["other enterprises"] = list(folds.split(own.pairs.signals, groups=own.pairs.enterprise))
    new, old = {}, {}
    for name, parts in tests.items():
        scores, chances = np.zeros(len(own)), np.zeros(len(own))
        tested = np.concatenate([test for _, test in parts])
        for train, test in parts:
            learned, _ = fitting.fit(fitting.both(base, fitting.rows(own.pairs, train)))
            scores[test] = learned.scores(own.pairs.signals[test])
            chances[test] = learned.probabilities(scores[test])
        mine = fitting.rows(own.pairs, tested)
        new[name] = compare(mine, scores[tested], chances[tested])
        used = now.scores(mine.signals)
        old[name] = compare(mine, used, now.probabilities(used))
    ranker, _ = fitting.fit(fitting.both(base, own.pairs))
    return Trial(ranker, len(own), len(own.enterprises), new, old)


def split_by_time(own: Said) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows to learn from, and the latest ones to test on."""
    order = np.asarray(sorted(range(len(own)), key=lambda row: own.at[row]), dtype=np.intp)
    cut = len(order) - max(1, round(LATER * len(order)))
    return order[:cut], order[cut:]


def compare(pairs: Pairs, scores: Numbers, chances: Numbers) -> Comparison:
    """Of scores and probabilities for judged pairs."""
    worthy = pairs.grade >= 2
    right = all_ = 0.0
    for enterprise in np.unique(pairs.enterprise):
        inside = pairs.enterprise == enterprise
        gaps = scores[inside & worthy][:, None] - scores[inside & ~worthy][None, :]
        right += float((gaps > 0).sum() + 0.5 * (gaps == 0).sum())
        all_ += gaps.size
    return Comparison(right / all_ if all_ else 1.0, float(np.mean((chances - worthy) ** 2)))


def figures(found: Trial) -> dict[str, object]:
    """A trial's figures, for the register."""

    def row(tests: Mapping[str, Comparison]) -> dict[str, dict[str, float]]:
        return {name: {"right_order": round(c.right_order, 4), "brier": round(c.brier, 4)} for name, c in tests.items()}

    return {"judged": found.judged, "enterprises": found.enterprises, "new": row(found.new), "in_use": row(found.now)}
