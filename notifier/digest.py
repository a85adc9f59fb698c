"""What goes into a letter, and what does not: chosen from an enterprise's matches (pure)."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from config.settings import DigestSettings
from notifier import facts
from register.documents import Extent
from register.models import OPEN_FORMS, Enterprise, Finding, Lot, Match, Notice, Noun, Run

LOTS_PER_TENDER = 2
MOST_FITS, MOST_WATCH = 2, 2
CANCELLED, OPEN, UNKNOWN = "cancelled", "open", "unknown"
MINUTE = "%Y-%m-%dT%H:%MZ"
DAY = re.compile(r"\d{4}-\d\d-\d\d$")
TED_NOTICE = "https://ted.europa.eu/{language}/notice/-/detail/{number}"

Told = Collection[tuple[str, str, str]]
"""(tender key, lot id, fingerprint) of what an enterprise has been told."""


@dataclass(frozen=True)
class Candidate:
    """A match with what it speaks of."""

    match: Match
    notice: Notice
    lot: Lot
    findings: tuple[Finding, ...]
    misread: tuple[Notice, ...] = ()
    """What earlier parsers read in the same bytes, where they read other last days."""
    documents: Extent = "none"
    """How much of the tender's documents has been read."""


class OtherLot(Noun):
    """A second lot of the same tender, told in one line."""

    lot: str
    title: str
    last_day: date | None
    size: facts.Size | None


class Item(Noun):
    """One tender in a letter: facts only, worded by `rendering`."""

    kind: Literal["new", "changed", "cancelled"]
    number: str
    lot: str
    title: str
    language: str
    """Of the notice, ISO 639-1."""
    buyer: str
    place: str
    deadline: AwareDatetime | None
    open_ended: bool
    before: AwareDatetime | None
    """What an earlier letter gave as deadline, where it has changed."""
    days_left: int | None
    """Whole local days from today to the last day; 0: today."""
    advise_by: date
    size: facts.Size | None
    sentences: tuple[str, ...]
    fits: tuple[str, ...]
    watch: tuple[str, ...]
    clauses: tuple[facts.Clause, ...]
    further_clauses: int
    also: tuple[OtherLot, ...]
    further_lots: int
    planned: bool
    """A planning notice or an early dialogue: no bids yet."""
    subcontract: bool
    """Too large alone, with a clause that may open a share of it."""
    short_form: bool
    """Only the search form of the notice has been read, not its whole text."""
    documents: Extent = "none"
    """How much of the tender's documents has been read."""
    example: bool
    link: str
    """The original, or empty where no address is known."""


class SourceState(Noun):
    """The last run of a source, as the letter tells of it."""

    source: str
    day: date
    complete: bool
    """Whether everything that was ever announced came in."""


class Digest(Noun):
    """One letter's content: the single source of its HTML and its text."""

    enterprise: str
    name: str
    language: Literal["sv", "en"]
    period: str
    at: AwareDatetime
    zone: str
    items: tuple[Item, ...]
    sources: tuple[SourceState, ...]
    read_count: int
    told: tuple[tuple[str, str, str], ...]
    """(tender key, lot id, fingerprint) of each lot, those counted as further ones too."""
    example: bool
    """Whether the enterprise or any tender is invented."""
    sender: str = ""
    """Who sends, as shown; set when the letter is addressed."""
    stop: str = ""
    """A mailto: address that stops the letters; set when the letter is addressed."""

    @property
    def lots(self) -> tuple[tuple[str, str], ...]:
        """(publication number, lot id) of each lot shown."""
        return tuple(
            (item.number, lot) for item in self.items for lot in (item.lot, *(other.lot for other in item.also))
        )


class Quiet(Noun):
    """No letter this week, and why, in the operator's words."""

    reason: str


def period_of(now: datetime, zone: str | ZoneInfo) -> str:
    """The local ISO week: "2026-W48"."""
    year, week, _ = now.astimezone(_zone(zone)).isocalendar()
    return f"{year}-W{week:02}"


def tender_key(notice: Notice) -> str:
    """The key of one procurement through its notices: BT-04, else the publication number."""
    return notice.procedure_id or notice.publication_number


def is_cancelled(notice: Notice) -> bool:
    """Whether a notice that could lead to bids was called off (BT-140 cancel); an award is not that."""
    return notice.change_reason == "cancel" or (notice.closed and notice.form_type in OPEN_FORMS)


def state_of(notice: Notice, lot: Lot, zone: ZoneInfo) -> str:
    """What a lot's readers go by: cancelled, open, or the deadline to the minute in UTC.

    Of a portal's alert only the last day counts, as local date, or unknown: its hour is not that of the notice.
    """
    if is_cancelled(notice):
        return CANCELLED
    if notice.reading == "alert" and not lot.open_ended and notice.form_type not in ("planning", "consultation"):
        return facts.last_day(lot.deadline, zone)[0].isoformat() if lot.deadline else UNKNOWN
    if lot.open_ended or lot.deadline is None:
        return OPEN
    return lot.deadline.astimezone(UTC).strftime(MINUTE)


