"""A tender that comes by a portal's alert and then by TED is told once; what really changes is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifier import outbox
from notifier.digest import Digest, Quiet
from register import consents, enterprises, joins, matches, notices
from register.database import Register, memory_register
from register.models import Notice
from tests.notifier import given
from tests.notifier.given import DEADLINE, NOW, ZONE

NEXT_WEEK = NOW + timedelta(days=7)
TOLD = Quiet(reason="nothing new that fits: 2 told before")


def alert(**changes: Any) -> Notice:
    """Only the last day is known of an alert's deadline, and no lots."""
    own = given.lot(id="LOT-0000", deadline=datetime(2026, 12, 17, 23, 59, tzinfo=ZONE), **changes)
    return given.notice(own, publication_number="mercell-4711", origin="mercell", procedure_id=None, reading="alert")


def ted(**changes: Any) -> Notice:
    """The notice in full: two lots, bids until noon of the same day."""
    lots = [given.lot(id=f"LOT-000{n}", **{"deadline": DEADLINE.replace(hour=12, minute=0), **changes}) for n in (1, 2)]
    return given.notice(*lots)


@pytest.fixture
def register() -> Iterator[Register]:
    opened = memory_register()
    enterprises.add(opened, given.enterprise(), at=NOW)
    consents.confirm(opened, "dalarna-1", "info@fonsterlaget.example", how="by post", at=NOW)
    yield opened
    opened.close()


def tell(register: Register, notice: Notice) -> None:
    put(register, notice)
    (queued,) = outbox.queue_letters(register, settings=given.settings(), now=NOW)
    assert queued.outcome == "queued"


def put(register: Register, notice: Notice) -> None:
    """A notice, and matches with all its lots."""
    notices.add(register, notice, raw=None, at=NOW)
    made = [given.candidate(notice, number=n).match for n in range(len(notice.lots))]
    matches.replace(register, "dalarna-1", made, scope="open", fingerprint="f", at=NOW)


def join(register: Register, *, same: bool = True) -> None:
    joins.decide(register, "mercell-4711", "700001-2026", same=same, by="Asta", why="", at=NOW)


def letter(register: Register) -> Digest | Quiet:
    made = outbox.preview(register, "dalarna-1", settings=given.settings(), now=NEXT_WEEK)
    return made if isinstance(made, Quiet) else made[0]


def kinds(register: Register) -> list[str]:
    made = letter(register)
    assert isinstance(made, Digest), made
    return [item.kind for item in made.cards]


def test_ted_after_the_alert_is_no_news(register: Register) -> None:
    tell(register, alert())
    put(register, ted())
    assert kinds(register) == ["new"]  # as long as nobody knows that they are one
    join(register)
    assert letter(register) == TOLD


def test_an_alert_without_a_last_day_has_told_the_tender_too(register: Register) -> None:
    found = alert()
    tell(register, found.model_copy(update={"lots": (found.lots[0].model_copy(update={"deadline": None}),)}))
    put(register, ted())
    join(register)
    assert letter(register) == TOLD


def test_the_alert_read_in_full_under_its_own_number_is_no_news(register: Register) -> None:
    tell(register, alert().model_copy(update={"publication_number": "700001-2026"}))
    put(register, ted())
    assert letter(register) == TOLD


def test_a_moved_day_is_told_with_the_alerts_day_as_it_was(register: Register) -> None:
    tell(register, alert())
    put(register, ted(deadline=DEADLINE + timedelta(days=8)))
    join(register)
    made = letter(register)
    assert isinstance(made, Digest)
    (item,) = made.cards
    assert (item.kind, item.number, item.before) == ("changed", "700001-2026", DEADLINE)


def test_a_cancellation_by_ted_reaches_those_who_had_the_alert(register: Register) -> None:
    tell(register, alert())
    put(register, ted().model_copy(update={"closed": True, "change_reason": "cancel"}))
    join(register)
    assert kinds(register) == ["cancelled"]


def test_what_a_person_splits_is_told_by_itself(register: Register) -> None:
    tell(register, alert())
    put(register, ted())
    join(register)
    join(register, same=False)
    assert kinds(register) == ["new"]


def test_what_is_no_longer_published_is_in_no_letter(register: Register) -> None:
    tell(register, alert())
    put(register, ted())
    register.db.execute("UPDATE notices SET gone = '2026-11-25'")
    assert letter(register) == Quiet(reason="no matches in the register")


def test_a_last_day_that_only_a_parser_had_read_wrongly_is_not_told_as_moved(register: Register) -> None:
    wrongly = ted(deadline=DEADLINE + timedelta(days=3))
    raw = "a" * 64
    notices.add(register, wrongly, raw=raw, at=NOW)
    tell(register, wrongly)
    notices.reread(register, ted(), raw=raw)
    assert letter(register) == TOLD
    # What the buyer moves after that is told.
    put(register, ted(deadline=DEADLINE + timedelta(days=7)))
    made = letter(register)
    assert isinstance(made, Digest)
    assert [item.kind for item in made.cards] == ["changed"]
