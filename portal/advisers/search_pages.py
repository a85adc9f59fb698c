"""The search: lots by words and choices, saved searches, and what was found as a file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config import cpv, places, sources
from config.errors import InputError
from notifier import calendar, facts, items
from portal import tables
from portal.advisers import held, indexing, last_days, searching
from portal.advisers.searching import KINDS, SORTS, TIMES, Kind, Query
from portal.texts import Texts
from portal.visits import Answer, File, Later, Page, Redirect, Visit
from register import findings, notices, placements, saved_searches, search
from register.database import Register
from register.models import Finding, Lot, Notice
from register.placing import LotPlace

ON_A_PAGE = 20
MOST_IN_A_FILE = 5_000
CATCH_UP = 2_000
"""Notices that one search reads in after its answer, where they wait."""
SHOWN_CHOICES = 12
"""Of one kind; those that were chosen are always shown."""
LONGEST_NAME = 80
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ics": "text/calendar; charset=utf-8",
}
COLUMNS = ("number", "lot", "title", "buyer", "place", "deadline", "published", "cpv", "clauses", "reserved", "size",
           "source", "link", "example")  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """A lot that was found, with what is told of it."""

    notice: Notice
    lot: Lot
    where: LotPlace
    findings: tuple[Finding, ...]

    @property
    def place(self) -> str:
        """Cities, else municipalities; "" where it is not known."""
        return facts.place_words(self.notice, self.lot) or ", ".join(self.where.municipalities[:3])

    @property
    def title(self) -> str:
        """The lot's plain title."""
        return facts.plain_title(self.notice, self.lot)


@dataclass(frozen=True)
class Choice:
    """One choice in the form. left: how many lots it would leave."""

    value: str
    label: str
    left: int
    chosen: bool


