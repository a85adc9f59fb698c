from datetime import UTC, datetime
from typing import Any

import pytest

from config.errors import NotFoundError
from register import deliveries, enterprises, notices, sending
from register.database import Register, memory_register
from register.models import Buyer, Delivery, Enterprise, Lot, Notice

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TOLD = [("procedure-1", "LOT-0001", "1 2026-12-17T22:59Z")]


@pytest.fixture
def register() -> Register:
    opened = memory_register()
    enterprises.add(opened, Enterprise(id="a", name="A", municipality="Mora"), at=NOW)
    return opened


def letter(**changes: Any) -> Delivery:
    own: dict[str, Any] = {
        "message_id": "1@example.org",
        "enterprise": "a",
        "recipient": "a@a.example",
        "period": "2026-W48",
        "state": "due",
        "subject": "Hej",
        "lots": (("1-2026", "LOT-0001"),),
        "created": NOW,
        "changed": NOW,
    }
    return Delivery(**{**own, **changes})


def queue(register: Register, delivery: Delivery, told: Any = TOLD) -> bool:
    return deliveries.queue(register, delivery, mime=b"Subject: Hej\r\n", html="<p>Hej", told=told)


def test_a_queued_letter_comes_back_as_it_was(register: Register) -> None:
    assert queue(register, letter())
    assert deliveries.waiting(register) == [letter()]
    assert deliveries.mime(register, "1@example.org") == b"Subject: Hej\r\n"
    assert deliveries.html(register, "1@example.org") == "<p>Hej"
    assert deliveries.told(register, "a") == set(TOLD)


def test_one_letter_a_recipient_and_period_and_nothing_written_beside_it(register: Register) -> None:
    queue(register, letter())
    assert not queue(register, letter(message_id="2@example.org"), told=[("other", "LOT-0001", "1 open")])
    assert deliveries.listing(register) == [letter()]
    assert deliveries.told(register, "a") == set(TOLD)


def test_letter_and_told_are_written_together_or_not_at_all(register: Register) -> None:
    with pytest.raises(Exception, match="NOT NULL"):
        queue(register, letter(), told=[*TOLD, ("p", None, "1 open")])
    assert deliveries.listing(register) == []
    assert deliveries.told(register, "a") == set()


def test_told_forgets_what_stood_only_in_failed_letters(register: Register) -> None:
    queue(register, letter())
    queue(register, letter(message_id="2@example.org", recipient="b@a.example"))
    sending.move(register, "1@example.org", ["due"], "failed", answer="550", at=NOW)
    assert deliveries.told(register, "a") == set(TOLD)
    sending.move(register, "2@example.org", ["due"], "suppressed", answer="", at=NOW)
    assert deliveries.told(register, "a") == set()
    queue(register, letter(message_id="3@example.org", period="2026-W49"))
    assert deliveries.told(register, "a") == set(TOLD)
    assert deliveries.told(register, "a", besides="2026-W49") == set()


def test_lists_by_period(register: Register) -> None:
    old = letter(message_id="0@example.org", period="2026-W47")
    queue(register, old)
    queue(register, letter())
    assert deliveries.listing(register) == [letter(), old]
    assert deliveries.listing(register, period="2026-W47") == [old]
    assert deliveries.of_period(register, "a", "2026-W48") == [letter()]
    assert deliveries.of_period(register, "b", "2026-W48") == []


def test_an_unknown_letter_is_not_found(register: Register) -> None:
    for ask in (deliveries.mime, deliveries.html):
        with pytest.raises(NotFoundError, match="No letter nothing"):
            ask(register, "nothing")
    with pytest.raises(NotFoundError):
        deliveries.get(register, "nothing")


def test_told_notices_are_the_current_ones_of_each_tender(register: Register) -> None:
    def notice(number: str, **changes: Any) -> Notice:
        own: dict[str, Any] = {
            "publication_number": number,
            "origin": "ted",
            "form_type": "competition",
            "procedure_id": "procedure-1",
            "title": "T",
            "buyer": Buyer(name="B"),
            "lots": (Lot(id="LOT-0001", title="T"),),
        }
        return Notice(**{**own, **changes})

    first, second = notice("1-2026"), notice("2-2026", form_type="change", closed=True)
    other = notice("3-2026", procedure_id="procedure-2")
    for found in (first, second, other):
        notices.add(register, found, raw=None, at=NOW)
    queue(register, letter())
    assert deliveries.told_notices(register, "a") == [second]
