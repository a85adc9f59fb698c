"""What each step of the daily chain (crawl, match, letters) did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from register.clock import read_stamp, stamp
from register.database import Register


@dataclass(frozen=True)
class Step:
    """status: as an exit status (0 done, 1 in part, 2 wrong settings, 3 nothing); None: running, or cut off."""

    id: int
    name: str
    holder: str
    started: datetime
    ended: datetime | None
    status: int | None
    detail: str


def start(register: Register, name: str, holder: str, *, at: datetime) -> int:
    """Note that a step begins; returns its id."""
    with register.atomic():
        made = register.db.execute(
            "INSERT INTO steps (name, holder, started, detail) VALUES (?, ?, ?, '')", [name, holder, stamp(at)]
        )
    return int(made.lastrowid or 0)


def finish(register: Register, step: int, *, status: int, detail: str, at: datetime) -> None:
    """Note how a step ended."""
    with register.atomic():
        register.db.execute(
            "UPDATE steps SET ended = ?, status = ?, detail = ? WHERE id = ?", [stamp(at), status, detail, step]
        )


def forget(register: Register, step: int) -> None:
    """A step that found nothing to do leaves no trace."""
    with register.atomic():
        register.db.execute("DELETE FROM steps WHERE id = ?", [step])


def since(register: Register, name: str, at: datetime) -> list[Step]:
    """Steps of a name begun at or after an instant, oldest first."""
    rows = register.db.query("SELECT * FROM steps WHERE name = ? AND started >= ? ORDER BY id", [name, stamp(at)])
    return [_step(row) for row in rows]


def listing(register: Register, *, limit: int = 20) -> list[Step]:
    """The last steps, newest first."""
    return [_step(row) for row in register.db.query("SELECT * FROM steps ORDER BY id DESC LIMIT ?", [limit])]


def _step(row: Mapping[str, Any]) -> Step:
    ended = read_stamp(row["ended"]) if row["ended"] else None
    return Step(row["id"], row["name"], row["holder"], read_stamp(row["started"]), ended, row["status"], row["detail"])
