"""Judgements: what people say of matches. Every word is kept; of the same person's on the same lot the last that was
not withdrawn holds.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Judgement


def add(register: Register, judgement: Judgement, *, key: str | None = None) -> int:
    """Keep a judgement; returns its number. With the key of one that is kept, and not withdrawn, nothing is added: a
    request that was sent again says nothing twice.
    """
    row = {
        "enterprise": judgement.enterprise,
        "publication_number": judgement.notice,
        "lot": judgement.lot,
        "answer": judgement.answer,
        "reason": judgement.reason,
        "note": judgement.note,
        "who": judgement.who,
        "score": judgement.score,
        "place": judgement.place,
        "at": stamp(judgement.at),
        "key": key,
    }
    marks = ", ".join(f":{name}" for name in row)
    with register.atomic():
        # Where nothing is added, RETURNING gives nothing.
        added = register.db.execute(
            f"INSERT INTO judgements ({', '.join(row)}) VALUES ({marks}) ON CONFLICT (key) DO NOTHING RETURNING id", row
        ).fetchall()
        found = added or register.db.execute("SELECT id FROM judgements WHERE key = ?", [key]).fetchall()
    return int(found[0][0])


def withdraw(register: Register, number: int, *, who: str, at: datetime) -> Judgement | None:
    """Take back one's own judgement: what the same person said of the lot before it holds again. It is kept, with when
    it was withdrawn. None where there is no such word of this person that holds.
    """
    with register.atomic():
        rows = register.db.execute(
            "UPDATE judgements SET withdrawn = ?, key = NULL WHERE id = ? AND who = ? AND withdrawn IS NULL",
            [stamp(at), number, who],
        )
        if rows.rowcount != 1:
            return None
    return next(_read(row) for row in register.db.query("SELECT * FROM judgements WHERE id = ?", [number]))


def latest(register: Register, who: str, *, limit: int = 20) -> list[tuple[int, Judgement]]:
    """What a person said last and has not withdrawn, newest first, each with its number."""
    rows = register.db.query(
        "SELECT * FROM judgements WHERE who = ? AND withdrawn IS NULL ORDER BY at DESC, id DESC LIMIT ?", [who, limit]
    )
    return [(int(row["id"]), _read(row)) for row in rows]


def of(register: Register, enterprise: str | None = None, *, everything: bool = False) -> list[Judgement]:
    """Judgements in the order of their time, of one enterprise or all.

    everything: also those that the same person has said anew. What was withdrawn is left out.
    """
    rows = register.db.query(
        "SELECT * FROM judgements WHERE withdrawn IS NULL AND (? IS NULL OR enterprise = ?) ORDER BY at, id",
        [enterprise, enterprise],
    )
    found = [_read(row) for row in rows]
    if everything:
        return found
    last = {(one.enterprise, one.notice, one.lot, one.who): one for one in found}
    return sorted(last.values(), key=lambda one: one.at)


def of_lot(register: Register, enterprise: str, notice: str, lot: str) -> list[Judgement]:
    """The last word of each person on one lot, in the order of their time."""
    rows = register.db.query(
        """
        SELECT * FROM judgements
        WHERE withdrawn IS NULL AND enterprise = ? AND publication_number = ? AND lot = ? ORDER BY at, id
        """,
        [enterprise, notice, lot],
    )
    return sorted({one.who: one for one in map(_read, rows)}.values(), key=lambda one: one.at)


def state(register: Register, enterprise: str) -> int:
    """Changes with each judgement of an enterprise, and with each that is withdrawn."""
    rows = register.db.query(
        "SELECT count(*) + count(withdrawn) AS n FROM judgements WHERE enterprise = ?", [enterprise]
    )
    return int(next(iter(rows))["n"])


def disagreements(judgements: Iterable[Judgement]) -> list[tuple[Judgement, ...]]:
    """Lots of which one person says yes and another no, each with all that was said."""
    by: dict[tuple[str, str, str], list[Judgement]] = {}
    for one in judgements:
        by.setdefault((one.enterprise, one.notice, one.lot), []).append(one)
    return [tuple(said) for said in by.values() if {"yes", "no"} <= {one.answer for one in said}]


def declined(judgements: Iterable[Judgement]) -> set[tuple[str, str]]:
    """(publication number, lot) of what somebody said no to and nobody yes."""
    answers: dict[tuple[str, str], set[str]] = {}
    for one in judgements:
        answers.setdefault((one.notice, one.lot), set()).add(one.answer)
    return {lot for lot, said in answers.items() if "no" in said and "yes" not in said}


def _read(row: dict[str, Any]) -> Judgement:
    return Judgement(
        enterprise=row["enterprise"],
        notice=row["publication_number"],
        lot=row["lot"],
        answer=row["answer"],
        reason=row["reason"],
        note=row["note"],
        who=row["who"],
        score=row["score"],
        place=row["place"],
        at=read_stamp(row["at"]),
    )
