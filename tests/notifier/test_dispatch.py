"""What becomes of letters whose fate is not known, and what a person decides of them."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

import pytest

from config.errors import NotFoundError, UnavailableError
from config.settings import Settings
from notifier import dispatch, uncertain
from notifier.mail import Outcome
from register import consents, deliveries, senders, sending
from register.database import Register, memory_register
from register.models import Delivery, DeliveryKind
from tests.notifier import given
from tests.notifier.given import NOW

ONE, TWO = "1@example.org", "2@example.org"
MINUTE = timedelta(minutes=1)


class Carrier:
    """Takes letters; by turns it answers, or loses the answer (`uncertain`)."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.taken: list[tuple[str, str]] = []

    def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
        hand()
        self.taken.append((sender, recipient))
        return Outcome(self.states.pop(0) if self.states else "accepted", "said")  # type: ignore[arg-type]


class Copies:
    """An archive with these copies."""

    def __init__(self, *message_ids: str) -> None:
        self.there = set(message_ids)

    def holds(self, message_ids: Collection[str], *, since: datetime) -> set[str]:
        assert since <= NOW
        return self.there.intersection(message_ids)


@pytest.fixture
def register() -> Iterator[Register]:
    """Two letters that are due."""
    opened = memory_register()
    put(opened, ONE, "a@a.example")
    put(opened, TWO, "b@b.example")
    yield opened
    opened.close()


def put(register: Register, message_id: str, recipient: str, kind: DeliveryKind = "weekly") -> None:
    letter = Delivery(
        message_id=message_id,
        kind=kind,
        enterprise="",
        recipient=recipient,
        period="2026-W48",
        state="due",
        subject="Hej",
        created=NOW,
        changed=NOW,
    )
    assert deliveries.queue(register, letter, mime=b"Subject: Hej\r\n\r\nhej\r\n", html="", told=())


def settings(uncertain: str = "hold", **mail: str) -> Settings:
    own = given.settings(uncertain=uncertain, **mail)
    return own.model_copy(update={"archive": own.archive.model_copy(update={"wait_seconds": 600})})


def send(register: Register, carrier: Carrier, own: Settings, at: datetime = NOW) -> dict[str, int]:
    return dict(dispatch.send_due(register, carrier, settings=own, clock=lambda: at).states)


def state(register: Register, message_id: str = ONE) -> str:
    return deliveries.get(register, message_id).state


def test_hold_waits_for_a_person_whatever_time_passes(register: Register) -> None:
    assert send(register, Carrier("uncertain"), settings()) == {"uncertain": 1, "accepted": 1}
    for days in (0, 1, 30):
        assert uncertain.tidy(register, settings=settings(), now=NOW + timedelta(days=days)) == uncertain.Tidied()
    assert state(register) == "uncertain"


def test_repeat_sends_the_same_mail_again_after_a_while(register: Register) -> None:
    own, carrier = settings("repeat"), Carrier("uncertain")
    send(register, carrier, own)
    before = deliveries.mime(register, ONE)
    assert uncertain.tidy(register, settings=own, now=NOW).again == 1
    assert send(register, carrier, own, NOW + MINUTE) == {}
    assert send(register, carrier, own, NOW + 3 * MINUTE) == {"accepted": 1}
    assert [recipient for _, recipient in carrier.taken] == ["a@a.example", "b@b.example", "a@a.example"]
    assert deliveries.mime(register, ONE) == before


def test_repeat_gives_up_after_three_days_and_leaves_it_listed(register: Register) -> None:
    own = settings("repeat")
    send(register, Carrier("uncertain"), own)
    assert uncertain.tidy(register, settings=own, now=NOW + timedelta(days=4)).again == 0
    assert state(register) == "uncertain"


def test_verify_believes_a_copy_at_once(register: Register) -> None:
    own = settings("verify")
    send(register, Carrier("uncertain"), own)
    found = uncertain.tidy(register, settings=own, now=NOW, archive=Copies(ONE, TWO))
    assert (found.found, found.again) == (1, 0)
    assert state(register) == "accepted"


