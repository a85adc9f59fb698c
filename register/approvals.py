"""Approvals: what an adviser held back from a letter, put into it, or worded anew, and whether it may go."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Noun, Text

Part = Literal["title", "about", "fits", "watch"]
"""What of a tender an adviser may word anew: its plain title, what the work is, why it fits, what to think of."""


class Addition(Noun):
    """A lot that the adviser wants in the letter, whatever its score."""

    notice: str
    lot: str
    note: Text = Field("", max_length=500)
    """What the adviser says of it."""


class Edit(Noun):
    """A part of a tender's text in the adviser's words; an empty text leaves the part out (a title must have one)."""

    notice: str
    lot: str
    part: Part
    text: Text = Field(max_length=1000)


class Approval(Noun):
    """What an adviser has decided of one enterprise's letter for one period."""

    enterprise: str
    period: str
    """ISO week, for example 2026-W48."""
    held: tuple[tuple[str, str], ...] = ()
    """(publication number, lot id) of what is not to go with this letter."""
    added: tuple[Addition, ...] = ()
    edits: tuple[Edit, ...] = ()
    note: Text = Field("", max_length=1000)
    """A few words of the adviser's at the letter's beginning."""
    by: Text = ""
    """Who approved it; empty until then."""
    at: AwareDatetime | None = None
    """When it was approved."""

    @property
    def approved(self) -> bool:
        """Whether somebody has let the letter go."""
        return self.at is not None


def of(register: Register, enterprise: str, period: str) -> Approval:
    """What is decided of a letter; an empty one where nobody has decided anything."""
    rows = list(register.db.query("SELECT * FROM approvals WHERE enterprise = ? AND period = ?", [enterprise, period]))
    return _read(rows[0]) if rows else Approval(enterprise=enterprise, period=period)


def save(register: Register, approval: Approval) -> None:
    """Keep what an adviser decided; it stands in place of what was decided of the same letter before."""
    with register.atomic():
        register.db.table("approvals").upsert(
            {
                "enterprise": approval.enterprise,
                "period": approval.period,
                "data": approval.model_dump_json(include={"held", "added", "edits", "note"}),
                "approved_by": approval.by,
                "approved_at": stamp(approval.at) if approval.at else None,
            },
            pk=("enterprise", "period"),
        )


def of_period(register: Register, period: str) -> list[Approval]:
    """All that is decided of a period's letters, by enterprise."""
    rows = register.db.query("SELECT * FROM approvals WHERE period = ? ORDER BY enterprise", [period])
    return [_read(row) for row in rows]


def _read(row: Mapping[str, Any]) -> Approval:
    return Approval.model_validate(
        {
            **json.loads(row["data"]),
            "enterprise": row["enterprise"],
            "period": row["period"],
            "by": row["approved_by"],
            "at": read_stamp(row["approved_at"]) if row["approved_at"] else None,
        }
    )
