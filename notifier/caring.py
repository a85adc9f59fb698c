"""What an adviser's summary is composed from, read in the register."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from config.settings import Settings
from notifier import facts, gathering
from notifier.adviser import AdviserDigest, Bounced, Disagreement, Missing, Renewal, Stale, ToLookAt, Waiting
from notifier.digest import Digest, Quiet, period_of
from register import approvals, consents, deliveries, enterprises, evidence, judgements, notices, queue
from register.accounts import Account
from register.database import Register
from register.models import OPEN_ENDED_YEAR, Delivery, Enterprise

WEEK = timedelta(days=7)
OLD = timedelta(days=365)
"""How long after its last change a profile should be looked through."""
LONGEST_NAME = 60
MOST_LOOKED_AT = 25
"""Matches of one enterprise that are counted, as many as its queue shows at once."""
CAME_BACK: tuple[Literal["bounced", "failed", "complained"], ...] = ("bounced", "failed", "complained")


def summary(register: Register, account: Account, *, settings: Settings, now: datetime) -> AdviserDigest:
    """All that an adviser should look at this week, of the enterprises in their care."""
    own = {one.id: one for one in enterprises.everyone(register) if account.cares_for(one.id)}
    period = period_of(now, settings.digest.timezone)
    recent = [
        letter
        for week in (period, period_of(now - WEEK, settings.digest.timezone))
        for letter in deliveries.listing(register, period=week)
        if letter.kind == "weekly" and letter.enterprise in own and letter.changed > now - WEEK
    ]
    return AdviserDigest(
        adviser=account.name,
        at=now,
        zone=settings.digest.timezone,
        waiting=tuple(_waiting(register, own.values(), settings, now, period)),
        unread=tuple(_unread(register, own, recent)),
        to_look_at=tuple(_to_look_at(register, account, own, settings, now)),
        disagreements=tuple(_disagreements(register, own)),
        stale=tuple(_stale(register, own.values(), now)),
        papers=tuple(_papers(register, own.values(), settings, now)),
        bounced=tuple(_bounced(own, recent)),
        example=any(one.is_example for one in own.values()),
        portal=settings.serve.public_url,
    )


def _waiting(
    register: Register, own: Iterable[Enterprise], settings: Settings, now: datetime, period: str
) -> Iterator[Waiting]:
    """Letters of this week that go only when they are approved or their time is over."""
    for one in own:
        made = gathering.letter(register, one, settings=settings, now=now, period=period)
        if not isinstance(made, Quiet) or made.until is None:
            continue
        draft = gathering.draft(register, one, settings=settings, now=now, period=period)
        tenders = len(draft.cards) if isinstance(draft, Digest) else 0
        yield Waiting(enterprise=_name(one), tenders=tenders, until=made.until)


def _unread(register: Register, own: Mapping[str, Enterprise], recent: Iterable[Delivery]) -> Iterator[str]:
    """Enterprises whose letter went though nobody had approved it."""
    weeks = {(letter.enterprise, letter.period) for letter in recent if letter.lots}
    for enterprise, period in sorted(weeks):
        if own[enterprise].digest.approval and not approvals.of(register, enterprise, period).approved:
            yield _name(own[enterprise])


def _to_look_at(
    register: Register, account: Account, own: Mapping[str, Enterprise], settings: Settings, now: datetime
) -> Iterator[ToLookAt]:
    """What waits in the adviser's queue, by enterprise: those with the most first."""
    waiting = queue.waiting(register, own, who=account.name, floor=settings.digest.floor, now=now, most=MOST_LOOKED_AT)
    by: dict[str, list[queue.Waiting]] = defaultdict(list)
    for one in sorted(waiting, key=lambda one: (-one.score, one.notice, one.lot)):
        by[one.enterprise].append(one)
    zone = ZoneInfo(settings.digest.timezone)
    for enterprise, found in sorted(by.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        dated = [one.deadline for one in found if one.deadline and one.deadline.year < OPEN_ENDED_YEAR]
        yield ToLookAt(
            enterprise=_name(own[enterprise]),
            count=len(found),
            first=facts.one_line(found[0].title, facts.LONGEST_TITLE),
            last_day=facts.last_day(min(dated), zone)[0] if dated else None,
        )


def _disagreements(register: Register, own: Mapping[str, Enterprise]) -> Iterator[Disagreement]:
    for enterprise, number, lot in queue.disagreed(register, own):
        said = [one for one in judgements.of(register, enterprise) if (one.notice, one.lot) == (number, lot)]
        yield Disagreement(
            enterprise=_name(own[enterprise]),
            title=facts.one_line(notices.get(register, number).title, facts.LONGEST_TITLE),
            yes=tuple(one.who for one in said if one.answer == "yes"),
            no=tuple(one.who for one in said if one.answer == "no"),
        )


def _stale(register: Register, own: Iterable[Enterprise], now: datetime) -> Iterator[Stale]:
    """Profiles that lack what matching needs, or that nobody has touched for a year."""
    changed = enterprises.last_changed(register)
    addressed = {enterprise for enterprise, _ in consents.confirmed(register)}
    for one in own:
        lacks: dict[Missing, bool] = {
            "capacity": one.capacity.largest_contract_sek_per_year is None,
            "reach": not (one.reach.municipalities or one.reach.counties or one.reach.nationwide),
            "capabilities": not one.capabilities,
            "email": one.id not in addressed,
        }
        missing = tuple(field for field, is_so in lacks.items() if is_so)
        old = changed[one.id].date() if changed[one.id] < now - OLD else None
        if missing or old:
            yield Stale(enterprise=_name(one), changed=old, missing=missing)


def _papers(register: Register, own: Iterable[Enterprise], settings: Settings, now: datetime) -> Iterator[Renewal]:
    """Papers to renew, the first that runs out before the others."""
    today = now.astimezone(ZoneInfo(settings.digest.timezone)).date()
    found = [
        Renewal(enterprise=_name(one), kind=paper.kind, last_day=paper.last_day, over=paper.standing(today) == "over")
        for one in own
        for paper in evidence.due(register, one.id, today)
        if paper.last_day is not None
    ]
    yield from sorted(found, key=lambda one: (one.last_day, one.enterprise, one.kind))


def _bounced(own: Mapping[str, Enterprise], recent: Iterable[Delivery]) -> Iterator[Bounced]:
    states = {(letter.enterprise, state) for letter in recent for state in CAME_BACK if letter.state == state}
    for enterprise, state in sorted(states):
        yield Bounced(enterprise=_name(own[enterprise]), state=state)


def _name(one: Enterprise) -> str:
    return facts.one_line(one.name, LONGEST_NAME)
