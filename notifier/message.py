"""Letters as mail messages: addresses, headers and bytes (pure)."""

import hashlib
import hmac
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from urllib.parse import quote

from config.errors import InputError, SettingsError
from config.settings import MailSettings
from notifier import facts, wording
from notifier.rendering import Letter
from register.models import EMAIL, DeliveryKind

CALENDAR = "sista-dagar.ics"
HTTPS = re.compile(r"https://[!-+\--;=?-~]+")
"""Printable ASCII but for commas, which part addresses in List-Unsubscribe, and angle brackets, which enclose them."""
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


def message_id(enterprise_id: str, period: str, recipient: str, sender: str, *, key: bytes = b"") -> str:
    """The letter's id, the same for the same enterprise, week, recipient and sender; without angle brackets.

    key: makes it one that nobody else can guess, so that an answer or a bounce that names it has seen the letter.
    """
    content = "\0".join((enterprise_id, period, recipient.casefold(), sender.casefold()))
    digest = hmac.digest(key, content.encode(), hashlib.sha256).hex()[:40]
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
    kind: DeliveryKind,
    language: str,
    sender: str,
    reply_to: str,
    recipient: str,
    message_id: str,
    at: datetime,
    stop_url: str = "",
) -> bytes:
    """The message as bytes with CRLF lines: text and HTML as alternatives, last days as a calendar file beside them.

    The same input gives the same bytes.

    reply_to: empty for the sender. stop_url: https address that stops the letters by a POST (RFC 8058), or empty; only
    with it are the one-click headers set, since a promise of one click that nobody answers would be worse than none.
    Raises InputError where an address can't be used.
    """
    from_ = mailbox(sender, "sender")
    answers = mailbox(reply_to, "reply address") if reply_to else from_
    to = mailbox(recipient, "recipient")
    for address, item in ((from_, "sender"), (answers, "reply address"), (to, "recipient")):
        _ascii(address, item)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = from_
    mail["To"] = to
    mail["Reply-To"] = answers
    mail["Subject"] = facts.one_line(letter.subject, 200)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message_id}>"
    mail["List-Id"] = f"<{kind}.letters.{from_.domain}>"
    stops = [f"<{stop_address(str(answers), message_id, language)}>"]
    if stop_url:
        stops.insert(0, f"<{_https(stop_url)}>")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["List-Unsubscribe"] = ", ".join(stops)
    # Gmail's name for a stream of mails, by which it reports complaints: no reader is in it.
    mail["Feedback-ID"] = f"{kind}:{from_.domain}:anbudslots"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
    if letter.calendar:
        mail.add_attachment(
            letter.calendar,
            maintype="text",
            subtype="calendar",
            filename=CALENDAR,
            cte="base64",
            params={"method": "PUBLISH", "charset": "utf-8"},
        )
    mail["Content-Language"] = language
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{hashlib.sha256(f'{message_id}{number or str()}'.encode()).hexdigest()[:32]}")
    return mail.as_bytes()


def plain(
    subject: str, text: str, *, sender: Address, to: Address, language: str, message_id: str, at: datetime
) -> EmailMessage:
    """A mail of text alone, which no person wrote and nobody subscribes to. message_id: without angle brackets."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message_id}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = language
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    return mail


def _https(address: str) -> str:
    if not HTTPS.fullmatch(address):
        raise InputError("stop address", None, "must be an https address without commas, spaces and angle brackets")
    return address


def one_click(unsubscribe_url: str, message_id: str) -> str:
    """The letter's one-click address. Raises SettingsError unless it is https with {token} in it."""
    address = unsubscribe_url.replace("{token}", token(message_id))
    if not HTTPS.fullmatch(address) or address == unsubscribe_url:
        raise SettingsError(
            "ANBUDSLOTS_MAIL__UNSUBSCRIBE_URL must be an https address with {token} in it, or empty; "
            "commas, spaces and angle brackets can't stand in it."
        )
    return address


def _ascii(address: Address, item: str) -> None:
    if not address.addr_spec.isascii():
        raise InputError(item, None, "has letters outside ASCII before the @, which few mail servers take")