def is_news(told: str, state: str, zone: ZoneInfo) -> bool:
    """Whether a state says more than the one told. The notice in full is none where its alert was told: the same last
    day with its hour, or a day where the alert gave none.
    """
    if told == state or (told == UNKNOWN and state != CANCELLED):
        return False
    instant = _instant(state, zone)
    return not (DAY.match(told) and instant and facts.last_day(instant, zone)[0].isoformat() == told)


def compose(
    enterprise: Enterprise,
    candidates: Iterable[Candidate],
    *,
    period: str,
    now: datetime,
    settings: DigestSettings,
    told: Told,
    sources: Sequence[Run],
    read_count: int,
    partial: Collection[str] = (),
) -> Digest | Quiet:
    """This week's letter for an enterprise, or why there is none.

    At most settings.max_lots lots, two a tender; first what has changed since it was told, then new lots with a score
    of at least settings.floor, best first. Nothing is told twice; a thin week is not padded.
    sources: the last run of each source. read_count: how many notices those runs read. partial: sources with days
    that are not proven complete, whichever run read them.
    """
    zone = _zone(settings.timezone)
    latest = _latest(told)
    ranked = _once(sorted(candidates, key=lambda c: (-c.match.score, c.notice.publication_number, c.lot.id)))
    groups: dict[tuple[bool, str, str], list[Candidate]] = defaultdict(list)
    why_not: dict[str, int] = defaultdict(int)
    for candidate in ranked:
        kind = _kind(candidate, enterprise, latest, now, settings.floor, zone)
        if kind in ("new", "changed", "cancelled"):
            groups[(kind == "new", kind, tender_key(candidate.notice))].append(candidate)
        else:
            why_not[kind] += 1
    if not groups:
        return Quiet(reason=_quiet(why_not, settings.floor))
    room = settings.max_lots
    items: list[Item] = []
    telling: list[tuple[str, str, str]] = []
    # Python's sort is stable: changes come before new tenders, and each stays ranked by its best lot.
    for (_, kind, tender), lots in sorted(groups.items(), key=lambda entry: entry[0][0]):
        if room <= 0:
            break
        shown = lots[: min(LOTS_PER_TENDER, room)]
        room -= len(shown)
        items.append(_item(kind, shown, len(lots) - len(shown), enterprise, latest, now, zone))
        telling += [(tender, c.lot.id, _fingerprint(c, latest, zone)) for c in lots]
    return Digest(
        enterprise=enterprise.id,
        name=facts.one_line(enterprise.name, 120),
        language=enterprise.contact.language,
        period=period,
        at=now,
        zone=settings.timezone,
        items=tuple(items),
        sources=tuple(_source(run, zone, run.source in partial) for run in sources),
        read_count=read_count,
        told=tuple(telling),
        example=enterprise.is_example or any(item.example for item in items),
    )


def _once(ranked: Sequence[Candidate]) -> list[Candidate]:
    """One candidate for each lot of each tender, still in their order: what was published last is what holds."""
    found: dict[tuple[str, str], Candidate] = {}
    for candidate in ranked:
        key = tender_key(candidate.notice), candidate.lot.id
        if key not in found or _published(candidate) > _published(found[key]):
            found[key] = candidate
    kept = {id(candidate) for candidate in found.values()}
    return [candidate for candidate in ranked if id(candidate) in kept]


def _published(candidate: Candidate) -> tuple[date, str]:
    return candidate.notice.published or date.min, candidate.notice.publication_number


def _latest(told: Told) -> dict[tuple[str, str], tuple[int, str]]:
    """The last thing told of each lot: (tender key, lot id) -> (how many times told, state)."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for tender, lot, fingerprint in told:
        count, _, state = fingerprint.partition(" ")
        entry = (int(count), state)
        found[tender, lot] = max(entry, found.get((tender, lot), entry))
    return found


def _fingerprint(candidate: Candidate, latest: dict[tuple[str, str], tuple[int, str]], zone: ZoneInfo) -> str:
    """What is told of a lot, numbered, so that a deadline moved there and back is told each time."""
    count, _ = latest.get((tender_key(candidate.notice), candidate.lot.id), (0, ""))
    return f"{count + 1} {state_of(candidate.notice, candidate.lot, zone)}"


def _misread(candidate: Candidate, zone: ZoneInfo) -> set[str]:
    """The states of the lot by earlier parsers' readings of the same bytes."""
    return {
        state_of(reading, lot, zone)
        for reading in candidate.misread
        for lot in reading.lots
        if lot.id == candidate.lot.id
    }


