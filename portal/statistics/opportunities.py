"""The opportunity map: for advisers, who know the enterprises; names only of those in care."""

from typing import Any

from config import places
from matcher import opportunities
from matcher.opportunities import Opportunity
from portal.visits import Answer, Page, Visit
from register import bought, enterprises, market

FALLBACK = "20"
"""The county shown to who has nobody in care."""


def show(visit: Visit) -> Answer:
    """A county's opportunities (?lan=20): those that nobody offers, and those too large for one alone."""
    members = enterprises.everyone(visit.register)
    examples = bool(members) and all(one.is_example for one in members)
    known = [one for one in members if one.is_example == examples]
    code = _county(visit)
    purchased = bought.of_county(visit.register, code, examples=examples)
    found = opportunities.find(purchased, known, code, today=visit.today)
    names = {one.id: one.name for one in visit.in_care()}
    statistics = any(one.from_statistics for one in found)
    days = [one.on for one in purchased if one.from_statistics]
    values = {
        "counties": places.counties(),
        "code": code,
        "county": next(county.name for county in places.counties() if county.code == code),
        "groups": [(kind, [_row(one, names) for one in found if one.kind == kind]) for kind in ("nobody", "too small")],
        "example": examples,
        "attribution": market.ATTRIBUTION if statistics else "",
        "unknown": market.UNKNOWN,
        "period": (days[0], days[-1]) if statistics else None,
    }
    return Page("opportunities.html.j2", values)


def _county(visit: Visit) -> str:
    """The county that was asked for, else that of most enterprises in care."""
    codes = {county.code for county in places.counties()}
    if visit.query.get("lan") in codes:
        return visit.query["lan"]
    homes = [place.county for own in visit.in_care() if (place := places.by_name(own.municipality))]
    return max(sorted(set(homes)), key=homes.count, default=FALLBACK)


def _row(one: Opportunity, names: dict[str, str]) -> dict[str, Any]:
    """An opportunity with the names of enterprises in care; of others how many."""
    mine = [{"near": near, "name": names[near.enterprise]} for near in one.near if near.enterprise in names]
    return {
        "own": one,
        "size": f"{one.sek_per_year:,.0f}".replace(",", "\u00a0") if one.sek_per_year else "",
        "near": mine,
        "others": len(one.near) - len(mine),
    }
