"""Signals to one score: three logistic regressions over documented products of signals, one per grade.

Grades are those of the gold sets: 3 should see it, 2 worth a look, 1 related, 0 everything else. Each model tells the
probability that a grade is at least 1, 2 or 3; the score is their mean, which is the expected grade / 3 and so what
nDCG with linear gains asks for. The coefficients lie in config/ranker.json with the command that fitted them.
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
from sklearn.linear_model import LogisticRegression

from config.errors import KnowledgeError
from matcher.signals import SIGNALS

Matrix = npt.NDArray[np.float32]
GRADES = (1, 2, 3)
INTERACTIONS = (
    ("work", "place"),
    ("work", "size"),
    ("work", "place", "size"),
    ("work", "opening"),
    ("trade", "place"),
    ("work_squared",),
)
"""Products beside the signals themselves: work that fits counts only where it is near and of bearable size."""


def work(signals: Matrix) -> npt.NDArray[np.float32]:
    """How well the kind of work fits, 0..1, before place and size: what meaning, words, trades and codes agree on.

    signals: shape (lots, len(SIGNALS)).
    """
    at = {name: signals[:, number] for number, name in enumerate(SIGNALS)}
    evidence = (
        0.25 * at["trade"]
        + 0.15 * at["trade_share"]
        + 0.15 * at["meaning_headline"]
        + 0.10 * at["meaning_lead"]
        + 0.10 * np.maximum(at["meaning"], at["meaning_could_start"])
        + 0.10 * np.minimum(2.5 * at["words_headline"], 1)
        + 0.05 * np.minimum(2.5 * at["words"], 1)
        + 0.10 * at["codes"]
    )
    return np.asarray(evidence * (1 - 0.5 * at["never"]) * (1 - 0.3 * at["other_trade"]), dtype=np.float32)


def design(signals: Matrix) -> npt.NDArray[np.float64]:
    """Signals with `work` and the products of INTERACTIONS, shape (lots, features)."""
    at: dict[str, Any] = {name: signals[:, number] for number, name in enumerate(SIGNALS)}
    at["work"] = work(signals)
    at["work_squared"] = at["work"] ** 2
    columns = [signals.astype(np.float64), at["work"][:, None]]
    for names in INTERACTIONS:
        product = np.ones(len(signals))
        for name in names:
            product = product * at[name]
        columns.append(product[:, None])
    return np.hstack(columns)


def feature_names() -> list[str]:
    """Names of `design`'s columns."""
    return [*SIGNALS, "work", *("*".join(names) for names in INTERACTIONS)]


@dataclass(frozen=True)
class Ranker:
    """The fitted combination."""

    version: str
    models: tuple[LogisticRegression, ...]

    def scores(self, signals: Matrix) -> npt.NDArray[np.float64]:
        """Score of each lot, shape (lots,), in 0..1."""
        if not len(signals):
            return np.zeros(0)
        features = design(signals)
        return np.asarray(np.mean([model.predict_proba(features)[:, 1] for model in self.models], axis=0))


def fit(signals: Matrix, grades: Sequence[int], weights: Sequence[float] | None = None, c: float = 0.3) -> Ranker:
    """Fit on judged pairs. signals: shape (pairs, len(SIGNALS)); grades: 0..3; c: inverse of the L2 penalty."""
    features = design(signals)
    wanted = np.asarray(grades)
    models = []
    for grade in GRADES:
        model = LogisticRegression(C=c, max_iter=5000)
        model.fit(features, wanted >= grade, sample_weight=weights)
        models.append(model)
    return Ranker(_version(models), tuple(models))


def _version(models: Sequence[LogisticRegression]) -> str:
    content = json.dumps([[round(float(x), 6) for x in [*m.coef_[0], m.intercept_[0]]] for m in models])
    return "logistic-" + hashlib.sha256(content.encode()).hexdigest()[:10]


def to_json(ranker: Ranker, about: Mapping[str, Any]) -> str:
    """The coefficients by feature name, for config/ranker.json. about: how they were fitted."""
    names = feature_names()
    models = {
        f"at_least_{grade}": {
            "intercept": round(float(model.intercept_[0]), 6),
            "coefficients": {name: round(float(x), 6) for name, x in zip(names, model.coef_[0], strict=True)},
        }
        for grade, model in zip(GRADES, ranker.models, strict=True)
    }
    return json.dumps({"about": about, "version": ranker.version, "models": models}, ensure_ascii=False, indent=1)


def from_json(text: str) -> Ranker:
    """The ranker that `to_json` wrote. Raises KnowledgeError where it does not fit today's signals."""
    data = json.loads(text)
    names = feature_names()
    models = []
    for grade in GRADES:
        part = data["models"][f"at_least_{grade}"]
        if list(part["coefficients"]) != names:
            raise KnowledgeError(
                "config/ranker.json was fitted on other signals than matcher/signals.py has now. Run `make fit`."
            )
        model = LogisticRegression()
        model.coef_ = np.asarray([list(part["coefficients"].values())])
        model.intercept_ = np.asarray([part["intercept"]])
        model.classes_ = np.asarray([False, True])
        model.n_features_in_ = len(names)
        models.append(model)
    return Ranker(data["version"], tuple(models))


@lru_cache(maxsize=1)
def shipped() -> Ranker:
    """The ranker that comes with the project (config/ranker.json)."""
    return from_json(resources.files("config").joinpath("ranker.json").read_text(encoding="utf-8"))
