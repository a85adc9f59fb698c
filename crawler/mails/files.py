"""Mails from files: one mail (.eml), many in one file (mbox), a Maildir, or a folder of these. Streams; bounded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from crawler.mails.message import MAX_BYTES, OUTLOOK, is_mail
from register.models import SetAside

MAX_MAILS = 100_000
"""Mails of one path."""
MAX_LINE = 1_000_000
HEAD = 65_536
START = re.compile(rb"^From \S+.*\d\d:\d\d")
"""The line that begins a mail in an mbox: sender and date."""
STUFFED = re.compile(rb"^>+From ")
"""How mbox writes a line of a mail that begins with "From "."""
DATE = re.compile(rb"^date:\s*([^\r\n]{5,100})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """One mail and what it is called in messages."""

    name: str
    data: bytes


def mails(path: Path) -> Iterator[Mail | SetAside]:
    """Yield the mails of a path; a folder's oldest first, so that later alerts are believed over earlier ones."""
    for count, mail in enumerate(_mails(path)):
        if count >= MAX_MAILS:
            yield SetAside(item=path.name, reason=f"holds more than {MAX_MAILS} mails; the rest was not read")
            return
        yield mail


def looks_like(head: bytes) -> bool:
    """Whether a file that begins so is a mail or an mbox."""
    return bool(START.match(head)) or is_mail(head)


def _mails(path: Path) -> Iterator[Mail | SetAside]:
    if not path.is_dir():
        yield from _file(path, path.name)
        return
    boxes = [folder for folder in path.rglob("*") if folder.is_dir() and folder.name in ("cur", "new")]
    boxes += [path] if path.name in ("cur", "new") else []
    if boxes:
        files = [file for box in boxes for file in box.iterdir()]
    else:
        files = list(path.rglob("*"))
    usable = [
        file
        for file in files
        if file.is_file() and not file.is_symlink() and not file.name.startswith((".", "dovecot"))
    ]
    for file in sorted(usable, key=_age):
        yield from _file(file, file.relative_to(path).as_posix())


def _age(path: Path) -> tuple[datetime, str]:
    """When a file's mail was written by its own word; a wrong or missing date counts as old."""
    oldest = datetime(1970, 1, 1, tzinfo=UTC)
    try:
        with path.open("rb") as file:
            found = DATE.search(file.read(HEAD))
        at = parsedate_to_datetime(found[1].decode("ascii", "replace")) if found else oldest
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), path.name
    except (OSError, ValueError, TypeError, OverflowError, IndexError):
        return oldest, path.name


def _file(path: Path, name: str) -> Iterator[Mail | SetAside]:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(0)
            if START.match(head):
                yield from _mbox(name, file)
            elif head.startswith(OUTLOOK):
                yield SetAside(item=name, reason="is in Outlook's own form (.msg); save or forward it as .eml")
            elif not is_mail(head):
                yield SetAside(item=name, reason="is no mail: it does not begin with a mail's headers")
            else:
                yield _bounded(name, file.read(MAX_BYTES + 1))
    except OSError as error:
        yield SetAside(item=name, reason=f"can't be read: {error.strerror}")


def _mbox(name: str, file: BinaryIO) -> Iterator[Mail | SetAside]:
    """Each mail of an mbox, one in memory at a time."""
    number = size = 0
    held: list[bytes] = []
    blank = True
    while line := file.readline(MAX_LINE):
        if blank and START.match(line):
            if number:
                yield _whole(f"{name} mail {number}", held, size)
            number, size, held = number + 1, 0, []
        else:
            size += len(line)
            if size <= MAX_BYTES:
                held.append(line[1:] if STUFFED.match(line) else line)
        blank = line in (b"\n", b"\r\n")
    yield _whole(f"{name} mail {number}", held, size)


def _whole(name: str, held: list[bytes], size: int) -> Mail | SetAside:
    if size > MAX_BYTES:
        return SetAside(item=name, reason=f"is larger than {MAX_BYTES // 1_000_000} MB")
    return _bounded(name, b"".join(held))


def _bounded(name: str, data: bytes) -> Mail | SetAside:
    if len(data) > MAX_BYTES:
        return SetAside(item=name, reason=f"is larger than {MAX_BYTES // 1_000_000} MB")
    return Mail(name, data)
