"""Notices: every version kept, the latest of a procurement current."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from config.errors import NotFoundError
from register import joins, placements
from register.clock import read_stamp, stamp
from register.database import Register
from register.grouping import READINGS
from register.models import Notice, Noun

Outcome = Literal["new", "changed", "unchanged"]


class Entry(NamedTuple):
    """A notice made ready to be put in: all that follows from it alone. columns, lots, places: rows of the tables
    `notices`, `lots` and `lot_places`.
    """

    number: str
    reading: str
    columns: dict[str, Any]
    lots: list[dict[str, Any]]
    places: list[dict[str, str]]

    @property
    def fingerprint(self) -> str:
        """Of the notice."""
        return str(self.columns["fingerprint"])


def entry(notice: Notice) -> Entry:
    """Make a notice ready (pure; it takes longer than putting it in does)."""
    return Entry(notice.publication_number, notice.reading, _columns(notice), _lots(notice), placements.rows(notice))


def add(register: Register, notice: Notice, *, raw: str | None, at: datetime, regroup: bool = True) -> Outcome:
    """Put a notice in; the same content again changes nothing, other content becomes its latest version.

    A lower reading never replaces a higher one (full, short form, alert). An alert that tells less than an earlier one
    takes nothing back, and an old alert that is read again does not bring its old content back.

    raw: SHA-256 of the bytes it was read from, if they are in the archive. regroup: whether to reckon at once which
    notice stands for its tender; who adds many does so for all of them, in the same transaction (joins.regroup).
    """
    with register.atomic():
        outcome = put(register, [(entry(notice), raw)], at=at)[0]
        if regroup and outcome == "new":
            joins.regroup(register, [notice.publication_number])
    return outcome


def put(register: Register, entries: Sequence[tuple[Entry, str | None]], *, at: datetime) -> list[Outcome]:
    """Put many in as `add` does, in their order, each with the SHA-256 of its bytes.

    What is new is not grouped yet: call joins.regroup in the same transaction.
    """
    there = known(register, [own.number for own, _ in entries])
    fresh: dict[str, int] = {}
    for position, (own, _) in enumerate(entries):
        if own.number not in there:
            fresh.setdefault(own.number, position)
    new = [entries[position] for position in fresh.values()]
    seen = stamp(at)
    with register.atomic():
        register.insert_all(
            "notices", [{**own.columns, "raw": raw, "first_seen": seen, "last_changed": seen} for own, raw in new]
        )
        register.insert_all("notice_versions", [_version(own, raw, seen) for own, raw in new])
        register.insert_all("lots", [lot for own, _ in new for lot in own.lots])
        register.insert_all("lot_places", [place for own, _ in new for place in own.places])
        return [
            "new" if fresh.get(own.number) == position else _again(register, own, raw, seen)
            for position, (own, raw) in enumerate(entries)
        ]


def _version(own: Entry, raw: str | None, seen: str) -> dict[str, Any]:
    return {
        "publication_number": own.number,
        "fingerprint": own.fingerprint,
        "seen": seen,
        "raw": raw,
        "data": own.columns["data"],
    }


def _again(register: Register, own: Entry, raw: str | None, seen: str) -> Outcome:
    """Put in a notice whose number is known."""
    number = own.number
    before = next(
        iter(register.db.query("SELECT fingerprint, raw, data FROM notices WHERE publication_number = ?", [number]))
    )
    if own.reading != "full":
        notice, earlier = (Notice.model_validate_json(data) for data in (own.columns["data"], before["data"]))
        if READINGS.index(notice.reading) < READINGS.index(earlier.reading):
            return "unchanged"
        if earlier.reading == "alert":
            full = filled(notice, earlier)
            # The mail that the present content was read from is no old one: a better reader may have read it.
            mail = raw if raw != before["raw"] else None
            if full != earlier and _is_old(register, number, mail, (own.fingerprint, full.fingerprint())):
                return "unchanged"
            own = entry(full)
    # Bytes that were read before say nothing new: what today's parser reads otherwise in them is put in by `reread`.
    if before["fingerprint"] == own.fingerprint or (raw and before["raw"] == raw):
        if raw and raw != before["raw"] and own.reading == "full":
            _read_from_now_on(register, number, before["raw"], raw)
        return "unchanged"
    # What its earlier version was tied to is grouped anew without it.
    tied = joins.connected(register, [number])
    register.db.table("notices").update(number, {**own.columns, "raw": raw, "last_changed": seen})
    register.db.table("notice_versions").upsert(_version(own, raw, seen), pk=("publication_number", "fingerprint"))
    _put_lots(register, own)
    joins.regroup(register, [*tied, number])
    return "changed"


def _read_from_now_on(register: Register, number: str, before: str | None, raw: str) -> None:
    """The source says the same in other bytes: these are what a better parser has to read."""
    with register.atomic():
        for table in ("notices", "notice_versions", "misreadings"):
            register.db.execute(
                f"UPDATE OR REPLACE {table} SET raw = ? WHERE publication_number = ? AND raw IS ?",
                [raw, number, before],
            )


class Known(NamedTuple):
    """A version of a notice as it was read from some bytes, and whether it is the current one."""

    notice: Notice
    current: bool


def read_from(register: Register, publication_number: str, raw: str) -> Known | None:
    """What is known of a notice from bytes with this SHA-256; None where none of its versions was read from them."""
    rows = register.db.query(
        """
        SELECT v.data, v.fingerprint = n.fingerprint AS current
        FROM notice_versions v JOIN notices n USING (publication_number)
        WHERE publication_number = ? AND v.raw = ? ORDER BY current DESC, v.seen DESC LIMIT 1
        """,
        [publication_number, raw],
    )
    return next((Known(Notice.model_validate_json(row["data"]), bool(row["current"])) for row in rows), None)


def reread(register: Register, notice: Notice, *, raw: str) -> None:
    """Put a better reading of the same bytes in place of the earlier one: no new version, and no change by the source.
    Where it has other last days, the earlier reading is kept (`misreadings`).

    Raises NotFoundError where no version was read from these bytes.
    """
    number = notice.publication_number
    known = read_from(register, number, raw)
    if known is None:
        raise NotFoundError(f"No version of {number} was read from the bytes {raw}.")
    with register.atomic():
        if _last_days(known.notice) != _last_days(notice):
            row = {"publication_number": number, "raw": raw, "fingerprint": known.notice.fingerprint()}
            register.db.table("misreadings").upsert(
                {**row, "data": known.notice.model_dump_json()}, pk=("publication_number", "raw", "fingerprint")
            )
        register.db.execute(
            """
            UPDATE OR REPLACE notice_versions SET fingerprint = ?, data = ?
            WHERE publication_number = ? AND fingerprint = ?
            """,
            [notice.fingerprint(), notice.model_dump_json(), number, known.notice.fingerprint()],
        )
        if known.current:
            before = joins.connected(register, [number])
            own = entry(notice)
            register.db.table("notices").update(number, own.columns)
            _put_lots(register, own)
            joins.regroup(register, [*before, number])


def misreadings(register: Register, publication_number: str) -> list[Notice]:
    """What earlier parsers read in the bytes of a notice's latest version, where they read other last days."""
    rows = register.db.query(
        """
        SELECT m.data FROM misreadings m JOIN notices n USING (publication_number, raw)
        WHERE publication_number = ? ORDER BY m.fingerprint
        """,
        [publication_number],
    )
    return [Notice.model_validate_json(row["data"]) for row in rows]


