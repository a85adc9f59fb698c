"""What follows from a bounce, a complaint and an answer: for the address, the letter and the next one."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import DigestSettings, MailSettings, Settings
from notifier import message, returns
from notifier.bounces import GONE, WAITS, Consequence, consequence
from register import bounces, consents, deliveries, enterprises, incoming, judgements, notices, sending
from register.database import Register, memory_register
from register.incoming import Incoming
from register.models import Delivery
from tests.notifier.given import NOW, SENDER
from tests.notifier.given import enterprise as made_enterprise
from tests.notifier.given import lot as made_lot
from tests.notifier.given import notice as made_notice

ADDRESS = "info@fonsterlaget.example"
SETTINGS = Settings(mail=MailSettings.model_validate({"from": SENDER}), digest=DigestSettings())


def back(**changes: object) -> Incoming:
    own: dict[str, object] = {"identity": "1", "kind": "bounce", "action": "failed", "received": NOW}
    return Incoming.model_validate(own | changes)


@pytest.mark.parametrize(
    ("changes", "before", "expected"),
    [
        ({"status": "5.1.1"}, 0, Consequence("hard")),
        ({"status": "5.1.10"}, 0, Consequence("hard")),  # RFC 7505: the domain takes no mail
        ({"status": "5.2.2"}, 0, Consequence("soft", WAITS[0])),
        ({"status": "4.4.7"}, 2, Consequence("soft", WAITS[2])),
        ({"status": "4.4.7"}, 3, Consequence("soft")),
        ({"status": "5.7.1"}, 0, Consequence("soft")),  # refused for what it is: not pressed
        ({"status": ""}, 0, Consequence("soft")),
        ({"status": "4.4.1", "action": "delayed"}, 0, Consequence("none")),
        ({"status": "2.0.0", "action": "delivered"}, 0, Consequence("none")),
        ({"status": "5.1.1", "action": ""}, 0, Consequence("hard")),
        ({"kind": "complaint", "action": "abuse"}, 0, Consequence("complaint")),
        ({"kind": "complaint", "action": "not-spam"}, 0, Consequence("none")),
        ({"kind": "complaint", "action": "opt-out"}, 0, Consequence("stop")),
        ({"kind": "reply", "status": "5.1.1"}, 0, Consequence("none")),
    ],
)
def test_codes_and_what_they_lead_to(changes: dict[str, object], before: int, expected: Consequence) -> None:
    assert consequence(back(**changes), before=before) == expected


@given(st.sampled_from(["failed", "delayed", "", "relayed", "x"]), st.text(max_size=12), st.integers(0, 50))
def test_only_certain_codes_close_an_address(action: str, status: str, before: int) -> None:
    found = consequence(back(action=action, status=status), before=before)
    assert (found.kind == "hard") <= (status in GONE)
    assert found.again is None or found.kind == "soft"


@pytest.fixture
def register() -> Register:
    opened = memory_register()
    enterprises.add(opened, made_enterprise(), at=NOW)
    notices.add(opened, made_notice(made_lot(), made_lot(id="LOT-0002", title="Trappor")), raw=None, at=NOW)
    consents.confirm(opened, "dalarna-1", ADDRESS, how="by post", at=NOW)
    return opened


def letter(register: Register, period: str = "2026-W48", *, at: datetime = NOW, state: str = "accepted") -> Delivery:
    """A letter with two lots that the mail server took."""
    made = Delivery(
        message_id=message.message_id("dalarna-1", period, ADDRESS, SENDER),
        enterprise="dalarna-1",
        recipient=ADDRESS,
        period=period,
        state="due",
        subject="Brev",
        lots=(("700001-2026", "LOT-0001"), ("700001-2026", "LOT-0002")),
        created=at,
        changed=at,
    )
    deliveries.queue(register, made, mime=b"x", html="", told=[("procedure-1", "LOT-0001", "a")])
    if state != "due":
        sending.claim(register, "me", at=at, limit=10)
    if state == "accepted":
        sending.hand(register, made.message_id, "me", at=at)
        sending.settle(register, made.message_id, "me", state="accepted", answer="250", at=at)
    return deliveries.get(register, made.message_id)


def comes(register: Register, mail: Incoming, at: datetime = NOW) -> dict[str, int]:
    incoming.add(register, mail, delivery="")
    return dict(returns.settle(register, settings=SETTINGS, now=at))


def about(own: Delivery, **changes: object) -> Incoming:
    return back(tokens=(message.token(own.message_id),), **changes)


def test_an_address_that_is_gone_gets_no_more_and_the_news_are_told_anew(register: Register) -> None:
    own = letter(register)
    assert deliveries.told(register, "dalarna-1")
    assert comes(register, about(own, status="5.1.1", words="no such user")) == {"hard": 1}
    known = deliveries.get(register, own.message_id)
    assert (known.state, known.answer) == ("bounced", "Came back: 5.1.1 no such user")
    assert deliveries.told(register, "dalarna-1") == set()
    assert consents.suppressed(register, ADDRESS) == ("bounced", NOW)


def test_a_bounce_that_names_no_letter_of_ours_does_nothing(register: Register) -> None:
    own = letter(register)
    assert comes(register, back(tokens=("0" * 40,), status="5.1.1")) == {"nothing": 1}
    assert deliveries.get(register, own.message_id).state == "accepted"
    assert consents.confirmed(register)


def test_a_letter_that_keeps_coming_back_is_given_up(register: Register) -> None:
    own, at = letter(register), NOW
    for number, wait in enumerate(WAITS):
        comes(register, about(own, status="4.2.2", identity=str(number)), at)
        known = deliveries.get(register, own.message_id)
        assert (known.state, known.next_attempt) == ("deferred", at + wait)
        at += wait
        sending.claim(register, "me", at=at, limit=1)
        sending.settle(register, own.message_id, "me", state="accepted", answer="250", at=at)
    comes(register, about(own, status="4.2.2", identity="last"), at)
    assert deliveries.get(register, own.message_id).state == "bounced"
    assert consents.confirmed(register), "one letter alone closes no address"


def test_three_letters_in_a_row_that_came_back_close_the_address(register: Register) -> None:
    for week in range(3):
        assert consents.confirmed(register)
        at = NOW + timedelta(weeks=week)
        own = letter(register, f"2026-W{48 + week}", at=at)
        comes(register, about(own, status="5.7.1", identity=str(week)), at)
    assert consents.confirmed(register) == []


def test_a_complaint_is_a_stop_that_is_not_asked_about_again(register: Register) -> None:
    own = letter(register)
    assert comes(register, about(own, kind="complaint", action="abuse")) == {"complaint": 1}
    assert deliveries.get(register, own.message_id).state == "complained"
    assert not consents.request(register, "dalarna-1", ADDRESS, how="form", at=NOW + timedelta(days=30))


def test_what_speaks_of_a_letter_that_is_just_going_out_waits(register: Register) -> None:
    own = letter(register, state="sending")
    assert comes(register, about(own, status="5.1.1")) == {}
    assert len(incoming.waiting(register)) == 1
    sending.hand(register, own.message_id, "me", at=NOW)
    sending.settle(register, own.message_id, "me", state="accepted", answer="250", at=NOW)
    assert returns.settle(register, settings=SETTINGS, now=NOW) == {"hard": 1}


def test_the_same_mail_twice_has_its_effect_once(register: Register) -> None:
    own = letter(register)
    mail = about(own, kind="reply", text="2 nej, för långt")
    assert comes(register, mail) == {"answers": 1}
    assert comes(register, mail) == {}
    (said,) = judgements.of(register, everything=True)
    assert (said.lot, said.answer, said.reason) == ("LOT-0002", "no", "too_far")


@pytest.mark.parametrize("changes", [{"text": "stopp"}, {"subject": f"STOPP {'a' * 40}"}])
def test_a_stop_by_mail_is_for_the_letters_own_reader(register: Register, changes: dict[str, str]) -> None:
    own = letter(register)
    told = comes(register, about(own, kind="reply", sender="kollega@fonsterlaget.example", **changes))
    assert told == {"stop": 1}
    assert consents.confirmed(register) == []
    assert not consents.is_suppressed(register, "kollega@fonsterlaget.example")


def test_an_answer_without_a_letter_can_only_stop(register: Register) -> None:
    letter(register)
    assert comes(register, back(kind="reply", sender=ADDRESS, text="ja", identity="a")) == {"unclear": 1}
    assert judgements.of(register) == []
    assert comes(register, back(kind="reply", sender="x@ond.example", text="stopp", identity="b")) == {"nothing": 1}
    assert comes(register, back(kind="reply", sender=ADDRESS.upper(), text="stopp", identity="c")) == {"stop": 1}


def test_a_pause_by_mail_lasts_until_the_day_that_was_named(register: Register) -> None:
    own = letter(register)
    comes(register, about(own, kind="reply", text="pausa till 15 januari"))
    hashed = consents.address_hash(ADDRESS)
    until = consents.paused_until(register, "dalarna-1", hashed)
    assert until is not None
    assert until.isoformat() == "2027-01-15"
    comes(register, about(own, kind="reply", text="paus", identity="2"))
    until = consents.paused_until(register, "dalarna-1", hashed)
    assert until is not None
    assert until.isoformat() == "2026-12-21", "four weeks"


def test_what_a_machine_wrote_and_what_says_nothing_is_left(register: Register) -> None:
    own = letter(register)
    assert comes(register, about(own, kind="automatic", text="Ja, stopp")) == {"automatic": 1}
    assert comes(register, about(own, kind="reply", subject="Sv: STOPP alla brev", identity="2")) == {"empty": 1}
    assert consents.confirmed(register)
    assert incoming.unclear(register) == []


def test_words_are_kept_only_while_somebody_has_to_read_them(register: Register) -> None:
    own = letter(register)
    comes(register, about(own, kind="reply", text="nej", sender="asta@fonsterlaget.example"))
    ((number, _, mail),) = incoming.unclear(register)
    assert mail.text == "nej", "to which of two?"
    incoming.settle(register, number, "read", delivery=own.message_id, at=NOW)
    assert "asta" not in str(list(register.db.query("SELECT * FROM incoming_mails")))
    assert bounces.letter_of(register, ["x", message.token(own.message_id)]) == own
