"""The addresses that an enterprise's letters go to, each with how it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from register import consents
from register.clock import read_stamp
from register.database import Register

Standing = Literal["agreed", "asked", "stopped", "silent"]
"""agreed: gets letters; asked: its yes is waited for; stopped: on the stop list; silent: never asked."""


@dataclass(frozen=True)
class Receiver:
    """An address. hashed: as in links of letters; since: when it agreed, was asked or stopped."""

    email: str
    hashed: str
    standing: Standing
    since: datetime | None
    paused_until: date | None


def of(register: Register, enterprise: str) -> list[Receiver]:
    """All addresses of an enterprise, by address."""
    rows = register.db.query("SELECT * FROM addresses WHERE enterprise = ? ORDER BY email", [enterprise])
    found = []
    for row in rows:
        standing, since = _standing(register, row["email"], row["confirmed"], row["requested"])
        paused = date.fromisoformat(row["paused_until"]) if row["paused_until"] else None
        found.append(Receiver(row["email"], consents.address_hash(row["email"]), standing, since, paused))
    return found


def drop(register: Register, enterprise: str, hashed: str, *, how: str, at: datetime) -> str | None:
    """Take an address away from an enterprise: which it was, or None where there is none with this hash.

    The address is forgotten; that it stopped getting these letters stays in the record, by its hash. It is not put on
    the stop list, which holds for all letters: it may be another enterprise's too.
    """
    with register.atomic():
        email = consents.address_of(register, enterprise, hashed)
        if email is None:
            return None
        register.db.execute("DELETE FROM addresses WHERE enterprise = ? AND email = ?", [enterprise, email])
        consents.note(register, enterprise, hashed, "stopped", how, at)
    return email


def _standing(
    register: Register, email: str, confirmed: str | None, requested: str | None
) -> tuple[Standing, datetime | None]:
    stopped = consents.suppressed(register, email)
    if stopped is not None:
        return "stopped", stopped[1]
    if confirmed:
        return "agreed", read_stamp(confirmed)
    if requested:
        return "asked", read_stamp(requested)
    return "silent", None
