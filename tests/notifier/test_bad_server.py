"""A mail server of the worst kind: every letter ends in the state that its fate asks for, in bounded time.

Few letters as a test; ANBUDSLOTS_BAD_LETTERS=1000 is the proof.
"""

import asyncio
import os
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from config.errors import UnavailableError
from config.settings import Settings
from notifier import dispatch, uncertain
from notifier.mail import SmtpTransport
from register import deliveries, pauses
from register.database import Register, memory_register
from register.models import Delivery
from tests.crawler.dovecot import certificates
from tests.notifier import given
from tests.notifier.given import NOW
from tests.notifier.mailserver import Recorder, cut, serving

LETTERS = int(os.environ.get("ANBUDSLOTS_BAD_LETTERS", "100"))
FATES = (
    *("ok",) * 12,
    "greylisted",
    "deferred",
    "full",
    "cut-before",
    "cut-within",
    *("ok",) * 11,
    "taken-and-cut",
    "slow",
    "later",
    *("ok",) * 8,
    "unknown",
)
"""By turns; what befalls a letter stands in its recipient's address. Few enough are refused for no brake to pause."""
END = {
    "ok": "accepted",
    "slow": "accepted",
    "greylisted": "accepted",
    "later": "accepted",
    "cut-before": "accepted",
    "deferred": "failed",
    "full": "failed",
    "unknown": "failed",
    "cut-within": "uncertain",
    "taken-and-cut": "uncertain",
}
LETTERS_A_CONNECTION = 30


