"""Which notices are of one tender, and why: ties by their own ids, by rules (crawler/merging.py), and by persons.

A person's word stands over the rules'. What follows from the ties is reckoned in `grouping`, and stands in the columns
tender and superseded_by of the notices.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from config.errors import InputError, NotFoundError
from register import grouping
from register.clock import read_stamp, stamp
from register.database import Register
from register.grouping import Join, Row
from register.models import OPEN_FORMS


@dataclass(frozen=True)
class Tie:
    """What a rule says of two notices, in any order."""

    one: str
    other: str
    same: bool
    evidence: tuple[str, ...]
    rank: int = 0


def tender(register: Register, publication_number: str) -> str:
    """The number of the notice that stands for the tender. Raises NotFoundError."""
    rows = list(register.db.query("SELECT tender FROM notices WHERE publication_number = ?", [publication_number]))
    if not rows:
        raise _unknown(publication_number)
    return str(rows[0]["tender"] or publication_number)


def members(register: Register, publication_number: str) -> list[str]:
    """All notices of the tender by number, itself too: copies may know more, as documents. Raises NotFoundError."""
    own = tender(register, publication_number)
    rows = register.db.query(
        "SELECT publication_number FROM notices WHERE tender = ? ORDER BY publication_number", [own]
    )
    return [row["publication_number"] for row in rows] or [own]


def line(register: Register, publication_number: str) -> list[str]:
    """The notices of the tender that its own ids (BT-04, BT-758) tie to this one, itself too, in order of publication;
    only those that may lead to bids, where this one may. Raises NotFoundError.
    """
    rows = {row["publication_number"]: row for row in _rows(register, members(register, publication_number))}
    groups = grouping.groups(rows, ())
    own = next(group for group in groups if any(row["publication_number"] == publication_number for row in group))
    open_form = rows[publication_number]["form_type"] in OPEN_FORMS
    kept = [row for row in own if (row["form_type"] in OPEN_FORMS) == open_form]
    return [row["publication_number"] for row in sorted(kept, key=grouping.dated)]


def of(register: Register, publication_number: str) -> list[Join]:
    """All words on a notice by rules and persons; ties by its own ids are in `by_ids`."""
    rows = register.db.query(
        "SELECT * FROM joins WHERE first = :number OR second = :number ORDER BY first, second",
        {"number": publication_number},
    )
    return [_join(row) for row in rows]


def by_ids(register: Register, publication_number: str) -> list[tuple[str, str]]:
    """(number, reason) of each notice that is tied to this one by its own ids."""
    found = _rows(register, [publication_number])
    if not found:
        raise _unknown(publication_number)
    near = _rows(register, _near(register, found))
    own = found[0]
    reasons = []
    for row in near:
        if row["publication_number"] == own["publication_number"]:
            continue
        if own["procedure_id"] and row["procedure_id"] == own["procedure_id"]:
            reasons.append((row["publication_number"], f"samma förfarande (BT-04 {own['procedure_id']})"))
        elif grouping.changes(row, own) or grouping.changes(own, row):
            reasons.append((row["publication_number"], "den ena ändrar den andra (BT-758)"))
    return reasons


def decide(register: Register, one: str, other: str, *, same: bool, by: str, why: str, at: datetime) -> None:
    """A person's word on two notices; it replaces any earlier word on them and stands over the rules.

    Raises NotFoundError for an unknown notice; InputError for one notice twice, or an invented one with a real one.
    """
    first, second = sorted((one, other))
    known = {row["publication_number"]: row for row in _rows(register, [first, second])}
    for number in (one, other):
        if number not in known:
            raise _unknown(number)
    if first == second:
        raise InputError(first, None, "is one notice: name two")
    if same and known[first]["example"] != known[second]["example"]:
        raise InputError(f"{first} and {second}", None, "are an invented example and a real notice, which never join")
    if not by.strip():
        raise InputError("--by", None, "is empty: say who decides")
    before = connected(register, {first, second})
    join = Join(first, second, same, "person", (why.strip(),) if why.strip() else (), at, by.strip())
    with register.atomic():
        register.db.table("joins").upsert(_row(join), pk=("first", "second"))
        regroup(register, before)


class Keys(NamedTuple):
    """By what a notice is found: two notices that share a key may be of one tender.

    rows: (key, side, month) of each. A key with a side is shared only with notices of the other side, or with those of
    months (since year 0) at most one apart. own_procedure: two notices that both have one are not looked up.
    """

    rows: tuple[tuple[int, int | None, int | None], ...]
    own_procedure: bool


def keys(
    shared: Iterable[str], sided: Iterable[str], *, side: int, published: date | None, own_procedure: bool
) -> Keys:
    """Keys from words (pure).

    They become numbers, since the words would take more room than the notice does. Two of one number do no harm: a key
    only says that two notices are worth a look.
    """

    def number(word: str) -> int:
        return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") >> 1

    month = published.year * 12 + published.month if published else None
    rows = {number(word): (side, month) for word in sided} | {number(word): (None, None) for word in shared}
    return Keys(tuple((key, *how) for key, how in sorted(rows.items())), own_procedure)


def unsettled(register: Register, rules: str) -> list[str]:
    """Numbers of notices that these rules have not looked at in their latest version."""
    rows = register.db.query(
        """
        SELECT n.publication_number FROM notices n LEFT JOIN join_states s USING (publication_number)
        WHERE s.fingerprint IS NOT n.fingerprint OR s.rules != ? OR NOT s.settled ORDER BY n.publication_number
        """,
        [rules],
    )
    return [row["publication_number"] for row in rows]


def without_keys(register: Register, rules: str) -> dict[str, str]:
    """Those of the unsettled whose keys these rules did not make from their latest version, with its fingerprint."""
    rows = register.db.query(
        """
        SELECT n.publication_number, n.fingerprint FROM notices n LEFT JOIN join_states s USING (publication_number)
        WHERE s.fingerprint IS NOT n.fingerprint OR s.rules != ? ORDER BY n.publication_number
        """,
        [rules],
    )
    return {row["publication_number"]: row["fingerprint"] for row in rows}


def put_keys(register: Register, found: Sequence[tuple[str, str, Keys]], *, rules: str) -> None:
    """Set the keys of notices in place of any earlier ones: (number, fingerprint, keys made from that version by the
    rules). The notices are not settled by that.
    """
    for chunk in _chunks([number for number, _, _ in found]):
        register.db.execute(f"DELETE FROM join_keys WHERE publication_number IN ({_marks(chunk)})", chunk)
    register.execute_all(
        "INSERT INTO join_keys VALUES (?, ?, ?, ?, ?)",
        [(number, *row, int(keys.own_procedure)) for number, _, keys in found for row in keys.rows],
    )
    register.execute_all(
        """
        INSERT INTO join_states VALUES (?, ?, ?, 0)
        ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, rules = excluded.rules, settled = 0
        """,
        [(number, fingerprint, rules) for number, fingerprint, _ in found],
    )


def candidates(register: Register, numbers: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs (first, second) with one of the numbers that share a key."""
    found: set[tuple[str, str]] = set()
    for chunk in _chunks(sorted(numbers)):
        for own, other in (("own.own_procedure = 0", "1"), ("own.own_procedure = 1", "other.own_procedure = 0")):
            rows = register.db.execute(
                f"""
                SELECT DISTINCT own.publication_number, other.publication_number
                FROM join_keys own JOIN join_keys other ON other.key = own.key AND {other}
                WHERE own.publication_number IN ({_marks(chunk)}) AND {own}
                  AND other.publication_number != own.publication_number
                  AND (own.side IS NULL AND other.side IS NULL OR own.side != other.side
                       OR own.month BETWEEN other.month - 1 AND other.month + 1)
                """,
                chunk,
            )
            found.update((min(pair), max(pair)) for pair in rows)
    return found


