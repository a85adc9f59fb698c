"""A letter as the bytes of a mail, and the SMTP connection that carries it."""

import hashlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Self

from config.errors import SettingsError, UnavailableError
from config.settings import MailSettings
from notifier.rendering import Letter
from register.models import EMAIL, DeliveryState

CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, and what the server said."""

    state: DeliveryState
    answer: str


def sender_of(settings: MailSettings) -> Address:
    """The sender of the settings. Raises SettingsError where it is missing or no address."""
    name, address = parseaddr(settings.from_)
    if not EMAIL.match(address) or CONTROL.search(settings.from_):
        raise SettingsError("Set the sender in ANBUDSLOTS_MAIL__FROM, for example `Anbudslots <anbud@example.org>`.")
    return Address(display_name=name, addr_spec=address)


def one_line(text: str) -> str:
    """Text that can stand in a header: no line breaks, control or direction characters."""
    return " ".join(CONTROL.sub(" ", text).split())


def message_id(enterprise: str, period: str, recipient: str, sender: str) -> str:
    """The same for the same enterprise, period and recipient: a repeated attempt is the same mail."""
    digest = hashlib.sha256("\0".join([enterprise, period, recipient.casefold()]).encode()).hexdigest()[:32]
    return f"<{period.lower()}.{digest}@{sender.rpartition('@')[2]}>"


def build(
    letter: Letter,
    *,
    enterprise: str,
    settings: MailSettings,
    recipient: str,
    identity: str,
    at: datetime,
) -> bytes:
    """The mail of a letter: the same input makes the same bytes. Raises SettingsError for a sender that is none."""
    sender = sender_of(settings)
    token = hashlib.sha256(f"{identity}{recipient.casefold()}".encode()).hexdigest()[:24]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=recipient)
    if settings.reply_to:
        message["Reply-To"] = Address(addr_spec=settings.reply_to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = identity
    message["List-Id"] = f"<veckobrev.{sender.domain}>"
    ways = [f"<mailto:{sender.addr_spec}?subject=stopp%20{token}>"]
    if settings.unsubscribe_url:
        if not settings.unsubscribe_url.startswith("https://") or "{token}" not in settings.unsubscribe_url:
            raise SettingsError("ANBUDSLOTS_MAIL__UNSUBSCRIBE_URL must be an https address with {token} in it.")
        ways.insert(0, f"<{settings.unsubscribe_url.replace('{token}', token)}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["List-Unsubscribe"] = ", ".join(ways)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Anbudslots-Enterprise"] = one_line(enterprise)
    message.set_content(letter.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message.set_boundary("=_" + hashlib.sha256(identity.encode()).hexdigest()[:32])
    return message.as_bytes()


class SmtpTransport:
    """One connection to the mail server for many letters; opened at the first, and again where it has broken."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, politely if the server still listens."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                self._connection.close()
            self._connection = None

    def connect(self) -> smtplib.SMTP:
        """The open connection. Raises UnavailableError where the server can't be reached or refuses us."""
        if self._connection is not None:
            return self._connection
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            connection: smtplib.SMTP
            if self.settings.security == "tls":
                connection = smtplib.SMTP_SSL(
                    self.settings.host,
                    self.settings.port,
                    timeout=self.settings.timeout_seconds,
                    context=ssl.create_default_context(),
                )
            else:
                connection = smtplib.SMTP(self.settings.host, self.settings.port, timeout=self.settings.timeout_seconds)
            if self.settings.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            connection.ehlo_or_helo_if_needed()
            if self.settings.user:
                connection.login(self.settings.user, self.settings.password.get_secret_value())
        except (smtplib.SMTPException, OSError) as error:
            raise UnavailableError(
                f"The mail server {where} can't be used: {error}. Check ANBUDSLOTS_MAIL__HOST, __PORT and __SECURITY; "
                "the letters stay due."
            ) from None
        self._connection = connection
        return connection

    def send(self, mime: bytes, sender: str, recipient: str) -> Outcome:
        """Hand one mail over. The state says what is known: accepted, deferred (4xx), failed (5xx), or uncertain when
        the connection broke after the mail's text had begun. Raises UnavailableError before anything was said.
        """
        connection = self.connect()
        try:
            code, said = connection.mail(sender)
            if code == 250:
                code, said = connection.rcpt(recipient)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Outcome("deferred", f"the connection broke before the letter was sent: {error}")
        if code not in (250, 251):
            self._reset(connection)
            return _refused(code, said)
        try:
            code, said = connection.data(mime)
        except smtplib.SMTPDataError as error:
            self._reset(connection)
            return _refused(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Outcome("uncertain", f"the connection broke before the server had answered: {error}")
        if code == 250:
            return Outcome("accepted", f"{code} {_text(said)}")
        self._reset(connection)
        return _refused(code, said)

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _refused(code: int, said: bytes | str) -> Outcome:
    return Outcome("deferred" if 400 <= code < 500 else "failed", f"{code} {_text(said)}")


def _text(said: bytes | str) -> str:
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)
