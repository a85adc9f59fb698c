"""What persons say of findings is kept; the last word on a sentence holds, for all notices of a tender."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from register import corrections, joins, notices
from register.corrections import Correction
from register.database import Register
from register.models import Finding
from tests.conftest import NOW, make_notice

FINDING = Finding(
    clause="equality", polarity="affirmed", start=4, end=20, quote="Ingen diskrimineras.",
    legal_basis="LOU 17 kap. 1 §",    rule="r@1", confidence=0.8, effect="duty", field="BT-24-Lot",
)  # fmt: skip


def word(notice: str = "1-2026", **changes: Any) -> Correction:
    own = {"notice": notice, "sentence": "ab12", "verdict": "wrong", "who": "Asta", "at": NOW, "finding": FINDING}
    return Correction(**{**own, **changes})


@pytest.fixture(autouse=True)
def filled(register: Register) -> None:
    notices.add(register, make_notice("1-2026"), raw=None, at=NOW)
    notices.add(register, make_notice("2-2026"), raw=None, at=NOW)


def test_a_correction_comes_back_as_it_was_made(register: Register) -> None:
    given = word(right_clause="accessibility", note="ramp, inte jämställdhet", passage="Entrén har ramp.")
    corrections.record(register, [given])
    assert corrections.of(register, "1-2026") == [given.model_copy(update={"id": 1})]
    assert corrections.of(register, "2-2026") == []


def test_the_last_word_on_a_sentence_holds_and_earlier_ones_are_kept(register: Register) -> None:
    later = word(verdict="right", who="Bo", at=NOW + timedelta(days=1))
    corrections.record(register, [word(), word(sentence="cd34", who="Cia"), later])
    assert [(own.who, own.sentence) for own in corrections.of(register, "1-2026")] == [("Cia", "cd34"), ("Bo", "ab12")]
    assert [own.who for own in corrections.listing(register)] == ["Cia", "Bo"]
    assert register.db.table("corrections").count == 3


def test_each_text_and_each_clause_is_judged_by_itself(register: Register) -> None:
    title = FINDING.model_copy(update={"field": "BT-21-Lot"})
    other = FINDING.model_copy(update={"clause": "accessibility"})
    corrections.record(register, [word(), word(finding=title), word(finding=other)])
    assert len(corrections.of(register, "1-2026")) == 3


def test_what_is_said_of_one_notice_holds_for_its_tender(register: Register) -> None:
    for number, version in (("3-2026", "01"), ("4-2026", "02")):
        notice = make_notice(number, procedure_id="one", notice_id="n", version=version)
        notices.add(register, notice, raw=None, at=NOW)
    assert joins.tender(register, "3-2026") == joins.tender(register, "4-2026")
    corrections.record(register, [word("3-2026")])
    assert [own.notice for own in corrections.of(register, "4-2026")] == ["3-2026"]
    corrections.record(register, [word("4-2026", verdict="right")])
    assert [own.verdict for own in corrections.listing(register)] == ["right"]


def test_matches_know_that_something_was_corrected(register: Register) -> None:
    before = corrections.state(register)
    corrections.record(register, [word()])
    assert corrections.state(register) != before


@pytest.mark.parametrize(
    "wrong", [{"who": " "}, {"verdict": "perhaps"}, {"verdict": "right", "right_clause": "equality"}]
)
def test_a_correction_without_a_name_or_with_a_class_that_does_not_belong_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        word(**wrong)
