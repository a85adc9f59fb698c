"""Papers that show what an enterprise is, put in by its adviser, with reminders before they are out of date."""

from datetime import date
from typing import Any, get_args

from pydantic import ValidationError
from starlette.datastructures import UploadFile

from config.errors import InputError, NotFoundError
from portal.enterprises.editing import whole
from portal.enterprises.own import day
from portal.enterprises.own_data import file_name
from portal.visits import Answer, File, Page, Redirect, Visit
from register import evidence
from register.evidence import Evidence, EvidenceKind

MOST_BYTES = 10_000_000
MOST_PAPERS = 60
"""Of one enterprise."""
HEADS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
)
"""What is taken, by its first bytes: the name and the type that a browser tells are only claims."""


def due(visit: Visit) -> Answer:
    """Papers of all enterprises in care that are out of date or soon will be."""
    today = visit.today
    rows = [
        {"enterprise": own, **_row(visit, one, today)}
        for own in visit.in_care()
        for one in evidence.due(visit.register, own.id, today)
    ]
    return Page("papers_due.html.j2", {"rows": rows, "enterprises": visit.in_care()})


def show(visit: Visit) -> Answer:
    """An enterprise's papers, and the form for a new one."""
    return _page(visit)


def add(visit: Visit) -> Answer:
    """Keep a paper, with its file if there is one."""
    own = visit.enterprise(visit.path["id"])
    try:
        paper, content = _paper(visit, own.id)
    except InputError as error:
        return _page(visit, wrong=visit.t(error.reason))
    evidence.add(visit.register, paper, content)
    visit.note(f"enterprise {own.id}")
    return Redirect(f"/foretag/{own.id}/underlag")


def drop(visit: Visit) -> Answer:
    """Forget a paper and its file."""
    own = visit.enterprise(visit.path["id"])
    evidence.drop(visit.register, own.id, _number(visit))
    visit.note(f"enterprise {own.id}")
    return Redirect(f"/foretag/{own.id}/underlag")


def file(visit: Visit) -> Answer:
    """A paper's file, always as a download."""
    own = visit.enterprise(visit.path["id"])
    paper, content = evidence.file(visit.register, own.id, _number(visit))
    visit.note(f"enterprise {own.id}")
    return File(file_name(paper.name), paper.media_type, content)


def _page(visit: Visit, *, wrong: str = "") -> Page:
    own = visit.enterprise(visit.path["id"])
    visit.note(f"enterprise {own.id}")
    today = visit.today
    in_force = {one.id for one in evidence.in_force(visit.register, own.id)}
    rows = [{**_row(visit, one, today), "older": one.id not in in_force} for one in evidence.of(visit.register, own.id)]
    values = {
        "own": own,
        "rows": rows,
        "kinds": get_args(EvidenceKind),
        "wrong": wrong,
        "form": {key: visit.form.get(key, "") for key in ("kind", "dated", "until", "percent", "note")},
        "today": today.isoformat(),
    }
    return Page("papers.html.j2", values, 400 if wrong else 200)


def _row(visit: Visit, one: Evidence, today: date) -> dict[str, Any]:
    return {
        "paper": one,
        "dated": day(visit, one.dated),
        "last": day(visit, one.last_day) if one.last_day else "",
        "standing": one.standing(today),
    }


def _paper(visit: Visit, enterprise: str) -> tuple[Evidence, bytes | None]:
    """Raises InputError whose reason is a text's key."""
    if len(evidence.of(visit.register, enterprise)) >= MOST_PAPERS:
        raise InputError("paper", None, "papers_wrong_many")
    name, media_type, content = "", "", None
    upload = visit.uploads.get("file")
    if upload is not None and upload.filename:
        name, media_type, content = _content(upload)
    percent = whole(visit.form, "percent")
    try:
        dated = date.fromisoformat(visit.form.get("dated", ""))
        until = date.fromisoformat(text) if (text := visit.form.get("until", "").strip()) else None
        if until is not None and until < dated:
            raise InputError("paper", "until", "papers_wrong_dates")
        paper = Evidence.model_validate(
            {
                "enterprise": enterprise,
                "kind": visit.form.get("kind", ""),
                "dated": dated,
                "until": until,
                "percent": percent,
                "note": visit.form.get("note", ""),
                "name": name,
                "media_type": media_type,
                "by": visit.who,
                "at": visit.now,
            }
        )
    except ValidationError:
        raise InputError("paper", None, "own_wrong_form") from None
    except ValueError:
        raise InputError("paper", "dated", "papers_wrong_dates") from None
    if paper.kind == "share" and percent is None:
        raise InputError("paper", "percent", "papers_wrong_share")
    return paper, content


def _content(upload: UploadFile) -> tuple[str, str, bytes]:
    """(name, type, bytes), typed by its content. Raises InputError for what is neither PDF nor a picture."""
    content = upload.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError("paper", "file", "papers_wrong_file")
    for head, media_type, suffix in HEADS:
        if content.startswith(head):
            stem = file_name(upload.filename or "fil").rsplit(".", 1)[0] or "fil"
            return f"{stem}{suffix}", media_type, content
    raise InputError("paper", "file", "papers_wrong_file")


def _number(visit: Visit) -> int:
    number = visit.path["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 15):
        raise NotFoundError(f"There is no paper {number!r}.")
    return int(number)
