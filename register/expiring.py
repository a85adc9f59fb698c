"""Contracts of a municipality that end, by what its own notices say of their time."""

import json
from datetime import date, timedelta

from config import places
from config.places import Municipality
from register.database import Register
from register.models import Lot, Notice, Noun

AWARD_DAYS = 90
"""From the last day of bids to the start of the contract, where the notice names no start: an assumption."""
MONTH_DAYS = 365.25 / 12
OFFERS = ("competition", "change", "result", "dir-awa-pre")
"""Form types (BT-03) that tell of a contract; plans and questions do not."""


class Expiring(Noun):
    """A lot's contract that ends. estimated: by duration; else the notice names the day. Options are not counted in."""

    notice: Notice
    lot: str
    ends: date
    estimated: bool


def own_numbers(register: Register, municipality: Municipality) -> list[str]:
    """Publication numbers of the notices that the municipality or a company of its own has published, by number."""
    rows = list(register.db.query("SELECT publication_number, buyer FROM notices WHERE superseded_by IS NULL"))
    own = {buyer for buyer in {row["buyer"] for row in rows} if places.buyer_place(buyer) == municipality}
    return sorted(row["publication_number"] for row in rows if row["buyer"] in own)


def of(register: Register, municipality: Municipality, *, first: date, last: date) -> list[Expiring]:
    """Contracts of the municipality that end from `first` to `last`, the next first; called-off tenders have none."""
    found: list[Expiring] = []
    rows = register.db.query(
        """
        SELECT data FROM notices WHERE cancelled = 0
          AND publication_number IN (SELECT value FROM json_each(?)) AND form_type IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(own_numbers(register, municipality)), json.dumps(OFFERS)],
    )
    for row in rows:
        notice = Notice.model_validate_json(row["data"])
        found += [one for lot in notice.lots if (one := ends(notice, lot)) and first <= one.ends <= last]
    return sorted(found, key=lambda one: (one.ends, one.notice.publication_number, one.lot))


def ends(notice: Notice, lot: Lot) -> Expiring | None:
    """When a lot's contract ends; None where the notice does not tell how long it lasts."""
    if lot.end:
        return Expiring(notice=notice, lot=lot.id, ends=lot.end, estimated=False)
    bids = lot.deadline.date() if lot.deadline and not lot.open_ended else None
    starts = lot.start or (bids + timedelta(days=AWARD_DAYS) if bids else None)
    if starts is None or not lot.duration_months or lot.duration_months > 600:
        return None
    last = starts + timedelta(days=round(lot.duration_months * MONTH_DAYS) - 1)
    return Expiring(notice=notice, lot=lot.id, ends=last, estimated=True)
