"""Files that were sent to a notice's page, and how far each has been read; the files themselves are `documents`."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from register.clock import read_stamp, stamp
from register.database import Register

State = Literal["waiting", "reading", "screening", "done", "failed"]
ENDED: frozenset[State] = frozenset({"done", "failed"})
TOO_LONG = timedelta(hours=1)
"""After this without a word the reading was cut off: the server was stopped."""


class Upload(NamedTuple):
    """note: what was not read and why, in Swedish."""

    id: int
    name: str
    who: str
    state: State
    note: str
    at: datetime
    changed: datetime

    def is_under_way(self, now: datetime) -> bool:
        """Whether it is still being read."""
        return self.state not in ENDED and now - self.changed < TOO_LONG


def add(register: Register, publication_number: str, name: str, *, who: str, at: datetime) -> int:
    """A file has come; returns the number by which it is known."""
    with register.atomic():
        made = register.db.execute(
            """
            INSERT INTO uploads (publication_number, name, who, state, note, at, changed)
            VALUES (?, ?, ?, 'waiting', '', ?, ?)
            """,
            [publication_number, name, who, stamp(at), stamp(at)],
        )
    assert made.lastrowid is not None
    return int(made.lastrowid)


def move(register: Register, number: int, state: State, *, note: str = "", at: datetime) -> None:
    """It has come further."""
    with register.atomic():
        register.db.execute(
            "UPDATE uploads SET state = ?, note = ?, changed = ? WHERE id = ?", [state, note, stamp(at), number]
        )


def of(register: Register, publication_number: str, *, limit: int = 10) -> list[Upload]:
    """The latest files of a notice, newest first."""
    rows = register.db.query(
        """
        SELECT id, name, who, state, note, at, changed FROM uploads
        WHERE publication_number = ? ORDER BY id DESC LIMIT ?
        """,
        [publication_number, limit],
    )
    return [Upload(**{**row, "at": read_stamp(row["at"]), "changed": read_stamp(row["changed"])}) for row in rows]
