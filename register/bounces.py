"""Letters that came back: which letter a mail speaks of, how often one did (states: register/sending.py)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from register import deliveries
from register.clock import stamp
from register.consents import address_hash
from register.database import Register
from register.models import Delivery

Kind = Literal["hard", "soft", "complaint"]


def letter_of(register: Register, tokens: Iterable[str]) -> Delivery | None:
    """The letter whose Message-ID begins with the first of the tokens that is one of ours, or None."""
    for token in tokens:
        rows = register.db.query(
            "SELECT message_id FROM deliveries WHERE message_id >= ? AND message_id < ?", [f"{token}@", f"{token}A"]
        )
        found = next((row["message_id"] for row in rows), None)
        if found is not None:
            return deliveries.get(register, found)
    return None


def known_recipient(register: Register, email: str) -> bool:
    """Whether an address has ever been sent a letter, or has agreed or been asked to get some."""
    rows = register.db.query(
        """
        SELECT 1 FROM deliveries WHERE recipient = :email COLLATE NOCASE
        UNION ALL SELECT 1 FROM addresses WHERE email = :email COLLATE NOCASE
        """,
        {"email": email},
    )
    return any(True for _ in rows)


def note(register: Register, letter: Delivery, kind: Kind, *, status: str, words: str, at: datetime) -> None:
    """Keep that a letter came back. status: RFC 3463; words: the mail server's."""
    row = {
        "address_hash": address_hash(letter.recipient),
        "delivery": letter.message_id,
        "kind": kind,
        "status": status,
        "words": words,
        "at": stamp(at),
    }
    register.insert_all("bounces", [row])


def count(register: Register, message_id: str) -> int:
    """How often a letter has come back."""
    return _number(register, "SELECT count(*) FROM bounces WHERE delivery = ? AND kind != 'complaint'", [message_id])


def letters_back(register: Register, email: str, *, since: datetime) -> int:
    """How many letters to an address have come back since an instant, each counted once."""
    return _number(
        register,
        "SELECT count(DISTINCT delivery) FROM bounces WHERE address_hash = ? AND kind != 'complaint' AND at >= ?",
        [address_hash(email), stamp(since)],
    )


def _number(register: Register, sql: str, values: list[str]) -> int:
    return int(register.db.execute(sql, values).fetchone()[0])
