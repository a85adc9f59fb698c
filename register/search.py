"""The search's index: stems of each lot's words (FTS5), and what it can be chosen by.

Stems and choices are made by the caller. Triggers of the database mark a notice as due when it, its findings, places or
documents change; it is read in anew later, so that whoever changes it need not wait.
"""

import json
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from register.database import Register

UNKNOWN = -1
"""Of a day or an instant that is not told."""
HEAD = 3
"""Numbers before the values in `Held.packed`."""


class Row(NamedTuple):
    """One lot as it is searched. title, body, papers: index terms parted by spaces; published: ordinal of the day;
    deadline: minutes since 1970; both UNKNOWN where they are not told; values: (kind, value) of what it is chosen by.
    """

    lot: str
    title: str
    body: str
    papers: str
    published: int
    deadline: int
    closed: bool
    values: frozenset[tuple[str, str]]


class Held(NamedTuple):
    """A lot of the index. packed: int32 numbers of this machine: published, deadline, closed, then the numbers of its
    values.
    """

    id: int
    packed: bytes


def due(register: Register, limit: int) -> list[str]:
    """Notices that are to be read in anew, at most `limit`, by number."""
    rows = register.db.query("SELECT publication_number FROM search_due ORDER BY 1 LIMIT ?", [limit])
    return [row["publication_number"] for row in rows]


def waiting(register: Register) -> int:
    """How many notices are to be read in anew."""
    return int(next(iter(register.db.query("SELECT count(*) AS n FROM search_due")))["n"])


def all_due(register: Register) -> None:
    """Mark every notice: what words become has changed."""
    with register.atomic():
        register.db.execute("INSERT OR IGNORE INTO search_due SELECT publication_number FROM notices")


def standing(register: Register, publication_number: str) -> bool:
    """Whether a notice is to be found: it is known, and no other stands for its tender."""
    rows = register.db.query(
        "SELECT 1 FROM notices WHERE publication_number = ? AND superseded_by IS NULL", [publication_number]
    )
    return any(rows)


def put(register: Register, publication_number: str, rows: Iterable[Row]) -> None:
    """Set a notice's lots in the index in place of earlier ones; none takes it out. It is then no longer due."""
    rows = list(rows)
    with register.atomic():
        _take_out(register, publication_number)
        last = _count_on(register, len(rows))
        numbers = _numbers(register, frozenset[tuple[str, str]]().union(*(row.values for row in rows)))
        for identity, row in enumerate(rows, start=last - len(rows) + 1):
            own = sorted(numbers[value] for value in row.values)
            packed = array("i", [row.published, row.deadline, int(row.closed), *own]).tobytes()
            register.db.execute(
                "INSERT INTO search_lots (id, publication_number, lot, packed) VALUES (?, ?, ?, ?)",
                [identity, publication_number, row.lot, packed],
            )
            register.db.execute(
                "INSERT INTO search_terms (rowid, title, body, papers) VALUES (?, ?, ?, ?)",
                [identity, row.title, row.body, row.papers],
            )
        register.db.execute("DELETE FROM search_due WHERE publication_number = ?", [publication_number])


def _take_out(register: Register, publication_number: str) -> None:
    """Take a notice's lots out of the index, and tell those who hold them."""
    rows = register.db.execute("SELECT id FROM search_lots WHERE publication_number = ?", [publication_number])
    gone = rows.fetchall()
    if not gone:
        return
    last = _count_on(register, 1)
    for (identity,) in gone:
        register.db.execute("DELETE FROM search_terms WHERE rowid = ?", [identity])
        register.db.execute("DELETE FROM search_lots WHERE id = ?", [identity])
        register.db.execute("INSERT INTO search_gone (id, last) VALUES (?, ?)", [identity, last])


def _count_on(register: Register, by: int) -> int:
    """Raise the counter of ids; returns what it is then."""
    row = register.db.execute("UPDATE search_state SET last = last + ? RETURNING last", [by]).fetchone()
    return int(row[0])


def _numbers(register: Register, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The numbers by which values are kept; those that are new get one."""
    asked = json.dumps(sorted(wanted))
    pairs = "SELECT value ->> 0 AS kind, value ->> 1 AS value FROM json_each(:asked)"
    register.db.execute(f"INSERT OR IGNORE INTO search_values (kind, value) {pairs}", {"asked": asked})
    rows = register.db.execute(
        f"SELECT v.kind, v.value, v.id FROM ({pairs}) a JOIN search_values v USING (kind, value)", {"asked": asked}
    )
    return {(kind, value): number for kind, value, number in rows.fetchall()}


def values(register: Register) -> dict[int, tuple[str, str]]:
    """What the numbers in `Held.packed` stand for: (kind, value)."""
    rows = register.db.query("SELECT id, kind, value FROM search_values")
    return {row["id"]: (row["kind"], row["value"]) for row in rows}


def last(register: Register) -> int:
    """Changes with everything that is put in or taken out."""
    return int(register.db.execute("SELECT last FROM search_state").fetchone()[0])


def since(register: Register, before: int) -> tuple[list[Held], list[int]]:
    """Lots that were put in since `last` was `before`, by id, and the ids of those that were taken out."""
    came = register.db.execute("SELECT id, packed FROM search_lots WHERE id > ? ORDER BY id", [before]).fetchall()
    gone = register.db.execute("SELECT id FROM search_gone WHERE last > ?", [before]).fetchall()
    return [Held._make(row) for row in came], [identity for (identity,) in gone]


def found(register: Register, match: str) -> list[int]:
    """Ids of the lots that an FTS5 expression matches, in ascending order."""
    rows = register.db.execute("SELECT rowid FROM search_terms WHERE search_terms MATCH ? ORDER BY rowid", [match])
    return [identity for (identity,) in rows.fetchall()]


def lots(register: Register, ids: Sequence[int]) -> list[tuple[str, str]]:
    """(publication number, lot) of lots in the index, in the given order."""
    rows = register.db.query(
        "SELECT id, publication_number, lot FROM search_lots WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ids))],
    )
    named = {row["id"]: (row["publication_number"], row["lot"]) for row in rows}
    return [named[one] for one in ids if one in named]
