"""What answers teach: each reason moves its own signal, for its own enterprise."""

from datetime import timedelta
from typing import Any

import pytest

from matcher import feedback, index, profile, signals, texts
from matcher.feedback import Lessons
from register.models import Judgement, Lot, Money, Notice, Place
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice


def lot_in(
    city: str, number: str = "1-2026", title: str = "Fönsterputs", value: float | None = None, **lot: Any
) -> Notice:
    money = Money(amount=value) if value else None
    lots = (make_lot(title=title, description="", places=(Place(city=city),), value=money, duration_months=12, **lot),)
    return make_notice(number, title=title, lots=lots)


def said(answer: Any, reason: Any = "", number: str = "1-2026", days: int = 0) -> Judgement:
    at = NOW + timedelta(days=days)
    return Judgement(enterprise="asf-1", notice=number, lot="LOT-0000", answer=answer, reason=reason, who="A", at=at)


def judged(*notices: Notice) -> dict[tuple[str, str], tuple[Notice, Lot]]:
    return {(notice.publication_number, lot.id): (notice, lot) for notice in notices for lot in notice.lots}


def test_too_far_teaches_the_place_alone() -> None:
    found = feedback.lessons([said("no", "too_far")], judged(lot_in("Falun", value=9e5)))
    assert found == Lessons(too_far=("Falun",))


def test_a_later_yes_takes_too_far_back() -> None:
    lots = judged(lot_in("Falun"), lot_in("Falun", "2-2026", "Städ"))
    found = feedback.lessons([said("yes", number="2-2026", days=1), said("no", "too_far")], lots)
    assert found.too_far == ()


def test_too_big_is_the_smallest_that_no_larger_wish_contradicts() -> None:
    values = {"1-2026": 4e6, "2-2026": 2e6, "3-2026": 1e6}
    lots = judged(*(lot_in("Mora", number, value=value) for number, value in values.items()))
    no = [said("no", "too_big", number=number) for number in ("1-2026", "2-2026", "3-2026")]
    assert feedback.lessons(no, lots).too_big == 1e6
    assert feedback.lessons([*no[:1], no[2], said("yes", number="2-2026", days=1)], lots).too_big == 4e6


@pytest.mark.parametrize("reason", ["no_time", "missing_permit", ""])
def test_other_noes_teach_nothing_of_the_trade(reason: str) -> None:
    assert feedback.lessons([said("no", reason)], judged(lot_in("Mora"))) == Lessons()


def test_a_place_that_is_too_far_and_those_beyond_it_lose_their_place(words: WordEncoder) -> None:
    built = index.build([lot_in("Falun"), lot_in("Gävle", "2-2026"), lot_in("Rättvik", "3-2026")], {}, words)
    wide = make_enterprise(reach={"municipalities": ("Mora",), "counties": ("20", "21")})
    narrow = make_enterprise(reach={"municipalities": ("Mora",)})
    for enterprise, kept in ((wide, [0.1, 1.0, 1.0]), (narrow, None)):
        before = signals.place(profile.build(enterprise, words, built.analyser), built)
        lessons = Lessons(too_far=("Falun",))
        after = signals.place(profile.build(enterprise, words, built.analyser, lessons=lessons), built)
        if kept:
            assert after.tolist() == pytest.approx(kept)
        else:
            assert (after[:2] <= signals.REFUSED + 1e-6).all()
            assert after[2] == before[2]


def test_wrong_work_counts_against_its_like_and_nothing_else(words: WordEncoder) -> None:
    built = index.build([lot_in("Mora"), lot_in("Mora", "2-2026", "Gräsklippning", cpv=("77314000",))], {}, words)
    headline = texts.headline(built.notices[0], built.lots[0])
    own = profile.build(make_enterprise(), words, built.analyser, lessons=Lessons(wrong_work=(headline,)))
    against = signals.refused(own, built)
    assert against[0] > 0.8
    assert against[1] < 0.2
    other = profile.build(make_enterprise("asf-2"), words, built.analyser)
    assert signals.refused(other, built).tolist() == [0, 0]


def test_too_big_lowers_the_size_from_there_on(words: WordEncoder) -> None:
    own = profile.build(make_enterprise(), words, index.build([], {}, words).analyser, lessons=Lessons(too_big=3e5))
    assert signals.size_value(own, 2.9e5) == 1
    assert signals.size_value(own, 3e5) == pytest.approx(signals.REFUSED)