def settled(register: Register, numbers: Iterable[str]) -> None:
    """Note that the rules have looked at the numbers."""
    register.execute_all(
        "UPDATE join_states SET settled = 1 WHERE publication_number = ?", [(number,) for number in sorted(numbers)]
    )


def connected(register: Register, numbers: Iterable[str]) -> set[str]:
    """The numbers and all that they are tied to, directly or over others, whether or not they end as one tender."""
    return set(_connected(register, numbers))


def tied_groups(register: Register, numbers: Iterable[str]) -> list[list[str]]:
    """Groups of three or more among the numbers that are tied, directly or over others, whatever keeps them apart."""
    rows = {row["publication_number"]: row for row in _rows(register, set(numbers))}
    same = [join for join in _within(register, set(rows)) if join.same]
    found = grouping.groups(rows, same)
    return [[row["publication_number"] for row in group] for group in found if len(group) > 2]


def latest_of_lines(register: Register, numbers: Iterable[str]) -> list[str]:
    """Of the numbers, those that no later notice of the same procedure, and no change, has replaced."""
    return sorted(row["publication_number"] for row in grouping.latest(_rows(register, sorted(numbers))))


def put_ties(register: Register, numbers: Iterable[str], ties: Iterable[Tie], *, same: bool, at: datetime) -> None:
    """Set what rules say of the numbers, in place of what they said; a person's word on the same two stays.

    same: whether this sets the ties that join, or those that keep apart. A word that has not changed keeps its time.
    """
    own = set(numbers)
    wanted: dict[tuple[str, str], Join] = {}
    for tie in ties:
        first, second = sorted((tie.one, tie.other))
        wanted[first, second] = Join(first, second, tie.same, "rule", tie.evidence, at, rank=tie.rank)
    known: dict[tuple[str, str], Join] = {}
    for chunk in _chunks(sorted(own.union(*wanted))):
        rows = register.db.query(
            f"SELECT * FROM joins WHERE first IN ({_marks(chunk)}) OR second IN ({_marks(chunk)})", [*chunk, *chunk]
        )
        known |= {(row["first"], row["second"]): _join(row) for row in rows}
    for pair, join in known.items():
        if join.made_by == "rule" and join.same is same and pair not in wanted and own.intersection(pair):
            register.db.execute("DELETE FROM joins WHERE first = ? AND second = ?", pair)
    for pair, join in sorted(wanted.items()):
        before = known.get(pair)
        if before is None or (before.made_by == "rule" and not _agree(before, join)):
            register.db.table("joins").upsert(_row(join), pk=("first", "second"))


