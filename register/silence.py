"""Since when a reader has had no letter, and what was read meanwhile."""

import json
from collections.abc import Iterable
from datetime import datetime

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import DeliveryKind

NEVER_CAME = ("failed", "suppressed", "bounced")
"""States of letters that no reader had."""


def last_letter(register: Register, enterprise: str, *, before: str) -> datetime | None:
    """When the last weekly letter of a period before `before` was made; where there is none, since when the enterprise
    has wanted letters. None where it has not said so.
    """
    rows = register.db.query(
        f"""
        SELECT coalesce(
            (SELECT max(created) FROM deliveries
             WHERE enterprise = :enterprise AND kind = 'weekly' AND period < :before
               AND state NOT IN ({", ".join(f"'{state}'" for state in NEVER_CAME)})),
            (SELECT min(confirmed) FROM addresses WHERE enterprise = :enterprise)
        ) AS at
        """,
        {"enterprise": enterprise, "before": before},
    )
    at = next(iter(rows))["at"]
    return read_stamp(at) if at else None


def read_since(register: Register, at: datetime) -> int:
    """How many notices have come in since an instant, invented ones and joined copies too."""
    rows = register.db.query("SELECT count(*) AS n FROM notices WHERE first_seen >= ?", [stamp(at)])
    return int(next(iter(rows))["n"])


def last_summary(register: Register, kind: DeliveryKind, email: str) -> datetime | None:
    """When the last letter of a kind to an address was made; None where none has reached it."""
    rows = register.db.query(
        f"""
        SELECT max(created) AS at FROM deliveries
        WHERE kind = ? AND recipient = ? AND state NOT IN ({", ".join(f"'{state}'" for state in NEVER_CAME)})
        """,
        [kind, email],
    )
    at = next(iter(rows))["at"]
    return read_stamp(at) if at else None


def seen_since(register: Register, at: datetime, numbers: Iterable[str]) -> set[str]:
    """Those of some publication numbers that have come in since an instant."""
    rows = register.db.query(
        """
        SELECT n.publication_number FROM json_each(?) e JOIN notices n ON n.publication_number = e.value
        WHERE n.first_seen >= ?
        """,
        [json.dumps(list(numbers)), stamp(at)],
    )
    return {row["publication_number"] for row in rows}
