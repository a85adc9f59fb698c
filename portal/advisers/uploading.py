"""Documents that are sent to a notice: taken at once, read and screened after the answer, with how far it has come.

A file is never shown again: what the page shows is the text that was read out of it.
"""

import tempfile
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

from config.errors import InputError
from config.settings import DocumentSettings
from crawler.archive import Archive
from crawler.documents import adding
from matcher import screener
from portal.advisers import readers
from portal.visits import Answer, Data, Later, Redirect, Visit
from register import joins, notices, uploads
from register.database import Register
from register.uploads import State, Upload

LARGEST = 50_000_000
"""Bytes of one file, and of the form that brings it."""
LONGEST_NAME = 100


def upload(visit: Visit) -> Answer:
    """Take a file; it is read after the answer. Raises InputError where none was chosen, NotFoundError."""
    number = visit.path["number"]
    notices.get(visit.register, number)
    given = visit.uploads.get("file")
    content = given.file.read(LARGEST + 1) if given else b""
    name = file_name(given.filename or "") if given else ""
    if not content or not name:
        raise InputError("upload", "file", visit.t("notice_no_file"))
    if len(content) > LARGEST:
        raise InputError("upload", "file", visit.t("notice_file_too_large", mb=LARGEST // 1_000_000))
    identity = uploads.add(visit.register, number, name, who=visit.who, at=visit.now)
    visit.note(f"notice {number}")
    data, now, settings = visit.data, visit.now, visit.settings.documents
    broken = visit.t("notice_upload_failed")

    def work(register: Register) -> None:
        def at(state: State, note: str = "") -> None:
            uploads.move(register, identity, state, note=note, at=now)

        try:
            read(register, number, name, content, data=data, now=now, settings=settings, at=at)
        except Exception:
            # Whatever it was: nobody is to wait for it. The log has the rest.
            at("failed", broken)
            raise

    return Later(Redirect(f"/annons/{number}#underlag"), work)


def read(
    register: Register,
    number: str,
    name: str,
    content: bytes,
    *,
    data: Path,
    now: datetime,
    settings: DocumentSettings,
    at: Callable[[State, str], None],
) -> None:
    """Read a file, put its text to the notice, and screen the tender anew. at: told how far it has come."""
    at("reading", "")
    with tempfile.TemporaryDirectory(prefix="anbudslots-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        added = adding.add([path], number, register=register, archive=Archive(data / "raw"), at=now, settings=settings)
    at("screening", "")
    judge = readers.judge(data)
    for one in {number, joins.tender(register, number)}:
        screener.anew(register, notices.get(register, one), now=now, judge=judge)
    note = " ".join(f"{one.item}: {one.reason}" for one in added.set_aside)
    usable = added.counts["unchanged"] or any(one.status != "unread" for one in added.documents)
    at("done" if usable else "failed", note[:2_000])


def file_name(given: str) -> str:
    """A name that can stand in a folder: no path, no control character, at most LONGEST_NAME with its ending."""
    last = PurePosixPath(PureWindowsPath(given).name).name
    shown = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, ending = shown.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending)]}.{ending}" if dot and len(ending) <= 5 else shown[:LONGEST_NAME]


def states(visit: Visit) -> Answer:
    """How far the latest files have been read, for the script that waits for it."""
    number = visit.path["number"]
    notices.get(visit.register, number)
    latest = uploads.of(visit.register, number)
    return Data({"under_way": sum(one.is_under_way(visit.now) for one in latest),
                 "text": " ".join(told(visit, one) for one in latest if one.is_under_way(visit.now))})  # fmt: skip


def told(visit: Visit, one: Upload) -> str:
    """underlag.pdf: läses nu."""
    cut_off = one.state not in uploads.ENDED and not one.is_under_way(visit.now)
    state = visit.t("notice_upload_cut_off" if cut_off else f"notice_upload_{one.state}")
    return f"{one.name}: {state} {one.note}".strip()