def _last_days(notice: Notice) -> tuple[object, ...]:
    """What tells a bidder until when there is time."""
    lots = tuple((lot.id, lot.deadline, lot.open_ended) for lot in notice.lots)
    return (notice.closed, notice.change_reason, notice.reading, lots)


def _columns(notice: Notice) -> dict[str, Any]:
    """The columns of `notices` that follow from the notice itself."""
    return {
        "publication_number": notice.publication_number,
        "origin": notice.origin,
        "procedure_id": notice.procedure_id,
        "notice_id": notice.notice_id,
        "version": notice.version,
        "changes_notice": notice.changes_notice,
        "form_type": notice.form_type,
        "title": notice.title,
        "buyer": notice.buyer.name,
        "published": notice.published.isoformat() if notice.published else None,
        "closed": int(notice.closed),
        "reading": notice.reading,
        "cancelled": int(notice.change_reason == "cancel"),
        "example": int(notice.is_example),
        "fingerprint": notice.fingerprint(),
        "data": notice.model_dump_json(),
    }


def _lots(notice: Notice) -> list[dict[str, Any]]:
    """The rows of `lots` that follow from the notice itself."""
    number = notice.publication_number
    return [
        {
            "id": lot_key(number, lot.id),
            "publication_number": number,
            "lot": lot.id,
            "title": lot.title,
            "description": lot.description,
            "buyer": notice.buyer.name,
            "deadline": stamp(lot.deadline) if lot.deadline else None,
        }
        for lot in notice.lots
    ]


def _put_lots(register: Register, own: Entry) -> None:
    """Set a notice's lots in place of any earlier ones."""
    register.db.execute("DELETE FROM lots WHERE publication_number = ?", [own.number])
    register.insert_all("lots", own.lots)
    placements.put(register, own.number, own.places)


def lot_key(number: str, lot: str) -> int:
    """A lot's row id, 63 bits: from what it is, so that the order of arrival leaves no trace."""
    return int.from_bytes(hashlib.sha256(f"{number}\n{lot}".encode()).digest()[:8], "big") >> 1


def _is_old(register: Register, number: str, raw: str | None, fingerprints: Sequence[str]) -> bool:
    """Whether an earlier version was read from the same mail, or said the same."""
    return any(
        (raw is not None and row["raw"] == raw) or row["fingerprint"] in fingerprints
        for row in register.db.query(
            "SELECT fingerprint, raw FROM notice_versions WHERE publication_number = ?", [number]
        )
    )


