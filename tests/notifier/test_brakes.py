"""What pauses the sending, what the operator is told, and what goes on by itself."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from config.settings import Settings
from notifier import brakes, operator
from register import deliveries, pauses, runs, sending, windows
from register.database import Register, memory_register
from register.models import Delivery, Run, Window
from tests.notifier import given
from tests.notifier.given import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def register() -> Iterator[Register]:
    opened = memory_register()
    yield opened
    opened.close()


def letter(register: Register, number: int, *, state: Any = "due", answer: str = "", size: int = 1000) -> None:
    """A letter, sent at NOW where its state is not due."""
    own = Delivery(
        message_id=f"{number}@example.org",
        enterprise="",
        recipient=f"info@asf-{number}.example",
        period="2026-W48",
        state="due",
        subject="Hej",
        created=NOW,
        changed=NOW,
    )
    deliveries.queue(register, own, mime=b"x" * size, html="", told=())
    if state != "due":
        sending.claim(register, "me", at=NOW, limit=1)
        sending.hand(register, own.message_id, "me", at=NOW)
        sending.settle(register, own.message_id, "me", state=state, answer=answer, at=NOW)


def crawl(register: Register, at: datetime = NOW, **changes: Any) -> None:
    day = date(2026, 11, 20)
    run = Run(
        id=runs.start(register, "ted", since=day, until=day, at=at),
        **{
            "source": "ted",
            "started": at,
            "ended": at,
            "status": "complete",
            "since": day,
            "until": day,
            "announced": 31,
            "received": 31,
            **changes,
        },
    )
    if run.ended is not None:
        runs.finish(register, run)


def settings(**digest: Any) -> Settings:
    own = given.settings(operator="Drift <drift@example.org>")
    return own.model_copy(update={"digest": own.digest.model_copy(update=digest)})


def kinds(register: Register, at: datetime = NOW, **digest: Any) -> list[str]:
    return [pause.kind for pause in brakes.check(register, settings=settings(**digest), now=at)]


def test_nothing_pauses_an_ordinary_week(register: Register) -> None:
    crawl(register)
    for number in range(30):
        letter(register, number, state="accepted")
    letter(register, 99)
    assert kinds(register) == []
    assert deliveries.in_state(register, "due")[0].kind == "weekly"


def test_more_letters_than_a_day_may_have(register: Register) -> None:
    letter(register, 1, state="accepted")
    letter(register, 2)
    assert kinds(register, most_a_day=2) == []
    letter(register, 3)
    assert kinds(register, most_a_day=2) == ["volume"]
    # A person has looked; for a day it does not pause again for that.
    pauses.lift(register, by="Asta", at=NOW + HOUR)
    assert kinds(register, NOW + 2 * HOUR, most_a_day=2) == []


def test_letters_of_yesterday_do_not_count(register: Register) -> None:
    letter(register, 1, state="accepted")
    letter(register, 2)
    assert kinds(register, NOW + 25 * HOUR, most_a_day=1) == []


def test_a_letter_three_times_the_usual_size(register: Register) -> None:
    for number in range(20):
        letter(register, number, state="accepted")
    letter(register, 98, size=3000)
    assert kinds(register) == []
    letter(register, 99, size=3001)
    (pause,) = brakes.check(register, settings=settings(), now=NOW)
    assert (pause.kind, dict(pause.facts)) == (
        "size",
        {"bytes": "3001", "usual": "1000", "message_id": "99@example.org"},
    )


def test_few_letters_have_no_usual_size(register: Register) -> None:
    for number in range(19):
        letter(register, number, state="accepted")
    letter(register, 99, size=9000)
    assert kinds(register) == []


@pytest.mark.parametrize(("state", "answer"), [("bounced", "5.1.1"), ("failed", "550 unknown"), ("complained", "")])
def test_more_than_five_percent_hard_bounces(register: Register, state: str, answer: str) -> None:
    for number in range(19):
        letter(register, number, state="accepted")
    letter(register, 90, state=state, answer=answer)
    assert kinds(register) == []  # one of 20 is 5 percent
    letter(register, 91, state=state, answer=answer)
    assert kinds(register) == ["bounces"]
    pauses.lift(register, by="Asta", at=NOW + HOUR)
    assert kinds(register, NOW + 2 * HOUR) == []  # only later ones count


def test_what_was_only_put_off_too_long_is_no_bounce(register: Register) -> None:
    for number in range(19):
        letter(register, number, state="accepted")
    for number in (90, 91):
        letter(register, number, state="failed", answer="It was tried for three days. 451 later")
    assert kinds(register) == []


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "partial", "received": 17}, "partial"),
        ({"status": "failed", "received": 0}, "failed"),
        ({"announced": 0, "received": 0}, "empty"),
    ],
)
def test_a_crawl_that_is_not_whole(register: Register, changes: dict[str, Any], state: str) -> None:
    crawl(register, NOW - DAY)
    crawl(register, **changes)
    (pause,) = brakes.check(register, settings=settings(), now=NOW)
    assert (pause.kind, dict(pause.facts)) == ("crawl", {"source": "ted", "state": state})


def test_a_register_that_imports_filled_is_not_braked(register: Register) -> None:
    crawl(register, since=None, until=None, received=0, status="partial")
    assert kinds(register) == []


def test_an_older_day_that_is_still_partial(register: Register) -> None:
    crawl(register)
    day = Window(
        source="ted", window="2026-10-01", announced=3, received=2, status="partial", problem="p", run=1, at=NOW
    )
    windows.put(register, day)
    assert kinds(register) == ["crawl"]


def test_a_crawl_under_way_is_not_judged_and_one_cut_off_is(register: Register) -> None:
    crawl(register, NOW - DAY)
    crawl(register, status="running", ended=None)
    assert kinds(register, NOW + HOUR) == []
    assert kinds(register, NOW + 7 * HOUR) == ["crawl"]


def test_the_pause_ends_with_a_whole_crawl(register: Register) -> None:
    crawl(register, status="partial")
    assert kinds(register) == ["crawl"]
    crawl(register, NOW + HOUR)
    assert kinds(register, NOW + HOUR) == []


def test_letters_wait_a_day_for_a_whole_crawl_then_go_for_a_week(register: Register) -> None:
    crawl(register, status="partial")
    assert kinds(register) == ["crawl"]
    assert kinds(register, NOW + 23 * HOUR) == ["crawl"]
    assert kinds(register, NOW + 24 * HOUR) == []
    crawl(register, NOW + 3 * DAY, status="partial")
    assert kinds(register, NOW + 3 * DAY) == []
    assert kinds(register, NOW + 7 * DAY) == ["crawl"]


def test_or_until_a_person_decides(register: Register) -> None:
    crawl(register, status="partial")
    assert kinds(register, partial_crawl_hours=0) == ["crawl"]
    assert kinds(register, NOW + 30 * DAY, partial_crawl_hours=0) == ["crawl"]


def test_the_operator_is_told_once_in_plain_swedish(register: Register) -> None:
    crawl(register, status="partial")
    for hours in (0, 1):
        brakes.check(register, settings=settings(), now=NOW + hours * HOUR)
    (told,) = deliveries.in_state(register, "due")
    assert (told.kind, told.recipient) == ("operator", "drift@example.org")
    mail = message_from_bytes(deliveries.mime(register, told.message_id), policy=default)
    assert mail["Subject"] == "Anbudslots: utskicket är pausat (insamlingen är inte hel)"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "Källan ted: den senaste insamlingen är inte hel." in text
    assert "efter 24 timmar" in text
    assert "anbudslots digest resume" in text


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_kind_of_pause_has_words(language: str) -> None:
    facts = {
        "volume": {"waiting": "1", "total": "2", "most": "1"},
        "size": {"bytes": "2", "usual": "1", "message_id": "m"},
        "bounces": {"hard": "2", "answered": "20"},
        "crawl": {"source": "ted", "state": "empty"},
        "canary": {"bad": "3", "first": "10", "answer": "550 no"},
        "refused": {"answer": "550 no"},
    }
    assert set(facts) == set(brakes.EXCUSED)
    for kind, values in facts.items():
        words = operator.why(pauses.Pause(1, kind, values, NOW), language)  # type: ignore[arg-type]
        assert "{" not in words
