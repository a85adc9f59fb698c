"""What a letter is composed from, read in the register."""

from collections.abc import Iterator
from datetime import datetime

from config import sources
from config.settings import Settings
from notifier import digest as digests
from notifier.digest import Candidate, Digest, Quiet
from register import deliveries, documents, findings, judgements, matches, notices, runs, windows
from register.database import Register
from register.models import Enterprise, Match, Run

RUNS_LOOKED_AT = 500


def letter(
    register: Register, enterprise: Enterprise, *, settings: Settings, now: datetime, period: str
) -> Digest | Quiet:
    """The letter to an enterprise for a period, or why there is none; nothing is stored."""
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