def test_verify_believes_that_there_is_none_only_after_a_while(register: Register) -> None:
    own, carrier = settings("verify"), Carrier("uncertain")
    send(register, carrier, own)
    archive = Copies(TWO)
    assert uncertain.tidy(register, settings=own, now=NOW + 9 * MINUTE, archive=archive) == uncertain.Tidied()
    assert uncertain.tidy(register, settings=own, now=NOW + 10 * MINUTE, archive=archive).again == 1
    assert send(register, carrier, own, NOW + 10 * MINUTE) == {"accepted": 1}


def test_verify_believes_no_archive_that_gets_no_copies(register: Register) -> None:
    own = settings("verify")
    send(register, Carrier("uncertain"), own)
    assert uncertain.tidy(register, settings=own, now=NOW + timedelta(days=9), archive=Copies()) == uncertain.Tidied()
    assert state(register) == "uncertain"


def test_an_archive_that_cannot_be_asked_changes_nothing_and_is_told(register: Register) -> None:
    class Gone(Copies):
        def holds(self, message_ids: Collection[str], *, since: datetime) -> set[str]:
            raise UnavailableError("The archive is gone.")

    own = settings("verify")
    send(register, Carrier("uncertain"), own)
    assert uncertain.tidy(register, settings=own, now=NOW, archive=Gone()).problem == "The archive is gone."
    assert state(register) == "uncertain"


def test_a_released_letter_goes_again(register: Register) -> None:
    carrier = Carrier("uncertain")
    send(register, carrier, settings())
    assert uncertain.release(register, ONE, now=NOW)
    assert not uncertain.release(register, TWO, now=NOW)
    assert send(register, carrier, settings()) == {"accepted": 1}
    assert len(carrier.taken) == 3


@pytest.mark.parametrize(("arrived", "becomes"), [(True, "accepted"), (False, "failed")])
def test_a_dropped_letter_goes_no_more(register: Register, arrived: bool, becomes: str) -> None:
    send(register, Carrier("uncertain"), settings())
    assert uncertain.drop(register, ONE, arrived=arrived, now=NOW)
    assert state(register) == becomes
    assert not uncertain.drop(register, ONE, arrived=arrived, now=NOW)
    assert send(register, Carrier(), settings()) == {}


def test_a_waiting_letter_can_be_dropped_but_has_not_arrived(register: Register) -> None:
    assert not uncertain.drop(register, ONE, arrived=True, now=NOW)
    assert uncertain.drop(register, ONE, arrived=False, now=NOW)
    with pytest.raises(NotFoundError):
        uncertain.drop(register, "nothing", arrived=False, now=NOW)


def test_bounces_come_back_to_an_address_that_names_the_letter(register: Register) -> None:
    carrier = Carrier()
    send(register, carrier, settings(bounce_address="studs@example.org"))
    assert [sender for sender, _ in carrier.taken] == ["studs+1@example.org", "studs+2@example.org"]


def test_who_has_stopped_gets_nothing_but_may_be_asked_anew(register: Register) -> None:
    put(register, "3@example.org", "a@a.example", kind="confirmation")
    put(register, "4@example.org", "b@b.example", kind="confirmation")
    consents.suppress(register, "a@a.example", reason="asked", at=NOW)
    consents.suppress(register, "b@b.example", reason="complained", at=NOW)
    carrier = Carrier()
    assert send(register, carrier, settings()) == {"suppressed": 3, "accepted": 1}
    assert [recipient for _, recipient in carrier.taken] == ["a@a.example"]


def test_an_error_while_sending_leaves_the_rest_due(register: Register) -> None:
    class Broken(Carrier):
        def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
            raise ValueError("a fault of our own")

    with pytest.raises(ValueError, match="of our own"):
        send(register, Broken(), settings())
    assert (state(register), state(register, TWO)) == ("due", "due")


def test_a_sender_that_was_held_to_be_dead_lets_go_of_its_letter(register: Register) -> None:
    class Slept(Carrier):
        """Its process sleeps before the letter's end, and another sender tidies up meanwhile."""

        def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
            sending.recover(register, gone=lambda name: True, unsafe=senders.of_another_boot, at=NOW)
            return super().send(mime, sender, recipient, hand)

    slept, other = Slept(), Carrier()
    assert send(register, slept, settings()) == {"taken over": 2}
    assert slept.taken == []
    assert send(register, other, settings()) == {"accepted": 2}
