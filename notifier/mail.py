"""The way of letters to the mail server (SMTP)."""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from config.errors import UnavailableError
from config.settings import MailSettings
from notifier import facts
from notifier.message import mailbox

LONGEST_ANSWER = 500
LARGEST_REPLY = 64_000
"""Bytes of one answer, all its lines; a server that says more has lost its way."""
EXCHANGES_A_LETTER = 3
"""A letter in all may take so many times what one exchange may: a server that drips holds no run up for ever."""
DOT_AT_LINE_START = re.compile(rb"(?m)^\.")
BROKEN = (OSError, smtplib.SMTPException)


@dataclass(frozen=True)
class Outcome:
    """What became of one letter, and the mail server's own words.

    broken: the connection failed, or the server hung up: the next letter may fare no better.
    refused_sender: it takes nothing from this sender, whoever the letter is for.
    """

    state: Literal["accepted", "deferred", "failed", "uncertain"]
    answer: str
    broken: bool = False
    refused_sender: bool = False


class _Lines:
    """A connection's answers, line by line, none later than the connection's deadline."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection
        self._buffer = b""
        self._size = 0

    def start(self) -> None:
        """A new answer begins."""
        self._size = 0

    def readline(self, most: int) -> bytes:
        """One line with its end, or up to `most` bytes; empty where the server has hung up."""
        while b"\n" not in self._buffer and len(self._buffer) < most:
            self._connection.hurry()
            received = self._connection.sock.recv(8192)
            if not received:
                break
            self._buffer += received
        line, end, _ = self._buffer[:most].partition(b"\n")
        self._buffer = self._buffer[len(line) + len(end) :]
        self._size += len(line)
        if self._size > LARGEST_REPLY:
            raise smtplib.SMTPServerDisconnected("the server's answer does not end")
        return line + end

    def close(self) -> None:
        """The socket is the connection's to close."""


