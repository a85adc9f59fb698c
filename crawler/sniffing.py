"""What kind of import a file is, by its content and its ending; a folder's files one by one."""

import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from crawler import uhm
from crawler.mails import files as mail_files
from register.models import SetAside

Format = Literal["eforms", "uhm", "mail", "table"]
XML = (b"<?xml", b"\xef\xbb\xbf<?xml", b"\xff\xfe<\x00", b"\xfe\xff\x00<")
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
PACKED = (".zip", ".gz", ".tgz")
UNKNOWN = (
    "is of no known kind: eForms XML (.xml, .zip, .tar.gz), a table (.csv, .xlsx), Upphandlingsmyndigheten's export, "
    "mails (.eml, mbox, Maildir). Name its kind with --format."
)


@dataclass
class Sorted:
    """Paths by format, in the order of their names; what is of no known kind."""

    by_format: dict[Format, list[Path]] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    """Paths that were named but can't be used."""
    left: list[str] = field(default_factory=list)
    """Files within folders that are of no known kind."""


def sort(paths: Sequence[Path]) -> Sorted:
    """Put each path, and each file below a folder, to its format; a Maildir stays whole, hidden files are left."""
    found = Sorted()
    for path in paths:
        if not path.is_dir():
            _put(found, path, sniff(path), named=True)
            continue
        before = sum(map(len, found.by_format.values()))
        maildirs = _maildirs(path)
        for maildir in maildirs:
            _put(found, maildir, "mail", named=True)
        for child in _below(path):
            if not any(child.is_relative_to(maildir) for maildir in maildirs):
                _put(found, child, sniff(child), named=False)
        if sum(map(len, found.by_format.values())) == before:
            found.set_aside.append(SetAside(item=path.name, reason="holds no file of a known kind"))
    return found


def sniff(path: Path) -> Format | None:
    """The format of one file or Maildir; None where it is of no known kind or can't be read."""
    if path.is_dir():
        return "mail" if _maildirs(path) else None
    try:
        with path.open("rb") as file:
            head = file.read(uhm.HEAD)
    except OSError:
        return None
    suffix = path.suffix.lower()
    if head.startswith(b"PK"):
        return _zip(path)
    if uhm.kind(head):
        return "uhm"
    if suffix in PACKED or head.startswith(b"\x1f\x8b"):
        return "eforms" if suffix in PACKED or tarfile.is_tarfile(path) else None
    if suffix == ".xml" or head.lstrip().startswith(XML):
        return "eforms"
    if suffix in (".eml", ".mbox", ".mbx") or mail_files.looks_like(head):
        return "mail"
    return "table" if suffix in TABLES else None


def _put(found: Sorted, path: Path, form: Format | None, *, named: bool) -> None:
    if form:
        found.by_format.setdefault(form, []).append(path)
    elif named:
        found.set_aside.append(SetAside(item=path.name, reason=UNKNOWN))
    else:
        found.left.append(path.name)


def _maildirs(folder: Path) -> list[Path]:
    """The Maildirs at or below a folder."""
    boxes = [path for path in (folder, *folder.rglob("*")) if path.is_dir() and not path.is_symlink()]
    return [path for path in boxes if (path / "cur").is_dir() and (path / "new").is_dir()]


def _below(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path


def _zip(path: Path) -> Format | None:
    """A workbook is a zip too, and so are other office files, which hold XML that is no notice."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        # Its reader tells what is wrong with it.
        return "table" if path.suffix.lower() in (".xlsx", ".xlsm") else "eforms"
    if "xl/workbook.xml" in names:
        return "table"
    return None if names & {"[Content_Types].xml", "mimetype"} else "eforms"
