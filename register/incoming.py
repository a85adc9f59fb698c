"""What came to the mailbox of answers: replies and bounces as read, until they have been acted on.

Only what acting needs is kept, and only until then; of what was not understood the person's own words are kept for
whoever reads them.
"""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Noun, Text

Kind = Literal["reply", "bounce", "complaint", "automatic"]
Outcome = Literal["done", "unclear", "ignored", "read"]
"""done: acted on; unclear: a person has to read it; read: that was done; ignored: nothing to do."""


class Incoming(Noun):
    """A mail that came back, without what is not needed of it."""

    identity: str
    """Its Message-ID, or a hash of it where it has none."""
    kind: Kind
    sender: str = ""
    tokens: tuple[str, ...] = ()
    """First parts of the Message-IDs of letters that it speaks of, the nearest first."""
    subject: Text = ""
    text: Text = ""
    """The person's own words, without what is quoted and the signature."""
    status: str = ""
    """Of a bounce: RFC 3463, such as 5.1.1; empty where it was not told."""
    action: str = ""
    """Of a bounce: failed, delayed, ... (RFC 3464); of a complaint: its type (RFC 5965)."""
    words: Text = ""
    """What the mail server said."""
    received: AwareDatetime


def add(register: Register, mail: Incoming, *, delivery: str) -> bool:
    """Keep a mail until it is settled; False where it is there already. delivery: the letter's Message-ID, or empty."""
    row = {
        "identity": mail.identity,
        "kind": mail.kind,
        "data": mail.model_dump_json(),
        "delivery": delivery,
        "received": stamp(mail.received),
    }
    with register.atomic():
        written = register.db.execute(
            f"INSERT INTO incoming_mails ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}) "
            "ON CONFLICT DO NOTHING",
            row,
        )
    return bool(written.rowcount == 1)


def waiting(register: Register) -> list[tuple[int, Incoming]]:
    """(id, mail) of those that nobody has acted on, in the order they came."""
    rows = register.db.query("SELECT id, data FROM incoming_mails WHERE outcome IS NULL ORDER BY received, id")
    return [(row["id"], Incoming.model_validate_json(row["data"])) for row in rows]


def take(register: Register, number: int, *, at: datetime) -> bool:
    """Begin to act on a mail that waits, in the transaction of what follows; False where it waits no longer."""
    with register.atomic():
        written = register.db.execute(
            "UPDATE incoming_mails SET outcome = 'done', settled = ? WHERE id = ? AND outcome IS NULL",
            [stamp(at), number],
        )
    return bool(written.rowcount == 1)


def leave(register: Register, number: int) -> None:
    """A mail that was taken waits again."""
    with register.atomic():
        register.db.execute("UPDATE incoming_mails SET outcome = NULL, settled = NULL WHERE id = ?", [number])


def settle(register: Register, number: int, outcome: Outcome, *, delivery: str, at: datetime) -> None:
    """Note what became of a mail. What it said is kept only where a person has to read it; call it in the transaction
    of what it led to.
    """
    with register.atomic():
        register.db.execute(
            """
            UPDATE incoming_mails SET outcome = ?, delivery = ?, settled = ?, data = CASE WHEN ? THEN data ELSE '' END
            WHERE id = ?
            """,
            [outcome, delivery, stamp(at), outcome == "unclear", number],
        )


def unclear(register: Register) -> list[tuple[int, str, Incoming]]:
    """(id, Message-ID of the letter or empty, mail) of those that a person has to read, oldest first."""
    rows = register.db.query(
        "SELECT id, delivery, data FROM incoming_mails WHERE outcome = 'unclear' ORDER BY received, id"
    )
    return [(row["id"], row["delivery"], Incoming.model_validate_json(row["data"])) for row in rows]


def outcomes(register: Register, delivery: str) -> list[tuple[Kind, Outcome, datetime]]:
    """(kind, outcome, when) of all mails about a letter, oldest first."""
    rows = register.db.query(
        "SELECT kind, outcome, settled FROM incoming_mails WHERE delivery = ? AND outcome IS NOT NULL ORDER BY id",
        [delivery],
    )
    return [(row["kind"], row["outcome"], read_stamp(row["settled"])) for row in rows]
