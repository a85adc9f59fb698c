"""Against a real mail server on loopback."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from config.errors import UnavailableError
from config.settings import MailSettings
from notifier.mail import SmtpTransport

MIME = b"Subject: hej\r\n\r\nrad\r\n.punkt\r\n..tva\r\n"


def HAND() -> None:
    """Nothing has to be marked."""


class Mailbox:
    """A mail server's behaviour: what it answers to RCPT and DATA, and what it took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.rcpt: str | None = None
        self.data: list[str] = []
        self.die: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.die == "before":
            server.transport.abort()
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.die == "after":
            server.transport.abort()
            return "250 too late"
        answer = self.data.pop(0) if self.data else "250 taken"
        if answer.startswith("250"):
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox) -> Iterator[Callable[..., MailSettings]]:
    running: list[Controller] = []

    def start(**options: Any) -> MailSettings:
        # A free port is asked of the system: port 0 would make the controller wait on the wrong one.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return MailSettings(host="127.0.0.1", port=port, timeout_seconds=5)

    yield start
    for controller in running:
        controller.stop()


def sent(settings: MailSettings, times: int = 1) -> list[tuple[str, str]]:
    with SmtpTransport(settings) as transport:
        outcomes = [transport.send(MIME, "brev@example.org", "a@b.example", HAND) for _ in range(times)]
    return [(outcome.state, outcome.answer) for outcome in outcomes]


def test_what_goes_out_comes_in_byte_by_byte(serve: Callable[..., MailSettings], mailbox: Mailbox) -> None:
    assert sent(serve()) == [("accepted", "250 taken")]
    assert mailbox.taken == [("brev@example.org", ["a@b.example"], MIME)]


def test_later_is_deferred_never_is_failed_and_the_next_goes_through(
    serve: Callable[..., MailSettings], mailbox: Mailbox
) -> None:
    mailbox.data = ["451 try later", "554 no such mail", "250 taken"]
    assert sent(serve(), 3) == [
        ("deferred", "451 try later"),
        ("failed", "554 no such mail"),
        ("accepted", "250 taken"),
    ]
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize(("answer", "state"), [("550 unknown", "failed"), ("450 greylisted", "deferred")])
def test_a_refused_recipient(serve: Callable[..., MailSettings], mailbox: Mailbox, answer: str, state: str) -> None:
    mailbox.rcpt = answer
    assert sent(serve()) == [(state, answer)]
    assert mailbox.taken == []


def test_a_connection_that_dies_before_the_letter_leaves_it_to_be_sent(
    serve: Callable[..., MailSettings], mailbox: Mailbox
) -> None:
    mailbox.die = "before"
    settings = serve()
    with SmtpTransport(settings) as transport:
        assert transport.send(MIME, "brev@example.org", "a@b.example", HAND).state == "deferred"
        mailbox.die = ""
        assert transport.send(MIME, "brev@example.org", "a@b.example", HAND).state == "accepted"  # connected anew


def test_a_connection_that_dies_after_the_letter_leaves_it_uncertain(
    serve: Callable[..., MailSettings], mailbox: Mailbox
) -> None:
    mailbox.die = "after"
    ((state, answer),) = sent(serve())
    assert state == "uncertain"
    assert "after the letter" in answer


def test_no_server_is_told_with_its_address() -> None:
    with (
        pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1 .*stay due"),
        SmtpTransport(MailSettings(host="127.0.0.1", port=1, timeout_seconds=2)),
    ):
        pass


def test_a_server_without_starttls_gets_no_letter_in_the_clear(
    serve: Callable[..., MailSettings], mailbox: Mailbox
) -> None:
    settings = serve().model_copy(update={"security": "starttls"})
    with pytest.raises(UnavailableError, match="STARTTLS"), SmtpTransport(settings):
        pass
    assert mailbox.taken == []


def test_a_certificate_that_nobody_vouches_for_is_refused(serve: Callable[..., MailSettings], mailbox: Mailbox) -> None:
    # A server that speaks no TLS at all on the TLS port: the handshake fails, nothing is sent in the clear.
    settings = serve().model_copy(update={"security": "tls"})
    with pytest.raises(UnavailableError) as caught, SmtpTransport(settings):
        pass
    assert isinstance(caught.value.__cause__, ssl.SSLError | OSError)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_log_in_with_the_password_of_the_settings(serve: Callable[..., MailSettings], mailbox: Mailbox) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"lots", b"hemlig"), handled=False)

    settings = serve(authenticator=check, auth_require_tls=False, auth_required=True)
    own = MailSettings(host=settings.host, port=settings.port, user="lots", password="hemlig", timeout_seconds=5)
    assert sent(own) == [("accepted", "250 taken")]
    wrong = own.model_copy(update={"password": MailSettings(password="fel").password})
    with pytest.raises(UnavailableError) as caught:
        sent(wrong)
    assert "fel" not in str(caught.value).replace("failed", "")