def _kind(
    candidate: Candidate,
    enterprise: Enterprise,
    latest: dict[tuple[str, str], tuple[int, str]],
    now: datetime,
    floor: float,
    zone: ZoneInfo,
) -> str:
    """new, changed or cancelled; else the word for why the lot is left out."""
    notice, lot = candidate.notice, candidate.lot
    known = latest.get((tender_key(notice), lot.id))
    state = state_of(notice, lot, zone)
    if known is not None and not is_news(known[1], state, zone):
        return "told"
    if known is not None and state != CANCELLED and known[1] in _misread(candidate, zone):
        # The buyer has moved nothing: a parser had read it wrongly.
        return "told"
    if known is not None and state == CANCELLED:
        return "cancelled"
    if not notice.lot_is_open(lot, now):
        return "closed"
    if known is not None:
        return "changed"
    if candidate.match.score < floor:
        return "low"
    largest = enterprise.capacity.largest_contract_sek_per_year
    if not facts.kinds(notice, lot, candidate.findings, largest) & set(enterprise.digest.include):
        return "unwanted"
    return "new"


def _quiet(why_not: dict[str, int], floor: float) -> str:
    words = {
        "told": "told before",
        "low": f"below the lowest score {floor:g}",
        "unwanted": "of a kind that the enterprise has not chosen (digest.include)",
        "closed": "closed",
    }
    parts = [f"{why_not[key]} {text}" for key, text in words.items() if why_not.get(key)]
    return "nothing new that fits: " + ", ".join(parts) if parts else "no matches in the register"


def _item(
    kind: str,
    shown: Sequence[Candidate],
    further: int,
    enterprise: Enterprise,
    latest: dict[tuple[str, str], tuple[int, str]],
    now: datetime,
    zone: ZoneInfo,
) -> Item:
    first = shown[0]
    notice, lot = first.notice, first.lot
    last = None if lot.open_ended or lot.deadline is None else facts.last_day(lot.deadline, zone)[0]
    today = now.astimezone(zone).date()
    known = latest.get((tender_key(notice), lot.id))
    clauses, further_clauses = facts.clauses(first.findings, lot)
    reasons = first.match.reasons
    kinds = facts.kinds(notice, lot, first.findings, enterprise.capacity.largest_contract_sek_per_year)
    return Item.model_validate(
        {
            "kind": kind,
            "number": notice.publication_number,
            "lot": lot.id,
            "title": facts.plain_title(notice, lot),
            "language": notice.language,
            "buyer": facts.one_line(notice.buyer.name, 120),
            "place": facts.place_words(notice, lot),
            "deadline": lot.deadline,
            "open_ended": lot.open_ended or lot.deadline is None,
            "before": _instant(known[1], zone) if known else None,
            "days_left": (last - today).days if last else None,
            "advise_by": facts.advise_by(today, last),
            "size": facts.size(notice, lot),
            "sentences": facts.sentences(notice, lot),
            "fits": tuple(facts.one_line(r.text, 300) for r in reasons if r.kind == "fits")[:MOST_FITS],
            "watch": tuple(facts.one_line(r.text, 300) for r in reasons if r.kind == "watch")[:MOST_WATCH],
            "clauses": clauses,
            "further_clauses": further_clauses,
            "also": tuple(_other(c, zone) for c in shown[1:]),
            "further_lots": further,
            "planned": "planned" in kinds,
            "subcontract": "subcontract" in kinds,
            "short_form": notice.reading != "full",
            "documents": first.documents,
            "example": notice.is_example,
            "link": _link(notice, enterprise.contact.language),
        }
    )


def _other(candidate: Candidate, zone: ZoneInfo) -> OtherLot:
    lot = candidate.lot
    dated = None if lot.open_ended or lot.deadline is None else facts.last_day(lot.deadline, zone)[0]
    title = facts.one_line(lot.title or candidate.notice.title, facts.LONGEST_TITLE)
    return OtherLot(lot=lot.id, title=title, last_day=dated, size=facts.size(candidate.notice, lot))


def _link(notice: Notice, language: str) -> str:
    """The notice's page; none for invented ones, nor for a number that is not TED's form (nnnnnn-yyyy)."""
    number = notice.publication_number
    head, _, year = number.partition("-")
    if notice.origin != "ted" or notice.is_example or not (head.isdecimal() and year.isdecimal() and number.isascii()):
        return ""
    return TED_NOTICE.format(language=language, number=number)


def _instant(state: str, zone: ZoneInfo) -> datetime | None:
    if state in (CANCELLED, OPEN, UNKNOWN):
        return None
    if DAY.match(state):
        return datetime.combine(date.fromisoformat(state), time(23, 59), zone)
    return datetime.strptime(state, MINUTE).replace(tzinfo=UTC)


def _source(run: Run, zone: ZoneInfo, partial: bool) -> SourceState:
    day = (run.ended or run.started).astimezone(zone).date()
    return SourceState(source=run.source, day=day, complete=run.complete and not partial)


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
