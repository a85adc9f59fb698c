"""The way of letters to the mail server (SMTP)."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from config.errors import UnavailableError
from config.settings import MailSettings
from notifier import facts
from notifier.message import mailbox

LONGEST_ANSWER = 500
DOT_AT_LINE_START = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Outcome:
    """What became of one letter, and the mail server's own words."""

    state: Literal["accepted", "deferred", "failed", "uncertain"]
    answer: str


class SmtpTransport:
    """A connection to the mail server of the settings; opened by `with`, again when it broke between letters.

    Entering raises UnavailableError where the server can't be reached or refuses the log-in.
    """

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        try:
            self._connect()
        except (OSError, smtplib.SMTPException) as error:
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
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._drop()

    def send(self, mime: bytes, sender: str, recipient: str) -> Outcome:
        """Hand over one letter; sender and recipient are bare addresses.

        deferred: the server has it not, and may take it later (4xx, no connection). failed: it never will (5xx).
        uncertain: the connection broke after the letter went out and before the answer came; it must not go again
        by itself.
        """
        try:
            smtp = self._smtp or self._connect()
            for command, wanted in ((f"MAIL FROM:<{sender}>", 2), (f"RCPT TO:<{recipient}>", 2), ("DATA", 3)):
                code, answer = smtp.docmd(command)
                if code // 100 != wanted:
                    return self._refused(smtp, code, answer)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome("deferred", facts.one_line(f"connection broke before the letter: {error}", LONGEST_ANSWER))
        try:
            smtp.send(DOT_AT_LINE_START.sub(b"..", mime.removesuffix(b"\r\n")) + b"\r\n.\r\n")
            code, answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome("uncertain", facts.one_line(f"connection broke after the letter: {error}", LONGEST_ANSWER))
        if code // 100 == 2:
            return Outcome("accepted", _words(code, answer))
        return self._refused(smtp, code, answer)

    def _refused(self, smtp: smtplib.SMTP, code: int, answer: bytes) -> Outcome:
        """Clear the half-made transaction, so that the next letter starts afresh."""
        try:
            smtp.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            self._drop()
        if code == 421:
            self._drop()
        return Outcome("failed" if code // 100 == 5 else "deferred", _words(code, answer))

    def _connect(self) -> smtplib.SMTP:
        own = self._settings
        name = mailbox(own.from_, "ANBUDSLOTS_MAIL__FROM").domain if own.from_ else None
        if own.security == "tls":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                own.host, own.port, local_hostname=name, timeout=own.timeout_seconds, context=context
            )
        else:
            smtp = smtplib.SMTP(own.host, own.port, local_hostname=name, timeout=own.timeout_seconds)
        try:
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

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _words(code: int, answer: bytes) -> str:
    return facts.one_line(f"{code} {answer.decode('utf-8', 'replace')}", LONGEST_ANSWER)
