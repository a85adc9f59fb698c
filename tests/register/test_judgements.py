"""What people say of matches is kept, every word."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from register import enterprises, judgements, notices
from register.database import Register
from register.models import Judgement
from tests.conftest import NOW, make_enterprise, make_notice


@pytest.fixture(autouse=True)
def filled(register: Register) -> None:
    enterprises.add(register, make_enterprise(), at=NOW)
    notices.add(register, make_notice("1-2026"), raw=None, at=NOW)


def said(answer: Any, who: str = "Asta", minutes: int = 0, **more: Any) -> Judgement:
    at = NOW + timedelta(minutes=minutes)
    return Judgement(enterprise="asf-1", notice="1-2026", lot="LOT-0000", answer=answer, who=who, at=at, **more)


def test_a_judgement_comes_back_as_it_was_said(register: Register) -> None:
    word = said("no", reason="too_far", note="sju mil", score=0.7, place=3)
    judgements.add(register, word)
    assert judgements.of(register) == [word]
    assert judgements.of(register, "asf-2") == []


def test_a_later_word_of_the_same_person_holds_and_the_earlier_is_kept(register: Register) -> None:
    for word in (said("yes"), said("no", minutes=5)):
        judgements.add(register, word)
    assert [one.answer for one in judgements.of(register, "asf-1")] == ["no"]
    assert [one.answer for one in judgements.of(register, "asf-1", everything=True)] == ["yes", "no"]


def test_two_people_who_disagree_are_both_heard(register: Register) -> None:
    for word in (said("yes"), said("no", who="Bo", minutes=1)):
        judgements.add(register, word)
    found = judgements.of(register)
    assert len(found) == 2
    assert judgements.disagreements(found) == [tuple(found)]
    assert judgements.disagreements(found[:1]) == []


def test_the_state_changes_with_each_word(register: Register) -> None:
    before = judgements.state(register, "asf-1")
    judgements.add(register, said("maybe"))
    assert judgements.state(register, "asf-1") != before


def test_only_a_no_has_a_reason() -> None:
    with pytest.raises(ValidationError, match="answer no"):
        said("yes", reason="too_far")


def test_what_somebody_declined_and_nobody_wanted_is_declined(register: Register) -> None:
    assert judgements.declined([said("no")]) == {("1-2026", "LOT-0000")}
    assert judgements.declined([said("no"), said("maybe", who="Bo")]) == {("1-2026", "LOT-0000")}
    assert judgements.declined([said("no"), said("yes", who="Bo")]) == set()
