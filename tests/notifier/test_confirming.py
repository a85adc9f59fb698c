"""Double opt-in: one question to an address, no letter before its own yes."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from config.errors import InputError
from config.settings import MailSettings, ServeSettings, Settings
from notifier import confirming, links, outbox, returns
from register import consents, deliveries, incoming
from register.database import Register, memory_register
from register.incoming import Incoming
from tests.notifier.given import NOW, SENDER
from tests.notifier.given import enterprise as made_enterprise

ADDRESS = "info@fonsterlaget.example"
HASH = consents.address_hash(ADDRESS)
SETTINGS = Settings(
    mail=MailSettings.model_validate({"from": SENDER}),
    serve=ServeSettings(public_url="https://anbud.example"),
)


@pytest.fixture
def register() -> Register:
    from register import enterprises

    opened = memory_register()
    enterprises.add(opened, made_enterprise(), at=NOW)
    return opened


def ask(register: Register, days: int = 0, email: str = ADDRESS) -> bool:
    at = NOW + timedelta(days=days)
    return confirming.ask(register, "dalarna-1", email, how="form", settings=SETTINGS, now=at)


def test_an_address_is_asked_once_and_gets_nothing_else(register: Register) -> None:
    assert ask(register)
    assert not ask(register, days=3)
    (letter,) = deliveries.waiting(register)
    assert (letter.kind, letter.recipient, letter.state) == ("confirmation", ADDRESS, "due")
    queued = outbox.queue_letters(register, settings=SETTINGS, now=NOW)
    assert [one.outcome for one in queued] == [outbox.UNADDRESSED]


def test_the_question_says_who_asks_what_comes_and_until_when_in_both_parts(register: Register) -> None:
    ask(register)
    (letter,) = deliveries.waiting(register)
    mail = message_from_bytes(deliveries.mime(register, letter.message_id), policy=policy.default)
    link = links.maker(links.secret_of(register, SETTINGS), "https://anbud.example", NOW)(
        "confirm", "dalarna-1", address=HASH
    )
    for part in mail.iter_parts():
        text = " ".join(part.get_content().split())
        for fact in ("Fönsterlaget", link, "söndag 6 december", "ordet ja", "14 dagar"):
            assert fact in text, (part.get_content_type(), fact)
    assert mail["Subject"] == "Vill ni ha brev om upphandlingar? Svara ja (Fönsterlaget)"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ADDRESS not in link


def test_a_yes_by_mail_counts_for_what_was_asked_alone(register: Register) -> None:
    ask(register)
    (letter,) = deliveries.waiting(register)
    token = letter.message_id.partition("@")[0]
    for number, text in enumerate(["kanske", "Ja tack"]):
        mail = Incoming(identity=str(number), kind="reply", sender=ADDRESS, tokens=(token,), text=text, received=NOW)
        incoming.add(register, mail, delivery=letter.message_id)
        returns.settle(register, settings=SETTINGS, now=NOW)
        assert bool(consents.confirmed(register)) == (text == "Ja tack")
    assert [event.event for event in consents.events(register, ADDRESS)] == ["requested", "confirmed"]


def test_an_address_that_is_none_is_refused_before_anything_is_kept(register: Register) -> None:
    with pytest.raises(InputError):
        ask(register, email="info@x.example\r\nBcc: alla@x.example")
    assert not deliveries.waiting(register)
    assert not consents.pending(register, "dalarna-1")
