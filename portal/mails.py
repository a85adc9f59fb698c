"""Mails that the portal sends at once, outside the outbox: each holds one link that somebody waits for."""

from email.utils import make_msgid

from config.errors import UnavailableError
from notifier import message
from notifier.mail import SmtpTransport
from portal.visits import Visit


def send(visit: Visit, email: str, subject: str, text: str, *, what: str) -> None:
    """Send a plain mail to one address. what: names it for the operator ("a sign-in link").

    Raises UnavailableError where the mail server can't be used or does not take it, InputError for a wrong address,
    SettingsError for a wrong sender.
    """
    settings = visit.settings.mail
    sender, to = message.sender_of(settings), message.mailbox(email, "address")
    made = message.plain(
        subject,
        text,
        sender=sender,
        to=to,
        language=visit.t.language,
        message_id=make_msgid(domain=sender.domain).strip("<>"),
        at=visit.now,
    )
    with SmtpTransport(settings) as transport:
        outcome = transport.send(made.as_bytes(), sender.addr_spec, to.addr_spec, lambda: None)
    if outcome.state != "accepted":
        raise UnavailableError(f"The mail server did not take {what}: {outcome.answer}")
