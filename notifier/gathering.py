"""What a weekly letter is composed from, read in the register; and whether it may go without an adviser's word."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config import sources
from config.settings import Settings
from notifier import choosing, slots
from notifier.choosing import Context
from notifier.digest import Candidate, Care, Digest, Quiet, SourceState
from notifier.told import tender_key
from register import (
    accounts,
    approvals,
    chances,
    deliveries,
    documents,
    findings,
    judgements,
    matches,
    notices,
    runs,
    silence,
    windows,
)
from register.chances import Way
from register.database import Register
from register.models import Enterprise, Judgement, Lot, Match, Notice, Run

RUNS_LOOKED_AT = 500
APPROVAL_WAITS = timedelta(days=1)
"""How long after it is due a letter waits for an adviser."""


def letter(
    register: Register, enterprise: Enterprise, *, settings: Settings, now: datetime, period: str
) -> Digest | Quiet:
    """The letter to an enterprise for a period, or why there is none; nothing is stored.

    Where an adviser who cares for the enterprise has not approved it, it waits (`Quiet.until`) until a day after it is
    due; then it goes, without what was held back, and says that nobody has read it.
    """
    if enterprise.digest.is_away(now.astimezone(ZoneInfo(settings.digest.timezone)).date()):
        return Quiet(reason="the enterprise is away; what is still open then comes in its next letter")
    made = draft(register, enterprise, settings=settings, now=now, period=period)
    if isinstance(made, Quiet) or not made.told or made.care.read or not enterprise.digest.approval:
        return made
    advisers = caring(register, enterprise.id)
    if not advisers:
        return made
    until = _due(enterprise, period, settings) + APPROVAL_WAITS
    if now < until:
        return Quiet(reason=f"waits for approval by {' or '.join(a.name for a in advisers)}", until=until)
    return made.model_copy(update={"care": made.care.model_copy(update={"unread": True})})


def _due(enterprise: Enterprise, period: str, settings: Settings) -> datetime:
    monday = datetime.fromisoformat(f"{period}-1").replace(tzinfo=ZoneInfo(settings.digest.timezone))
    return slots.following(enterprise.digest, settings.digest, monday - timedelta(seconds=1)).due


def draft(
    register: Register, enterprise: Enterprise, *, settings: Settings, now: datetime, period: str
) -> Digest | Quiet:
    """The letter as it would be now, with what the adviser has decided so far, whether or not it is approved."""
    # What this week's own letters told is left aside, so that a second address gets the same news as the first.
    told = deliveries.told(register, enterprise.id, besides=period)
    read = _last_runs(register)
    since = silence.last_letter(register, enterprise.id, before=period)
    approval = approvals.of(register, enterprise.id, period)
    floor = settings.digest.floor - choosing.NEAR
    added = {(one.notice, one.lot) for one in approval.added}
    return choosing.compose(
        enterprise,
        list(_candidates(register, enterprise, told, floor, added)),
        period=period,
        now=now,
        settings=settings.digest,
        context=Context(
            told=told,
            sources=read,
            partial={window.source for window in windows.partial(register)},
            read_count=silence.read_since(register, since or now - timedelta(days=7)),
            silent_weeks=_weeks(since, now, settings.digest.timezone) if since else None,
            approval=approval,
            care=_care(caring(register, enterprise.id), approval),
        ),
    )


def caring(register: Register, enterprise: str) -> list[accounts.Account]:
    """The advisers who care for an enterprise: those who were given it, else those who have all."""
    advisers = [one for one in accounts.listing(register) if one.role == "adviser" and one.cares_for(enterprise)]
    own = [one for one in advisers if enterprise in one.enterprises]
    return own or advisers


def _care(advisers: list[accounts.Account], approval: approvals.Approval) -> Care:
    name = approval.by or (advisers[0].name if len(advisers) == 1 else "")
    return Care(name=name, read=approval.by if approval.approved else "", note=approval.note)


def _weeks(since: datetime, now: datetime, zone: str) -> int:
    """Local weeks from one instant's to another's."""
    first, last = (at.astimezone(ZoneInfo(zone)).date() for at in (since, now))
    mondays = [day - timedelta(days=day.weekday()) for day in (first, last)]
    return (mondays[1] - mondays[0]).days // 7


def _candidates(
    register: Register,
    enterprise: Enterprise,
    told: set[tuple[str, str, str]],
    floor: float,
    added: set[tuple[str, str]],
) -> Iterator[Candidate]:
    """Matches with a score of at least `floor`, those that the adviser added, that are marked, or of which a part could
    be done, and every lot that was told before, whose date may have moved.
    """
    said = judgements.of(register, enterprise.id)
    reading = _Reading(register, said, enterprise.name, chances.of(register, enterprise.id))
    seen: set[tuple[str, str]] = set()
    for match in matches.of(register, enterprise.id):
        key = match.notice, match.lot
        if match.score < floor and key not in added and not reading.matters(key):
            continue
        seen.add(key)
        notice = notices.get(register, match.notice)
        lot = next((lot for lot in notice.lots if lot.id == match.lot), None)
        if lot is not None:  # a lot gone in the latest version: matching has not been run since
            yield reading.candidate(match, notice, lot)
    known = {(tender, lot) for tender, lot, _ in told}
    for notice in deliveries.told_notices(register, enterprise.id):
        number = notice.publication_number
        scored = {match.lot: match for match in matches.between(register, enterprise.id, number)}
        for lot in notice.lots:
            if (tender_key(notice), lot.id) in known and (number, lot.id) not in seen:
                match = scored.get(lot.id) or Match(enterprise=enterprise.id, notice=number, lot=lot.id, score=0)
                yield reading.candidate(match, notice, lot)


class _Reading:
    """What the register holds beside a match."""

    def __init__(
        self, register: Register, said: list[Judgement], name: str, ways: Mapping[tuple[str, str], Way]
    ) -> None:
        self._register = register
        self._ways = ways
        self._declined = judgements.declined(said)
        self.marked = {(one.notice, one.lot) for one in said if one.answer == "yes" and one.who == name}
        """What the enterprise itself has said yes to."""

    def matters(self, key: tuple[str, str]) -> bool:
        """Whether a lot is told whatever its score."""
        return key in self.marked or key in self._ways

    def candidate(self, match: Match, notice: Notice, lot: Lot) -> Candidate:
        number = notice.publication_number
        return Candidate(
            match,
            notice,
            lot,
            tuple(findings.of(self._register, number)),
            tuple(notices.misreadings(self._register, number)),
            documents.extent(documents.of_tender(self._register, number)),
            self._ways.get((number, lot.id)),
            declined=(number, lot.id) in self._declined,
            marked=(number, lot.id) in self.marked,
        )


def source_states(register: Register, zone: ZoneInfo) -> tuple[SourceState, ...]:
    """When each source was last read, and whether all came in."""
    partial = {window.source for window in windows.partial(register)}
    return tuple(choosing.source_state(run, zone, run.source in partial) for run in _last_runs(register))


def _last_runs(register: Register) -> list[Run]:
    """The last ended run of each source, by source; steps that are no source (matching) are left out."""
    known = sources.load()
    found: dict[str, Run] = {}
    for run in runs.listing(register, limit=RUNS_LOOKED_AT):
        if run.source in known and run.status != "running":
            found.setdefault(run.source, run)
    return [found[source] for source in sorted(found)]
