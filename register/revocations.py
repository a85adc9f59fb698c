"""Signed links that were withdrawn: all of a purpose and subject that were issued before an instant."""

from datetime import datetime

from register.clock import stamp
from register.database import Register


def revoke(register: Register, purpose: str, subject: str, *, before: datetime) -> None:
    """Withdraw the links of a purpose and subject that were issued before an instant; a later word only adds."""
    with register.atomic():
        register.db.execute(
            """
            INSERT INTO link_revocations (purpose, subject, before) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET before = max(before, excluded.before)
            """,
            [purpose, subject, stamp(before)],
        )


def is_revoked(register: Register, purpose: str, subject: str, *, issued: datetime) -> bool:
    """Whether a link issued at an instant has been withdrawn."""
    rows = register.db.query(
        "SELECT 1 FROM link_revocations WHERE purpose = ? AND subject = ? AND before > ?",
        [purpose, subject, stamp(issued)],
    )
    return any(True for _ in rows)
