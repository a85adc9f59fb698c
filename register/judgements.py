"""Judgements: what people say of matches. Every word is kept; of the same person's on the same lot the last holds."""

from collections.abc import Iterable
from typing import Any

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Judgement


def add(register: Register, judgement: Judgement) -> None:
    """Keep a judgement."""
    register.insert_all(
        "judgements",
        [{
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
        }],
    )  # fmt: skip


def of(register: Register, enterprise: str | None = None, *, everything: bool = False) -> list[Judgement]:
    """Judgements in the order of their time, of one enterprise or all.

    everything: also those that the same person has said anew.
    """
    rows = register.db.query(
        "SELECT * FROM judgements WHERE ? IS NULL OR enterprise = ? ORDER BY at, id", [enterprise, enterprise]
    )
    found = [_read(row) for row in rows]
    if everything:
        return found
    last = {(one.enterprise, one.notice, one.lot, one.who): one for one in found}
    return sorted(last.values(), key=lambda one: one.at)


def state(register: Register, enterprise: str) -> int:
    """Changes with each judgement of an enterprise."""
    rows = register.db.query("SELECT count(*) AS n FROM judgements WHERE enterprise = ?", [enterprise])
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
