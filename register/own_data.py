"""All that is kept of one enterprise: to hand out (GDPR, articles 15 and 20), and to forget (article 17)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from register import audit, consents, enterprises, evidence, receivers, revocations
from register.clock import stamp
from register.database import Register

LISTED: Mapping[str, str] = {
    "answers": """
        SELECT publication_number, lot, answer, reason, note, who, at, withdrawn FROM judgements
        WHERE enterprise = :id ORDER BY id""",
    "letters": """
        SELECT kind, recipient, period, state, subject, created, handed FROM deliveries
        WHERE enterprise = :id ORDER BY created, recipient""",
    "told": "SELECT * FROM told WHERE enterprise = :id ORDER BY rowid",
    "weeks": "SELECT period, outcome, reason, at FROM letter_weeks WHERE enterprise = :id ORDER BY period",
    "approvals": "SELECT period, data, approved_by, approved_at FROM approvals WHERE enterprise = :id ORDER BY period",
    "second_opinions": "SELECT * FROM second_opinions WHERE enterprise = :id ORDER BY at",
    "matches": """
        SELECT publication_number, lot, score, scope FROM matches WHERE enterprise = :id ORDER BY score DESC, lot""",
    "applications": """
        SELECT state, name, municipality, email, words, source, at, decided_at FROM applications
        WHERE enterprise = :id ORDER BY id""",
}
"""What is handed out of each table, by the name that it has there."""
DELETED = (
    "addresses",
    "matches",
    "match_states",
    "told",
    "judgements",
    "second_opinions",
    "applications",
)
"""Tables whose rows do not go with the enterprise's own."""
LINKS = ("answer", "profile", "confirm")
"""Purposes of links whose subject is an enterprise."""


def export(register: Register, enterprise: str) -> dict[str, Any]:
    """All of an enterprise as plain values, the files of its papers apart (register/evidence.py). Raises NotFoundError.

    The log of who saw it names other persons' accounts: it is handed out with their roles alone.
    """
    own = receivers.of(register, enterprise)
    return {
        "profile": enterprises.get(register, enterprise).model_dump(mode="json"),
        "addresses": [
            {"email": one.email, "standing": one.standing, "since": stamp(one.since) if one.since else None,
             "paused_until": one.paused_until.isoformat() if one.paused_until else None,
             "events": [{"event": e.event, "how": e.how, "at": stamp(e.at)}
                        for e in consents.events(register, one.email) if e.enterprise in ("", enterprise)]}
            for one in own
        ],
        "evidence": [one.model_dump(mode="json") for one in evidence.of(register, enterprise)],
        **{name: list(register.db.query(sql, {"id": enterprise})) for name, sql in LISTED.items()},
        "seen_and_changed": [
            {"at": stamp(one.at), "role": one.role, "action": one.action}
            for one in audit.listing(register, subject=f"enterprise {enterprise}", limit=100_000)
        ],
    }  # fmt: skip


def forget(register: Register, enterprise: str, *, at: datetime) -> None:
    """Forget an enterprise: profile, addresses, letters, answers, matches, papers. Raises NotFoundError.

    What stays: that addresses agreed and stopped, by their hashes, as the proof that letters were asked for and that
    none is to come; and the lines of the audit log, with the enterprise's id. All its links are worth nothing from now.
    """
    with register.atomic():
        enterprises.get(register, enterprise)
        for one in receivers.of(register, enterprise):
            receivers.drop(register, enterprise, one.hashed, how="the enterprise was deleted", at=at)
        for table in DELETED:
            register.db.execute(f"DELETE FROM {table} WHERE enterprise = ?", [enterprise])
        register.db.execute("DELETE FROM enterprises WHERE id = ?", [enterprise])
        for purpose in LINKS:
            # A link tells its second: one of this very second is withdrawn too.
            revocations.revoke(register, purpose, enterprise, before=at + timedelta(seconds=1))
