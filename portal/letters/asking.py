"""Asking an address for its yes while somebody waits for the mail: it goes out at once."""

from datetime import datetime

from config.settings import Settings
from notifier import confirming, dispatch
from notifier.mail import SmtpTransport
from register.database import Register
from register.models import DeliveryKind

QUESTIONS: frozenset[DeliveryKind] = frozenset({"confirmation"})


def ask_now(register: Register, enterprise: str, email: str, *, how: str, settings: Settings, now: datetime) -> bool:
    """Put the question into the outbox and send it; False where the address must not be asked (consents.request).

    Call it after the answer (visits.Later), so that the time tells nobody whether a mail went out. What the mail server
    does not take goes with the next `digest send`. Raises as `confirming.ask`; UnavailableError where the mail server
    can't be reached.
    """
    if not confirming.ask(register, enterprise, email, how=how, settings=settings, now=now):
        return False
    with SmtpTransport(settings.mail) as transport:
        dispatch.send_now(register, transport, settings=settings, clock=lambda: now, kinds=QUESTIONS)
    return True
