"""Signals to one score, in two steps that can be looked at: how surely the work fits, then whether to look at the lot.

Step one tells from what meaning, words, trades and codes say how probable each grade of work is (3 just this work, 2 a
part of it or work that could be started, 1 a neighbouring trade), whatever the place and size. Step two tells from
work, place, size and reservation how probable each grade of the gold sets is (3 should see it, 2 worth a look, 1 own
trade but out of reach). The score is the mean over the three grades, which is the expected grade / 3 and so what nDCG
with linear gains asks for. All models are logistic with signs that sense demands (matcher/logistic.py), fitted on the
project's own judged set; the coefficients lie in config/ranker.json with the command that fitted them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from config.errors import KnowledgeError
from matcher import calibration, logistic
from matcher.calibration import Calibration
from matcher.logistic import Logistic
from matcher.signals import SIGNALS

Matrix = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
GRADES = (1, 2, 3)
WORK: dict[str, int] = {
    "meaning": 1,
    "meaning_headline": 1,
    "meaning_could_start": 1,
    "meaning_lead": 1,
    "words": 1,
    "words_headline": 1,
    "trade": 1,
    "trade_share": 1,
    "codes": 1,
    "service": 1,
    "other_trade": -1,
    "never": -1,
    "meaning_headline*trade": 1,
    "meaning_headline*codes": 1,
    "meaning*trade_share": 1,
    "trade*codes": 1,
}
"""What step one looks at, products written with `*`: the sign that each coefficient has to keep."""
LOOK: dict[str, int] = {
    "work": 1,
    "work*place": 1,
    "work*size": 1,
    "work*place*size": 1,
    "work*opening": 1,
    "work*place*opening": 1,
    "work*work*place": 1,
    "work*work*place*size": 1,
    "work*partner": 1,
    "work*lasting": 1,
    "work*demands": -1,
}
"""What step two looks at, likewise."""
REFUSED = 0.7
"""How much of its work a lot loses that is just like those whose work the enterprise refused."""
NEVER = 0.5
"""How much a lot loses that is just what the enterprise says it never does, beside what was fitted: few of the judged
pairs are such, and its word is plain.
"""
C_WORK, C_LOOK = 1.0, 3.0
"""Inverse of the L2 penalties."""


def _columns(signals: Matrix, names: Sequence[str], extra: Mapping[str, Numbers]) -> Numbers:
    at: dict[str, Any] = {name: signals[:, number].astype(float) for number, name in enumerate(SIGNALS)} | dict(extra)
    columns = []
    for name in names:
        column = np.ones(len(signals))
        for part in name.split("*"):
            column = column * at[part]
        columns.append(column)
    return np.stack(columns, axis=1)


Steps = tuple[Logistic, ...]
"""For each of GRADES the model of "at least this grade"."""


@dataclass(frozen=True)
class Ranker:
    """The fitted combination."""

    version: str
    work_models: Steps
    look_models: Steps
    calibration: Calibration

    def work(self, signals: Matrix) -> Numbers:
        """How surely the kind of work fits, shape (lots,), 0..1: expected grade of work / 3."""
        return expected_work(self.work_models, signals)

    def scores(self, signals: Matrix) -> Numbers:
        """Score of each lot, shape (lots,), in 0..1."""
        return expected_look(self.look_models, signals, self.work(signals))

    def probabilities(self, scores: npt.ArrayLike) -> Numbers:
        """How probable it is that a reader says "worth a look", for scores."""
        return self.calibration.probability(scores)


def expected_work(models: Steps, signals: Matrix) -> Numbers:
    """Step one."""
    if not len(signals):
        return np.zeros(0)
    features = _columns(signals, list(WORK), {})
    expected = np.mean([model.probability(features) for model in models], axis=0)
    refused, never = (signals[:, list(SIGNALS).index(name)] for name in ("refused", "never"))
    return np.asarray(expected * (1 - REFUSED * refused) * (1 - NEVER * never))


def expected_look(models: Steps, signals: Matrix, work: Numbers) -> Numbers:
    """Step two."""
    if not len(signals):
        return np.zeros(0)
    features = _columns(signals, list(LOOK), {"work": work})
    return np.asarray(np.mean([model.probability(features) for model in models], axis=0))


def fit_work(signals: Matrix, grades: npt.NDArray[np.int_], weights: Numbers | None = None) -> Steps:
    """Step one on judged pairs. grades: of the work, 0..3."""
    features = _columns(signals, list(WORK), {})
    return tuple(logistic.fit(features, grades >= g, list(WORK.values()), C_WORK, weights) for g in GRADES)


def fit_look(signals: Matrix, work: Numbers, grades: npt.NDArray[np.int_], weights: Numbers | None = None) -> Steps:
    """Step two. work: from a step one that did not see the pairs."""
    features = _columns(signals, list(LOOK), {"work": work})
    return tuple(logistic.fit(features, grades >= g, list(LOOK.values()), C_LOOK, weights) for g in GRADES)


def make(work_models: Steps, look_models: Steps, curve: Calibration) -> Ranker:
    """A ranker with the version that its content has."""
    content = json.dumps([_rows(work_models, WORK), _rows(look_models, LOOK), curve.to_row()])
    return Ranker("ranker-" + hashlib.sha256(content.encode()).hexdigest()[:10], work_models, look_models, curve)


def _rows(models: Steps, names: Mapping[str, int]) -> dict[str, Any]:
    return {
        f"at_least_{grade}": {
            "intercept": round(model.intercept, 6),
            "coefficients": {name: round(x, 6) for name, x in zip(names, model.coefficients, strict=True)},
        }
        for grade, model in zip(GRADES, models, strict=True)
    }


def to_json(ranker: Ranker, about: Mapping[str, Any]) -> str:
    """The coefficients by feature name, for config/ranker.json. about: how they were fitted."""
    content = {
        "about": about,
        "version": ranker.version,
        "work": _rows(ranker.work_models, WORK),
        "look": _rows(ranker.look_models, LOOK),
        "calibration": ranker.calibration.to_row(),
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def from_json(text: str) -> Ranker:
    """The ranker that `to_json` wrote. Raises KnowledgeError where it does not fit today's signals."""
    data = json.loads(text)

    def steps(rows: Mapping[str, Any], names: Mapping[str, int]) -> Steps:
        found = []
        for grade in GRADES:
            part = rows[f"at_least_{grade}"]
            if list(part["coefficients"]) != list(names):
                raise KnowledgeError(
                    "config/ranker.json was fitted on other signals than the matcher has now. Run `make fit`."
                )
            found.append(Logistic(tuple(part["coefficients"].values()), float(part["intercept"])))
        return tuple(found)

    try:
        return Ranker(
            str(data["version"]),
            steps(data["work"], WORK),
            steps(data["look"], LOOK),
            calibration.from_row(data["calibration"]),
        )
    except KeyError as error:
        raise KnowledgeError(f"config/ranker.json lacks {error}. Run `make fit`.") from error


@lru_cache(maxsize=1)
def shipped() -> Ranker:
    """The ranker that comes with the project (config/ranker.json)."""
    return from_json(resources.files("config").joinpath("ranker.json").read_text(encoding="utf-8"))
