"""Planned purchases that a municipality tells of before anything is advertised; only its own accounts see them."""

from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import WHOLE_LOT, Buyer, Lot, Money, Notice, Noun, Place, Text

NUMBER, EXAMPLE_NUMBER = "own-{}", "99-own-{}"
"""Publication numbers of plans as notices: where all enterprises are invented, they are examples too."""
MOST = 300
"""Planned purchases that one municipality keeps at most."""


class Plan(Noun):
    """A planned purchase. municipality: where the work is done, by its name in config/places.csv."""

    title: Text = Field(min_length=1, max_length=300)
    text: Text = Field("", max_length=400_000)
    municipality: str
    cpv: str = ""
    """Eight digits, or empty."""
    value_sek: float | None = Field(None, gt=0)
    """Over the whole time, excl. VAT."""
    months: float | None = Field(None, gt=0, le=600)

    def notice(self, identity: int | str, *, example: bool) -> Notice:
        """As a planned notice, so that it is read and assessed like any other."""
        lot = Lot(
            id=WHOLE_LOT,
            title=self.title,
            description=self.text,
            cpv=(self.cpv,) if self.cpv else (),
            places=(Place(city=self.municipality),),
            value=Money(amount=self.value_sek) if self.value_sek else None,
            duration_months=self.months,
        )
        return Notice(
            publication_number=(EXAMPLE_NUMBER if example else NUMBER).format(identity),
            origin="own",
            form_type="planning",
            title=self.title,
            buyer=Buyer(name=f"{self.municipality} kommun"),
            lots=(lot,),
        )


class Kept(NamedTuple):
    """A plan in the register."""

    id: int
    plan: Plan
    at: datetime
    who: str


def add(register: Register, plan: Plan, *, who: str, at: datetime) -> int:
    """Keep a plan; returns its number. The same plan of the same municipality again is not kept twice."""
    row = [plan.municipality, plan.model_dump_json(), who, stamp(at)]
    with register.atomic():
        register.db.execute(
            "INSERT INTO planned_purchases (municipality, data, who, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            row,
        )
        found = register.db.query("SELECT id FROM planned_purchases WHERE municipality = ? AND data = ?", row[:2])
        return int(next(iter(found))["id"])


def of(register: Register, municipality: str) -> list[Kept]:
    """A municipality's plans, newest first."""
    rows = register.db.query(
        "SELECT * FROM planned_purchases WHERE municipality = ? ORDER BY at DESC, id DESC", [municipality]
    )
    return [Kept(row["id"], Plan.model_validate_json(row["data"]), read_stamp(row["at"]), row["who"]) for row in rows]


def get(register: Register, municipality: str, identity: int) -> Kept:
    """One of a municipality's own plans. Raises NotFoundError, also for another's."""
    found = next((one for one in of(register, municipality) if one.id == identity), None)
    if found is None:
        raise NotFoundError(f"{municipality} has no planned purchase {identity}.")
    return found


def remove(register: Register, municipality: str, identity: int) -> None:
    """Forget one of a municipality's own plans. Raises NotFoundError."""
    with register.atomic():
        get(register, municipality, identity)
        register.db.execute("DELETE FROM planned_purchases WHERE id = ?", [identity])
