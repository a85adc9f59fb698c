"""Findings of the screener, per notice, with the version of the rules that made them."""

from collections.abc import Iterable
from datetime import datetime

from register.clock import stamp
from register.database import Register
from register.models import Finding, Notice


def pending(register: Register, rules: str, *, closed: bool) -> list[str]:
    """Numbers of current notices that these rules have not read in their latest version."""
    rows = register.db.query(
        f"""
        SELECT n.publication_number FROM notices n LEFT JOIN screened s USING (publication_number)
        WHERE n.superseded_by IS NULL {"" if closed else "AND n.closed = 0 AND n.gone IS NULL"}
          AND (s.fingerprint IS NULL OR s.fingerprint != n.fingerprint OR s.rules != ?)
        ORDER BY n.publication_number
        """,
        [rules],
    )
    return [row["publication_number"] for row in rows]


def current(register: Register) -> list[tuple[str, bool]]:
    """(number, whether any rules have read it) of each notice that no other supersedes, open or closed, by number."""
    rows = register.db.query(
        """
        SELECT n.publication_number, s.rules IS NOT NULL AS read
        FROM notices n LEFT JOIN screened s USING (publication_number)
        WHERE n.superseded_by IS NULL ORDER BY n.publication_number
        """
    )
    return [(row["publication_number"], bool(row["read"])) for row in rows]


def replace(register: Register, notice: Notice, findings: Iterable[Finding], *, rules: str, at: datetime) -> None:
    """Set the findings of a notice, in place of any earlier ones."""
    number = notice.publication_number
    rows = [
        {
            "publication_number": number,
            "clause": finding.clause,
            "polarity": finding.polarity,
            "lot": finding.lot,
            "data": finding.model_dump_json(),
        }
        for finding in findings
    ]
    with register.atomic():
        register.db.execute("DELETE FROM findings WHERE publication_number = ?", [number])
        register.db.table("findings").insert_all(rows)
        register.db.table("screened").upsert(
            {
                "publication_number": number,
                "fingerprint": notice.fingerprint(),
                "rules": rules,
                "at": stamp(at),
            },
            pk="publication_number",
        )


def of(register: Register, publication_number: str) -> list[Finding]:
    """Findings of one notice, in the order of the reader."""
    rows = register.db.query("SELECT data FROM findings WHERE publication_number = ? ORDER BY id", [publication_number])
    return [Finding.model_validate_json(row["data"]) for row in rows]


def everything(register: Register) -> dict[str, list[Finding]]:
    """Findings of all notices, by publication number."""
    found: dict[str, list[Finding]] = {}
    for row in register.db.query("SELECT publication_number, data FROM findings ORDER BY publication_number, id"):
        found.setdefault(row["publication_number"], []).append(Finding.model_validate_json(row["data"]))
    return found
