"""Searches that somebody wants to make again."""

from datetime import datetime
from typing import NamedTuple

from register.clock import read_stamp, stamp
from register.database import Register

MOST = 50
"""Of one account; the oldest make room."""


class Saved(NamedTuple):
    """query: as in an address, without `?`."""

    id: int
    name: str
    query: str
    created: datetime


def save(register: Register, account: int, name: str, query: str, *, at: datetime) -> None:
    """Keep a search under a name; an earlier one of the same name makes room."""
    with register.atomic():
        register.db.execute("DELETE FROM saved_searches WHERE account = ? AND name = ?", [account, name])
        register.db.table("saved_searches").insert(
            {"account": account, "name": name, "query": query, "created": stamp(at)}
        )
        register.db.execute(
            """
            DELETE FROM saved_searches WHERE account = ?1 AND id NOT IN (
                SELECT id FROM saved_searches WHERE account = ?1 ORDER BY id DESC LIMIT ?2)
            """,
            [account, MOST],
        )


def of(register: Register, account: int) -> list[Saved]:
    """An account's searches, by name."""
    rows = register.db.query(
        "SELECT id, name, query, created FROM saved_searches WHERE account = ? ORDER BY name", [account]
    )
    return [Saved(row["id"], row["name"], row["query"], read_stamp(row["created"])) for row in rows]


def remove(register: Register, account: int, number: int) -> bool:
    """Forget a search of one's own; whether there was one."""
    with register.atomic():
        gone = register.db.execute("DELETE FROM saved_searches WHERE account = ? AND id = ?", [account, number])
    return bool(gone.rowcount)
