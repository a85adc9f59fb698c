"""Who has agreed to get letters, who must not get any, and who waits; each word with its time.

An address gets letters once it has said yes itself (`accept`), or once the operator says that it has (`confirm`, an
import). A stop holds for the address whatever it is imported with; only a new yes of its own lifts it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from register.clock import read_stamp, stamp
from register.database import Register

OPT_IN = timedelta(days=14)
"""How long a yes can be given after it was asked for (docs/letters.md)."""

StopReason = Literal["asked", "bounced", "complained"]
"""asked: the address said stop; bounced: no mail reaches it; complained: it called a letter spam."""
Event = Literal[
    "requested", "confirmed", "imported", "stopped", "paused", "resumed", "expired", "bounced", "complained"
]


@dataclass(frozen=True)
class ConsentEvent:
    """One thing that happened. enterprise: empty where it holds for the address altogether."""

    enterprise: str
    event: Event
    how: str
    at: datetime


def confirm(register: Register, enterprise: str, email: str, *, how: str, at: datetime) -> None:
    """Note that an address has agreed to get an enterprise's letters, and how that is known; lifts no stop."""
    with register.atomic():
        known = register.db.query(
            "SELECT confirmed FROM addresses WHERE enterprise = ? AND email = ?", [enterprise, email]
        )
        if any(row["confirmed"] for row in known):
            return
        register.db.table("addresses").upsert(
            {"enterprise": enterprise, "email": email, "confirmed": stamp(at), "how": how}, pk=("enterprise", "email")
        )
        note(register, enterprise, address_hash(email), "imported", how, at)


def request(register: Register, enterprise: str, email: str, *, how: str, at: datetime) -> bool:
    """Note that an address is to be asked for its yes; False, and nothing noted, where it must not be asked.

    It is not asked when it has agreed already, was asked in the last 14 days, or is on the stop list for a bounce or a
    complaint. One that has stopped may be asked: somebody has given it anew, and only its own yes lifts the stop.
    """
    with register.atomic():
        reason = suppressed(register, email)
        if reason is not None and reason[0] in ("bounced", "complained"):
            return False
        for row in register.db.query(
            "SELECT confirmed, requested FROM addresses WHERE enterprise = ? AND email = ?", [enterprise, email]
        ):
            if row["confirmed"] and reason is None:
                return False
            if row["requested"] and at - read_stamp(row["requested"]) < OPT_IN:
                return False
        register.db.table("addresses").upsert(
            {"enterprise": enterprise, "email": email, "requested": stamp(at), "how": how}, pk=("enterprise", "email")
        )
        note(register, enterprise, address_hash(email), "requested", how, at)
    return True


def accept(register: Register, enterprise: str, hashed: str, *, issued: datetime, at: datetime) -> bool:
    """The address's own yes, by a link issued at an instant; it lifts a stop that is older than the link.

    Doing it again changes nothing and is True. False where nobody asks (any more), or where it has stopped since.
    """
    with register.atomic():
        email = address_of(register, enterprise, hashed)
        if email is None:
            return False
        row = next(register.db.query("SELECT * FROM addresses WHERE enterprise = ? AND email = ?", [enterprise, email]))
        stopped = suppressed(register, email)
        if row["confirmed"] and stopped is None:
            return True
        if row["requested"] is None or at - read_stamp(row["requested"]) >= OPT_IN:
            return False
        if stopped is not None and stopped[1] > issued:
            return False
        register.db.execute("DELETE FROM suppressions WHERE address_hash = ?", [hashed])
        register.db.execute(
            """
            UPDATE addresses SET confirmed = ?, how = 'own link', requested = NULL, paused_until = NULL
            WHERE enterprise = ? AND email = ?
            """,
            [stamp(at), enterprise, email],
        )
        note(register, enterprise, hashed, "confirmed", "own link", at)
    return True


def confirmed(register: Register, *, on: date | None = None) -> list[tuple[str, str]]:
    """(enterprise id, address) of everyone who has agreed and is not on the stop list (nor pauses on a day)."""
    rows = register.db.query(
        """
        SELECT enterprise, email FROM addresses
        WHERE confirmed IS NOT NULL AND (:on IS NULL OR paused_until IS NULL OR paused_until <= :on)
        ORDER BY enterprise, email
        """,
        {"on": on.isoformat() if on else None},
    )
    return [(row["enterprise"], row["email"]) for row in rows if not is_suppressed(register, row["email"])]


def pending(register: Register, enterprise: str) -> list[tuple[str, datetime]]:
    """(address, asked when) of an enterprise's addresses whose yes is waited for."""
    rows = register.db.query(
        "SELECT email, requested FROM addresses WHERE enterprise = ? AND requested IS NOT NULL ORDER BY email",
        [enterprise],
    )
    return [(row["email"], read_stamp(row["requested"])) for row in rows]