class Bad:
    """Does with each letter what its address says; answers 421 after some letters on one connection."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._current: dict[SMTP, str] = {}
        self._letters: Counter[SMTP] = Counter()

    async def __call__(self, server: SMTP, where: str) -> str | None:
        if where == "mail":
            self._letters[server] += 1
            return "421 too many letters on one connection" if self._letters[server] > LETTERS_A_CONNECTION else None
        if where.startswith("rcpt "):
            return await self._recipient(server, where.partition(" ")[2])
        fate = self._current[server]
        if where == "data":
            if fate == "slow":
                await asyncio.sleep(0.2)
            if fate == "cut-within":
                await cut(server)
                return "451 nobody hears this"
            return {"full": "552 5.2.2 mailbox full", "later": self._first(f"{server}later", "452 later")}.get(fate)
        if fate == "taken-and-cut":
            await cut(server)
        return None

    async def _recipient(self, server: SMTP, address: str) -> str | None:
        fate = fate_of(address)
        self._current[server] = fate
        self.seen[address] += 1
        if fate == "cut-before" and self.seen[address] == 1:
            await cut(server)
        return {
            "greylisted": "450 4.2.0 greylisted" if self.seen[address] == 1 else None,
            "deferred": "451 4.3.0 try again later",
            "unknown": "550 5.1.1 no such user",
        }.get(fate)

    def _first(self, key: str, answer: str) -> str | None:
        self.seen[key] += 1
        return answer if self.seen[key] == 1 else None


@pytest.fixture
def register() -> Iterator[Register]:
    opened = memory_register()
    yield opened
    opened.close()


def fill(register: Register, count: int, fates: tuple[str, ...] = ("ok",)) -> None:
    for number in range(count):
        fate = fates[number % len(fates)]
        letter = Delivery(
            message_id=f"{number:04}@example.org",
            enterprise="",
            recipient=f"{number:04}+{fate}@b.example",
            period="2026-W48",
            state="due",
            subject="Hej",
            created=NOW,
            changed=NOW,
        )
        mime = f"Message-ID: <{letter.message_id}>\r\nSubject: Hej\r\n\r\n.punkt\r\n".encode()
        assert deliveries.queue(register, letter, mime=mime, html="", told=())


def fate_of(recipient: str) -> str:
    return recipient.partition("+")[2].partition("@")[0]


def settings(port: int, **mail: Any) -> Settings:
    own = given.settings(port=port, **{"timeout_seconds": 1, **mail})
    return own.model_copy(update={"digest": own.digest.model_copy(update={"most_a_day": 10_000})})


def states(register: Register) -> Counter[str]:
    return Counter(letter.state for letter in deliveries.listing(register))


def run(register: Register, own: Settings, at: Any = NOW) -> dispatch.Sent:
    uncertain.tidy(register, settings=own, now=at)
    with SmtpTransport(own.mail) as transport:
        return dispatch.send_due(register, transport, settings=own, clock=lambda: at)


def test_every_letter_ends_as_its_fate_asks(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    fill(register, LETTERS, FATES)
    recorder = Recorder(Bad())
    began = time.monotonic()
    now, runs = NOW, 0
    with serving(recorder) as port:
        own = settings(port)
        while states(register)["due"] + states(register)["deferred"]:
            run(register, own, now)
            runs += 1
            waiting = [letter.next_attempt or now for letter in deliveries.waiting(register)]
            now = max(min(waiting, default=now), now + timedelta(minutes=1))
            assert runs < 100 + LETTERS
    seconds = time.monotonic() - began
    assert pauses.in_force(register) == []
    found = {(fate_of(letter.recipient), letter.state) for letter in deliveries.listing(register)}
    assert found == {(fate, state) for fate, state in END.items() if fate in FATES}
    taken = Counter(recipient for recipient, _ in recorder.taken)
    assert max(taken.values()) == 1
    should = {fate for fate, state in END.items() if state == "accepted"} | {"taken-and-cut"}
    assert {fate_of(recipient) for recipient in taken} == should
    assert len(taken) == sum(FATES[number % len(FATES)] in should for number in range(LETTERS))
    # Three days of back-off; bounded time, also where the machine has much else to do.
    assert now - NOW <= timedelta(days=4)
    assert seconds < 30 + LETTERS * 0.3
    if LETTERS > 100:
        with capsys.disabled():
            sys.stderr.write(f"\n{LETTERS} letters, {runs} runs, {seconds:.1f} s: {dict(states(register))}\n")


def test_a_server_that_always_breaks_off_ends_the_run_after_three(register: Register) -> None:
    async def always(server: SMTP, where: str) -> str | None:
        await cut(server)
        return None

    fill(register, LETTERS)
    with serving(Recorder(always)) as port:
        sent = run(register, settings(port))
    assert sent.stopped.startswith("the mail server broke off 3 times in a row")
    assert states(register) == {"deferred": 3, "due": LETTERS - 3}


def test_all_first_letters_put_off_leave_the_rest_for_the_next_run(register: Register) -> None:
    async def busy(server: SMTP, where: str) -> str | None:
        return "451 busy" if where == "data" else None

    fill(register, 30)
    with serving(Recorder(busy)) as port:
        sent = run(register, settings(port))
    assert "put off all of the first 10" in sent.stopped
    assert states(register) == {"deferred": 10, "due": 20}
    assert pauses.in_force(register) == []


def test_canaries_that_are_refused_pause_the_run(register: Register) -> None:
    fill(register, 30, ("ok", "unknown"))
    with serving(Recorder(Bad())) as port:
        own = settings(port, operator="drift@example.org")
        sent = run(register, own)
        assert sent.states == {"accepted": 5, "failed": 5}
        (pause,) = pauses.in_force(register)
        assert (pause.kind, pause.facts["bad"], pause.facts["first"]) == ("canary", "5", "10")
        # Only what tells the operator goes now.
        again = run(register, own)
    assert (again.states, again.stopped) == ({"accepted": 1}, "the sending is paused")
    assert states(register)["due"] == 20


def test_a_refused_sender_is_no_recipients_fault(register: Register) -> None:
    async def refuse(server: SMTP, where: str) -> str | None:
        return "550 5.7.1 not you" if where == "mail" else None

    fill(register, 30)
    with serving(Recorder(refuse)) as port:
        sent = run(register, settings(port))
    assert "refuses the sender: 550 5.7.1 not you" in sent.stopped
    assert [pause.kind for pause in pauses.in_force(register)] == ["refused"]
    assert states(register) == {"deferred": 1, "due": 29}


def test_starttls_with_a_certificate_nobody_vouches_for_sends_nothing(register: Register, tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificates(tmp_path)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    recorder = Recorder()
    fill(register, 3)
    with serving(recorder, tls_context=context) as port, pytest.raises(UnavailableError, match="stay due"):
        run(register, settings(port, security="starttls"))
    assert recorder.taken == []
    assert states(register) == {"due": 3}


@contextmanager
def raw(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does with each connection what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            try:
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        serve(connection)
            except OSError:
                return  # the test is over

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_too_many_connections_leave_all_due(register: Register) -> None:
    fill(register, 3)
    with (
        raw(lambda connection: connection.sendall(b"421 too many connections\r\n")) as port,
        pytest.raises(UnavailableError, match="too many connections"),
    ):
        run(register, settings(port))
    assert states(register) == {"due": 3}


def test_a_server_that_drips_is_given_up(register: Register) -> None:
    def drip(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(b"2")
                time.sleep(0.2)
        except OSError:
            return  # given up

    fill(register, 1)
    began = time.monotonic()
    with raw(drip) as port, pytest.raises(UnavailableError):
        run(register, settings(port))
    assert time.monotonic() - began < 5


def test_an_answer_without_end_is_given_up(register: Register) -> None:
    def flood(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(b"220-hej\r\n" * 1000)
        except OSError:
            return  # given up

    fill(register, 1)
    with raw(flood) as port, pytest.raises(UnavailableError, match="does not end"):
        run(register, settings(port))
