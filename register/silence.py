"""Since when an enterprise has had no letter, and what was read meanwhile."""

from datetime import datetime

from register.clock import read_stamp, stamp
from register.database import Register

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
