"""What goes into a letter (pure): at most five lots, best first, nothing twice, never padding."""

import hashlib
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.settings import DigestSettings
from notifier.wording import Wording, wording
from register.deliveries import Told
from register.models import Enterprise, Finding, Lot, Match, Notice, Noun, Run

SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bkap\.)(?<!\bca\.)(?<!\bnr\.)(?<!\bt\.ex\.)(?<!\bbl\.a\.)(?<!\bst\.)(?<!\bkl\.)(?<!\bm\.m\.)\s+(?=[A-ZÅÄÖ0-9])|\n+"
)
"""Sentence ends, but not after the abbreviations that tenders use most."""
LONGEST_TITLE = 120
LONGEST_SENTENCE = 220
LONGEST_QUOTE = 280
PER_TENDER = 2
ORDER = (
    "reserved_participation",
    "reserved_execution",
    "reserved_public_service",
    "social_subcontracting",
    "employment_requirement",
    "social_award_criterion",
    "employment_dialogue",
    "employment_bonus",
    "small_lots",
    "labour_conditions",
    "supply_chain_rights",
    "accessibility",
    "equality",
    "idea_partnership",
)
"""Clauses by what they mean to a social enterprise, the most telling first."""
SHARES = {"employment_requirement", "social_subcontracting", "employment_dialogue", "employment_bonus"}


@dataclass(frozen=True)
class Candidate:
    """A lot that may go in, with what is known of it."""

    match: Match
    notice: Notice
    lot: Lot
    findings: tuple[Finding, ...]


class Clause(Noun):
    """A social clause in plain words with its evidence."""

    text: str
    quote: str = ""
    note: str = ""


class Item(Noun):
    """One lot in the letter: every fact once, for HTML and text alike."""

    title: str
    example: str = ""
    change: str = ""
    buyer: str
    place: str
    deadline: str
    size: str
    work: tuple[str, ...]
    fits: tuple[str, ...]
    watch: tuple[str, ...]
    clauses: tuple[Clause, ...]
    read: str
    steps: tuple[str, ...]
    link: str = ""
    link_text: str
    more: str = ""


class Digest(Noun):
    """A letter before it is drawn."""

    enterprise: str
    name: str
    language: str
    period: str
    subject: str
    greeting: str
    summary: str
    items: tuple[Item, ...]
    footer: tuple[str, ...]
    lots: tuple[tuple[str, str], ...]
    """(publication number, lot id) of each item."""
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Quiet:
    """No letter this week, and why."""

    reason: str


def period_of(now: datetime, zone: ZoneInfo) -> str:
    """The ISO week in local time, for example 2026-W48."""
    year, week, _ = now.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def tender(notice: Notice) -> str:
    """What stays the same through the notices of one procurement."""
    return notice.procedure_id or notice.publication_number


def fingerprint(notice: Notice, lot: Lot) -> str:
    """Of what is worth telling again: a moved deadline, a cancellation."""
    cancelled = notice.closed and notice.change_reason == "cancel"
    content = f"{lot.deadline.isoformat() if lot.deadline else ''}|{lot.open_ended}|{cancelled}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def compose(
    enterprise: Enterprise,
    candidates: Sequence[Candidate],
    *,
    period: str,
    now: datetime,
    settings: DigestSettings,
    told: AbstractSet[Told],
    sources: Sequence[Run],
    read_count: int,
    recipient: str = "",
    sender: str = "",
) -> Digest | Quiet:
    """The letter of a week, or why there is none. candidates: best first; told: what the enterprise was told of."""
    words = wording(enterprise.contact.language)
    zone = ZoneInfo(settings.timezone)
    known = {(t, lot): mark for t, lot, mark in told}
    chosen: list[tuple[Candidate, bool]] = []
    per_tender: dict[str, int] = {}
    repeated = 0
    for candidate in candidates:
        key = tender(candidate.notice)
        mark = fingerprint(candidate.notice, candidate.lot)
        before = (key, candidate.lot.id) in known
        if (key, candidate.lot.id, mark) in told:
            repeated += 1
            continue
        cancelled = candidate.notice.closed
        if before and cancelled:
            chosen.append((candidate, True))
            continue
        if not candidate.notice.lot_is_open(candidate.lot, now):
            continue
        if not before and (candidate.match.score < settings.floor or not wanted(enterprise, candidate)):
            continue
        per_tender[key] = per_tender.get(key, 0) + 1
        if per_tender[key] <= PER_TENDER:
            chosen.append((candidate, before))
    # A change to what was told before comes first and counts against no limit.
    changes = [pair for pair in chosen if pair[1]]
    fresh = [pair for pair in chosen if not pair[1]][: settings.max_lots]
    picked = changes + fresh
    if not picked:
        return Quiet(words("quiet_told") if repeated else words("quiet_none"))
    extra = {key: count - PER_TENDER for key, count in per_tender.items() if count > PER_TENDER}
    shown: set[str] = set()
    items = []
    for candidate, is_change in picked:
        key = tender(candidate.notice)
        more = extra.get(key, 0) if key not in shown else 0
        shown.add(key)
        items.append(_item(candidate, words, zone, now, is_change=is_change, more=more))
    return Digest(
        enterprise=enterprise.id,
        name=enterprise.name,
        language=enterprise.contact.language,
        period=period,
        subject=_subject(enterprise, [c for c, _ in picked], words, zone, now),
        greeting=words("greeting", name=enterprise.name),
        summary=_summary([c for c, _ in picked], words, zone, now),
        items=tuple(items),
        footer=_footer(enterprise, words, sources, read_count, recipient, sender),
        lots=tuple((c.notice.publication_number, c.lot.id) for c, _ in picked),
        told=tuple((tender(c.notice), c.lot.id, fingerprint(c.notice, c.lot)) for c, _ in picked),
    )


