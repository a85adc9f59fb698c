"""Signals to a score: monotone, in two steps, and the same after being written and read."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import KnowledgeError
from matcher import calibration, ranking, signals
from matcher.logistic import Logistic
from matcher.ranking import LOOK, WORK, Ranker

COLUMN = {name: number for number, name in enumerate(signals.SIGNALS)}


def ranker(**look: float) -> Ranker:
    """A ranker by hand: the work is what the trade says, and a lot is worth what work, place and size are together."""
    work = Logistic(tuple(8.0 if name == "trade" else 0.0 for name in WORK), -4.0)
    wanted = look or {"work*place*size": 8.0}
    models = Logistic(tuple(wanted.get(name, 0.0) for name in LOOK), -4.0)
    return ranking.make((work,) * 3, (models,) * 3, calibration.Calibration((0.0, 1.0), (0.0, 1.0), 10))


def lot(**values: float) -> np.ndarray:
    row = np.zeros((1, len(COLUMN)), dtype=np.float32)
    for name, value in values.items():
        row[0, COLUMN[name]] = value
    return row


def test_work_tells_nothing_of_place_and_size() -> None:
    near, far = lot(trade=1, place=1, size=1), lot(trade=1)
    assert ranker().work(near) == pytest.approx(ranker().work(far))
    assert ranker().scores(near)[0] > 0.9 > 0.1 > ranker().scores(far)[0]


def test_what_was_refused_loses_work() -> None:
    same = {"trade": 1.0, "place": 1.0, "size": 1.0}
    assert ranker().scores(lot(**same, refused=1))[0] < ranker().scores(lot(**same))[0] / 2


def test_no_lots_have_no_scores() -> None:
    assert ranker().scores(np.zeros((0, len(COLUMN)), dtype=np.float32)).shape == (0,)


def test_a_fitted_ranker_survives_being_written_and_read() -> None:
    values = np.random.default_rng(1).random((300, len(COLUMN))).astype(np.float32)
    work = (values[:, COLUMN["trade"]] * 3.99).astype(int)
    grades = np.where(values[:, COLUMN["place"]] > 0.5, work, 0)
    step = ranking.fit_work(values, work)
    found = ranking.make(
        step,
        ranking.fit_look(values, ranking.expected_work(step, values), grades),
        calibration.fit([0.1, 0.9], [False, True]),
    )
    again = ranking.from_json(ranking.to_json(found, {"data": "random"}))
    assert again.version == found.version
    assert again.scores(values) == pytest.approx(found.scores(values), abs=1e-4)
    best = found.scores(values).argsort()[-10:]
    assert grades[best].min() >= 2


def test_coefficients_of_other_signals_are_refused() -> None:
    text = ranking.to_json(ranker(), {}).replace('"trade_share"', '"gone"')
    with pytest.raises(KnowledgeError, match="make fit"):
        ranking.from_json(text)


@pytest.mark.parametrize("signal", ["place", "size", "trade", "codes", "meaning_lead", "meaning", "words", "opening"])
@given(base=st.floats(0, 1), other=st.floats(0, 1))
def test_more_of_a_good_signal_never_lowers_the_shipped_score(signal: str, base: float, other: float) -> None:
    values = np.full((11, len(COLUMN)), base, dtype=np.float32)
    values[:, COLUMN["never"]] = other
    values[:, COLUMN[signal]] = np.linspace(0, 1, 11)
    scores = ranking.shipped().scores(values)
    assert all(b >= a - 1e-9 for a, b in pairwise(scores)), scores


@pytest.mark.parametrize("signal", ["never", "other_trade", "refused"])
def test_what_counts_against_never_raises_the_shipped_score(signal: str) -> None:
    values = np.full((11, len(COLUMN)), 0.6, dtype=np.float32)
    values[:, COLUMN[signal]] = np.linspace(0, 1, 11)
    assert all(b <= a + 1e-9 for a, b in pairwise(ranking.shipped().scores(values)))


def test_the_shipped_probability_rises_with_the_score() -> None:
    chances = ranking.shipped().probabilities(np.linspace(0, 1, 21))
    assert all(b >= a for a, b in pairwise(chances))
    assert ranking.shipped().calibration.judged > 1000
