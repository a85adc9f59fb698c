"""Rankers: combinations of signals that were learned from what was judged here, all kept, of which one is in use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register

SHIPPED = "shipped"
"""The version that comes with the project."""


@dataclass(frozen=True)
class Kept:
    """A ranker of the register. content: as config/ranker.json; taken: when it was last put to use, None for never."""

    version: str
    content: str
    figures: Mapping[str, Any]
    at: datetime
    taken: datetime | None


def add(register: Register, version: str, content: str, figures: Mapping[str, Any], *, at: datetime) -> None:
    """Keep a ranker, not yet in use; the same version again gets its new figures."""
    with register.atomic():
        register.db.execute(
            """INSERT INTO rankers (version, content, figures, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (version) DO UPDATE SET figures = excluded.figures, at = excluded.at""",
            [version, content, json.dumps(dict(figures)), stamp(at)],
        )


def take(register: Register, version: str, *, at: datetime) -> None:
    """Put a version to use; SHIPPED for the project's own. Raises NotFoundError."""
    if version != SHIPPED and version not in {one.version for one in every(register)}:
        raise NotFoundError(f"There is no ranker {version!r}: anbudslots ranker list")
    register.insert_all("ranker_uses", [{"version": version, "at": stamp(at)}])


def every(register: Register) -> list[Kept]:
    """All rankers in the order in which they were learned."""
    rows = register.db.query(
        """SELECT r.*, (SELECT max(u.at) FROM ranker_uses u WHERE u.version = r.version) AS taken
        FROM rankers r ORDER BY r.at, r.version"""
    )
    return [
        Kept(
            version=row["version"],
            content=row["content"],
            figures=json.loads(row["figures"]),
            at=read_stamp(row["at"]),
            taken=read_stamp(row["taken"]) if row["taken"] else None,
        )
        for row in rows
    ]


def in_use(register: Register) -> Kept | None:
    """The ranker that was taken last; None where that is the project's own."""
    rows = register.db.query("SELECT version FROM ranker_uses ORDER BY id DESC LIMIT 1")
    version = next((row["version"] for row in rows), SHIPPED)
    return next((one for one in every(register) if one.version == version), None)
