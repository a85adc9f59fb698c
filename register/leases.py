"""Leases: who does what only one may do at a time, as long as it says so again before its time is over."""

from datetime import datetime, timedelta

from register.clock import read_stamp, stamp
from register.database import Register


def take(register: Register, name: str, holder: str, *, at: datetime, lasts: timedelta) -> bool:
    """Take a lease, or renew one's own; False where another holds it still."""
    with register.atomic():
        written = register.db.execute(
            """
            INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
            ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until
            WHERE leases.holder = :holder OR leases.until <= :now
            """,
            {"name": name, "holder": holder, "until": stamp(at + lasts), "now": stamp(at)},
        )
    return bool(written.rowcount == 1)


def give_up(register: Register, name: str, holder: str) -> None:
    """Let a lease of one's own go, so that the next need not wait."""
    with register.atomic():
        register.db.execute("DELETE FROM leases WHERE name = ? AND holder = ?", [name, holder])


def held(register: Register, name: str) -> tuple[str, datetime] | None:
    """Who holds a lease, and until when; also one whose time is over."""
    rows = register.db.query("SELECT holder, until FROM leases WHERE name = ?", [name])
    return next(((row["holder"], read_stamp(row["until"])) for row in rows), None)
