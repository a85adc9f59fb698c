"""The whole way there and back, with a real mail server and a real mailbox: letter, answer, bounce, next letter."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from click.testing import CliRunner

from anbudslots.main import cli
from config.settings import AnswersSettings, DigestSettings, MailSettings, MatcherSettings, ServeSettings, Settings
from crawler import postbox
from matcher import matching
from notifier import dispatch, mail, outbox, returns
from register import consents, deliveries, enterprises, incoming, judgements, matches, notices, runs
from register.database import Register, open_register
from register.models import Delivery, Place
from tests.conftest import NOW, WordEncoder, make_enterprise, make_lot, make_notice
from tests.crawler import dovecot
from tests.crawler.dovecot import Dovecot
from tests.notifier.mailserver import Recorder, serving

pytestmark = pytest.mark.skipif(
    dovecot.PROGRAM is None, reason="no Dovecot on this machine (apt install dovecot-imapd)"
)

READER, GONE = "info@skogsglantan.example", "info@borta.example"
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot.running() as running:
        yield running


@pytest.fixture(autouse=True)
def empty(server: Dovecot) -> None:
    with server.client() as client:
        client.delete_messages(client.search("ALL"))
        client.expunge()


@dataclass(frozen=True)
class House:
    """Two enterprises and two tenders, and where their letters go and their answers come."""

    register: Register
    post: "Post"
    settings: Settings


@pytest.fixture
def house(server: Dovecot, tmp_path: Path) -> Iterator[House]:
    register, post = open_register(tmp_path), Post()
    fill(register)
    with serving(post) as port:
        yield House(register, post, settings_of(server, port))
    register.close()


class Post(Recorder):
    """Also keeps the envelopes' senders, where bounces go."""

    def __init__(self) -> None:
        super().__init__()
        self.senders: dict[str, str] = {}

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.senders |= dict.fromkeys(envelope.rcpt_tos, envelope.mail_from)
        return await super().handle_DATA(server, session, envelope)


def settings_of(server: Dovecot, port: int) -> Settings:
    own: dict[str, Any] = {"from": "Anbudslots <brev@example.org>", "host": "127.0.0.1", "port": port}
    return Settings(
        mail=MailSettings.model_validate({**own, "bounce_address": "studs@example.org"}),
        answers=AnswersSettings.model_validate(
            {
                "host": "localhost",
                "port": server.port,
                "security": "none",
                "user": dovecot.USER,
                "password": dovecot.PASSWORD,
            }
        ),
        digest=DigestSettings(floor=0),
        serve=ServeSettings(public_url="https://anbud.example"),
    )


def notice_in(number: str, city: str, nuts: str = "SE312") -> Any:
    lot = make_lot(places=(Place(nuts=nuts, city=city),), deadline=NOW + 4 * WEEK)
    return make_notice(number, lots=(lot,), title=f"Fönsterputs på sex förskolor i {city}")


def fill(register: Register) -> None:
    for identity, address in (("asf-1", READER), ("asf-2", GONE)):
        own = make_enterprise(identity, contact={"email": address}, reach={"nationwide": True})
        enterprises.add(register, own, at=NOW)
        consents.confirm(register, identity, address, how="by post", at=NOW)
    for number, city in (("1-2026", "Mora"), ("2-2026", "Malung")):
        notices.add(register, notice_in(number, city), raw=None, at=NOW)


def match(register: Register, words: WordEncoder, now: datetime) -> dict[str, float]:
    matching.run(register, words, MatcherSettings(keep=100), now=now)
    return {match.notice: match.score for match in matches.of(register, "asf-1")}


def send(register: Register, settings: Settings, now: datetime) -> list[Delivery]:
    outbox.queue_letters(register, settings=settings, now=now)
    before = {letter.message_id for letter in deliveries.listing(register) if letter.state == "accepted"}
    with mail.SmtpTransport(settings.mail) as transport:
        dispatch.send_due(register, transport, settings=settings, clock=lambda: now)
    return [one for one in deliveries.listing(register) if one.state == "accepted" and one.message_id not in before]


