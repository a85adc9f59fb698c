"""Enterprises that want to be in: from the public form or an adviser, until an adviser takes them in or refuses."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from config.errors import NotFoundError
from register import enterprises
from register.clock import read_stamp, stamp
from register.database import Register
from register.models import EXAMPLE_NUMBER, Enterprise, Noun, Text, valid_email

State = Literal["waiting", "taken", "refused"]
MOST_WAITING = 200
"""Applications from the public form that may wait at once: beyond that somebody fills the form by machine."""
KEPT = timedelta(days=90)
"""How long a refused application is kept, so that one who asks can be told."""
LONGEST_WORDS = 20_000


class Application(Noun):
    """What an enterprise says of itself. by: the adviser who wrote it, empty for the public form."""

    id: int = 0
    state: State = "waiting"
    name: Text = Field(min_length=1, max_length=200)
    municipality: Text = Field(min_length=1, max_length=100)
    email: Annotated[str, BeforeValidator(valid_email), Field(max_length=254)] | Literal[""] = ""
    words: Text = Field(min_length=1, max_length=LONGEST_WORDS)
    source: Text = Field("", max_length=200)
    """Name of the leaflet that the words are read from; empty where they were written or pasted."""
    by: Text = ""
    at: AwareDatetime
    proposal: Mapping[str, Any] | None = None
    """What was read out of the words (matcher/proposing.py), None until then."""
    enterprise: str | None = None
    """What it became."""
    decided_by: Text = ""
    decided_at: AwareDatetime | None = None


def add(register: Register, application: Application) -> int | None:
    """Keep an application: its number. None, and nothing kept, where too many from the public form wait already."""
    with register.atomic():
        if not application.by and _waiting_from_public(register) >= MOST_WAITING:
            return None
        row = {
            **application.model_dump(include={"state", "name", "municipality", "email", "words", "source", "by"}),
            "at": stamp(application.at),
            "proposal": _written(application.proposal),
            "decided_by": "",
        }
        return int(str(register.db.table("applications").insert(row, pk="id").last_pk))


def waiting(register: Register) -> list[Application]:
    """Those that nobody has decided on, the oldest first."""
    rows = register.db.query("SELECT * FROM applications WHERE state = 'waiting' ORDER BY at, id")
    return [_read(row) for row in rows]


def get(register: Register, number: int) -> Application:
    """One application. Raises NotFoundError."""
    for row in register.db.query("SELECT * FROM applications WHERE id = ?", [number]):
        return _read(row)
    raise NotFoundError(f"There is no application {number}.")


def propose(register: Register, number: int, proposal: Mapping[str, Any]) -> None:
    """Keep what was read out of an application's words, in place of an earlier reading."""
    with register.atomic():
        register.db.execute("UPDATE applications SET proposal = ? WHERE id = ?", [_written(proposal), number])


def take(
    register: Register, number: int, enterprise: Enterprise, *, by: str, account: int | None, at: datetime
) -> Enterprise | None:
    """Make an application an enterprise, under a new id, in the care of an account: the enterprise.

    account: None for one that cares for everyone anyway. None where it is not waiting any more: somebody was first.
    """
    with register.atomic():
        decided = register.db.execute(
            "UPDATE applications SET state = 'taken', decided_by = ?, decided_at = ? "
            "WHERE id = ? AND state = 'waiting'",
            [by, stamp(at), number],
        )
        if decided.rowcount != 1:
            return None
        made = enterprise.model_copy(update={"id": new_id(register, enterprise.name)})
        enterprises.add(register, made, at=at)
        register.db.execute("UPDATE applications SET enterprise = ? WHERE id = ?", [made.id, number])
        if account is not None:
            register.insert_all("account_enterprises", [{"account": account, "enterprise": made.id}])
    return made


def refuse(register: Register, number: int, *, by: str, at: datetime) -> bool:
    """Decide against an application; False where it is not waiting any more."""
    with register.atomic():
        decided = register.db.execute(
            """
            UPDATE applications SET state = 'refused', decided_by = ?, decided_at = ?
            WHERE id = ? AND state = 'waiting'
            """,
            [by, stamp(at), number],
        )
    return bool(decided.rowcount == 1)


def tidy(register: Register, *, now: datetime) -> int:
    """Forget what was refused KEPT ago or longer: how many."""
    with register.atomic():
        done = register.db.execute(
            "DELETE FROM applications WHERE state = 'refused' AND decided_at <= ?", [stamp(now - KEPT)]
        )
    return int(done.rowcount)


def new_id(register: Register, name: str) -> str:
    """An id made of a name: "Skogsgläntans Städlag" becomes skogsglantans-stadlag, with a number if it is taken."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "foretag"
    if EXAMPLE_NUMBER.match(stem):
        # Ids that begin with 99- are invented enterprises' alone.
        stem = f"f-{stem}"
    taken = {row["id"] for row in register.db.query("SELECT id FROM enterprises")}
    number = 1
    while (found := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return found


def _waiting_from_public(register: Register) -> int:
    rows = register.db.query("SELECT count(*) AS n FROM applications WHERE state = 'waiting' AND by = ''")
    return int(next(iter(rows))["n"])


def _written(proposal: Mapping[str, Any] | None) -> str:
    return json.dumps(proposal, ensure_ascii=False) if proposal is not None else ""


def _read(row: Mapping[str, Any]) -> Application:
    return Application.model_validate(
        {
            **row,
            "at": read_stamp(row["at"]),
            "proposal": json.loads(row["proposal"]) if row["proposal"] else None,
            "decided_at": read_stamp(row["decided_at"]) if row["decided_at"] else None,
        }
    )
