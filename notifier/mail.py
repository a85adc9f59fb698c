"""Letters as mail: the message's bytes (pure), and the way to the mail server (SMTP)."""

import hashlib
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

from config.errors import InputError, SettingsError, UnavailableError
from config.settings import MailSettings
from notifier import facts, wording
from notifier.digest import Digest
from notifier.rendering import Letter
from register.models import EMAIL

LONGEST_ANSWER = 500
DOT_AT_LINE_START = re.compile(rb"(?m)^\.")


UNFOLDED = frozenset({"message-id", "list-id", "list-unsubscribe"})


class LetterPolicy(EmailPolicy):
    """Mail as the standards ask, but for headers of our own making that must stay as they are.

    The library writes a long address in List-Unsubscribe as an encoded word, which no mail program reads there.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header's bytes; ours are ASCII, each address on a line of its own (RFC 2369)."""
        if name.lower() in UNFOLDED:
            return f"{name}: {value}{self.linesep}".replace(">, <", f">,{self.linesep} <").encode("ascii")
        return super().fold_binary(name, value)


POLICY = LetterPolicy(linesep="\r\n")


def mailbox(text: str, item: str) -> Address:
    """One address, `Name <a@b>` or bare, as header and envelope need it: the domain in its ASCII form.

    item: what the address is, for the message. Raises InputError where it is not exactly one plain ASCII address.
    """
    line = facts.one_line(text)
    name, bare = parseaddr(line)
    if line != text.strip() or not EMAIL.match(bare) or line.count("@") - name.count("@") != 1:
        raise InputError(item, None, "is not one plain e-mail address such as Namn <info@example.org>")
    local, _, domain = bare.rpartition("@")
    try:
        return Address(display_name=name, username=local, domain=domain.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise InputError(item, None, f"can't be used in mail: {error}") from error


def sender_of(settings: MailSettings) -> Address:
    """The sender. Raises SettingsError where mail.from is empty or not one ASCII address."""
    try:
        sender = mailbox(settings.from_, "ANBUDSLOTS_MAIL__FROM")
        _ascii(sender, "ANBUDSLOTS_MAIL__FROM")
    except InputError as error:
        raise SettingsError(f"{error}. Letters can't be sent without it.") from error
    return sender


def message_id(enterprise_id: str, period: str, recipient: str, sender: str) -> str:
    """The letter's id, the same for the same enterprise, week, recipient and sender; without angle brackets."""
    content = "\0".join((enterprise_id, period, recipient.casefold(), sender.casefold()))
    digest = hashlib.sha256(content.encode()).hexdigest()[:40]
    return f"{digest}@{mailbox(sender, 'sender').domain}"


def token(message_id: str) -> str:
    """What a reader sends back to stop the letters: the id's first part, which `digest status` lists."""
    return message_id.partition("@")[0]


def stop_address(reply_to: str, message_id: str, language: str) -> str:
    """A mailto: address that asks to stop the letters, with the letter's token in its subject."""
    address = mailbox(reply_to, "reply address").addr_spec
    subject = wording.load(language).word("stop_subject", token=token(message_id))
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject, safe='')}"


def build(
    letter: Letter,
    *,
    digest: Digest,
    sender: str,
    reply_to: str,
    recipient: str,
    message_id: str,
    at: datetime,
    unsubscribe_url: str,
) -> bytes:
    """The message as bytes with CRLF lines: text and HTML as alternatives. The same input gives the same bytes.

    reply_to: empty for the sender. unsubscribe_url: https address with {token} in it, or empty; only with it are the
    one-click headers of RFC 8058 set, since a promise of one click that nobody answers would be worse than none.
    Raises InputError where an address can't be used.
    """
    from_ = mailbox(sender, "sender")
    answers = mailbox(reply_to, "reply address") if reply_to else from_
    to = mailbox(recipient, f"recipient of {digest.enterprise}")
    for address, item in ((from_, "sender"), (answers, "reply address"), (to, f"recipient of {digest.enterprise}")):
        _ascii(address, item)
    message = EmailMessage(policy=POLICY)
    message["From"] = from_
    message["To"] = to
    message["Reply-To"] = answers
    message["Subject"] = facts.one_line(letter.subject, 200)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}>"
    message["List-Id"] = f"<letters.{from_.domain}>"
    stops = [f"<{stop_address(str(answers), message_id, digest.language)}>"]
    if unsubscribe_url:
        stops.insert(0, f"<{one_click(unsubscribe_url, message_id)}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["List-Unsubscribe"] = ", ".join(stops)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = digest.language
    message.set_boundary(f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}")
    return message.as_bytes()


def one_click(unsubscribe_url: str, message_id: str) -> str:
    """The letter's one-click address. Raises SettingsError unless it is https with {token} in it."""
    address = unsubscribe_url.replace("{token}", token(message_id))
    if not re.fullmatch(r"https://[!-;=?-~]+", address) or address == unsubscribe_url or "," in address:
        raise SettingsError(
            "ANBUDSLOTS_MAIL__UNSUBSCRIBE_URL must be an https address with {token} in it, or empty; "
            "commas, spaces and angle brackets can't stand in it."
        )
    return address


def _ascii(address: Address, item: str) -> None:
    if not address.addr_spec.isascii():
        raise InputError(item, None, "has letters outside ASCII before the @, which few mail servers take")


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