def reply_to(letter: bytes, text: str) -> bytes:
    """What a mail program makes when a person answers: the letter quoted below."""
    received = message_from_bytes(letter, policy=policy.default)
    body = received.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in body.get_content().splitlines())
    made = EmailMessage(policy=policy.SMTP)
    made["From"], made["To"] = received["To"], received["Reply-To"]
    made["Subject"] = f"Sv: {received['Subject']}"
    made["Date"], made["Message-ID"] = format_datetime(NOW), f"<{abs(hash(text))}@skogsglantan.example>"
    made["In-Reply-To"] = received["Message-ID"]
    made.set_content(f"{text}\n\nMvh Asta\n\nDen tis 24 nov. 2026 kl 07:30 skrev Anbudslots:\n{quoted}\n")
    return made.as_bytes()


def bounce_to(sender: str, status: str) -> bytes:
    """What the recipient's mail server sends to the envelope's sender (RFC 3464), without the letter's headers."""
    report = f"Reporting-MTA: dns; mx.borta.example\r\n\r\nFinal-Recipient: rfc822; {GONE}\r\nAction: failed\r\n"
    return (
        f"From: MAILER-DAEMON@mx.borta.example\r\nTo: {sender}\r\nSubject: Undelivered\r\n"
        f"Message-ID: <{status}@mx.borta.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain\r\n\r\nNo.\r\n"
        f"--x\r\nContent-Type: message/delivery-status\r\n\r\n{report}Status: {status}\r\n\r\n--x--\r\n"
    ).encode()


def test_an_answer_and_a_bounce_are_reflected_by_the_next_match_and_letter(
    server: Dovecot, house: House, words: WordEncoder
) -> None:
    register, post, settings = house.register, house.post, house.settings
    before = match(register, words, NOW)
    letters = {letter.recipient: letter for letter in send(register, settings, NOW)}
    assert letters.keys() == {READER, GONE}
    own = letters[READER]
    assert {number for number, _ in own.lots} == {"1-2026", "2-2026"}
    token = letters[GONE].message_id.partition("@")[0]
    assert post.senders[GONE] == f"studs+{token}@example.org"

    which = [number for number, _ in own.lots].index("2-2026") + 1
    received = dict(post.taken)[READER]
    server.deliver(reply_to(received, f"{which} nej för långt"))
    server.deliver(bounce_to(post.senders[GONE], "5.1.1"))
    server.deliver(b"From: a@b.example\r\nSubject: Reklam\r\nMessage-ID: <r@b.example>\r\n\r\nstopp")
    run = postbox.crawl(register, settings, NOW)
    assert run is not None
    assert (run.status, run.announced, run.received, run.set_aside) == ("complete", 3, 2, ())
    assert server.seen() == dict(zip(sorted(server.seen()), (True, True, False), strict=True))
    effects = returns.settle(register, settings=settings, now=NOW)
    assert effects == {"answers": 1, "hard": 1}

    (said,) = judgements.of(register, "asf-1")
    assert (said.notice, said.answer, said.reason, said.who) == ("2-2026", "no", "too_far", "Skogsgläntan")
    assert deliveries.get(register, letters[GONE].message_id).state == "bounced"
    assert consents.confirmed(register) == [("asf-1", READER)]
    assert postbox.crawl(register, settings, NOW) is None, "each mail once"
    assert returns.settle(register, settings=settings, now=NOW) == {}

    later = NOW + WEEK
    for number, city in (("3-2026", "Mora"), ("4-2026", "Malung")):
        notices.add(register, notice_in(number, city), raw=None, at=later)
    after = match(register, words, later)
    assert after["2-2026"] < before["2-2026"], "too far lowers what is in Malung"
    assert after["4-2026"] < after["3-2026"]
    assert after["1-2026"] == pytest.approx(before["1-2026"], abs=0.02), "and nothing else"
    (next_letter,) = send(register, settings, later)
    assert next_letter.recipient == READER
    assert next_letter.lots[0][0] == "3-2026"
    assert "2-2026" not in {number for number, _ in next_letter.lots}


