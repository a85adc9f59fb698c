"""One tender of a letter: its facts put together from the match, the notice and what the adviser says (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from notifier import facts, told
from notifier.digest import Candidate, Item, MarkedDay, Near, OtherLot
from notifier.told import Latest, tender_key
from register.approvals import Approval
from register.chances import Way
from register.models import Enterprise, Lot, Notice

MOST_FITS, MOST_WATCH = 2, 2
TED_NOTICE = "https://ted.europa.eu/{language}/notice/-/detail/{number}"


@dataclass(frozen=True)
class Making:
    """What all items of a letter are made with. known: what was told before."""

    enterprise: Enterprise
    known: Latest
    now: datetime
    zone: ZoneInfo
    approval: Approval | None


def chance(candidate: Candidate, enterprise: Enterprise) -> Way | None:
    """How the enterprise could do a part of a lot that is too large for it alone; None where it is not."""
    if candidate.chance:
        return candidate.chance
    largest = enterprise.capacity.largest_contract_sek_per_year
    kinds = facts.kinds(candidate.notice, candidate.lot, candidate.findings, largest)
    return "subcontract" if "subcontract" in kinds else None


def item(kind: str, shown: Sequence[Candidate], further: int, making: Making) -> Item:
    """A tender by the first of the lots shown; the others in a line each, `further` as a number."""
    first = shown[0]
    notice, lot = first.notice, first.lot
    last = _last_day(lot, making.zone)
    today = making.now.astimezone(making.zone).date()
    _, before = making.known.get((tender_key(notice), lot.id), (0, told.OPEN))
    clauses, further_clauses = facts.clauses(first.findings, lot)
    reasons = first.match.reasons
    made = {
        "kind": kind,
        "number": notice.publication_number,
        "lot": lot.id,
        "title": facts.plain_title(notice, lot),
        "language": facts.language(notice),
        "buyer": facts.one_line(notice.buyer.name, 120),
        "place": facts.place_words(notice, lot),
        "deadline": lot.deadline,
        "open_ended": lot.open_ended or lot.deadline is None,
        "before": told.instant(before, making.zone),
        "days_left": (last - today).days if last else None,
        "advise_by": facts.advise_by(today, last),
        "size": facts.size(notice, lot),
        "sentences": facts.sentences(notice, lot),
        "fits": tuple(facts.one_line(r.text, 300) for r in reasons if r.kind == "fits")[:MOST_FITS],
        "watch": tuple(facts.one_line(r.text, 300) for r in reasons if r.kind == "watch")[:MOST_WATCH],
        "clauses": clauses,
        "further_clauses": further_clauses,
        "also": tuple(_other(c, making.zone) for c in shown[1:]),
        "further_lots": further,
        "planned": notice.form_type in told.PLANNING_FORMS,
        "dialogue": notice.form_type == "consultation",
        "chance": chance(first, making.enterprise),
        "reading": notice.reading,
        "documents": first.documents,
        "example": notice.is_example,
        "link": link(notice, making.enterprise.contact.language),
    }
    return Item.model_validate(made | dict(_of_adviser(making.approval, notice, lot)))


def marked_day(candidate: Candidate, making: Making) -> MarkedDay:
    """The last day of a lot that has one."""
    notice, lot = candidate.notice, candidate.lot
    if lot.deadline is None:
        raise ValueError(f"{notice.publication_number}/{lot.id} has no deadline to be marked")
    return MarkedDay(
        number=notice.publication_number,
        lot=lot.id,
        title=facts.plain_title(notice, lot),
        language=facts.language(notice),
        buyer=facts.one_line(notice.buyer.name, 120),
        deadline=lot.deadline,
        days_left=(facts.last_day(lot.deadline, making.zone)[0] - making.now.astimezone(making.zone).date()).days,
        link=link(notice, making.enterprise.contact.language),
    )


def near(candidate: Candidate) -> Near:
    """What a sign of life tells of a tender."""
    notice = candidate.notice
    return Near(
        number=notice.publication_number,
        title=facts.plain_title(notice, candidate.lot),
        language=facts.language(notice),
        buyer=facts.one_line(notice.buyer.name, 120),
    )


def link(notice: Notice, language: str) -> str:
    """The notice's page; empty for invented ones, and where no address is known. TED's is made from its number
    (nnnnnn-yyyy), another source's is the notice's own if it is https.
    """
    if notice.is_example:
        return ""
    if notice.origin == "ted":
        number = notice.publication_number
        head, _, year = number.partition("-")
        proper = head.isdecimal() and year.isdecimal() and number.isascii()
        return TED_NOTICE.format(language=language, number=number) if proper else ""
    return facts.safe_link(notice.link)


def _other(candidate: Candidate, zone: ZoneInfo) -> OtherLot:
    lot = candidate.lot
    title = facts.one_line(lot.title or candidate.notice.title, facts.LONGEST_TITLE)
    return OtherLot(lot=lot.id, title=title, last_day=_last_day(lot, zone), size=facts.size(candidate.notice, lot))


def _last_day(lot: Lot, zone: ZoneInfo) -> date | None:
    return None if lot.open_ended or lot.deadline is None else facts.last_day(lot.deadline, zone)[0]


def _of_adviser(approval: Approval | None, notice: Notice, lot: Lot) -> Iterator[tuple[str, object]]:
    """Fields of the item that the adviser has set."""
    if approval is None:
        return
    own = notice.publication_number, lot.id
    notes = [one.note for one in approval.added if (one.notice, one.lot) == own and one.note]
    if notes:
        yield "note", facts.one_line(notes[-1], 500)
    edits = {edit.part: facts.one_line(edit.text) for edit in approval.edits if (edit.notice, edit.lot) == own}
    for part, text in edits.items():
        if part == "title":
            yield from [("title", text)] if text else []
        else:
            yield {"about": "sentences"}.get(part, part), (text,) if text else ()
    yield "reworded", tuple(part for part in edits if edits[part] or part != "title")
