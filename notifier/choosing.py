"""What goes into a weekly letter, and what does not: chosen from an enterprise's matches (pure)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.settings import DigestSettings
from notifier import facts, items, told
from notifier.digest import Candidate, Care, Digest, Item, MarkedDay, Near, Quiet, SourceState
from notifier.told import Latest, Told, tender_key
from register.approvals import Approval
from register.models import Enterprise, Run

LOTS_PER_TENDER = 2
MOST_PLANNED, MOST_CHANCES, MOST_MARKED, MOST_NEAR = 2, 2, 5, 3
NEAR = 0.15
"""How far below the floor a score may be that a sign of life tells of."""
SOON_DAYS = 10
"""Days left from which on a last day is told as near."""
SILENT_WEEKS = 3
SUMMER = ((6, 20), (8, 10))
"""First and last (month, day) of the weeks in which buyers are away: letters say so."""


@dataclass(frozen=True)
class Context:
    """What is known beside the candidates.

    sources: the last run of each source. partial: sources with days that are not proven complete, whichever run read
    them. read_count: notices that came in since the last letter. silent_weeks: from the last letter's week, or from the
    consent's, to this one; None where neither is known.
    """

    told: Told
    sources: Sequence[Run] = ()
    partial: Collection[str] = ()
    read_count: int = 0
    silent_weeks: int | None = None
    approval: Approval | None = None
    care: Care = field(default_factory=Care)


class _Section(NamedTuple):
    items: tuple[Item, ...]
    told: tuple[tuple[str, str, str], ...]


def compose(
    enterprise: Enterprise,
    candidates: Iterable[Candidate],
    *,
    period: str,
    now: datetime,
    settings: DigestSettings,
    context: Context,
) -> Digest | Quiet:
    """This week's letter for an enterprise, or why there is none.

    New lots with a score of at least settings.floor, best first, two a tender, at most as many as the enterprise has
    chosen, else settings.max_lots; apart from them a few plans and chances to do a part; and all that changed of what
    was told. Nothing is told twice; a thin week is not padded, an empty one is quiet by the profile's choice.
    """
    zone = ZoneInfo(settings.timezone)
    known = told.latest(context.told)
    ranked = _once(sorted(candidates, key=lambda c: (-c.match.score, c.notice.publication_number, c.lot.id)))
    chosen, why_not = _sorted(ranked, enterprise, known, context, now, settings.floor, zone)
    making = items.Making(enterprise, known, now, zone, context.approval)
    new = _section(chosen["new"], enterprise.digest.most or settings.max_lots, making)
    changes = _section(chosen["changes"], len(ranked), making)
    planned = _section(chosen["planned"], MOST_PLANNED, making)
    chances = _section(chosen["chances"], MOST_CHANCES, making)
    sections = (new, changes, planned, chances)
    marked = _marked(ranked, {item.number for section in sections for item in section.items}, making)
    news = any(section.items for section in sections) or any(day.days_left <= SOON_DAYS for day in marked)
    silent = None if news else _silent(enterprise, context.silent_weeks)
    if not news and silent is None:
        return Quiet(reason=_quiet(why_not, settings.floor))
    near = () if news else _near(ranked, enterprise, known, now, settings.floor, zone)
    told_now = tuple(row for section in sections for row in section.told)
    return Digest(
        enterprise=enterprise.id,
        name=facts.one_line(enterprise.name, 120),
        language=enterprise.contact.language,
        level=enterprise.digest.level,
        period=period,
        at=now,
        zone=settings.timezone,
        items=new.items,
        marked=marked,
        changes=changes.items,
        planned=planned.items,
        chances=chances.items,
        near=near,
        silent_weeks=silent,
        sources=tuple(source_state(run, zone, run.source in context.partial) for run in context.sources),
        read_count=context.read_count,
        summer=SUMMER[0] <= ((today := now.astimezone(zone).date()).month, today.day) <= SUMMER[1],
        care=context.care,
        told=told_now,
        example=enterprise.is_example
        or any(item.example for section in sections for item in section.items)
        or any(c.notice.is_example for c in ranked if c.marked and marked),
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


def _sorted(
    ranked: Sequence[Candidate],
    enterprise: Enterprise,
    known: Latest,
    context: Context,
    now: datetime,
    floor: float,
    zone: ZoneInfo,
) -> tuple[dict[str, list[tuple[str, Candidate]]], dict[str, int]]:
    """Each section's (kind, candidate), still ranked; and how many were left out, by the word for why."""
    held = set(context.approval.held) if context.approval else set()
    added = {(one.notice, one.lot) for one in context.approval.added} if context.approval else set()
    chosen: dict[str, list[tuple[str, Candidate]]] = defaultdict(list)
    why_not: dict[str, int] = defaultdict(int)
    for candidate in ranked:
        key = candidate.notice.publication_number, candidate.lot.id
        if key in held:
            why_not["held"] += 1
            continue
        kind = _kind(candidate, enterprise, known, now, -1 if key in added else floor, zone)
        if kind in ("changed", "cancelled"):
            chosen["changes"].append((kind, candidate))
        elif kind in ("new", "opened"):
            chosen[_place(candidate, enterprise)].append((kind, candidate))
        else:
            why_not[kind] += 1
    return chosen, why_not


