"""Open data on social clauses: which tender has which clause, and whether code and text agree. Facts, no text.

What others have published can be taken in (`add`); it counts beside one's own tenders, which win where a number is in
both.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from register import clause_stats, corrections, hiding
from register.clause_stats import Screened
from register.clock import stamp
from register.database import Register

WITNESSES = ("conflict", "both", "text only", "code only", "")
"""Of several findings of one clause the first of these is told."""
READINGS = ("full", "short", "alert", "title")


@dataclass(frozen=True)
class Tender(Screened):
    """A tender that has been read. witness: by clause whether code and text agree, "" where no code could speak."""

    witness: dict[str, str]
    example: bool


def own(register: Register) -> list[Tender]:
    """The register's own screened tenders, by number; invented ones only where there are no real ones. Where a buyer is
    written with a registered enterprise's name, the name is left out.
    """
    witness: dict[str, dict[str, str]] = {}
    for row in register.db.query(
        "SELECT publication_number, clause, coalesce(json_extract(data, '$.witness'), '') AS witness FROM findings"
    ):
        told = witness.setdefault(row["publication_number"], {})
        known = told.get(row["clause"])
        if known is None or WITNESSES.index(row["witness"]) < WITNESSES.index(known):
            told[row["clause"]] = row["witness"]
    examples = {row["n"] for row in register.db.query("SELECT publication_number AS n FROM notices WHERE example = 1")}
    hide = hiding.names(register)
    return [
        Tender(
            **{**vars(one), "buyer": hide(one.buyer)},
            witness=witness.get(one.number, {}),
            example=one.number in examples,
        )
        for one in clause_stats.screened(register)
    ]


def everything(register: Register) -> list[Tender]:
    """One's own tenders and those that others have published, by number. Invented ones count only among themselves."""
    rows = register.db.query("SELECT number, data FROM open_tenders")
    found = {row["number"]: Tender(**json.loads(row["data"])) for row in rows}
    found |= {one.number: one for one in own(register)}
    real = [one for one in found.values() if not one.example]
    return sorted(real or found.values(), key=lambda one: one.number)


def add(register: Register, tenders: Iterable[Tender], *, at: datetime) -> Counter[str]:
    """Take in what others have published: how many were new, changed, unchanged. A later file replaces an earlier."""
    counts: Counter[str] = Counter()
    with register.atomic():
        known = {row["number"]: row["data"] for row in register.db.query("SELECT number, data FROM open_tenders")}
        for one in tenders:
            data = json.dumps(asdict(one), ensure_ascii=False, sort_keys=True)
            if known.get(one.number) == data:
                counts["unchanged"] += 1
                continue
            counts["changed" if one.number in known else "new"] += 1
            row = [one.number, data, stamp(at)]
            register.db.execute("INSERT OR REPLACE INTO open_tenders (number, data, imported) VALUES (?, ?, ?)", row)
    return counts


def state(register: Register) -> str:
    """Changes with what `everything` gives."""
    row = next(
        iter(
            register.db.query(
                """
                SELECT (SELECT count(*) || coalesce(max(at), '') FROM screened) AS screened,
                       (SELECT count(*) || coalesce(max(last_changed), '') FROM notices) AS notices,
                       (SELECT count(*) FROM notices WHERE superseded_by IS NULL) AS current,
                       (SELECT count(*) || coalesce(max(imported), '') FROM open_tenders) AS imported,
                       (SELECT count(*) || coalesce(max(last_changed), '') FROM enterprises) AS members
                """
            )
        )
    )
    return f"{' '.join(map(str, row.values()))} {corrections.state(register)}"


def agreement(tenders: Sequence[Tender]) -> dict[str, Counter[str]]:
    """By clause in how many tenders code and text agree, or one alone speaks; clauses without a code are left out."""
    found: dict[str, Counter[str]] = {}
    for one in tenders:
        for clause, word in one.witness.items():
            if word:
                found.setdefault(clause, Counter())[word] += 1
    return dict(sorted(found.items()))
