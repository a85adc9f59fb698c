"""Enterprises, and the addresses that have agreed to get letters."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Enterprise

Outcome = Literal["new", "changed", "unchanged"]


def add(register: Register, enterprise: Enterprise, *, at: datetime) -> Outcome:
    """Put an enterprise in, or update it by its id; the same content again changes nothing."""
    fingerprint = enterprise.fingerprint()
    known = list(register.db.query("SELECT fingerprint FROM enterprises WHERE id = ?", [enterprise.id]))
    if known and known[0]["fingerprint"] == fingerprint:
        return "unchanged"
    row = {
        "id": enterprise.id,
        "name": enterprise.name,
        "municipality": enterprise.municipality,
        "county": enterprise.county,
        "example": int(enterprise.is_example),
        "fingerprint": fingerprint,
        "last_changed": stamp(at),
        "data": enterprise.model_dump_json(),
    }
    if known:
        register.db.table("enterprises").update(enterprise.id, row)
        return "changed"
    register.db.table("enterprises").insert({**row, "first_seen": stamp(at)})
    return "new"


def change(
    register: Register, enterprise_id: str, changed: Callable[[Enterprise], Enterprise], *, at: datetime
) -> tuple[Enterprise, Enterprise]:
    """Change an enterprise as it is now: (before, after), read and written in one transaction, so that of two who
    change different fields at once neither undoes the other's. Raises NotFoundError, and what `changed` raises.
    """
    with register.atomic():
        before = get(register, enterprise_id)
        after = changed(before)
        add(register, after, at=at)
    return before, after


def get(register: Register, enterprise_id: str) -> Enterprise:
    """The enterprise with this id. Raises NotFoundError."""
    rows = list(register.db.query("SELECT data FROM enterprises WHERE id = ?", [enterprise_id]))
    if not rows:
        raise NotFoundError(
            f"No enterprise {enterprise_id} in the register. `anbudslots enterprises list` shows what there is."
        )
    return Enterprise.model_validate_json(rows[0]["data"])


def everyone(register: Register) -> list[Enterprise]:
    """All enterprises, by id."""
    rows = register.db.query("SELECT data FROM enterprises ORDER BY id")
    return [Enterprise.model_validate_json(row["data"]) for row in rows]


def last_changed(register: Register) -> dict[str, datetime]:
    """When each enterprise's profile was last changed, by id."""
    rows = register.db.query("SELECT id, last_changed FROM enterprises")
    return {row["id"]: read_stamp(row["last_changed"]) for row in rows}
