"""Reserved procurements: those whose text or code says so, as examples of what others have done."""

import json
from datetime import date
from typing import Literal, NamedTuple

from register import purchases
from register.database import Register

CLAUSES = ("reserved_participation", "reserved_execution")
How = Literal["both", "text only", "code only", "conflict", ""]


class Reserved(NamedTuple):
    """A reserved procurement. cpv: eight digits or ""; how: whether code and text agree (Finding.witness)."""

    number: str
    title: str
    buyer: str
    cpv: str
    published: date | None
    origin: str
    link: str
    example: bool
    how: How

    @property
    def from_statistics(self) -> bool:
        """Whether the source of the figures must stand beside it (market.ATTRIBUTION)."""
        return self.origin == purchases.ORIGIN


def everything(register: Register) -> list[Reserved]:
    """All current notices that are reserved by what was found in them, or by the statistics' own column; newest first.

    Where several findings speak, the one in which code and text agree counts first. The column alone is often wrong:
    of 22 in 2021 about 14 are believable.
    """
    order: tuple[How, ...] = ("both", "text only", "conflict", "code only", "")
    how: dict[str, How] = {}
    rows = register.db.query(
        """
        SELECT publication_number AS number, coalesce(json_extract(data, '$.witness'), '') AS witness FROM findings
        WHERE clause IN (SELECT value FROM json_each(?)) AND polarity = 'affirmed'
        UNION ALL
        SELECT publication_number, 'code only' FROM notices
        WHERE origin = ? AND data LIKE '%"reserved%' AND json_extract(data, '$.flags[0]') LIKE 'reserved%'
        """,
        [json.dumps(CLAUSES), purchases.ORIGIN],
    )
    for row in rows:
        known = how.get(row["number"])
        if known is None or order.index(row["witness"]) < order.index(known):
            how[row["number"]] = row["witness"]
    found = register.db.query(
        """
        SELECT publication_number AS number, title, buyer, published, origin, example,
               coalesce(json_extract(data, '$.link'), '') AS link,
               coalesce(json_extract(data, '$.cpv[0]'), json_extract(data, '$.lots[0].cpv[0]'), '') AS cpv
        FROM notices WHERE superseded_by IS NULL AND cancelled = 0
          AND publication_number IN (SELECT value FROM json_each(?))
        ORDER BY published DESC, publication_number
        """,
        [json.dumps(sorted(how))],
    )
    return [
        Reserved(
            number=row["number"],
            title=row["title"],
            buyer=row["buyer"],
            cpv=row["cpv"],
            published=date.fromisoformat(row["published"]) if row["published"] else None,
            origin=row["origin"],
            link=row["link"],
            example=bool(row["example"]),
            how=how[row["number"]],
        )
        for row in found
    ]
