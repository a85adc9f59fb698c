"""Notices that a source no longer lists: seen in which windows, missed by how many complete runs, and the brake.

A notice that merely vanishes is marked as no longer published (notices.gone) after two complete runs without it, and is
open again as soon as it reappears. Where a run would mark too many open notices at once, more has probably broken than
has vanished: then nothing is marked until a person has looked.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from config.errors import InputError, NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import OPEN_FORMS

MISSES = 2
"""Complete runs without a notice before it is marked."""
LARGEST_SHARE = 0.05
FEW = 3
"""So many may vanish at once whatever their share: a small source would brake at every notice."""

OPEN = f"""
    n.closed = 0 AND n.gone IS NULL AND n.form_type IN ({", ".join(f"'{form}'" for form in sorted(OPEN_FORMS))})
    AND EXISTS (SELECT 1 FROM lots l WHERE l.publication_number = n.publication_number
                AND (l.deadline IS NULL OR l.deadline > :at))
"""
"""A notice n that still takes bids at :at. That a list drops what has closed is no news."""

Decision = Literal["close", "keep"]


@dataclass(frozen=True)
class Brake:
    """A run that would have marked too many: which, of how many open ones, and what a person decided."""

    run: int
    source: str
    would_close: tuple[str, ...]
    open: int
    at: datetime
    decision: Decision | None = None
    decided_by: str | None = None
    decided: datetime | None = None


@dataclass(frozen=True)
class Vanished:
    """What the end of a complete run found: notices marked now, or the brake that keeps them."""

    marked: tuple[str, ...] = ()
    brake: Brake | None = None


def observe(register: Register, source: str, window: str, run: int, seen: Collection[str]) -> None:
    """Note what a complete window listed. What had been missed and is seen again is no longer missed, nor gone."""
    numbers = sorted(seen)
    with register.atomic():
        register.execute_all(
            """
            INSERT INTO sightings (source, window, publication_number, last_run)
            SELECT ?, ?, publication_number, ? FROM notices WHERE publication_number = ?
            ON CONFLICT DO UPDATE SET last_run = excluded.last_run
            """,
            [(source, window, run, number) for number in numbers],
        )
        own = [(number,) for number in numbers]
        register.execute_all("DELETE FROM absences WHERE publication_number = ?", own)
        register.execute_all("UPDATE notices SET gone = NULL WHERE publication_number = ? AND gone IS NOT NULL", own)


def conclude(register: Register, source: str, run: int, at: datetime) -> Vanished:
    """Reckon up a run that received everything announced; call it once its windows are stored.

    Expected in a window is what an earlier run saw in it. Doing it again for the same run changes nothing.
    """
    with register.atomic():
        for number in _missed(register, source, run, at):
            register.db.execute(
                """
                INSERT INTO absences (publication_number, source, misses, last_run, since) VALUES (?, ?, 1, ?, ?)
                ON CONFLICT DO UPDATE SET misses = misses + 1, last_run = excluded.last_run
                WHERE last_run != excluded.last_run
                """,
                [number, source, run, stamp(at)],
            )
        due = [
            row["publication_number"]
            for row in register.db.query(
                f"""
                SELECT n.publication_number FROM absences a JOIN notices n USING (publication_number)
                WHERE a.source = :source AND a.misses >= :misses AND {OPEN} ORDER BY n.publication_number
                """,
                {"source": source, "misses": MISSES, "at": stamp(at)},
            )
        ]
        waiting = undecided(register, source)
        known = _open_count(register, source, at)
        if due and (waiting or (len(due) > FEW and len(due) > LARGEST_SHARE * known)):
            # A brake that waits keeps its run, by which the operator was told of it.
            brake = Brake(waiting[0].run if waiting else run, source, tuple(due), known, at)
            register.db.table("brakes").upsert(_row(brake), pk="run")
            return Vanished(brake=brake)
        if waiting:  # all that had vanished is back
            register.db.execute("DELETE FROM brakes WHERE source = ? AND decision IS NULL", [source])
        _mark(register, due, at)
        return Vanished(marked=tuple(due))


def decide(register: Register, run: int, decision: Decision, *, by: str, at: datetime) -> tuple[str, ...]:
    """A person's word on a brake. close: what is still missed is marked; keep: it is published, count from none anew.

    Returns the numbers it was about. Raises NotFoundError where no such brake waits, InputError without a name.
    """
    if not by.strip():
        raise InputError("--by", None, "is empty: say who decides")
    brake = next((found for found in undecided(register) if found.run == run), None)
    if brake is None:
        waiting = ", ".join(str(found.run) for found in undecided(register)) or "none"
        raise NotFoundError(f"No run {run} waits for a decision on vanished notices; waiting: {waiting}.")
    with register.atomic():
        missed = {row["publication_number"] for row in register.db.query("SELECT publication_number FROM absences")}
        about = tuple(number for number in brake.would_close if number in missed)
        if decision == "close":
            _mark(register, about, at)
        else:
            for number in about:
                register.db.execute("DELETE FROM absences WHERE publication_number = ?", [number])
        register.db.table("brakes").update(run, {"decision": decision, "decided_by": by.strip(), "decided": stamp(at)})
    return about


def undecided(register: Register, source: str | None = None) -> list[Brake]:
    """Brakes that wait for a person, of one source or of all, by run."""
    rows = register.db.query(
        "SELECT * FROM brakes WHERE decision IS NULL AND (:source IS NULL OR source = :source) ORDER BY run",
        {"source": source},
    )
    return [_brake(row) for row in rows]


def _missed(register: Register, source: str, run: int, at: datetime) -> list[str]:
    """Open notices that earlier runs saw in a window which this run walked in whole, and that it saw in none."""
    rows = register.db.query(
        f"""
        SELECT DISTINCT n.publication_number FROM sightings s
        JOIN windows w ON w.source = s.source AND w.window = s.window AND w.run = :run AND w.status = 'complete'
        JOIN notices n USING (publication_number)
        WHERE s.source = :source AND {OPEN} AND NOT EXISTS (
            SELECT 1 FROM sightings again WHERE again.publication_number = s.publication_number
              AND again.source = s.source AND again.last_run = :run)
        ORDER BY n.publication_number
        """,
        {"run": run, "source": source, "at": stamp(at)},
    )
    return [row["publication_number"] for row in rows]


def _open_count(register: Register, source: str, at: datetime) -> int:
    """How many open notices the source has listed."""
    rows = register.db.query(
        f"""
        SELECT count(*) AS found FROM notices n
        WHERE {OPEN} AND n.publication_number IN (SELECT publication_number FROM sightings WHERE source = :source)
        """,
        {"source": source, "at": stamp(at)},
    )
    return int(next(iter(rows))["found"])


def _mark(register: Register, numbers: Collection[str], at: datetime) -> None:
    for number in numbers:
        register.db.execute(
            "UPDATE notices SET gone = ? WHERE publication_number = ? AND gone IS NULL", [stamp(at), number]
        )


def _row(brake: Brake) -> dict[str, Any]:
    return {
        "run": brake.run,
        "source": brake.source,
        "would_close": json.dumps(brake.would_close),
        "open": brake.open,
        "at": stamp(brake.at),
    }


def _brake(row: Mapping[str, Any]) -> Brake:
    return Brake(
        run=row["run"],
        source=row["source"],
        would_close=tuple(json.loads(row["would_close"])),
        open=row["open"],
        at=read_stamp(row["at"]),
        decision=row["decision"],
        decided_by=row["decided_by"],
        decided=read_stamp(row["decided"]) if row["decided"] else None,
    )
