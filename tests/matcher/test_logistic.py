"""Logistic regression with signs."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from matcher import logistic


def data() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    features = generator.normal(size=(400, 3))
    chances = 1 / (1 + np.exp(-(2 * features[:, 0] - features[:, 1] - 0.5)))
    return features, generator.random(400) < chances


def test_without_bounds_it_is_scikit_learns() -> None:
    features, right = data()
    own = logistic.fit(features, right, [0, 0, 0], c=0.7)
    theirs = LogisticRegression(C=0.7, tol=1e-8, max_iter=5000).fit(features, right)
    assert own.coefficients == pytest.approx(theirs.coef_[0], abs=1e-3)
    assert own.intercept == pytest.approx(theirs.intercept_[0], abs=1e-3)


def test_a_sign_is_kept_where_the_data_says_otherwise() -> None:
    features, right = data()
    found = logistic.fit(features, right, [1, 1, -1], c=10)
    assert found.coefficients[0] > 1
    assert found.coefficients[1] == 0
    assert found.coefficients[2] <= 0
