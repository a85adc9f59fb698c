"""Papers that show what an enterprise is: statutes, share of the target group, certificates; with dates and reminders.

Who bids on a reserved contract shows that it may by such papers (LOU 4 kap. 18 §); whether they are enough the buyer
decides. Nothing on single persons belongs here: share and date, no names.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal, get_args

from pydantic import AwareDatetime, Field

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Noun, Text

EvidenceKind = Literal["statutes", "share", "certificate", "idea_driven", "permit", "tax", "insurance", "other"]
"""statutes: the main aim is to integrate; share: percent of those who work that belong to the target group;
certificate: such as Skoopi's; idea_driven: registered as an idéburen organisation; permit, tax, insurance: often asked.
"""
KINDS: tuple[EvidenceKind, ...] = get_args(EvidenceKind)
SOON = timedelta(days=60)
"""How long before its last day one is reminded."""
SHARE_LASTS = timedelta(days=365)
"""How long a share counts as fresh where no last day is given: buyers ask for a figure of the year."""


class Evidence(Noun):
    """A paper. dated: of the paper; until: its last day, None where it has none; percent: of a share."""

    id: int = 0
    enterprise: str
    kind: EvidenceKind
    dated: date
    until: date | None = None
    percent: float | None = Field(None, ge=0, le=100)
    note: Text = Field("", max_length=500)
    name: Text = Field("", max_length=200)
    """Of its file; empty where the paper lies elsewhere."""
    media_type: str = ""
    by: Text
    """Who put it in."""
    at: AwareDatetime

    @property
    def last_day(self) -> date | None:
        """The day after which it is out of date."""
        return self.dated + SHARE_LASTS if self.until is None and self.kind == "share" else self.until

    def standing(self, today: date) -> Literal["good", "soon", "over"]:
        """Whether it is in date, will soon be out of it, or is."""
        last = self.last_day
        if last is None or last - SOON > today:
            return "good"
        return "over" if last < today else "soon"


def add(register: Register, evidence: Evidence, content: bytes | None) -> int:
    """Keep a paper, with its file where there is one; returns its number."""
    row = {
        **evidence.model_dump(exclude={"id", "dated", "until", "at"}),
        "dated": evidence.dated.isoformat(),
        "until": evidence.until.isoformat() if evidence.until else None,
        "content": content,
        "at": stamp(evidence.at),
    }
    return int(str(register.db.table("evidence").insert(row, pk="id").last_pk))


def of(register: Register, enterprise: str) -> list[Evidence]:
    """An enterprise's papers, by kind, the newest first."""
    rows = register.db.query(
        f"SELECT {COLUMNS} FROM evidence WHERE enterprise = ? ORDER BY kind, dated DESC, id DESC", [enterprise]
    )
    return [_read(row) for row in rows]


def in_force(register: Register, enterprise: str) -> list[Evidence]:
    """The newest paper of each kind: an older one is no longer looked at."""
    newest: dict[str, Evidence] = {}
    for one in of(register, enterprise):
        newest.setdefault(one.kind, one)
    return list(newest.values())


def due(register: Register, enterprise: str, today: date) -> list[Evidence]:
    """Papers in force that are out of date or will be within SOON, the most urgent first."""
    found = [one for one in in_force(register, enterprise) if one.standing(today) != "good"]
    return sorted(found, key=lambda one: (one.last_day or date.max, one.kind))


def file(register: Register, enterprise: str, number: int) -> tuple[Evidence, bytes]:
    """A paper with its file. Raises NotFoundError where the enterprise has none of that number."""
    rows = register.db.query("SELECT * FROM evidence WHERE enterprise = ? AND id = ?", [enterprise, number])
    for row in rows:
        if row["content"] is not None:
            return _read(row), bytes(row["content"])
    raise NotFoundError(f"{enterprise} has no paper {number} with a file.")


def drop(register: Register, enterprise: str, number: int) -> bool:
    """Forget a paper and its file; False where the enterprise has none of that number."""
    with register.atomic():
        done = register.db.execute("DELETE FROM evidence WHERE enterprise = ? AND id = ?", [enterprise, number])
    return bool(done.rowcount)


COLUMNS = "id, enterprise, kind, dated, until, percent, note, name, media_type, by, at"


def _read(row: Mapping[str, Any]) -> Evidence:
    return Evidence.model_validate(
        {
            **{key: row[key] for key in ("id", "enterprise", "kind", "percent", "note", "name", "media_type", "by")},
            "dated": date.fromisoformat(row["dated"]),
            "until": date.fromisoformat(row["until"]) if row["until"] else None,
            "at": read_stamp(row["at"]),
        }
    )
