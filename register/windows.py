"""Windows: the parts in which a source is read, such as a day or a package, and whether each was proven complete."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Window


def put(register: Register, window: Window) -> None:
    """Store how a window was last walked."""
    register.db.table("windows").upsert(_row(window), pk=("source", "window"))


def begin(register: Register, source: str, names: Iterable[str], run: int, at: datetime) -> None:
    """Note that windows are to be read: one that was never read is partial until it is `put`, also if a crash comes."""
    problem = "it was not read to its end"
    new = [
        Window(source=source, window=n, announced=0, received=0, status="partial", problem=problem, run=run, at=at)
        for n in names
    ]
    register.db.table("windows").insert_all(map(_row, new), pk=("source", "window"), ignore=True)


def partial(register: Register, source: str | None = None) -> list[Window]:
    """Windows that are not proven complete, of one source or of all, by source and window."""
    return _where(register, "status = 'partial' AND (:source IS NULL OR source = :source)", source)


def listing(register: Register, source: str | None = None) -> list[Window]:
    """All windows, of one source or of all, by source and window."""
    return _where(register, ":source IS NULL OR source = :source", source)


def _row(window: Window) -> dict[str, Any]:
    return {**window.model_dump(exclude={"at"}), "at": stamp(window.at)}


def _where(register: Register, condition: str, source: str | None) -> list[Window]:
    rows = register.db.query(
        f"SELECT * FROM windows WHERE {condition} ORDER BY source, window",
        {"source": source},
    )
    return [Window.model_validate({**row, "at": read_stamp(row["at"])}) for row in rows]