def regroup(register: Register, numbers: Iterable[str]) -> None:
    """Reckon anew which notices are one tender, and which stands for it, among all that the numbers are tied to.

    notices.tender names the notice that stands for the tender; those that it replaces are superseded by it.
    """
    rows = _connected(register, numbers)
    changed: list[tuple[str, str | None, str]] = []
    for group in grouping.groups(rows, _within(register, set(rows))):
        chosen = grouping.chosen(group)
        superseded = grouping.superseded(group, chosen)
        for row in group:
            number = row["publication_number"]
            if (row["tender"], row["superseded_by"]) != (chosen, superseded.get(number)):
                changed.append((chosen, superseded.get(number), number))
    register.execute_all("UPDATE notices SET tender = ?, superseded_by = ? WHERE publication_number = ?", changed)


def _rows(register: Register, numbers: Iterable[str]) -> list[Row]:
    found: list[Row] = []
    for chunk in _chunks(sorted(numbers)):
        found += register.db.query(
            f"""
            SELECT publication_number, origin, procedure_id, notice_id, version, changes_notice, form_type, published,
                   closed, example, superseded_by, tender, reading, cancelled
            FROM notices WHERE publication_number IN ({_marks(chunk)}) ORDER BY publication_number
            """,
            chunk,
        )
    return found


def _connected(register: Register, numbers: Iterable[str]) -> dict[str, Row]:
    """The rows of the numbers and of all that they are tied to, directly or over others."""
    found: dict[str, Row] = {}
    edge = set(numbers)
    while edge:
        rows = _rows(register, edge)
        found.update((row["publication_number"], row) for row in rows)
        edge = _near(register, rows) - found.keys()
    return {number: found[number] for number in sorted(found)}


def _near(register: Register, rows: Sequence[Row]) -> set[str]:
    """Numbers tied to one of the rows by an id or by a word that they are one."""
    asked: list[tuple[str, list[Any]]] = []
    for chunk in _chunks([row["publication_number"] for row in rows]):
        asked.append((f"SELECT second AS n FROM joins WHERE same = 1 AND first IN ({_marks(chunk)})", chunk))
        asked.append((f"SELECT first AS n FROM joins WHERE same = 1 AND second IN ({_marks(chunk)})", chunk))
    for column, values in (
        ("procedure_id", {row["procedure_id"] for row in rows}),
        ("changes_notice", {grouping.own_id(row) for row in rows if row["notice_id"]}),
    ):
        for chunk in _chunks(sorted(value for value in values if value)):
            asked.append((f"SELECT publication_number AS n FROM notices WHERE {column} IN ({_marks(chunk)})", chunk))
    for row in rows:
        if row["changes_notice"]:
            notice_id, _, version = row["changes_notice"].rpartition("-")
            asked.append(
                (
                    "SELECT publication_number AS n FROM notices WHERE notice_id = ? AND coalesce(version, '') = ?",
                    [notice_id, version],
                )
            )
    return {found["n"] for query, values in asked for found in register.db.query(query, values)}


def _within(register: Register, numbers: set[str]) -> list[Join]:
    found = []
    for chunk in _chunks(sorted(numbers)):
        found += [
            _join(row) for row in register.db.query(f"SELECT * FROM joins WHERE first IN ({_marks(chunk)})", chunk)
        ]
    return [join for join in found if join.second in numbers]


def _chunks(values: Sequence[str], size: int = 500) -> list[list[str]]:
    return [list(values[start : start + size]) for start in range(0, len(values), size)]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _agree(one: Join, other: Join) -> bool:
    return (one.same, one.evidence, one.rank) == (other.same, other.evidence, other.rank)


def _row(join: Join) -> dict[str, Any]:
    return {
        "first": join.first,
        "second": join.second,
        "same": int(join.same),
        "made_by": join.made_by,
        "who": join.who,
        "rank": join.rank,
        "evidence": json.dumps(join.evidence, ensure_ascii=False),
        "at": stamp(join.at),
    }


def _join(row: Row) -> Join:
    return Join(
        first=row["first"],
        second=row["second"],
        same=bool(row["same"]),
        made_by=row["made_by"],
        evidence=tuple(json.loads(row["evidence"])),
        at=read_stamp(row["at"]),
        who=row["who"],
        rank=row["rank"],
    )


def _unknown(number: str) -> NotFoundError:
    return NotFoundError(f"No notice {number} in the register. `anbudslots notices list` shows what there is.")
