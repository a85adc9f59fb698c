"""Permissions to crawl a source whose dossier asks for one: recorded by a person, with a last day, withdrawable."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from config.errors import NotFoundError
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Noun, Text

ZONE = ZoneInfo("Europe/Stockholm")
"""Where the last day of a permission ends at midnight."""
TOLD_DAYS = 60
"""How long it is said that a permission has run out."""


class Permission(Noun):
    """by: who recorded it and answers for it; reference: who gave it, when, and where it is kept; until: last day."""

    id: int
    source: str
    by: Text = Field(min_length=1)
    reference: Text = Field(min_length=1)
    until: date
    recorded: AwareDatetime
    withdrawn: AwareDatetime | None = None
    withdrawn_by: Text | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it holds at `at`: recorded by then, not withdrawn, and its last day is not over in Sweden."""
        return self.recorded <= at and self.withdrawn is None and at.astimezone(ZONE).date() <= self.until

    def ended(self, at: datetime) -> str:
        """Why it does not hold at `at`, in words; empty while it does."""
        if self.withdrawn is not None:
            return f"was withdrawn on {self.withdrawn.astimezone(ZONE).date()} by {self.withdrawn_by}"
        if at.astimezone(ZONE).date() > self.until:
            return f"ended with {self.until}"
        if self.recorded > at:
            return f"was recorded on {self.recorded.astimezone(ZONE).date()}, after the day of this run"
        return ""


def record(register: Register, source: str, *, by: str, reference: str, until: date, at: datetime) -> Permission:
    """Keep a permission for `source` that holds up to and with the day `until`."""
    row = {
        "source": source,
        "recorded_by": by,
        "reference": reference,
        "until": until.isoformat(),
        "recorded": stamp(at),
        "withdrawn": None,
        "withdrawn_by": None,
    }
    key = register.db.table("permissions").insert(row, pk="id").last_pk
    return _permission({**row, "id": int(str(key))})


def withdraw(register: Register, source: str, *, by: str, at: datetime) -> tuple[Permission, ...]:
    """Withdraw the permissions of `source` that hold at `at` or would hold later; returns them.

    Raises NotFoundError where there are none.
    """
    with register.atomic():
        standing = [own for own in listing(register, source) if own.withdrawn is None and own.until >= _day(at)]
        if not standing:
            raise NotFoundError(f"There is no permission for {source} to withdraw.")
        for own in standing:
            register.db.table("permissions").update(own.id, {"withdrawn": stamp(at), "withdrawn_by": by})
    return tuple(own.model_copy(update={"withdrawn": at, "withdrawn_by": by}) for own in standing)


def in_force(register: Register, source: str, at: datetime) -> Permission | None:
    """The permission of `source` that holds at `at`, the longest of several."""
    holding = [own for own in listing(register, source) if own.in_force(at)]
    return max(holding, key=lambda own: (own.until, own.id), default=None)


def run_out(register: Register, source: str, at: datetime) -> Permission | None:
    """The permission of `source` whose last day was within TOLD_DAYS before `at`, where none holds and the last was not
    withdrawn: it may have been forgotten.
    """
    held = [own for own in listing(register, source) if own.recorded <= at]
    if not held or held[-1].withdrawn is not None or in_force(register, source, at):
        return None
    last = max(held, key=lambda own: (own.until, own.id))
    return last if _day(at) - last.until <= timedelta(days=TOLD_DAYS) else None


def listing(register: Register, source: str) -> list[Permission]:
    """All permissions that were ever recorded for `source`, oldest first."""
    rows = register.db.query("SELECT * FROM permissions WHERE source = ? ORDER BY id", [source])
    return [_permission(row) for row in rows]


def _permission(row: Mapping[str, Any]) -> Permission:
    return Permission(
        id=row["id"],
        source=row["source"],
        by=row["recorded_by"],
        reference=row["reference"],
        until=date.fromisoformat(row["until"]),
        recorded=read_stamp(row["recorded"]),
        withdrawn=read_stamp(row["withdrawn"]) if row["withdrawn"] else None,
        withdrawn_by=row["withdrawn_by"],
    )


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
