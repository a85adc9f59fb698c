"""Advisers' summaries and municipalities' letters into the outbox: each once a period, frozen like all letters."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from config.errors import InputError
from config.settings import Settings
from notifier import adviser, caring, links, message, municipality, rendering, slots
from notifier.composed import Composed
from notifier.freezing import freeze
from notifier.municipality import MunicipalityDigest
from notifier.outbox import Queued
from register import accounts, consents, deliveries, steps
from register.accounts import Account
from register.database import Register
from register.models import Delivery, DeliveryKind, DigestChoice

NOTHING = "nothing to tell"
STEP, MONTHLY = "summaries", "municipalities"


def queue_advisers(register: Register, *, settings: Settings, now: datetime, by_clock: bool = False) -> list[Queued]:
    """Each adviser's summary of the last week whose day and hour (the settings') have come; sends nothing.

    by_clock: only once in that week, also for those who had nothing to do then.
    Raises SettingsError where the settings of mail can't be used.
    """
    slot = slots.latest(DigestChoice(), settings.digest, now)
    if by_clock and any(step.ended for step in steps.since(register, STEP, slot.due)):
        return []

    def made(account: Account, stop: str) -> Composed | None:
        digest = caring.summary(register, account, settings=settings, now=now)
        return None if digest.empty else adviser.compose(digest.model_copy(update={"stop": stop}))

    if not by_clock:
        return _queue(register, "adviser", slot.period, made, settings=settings, now=now)
    step = steps.start(register, STEP, "", at=now)
    queued = _queue(register, "adviser", slot.period, made, settings=settings, now=now)
    count = sum(one.outcome == "queued" for one in queued)
    steps.finish(register, step, status=0, detail=f"{count} of {len(queued)} queued", at=now)
    return queued


def queue_municipalities(
    register: Register,
    digests: Callable[[Account], MunicipalityDigest | None],
    *,
    month: str,
    settings: Settings,
    now: datetime,
) -> list[Queued]:
    """Each municipality's letter of a month (2026-12); sends nothing. digests: what there is to tell one, or None.

    Raises SettingsError where the settings of mail can't be used.
    """

    def made(account: Account, stop: str) -> Composed | None:
        digest = digests(account)
        return municipality.compose(digest.model_copy(update={"stop": stop})) if digest else None

    return _queue(register, "municipality", month, made, settings=settings, now=now)


def month_is_due(register: Register, *, settings: Settings, now: datetime) -> bool:
    """Whether the municipalities' letters of the month are still to be composed: from its first weekly hour on."""
    local = now.astimezone(ZoneInfo(settings.digest.timezone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if slots.latest(DigestChoice(), settings.digest, now).due < first:
        return False
    done = any(step.ended for step in steps.since(register, MONTHLY, first))
    return not done and any(account.role == "municipality" for account in accounts.listing(register))


def _queue(
    register: Register,
    kind: DeliveryKind,
    period: str,
    made: Callable[[Account, str], Composed | None],
    *,
    settings: Settings,
    now: datetime,
) -> list[Queued]:
    own = [account for account in accounts.listing(register) if account.role == kind]
    known = {one.recipient for one in deliveries.listing(register, period=period) if one.kind == kind}
    return [
        Queued("", account.email, period, _one(register, kind, period, account, made, settings, now))
        for account in own
        if account.email not in known
    ]


def _one(
    register: Register,
    kind: DeliveryKind,
    period: str,
    account: Account,
    made: Callable[[Account, str], Composed | None],
    settings: Settings,
    now: datetime,
) -> str:
    """Compose and freeze one letter: queued, or the reason for none."""
    if consents.is_suppressed(register, account.email):
        return "the address is on the stop list"
    sender = str(message.sender_of(settings.mail))
    key = message.message_id(kind, period, account.email, sender, key=links.message_key(register, settings))
    link = links.of_letters(register, settings, now)
    composed = made(account, message.stop_address(settings.mail.reply_to or sender, key, "sv"))
    if composed is None:
        return NOTHING
    letter = rendering.lay_out(composed, at=now)
    delivery = Delivery(
        message_id=key,
        kind=kind,
        enterprise="",
        recipient=account.email,
        period=period,
        state="due",
        subject=letter.subject,
        created=now,
        changed=now,
    )
    try:
        written = freeze(register, delivery, letter, language=composed.language, link=link, settings=settings)
    except InputError as error:
        return str(error)
    return "queued" if written else "already"