def wanted(enterprise: Enterprise, candidate: Candidate) -> bool:
    """Whether the enterprise has asked for lots of this kind."""
    include = enterprise.digest.include
    reserved = candidate.lot.codes.reserved_participation == "res-ws" or any(
        f.clause in ("reserved_participation", "reserved_execution") and f.polarity == "affirmed"
        for f in candidate.findings
    )
    if "open" in include or (reserved and "reserved" in include):
        return True
    return "subcontract" in include and any(f.flags and f.clause in SHARES for f in candidate.findings)


def days_left(deadline: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Calendar days from today to the deadline, in local time."""
    return (deadline.astimezone(zone).date() - now.astimezone(zone).date()).days


def _soonest(candidates: Sequence[Candidate], now: datetime) -> datetime | None:
    dates = [c.lot.deadline for c in candidates if c.lot.deadline and not c.lot.open_ended and c.lot.deadline > now]
    return min(dates, default=None)


def _subject(
    enterprise: Enterprise, candidates: Sequence[Candidate], words: Wording, zone: ZoneInfo, now: datetime
) -> str:
    count = len(candidates)
    subject = words("subject_one" if count == 1 else "subject_many", count=count, name=enterprise.name)
    soonest = _soonest(candidates, now)
    if soonest and days_left(soonest, now, zone) <= 7:
        day = soonest.astimezone(zone).date()
        same = sum(
            1
            for c in candidates
            if c.lot.deadline and not c.lot.open_ended and c.lot.deadline.astimezone(zone).date() == day
        )
        how_many = words("one") if same == 1 else str(same)
        subject += words("subject_closes", how_many=how_many, weekday=words.weekday(day))
    prefix = "EXEMPEL: " if any(c.notice.is_example for c in candidates) else ""
    return prefix + subject


def _summary(candidates: Sequence[Candidate], words: Wording, zone: ZoneInfo, now: datetime) -> str:
    count = len(candidates)
    text = words("summary_one" if count == 1 else "summary_many", count=count)
    soonest = _soonest(candidates, now)
    if soonest is None:
        return text
    if days_left(soonest, now, zone) <= 7:
        return f"{text} {words('closes', date=words.day(soonest.astimezone(zone)))}"
    return f"{text} {words('nothing_hurries')}" if count > 1 else text


def _item(candidate: Candidate, words: Wording, zone: ZoneInfo, now: datetime, *, is_change: bool, more: int) -> Item:
    notice, lot = candidate.notice, candidate.lot
    title = notice.title if lot.title in ("", notice.title) else f"{notice.title}: {lot.title}"
    title = shorten(title, LONGEST_TITLE)
    local = lot.deadline.astimezone(zone) if lot.deadline else None
    reasons = candidate.match.reasons
    change = ""
    if is_change:
        cancelled = notice.closed
        change = words("cancelled") if cancelled else words("changed", date=words.day(local) if local else "-")
    link = original(notice)
    return Item(
        title=title,
        example=words("example") if notice.is_example else "",
        change=change,
        buyer=notice.buyer.name,
        place=_place(notice, lot, words),
        deadline=_deadline(lot, words, zone, now),
        size=_size(notice, lot, words),
        work=tuple(two_sentences(lot.description or notice.description)),
        fits=tuple(r.text for r in reasons if r.kind == "fits")[:2],
        watch=tuple(r.text for r in reasons if r.kind == "watch")[:2],
        clauses=_clauses(candidate.findings, words),
        read=words("read_short" if "search-fields-only" in notice.flags else "read"),
        steps=_steps(lot, words, zone, now),
        link=link,
        link_text=words("link", title=title)
        if link
        else words("no_link_example")
        if notice.is_example
        else words("no_link", number=notice.publication_number),
        more=words("more_lots", count=more) if more > 0 else "",
    )


def original(notice: Notice) -> str:
    """The notice's own page, for TED's real notices; "" where there is none."""
    if notice.origin == "ted" and not notice.is_example and re.match(r"^\d{1,8}-\d{4}$", notice.publication_number):
        return f"https://ted.europa.eu/sv/notice/-/detail/{notice.publication_number}"
    return ""


def _place(notice: Notice, lot: Lot, words: Wording) -> str:
    places = lot.places or notice.places
    names = list(dict.fromkeys(place.city or place.description or "" for place in places))
    named = [name for name in names if name]
    if named:
        return ", ".join(named[:4])
    return words("anywhere") if places and all(p.nuts is None for p in places) else words("unknown_place")


def _deadline(lot: Lot, words: Wording, zone: ZoneInfo, now: datetime) -> str:
    if lot.open_ended:
        return words("open_ended")
    if lot.deadline is None:
        return words("no_deadline")
    left = days_left(lot.deadline, now, zone)
    count = words("days_left_one" if left == 1 else "days_left_many", count=max(left, 0))
    return f"{words.day(lot.deadline.astimezone(zone))} ({count})"


def _size(notice: Notice, lot: Lot, words: Wording) -> str:
    money = lot.value or (notice.value if len(notice.lots) == 1 else None)
    if money is None or money.currency != "SEK":
        return words("size_none")
    years = max((lot.duration_months or 12) / 12, 1)
    return words("size_year", amount=words.amount(money.amount / years))


def _clauses(findings: Sequence[Finding], words: Wording) -> tuple[Clause, ...]:
    """At most three: those that count first, in ORDER; a denied reservation is worth saying, other denials are not."""
    telling = [f for f in findings if f.flags or f.clause == "reserved_participation"]
    telling.sort(key=lambda f: (not f.flags, ORDER.index(f.clause) if f.clause in ORDER else len(ORDER)))
    out = []
    for finding in telling[:3]:
        by_code = finding.quote.startswith("BT-") or finding.start == finding.end
        quote = "" if by_code else shorten(" ".join(finding.quote.split()), LONGEST_QUOTE)
        note = words("by_code") if by_code else words("section", section=finding.section) if finding.section else ""
        if finding.witness == "conflict":
            note = f"{note} {words('conflict')}".strip()
        out.append(
            Clause(
                text=words.clause(finding.clause, finding.polarity),
                quote=words("quote", quote=quote) if quote else "",
                note=note,
            )
        )
    return tuple(out) or (Clause(text=words("no_clause")),)


def _steps(lot: Lot, words: Wording, zone: ZoneInfo, now: datetime) -> tuple[str, ...]:
    steps = [words("step_read")]
    if lot.deadline and not lot.open_ended:
        left = days_left(lot.deadline, now, zone)
        call = lot.deadline.astimezone(zone).date() - timedelta(days=max(left // 2, 1))
        # Advisers are reached on weekdays.
        call -= timedelta(days=max(call.weekday() - 4, 0))
        steps.append(words("step_call", date=words.day(call)))
    else:
        steps.append(words("step_call_open"))
    if lot.question_deadline and lot.question_deadline >= now.astimezone(zone).date():
        steps.append(words("step_ask", date=words.day(lot.question_deadline)))
    return tuple(steps)


def _footer(
    enterprise: Enterprise, words: Wording, sources: Sequence[Run], read_count: int, recipient: str, sender: str
) -> tuple[str, ...]:
    latest: dict[str, Run] = {}
    for run in sources:
        latest.setdefault(run.source, run)
    crawled = [run for run in latest.values() if run.source not in ("files", "uhm")]
    if crawled:
        names = ", ".join(f"{run.source.upper()} {run.until or run.started.date()}" for run in crawled)
        whole = all(run.complete for run in crawled)
        read = words("sources_complete" if whole else "sources_partial", sources=names)
    else:
        read = words("sources_none")
    lines = [
        words("sender"),
        words("why", recipient=recipient or enterprise.contact.email or "-", name=enterprise.name),
        words("machine"),
        f"{read} {words('read_count', count=read_count)}",
    ]
    if sender:
        lines.append(words("stop", address=sender))
    return tuple(lines)


def two_sentences(text: str) -> list[str]:
    """The first two sentences that say something, each cut at a word where it is long."""
    found = [part.strip(" \t-•*") for part in SENTENCE.split(text.strip())]
    return [shorten(part, LONGEST_SENTENCE) for part in found if len(part.split()) >= 3][:2]


def shorten(text: str, longest: int) -> str:
    """At most `longest` characters, cut at a word with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(".,;:–-") + "…"
