"""Reads notices into the search: the stems of their words, and what each lot can be chosen by."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from config import cpv, places
from matcher.lexical import Analyser
from register import documents, findings, joins, notices, placements, search
from register.database import Register
from register.models import OPEN_FORMS, Finding, Lot, Notice
from register.placing import LotPlace
from register.search import UNKNOWN, Row

BATCH = 50
"""Notices in one transaction: others wait for it, so it is to be short."""
RESERVING = frozenset({"reserved_participation", "reserved_public_service"})
LONGEST_PAPER = 400_000
"""Characters of a document that are read in."""
UNTIL_FURTHER_NOTICE = 2**31 - 1
"""The deadline of what is open until further notice, in minutes: after all others."""


@lru_cache(maxsize=1)
def analyser() -> Analyser:
    """What makes index terms of words, the same for texts and for what is asked."""
    return Analyser()


def catch_up(register: Register, *, most: int | None = None) -> int:
    """Read in what is due, at most that many notices; returns how many were read."""
    done = 0
    while most is None or done < most:
        with register.atomic():
            due = search.due(register, BATCH if most is None else min(BATCH, most - done))
            for number in due:
                read_in(register, number)
                standing = joins.tender(register, number)
                if standing != number:
                    # A document of one notice of a tender is found by the notice that stands for it.
                    read_in(register, standing)
        if not due:
            break
        done += len(due)
    return done


def read_in(register: Register, number: str) -> None:
    """Read one notice in anew, or take it out where another stands for its tender."""
    if not search.standing(register, number):
        search.put(register, number, ())
        return
    notice = notices.get(register, number)
    where = placements.of(register, number)
    papers = documents.papers(register, number)
    gone = notices.provenance(register, number)["gone"] is not None
    found = findings.of(register, number)
    read = " ".join(terms(text[:LONGEST_PAPER] for _, _, text, _ in papers))
    rows = (row(notice, lot, where.get(lot.id, LotPlace()), found, papers=read, gone=gone) for lot in notice.lots)
    search.put(register, number, rows)


def row(
    notice: Notice, lot: Lot, where: LotPlace, found: Iterable[Finding], *, papers: str = "", gone: bool = False
) -> Row:
    """A lot as it is searched. papers: index terms of the documents."""
    return Row(
        lot=lot.id,
        title=" ".join(terms([notice.title, lot.title])),
        body=" ".join(terms(body(notice, lot, where))),
        papers=papers,
        published=notice.published.toordinal() if notice.published else UNKNOWN,
        deadline=deadline(lot),
        closed=gone or notice.closed or notice.form_type not in OPEN_FORMS,
        values=frozenset(values(notice, lot, where, [f for f in found if f.lot in ("", lot.id)])),
    )


def terms(texts: Iterable[str]) -> list[str]:
    """Index terms of some texts, each once."""
    return list(dict.fromkeys(term for text in texts for term in analyser().terms(text)))


def body(notice: Notice, lot: Lot, where: LotPlace) -> Iterator[str]:
    """All that the notice says of a lot but its titles."""
    yield notice.publication_number
    yield notice.buyer.name
    yield from (buyer.name for buyer in notice.joint_buyers)
    yield from (notice.description, lot.description, lot.strategic_description)
    yield from (*lot.performance_terms, *lot.selection_criteria, *lot.notes)
    for criterion in lot.award_criteria:
        yield from (criterion.name or "", criterion.description or "")
    for place in lot.places or notice.places:
        yield from (place.city or "", place.description or "")
    yield from where.municipalities
    yield from (label for code in lot.cpv or notice.cpv if (label := cpv.label(code)))


def deadline(lot: Lot) -> int:
    """Minutes since 1970 until which bids are taken."""
    if lot.open_ended:
        return UNTIL_FURTHER_NOTICE
    return minutes(lot.deadline) if lot.deadline else UNKNOWN


def minutes(at: datetime) -> int:
    """Minutes since 1970."""
    return int(at.astimezone(UTC).timestamp() // 60)


def values(notice: Notice, lot: Lot, where: LotPlace, found: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    """(kind, value) of all that a lot can be chosen by."""
    yield "source", notice.origin
    for code in lot.cpv or notice.cpv:
        yield from (("cpv", one) for one in (code, *cpv.ancestors(code)))
    for county in where.counties:
        yield "county", county
    for name in where.municipalities:
        yield "municipality", name
        municipality = places.by_name(name)
        if municipality:
            yield "county", municipality.county
    found = list(found)
    for finding in found:
        yield "clause", finding.clause
        yield "polarity", finding.polarity
        yield "finding", f"{finding.clause}:{finding.polarity}"
    yield "reserved", "yes" if is_reserved(lot, found) else "no"


def is_reserved(lot: Lot, found: Iterable[Finding]) -> bool:
    """Whether its code or a clause that holds reserves the right to take part."""
    coded = lot.codes.reserved_participation in ("res-ws", "res-pub-ser")
    return coded or any(one.clause in RESERVING and one.polarity == "affirmed" for one in found)
