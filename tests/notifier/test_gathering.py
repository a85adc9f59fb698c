from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifier import gathering, outbox
from notifier.digest import Digest, Quiet, period_of
from register import accounts, approvals, chances, consents, enterprises, judgements, matches, notices, silence
from register.accounts import Account
from register.approvals import Approval
from register.chances import Chance
from register.database import Register, memory_register
from register.models import DigestChoice, Judgement
from tests.notifier import given
from tests.notifier.given import NOW, ZONE

WEEK = timedelta(days=7)
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=ZONE)
"""A day after the letter is due (Monday at seven)."""


@pytest.fixture
def register() -> Iterator[Register]:
    opened = memory_register()
    enterprises.add(opened, given.enterprise(), at=NOW)
    consents.confirm(opened, "dalarna-1", "info@fonsterlaget.example", how="by post", at=NOW)
    notices.add(opened, given.notice(), raw=None, at=NOW)
    matches.replace(opened, "dalarna-1", [given.candidate().match], scope="open", fingerprint="f", at=NOW)
    yield opened
    opened.close()


def made(register: Register, now: datetime = NOW) -> Digest | Quiet:
    enterprise = enterprises.get(register, "dalarna-1")
    return gathering.letter(register, enterprise, settings=given.settings(), now=now, period=period_of(now, ZONE))


def letter(register: Register, now: datetime = NOW) -> Digest:
    found = made(register, now)
    assert isinstance(found, Digest), found
    return found


def adviser(register: Register, name: str = "Asta Ek", *, given_to: tuple[str, ...] = ("dalarna-1",)) -> None:
    address = f"{name.split()[0].casefold()}@example.org"
    own = Account(id=0, email=address, name=name, role="adviser", enterprises=frozenset(given_to), created=NOW)
    accounts.add(register, own.model_copy(update={"all_enterprises": not given_to}))


def decide(register: Register, **decided: Any) -> None:
    approvals.save(register, Approval(enterprise="dalarna-1", period="2026-W48", **decided))


def judge(register: Register, answer: str, who: str) -> None:
    own = {"enterprise": "dalarna-1", "notice": "700001-2026", "lot": "LOT-0001", "at": NOW}
    judgements.add(register, Judgement.model_validate({**own, "answer": answer, "who": who}))


def test_without_an_adviser_a_letter_needs_no_approval(register: Register) -> None:
    assert letter(register).care.name == ""


def test_an_advisers_letter_waits_for_the_approval(register: Register) -> None:
    adviser(register)
    assert made(register) == Quiet(reason="waits for approval by Asta Ek", until=TUESDAY)
    decide(register, by="Asta Ek", at=NOW)
    assert letter(register).care.read == "Asta Ek"


def test_after_a_day_it_goes_without_what_was_held_back_and_says_so(register: Register) -> None:
    more = given.notice(publication_number="700002-2026", procedure_id="p2")
    notices.add(register, more, raw=None, at=NOW)
    found = [given.candidate().match, given.candidate(more).match]
    matches.replace(register, "dalarna-1", found, scope="open", fingerprint="f", at=NOW)
    adviser(register)
    decide(register, held=(("700001-2026", "LOT-0001"),))
    assert isinstance(made(register, TUESDAY - timedelta(seconds=1)), Quiet)
    late = letter(register, TUESDAY)
    assert [item.number for item in late.items] == ["700002-2026"]
    assert (late.care.unread, late.care.read) == (True, "")


def test_where_all_is_held_back_there_is_no_letter_to_wait_for(register: Register) -> None:
    adviser(register)
    decide(register, held=(("700001-2026", "LOT-0001"),))
    assert made(register) == Quiet(reason="nothing new that fits: 1 held back by the adviser")


def test_approval_can_be_off(register: Register) -> None:
    adviser(register)
    enterprises.add(register, given.enterprise(digest=DigestChoice(approval=False)), at=NOW)
    assert letter(register).care.name == "Asta Ek"


def test_the_adviser_whom_an_enterprise_was_given_to_comes_before_those_who_have_all(register: Register) -> None:
    adviser(register, "Bo Al", given_to=())
    assert [one.name for one in gathering.caring(register, "dalarna-1")] == ["Bo Al"]
    adviser(register)
    assert [one.name for one in gathering.caring(register, "dalarna-1")] == ["Asta Ek"]


def test_a_letter_that_waits_goes_once_it_is_approved_the_same_week(register: Register) -> None:
    adviser(register)
    settings = given.settings()
    (waiting,) = outbox.queue_letters(register, settings=settings, now=NOW)
    assert waiting.outcome == "waits for approval by Asta Ek"
    decide(register, by="Asta Ek", at=NOW)
    (queued,) = outbox.queue_letters(register, settings=settings, now=NOW + timedelta(hours=1))
    assert queued.outcome == "queued"


def test_only_the_enterprises_own_yes_marks_a_day(register: Register) -> None:
    judge(register, "yes", "Asta Ek")
    outbox.queue_letters(register, settings=given.settings(), now=NOW)
    soon = NOW + timedelta(days=17)
    assert isinstance(made(register, soon), Quiet)
    judge(register, "yes", given.enterprise().name)
    assert [day.number for day in letter(register, soon).marked] == ["700001-2026"]


def test_what_somebody_declined_is_not_told(register: Register) -> None:
    judge(register, "no", "Asta Ek")
    assert made(register) == Quiet(reason="nothing new that fits: 1 declined")


def test_a_chance_that_the_matcher_found_is_told_as_one(register: Register) -> None:
    own = Chance(enterprise="dalarna-1", notice="700001-2026", lot="LOT-0001", way="together")
    chances.replace(register, "700001-2026", [own])
    assert [item.chance for item in letter(register).chances] == ["together"]


def test_silent_weeks_are_counted_from_the_last_letter_else_from_the_consent(register: Register) -> None:
    matches.replace(register, "dalarna-1", [], scope="open", fingerprint="g", at=NOW)
    assert isinstance(made(register, NOW + 3 * WEEK), Quiet)
    sign = letter(register, NOW + 4 * WEEK)
    assert (sign.silent_weeks, sign.read_count) == (3, 1)  # the notice came in after the consent
    (queued,) = outbox.queue_letters(register, settings=given.settings(), now=NOW + 4 * WEEK)
    assert queued.outcome == "queued"
    assert silence.last_letter(register, "dalarna-1", before="2027-W01") == NOW + 4 * WEEK
    assert isinstance(made(register, NOW + 5 * WEEK), Quiet)
