"""What a county's buyers buy again and again of work that social enterprises do, where nobody registered offers it, or
only those too small for it alone (pure).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from statistics import median
from typing import Literal

from config import places, trades
from config.places import Municipality
from matcher import texts, together
from matcher.index import trade_ids, trade_matrix
from register.bought import Bought
from register.expiring import MONTH_DAYS
from register.market import GROUP, months_between
from register.models import Enterprise

AGAIN = 2
"""Purchases in the county from which on it is bought again and again."""
OFFERED = 0.5
"""Strength of a trade in a line of a profile from which on the line names it."""
NEAREST = 8
SHORTEST_RHYTHM = 6.0
"""Months between purchases below which they are parts of one, or one that was called off and made again."""
LOOK_BACK = timedelta(days=365 * 8)
Kind = Literal["nobody", "too small"]
How = Literal["does", "could start", "related"]


@dataclass(frozen=True)
class Rhythm:
    """What one buyer bought of a trade. months: mean time between, None for once; next: the next likely day, by that
    rhythm or by the contract's end, None where neither is known.
    """

    buyer: str
    times: int
    months: float | None
    last: date
    next: date | None
    by: Literal["rhythm", "contract", ""]


@dataclass(frozen=True)
class Near:
    """An enterprise near to an opportunity: it does such work (elsewhere, or smaller), could start it, or does related
    work.
    """

    enterprise: str
    municipality: str
    km: float
    how: How


@dataclass(frozen=True)
class Opportunity:
    """A trade. sek_per_year: the median of the estimates that are known; near: nearest first."""

    trade: str
    kind: Kind
    times: int
    buyers: tuple[Rhythm, ...]
    sek_per_year: float | None
    next: date | None
    titles: tuple[str, ...]
    near: tuple[Near, ...]
    from_statistics: bool


def find(bought: Iterable[Bought], enterprises: Sequence[Enterprise], county: str, *, today: date) -> list[Opportunity]:
    """The opportunities of a county (two digits), those that are bought most often first."""
    groups: dict[str, list[Bought]] = defaultdict(list)
    for one in bought:
        if today - one.on <= LOOK_BACK:
            for trade in _trades(one.title, one.cpv):
                groups[trade].append(one)
    offers = [(own, _offers(own)) for own in enterprises]
    found = [_opportunity(trade, own, offers, county, today) for trade, own in groups.items()]
    return sorted((one for one in found if one), key=lambda one: (-one.times, one.trade))


def _opportunity(
    trade: str, own: Sequence[Bought], offers: Sequence[tuple[Enterprise, dict[str, How]]], county: str, today: date
) -> Opportunity | None:
    times = len({one.tender for one in own})
    values = [one.sek_per_year for one in own if one.sek_per_year]
    size = median(values) if values else None
    here = [e for e, does in offers if does.get(trade) == "does" and _reaches(e, county)]
    largest = max((e.capacity.largest_contract_sek_per_year or math.inf for e in here), default=0.0)
    if times < AGAIN or (here and (size is None or largest >= size)):
        return None
    buyers = sorted(_rhythms(own, today), key=lambda one: (-one.times, one.next or date.max, one.buyer))
    return Opportunity(
        trade=trades.trades()[trade].name,
        kind="too small" if here else "nobody",
        times=times,
        buyers=tuple(buyers),
        sek_per_year=size,
        next=min((one.next for one in buyers if one.next), default=None),
        titles=tuple(dict.fromkeys(one.title for one in reversed(own)))[:3],
        near=tuple(_near(trade, own, offers, county)),
        from_statistics=any(one.from_statistics for one in own),
    )


@lru_cache(maxsize=50_000)
def _trades(title: str, code: str) -> tuple[str, ...]:
    """Trades of social enterprises that a title names; where it names none at all, the trade of its code."""
    known = trades.trades()
    named = together.named(title)
    if named:
        return tuple(trade for trade in dict.fromkeys(named) if known[trade].own)
    return tuple(trade.id for trade in known.values() if trade.own and code and code in trade.cpv)[:1]


def _offers(own: Enterprise) -> dict[str, How]:
    """How each trade is an enterprise's, by the lines of its profile."""
    lines = [line for line in texts.profile_lines(own) if line.kind != "never"]
    matrix = trade_matrix([line.text for line in lines])
    found: dict[str, How] = {}
    for row, line in enumerate(lines):
        for column, trade in enumerate(trade_ids()):
            if matrix[row, column] >= OFFERED and found.get(trade) != "does":
                found[trade] = "could start" if line.kind == "could_start" else "does"
    return found


def _reaches(own: Enterprise, county: str) -> bool:
    named = [places.by_name(name) for name in (*own.reach.municipalities, own.municipality)]
    return own.reach.nationwide or county in own.reach.counties or any(m and m.county == county for m in named)


def _rhythms(own: Sequence[Bought], today: date) -> Iterable[Rhythm]:
    groups: dict[str, list[Bought]] = defaultdict(list)
    for one in own:
        groups[one.org or one.buyer.casefold()].append(one)
    for bought in groups.values():
        days = [one.on for one in bought]
        months = months_between(days)
        usual = months if months and months >= SHORTEST_RHYTHM else None
        ends = [one.ends for one in bought if one.ends and one.ends >= today]
        by: Literal["rhythm", "contract", ""] = "contract" if ends else "rhythm" if usual else ""
        coming = min(ends) if ends else _next(max(days), usual, today) if usual else None
        tenders = len({one.tender for one in bought})
        yield Rhythm(bought[-1].buyer, tenders, months, max(days), coming, by)


def _next(last: date, months: float, today: date) -> date:
    """The first day of a rhythm that is not past."""
    step = max(months * MONTH_DAYS, 1.0)
    return last + timedelta(days=round(step * max(1, math.ceil((today - last).days / step))))


def _near(
    trade: str, own: Sequence[Bought], offers: Sequence[tuple[Enterprise, dict[str, How]]], county: str
) -> Iterable[Near]:
    """Who does or could start it, wherever; where nobody does, who does work of the same CPV group in the county."""
    targets = [one.place for one in own if one.place] or [m for m in places.municipalities() if m.county == county]
    groups = {code[:GROUP] for code in trades.trades()[trade].cpv}

    def how(e: Enterprise, does: dict[str, How]) -> How | None:
        related = any(code[:GROUP] in groups for other in does for code in trades.trades()[other].cpv)
        return does.get(trade) or ("related" if related and _reaches(e, county) else None)

    found = [
        Near(e.id, e.municipality, _km(home, targets), kind)
        for e, does in offers
        if (home := places.by_name(e.municipality)) and (kind := how(e, does))
    ]
    surer = [one for one in found if one.how != "related"] or found
    return sorted(surer, key=lambda one: (one.km, one.enterprise))[:NEAREST]


def _km(home: Municipality, targets: Sequence[Municipality]) -> float:
    return min(places.distance_km(home, target) for target in set(targets))
