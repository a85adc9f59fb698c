"""What a county's public buyers have bought: statistics and collected notices together, a tender once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from config import places
from config.places import Municipality
from register import expiring, purchases
from register.database import Register
from register.models import ASSUMED_MONTHS, Notice


@dataclass(frozen=True)
class Bought:
    """One purchase, or one lot of it. org: digits or ""; cpv: eight digits or ""; place: where the buyer sits, None for
    a region. sek_per_year: the buyer's estimate; ends: of its contract, None where it is not told.
    """

    tender: str
    title: str
    buyer: str
    org: str
    cpv: str
    place: Municipality | None
    on: date
    sek_per_year: float | None
    ends: date | None
    from_statistics: bool


def of_county(register: Register, code: str, *, examples: bool) -> list[Bought]:
    """All that is known of a county's buyers (two digits), by day. A buyer's county is told by its name, so that state
    authorities have none. examples: invented notices instead of real ones.
    """
    found = list(_collected(register, code, examples=examples))
    if not examples:
        seen = {one.tender for one in found}
        found += [one for one in _statistics(register, code) if one.tender not in seen]
    return sorted(found, key=lambda one: (one.on, one.tender, one.title))


def _collected(register: Register, code: str, *, examples: bool) -> Iterator[Bought]:
    names = [row["buyer"] for row in register.db.query("SELECT DISTINCT buyer FROM notices WHERE origin != 'uhm'")]
    own = [name for name in names if purchases.county(name) == code]
    rows = register.db.query(
        """
        SELECT data, coalesce(tender, publication_number) AS tender FROM notices
        WHERE superseded_by IS NULL AND cancelled = 0 AND origin != ? AND example = ?
          AND buyer IN (SELECT value FROM json_each(?)) AND form_type IN (SELECT value FROM json_each(?))
        """,
        [purchases.ORIGIN, int(examples), json.dumps(own), json.dumps(expiring.OFFERS)],
    )
    for row in rows:
        notice = Notice.model_validate_json(row["data"])
        if notice.published is None:
            continue
        place = places.buyer_place(notice.buyer.name)
        for lot in notice.lots:
            contract = expiring.ends(notice, lot)
            money = lot.value or (notice.value if len(notice.lots) == 1 else None)
            years = (lot.duration_months or ASSUMED_MONTHS) / 12
            yield Bought(
                tender=row["tender"],
                title=notice.titled(lot),
                buyer=notice.buyer.name,
                org=notice.buyer.org_number or "",
                cpv=next(iter(lot.cpv or notice.cpv), ""),
                place=place if isinstance(place, Municipality) else None,
                on=notice.published,
                sek_per_year=money.amount / max(years, 1) if money and money.currency == "SEK" else None,
                ends=contract.ends if contract else None,
                from_statistics=False,
            )


def _statistics(register: Register, code: str) -> Iterator[Bought]:
    rows = register.db.query(
        "SELECT publication_number, coalesce(tender, publication_number) AS tender FROM notices WHERE origin = ?",
        [purchases.ORIGIN],
    )
    tenders = {row["publication_number"]: row["tender"] for row in rows}
    for one in purchases.everything(register):
        if one.county != code:
            continue
        place = places.buyer_place(one.buyer)
        yield Bought(
            tender=tenders.get(one.procurement, one.procurement),
            title=one.title,
            buyer=one.buyer,
            org=one.org,
            cpv=one.cpv,
            place=place if isinstance(place, Municipality) else None,
            on=one.published,
            sek_per_year=one.estimate_sek / (ASSUMED_MONTHS / 12) if one.estimate_sek else None,
            ends=None,
            from_statistics=True,
        )
