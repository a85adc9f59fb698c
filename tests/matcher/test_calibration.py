"""From a score to a probability that holds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import KnowledgeError
from matcher import calibration


def test_a_score_that_says_too_much_is_brought_down() -> None:
    generator = np.random.default_rng(5)
    truth = generator.random(4000)
    right = generator.random(4000) < truth
    boasting = np.sqrt(truth)
    curve = calibration.fit(boasting[:2000], right[:2000])
    assert calibration.expected_error(boasting[2000:], right[2000:]) > 0.1
    assert calibration.expected_error(curve.probability(boasting[2000:]), right[2000:]) < 0.05
    assert curve.judged == 2000


def test_the_error_is_the_mean_distance_of_told_from_true() -> None:
    assert calibration.expected_error([0.2, 0.2, 0.8, 0.8], [False, False, True, False], bins=2) == pytest.approx(0.25)
    assert calibration.expected_error([], []) == 0


def test_bins_hold_equal_numbers_lowest_first() -> None:
    bins = calibration.reliability(np.linspace(0, 1, 20), [False] * 10 + [True] * 10, bins=4)
    assert [one.count for one in bins] == [5, 5, 5, 5]
    assert [one.share for one in bins] == [0, 0, 1, 1]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_the_curve_rises_and_stays_within_0_and_1(judged: list[tuple[float, bool]]) -> None:
    curve = calibration.fit([score for score, _ in judged], [right for _, right in judged])
    chances = curve.probability(np.linspace(0, 1, 30))
    assert all(0 <= a <= b + 1e-12 <= 1 + 1e-9 for a, b in pairwise(chances))


def test_it_survives_being_written_and_read() -> None:
    curve = calibration.fit([0.1, 0.5, 0.9], [False, True, True])
    assert calibration.from_row(curve.to_row()).probability([0.3]) == pytest.approx(curve.probability([0.3]), abs=1e-4)
    with pytest.raises(KnowledgeError, match="make fit"):
        calibration.from_row({"scores": [0, 1]})


def test_nothing_can_be_learned_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to calibrate"):
        calibration.fit([], [])
