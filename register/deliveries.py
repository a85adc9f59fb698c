"""Deliveries: letters frozen before they are sent, and what each enterprise has been told."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import WHOLE_LOT, Delivery, DeliveryState, Notice

COLUMNS = (
    "message_id, kind, enterprise, recipient, period, state, subject, attempts, answer, lots, created, changed, "
    "next_attempt"
)

KEYS = """
    current_of AS (
        SELECT own.key, n.tender AS number, coalesce(today.procedure_id, today.publication_number) AS today
        FROM (SELECT DISTINCT key FROM own) own
        JOIN notices n ON n.publication_number = own.key OR n.procedure_id = own.key
        JOIN notices today ON today.publication_number = n.tender
        GROUP BY own.key, n.tender
    )
"""
"""From the key under which a tender was told (BT-04, else its number) to the notice that stands for it today, and the
key of that. `own` has the keys told.
"""


def queue(
    register: Register, delivery: Delivery, *, mime: bytes, html: str, told: Sequence[tuple[str, str, str]]
) -> bool:
    """Store a letter and what it tells in one transaction.

    told: (tender key, lot id, fingerprint) of each lot. Returns False, and writes nothing, where a letter of the same
    kind to the same recipient for the same enterprise and period is there already, whatever became of it.
    """
    row = {
        **delivery.model_dump(exclude={"enterprise", "lots", "created", "changed", "next_attempt"}),
        "enterprise": delivery.enterprise or None,
        "lots": json.dumps(delivery.lots),
        "bytes": len(mime),
        "created": stamp(delivery.created),
        "changed": stamp(delivery.changed),
    }
    names = ", ".join(row)
    with register.atomic():
        written = register.db.execute(
            f"INSERT INTO deliveries ({names}) VALUES ({', '.join(':' + name for name in row)}) ON CONFLICT DO NOTHING",
            row,
        )
        if written.rowcount == 0:
            return False
        register.db.execute(
            "INSERT INTO letter_contents (message_id, mime, html) VALUES (?, ?, ?)", [delivery.message_id, mime, html]
        )
        for tender, lot, fingerprint in told:
            # A row of an earlier period can only be there when that period's letters all failed (see `told`).
            register.db.execute(
                """
                INSERT INTO told (enterprise, tender, lot, fingerprint, period, at) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET period = excluded.period, at = excluded.at
                """,
                [delivery.enterprise, tender, lot, fingerprint, delivery.period, stamp(delivery.created)],
            )
    return True


def waiting(register: Register) -> list[Delivery]:
    """Letters that are due or were put off by the mail server, oldest first."""
    return _where(register, "state IN ('due', 'deferred') ORDER BY created, enterprise, recipient", [])


def in_state(register: Register, state: DeliveryState) -> list[Delivery]:
    """Letters in one state, oldest first."""
    return _where(register, "state = ? ORDER BY created, enterprise, recipient", [state])


def get(register: Register, message_id: str) -> Delivery:
    """One letter. Raises NotFoundError."""
    found = _where(register, "message_id = ?", [message_id])
    if not found:
        raise _unknown(message_id)
    return found[0]


def listing(register: Register, *, period: str | None = None) -> list[Delivery]:
    """All letters, latest period first; with `period`, those of one ISO week such as 2026-W48."""
    where = "period = ?" if period else "1"
    return _where(register, f"{where} ORDER BY period DESC, enterprise, recipient", [period] if period else [])


def of_period(register: Register, enterprise: str, period: str) -> list[Delivery]:
    """Weekly letters of one enterprise for one period, by recipient."""
    where = "enterprise = ? AND period = ? AND kind = 'weekly' ORDER BY recipient"
    return _where(register, where, [enterprise, period])


def recipients(register: Register, period: str) -> dict[str, set[str]]:
    """To whom weekly letters of a period are written, by enterprise."""
    found: dict[str, set[str]] = {}
    for row in register.db.query(
        "SELECT enterprise, recipient FROM deliveries WHERE period = ? AND kind = 'weekly'", [period]
    ):
        found.setdefault(row["enterprise"], set()).add(row["recipient"])
    return found


def mime(register: Register, message_id: str) -> bytes:
    """The frozen message as it goes to the mail server. Raises NotFoundError."""
    return bytes(_one(register, "mime", message_id))


def mimes(register: Register, message_ids: Sequence[str]) -> dict[str, bytes]:
    """The frozen messages of some letters, by Message-ID."""
    marks = ", ".join("?" * len(message_ids))
    rows = register.db.query(f"SELECT message_id, mime FROM letter_contents WHERE message_id IN ({marks})", message_ids)
    return {row["message_id"]: bytes(row["mime"]) for row in rows}


def html(register: Register, message_id: str) -> str:
    """The HTML part of a letter, to look at. Raises NotFoundError."""
    return str(_one(register, "html", message_id))


def told(register: Register, enterprise: str, *, besides: str | None = None) -> set[tuple[str, str, str]]:
    """(tender key, lot id, fingerprint) of all that the enterprise has been told; `besides`: but not in that period.

    What stood only in letters that failed for good, bounced or were held back has not been told. A tender is known by
    the notice that stands for it today, whichever of its notices was told. What was told of a whole (WHOLE_LOT) holds
    for each lot of a copy that has lots.
    """
    rows = register.db.query(
        f"""
        WITH own AS (
            SELECT tender AS key, lot, fingerprint FROM told t
            WHERE enterprise = :enterprise AND period IS NOT :besides AND EXISTS (
                SELECT 1 FROM deliveries d WHERE d.enterprise = t.enterprise AND d.period = t.period
                  AND d.state NOT IN ('failed', 'suppressed', 'bounced'))
        ), {KEYS}
        SELECT DISTINCT coalesce(c.today, own.key) AS tender, coalesce(l.lot, own.lot) AS lot, own.fingerprint
        FROM own LEFT JOIN current_of c USING (key)
          LEFT JOIN lots l ON l.publication_number = c.number AND own.lot = :whole
        """,
        {"enterprise": enterprise, "besides": besides, "whole": WHOLE_LOT},
    )
    return {(row["tender"], row["lot"], row["fingerprint"]) for row in rows}


def told_notices(register: Register, enterprise: str) -> list[Notice]:
    """The current notice of each tender that the enterprise has been told of, also closed and cancelled ones; not those
    that are no longer published.
    """
    rows = register.db.query(
        f"""
        WITH own AS (SELECT DISTINCT tender AS key FROM told WHERE enterprise = ?), {KEYS}
        SELECT data FROM notices
        WHERE superseded_by IS NULL AND gone IS NULL AND tender IN (SELECT number FROM current_of)
        ORDER BY publication_number
        """,
        [enterprise],
    )
    return [Notice.model_validate_json(row["data"]) for row in rows]


def _where(register: Register, where: str, values: Sequence[Any]) -> list[Delivery]:
    return [read(row) for row in register.db.query(f"SELECT {COLUMNS} FROM deliveries WHERE {where}", values)]


def read(row: Mapping[str, Any]) -> Delivery:
    """The letter of a row with COLUMNS."""
    return Delivery.model_validate(
        {
            **row,
            "enterprise": row["enterprise"] or "",
            "lots": tuple((number, lot) for number, lot in json.loads(row["lots"])),
            "created": read_stamp(row["created"]),
            "changed": read_stamp(row["changed"]),
            "next_attempt": read_stamp(row["next_attempt"]) if row["next_attempt"] else None,
        }
    )


def _one(register: Register, column: str, message_id: str) -> Any:
    rows = list(register.db.query(f"SELECT {column} AS value FROM letter_contents WHERE message_id = ?", [message_id]))
    if not rows:
        raise _unknown(message_id)
    return rows[0]["value"]


def _unknown(message_id: str) -> NotFoundError:
    return NotFoundError(f"No letter {message_id} in the register. `anbudslots digest status` lists them.")
