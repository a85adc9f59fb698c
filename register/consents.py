"""Who has agreed to get letters, and who must not get any. An import never overrides a stop."""

import hashlib
from datetime import datetime

from register.clock import stamp
from register.database import Register


def confirm(register: Register, enterprise: str, email: str, *, how: str, at: datetime) -> None:
    """Note that an address has agreed to get an enterprise's letters, and how that is known."""
    register.db.table("addresses").upsert(
        {"enterprise": enterprise, "email": email, "confirmed": stamp(at), "how": how}, pk=("enterprise", "email")
    )


def confirmed(register: Register) -> list[tuple[str, str]]:
    """(enterprise id, address) of everyone who has agreed and is not on the stop list."""
    rows = register.db.query(
        "SELECT enterprise, email FROM addresses WHERE confirmed IS NOT NULL ORDER BY enterprise, email"
    )
    return [(row["enterprise"], row["email"]) for row in rows if not is_suppressed(register, row["email"])]


def suppress(register: Register, email: str, *, reason: str, at: datetime) -> None:
    """Put an address on the stop list; only its hash is kept there."""
    register.db.table("suppressions").upsert(
        {"address_hash": address_hash(email), "reason": reason, "at": stamp(at)}, pk="address_hash"
    )


def is_suppressed(register: Register, email: str) -> bool:
    """Whether an address is on the stop list."""
    return bool(list(register.db.query("SELECT 1 FROM suppressions WHERE address_hash = ?", [address_hash(email)])))


def address_hash(email: str) -> str:
    """SHA-256 of the case-folded address."""
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()
