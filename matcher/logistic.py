"""Logistic regression whose coefficients keep their sign: more of what speaks for a tender never lowers its score.

scikit-learn's own has no bounds, so the same objective (log loss with an L2 penalty, the intercept left out of it) is
minimised by SciPy's L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Logistic:
    """coefficients: shape (features,)."""

    coefficients: tuple[float, ...]
    intercept: float

    def probability(self, features: Numbers) -> Numbers:
        """For features of shape (rows, features): shape (rows,), 0..1."""
        return np.asarray(expit(features @ np.asarray(self.coefficients) + self.intercept))


def fit(
    features: Numbers, right: npt.NDArray[np.bool_], signs: npt.ArrayLike, c: float, weights: Numbers | None = None
) -> Logistic:
    """Fit on rows of shape (rows, features). signs: 1 for features whose coefficient may not be negative, -1 not
    positive, 0 either; c: inverse of the L2 penalty; weights: of each row.
    """
    y = np.where(right, 1.0, -1.0)
    mass = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)

    def loss(values: Numbers) -> tuple[float, Numbers]:
        margin = y * (features @ values[:-1] + values[-1])
        slope = -y * mass * expit(-margin)
        penalty = values[:-1] / c
        value = float(mass @ np.logaddexp(0.0, -margin) + 0.5 * values[:-1] @ penalty)
        return value, np.append(features.T @ slope + penalty, slope.sum())

    bounds = [{1: (0.0, None), -1: (None, 0.0), 0: (None, None)}[int(sign)] for sign in np.asarray(signs)]
    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)],
                     options={"maxiter": 2000})  # fmt: skip
    return Logistic(tuple(map(float, found.x[:-1])), float(found.x[-1]))
