"""Letters are stored whole, then sent from the store: `send` twice sends once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.settings import Settings
from notifier import digest, mail, rendering
from notifier.digest import Candidate, Digest, Quiet
from notifier.mail import SmtpTransport
from notifier.rendering import Letter
from register import consents, deliveries, enterprises, findings, matches, notices, runs
from register.database import Register
from register.models import Delivery, Enterprise

CONSIDERED = 60
"""Best matches that are looked at for a letter of five."""
NO_ADDRESS = "no confirmed address"
STOPPED = "the address has asked to get no more letters"


@dataclass(frozen=True)
class Queued:
    """What became of one enterprise's letter: "queued", "already", or the reason why there is none."""

    enterprise: str
    recipient: str
    period: str
    outcome: str


def preview(
    register: Register, enterprise_id: str, *, settings: Settings, now: datetime
) -> tuple[Digest, Letter] | Quiet:
    """This week's letter as it would be now; nothing is stored. Raises NotFoundError."""
    enterprise = enterprises.get(register, enterprise_id)
    made = _compose(register, enterprise, enterprise.contact.email or "", settings=settings, now=now)
    return made if isinstance(made, Quiet) else (made, rendering.render(made))


def queue_letters(register: Register, *, settings: Settings, now: datetime, only: str | None = None) -> list[Queued]:
    """Compose this week's letter for every confirmed address, and store it as due. Raises SettingsError for a sender
    that is none.
    """
    sender = mail.sender_of(settings.mail)
    deliveries.recover(register, at=now)
    period = digest.period_of(now, ZoneInfo(settings.digest.timezone))
    addresses: dict[str, list[str]] = {}
    for enterprise_id, email in consents.confirmed(register):
        addresses.setdefault(enterprise_id, []).append(email)
    known = {(d.enterprise, d.recipient) for d in deliveries.listing(register, period=period)}
    out = []
    for enterprise in enterprises.everyone(register):
        if only not in (None, enterprise.id):
            continue
        recipients = addresses.get(enterprise.id, [])
        if not recipients:
            own = enterprise.contact.email
            reason = STOPPED if own and consents.is_suppressed(register, own) else NO_ADDRESS
            out.append(Queued(enterprise.id, own or "-", period, reason))
        # What an enterprise is told is chosen before the first of its addresses is stored, so that all get the same.
        told = deliveries.told(register, enterprise.id)
        for recipient in recipients:
            if (enterprise.id, recipient) in known:
                out.append(Queued(enterprise.id, recipient, period, "already"))
                continue
            made = _compose(register, enterprise, recipient, settings=settings, now=now, told=told)
            if isinstance(made, Quiet):
                out.append(Queued(enterprise.id, recipient, period, made.reason))
                continue
            letter = rendering.render(made)
            identity = mail.message_id(enterprise.id, period, recipient, sender.addr_spec)
            mime = mail.build(
                letter, enterprise=enterprise.id, settings=settings.mail, recipient=recipient, identity=identity, at=now
            )
            delivery = Delivery(
                message_id=identity,
                enterprise=enterprise.id,
                recipient=recipient,
                period=period,
                state="due",
                subject=letter.subject,
                lots=made.lots,
                created=now,
                changed=now,
            )
            stored = deliveries.queue(register, delivery, mime=mime, html=letter.html, told=made.told)
            out.append(Queued(enterprise.id, recipient, period, "queued" if stored else "already"))
    return out


def send_due(
    register: Register,
    transport: SmtpTransport,
    *,
    settings: Settings,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Counter[str]:
    """Send every letter that is due or deferred, each claimed first; returns how many ended in which state.

    Raises UnavailableError when the mail server can't be reached; the letters stay due.
    """
    sender = mail.sender_of(settings.mail).addr_spec
    waiting = deliveries.waiting(register)
    states: Counter[str] = Counter()
    if waiting:
        # Reached before anything is claimed: where the server is down, every letter stays as it is.
        transport.connect()
    for number, delivery in enumerate(waiting, start=1):
        if consents.is_suppressed(register, delivery.recipient):
            if deliveries.claim(register, delivery.message_id, at=now):
                deliveries.settle(register, delivery.message_id, state="suppressed", answer=STOPPED, at=now)
                states["suppressed"] += 1
            continue
        if not deliveries.claim(register, delivery.message_id, at=now):
            continue
        outcome = transport.send(deliveries.mime(register, delivery.message_id), sender, delivery.recipient)
        deliveries.settle(register, delivery.message_id, state=outcome.state, answer=outcome.answer, at=now)
        states[outcome.state] += 1
        progress(number, len(waiting))
    return states


def _compose(
    register: Register,
    enterprise: Enterprise,
    recipient: str,
    *,
    settings: Settings,
    now: datetime,
    told: set[deliveries.Told] | None = None,
) -> Digest | Quiet:
    known = deliveries.told(register, enterprise.id) if told is None else told
    return digest.compose(
        enterprise,
        _candidates(register, enterprise.id, known),
        period=digest.period_of(now, ZoneInfo(settings.digest.timezone)),
        now=now,
        settings=settings.digest,
        told=known,
        sources=runs.listing(register),
        read_count=notices.count(register),
        recipient=recipient,
        sender=mail.sender_of(settings.mail).addr_spec if settings.mail.from_ else "",
    )


def _candidates(register: Register, enterprise: str, told: set[deliveries.Told]) -> list[Candidate]:
    """The best open matches, and whatever was told before and has changed since."""
    found = []
    seen = set()
    for match in matches.of(register, enterprise, top=CONSIDERED):
        notice = notices.get(register, match.notice)
        lot = next((lot for lot in notice.lots if lot.id == match.lot), None)
        if lot is None:
            continue
        clauses = tuple(f for f in findings.of(register, match.notice) if f.lot in ("", lot.id))
        found.append(Candidate(match, notice, lot, clauses))
        seen.add((digest.tender(notice), lot.id))
    for key, lot_id in {(tender, lot) for tender, lot, _ in told} - seen:
        notice_now = notices.of_procedure(register, key)
        lot = next((lot for lot in notice_now.lots if lot.id == lot_id), None) if notice_now else None
        if notice_now is None or lot is None:
            continue
        kept = [m for m in matches.between(register, enterprise, notice_now.publication_number) if m.lot == lot_id]
        match = kept[0] if kept else matches.blank(enterprise, notice_now.publication_number, lot_id)
        found.append(Candidate(match, notice_now, lot, ()))
    return found
