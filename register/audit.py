"""Who saw and changed what on the pages: every line is kept."""

from datetime import datetime

from pydantic import AwareDatetime

from register.clock import read_stamp, stamp
from register.database import Register
from register.models import Noun


class Entry(Noun):
    """who: an account's name, or whom a signed link was made for. action: the route's name, such as `queue.judge`.
    subject: what it was done to, such as `enterprise asf-1`; empty where the action says it all.
    """

    at: AwareDatetime
    who: str
    role: str
    action: str
    subject: str = ""


def add(register: Register, entry: Entry) -> None:
    """Keep a line."""
    register.insert_all("audit", [entry.model_dump() | {"at": stamp(entry.at)}])


def listing(register: Register, *, subject: str | None = None, limit: int = 200) -> list[Entry]:
    """The last lines, newest first; of one subject or of all."""
    rows = register.db.query(
        "SELECT * FROM audit WHERE ? IS NULL OR subject = ? ORDER BY id DESC LIMIT ?", [subject, subject, limit]
    )
    return [
        Entry(at=read_stamp(row["at"]), who=row["who"], role=row["role"], action=row["action"], subject=row["subject"])
        for row in rows
    ]


def forget(register: Register, before: datetime) -> int:
    """Drop what is older than `before`: how many lines. Names of persons are not kept longer than they are needed."""
    with register.atomic():
        return int(register.db.execute("DELETE FROM audit WHERE at < ?", [stamp(before)]).rowcount)
