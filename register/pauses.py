"""What stopped the sending of letters, until a person looked or the reason went away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from register.clock import read_stamp, stamp
from register.database import Register

PauseKind = Literal["volume", "size", "bounces", "crawl", "canary", "refused"]


@dataclass(frozen=True)
class Pause:
    """facts: what its kind's words are filled with (notifier/locales/operator)."""

    id: int
    kind: PauseKind
    facts: Mapping[str, str]
    at: datetime
    lifted: datetime | None = None
    lifted_by: str = ""


def put(register: Register, kind: PauseKind, facts: Mapping[str, str], *, at: datetime) -> bool:
    """Pause; False where a pause of that kind is in force already."""
    with register.atomic():
        written = register.db.execute(
            "INSERT INTO pauses (kind, facts, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [kind, json.dumps(dict(facts), ensure_ascii=False), stamp(at)],
        )
    return bool(written.rowcount == 1)


def in_force(register: Register) -> list[Pause]:
    """Pauses that nobody has lifted, oldest first."""
    return [_pause(row) for row in register.db.query("SELECT * FROM pauses WHERE lifted IS NULL ORDER BY at, id")]


def last_lifted(register: Register, kind: PauseKind) -> Pause | None:
    """The pause of that kind that was lifted last."""
    rows = register.db.query(
        "SELECT * FROM pauses WHERE kind = ? AND lifted IS NOT NULL ORDER BY lifted DESC LIMIT 1", [kind]
    )
    return next((_pause(row) for row in rows), None)


def lift(register: Register, *, by: str, at: datetime, kind: PauseKind | None = None) -> int:
    """Lift the pauses in force, or that of one kind; returns how many."""
    only = "AND kind = ?" if kind else ""
    with register.atomic():
        written = register.db.execute(
            f"UPDATE pauses SET lifted = ?, lifted_by = ? WHERE lifted IS NULL {only}",
            [stamp(at), by, *([kind] if kind else [])],
        )
    return int(written.rowcount)


def _pause(row: Mapping[str, Any]) -> Pause:
    return Pause(
        id=row["id"],
        kind=row["kind"],
        facts=json.loads(row["facts"]),
        at=read_stamp(row["at"]),
        lifted=read_stamp(row["lifted"]) if row["lifted"] else None,
        lifted_by=row["lifted_by"] or "",
    )
