"""From the register to the mail server, each letter once: composed, frozen, claimed, sent, settled."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config import sources
from config.errors import InputError, SettingsError
from config.settings import Settings
from notifier import digest as digests
from notifier import mail
from notifier.digest import Candidate, Digest, Quiet
from notifier.mail import Outcome
from notifier.rendering import Letter, render
from register import consents, deliveries, documents, enterprises, findings, judgements, matches, notices, runs, windows
from register.database import Register
from register.models import Delivery, Enterprise, Match, Run

RUNS_LOOKED_AT = 500
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
    sender = mail.sender_of(settings.mail)
    if settings.mail.unsubscribe_url:
        mail.one_click(settings.mail.unsubscribe_url, "token@example.org")
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
        made = _compose(register, enterprise, settings, now, period)
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
    sender = mail.sender_of(settings.mail).addr_spec
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
    made = _compose(register, enterprise, settings, now, period)
    if isinstance(made, Quiet):
        return made
    return made, render(made)


def _compose(
    register: Register, enterprise: Enterprise, settings: Settings, now: datetime, period: str
) -> Digest | Quiet:
    # What this week's own letters told is left aside, so that a second address gets the same news as the first.
    told = deliveries.told(register, enterprise.id, besides=period)
    read = _last_runs(register)
    return digests.compose(
        enterprise,
        list(_candidates(register, enterprise, told, settings.digest.floor)),
        period=period,
        now=now,
        settings=settings.digest,
        told=told,
        sources=read,
        read_count=sum(run.received for run in read),
        partial={window.source for window in windows.partial(register)},
    )


def _candidates(
    register: Register, enterprise: Enterprise, told: set[tuple[str, str, str]], floor: float
) -> Iterator[Candidate]:
    """Matches good enough for a letter that nobody declined, and every lot told before, whose date may have moved."""
    seen: set[tuple[str, str]] = set()
    declined = judgements.declined(judgements.of(register, enterprise.id))
    for match in matches.of(register, enterprise.id):
        if match.score < floor or (match.notice, match.lot) in declined:
            continue
        seen.add((match.notice, match.lot))
        notice = notices.get(register, match.notice)
        lot = next((lot for lot in notice.lots if lot.id == match.lot), None)
        if lot is not None:  # a lot gone in the latest version: matching has not been run since
            misread = tuple(notices.misreadings(register, match.notice))
            read = documents.extent(documents.of_tender(register, match.notice))
            yield Candidate(match, notice, lot, tuple(findings.of(register, match.notice)), misread, read)
    known = {(tender, lot) for tender, lot, _ in told}
    for notice in deliveries.told_notices(register, enterprise.id):
        number = notice.publication_number
        scored = {match.lot: match for match in matches.between(register, enterprise.id, number)}
        for lot in notice.lots:
            if (digests.tender_key(notice), lot.id) in known and (number, lot.id) not in seen:
                match = scored.get(lot.id) or Match(enterprise=enterprise.id, notice=number, lot=lot.id, score=0)
                misread = tuple(notices.misreadings(register, number))
                read = documents.extent(documents.of_tender(register, number))
                yield Candidate(match, notice, lot, tuple(findings.of(register, number)), misread, read)


def _last_runs(register: Register) -> list[Run]:
    """The last ended run of each source, by source; steps that are no source (matching) are left out."""
    known = sources.load()
    found: dict[str, Run] = {}
    for run in runs.listing(register, limit=RUNS_LOOKED_AT):
        if run.source in known and run.status != "running":
            found.setdefault(run.source, run)
    return [found[source] for source in sorted(found)]


def _queue(register: Register, made: Digest, sender: str, recipient: str, settings: Settings, now: datetime) -> str:
    try:
        key = mail.message_id(made.enterprise, made.period, recipient, sender)
        answers = settings.mail.reply_to or sender
        addressed = made.model_copy(
            update={"sender": _shown(sender), "stop": mail.stop_address(answers, key, made.language)}
        )
        letter = render(addressed)
        mime = mail.build(
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
    recipient = mail.mailbox(delivery.recipient, f"recipient of {delivery.enterprise}").addr_spec
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
        mail.mailbox(settings.mail.reply_to, "ANBUDSLOTS_MAIL__REPLY_TO")
    except InputError as error:
        raise SettingsError(str(error)) from error


def _shown(sender: str) -> str:
    """The sender's name and address as the letter's foot shows them."""
    address = mail.mailbox(sender, "sender")
    return f"{address.display_name} ({address.addr_spec})" if address.display_name else address.addr_spec
