"""From ties to tenders (pure): which notices are one, which stands for them, and which it replaces.

All follows from the notices and the words on them; the order in which they came does not matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from config import joins as knowledge
from register.models import OPEN_FORMS

READINGS = ("alert", "short", "full")
"""How much was read, from least to most."""

Row = Mapping[str, Any]
"""Of a notice: publication_number, origin, procedure_id, notice_id, version, changes_notice, form_type, published,
closed, example, reading, cancelled (BT-140).
"""


@dataclass(frozen=True)
class Join:
    """A word on two notices, first < second: one tender or two, by whom, and why in plain Swedish.

    rank: how sure a rule is, 0 the surest; it decides where ties contradict each other.
    """

    first: str
    second: str
    same: bool
    made_by: Literal["rule", "person"]
    evidence: tuple[str, ...]
    at: datetime
    who: str = ""
    rank: int = 0


def groups(rows: Mapping[str, Row], joins: Iterable[Join]) -> list[list[Row]]:
    """The tenders among tied notices: ties are followed from the surest on, unless that unites what was kept apart.

    Persons' words go first, then ids, then rules. What rules keep apart, ids and persons may unite.
    """
    ties: list[tuple[tuple[int, float], str, str]] = []
    apart: set[tuple[str, str]] = set()
    apart_by_persons: set[tuple[str, str]] = set()
    for join in joins:
        if rows[join.first]["example"] != rows[join.second]["example"]:
            continue
        if not join.same:
            apart.add((join.first, join.second))
            if join.made_by == "person":
                apart_by_persons.add((join.first, join.second))
        else:
            # Of persons' words the newest goes first; of rules' the surest.
            rank = -1 if join.made_by == "person" else 1 + join.rank
            newest = -join.at.timestamp() if rank < 0 else 0.0
            ties.append(((rank, newest), join.first, join.second))
    ties += [((0, 0.0), *pair) for pair in _id_ties(list(rows.values()))]
    group_of = {number: {number} for number in rows}
    for (rank, _), first, second in sorted(ties):
        one, other = group_of[first], group_of[second]
        kept = apart if rank > 0 else apart_by_persons
        if one is other or (kept and any(pair in kept for a in one for b in other for pair in ((a, b), (b, a)))):
            continue
        one |= other
        for number in other:
            group_of[number] = one
    unique = {min(group): group for group in group_of.values()}
    return [[rows[number] for number in sorted(group)] for _, group in sorted(unique.items())]


def _id_ties(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Pairs tied by ids: a chain through each procedure, and each change with what it changes."""
    procedures: dict[tuple[str, int], list[str]] = defaultdict(list)
    owners: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in rows:
        if row["procedure_id"]:
            procedures[row["procedure_id"], row["example"]].append(row["publication_number"])
        if row["notice_id"]:
            owners[own_id(row), row["example"]].append(row["publication_number"])
    pairs = [pair for family in procedures.values() for pair in pairwise(family)]
    for row in rows:
        if row["changes_notice"]:
            number = row["publication_number"]
            named = owners.get((row["changes_notice"], row["example"]), [])
            pairs += [(min(number, other), max(number, other)) for other in named if other != number]
    return pairs


def chosen(group: Sequence[Row]) -> str:
    """The notice that stands for a tender.

    What may lead to bids goes before results; what has been replaced in its own line (a procedure's later notice, a
    change) stands back. A cancellation holds, unless a fully read notice was published after it. Then: what takes bids
    before what only prepares; live before statistics; read fully before in part; a source that goes first
    (config/joins.yaml); what was published last.
    """
    lines = latest(group)
    cancelled = [row for row in lines if is_cancelled(row)]
    if cancelled:
        last = max(row["published"] or "" for row in cancelled)
        reopened = [
            row
            for row in lines
            if not is_cancelled(row) and row["reading"] == "full" and (row["published"] or "") > last
        ]
        lines = reopened or cancelled
    return str(max(lines, key=_standing)["publication_number"])


def is_cancelled(row: Row) -> bool:
    """Whether it could lead to bids and was called off (BT-140); what statistics list is closed, but not cancelled."""
    called_off = row["closed"] and row["origin"] not in knowledge.load().numbers_procurements
    return row["form_type"] in OPEN_FORMS and bool(row["cancelled"] or called_off)


def _standing(row: Row) -> tuple[Any, ...]:
    precedence = knowledge.load().precedence
    place = precedence.index(row["origin"]) if row["origin"] in precedence else len(precedence)
    return (
        row["form_type"] not in ("planning", "consultation"),
        is_cancelled(row) or not row["closed"],
        READINGS.index(row["reading"]),
        -place,
        row["published"] or "",
        row["version"] or "",
        row["publication_number"],
    )


def latest(group: Sequence[Row]) -> list[Row]:
    """Those that no other of the group replaces: open forms if there are any, else all."""
    open_forms = [row for row in group if row["form_type"] in OPEN_FORMS] or list(group)
    replaced = _changers(group)
    unchanged = [row for row in open_forms if row["publication_number"] not in replaced] or open_forms
    lines: dict[str, Row] = {}
    for row in unchanged:
        key = row["procedure_id"] or f"number {row['publication_number']}"
        if key not in lines or dated(row) > dated(lines[key]):
            lines[key] = row
    return list(lines.values())


def superseded(group: Sequence[Row], chosen: str) -> dict[str, str]:
    """Who stands for whom. Results supersede nothing and are superseded only by what changes them."""
    found = {}
    changers = _changers(group)
    for row in group:
        number = row["publication_number"]
        if number == chosen:
            continue
        if row["form_type"] in OPEN_FORMS:
            found[number] = chosen
        elif number in changers:
            found[number] = str(max(changers[number], key=dated)["publication_number"])
    return found


def _changers(group: Sequence[Row]) -> dict[str, list[Row]]:
    """Who changes whom (BT-758) within a tender: number -> its changers."""
    named: dict[str, list[Row]] = defaultdict(list)
    for row in group:
        if row["changes_notice"]:
            named[row["changes_notice"]].append(row)
    found = {
        row["publication_number"]: [other for other in named.get(own_id(row), ()) if changes(other, row)]
        for row in group
    }
    return {number: changers for number, changers in found.items() if changers}


def dated(row: Row) -> tuple[str, str, str]:
    """The order of publication; ties go by version, then number."""
    return row["published"] or "", row["version"] or "", row["publication_number"]


def own_id(row: Row) -> str:
    """How BT-758 of another names a notice."""
    return f"{row['notice_id']}-{row['version'] or ''}"


def changes(one: Row, other: Row) -> bool:
    """Whether `one` names `other` as the notice it changes; two that name each other change nothing."""
    if one["publication_number"] == other["publication_number"] or not other["notice_id"]:
        return False
    named = one["changes_notice"] == own_id(other)
    return named and not (one["notice_id"] and other["changes_notice"] == own_id(one))
