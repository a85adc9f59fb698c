"""Which social clauses a county's buyers use, how often they reserve, and whether code and text agree: for everyone."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import places
from config.errors import NotFoundError
from crawler.tables import open_data as files
from matcher.screening import rules
from portal import plots
from portal.visits import Answer, File, Page, Visit
from register import clause_stats, market, open_data
from register.clause_stats import Group
from register.open_data import Tender

RESERVING = ("reserved_participation", "reserved_execution", "reserved_public_service")
BUYERS = 30
AN_HOUR = 30
"""Files that one client may take."""
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
_lock = threading.Lock()
_read: dict[Path, tuple[str, list[Tender]]] = {}


def tenders(visit: Visit) -> list[Tender]:
    """All tenders that have been read; kept until something changes, since everyone may ask."""
    with _lock:
        now = open_data.state(visit.register)
        state, found = _read.get(visit.data, ("", []))
        if state != now:
            _read.clear()
            found = open_data.everything(visit.register)
            _read[visit.data] = (now, found)
        return found


def all_(visit: Visit) -> Answer:
    """All counties in one table, and the country."""
    found = tenders(visit)
    groups = {group.key: group for group in clause_stats.groups(found, "county")}
    rows = [(county, groups[county.code]) for county in places.counties() if county.code in groups]
    values = {"rows": rows, "unknown": groups.get(""), **_shared(found), "reserved": _reserved, "code": ""}
    return Page("counties.html.j2", values)


def one(visit: Visit) -> Answer:
    """One county by its two-digit code. Raises NotFoundError for another."""
    county = _county(visit.path["code"])
    own = _of(tenders(visit), county.code)
    buyers = [group for group in clause_stats.groups(own, "buyer") if _reserved(group) or group.clauses]
    values = {
        **_shared(own),
        "county": county,
        "code": county.code,
        "years": [(group, _reserved(group)) for group in clause_stats.groups(own, "year") if group.key],
        "buyers": [(group, _reserved(group)) for group in buyers[:BUYERS]],
        "agreement": open_data.agreement(own),
        "witnesses": [word for word in open_data.WITNESSES if word],
    }
    return Page("county.html.j2", values)


def data(visit: Visit) -> Answer:
    """The tenders behind the figures, of all counties or one (?lan=20). Raises NotFoundError for another form."""
    form = visit.path["form"]
    if form not in TYPES:
        raise NotFoundError(f"No open data as {form}.")
    visit.at_most(AN_HOUR, timedelta(hours=1))
    found, name = tenders(visit), "klausuler"
    if visit.query.get("lan"):
        county = _county(visit.query["lan"])
        found, name = _of(found, county.code), f"klausuler-{county.code}"
    content = files.as_csv(found) if form == "csv" else files.as_json(found)
    return File(f"{name}.{form}", TYPES[form], content)


def _county(code: str) -> places.County:
    county = next((county for county in places.counties() if county.code == code), None)
    if county is None:
        raise NotFoundError(f"No county {code}.")
    return county


def _of(found: Sequence[Tender], code: str) -> list[Tender]:
    return [tender for tender in found if clause_stats.KEYS["county"](tender) == code]


def _shared(found: Sequence[Tender]) -> dict[str, Any]:
    """What both pages tell of some tenders."""
    total = clause_stats.total(found)
    days = sorted(tender.published for tender in found if tender.published)
    used = [(clause, counts["affirmed"] + counts["possible"]) for clause, counts in total.clauses.items()]
    known = rules.clauses()
    bars = sorted(((known[code].name if code in known else code, n) for code, n in used if n), key=lambda bar: -bar[1])
    return {
        "total": total,
        "total_reserved": _reserved(total),
        "period": (days[0], days[-1]) if days else None,
        "example": bool(found) and all(tender.example for tender in found),
        "attribution": market.ATTRIBUTION if total.title else "",
        "plot": plots.bars("Sociala klausuler", bars) if bars else "",
    }


def _reserved(group: Group) -> int:
    """Tenders with a reservation that is affirmed; of the three kinds the commonest stands for all, so at least so
    many.
    """
    return max((group.clauses[code]["affirmed"] for code in RESERVING if code in group.clauses), default=0)
