"""The mail with a sign-in link: its bytes (pure), and the way to the mail server."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from config.errors import UnavailableError
from config.settings import MailSettings
from notifier.mail import SmtpTransport
from notifier.message import POLICY, mailbox, sender_of
from portal.texts import Texts


def build(address: str, *, to: Address, sender: Address, t: Texts, at: datetime) -> bytes:
    """A plain mail with the link's address on a line of its own."""
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = t("signin_mail_subject")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = t.language
    message.set_content(t("signin_mail_text", address=address), charset="utf-8", cte="quoted-printable")
    return message.as_bytes()


def send(settings: MailSettings, address: str, *, email: str, t: Texts, at: datetime) -> None:
    """Mail a sign-in link. Raises UnavailableError where the mail server can't be used or does not take it."""
    sender, to = sender_of(settings), mailbox(email, "account")
    mime = build(address, to=to, sender=sender, t=t, at=at)
    with SmtpTransport(settings) as transport:
        outcome = transport.send(mime, sender.addr_spec, to.addr_spec, lambda: None)
    if outcome.state != "accepted":
        raise UnavailableError(f"The mail server did not take a sign-in link: {outcome.answer}")
