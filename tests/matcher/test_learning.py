"""Learning from judgements: what they mean, and that only what is better is taken."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from config.errors import UnavailableError
from matcher import fitting, in_use, learning, ranking
from matcher.fitting import Pairs
from matcher.learning import Comparison, Said, Trial
from matcher.signals import SIGNALS
from register import enterprises, judgements, matches, notices, rankers
from register.database import Register
from register.models import Judgement, Match, Signal
from tests.conftest import NOW, make_enterprise, make_notice
from tests.matcher.test_ranking import COLUMN, ranker

ROWS = 90


def pairs(look: str, enterprises: int, first: int, seed: int) -> Pairs:
    """Random lots: the work is what the trade says, and worth a look if the signal `look` is high."""
    chance = np.random.default_rng(seed)
    values = chance.random((ROWS * enterprises, len(SIGNALS))).astype(np.float32)
    work = (values[:, COLUMN["trade"]] * 3.99).astype(int)
    grade = np.where(values[:, COLUMN[look]] > 0.5, work, np.minimum(work, 1))
    of = np.repeat(np.arange(first, first + enterprises), ROWS)
    return Pairs(values, work, grade, of, np.zeros(len(of), dtype=int), np.ones(len(of)))


def said(of: Pairs, enterprises: int) -> Said:
    at = tuple(NOW + timedelta(hours=hour) for hour in range(len(of)))
    return Said(of, at, tuple(f"asf-{n}" for n in range(enterprises)))


def test_what_is_better_on_judgements_left_out_is_better() -> None:
    base = pairs("place", 8, 0, seed=1)
    now, _ = fitting.fit(base)
    found = learning.trial(said(pairs("size", 3, learning.HERE, seed=2), 3), base, now)
    assert found.better
    for test in ("later", "other enterprises"):
        assert found.new[test].right_order > found.now[test].right_order + 0.02
    assert found.ranker.version != now.version
    assert learning.figures(found)["judged"] == 3 * ROWS


@pytest.mark.parametrize(
    ("order", "brier", "better"), [(0.91, 0.1, True), (0.9, 0.09, True), (0.9, 0.1, False), (0.95, 0.11, False)]
)
def test_better_is_nowhere_worse_and_somewhere_better(order: float, brier: float, better: bool) -> None:
    now, new = Comparison(0.9, 0.1), Comparison(order, brier)
    assert Trial(ranker(), 30, 2, {"later": new}, {"later": now}).better is better


def test_the_later_ones_test_what_was_learned_from_the_earlier() -> None:
    own = said(pairs("size", 1, learning.HERE, seed=3), 1)
    train, test = learning.split_by_time(own)
    assert len(train) + len(test) == len(own)
    assert max(own.at[row] for row in train) < min(own.at[row] for row in test)


def test_order_and_probabilities_are_measured_within_an_enterprise() -> None:
    one = pairs("size", 1, 0, seed=4)
    worthy = one.grade >= 2
    assert learning.compare(one, worthy.astype(float), worthy.astype(float)) == Comparison(1.0, 0.0)
    assert learning.compare(one, -worthy.astype(float), np.zeros(len(one))).right_order == 0
    assert learning.compare(one, np.zeros(len(one)), np.zeros(len(one))).right_order == 0.5


@pytest.mark.parametrize(
    ("answer", "reason", "meant"),
    [
        ("yes", "", (3, 3)),
        ("maybe", "", (2, 2)),
        ("no", "wrong_work", (0, 0)),
        ("no", "too_far", (3, 1)),
        ("no", "too_big", (3, 1)),
        ("no", "", (fitting.UNKNOWN, 0)),
    ],
)
def test_a_reason_says_what_was_wrong_and_what_was_not(answer: Any, reason: Any, meant: tuple[int, int]) -> None:
    assert learning.grades(word(answer, reason)) == meant


def test_what_stands_low_and_is_judged_all_the_same_counts_more() -> None:
    weights = [learning.looked_at(place) for place in (1, 4, 16, 400)]
    assert weights == [1.0, 2.0, 4.0, 4.0]
    assert learning.looked_at(None) == 1.0


def word(answer: Any, reason: Any = "", at: datetime = NOW, who: str = "Asta", place: int | None = 4) -> Judgement:
    return Judgement(
        enterprise="asf-1", notice="1-2026", lot="LOT-0000", answer=answer, reason=reason, who=who, at=at, place=place
    )


def test_judgements_are_read_with_the_signals_of_their_match(register: Register) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    notices.add(register, make_notice("1-2026"), raw=None, at=NOW)
    values = tuple(Signal(name=name, value=0.25) for name in SIGNALS)
    match = Match(
        enterprise="asf-1", notice="1-2026", lot="LOT-0000", score=0.5, signals=values, reasons=(), ranker="r"
    )
    matches.replace(register, "asf-1", [match], scope="open", fingerprint="f", at=NOW)
    judgements.add(register, word("yes"))
    judgements.add(register, word("no", "no_time", who="Bo"))
    found = learning.said(register)
    # Who has no time says nothing of the tender.
    assert len(found) == 1
    assert found.pairs.signals.tolist() == [[0.25] * len(SIGNALS)]
    assert (found.pairs.work.tolist(), found.pairs.grade.tolist()) == ([3], [3])
    assert found.pairs.weight.tolist() == [2 * learning.COUNTS]
    with pytest.raises(UnavailableError, match="1 judgements"):
        learning.enough(found)


def test_the_ranker_in_use_is_the_one_taken_here(register: Register) -> None:
    assert in_use.ranker(register) == ranking.shipped()
    mine = ranker(**{"work*place": 5.0})
    rankers.add(register, mine.version, ranking.to_json(mine, {}), {}, at=NOW)
    rankers.take(register, mine.version, at=NOW)
    assert in_use.ranker(register).version == mine.version


def test_a_ranker_learned_on_other_signals_gives_way_to_the_projects_own(
    register: Register, caplog: pytest.LogCaptureFixture
) -> None:
    rankers.add(register, "ranker-old", '{"version": "ranker-old"}', {}, at=NOW)
    rankers.take(register, "ranker-old", at=NOW)
    assert in_use.ranker(register) == ranking.shipped()
    assert "ranker-old" in caplog.text
