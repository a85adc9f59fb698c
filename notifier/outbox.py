"""Letters composed and frozen: choice, recipients, bytes and the state `due` in one transaction, before any is sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from config.errors import InputError, SettingsError
from config.settings import Settings
from notifier import digest as digests
from notifier import gathering, links, message, signing, slots
from notifier.digest import Digest, Quiet
from notifier.freezing import freeze
from notifier.rendering import Letter, render
from register import consents, deliveries, enterprises, letter_weeks
from register.database import Register
from register.letter_weeks import LetterWeek
from register.models import Delivery, Enterprise

UNADDRESSED = "no confirmed address that has not been stopped"
LATE, NEAR = timedelta(hours=24), timedelta(hours=24)
"""A letter that is later than this, and whose next comes sooner than that, is not made any more."""
DOWN = "nothing ran when this letter was due; its news come in the next one"
TOO_LATE = "nothing ran from the time it was due until a day before the next one, which has its news"


@dataclass(frozen=True)
class Queued:
    """What `queue_letters` did for one enterprise and recipient: queued, already, or the reason for no letter."""

    enterprise: str
    recipient: str
    period: str
    outcome: str


def queue_letters(
    register: Register, *, settings: Settings, now: datetime, only: str | None = None, by_clock: bool = False
) -> list[Queued]:
    """Compose and freeze this week's letter for every address that has agreed to it; sends nothing.

    only: one enterprise's id. by_clock: only those whose own weekday and hour have come; a week that was found quiet is
    not looked at again, and weeks that passed while nothing ran are noted as missed. Otherwise the letters of the
    local ISO week of `now` are made, whatever their hour. Enterprises without a letter are listed with the reason, and
    by_clock only where it is new. Doing it again the same week queues nothing twice.
    Raises SettingsError where a setting of mail can't be used; NotFoundError for `only`.
    """
    _check(settings)
    recipients: dict[str, list[str]] = {}
    today = now.astimezone(ZoneInfo(settings.digest.timezone)).date()
    for enterprise_id, email in consents.confirmed(register, on=today):
        recipients.setdefault(enterprise_id, []).append(email)
    chosen = [enterprises.get(register, only)] if only else enterprises.everyone(register)
    weeks = letter_weeks.latest(register)
    written = cache(lambda period: deliveries.recipients(register, period))
    done: list[Queued] = []
    for enterprise in chosen:
        addresses = recipients.get(enterprise.id, [])
        if by_clock:
            last = weeks.get(enterprise.id)
            if not _is_told(enterprise, addresses, last, written, settings, now):
                done += _by_clock(register, enterprise, addresses, last, settings, now)
        else:
            period = digests.period_of(now, settings.digest.timezone)
            done += _week(register, enterprise, addresses, period, settings, now)
    return done


def _is_told(
    enterprise: Enterprise,
    addresses: list[str],
    last: LetterWeek | None,
    written: Callable[[str], dict[str, set[str]]],
    settings: Settings,
    now: datetime,
) -> bool:
    """Whether the last slot's letter is written to every address: so it is for most, at most times."""
    if last is None or last.outcome != "letter":
        return False
    period = slots.latest(enterprise.digest, settings.digest, now).period
    return last.period >= period and written(last.period).get(enterprise.id, set()).issuperset(addresses)


def _by_clock(
    register: Register,
    enterprise: Enterprise,
    addresses: list[str],
    last: LetterWeek | None,
    settings: Settings,
    now: datetime,
) -> Iterator[Queued]:
    """The letter of the enterprise's last slot, if something still has to become of it."""
    slot = slots.latest(enterprise.digest, settings.digest, now)
    if last is not None and last.period > slot.period:
        return  # sent by hand before its hour, or the enterprise has moved its day
    for passed in slots.between(last.period, slot.period) if last is not None else ():
        letter_weeks.put(register, enterprise.id, passed, "missed", reason=DOWN, at=now)
        yield Queued(enterprise.id, "", passed, DOWN)
    settled = last.outcome if last is not None and last.period == slot.period else None
    if settled in ("quiet", "missed") or (settled == "unaddressed" and not addresses):
        return
    near = slots.following(enterprise.digest, settings.digest, now).due - now < NEAR
    if settled is None and now - slot.due >= LATE and near:
        letter_weeks.put(register, enterprise.id, slot.period, "missed", reason=TOO_LATE, at=now)
        yield Queued(enterprise.id, "", slot.period, TOO_LATE)
        return
    yield from _week(register, enterprise, addresses, slot.period, settings, now)


def _week(
    register: Register, enterprise: Enterprise, addresses: list[str], period: str, settings: Settings, now: datetime
) -> list[Queued]:
    """Choose, compose and freeze in one transaction, together with what became of the week."""
    with register.atomic():
        if not addresses:
            letter_weeks.put(register, enterprise.id, period, "unaddressed", reason=UNADDRESSED, at=now)
            return [Queued(enterprise.id, "", period, UNADDRESSED)]
        # Written first: what is read from here on holds until the end, whoever else composes.
        letter_weeks.put(register, enterprise.id, period, "quiet", at=now)
        made = gathering.letter(register, enterprise, settings=settings, now=now, period=period)
        known = {letter.recipient for letter in deliveries.of_period(register, enterprise.id, period)}
        done = []
        for address in addresses:
            if address in known:
                outcome = "already"
            elif isinstance(made, Quiet):
                outcome = made.reason
            else:
                outcome = _queue(register, made, address, settings, now)
            done.append(Queued(enterprise.id, address, period, outcome))
        if any(one.outcome in ("queued", "already") for one in done):
            letter_weeks.put(register, enterprise.id, period, "letter", at=now)
        elif isinstance(made, Quiet) and made.until is not None:
            letter_weeks.forget(register, enterprise.id, period)
        else:
            letter_weeks.put(register, enterprise.id, period, "quiet", reason=done[0].outcome, at=now)
    return done


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


def _queue(register: Register, made: Digest, recipient: str, settings: Settings, now: datetime) -> str:
    sender = str(message.sender_of(settings.mail))
    try:
        key = message.message_id(
            made.enterprise, made.period, recipient, sender, key=links.message_key(register, settings)
        )
        answers = settings.mail.reply_to or sender
        reader = consents.address_hash(recipient)
        stop = message.stop_address(answers, key, made.language)
        addressed = made.model_copy(update={"sender": shown(sender), "stop": stop, "reader": reader})
        link = links.of_letters(register, settings, now)
        letter = render(addressed, link)
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
        written = freeze(
            register, delivery, letter, language=made.language, link=link, settings=settings, told=made.told
        )
    except InputError as error:
        return str(error)
    return "queued" if written else "already"


def _check(settings: Settings) -> None:
    """Raises SettingsError where a letter could not be made by these settings."""
    message.sender_of(settings.mail)
    if settings.mail.unsubscribe_url:
        message.one_click(settings.mail.unsubscribe_url, "token@example.org")
    if settings.mail.dkim_key:
        signing.private_key(settings.mail)
    if settings.mail.reply_to:
        try:
            message.mailbox(settings.mail.reply_to, "ANBUDSLOTS_MAIL__REPLY_TO")
        except InputError as error:
            raise SettingsError(str(error)) from error


def shown(sender: str) -> str:
    """The sender's name and address as the letter's foot shows them."""
    address = message.mailbox(sender, "sender")
    return f"{address.display_name} ({address.addr_spec})" if address.display_name else address.addr_spec