def show(visit: Visit) -> Answer:
    """What was found, what it can be narrowed by, and the adviser's saved searches."""
    assert visit.account is not None
    query = searching.read(visit.several)
    found = held.find(visit.register, query, visit.now)
    pages = max(1, -(-len(found.ids) // ON_A_PAGE))
    page = min(query.page, pages)
    ids = found.ids[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    waiting = search.waiting(visit.register)
    values = {
        "query": query,
        "page_number": page,
        "pages": pages,
        "total": len(found.ids),
        "rows": [shown(hit, visit) for hit in hits(visit.register, ids)],
        "choices": {kind: choices(kind, query, found.counts[kind], visit.t) for kind in KINDS},
        "times": [
            Choice(time, visit.t(f"search_time_{time}"), found.times[time], time == query.time) for time in TIMES
        ],
        "sorts": SORTS,
        "saved": saved_searches.of(visit.register, visit.account.id),
        "waiting": waiting,
        "formats": tuple(FORMATS),
        "most": MOST_IN_A_FILE,
    }
    answer = Page("search.html.j2", values)
    return Later(answer, _catch_up) if waiting else answer


def _catch_up(register: Register) -> None:
    indexing.catch_up(register, most=CATCH_UP)


def hits(register: Register, ids: Sequence[int]) -> Iterator[Hit]:
    """What is told of lots of the index, in their order; those are left out that have gone meanwhile."""
    for number, identity in search.lots(register, ids):
        notice = notices.get(register, number)
        lot = next((lot for lot in notice.lots if lot.id == identity), None)
        if lot is not None:
            where = placements.of(register, number).get(identity, LotPlace())
            found = tuple(one for one in findings.of(register, number) if one.lot in ("", identity))
            yield Hit(notice, lot, where, found)


def shown(hit: Hit, visit: Visit) -> dict[str, Any]:
    """A lot in the list."""
    clauses, further = facts.clauses(hit.findings, hit.lot)
    return {
        "notice": hit.notice,
        "title": hit.title,
        "place": hit.place or visit.t("not_stated"),
        "deadline": visit.t.deadline(hit.lot, visit.now),
        "closed": not hit.notice.lot_is_open(hit.lot, visit.now),
        "clauses": clauses,
        "further": further,
    }


def choices(kind: Kind, query: Query, counts: Mapping[str, int], t: Texts) -> list[Choice]:
    """The choices of a kind: those that leave most first, and always those that are chosen."""
    chosen = dict(query.chosen).get(kind, ())
    offered = {value: left for value, left in counts.items() if value in chosen or _is_offered(kind, value, query)}
    ordered = sorted(offered.items(), key=lambda item: (-item[1], item[0]))
    most = len(offered) if kind in ("county", "clause") else SHOWN_CHOICES
    return [
        Choice(value, label(kind, value, t), left, value in chosen)
        for place, (value, left) in enumerate(ordered)
        if place < most or value in chosen
    ]


def _is_offered(kind: Kind, value: str, query: Query) -> bool:
    """Of codes, the divisions and what is right below a chosen one; of municipalities, those of chosen counties."""
    chosen = dict(query.chosen)
    if kind == "cpv":
        above = cpv.ancestors(value)
        return not above or above[0] in chosen.get("cpv", ())
    if kind == "municipality" and chosen.get("county"):
        municipality = places.by_name(value)
        return municipality is not None and municipality.county in chosen["county"]
    return True


def label(kind: Kind, value: str, t: Texts) -> str:
    """A choice in words."""
    if kind == "county":
        return next((county.name for county in places.counties() if county.code == value), value)
    if kind == "cpv":
        return f"{cpv.label(value) or ''} ({value})".strip()
    if kind == "clause":
        return t.clause(value)
    if kind == "source":
        return sources.load()[value].name if value in sources.load() else value
    if kind == "polarity" and value in ("affirmed", "possible", "negated"):
        return t(f"polarity_{value}")
    if kind == "reserved" and value in ("yes", "no"):
        return t(f"search_reserved_{value}")
    return value


def save(visit: Visit) -> Answer:
    """Keep a search under a name."""
    assert visit.account is not None
    query = searching.read(visit.several)
    name = facts.one_line(visit.form.get("name", ""), LONGEST_NAME)
    if not name:
        raise InputError("search", "name", visit.t("search_no_name"))
    saved_searches.save(visit.register, visit.account.id, name, query.address(page=1), at=visit.now)
    visit.note("saved search")
    return Redirect(f"/sok?{query.address(page=1)}#sparade")


def forget(visit: Visit) -> Answer:
    """Forget a saved search of one's own."""
    assert visit.account is not None
    number = visit.form.get("number", "")
    if number.isascii() and number.isdecimal() and len(number) < 16:
        saved_searches.remove(visit.register, visit.account.id, int(number))
    visit.note("saved search")
    return Redirect("/sok#sparade")


def file(visit: Visit) -> Answer:
    """What was found as a file, at most MOST_IN_A_FILE lots. Raises InputError for a format that is not known."""
    form = visit.query.get("format", "")
    if form not in FORMATS:
        raise InputError("search", "format", visit.t("search_no_format"))
    query = searching.read(visit.several)
    found = hits(visit.register, held.find(visit.register, query, visit.now).ids[:MOST_IN_A_FILE])
    t = visit.t
    if form == "ics":
        days = [event for hit in found for event in last_days.events(hit.notice, hit.lot, t)]
        content = calendar.file(days, at=visit.now)
    else:
        content = written(form, [told(hit, t) for hit in found], t)
    return File(f"anbudslots-{visit.now:%Y-%m-%d}.{form}", FORMATS[form], content)


def written(form: str, rows: Sequence[Mapping[str, Any]], t: Texts) -> bytes:
    """Rows of COLUMNS as CSV, XLSX or JSON."""
    if form == "json":
        return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()
    header = [t(f"search_column_{name}") for name in COLUMNS]
    cells = [[_cell(row[name], t) for name in COLUMNS] for row in rows]
    if form == "csv":
        return tables.csv_bytes(header, cells)
    return tables.xlsx_bytes(header, cells, t("search_heading"))


def _cell(value: Any, t: Texts) -> str:
    if isinstance(value, bool):
        return t("search_yes") if value else ""
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def told(hit: Hit, t: Texts) -> dict[str, Any]:
    """A lot as a row of COLUMNS."""
    notice, lot = hit.notice, hit.lot
    said = [f"{t.clause(one.clause)}: {t(f'polarity_{one.polarity}')}" for one in hit.findings]
    return {
        "number": notice.publication_number,
        "lot": lot.id,
        "title": hit.title,
        "buyer": facts.one_line(notice.buyer.name),
        "place": hit.place,
        "deadline": None if lot.open_ended or lot.deadline is None else lot.deadline.isoformat(),
        "published": notice.published.isoformat() if notice.published else None,
        "cpv": list(lot.cpv or notice.cpv),
        "clauses": list(dict.fromkeys(said)),
        "reserved": indexing.is_reserved(lot, hit.findings),
        "size": t.money(lot.value) if lot.value else None,
        "source": notice.origin,
        "link": items.link(notice, t.language),
        "example": notice.is_example,
    }
