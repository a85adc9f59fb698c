"""States of letters: each change says from which state it comes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from register import deliveries, enterprises, senders, sending
from register.database import Register, memory_register, open_register
from register.models import Delivery, Enterprise
from register.sending import ClaimLostError
from tests.register.test_deliveries import letter, queue

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
ONE, TWO = "1@example.org", "2@example.org"


@pytest.fixture
def register() -> Register:
    """Two letters that are due."""
    opened = memory_register()
    enterprises.add(opened, Enterprise(id="a", name="A", municipality="Mora"), at=NOW)
    queue(opened, letter())
    queue(opened, letter(message_id=TWO, recipient="b@a.example"))
    return opened


def claim(register: Register, by: str = "x", at: datetime = NOW, limit: int = 9, **own: Any) -> list[str]:
    return [found.message_id for found in sending.claim(register, by, at=at, limit=limit, **own)]


def states(register: Register) -> list[str]:
    return [found.state for found in deliveries.listing(register)]


def one(register: Register) -> Delivery:
    return deliveries.get(register, ONE)


def test_a_letter_is_claimed_once(register: Register) -> None:
    assert claim(register, limit=1) == [ONE]
    assert claim(register, "y") == [TWO]
    assert claim(register) == []
    assert one(register).attempts == 1


def test_a_deferred_letter_is_claimed_at_its_time(register: Register) -> None:
    claim(register)
    assert sending.settle(register, ONE, "x", state="deferred", answer="451", at=NOW, next_attempt=LATER)
    assert claim(register, at=LATER - timedelta(seconds=1)) == []
    assert claim(register, at=LATER) == [ONE]
    assert one(register).attempts == 2


@pytest.mark.parametrize("state", ["accepted", "failed", "uncertain", "suppressed", "bounced", "complained"])
def test_what_is_settled_is_never_claimed_again(register: Register, state: Any) -> None:
    claim(register)
    sending.settle(register, ONE, "x", state=state, answer="", at=NOW)
    assert claim(register, "y", at=LATER) == []


def test_only_who_claimed_hands_over_and_settles(register: Register) -> None:
    claim(register)
    with pytest.raises(ClaimLostError):
        sending.hand(register, ONE, "y", at=NOW)
    assert not sending.settle(register, ONE, "y", state="accepted", answer="", at=NOW)
    sending.hand(register, ONE, "x", at=NOW)
    assert sending.settle(register, ONE, "x", state="accepted", answer="250", at=NOW)


def test_what_a_dead_sender_had_not_handed_over_waits_again_and_the_rest_is_uncertain(register: Register) -> None:
    claim(register)
    sending.hand(register, ONE, "x", at=NOW)
    assert sending.recover(register, gone=lambda name: name == "x", unsafe=lambda name: False, at=LATER) == 1
    assert states(register) == ["uncertain", "due"]
    assert deliveries.get(register, TWO).attempts == 0
    assert sending.recover(register, gone=lambda name: True, unsafe=lambda name: False, at=LATER) == 0


def test_a_living_sender_keeps_its_letters(register: Register) -> None:
    claim(register)
    assert sending.recover(register, gone=lambda name: False, unsafe=lambda name: True, at=LATER) == 0
    assert states(register) == ["sending", "sending"]


def test_after_the_machine_lost_its_power_no_mark_is_believed(register: Register) -> None:
    claim(register)
    assert sending.recover(register, gone=lambda name: True, unsafe=lambda name: True, at=LATER) == 2
    assert states(register) == ["uncertain", "uncertain"]


def test_a_sender_held_to_be_dead_can_hand_over_no_more_but_its_answer_counts(register: Register) -> None:
    claim(register)
    sending.hand(register, ONE, "x", at=NOW)
    sending.recover(register, gone=lambda name: True, unsafe=lambda name: False, at=LATER)
    assert claim(register, "y") == [TWO]
    with pytest.raises(ClaimLostError):
        sending.hand(register, TWO, "x", at=LATER)
    assert sending.settle(register, ONE, "x", state="accepted", answer="250", at=LATER)
    assert one(register).state == "accepted"


def test_a_letter_being_sent_is_moved_by_nobody_else(register: Register) -> None:
    claim(register, limit=1)
    assert not sending.move(register, ONE, ["sending", "due"], "failed", answer="", at=NOW)
    assert sending.move(register, TWO, ["due"], "failed", answer="dropped", at=NOW)
    assert not sending.move(register, TWO, ["due"], "failed", answer="again", at=NOW)
    assert deliveries.get(register, TWO).answer == "dropped"


def test_only_letters_of_a_kind(register: Register) -> None:
    queue(register, letter(message_id="3@example.org", kind="operator", enterprise="", period="pause-1"), told=())
    assert claim(register, kinds=["operator"]) == ["3@example.org"]
    assert deliveries.get(register, "3@example.org").enterprise == ""


def test_two_programs_never_claim_the_same(tmp_path: Path) -> None:
    first, second = open_register(tmp_path), open_register(tmp_path)
    enterprises.add(first, Enterprise(id="a", name="A", municipality="Mora"), at=NOW)
    queue(first, letter())
    claims = [claim(first), claim(second, "y")]
    first.close()
    second.close()
    assert claims == [[ONE], []]


def test_a_sender_lives_as_long_as_its_lock(tmp_path: Path) -> None:
    register = open_register(tmp_path)
    with senders.alive(register) as name:
        assert not senders.gone(register, name)
        assert not senders.of_another_boot(name)
    assert senders.gone(register, name)
    assert list((tmp_path / senders.FOLDER).iterdir()) == []
    assert senders.of_another_boot("another-boot.1.x")
    register.close()


def test_figures_for_the_brakes(register: Register) -> None:
    claim(register)
    for message_id, state, answer in ((ONE, "accepted", "250"), (TWO, "failed", "550 unknown")):
        sending.hand(register, message_id, "x", at=NOW)
        sending.settle(register, message_id, "x", state=state, answer=answer, at=NOW)  # type: ignore[arg-type]
    queue(register, letter(message_id="3@example.org", period="2026-W49"))
    found = sending.figures(register, day=NOW, week=NOW, months=NOW)
    assert found == {
        "waiting": 1,
        "handed": 2,
        "answered": 2,
        "hard": 1,
        "sizes": [14],
        "largest": (14, "3@example.org"),
    }
    assert sending.figures(register, day=LATER, week=LATER, months=LATER)["handed"] == 0
