"""Chances: tenders too large for one enterprise alone of which it could do a part, with others or under the winner."""

from collections.abc import Iterable
from typing import Literal

from register.database import Register
from register.models import Noun

Way = Literal["together", "subcontract"]


class Chance(Noun):
    """One enterprise's chance in one lot. No other enterprise is named: none has been asked."""

    enterprise: str
    notice: str
    lot: str
    way: Way
    quote: str = ""
    """The words of the tender that open it; empty where the work does."""


def replace(register: Register, notice: str, chances: Iterable[Chance]) -> None:
    """Set all chances in a notice, in one transaction."""
    rows = [
        {
            "enterprise": one.enterprise,
            "publication_number": one.notice,
            "lot": one.lot,
            "way": one.way,
            "quote": one.quote,
        }
        for one in chances
    ]
    with register.atomic():
        register.db.execute("DELETE FROM chances WHERE publication_number = ?", [notice])
        register.insert_all("chances", rows)


def of(register: Register, enterprise: str) -> dict[tuple[str, str], Way]:
    """(publication number, lot) -> way of an enterprise's chances; together where both ways are open."""
    rows = register.db.query(
        "SELECT publication_number, lot, max(way) AS way FROM chances WHERE enterprise = ? GROUP BY 1, 2", [enterprise]
    )
    return {(row["publication_number"], row["lot"]): row["way"] for row in rows}


def noticed(register: Register) -> set[str]:
    """Publication numbers of the notices in which somebody has a chance."""
    return {row["publication_number"] for row in register.db.query("SELECT publication_number FROM chances")}
