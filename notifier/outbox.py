"""From the register to the mail server, each letter once: composed, frozen, claimed, sent, settled."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config.errors import InputError, SettingsError
from config.settings import Settings
from notifier import digest as digests
from notifier import gathering, message
from notifier.digest import Digest, Quiet
from notifier.mail import Outcome
from notifier.rendering import Letter, render
from register import consents, deliveries, enterprises
from register.database import Register
from register.models import Delivery

OLD_WEEK = "This letter was for an earlier week and is not sent any more; its news come again in the next one."


@dataclass(frozen=True)
class Queued:
    """What `queue_letters` did for one enterprise and recipient: queued, already, or the reason for no letter."""

    enterprise: str
    recipient: str
    period: str
    outcome: str


class Transport(Protocol):
    """What can carry a letter: mail.SmtpTransport, or a test's own."""

    def send(self, mime: bytes, sender: str, recipient: str) -> Outcome:
        """Hand over one letter."""


def queue_letters(register: Register, *, settings: Settings, now: datetime, only: str | None = None) -> list[Queued]:
    """Compose and freeze this week's letter for every address that has agreed to it; sends nothing.

    only: one enterprise's id. Enterprises without a letter are listed with the reason. Doing it again the same week
    queues nothing twice. Raises SettingsError where mail.from is no single address; NotFoundError for `only`.
    """
    sender = message.sender_of(settings.mail)
    if settings.mail.unsubscribe_url:
        message.one_click(settings.mail.unsubscribe_url, "token@example.org")
    if settings.mail.reply_to:
        _reply_address(settings)
    period = digests.period_of(now, settings.digest.timezone)
    _retire(register, period, now)
    recipients: dict[str, list[str]] = {}
    for enterprise_id, email in consents.confirmed(register):
        recipients.setdefault(enterprise_id, []).append(email)
    chosen = [enterprises.get(register, only)] if only else enterprises.everyone(register)
    done: list[Queued] = []
    for enterprise in chosen:
        addresses = recipients.get(enterprise.id)
        if not addresses:
            done.append(Queued(enterprise.id, "", period, "no confirmed address that has not been stopped"))
            continue
        made = gathering.letter(register, enterprise, settings=settings, now=now, period=period)
        known = {d.recipient for d in deliveries.of_period(register, enterprise.id, period)}
        for address in addresses:
            if address in known:
                outcome = "already"
            elif isinstance(made, Quiet):
                outcome = made.reason
            else:
                outcome = _queue(register, made, str(sender), address, settings, now)
            done.append(Queued(enterprise.id, address, period, outcome))
    return done


def send_due(
    register: Register,
    transport: Transport,
    *,
    settings: Settings,
    now: datetime,
    progress: Callable[[int, int], None],
) -> Counter[str]:
    """Send every waiting letter once; returns how many ended in which state.

    A letter is claimed before it goes out and settled after: a crash in between leaves it `uncertain`, never sent
    twice. Addresses stopped since it was frozen get none. progress is called with (done, all).
    """
    sender = message.sender_of(settings.mail).addr_spec
    deliveries.recover(register, at=now)
    states: Counter[str] = Counter()
    states["failed"] += _retire(register, digests.period_of(now, settings.digest.timezone), now)
    due = deliveries.waiting(register)
    for done, delivery in enumerate(due, start=1):
        if consents.is_suppressed(register, delivery.recipient):
            deliveries.settle(
                register, delivery.message_id, state="suppressed", answer="The address is on the stop list.", at=now
            )
            states["suppressed"] += 1
        elif deliveries.claim(register, delivery.message_id, at=now):
            outcome = _send(register, transport, delivery, sender)
            deliveries.settle(register, delivery.message_id, state=outcome.state, answer=outcome.answer, at=now)
            states[outcome.state] += 1
        progress(done, len(due))
    return +states


def preview(
    register: Register, enterprise_id: str, *, settings: Settings, now: datetime
) -> tuple[Digest, Letter] | Quiet:
    """This week's letter as it would be now; nothing is stored. Raises NotFoundError."""
    enterprise = enterprises.get(register, enterprise_id)
    period = digests.period_of(now, settings.digest.timezone)
    made = gathering.letter(register, enterprise, settings=settings, now=now, period=period)
    if isinstance(made, Quiet):
        return made
    return made, render(made)


def _queue(register: Register, made: Digest, sender: str, recipient: str, settings: Settings, now: datetime) -> str:
    try:
        key = message.message_id(made.enterprise, made.period, recipient, sender)
        answers = settings.mail.reply_to or sender
        addressed = made.model_copy(
            update={"sender": _shown(sender), "stop": message.stop_address(answers, key, made.language)}
        )
        letter = render(addressed)
        mime = message.build(
            letter,
            digest=addressed,
            sender=sender,
            reply_to=settings.mail.reply_to,
            recipient=recipient,
            message_id=key,
            at=now,
            unsubscribe_url=settings.mail.unsubscribe_url,
        )
    except InputError as error:
        return str(error)
    delivery = Delivery(
        message_id=key,
        enterprise=made.enterprise,
        recipient=recipient,
        period=made.period,
        state="due",
        subject=letter.subject,
        lots=made.lots,
        created=now,
        changed=now,
    )
    written = deliveries.queue(register, delivery, mime=mime, html=letter.html, told=made.told)
    return "queued" if written else "already"


def _send(register: Register, transport: Transport, delivery: Delivery, sender: str) -> Outcome:
    recipient = message.mailbox(delivery.recipient, f"recipient of {delivery.enterprise}").addr_spec
    return transport.send(deliveries.mime(register, delivery.message_id), sender, recipient)


def _retire(register: Register, period: str, now: datetime) -> int:
    """Give up letters of earlier weeks that still wait: their days left are wrong by now. Returns how many."""
    old: Sequence[Delivery] = [d for d in deliveries.waiting(register) if d.period != period]
    for delivery in old:
        answer = f"{OLD_WEEK} {delivery.answer}".strip()
        deliveries.settle(register, delivery.message_id, state="failed", answer=answer, at=now)
    return len(old)


def _reply_address(settings: Settings) -> None:
    try:
        message.mailbox(settings.mail.reply_to, "ANBUDSLOTS_MAIL__REPLY_TO")
    except InputError as error:
        raise SettingsError(str(error)) from error


def _shown(sender: str) -> str:
    """The sender's name and address as the letter's foot shows them."""
    address = message.mailbox(sender, "sender")
    return f"{address.display_name} ({address.addr_spec})" if address.display_name else address.addr_spec
