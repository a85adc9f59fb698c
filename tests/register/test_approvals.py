from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from register import approvals, enterprises
from register.approvals import Addition, Approval, Edit
from register.database import Register, memory_register
from register.models import Enterprise

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def register() -> Register:
    opened = memory_register()
    enterprises.add(opened, Enterprise(id="a", name="A", municipality="Mora"), at=AT)
    return opened


def test_what_nobody_decided_is_empty_and_not_approved(register: Register) -> None:
    assert approvals.of(register, "a", "2026-W48") == Approval(enterprise="a", period="2026-W48")
    assert not approvals.of(register, "a", "2026-W48").approved


def test_what_was_decided_comes_back_and_the_later_stands(register: Register) -> None:
    draft = Approval(enterprise="a", period="2026-W48", held=(("1-2026", "LOT-0001"),), note="Hej")
    approvals.save(register, draft)
    assert approvals.of(register, "a", "2026-W48") == draft
    done = Approval(
        enterprise="a",
        period="2026-W48",
        added=(Addition(notice="2-2026", lot="LOT-0001", note="Ring mig."),),
        edits=(Edit(notice="2-2026", lot="LOT-0001", part="title", text="Putsa fönster"),),
        by="Asta",
        at=AT,
    )
    approvals.save(register, done)
    assert approvals.of(register, "a", "2026-W48") == done
    assert approvals.of(register, "a", "2026-W48").approved
    assert approvals.of_period(register, "2026-W48") == [done]
    assert approvals.of_period(register, "2026-W49") == []


def test_a_part_that_is_none_and_texts_without_end_are_refused() -> None:
    with pytest.raises(ValidationError):
        Edit.model_validate({"notice": "1-2026", "lot": "1", "part": "buyer", "text": "x"})
    with pytest.raises(ValidationError):
        Addition(notice="1-2026", lot="1", note="x" * 501)