def filled(notice: Notice, earlier: Notice) -> Notice:
    """An alert with what it does not tell taken from the earlier alert of the same notice."""

    def empty(noun: Noun, other: Noun) -> dict[str, Any]:
        names = type(noun).model_fields
        return {name: getattr(other, name) for name in names if getattr(noun, name) in (None, "", ())}

    lots = notice.lots
    if len(lots) == len(earlier.lots) == 1:
        missing = empty(lots[0], earlier.lots[0])
        if lots[0].open_ended:
            missing.pop("deadline", None)
        lots = (lots[0].model_copy(update=missing),)
    return notice.model_copy(update={**empty(notice, earlier), "lots": lots})


def get(register: Register, publication_number: str) -> Notice:
    """The latest version of a notice. Raises NotFoundError."""
    rows = list(register.db.query("SELECT data FROM notices WHERE publication_number = ?", [publication_number]))
    if not rows:
        raise NotFoundError(
            f"No notice {publication_number} in the register. `anbudslots notices list` shows what there is."
        )
    return Notice.model_validate_json(rows[0]["data"])


def versions(register: Register, publication_number: str) -> list[tuple[datetime, Notice]]:
    """All versions of one publication number, oldest first, with the time each was first seen."""
    return [(seen, notice) for seen, _, notice in readings(register, publication_number)]


def readings(register: Register, publication_number: str) -> list[tuple[datetime, str | None, Notice]]:
    """(first seen, SHA-256 of the bytes it was read from, version) of one publication number, oldest first."""
    rows = register.db.query(
        "SELECT seen, raw, data FROM notice_versions WHERE publication_number = ? ORDER BY seen, rowid",
        [publication_number],
    )
    return [(read_stamp(row["seen"]), row["raw"], Notice.model_validate_json(row["data"])) for row in rows]


def current(register: Register, *, closed: bool | None = None) -> Iterator[Notice]:
    """All notices that no other supersedes, by number.

    closed=False leaves out those closed for good, and those that are no longer published; closed=True has only these.
    """
    where = "" if closed is None else f" AND (closed = 1 OR gone IS NOT NULL) = {int(closed)}"
    for row in register.db.query(
        f"SELECT data FROM notices WHERE superseded_by IS NULL{where} ORDER BY publication_number"
    ):
        yield Notice.model_validate_json(row["data"])


def listing(register: Register, *, words: str = "", limit: int | None = None) -> list[dict[str, Any]]:
    """Rows for a list: publication_number, title, buyer, published, deadline (earliest lot), lots, origin, form_type,
    closed, example, superseded_by; newest first. words: full-text search over title, description and buyer.
    """
    match = ""
    arguments: dict[str, Any] = {"limit": -1 if limit is None else limit}
    if words.strip():
        match = """WHERE n.publication_number IN (
            SELECT l.publication_number FROM lots l JOIN lots_fts ON lots_fts.rowid = l.id
            WHERE lots_fts MATCH :words)"""
        arguments["words"] = " ".join('"' + word.replace('"', '""') + '"*' for word in words.split())
    rows = register.db.query(
        f"""
        SELECT n.publication_number, n.title, n.buyer, n.published, min(l.deadline) AS deadline, count(*) AS lots,
               n.origin, n.form_type, n.closed, n.example, n.superseded_by
        FROM notices n JOIN lots l USING (publication_number) {match}
        GROUP BY n.publication_number
        ORDER BY n.published DESC, n.publication_number DESC LIMIT :limit
        """,
        arguments,
    )
    return [{**row, "closed": bool(row["closed"]), "example": bool(row["example"])} for row in rows]


def provenance(register: Register, publication_number: str) -> dict[str, Any]:
    """superseded_by, tender, gone (since when it is no longer published), raw, first_seen and last_changed of a notice.

    Raises NotFoundError.
    """
    get(register, publication_number)
    return next(
        iter(
            register.db.query(
                """SELECT superseded_by, tender, gone, raw, first_seen, last_changed FROM notices
                WHERE publication_number = ?""",
                [publication_number],
            )
        )
    )


def is_known(register: Register, publication_number: str) -> bool:
    """Whether a publication number is known."""
    return bool(list(register.db.query("SELECT 1 FROM notices WHERE publication_number = ?", [publication_number])))


def known(register: Register, publication_numbers: Iterable[str]) -> frozenset[str]:
    """Which of the notices are in the register."""
    rows = register.db.query(
        "SELECT publication_number FROM notices WHERE publication_number IN (SELECT value FROM json_each(?))",
        [json.dumps(sorted(publication_numbers))],
    )
    return frozenset(row["publication_number"] for row in rows)


def count(register: Register) -> int:
    """How many publication numbers there are."""
    return int(next(iter(register.db.query("SELECT count(*) AS n FROM notices")))["n"])
