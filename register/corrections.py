"""Corrections: what a person says of a finding, kept by notice, clause, field and sentence.

Nothing said is ever deleted: a later word on the same sentence stands in place of the earlier one. What is said of one
notice of a tender holds for its other notices (a change notice repeats the text under a new number).
"""

from collections.abc import Iterable
from typing import Any, Literal, get_args

from pydantic import AwareDatetime, Field, model_validator

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Finding, Noun, Text

Verdict = Literal["right", "wrong", "negated", "boilerplate"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class Correction(Noun):
    """What somebody says of one finding.

    right: it stands as it is; wrong: the sentence does not say this clause, but `right_clause` or, where that is empty,
    none; negated: the sentence denies it; boilerplate: printed text that decides nothing.
    """

    id: int | None = None
    """Given by the register."""
    notice: str
    sentence: str
    """Key of the sentence: SHA-256 of its flattened text, which line breaks, hyphens and capitals do not change."""
    verdict: Verdict
    right_clause: str = ""
    who: Text = Field(min_length=1)
    note: Text = ""
    at: AwareDatetime
    finding: Finding
    """As it was when it was judged: its clause and field are part of the key."""
    passage: str = ""
    """The sentence with what stands around it, for gold data; empty where only a code speaks."""

    @model_validator(mode="after")
    def _one_class(self) -> "Correction":
        if self.right_clause and self.verdict != "wrong":
            raise ValueError("right_clause goes with the verdict wrong alone")
        return self

    @property
    def clause(self) -> str:
        """The clause that was found."""
        return self.finding.clause

    @property
    def field(self) -> str:
        """The text of the notice in which it was found."""
        return self.finding.field

    @property
    def key(self) -> tuple[str, str, str]:
        """Of two with the same one in a tender the later holds."""
        return self.clause, self.field, self.sentence

    @property
    def drops(self) -> bool:
        """Whether nothing of the finding is left."""
        return self.verdict == "boilerplate" or (self.verdict == "wrong" and not self.right_clause)


def record(register: Register, corrections: Iterable[Correction]) -> None:
    """Keep corrections, all or none. The notice must be in the register."""
    rows = [
        {
            "publication_number": own.notice,
            "clause": own.clause,
            "field": own.field,
            "sentence": own.sentence,
            "verdict": own.verdict,
            "right_clause": own.right_clause,
            "who": own.who,
            "note": own.note,
            "at": stamp(own.at),
            "finding": own.finding.model_dump_json(),
            "passage": own.passage,
        }
        for own in corrections
    ]
    register.insert_all("corrections", rows)


def of(register: Register, publication_number: str) -> list[Correction]:
    """The corrections that hold for a notice, also those made on other notices of its tender, oldest first."""
    rows = register.db.query(
        """
        SELECT c.* FROM notices own
        JOIN notices other ON other.publication_number = own.publication_number OR other.tender = own.tender
        JOIN corrections c ON c.publication_number = other.publication_number
        WHERE own.publication_number = ? ORDER BY c.id
        """,
        [publication_number],
    )
    return _latest(_correction(row) for row in rows)


def listing(register: Register) -> list[Correction]:
    """All corrections that hold, oldest first."""
    rows = register.db.query(
        """
        SELECT c.*, coalesce(n.tender, n.publication_number) AS tender
        FROM corrections c JOIN notices n USING (publication_number) ORDER BY c.id
        """
    )
    tenders: dict[str, list[Correction]] = {}
    for row in rows:
        tenders.setdefault(row["tender"], []).append(_correction(row))
    return sorted((own for made in tenders.values() for own in _latest(made)), key=lambda own: own.id or 0)


def state(register: Register) -> int:
    """Changes when a correction is made: what rests on findings is then to be reckoned anew."""
    return int(next(iter(register.db.query("SELECT coalesce(max(id), 0) AS last FROM corrections")))["last"])


def _latest(made: Iterable[Correction]) -> list[Correction]:
    latest: dict[tuple[str, str, str], Correction] = {}
    for own in made:
        # Put last, so that the order stays that of the ids.
        latest.pop(own.key, None)
        latest[own.key] = own
    return list(latest.values())


def _correction(row: dict[str, Any]) -> Correction:
    return Correction(
        id=row["id"],
        notice=row["publication_number"],
        sentence=row["sentence"],
        verdict=row["verdict"],
        right_clause=row["right_clause"],
        who=row["who"],
        note=row["note"],
        at=read_stamp(row["at"]),
        finding=Finding.model_validate_json(row["finding"]),
        passage=row["passage"],
    )
