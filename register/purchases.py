"""Purchases: the procurements of Upphandlingsmyndigheten's statistics with their awards.

Procurements are notices of the origin uhm. They are joined with awards by the procurement's id and the buyer's
organisation number: an id alone is at times used for two.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from config import places
from register.database import Register

ORIGIN = "uhm"


class Won(NamedTuple):
    """One award: a supplier ("" for a sole trader, whose name is hidden), and for how many contracted tenders."""

    supplier: str
    lot: str
    contracts: int
    size: str
    legal_form: str


@dataclass(frozen=True)
class Purchase:
    """One advertised procurement of one buyer. cpv: eight digits or ""; org: digits or ""."""

    procurement: str
    title: str
    buyer: str
    org: str
    cpv: str
    published: date
    estimate_sek: float | None
    """By another notice of the same tender; the statistics have no values."""
    awards: tuple[Won, ...]

    @property
    def county(self) -> str | None:
        """Two digits, by the buyer's name; None where the name does not tell (state authorities, joint bodies)."""
        return county(self.buyer)


def everything(register: Register) -> list[Purchase]:
    """All imported procurements with their awards, by day and id.

    An award whose procurement (id and buyer) was not imported makes one of its own. A CPV code that the procurement
    lacks is taken from its awards.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    won: dict[tuple[str, str], list[Won]] = defaultdict(list)
    codes: dict[tuple[str, str], str] = {}
    for row in register.db.query(
        """
        SELECT n.publication_number AS procurement, n.title, n.buyer, n.published,
               coalesce(json_extract(n.data, '$.buyer.org_number'), '') AS org,
               coalesce(json_extract(n.data, '$.cpv[0]'), '') AS cpv,
               (SELECT max(json_extract(other.data, '$.value.amount')) FROM notices other
                WHERE other.tender = n.tender AND other.origin != n.origin
                  AND json_extract(other.data, '$.value.currency') = 'SEK') AS estimate_sek
        FROM notices n WHERE n.origin = ?
        """,
        [ORIGIN],
    ):
        found[row["procurement"], row["org"] or row["buyer"]] = row
    for row in register.db.query(
        """
        SELECT procurement, title, buyer, buyer_org AS org, cpv, published, supplier, lot, contracts,
               json_extract(data, '$.size') AS size, json_extract(data, '$.legal_form') AS legal_form
        FROM awards ORDER BY procurement, lot, supplier, id
        """
    ):
        key = (row["procurement"], row["org"] or row["buyer"])
        found.setdefault(key, {**row, "estimate_sek": None})
        won[key].append(Won(row["supplier"], row["lot"], row["contracts"], row["size"], row["legal_form"]))
        codes.setdefault(key, row["cpv"])
    made = [
        Purchase(
            procurement=row["procurement"],
            title=row["title"],
            buyer=row["buyer"],
            org=row["org"],
            cpv=row["cpv"] or codes.get(key, ""),
            published=date.fromisoformat(row["published"]),
            estimate_sek=row["estimate_sek"],
            awards=tuple(won[key]),
        )
        for key, row in found.items()
    ]
    return sorted(made, key=lambda purchase: (purchase.published, purchase.procurement, purchase.org))


def state(register: Register) -> tuple[int, int, str]:
    """Changes with what `everything` gives: procurements, awards, the latest change of a procurement."""
    found = next(
        iter(
            register.db.query(
                """
                SELECT count(*) AS procurements, (SELECT count(*) FROM awards) AS awards,
                       coalesce(max(last_changed), '') AS changed
                FROM notices WHERE origin = ?
                """,
                [ORIGIN],
            )
        )
    )
    return found["procurements"], found["awards"], found["changed"]


@lru_cache(maxsize=20_000)
def county(buyer: str) -> str | None:
    """Two digits of a buyer's county by its name; None where the name does not tell."""
    place = places.buyer_place(buyer)
    if place is None:
        return None
    return place.county if isinstance(place, places.Municipality) else place.code