class _Connection(smtplib.SMTP):
    """SMTP in which also a server that answers a byte at a time is given up at the deadline."""

    sock: socket.socket
    file: Any

    def __init__(self, host: str, port: int, *, deadline: float, **options: Any) -> None:
        self.deadline = deadline
        """Of time.monotonic()."""
        super().__init__(host, port, **options)

    def hurry(self) -> None:
        """Let the next wait end at the deadline, if that is sooner. Raises TimeoutError where it has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server takes too long over one letter")
        self.sock.settimeout(min(left, self.timeout))

    def getreply(self) -> tuple[int, bytes]:
        """One answer."""
        if self.file is None and self.sock is not None:
            self.file = _Lines(self)
        if self.file is not None:
            self.file.start()
        return super().getreply()


class _TlsConnection(_Connection, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class SmtpTransport:
    """A connection to the mail server of the settings; opened by `with`, again when it broke between letters.

    Entering raises UnavailableError where the server can't be reached or refuses the log-in.
    copy: an address that each letter goes to as well, in the same exchange; empty for none.
    """

    def __init__(self, settings: MailSettings, *, copy: str = "") -> None:
        self._settings = settings
        self._copy = mailbox(copy, "ANBUDSLOTS_ARCHIVE__ADDRESS").addr_spec if copy else ""
        self._smtp: _Connection | None = None

    def __enter__(self) -> Self:
        try:
            self._connect()
        except BROKEN as error:
            where = f"{self._settings.host}:{self._settings.port}"
            raise UnavailableError(
                f"The mail server {where} can't be used: {error}. Check the settings ANBUDSLOTS_MAIL__...; "
                "the letters stay due and go out with the next `anbudslots digest send`."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            # The letters' fates are known by now; a server that hangs up before QUIT changes none of them.
            with suppress(*BROKEN):
                self._smtp.deadline = self._limit()
                self._smtp.quit()
            self._drop()

    def send(self, mime: bytes, sender: str, recipient: str, hand: Callable[[], None]) -> Outcome:
        """Hand over one letter; sender and recipient are bare addresses.

        hand: called when the whole letter but its last line, the dot, has gone out: before it the server can't have
        taken the letter, after it it may have. What it raises ends the exchange, and the letter has not gone out.
        deferred: the server has it not, and may take it later (4xx, no connection). failed: it never will (5xx).
        uncertain: the connection broke after the dot went out and before the answer came.
        """
        try:
            smtp = self._smtp or self._connect()
            smtp.deadline = self._limit()
            refused = self._envelope(smtp, sender, recipient)
            if refused is not None:
                return refused
            smtp.send(DOT_AT_LINE_START.sub(b"..", mime.removesuffix(b"\r\n")))
        except BROKEN as error:
            self._drop()
            words = f"connection broke before the letter: {error}"
            return Outcome("deferred", facts.one_line(words, LONGEST_ANSWER), broken=True)
        try:
            hand()
        except BaseException:
            self._drop()
            raise
        try:
            smtp.send(b"\r\n.\r\n")
            code, answer = smtp.getreply()
        except BROKEN as error:
            self._drop()
            words = f"connection broke after the letter: {error}"
            return Outcome("uncertain", facts.one_line(words, LONGEST_ANSWER), broken=True)
        if code // 100 == 2:
            return Outcome("accepted", _words(code, answer))
        return self._refused(smtp, code, answer)

    def _envelope(self, smtp: _Connection, sender: str, recipient: str) -> Outcome | None:
        """MAIL, RCPT and DATA; None where the server waits for the letter now."""
        code, answer = smtp.docmd(f"MAIL FROM:<{sender}>")
        if code // 100 != 2:
            refused = self._refused(smtp, code, answer)
            return Outcome("deferred", refused.answer, broken=refused.broken, refused_sender=code // 100 == 5)
        for address in filter(None, (recipient, self._copy)):
            code, answer = smtp.docmd(f"RCPT TO:<{address}>")
            if code // 100 != 2:
                refused = self._refused(smtp, code, answer)
                if address == recipient:
                    return refused
                # Without its copy a letter could not be looked for afterwards, so it waits.
                return Outcome("deferred", f"the archive's address is refused: {refused.answer}", broken=True)
        code, answer = smtp.docmd("DATA")
        return None if code == 354 else self._refused(smtp, code, answer)

    def _refused(self, smtp: _Connection, code: int, answer: bytes) -> Outcome:
        """Clear the half-made transaction, so that the next letter starts afresh."""
        hung_up = code == 421
        try:
            if not hung_up:
                smtp.docmd("RSET")
        except BROKEN:
            hung_up = True
        if hung_up:
            self._drop()
        return Outcome("failed" if code // 100 == 5 else "deferred", _words(code, answer), broken=hung_up)

    def _connect(self) -> _Connection:
        own = self._settings
        name = mailbox(own.from_, "ANBUDSLOTS_MAIL__FROM").domain if own.from_ else None
        options: dict[str, Any] = {
            "local_hostname": name,
            "timeout": own.timeout_seconds,
            "deadline": self._limit(),
        }
        if own.security == "tls":
            smtp: _Connection = _TlsConnection(own.host, own.port, context=ssl.create_default_context(), **options)
        else:
            smtp = _Connection(own.host, own.port, **options)
        try:
            # A letter goes out in two pieces (see `send`): the second must not wait for the first one's receipt.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if own.security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if own.user:
                smtp.login(own.user, own.password.get_secret_value())
        except BaseException:
            smtp.close()
            raise
        self._smtp = smtp
        return smtp

    def _limit(self) -> float:
        return time.monotonic() + EXCHANGES_A_LETTER * self._settings.timeout_seconds

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _words(code: int, answer: bytes) -> str:
    return facts.one_line(f"{code} {answer.decode('utf-8', 'replace')}", LONGEST_ANSWER)