def test_a_full_mailbox_gets_the_same_letter_again_some_hours_later(
    server: Dovecot, house: House, words: WordEncoder
) -> None:
    register, post, settings = house.register, house.post, house.settings
    match(register, words, NOW)
    send(register, settings, NOW)
    first = dict(post.taken)[GONE]
    server.deliver(bounce_to(post.senders[GONE], "4.2.2"))
    postbox.crawl(register, settings, NOW)
    assert returns.settle(register, settings=settings, now=NOW) == {"soft": 1}
    assert send(register, settings, NOW + timedelta(minutes=119)) == []
    assert [letter.recipient for letter in send(register, settings, NOW + timedelta(hours=2))] == [GONE]
    assert [data for to, data in post.taken if to == GONE] == [first, first], "byte for byte"


def test_a_stop_by_mail_reaches_a_letter_that_is_not_out_yet(server: Dovecot, house: House, words: WordEncoder) -> None:
    register, settings = house.register, house.settings
    match(register, words, NOW)
    outbox.queue_letters(register, settings=settings, now=NOW)
    server.deliver(
        f"From: <{READER}>\r\nSubject: Avregistrera\r\nMessage-ID: <s@x.example>\r\n\r\nStopp tack\r\n".encode()
    )
    postbox.crawl(register, settings, NOW)
    assert returns.settle(register, settings=settings, now=NOW) == {"stop": 1}
    assert [letter.recipient for letter in send(register, settings, NOW)] == [GONE]
    assert {letter.state for letter in deliveries.listing(register)} == {"suppressed", "accepted"}


def test_the_command_reads_answers_and_lists_what_a_person_has_to_read(
    server: Dovecot, house: House, tmp_path: Path, words: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    register, post, settings = house.register, house.post, house.settings
    match(register, words, NOW)
    send(register, settings, NOW)
    server.deliver(reply_to(dict(post.taken)[READER], "Behöver man skylift?"))
    for name, value in {"HOST": "localhost", "PORT": str(server.port), "SECURITY": "none"}.items():
        monkeypatch.setenv(f"ANBUDSLOTS_ANSWERS__{name}", value)
    monkeypatch.setenv("ANBUDSLOTS_ANSWERS__USER", dovecot.USER)
    monkeypatch.setenv("ANBUDSLOTS_ANSWERS__PASSWORD", dovecot.PASSWORD)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["--data", str(tmp_path), "--now", NOW.isoformat(), *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.output

    assert "answers to letters: 1 unclear" in run("crawl", "mailbox")
    (row,) = json.loads(run("answers", "list", "--json"))
    assert (row["enterprise"], row["sender"], row["words"]) == ("asf-1", READER, "Behöver man skylift?")
    assert "1 read" in run("answers", "read", str(row["id"]))
    assert "Nobody waits" in run("answers", "list")
    assert incoming.outcomes(register, row["letter"])[0][:2] == ("reply", "read")
    assert "skylift" not in str(list(register.db.query("SELECT * FROM incoming_mails")))
    assert "gets no more letters" in run("consents", "stop", READER)
    assert "On the stop list" in run("consents", "show", READER)
    assert [row["address"] for row in json.loads(run("consents", "list", "--json"))] == [GONE]


def test_a_mailbox_that_can_not_be_reached_is_told(server: Dovecot, register: Register) -> None:
    settings = settings_of(server, 25)
    wrong = settings.answers.model_copy(update={"password": settings.answers.password.__class__("fel")})
    run = postbox.crawl(register, settings.model_copy(update={"answers": wrong}), NOW)
    assert run is not None
    assert run.status == "failed"
    assert "ANBUDSLOTS_ANSWERS__USER" in run.problems[0]
    latest = runs.latest(register, "answers")
    assert latest is not None
    assert latest.status == "failed"
