"""Matches: how well each lot suits each enterprise."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from register.clock import stamp
from register.database import Register
from register.models import Match

Scope = Literal["open", "closed"]


def state(register: Register, enterprise: str, scope: Scope) -> str | None:
    """Fingerprint of everything that the enterprise's matches were reckoned from; None before the first run."""
    rows = list(
        register.db.query(
            "SELECT fingerprint FROM match_states WHERE enterprise = ? AND scope = ?", [enterprise, scope]
        )
    )
    return str(rows[0]["fingerprint"]) if rows else None


def replace(
    register: Register,
    enterprise: str,
    matches: Iterable[Match],
    *,
    scope: Scope,
    fingerprint: str,
    at: datetime,
) -> None:
    """Set an enterprise's matches of one scope in one transaction.

    A lot that has closed since the last run moves from one scope to the other: the later run wins.
    """
    rows = (
        {
            "enterprise": enterprise,
            "publication_number": match.notice,
            "lot": match.lot,
            "scope": scope,
            "score": match.score,
            "data": match.model_dump_json(),
        }
        for match in matches
    )
    with register.atomic():
        register.db.execute("DELETE FROM matches WHERE enterprise = ? AND scope = ?", [enterprise, scope])
        register.db.table("matches").insert_all(rows, pk=("enterprise", "publication_number", "lot"), replace=True)
        register.db.table("match_states").upsert(
            {"enterprise": enterprise, "scope": scope, "fingerprint": fingerprint, "at": stamp(at)},
            pk=("enterprise", "scope"),
        )


def of(register: Register, enterprise: str, *, top: int | None = None, closed: bool = False) -> list[Match]:
    """Matches of one enterprise, best first; closed ones only if asked.

    Superseded notices are left out, and among open ones those that are no longer published.
    """
    which = "" if closed else "AND m.scope = 'open' AND n.gone IS NULL"
    rows = register.db.query(
        f"""
        SELECT m.data FROM matches m JOIN notices n USING (publication_number)
        WHERE m.enterprise = ? AND n.superseded_by IS NULL {which}
        ORDER BY m.score DESC, m.publication_number, m.lot LIMIT ?
        """,
        [enterprise, -1 if top is None else top],
    )
    return [Match.model_validate_json(row["data"]) for row in rows]


def between(register: Register, enterprise: str, publication_number: str) -> list[Match]:
    """Matches of one enterprise with the lots of one notice, best first; empty when none was kept."""
    rows = register.db.query(
        """SELECT data FROM matches WHERE enterprise = ? AND publication_number = ? ORDER BY score DESC, lot""",
        [enterprise, publication_number],
    )
    return [Match.model_validate_json(row["data"]) for row in rows]


def counts(register: Register) -> dict[str, Any]:
    """How many matches are kept, by enterprise (open ones)."""
    rows = register.db.query("SELECT enterprise, count(*) AS n FROM matches WHERE scope = 'open' GROUP BY enterprise")
    return {row["enterprise"]: row["n"] for row in rows}
