"""Runs: what each run of a source or step announced, received and set aside."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from register.clock import stamp
from register.database import Register
from register.models import Run


def start(
    register: Register, source: str, *, since: date | None = None, until: date | None = None, at: datetime
) -> int:
    """Note that a run has begun; returns its id. A run that never finishes stays `running`: it was cut off."""
    run = Run(source=source, started=at, since=since, until=until)
    row = {
        "source": source,
        "started": stamp(at),
        "ended": None,
        "status": run.status,
        "data": run.model_dump_json(),
    }
    key = register.db.table("runs").insert(row, pk="id").last_pk
    return int(str(key))


def take_up(
    register: Register, source: str, *, since: date | None = None, until: date | None = None, at: datetime
) -> Run:
    """This source's last run if it was of these days and was cut off; else a new run."""
    last = latest(register, source)
    if last and last.status == "running" and (last.since, last.until) == (since, until):
        return last
    key = start(register, source, since=since, until=until, at=at)
    return Run(id=key, source=source, started=at, since=since, until=until)


def note(register: Register, run: int, outcomes: Mapping[str, str]) -> None:
    """Note what a run did with items, such as publication numbers: new, changed, unchanged, short, set aside.

    Call it in the transaction that did it. What was first done stands: a notice that comes again in the same run is
    not "unchanged" then.
    """
    register.execute_all(
        """
        INSERT INTO run_items (run, item, outcome) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET outcome = excluded.outcome WHERE excluded.outcome != 'unchanged'
        """,
        [(run, item, outcome) for item, outcome in outcomes.items()],
    )


def items(register: Register, run: int) -> dict[str, str]:
    """What a run did with each item, by item."""
    rows = register.db.query("SELECT item, outcome FROM run_items WHERE run = ? ORDER BY item", [run])
    return {row["item"]: row["outcome"] for row in rows}


def whole(register: Register, run: int) -> dict[str, str | None]:
    """Items of a run whose notices are in the register and were read in full, with the SHA-256 of their bytes."""
    rows = register.db.query(
        """
        SELECT item, notices.raw FROM run_items JOIN notices ON publication_number = item
        WHERE run = ? AND outcome IN ('new', 'changed', 'unchanged')
          AND notices.reading = 'full'
        """,
        [run],
    )
    return {row["item"]: row["raw"] for row in rows}


def finish(register: Register, run: Run) -> None:
    """Store how a run ended; `run.id` is what `start` gave."""
    if run.id is None or run.ended is None:
        raise ValueError("a finished run needs its id and its end")
    register.db.table("runs").update(
        run.id,
        {"ended": stamp(run.ended), "status": run.status, "data": run.model_dump_json()},
    )


def latest(register: Register, source: str, *, status: str | None = None) -> Run | None:
    """The last run of a source, if any; with `status`, the last that ended so."""
    clause = "AND status = :status" if status else ""
    rows = list(
        register.db.query(
            f"SELECT id, data FROM runs WHERE source = :source {clause} ORDER BY started DESC, id DESC LIMIT 1",
            {"source": source, "status": status},
        )
    )
    return _run(rows[0]) if rows else None


def last_complete(register: Register, source: str) -> Run | None:
    """The last run of a source that received everything announced."""
    return latest(register, source, status="complete")


def listing(register: Register, *, limit: int = 50) -> list[Run]:
    """The last runs of all sources, newest first."""
    rows = register.db.query("SELECT id, data FROM runs ORDER BY started DESC, id DESC LIMIT ?", [limit])
    return [_run(row) for row in rows]


def _run(row: Mapping[str, Any]) -> Run:
    return Run.model_validate_json(row["data"]).model_copy(update={"id": row["id"]})
