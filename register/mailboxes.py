"""Which messages of a mailbox have been read. A message is known by the mailbox, its UIDVALIDITY and its UID."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from register.clock import stamp
from register.database import Register

Outcome = Literal["taken", "refused"]


def known(register: Register, mailbox: str, uidvalidity: int) -> Mapping[int, Outcome]:
    """Outcome by UID. taken: read, also where it held nothing; refused: its sender was on no list."""
    rows = register.db.query(
        "SELECT uid, outcome FROM mailbox_messages WHERE mailbox = ? AND uidvalidity = ?", [mailbox, uidvalidity]
    )
    return {row["uid"]: row["outcome"] for row in rows}


def mark(
    register: Register, mailbox: str, uidvalidity: int, uid: int, outcome: Outcome, *, run: int, at: datetime
) -> None:
    """Note what became of a message; call it in the transaction that its notices go in with."""
    row = {
        "mailbox": mailbox,
        "uidvalidity": uidvalidity,
        "uid": uid,
        "outcome": outcome,
        "run": run,
        "at": stamp(at),
    }
    register.db.table("mailbox_messages").upsert(row, pk=("mailbox", "uidvalidity", "uid"))
