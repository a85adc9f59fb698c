"""How often which social clause is found, by county, buyer, kind of purchase or year, over current notices.

What is counted are tenders (a notice that another supersedes is left out) that have been screened, and in each a clause
once, with its strongest polarity over the lots. How much of a notice was read stands beside it: an alert of a portal
holds a title and some lines only, a row of UHM's statistics a title and two codes, so that no clause in it proves
nothing. Invented notices count only where nothing else is there.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, get_args

from config import cpv, places
from register import purchases
from register.database import Register

By = Literal["county", "buyer", "cpv", "year"]
WAYS: tuple[By, ...] = get_args(By)
STRENGTH = {"affirmed": 2, "possible": 1, "negated": 0}


@dataclass(frozen=True)
class Screened:
    """A screened notice. reading: full, short, alert, title; clauses: to their strongest polarity."""

    number: str
    buyer: str
    org: str
    cpv: str
    """Eight digits: the notice's, else its first lot's; empty where neither has one."""
    published: str
    """ISO date, or empty."""
    reading: str
    clauses: dict[str, str]


@dataclass(frozen=True)
class Group:
    """Notices of one county, buyer, CPV division or year. key: "" where it is not known."""

    key: str
    label: str
    notices: int
    full: int
    """Of which the whole notice has been read (its procurement documents are not part of it)."""
    short: int
    """Of which only a search's short form has been read."""
    alert: int
    """Of which only a portal's alert has been read."""
    title: int
    """Of which only a row of statistics has been read: title and codes."""
    clauses: dict[str, Counter[str]] = field(default_factory=dict)
    """By code: in how many notices it is affirmed, possible, negated."""


def screened(register: Register) -> list[Screened]:
    """Current notices that have been screened, by number."""
    clauses: dict[str, dict[str, str]] = defaultdict(dict)
    for row in register.db.query("SELECT publication_number AS number, clause, polarity FROM findings ORDER BY id"):
        own = clauses[row["number"]]
        if row["clause"] not in own or STRENGTH[row["polarity"]] > STRENGTH[own[row["clause"]]]:
            own[row["clause"]] = row["polarity"]
    rows = register.db.query(
        """
        SELECT n.publication_number AS number, n.buyer, coalesce(n.published, '') AS published,
               CASE WHEN n.origin = ? THEN 'title' ELSE n.reading END AS reading,
               coalesce(json_extract(n.data, '$.buyer.org_number'), '') AS org,
               coalesce(json_extract(n.data, '$.cpv[0]'), json_extract(n.data, '$.lots[0].cpv[0]'), '') AS cpv
        FROM notices n JOIN screened s USING (publication_number)
        WHERE n.superseded_by IS NULL
          AND (n.example = 0 OR NOT EXISTS (SELECT 1 FROM notices WHERE example = 0))
        ORDER BY n.publication_number
        """,
        [purchases.ORIGIN],
    )
    return [Screened(**row, clauses=clauses.get(row["number"], {})) for row in rows]


def unscreened(register: Register) -> int:
    """How many current notices no rules have read yet."""
    found: dict[str, Any] = next(
        iter(
            register.db.query(
                """
                SELECT count(*) AS n FROM notices n LEFT JOIN screened s USING (publication_number)
                WHERE n.superseded_by IS NULL AND s.rules IS NULL
                """
            )
        )
    )
    return int(found["n"])


def groups(notices: Iterable[Screened], by: By) -> list[Group]:
    """Figures by county (of the buyer), buyer (most notices first), CPV division or year (pure)."""
    members: dict[str, list[Screened]] = defaultdict(list)
    for notice in notices:
        members[KEYS[by](notice)].append(notice)
    made = [_group(key, LABELS[by](key, own), own) for key, own in members.items()]
    return sorted(made, key=lambda own: (not own.key, -own.notices if by == "buyer" else 0, own.key))


def total(notices: Iterable[Screened]) -> Group:
    """Figures of all together (pure)."""
    return _group("", "all", list(notices))


def _group(key: str, label: str, own: list[Screened]) -> Group:
    readings = Counter(notice.reading for notice in own)
    clauses: dict[str, Counter[str]] = defaultdict(Counter)
    for notice in own:
        for clause, polarity in notice.clauses.items():
            clauses[clause][polarity] += 1
    return Group(
        key,
        label,
        len(own),
        readings["full"],
        readings["short"],
        readings["alert"],
        readings["title"],
        dict(sorted(clauses.items())),
    )


@lru_cache(maxsize=20_000)
def _county(buyer: str) -> str:
    """Two digits, by the buyer's name; "" where the name does not tell (state authorities, joint bodies)."""
    place = places.buyer_place(buyer)
    if place is None:
        return ""
    return place.county if isinstance(place, places.Municipality) else place.code


def _county_label(key: str, _own: list[Screened]) -> str:
    return next((f"{key} {county.name}" for county in places.counties() if county.code == key), "not known")


def _buyer_label(_key: str, own: list[Screened]) -> str:
    name = Counter(notice.buyer for notice in own).most_common(1)[0][0]
    return f"{name} ({own[0].org})" if own[0].org else name


def _cpv_label(key: str, _own: list[Screened]) -> str:
    return f"{key} {cpv.label(key.ljust(8, '0')) or ''}".strip() if key else "not known"


KEYS: dict[By, Callable[[Screened], str]] = {
    "county": lambda notice: _county(notice.buyer),
    "buyer": lambda notice: notice.org or " ".join(notice.buyer.casefold().split()),
    "cpv": lambda notice: notice.cpv[:2],
    "year": lambda notice: notice.published[:4],
}
LABELS: dict[By, Callable[[str, list[Screened]], str]] = {
    "county": _county_label,
    "buyer": _buyer_label,
    "cpv": _cpv_label,
    "year": lambda key, _own: key or "not known",
}