def address_of(register: Register, enterprise: str, hashed: str) -> str | None:
    """The enterprise's address with this hash, or None."""
    rows = register.db.query("SELECT email FROM addresses WHERE enterprise = ?", [enterprise])
    return next((str(row["email"]) for row in rows if address_hash(row["email"]) == hashed), None)


def pause(register: Register, enterprise: str, hashed: str, *, until: date | None, how: str, at: datetime) -> bool:
    """No letters before a day, or with None letters again from now; False where there is no such address."""
    with register.atomic():
        email = address_of(register, enterprise, hashed)
        if email is None:
            return False
        register.db.execute(
            "UPDATE addresses SET paused_until = ? WHERE enterprise = ? AND email = ?",
            [until.isoformat() if until else None, enterprise, email],
        )
        how = f"{how}, until {until.isoformat()}" if until else how
        note(register, enterprise, hashed, "paused" if until else "resumed", how, at)
    return True


def paused_until(register: Register, enterprise: str, hashed: str) -> date | None:
    """The first day on which letters come again, or None."""
    email = address_of(register, enterprise, hashed)
    rows = register.db.query(
        "SELECT paused_until FROM addresses WHERE enterprise = ? AND email = ?", [enterprise, email]
    )
    return next((date.fromisoformat(row["paused_until"]) for row in rows if row["paused_until"]), None)


def suppress(register: Register, email: str, *, reason: StopReason, how: str = "", at: datetime) -> None:
    """Put an address on the stop list; only its hash is kept there."""
    suppress_hash(register, address_hash(email), reason=reason, how=how, at=at)


def suppress_hash(
    register: Register, hashed: str, *, reason: StopReason, how: str = "", enterprise: str = "", at: datetime
) -> bool:
    """As `suppress`, for who knows the hash alone. A second stop changes nothing and is False; a wish takes the place
    of a bounce, a complaint that of a wish.
    """
    ranks: Sequence[StopReason] = ("bounced", "asked", "complained")
    with register.atomic():
        rows = register.db.query("SELECT reason FROM suppressions WHERE address_hash = ?", [hashed])
        known = next((row["reason"] for row in rows), None)
        if known is not None and (known not in ranks or ranks.index(known) >= ranks.index(reason)):
            return False
        register.db.table("suppressions").upsert(
            {"address_hash": hashed, "reason": reason, "at": stamp(at)}, pk="address_hash"
        )
        note(register, enterprise, hashed, "stopped" if reason == "asked" else reason, how, at)
    return True


def is_suppressed(register: Register, email: str) -> bool:
    """Whether an address is on the stop list."""
    return suppressed(register, email) is not None


def suppressed(register: Register, email: str) -> tuple[str, datetime] | None:
    """(reason, since when) of an address on the stop list, else None."""
    return suppressed_hash(register, address_hash(email))


def suppressed_hash(register: Register, hashed: str) -> tuple[str, datetime] | None:
    """As `suppressed`, by the hash."""
    rows = register.db.query("SELECT reason, at FROM suppressions WHERE address_hash = ?", [hashed])
    return next(((row["reason"], read_stamp(row["at"])) for row in rows), None)


def events(register: Register, email: str) -> list[ConsentEvent]:
    """All that happened with an address, oldest first: who asks may know it (GDPR, article 15)."""
    rows = register.db.query("SELECT * FROM consent_events WHERE address_hash = ? ORDER BY id", [address_hash(email)])
    return [ConsentEvent(row["enterprise"], row["event"], row["how"], read_stamp(row["at"])) for row in rows]


def tidy(register: Register, *, now: datetime) -> int:
    """Forget addresses that were asked and gave no yes in time, and those that stopped as long ago; how many.

    Their hashes stay on the stop list and in the record of events.
    """
    old, forgotten = now - OPT_IN, 0
    with register.atomic():
        for row in list(register.db.query("SELECT * FROM addresses")):
            hashed = address_hash(row["email"])
            stopped = suppressed_hash(register, hashed)
            gave_none = not row["confirmed"] and row["requested"] and read_stamp(row["requested"]) <= old
            asked_again = row["requested"] and read_stamp(row["requested"]) > old
            if not (gave_none or (stopped is not None and stopped[1] <= old and not asked_again)):
                continue
            register.db.execute(
                "DELETE FROM addresses WHERE enterprise = ? AND email = ?", [row["enterprise"], row["email"]]
            )
            if gave_none:
                note(register, row["enterprise"], hashed, "expired", "no answer in 14 days", now)
            forgotten += 1
    return forgotten


def address_hash(email: str) -> str:
    """SHA-256 of the case-folded address."""
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()


def note(register: Register, enterprise: str, hashed: str, event: Event, how: str, at: datetime) -> None:
    """Put down what happened to the consent of an address, known by its hash."""
    row = {"enterprise": enterprise, "address_hash": hashed, "event": event, "how": how, "at": stamp(at)}
    register.insert_all("consent_events", [row])
