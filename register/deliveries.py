"""Letters: stored whole before they are sent, each state change by compare-and-set, what was told remembered."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Delivery, DeliveryState

Told = tuple[str, str, str]
"""Tender (procedure id or publication number), lot id, fingerprint of what matters."""


def queue(register: Register, delivery: Delivery, *, mime: bytes, html: str, told: Sequence[Told]) -> bool:
    """Store a letter as due together with what it tells, in one transaction.

    False, and nothing stored, where this enterprise, period and recipient have a letter already.
    """
    with register.atomic():
        known = list(
            register.db.query(
                "SELECT 1 FROM deliveries WHERE enterprise = ? AND period = ? AND recipient = ?",
                [delivery.enterprise, delivery.period, delivery.recipient],
            )
        )
        if known:
            return False
        register.db.table("deliveries").insert(
            {
                "message_id": delivery.message_id,
                "enterprise": delivery.enterprise,
                "recipient": delivery.recipient,
                "period": delivery.period,
                "state": delivery.state,
                "subject": delivery.subject,
                "attempts": delivery.attempts,
                "answer": delivery.answer,
                "lots": json.dumps(delivery.lots),
                "mime": mime,
                "html": html,
                "created": stamp(delivery.created),
                "changed": stamp(delivery.changed),
            }
        )
        register.db.table("told").insert_all(
            (
                {
                    "enterprise": delivery.enterprise,
                    "tender": tender,
                    "lot": lot,
                    "fingerprint": fingerprint,
                    "period": delivery.period,
                    "at": stamp(delivery.created),
                }
                for tender, lot, fingerprint in told
            ),
            ignore=True,
        )
    return True


def claim(register: Register, message_id: str, *, at: datetime) -> bool:
    """Take a due or deferred letter for sending; False where another sender has it or it is done."""
    cursor = register.db.execute(
        """UPDATE deliveries SET state = 'sending', attempts = attempts + 1, changed = ?
           WHERE message_id = ? AND state IN ('due', 'deferred')""",
        [stamp(at), message_id],
    )
    register.db.conn.commit()
    return bool(cursor.rowcount == 1)


def settle(register: Register, message_id: str, *, state: DeliveryState, answer: str, at: datetime) -> None:
    """Note how an attempt ended."""
    with register.atomic():
        register.db.execute(
            "UPDATE deliveries SET state = ?, answer = ?, changed = ? WHERE message_id = ? AND state = 'sending'",
            [state, answer[:500], stamp(at), message_id],
        )


def recover(register: Register, *, at: datetime) -> int:
    """Letters that a broken sender left half sent become uncertain: nobody knows, so none is sent again by itself.

    Call it only while holding the data folder. Returns how many there were.
    """
    with register.atomic():
        cursor = register.db.execute(
            """UPDATE deliveries SET state = 'uncertain', changed = ?,
               answer = 'the sender stopped before the mail server had answered' WHERE state = 'sending'""",
            [stamp(at)],
        )
        return int(cursor.rowcount)


def waiting(register: Register) -> list[Delivery]:
    """Letters that are due or deferred, oldest first."""
    return _rows(register, "WHERE state IN ('due', 'deferred') ORDER BY created, message_id", {})


def listing(register: Register, *, period: str | None = None) -> list[Delivery]:
    """All letters, newest first; of one period if given."""
    where = "WHERE period = :period " if period else ""
    return _rows(register, where + "ORDER BY created DESC, enterprise, recipient", {"period": period})


def get(register: Register, message_id: str) -> Delivery:
    """One letter. Raises NotFoundError."""
    found = _rows(register, "WHERE message_id = :id", {"id": message_id})
    if not found:
        raise NotFoundError(f"No letter {message_id}. `anbudslots digest status` lists them.")
    return found[0]


def mime(register: Register, message_id: str) -> bytes:
    """The bytes of a letter as they are sent. Raises NotFoundError."""
    get(register, message_id)
    rows = register.db.query("SELECT mime FROM deliveries WHERE message_id = ?", [message_id])
    return bytes(next(iter(rows))["mime"])


def html(register: Register, message_id: str) -> str:
    """The HTML part of a letter. Raises NotFoundError."""
    get(register, message_id)
    rows = register.db.query("SELECT html FROM deliveries WHERE message_id = ?", [message_id])
    return str(next(iter(rows))["html"])


def told(register: Register, enterprise: str) -> set[Told]:
    """What an enterprise has been told of."""
    rows = register.db.query("SELECT tender, lot, fingerprint FROM told WHERE enterprise = ?", [enterprise])
    return {(row["tender"], row["lot"], row["fingerprint"]) for row in rows}


def _rows(register: Register, tail: str, arguments: Mapping[str, Any]) -> list[Delivery]:
    columns = "message_id, enterprise, recipient, period, state, subject, attempts, answer, lots, created, changed"
    rows = register.db.query(f"SELECT {columns} FROM deliveries {tail}", dict(arguments))
    return [
        Delivery.model_validate(
            {
                **row,
                "lots": [tuple(lot) for lot in json.loads(row["lots"])],
                "created": read_stamp(row["created"]),
                "changed": read_stamp(row["changed"]),
            }
        )
        for row in rows
    ]