def _place(candidate: Candidate, enterprise: Enterprise) -> str:
    """The section of a lot that is told for the first time."""
    if candidate.notice.form_type in told.PLANNING_FORMS:
        return "planned"
    return "chances" if items.chance(candidate, enterprise) else "new"


def _kind(
    candidate: Candidate, enterprise: Enterprise, known: Latest, now: datetime, floor: float, zone: ZoneInfo
) -> str:
    """new, opened, changed or cancelled; else the word for why the lot is left out. floor -1: whatever it is."""
    notice, lot = candidate.notice, candidate.lot
    _, before = known.get((tender_key(notice), lot.id), (0, ""))
    state = told.state_of(notice, lot, zone)
    if before and not told.is_news(before, state, zone):
        return "told"
    if before and state != told.CANCELLED and before in _misread(candidate, zone):
        # The buyer has moved nothing: a parser had read it wrongly.
        return "told"
    if before and state == told.CANCELLED:
        return "cancelled"
    if not notice.lot_is_open(lot, now):
        return "closed"
    opened = told.was_planned(before) and not told.was_planned(state)
    if before and not opened:
        return "changed"
    if candidate.declined:
        return "declined"
    if candidate.match.score < floor and not opened and not candidate.chance:
        return "low"
    largest = enterprise.capacity.largest_contract_sek_per_year
    wanted = facts.kinds(notice, lot, candidate.findings, largest) | ({"subcontract"} if candidate.chance else set())
    if floor >= 0 and not wanted & set(enterprise.digest.include):
        return "unwanted"
    return "opened" if opened else "new"


def _misread(candidate: Candidate, zone: ZoneInfo) -> set[str]:
    """The states of the lot by earlier parsers' readings of the same bytes."""
    return {
        told.state_of(reading, lot, zone)
        for reading in candidate.misread
        for lot in reading.lots
        if lot.id == candidate.lot.id
    }


def _section(chosen: Sequence[tuple[str, Candidate]], room: int, making: items.Making) -> _Section:
    """At most `room` lots, a tender's together, each tender ranked by its best lot."""
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for kind, candidate in chosen:
        groups[kind, tender_key(candidate.notice)].append(candidate)
    made: list[Item] = []
    telling: list[tuple[str, str, str]] = []
    for (kind, tender), lots in groups.items():
        if room <= 0:
            break
        shown = lots[: min(LOTS_PER_TENDER, room)]
        room -= len(shown)
        made.append(items.item(kind, shown, len(lots) - len(shown), making))
        telling += [(tender, c.lot.id, told.fingerprint(c.notice, c.lot, making.known, making.zone)) for c in lots]
    return _Section(tuple(made), tuple(telling))


def _marked(ranked: Sequence[Candidate], shown: Collection[str], making: items.Making) -> tuple[MarkedDay, ...]:
    """Last days of open lots that somebody has said yes to, the next one first; not of tenders shown anyway."""
    found = [
        items.marked_day(candidate, making)
        for candidate in ranked
        if candidate.marked
        and candidate.notice.publication_number not in shown
        and candidate.lot.deadline is not None
        and not candidate.lot.open_ended
        and candidate.notice.lot_is_open(candidate.lot, making.now)
    ]
    return tuple(sorted(found, key=lambda day: (day.deadline, day.number, day.lot))[:MOST_MARKED])


def _near(
    ranked: Sequence[Candidate], enterprise: Enterprise, known: Latest, now: datetime, floor: float, zone: ZoneInfo
) -> tuple[Near, ...]:
    """What would have been told, had it fitted a little better; one a tender."""
    found: dict[str, Near] = {}
    for candidate in ranked:
        if candidate.match.score < floor - NEAR or _kind(candidate, enterprise, known, now, floor, zone) != "low":
            continue
        found.setdefault(tender_key(candidate.notice), items.near(candidate))
    return tuple(found.values())[:MOST_NEAR]


def _silent(enterprise: Enterprise, weeks: int | None) -> int | None:
    """For how many weeks to say that it was silent; None where this empty week is quiet."""
    if enterprise.digest.empty_week == "always":
        return max((weeks or 1) - 1, 0)
    if enterprise.digest.empty_week == "sign" and weeks is not None and weeks > SILENT_WEEKS:
        return weeks - 1
    return None


def _quiet(why_not: dict[str, int], floor: float) -> str:
    words = {
        "told": "told before",
        "low": f"below the lowest score {floor:g}",
        "unwanted": "of a kind that the enterprise has not chosen (digest.include)",
        "closed": "closed",
        "declined": "declined",
        "held": "held back by the adviser",
    }
    parts = [f"{why_not[key]} {text}" for key, text in words.items() if why_not.get(key)]
    return "nothing new that fits: " + ", ".join(parts) if parts else "no matches in the register"


def source_state(run: Run, zone: ZoneInfo, partial: bool) -> SourceState:
    """A source's last run as letters tell it. partial: some day of it is not proven complete."""
    day = (run.ended or run.started).astimezone(zone).date()
    return SourceState(source=run.source, day=day, complete=run.complete and not partial)
