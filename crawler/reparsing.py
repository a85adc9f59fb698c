"""Today's parsers over what was received before: what they read otherwise, field by field, before it is written."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.errors import AnbudslotsError, InputError
from crawler import eforms, kommers, uhm
from crawler.archive import Archive, Record
from crawler.mails import reader as mail_reader
from crawler.sandbox import Sandbox
from crawler.tables import reader as table_reader
from register import notices
from register.database import Register
from register.models import Notice, Noun, SetAside

PACKED = re.compile(r"#(?:.*/)?(\d+)[_-](\d{4})\.xml$")
"""The address of a notice in a daily package, which ends with the file's name."""

Reader = Callable[[bytes, Record], Sequence[Notice | SetAside]]
"""What is in the bytes of one record. Runs in the sandbox, so it is a function of a module."""


class FieldChange(Noun):
    """One field that is read otherwise. path: such as lots[LOT-0001].deadline; before, after: as in JSON."""

    path: str
    before: Any
    after: Any


class Rereading(Noun):
    """A notice that today's parsers read otherwise than the register has it. No fields: it was not in before."""

    number: str
    raw: str
    current: bool
    """Whether it is the version that counts today, or an earlier one."""
    fields: tuple[FieldChange, ...]


@dataclass
class Report:
    """What reparsing found. records: how many were read."""

    records: int = 0
    rereadings: list[Rereading] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)


def read_eforms(data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """One eForms notice."""
    item = record.url.rpartition("/notice/")[2].removesuffix("/xml") or record.url
    member = PACKED.search(record.url)
    number = item if record.kind == "ted-notice" else f"{int(member[1])}-{member[2]}" if member else None
    return [eforms.read(data, origin="ted", item=item, number=number)]


def read_mail(data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """The notices of one alert mail."""
    found = mail_reader.read(data, record.url)
    return [*found.notices, *found.set_aside]


def read_kommers_list(data: bytes, _: Record) -> Sequence[Notice | SetAside]:
    """The notices of a page of KommersAnnons' list, as far as the list tells."""
    found: list[Notice | SetAside] = []
    for listed in kommers.read_list(data).notices:
        try:
            found.append(kommers.notice(listed, None))
        except InputError as error:
            found.append(SetAside.of(error))
    return found


def read_table(data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """The notices of a table, or the one that was added by hand."""
    found = table_reader.read(data, record.url.removeprefix("file:"), "hand" if record.kind == "hand" else "table")
    return [*found.notices, *found.set_aside]


def read_uhm(data: bytes, record: Record) -> Sequence[Notice | SetAside]:
    """The procurements of an export; awards are no notices, and are put in anew by importing their file again."""
    name = record.url.removeprefix("file:")
    return list(uhm.procurements(data, name)) if uhm.kind(data[: uhm.HEAD]) == "procurements" else []


READERS: Mapping[str, Reader] = {
    "ted-notice": read_eforms,
    "eforms": read_eforms,
    "alert-mail": read_mail,
    "kommers-list": read_kommers_list,
    "uhm-export": read_uhm,
    "table": read_table,
    "hand": read_table,
}
"""By kind of record."""


def reparse(
    register: Register,
    archive: Archive,
    *,
    at: datetime,
    source: str | None = None,
    since: datetime | None = None,
    write: bool,
    readers: Mapping[str, Reader] = READERS,
    run_in: Callable[[str, Reader, bytes, Record], Sequence[Notice | SetAside]] | None = None,
) -> Report:
    """Read the archive's records anew and report what differs from the register; `write` puts it in.

    A rereading is no change by the source: no version is added and nobody is told. run_in: how a reader is called;
    None: in the sandbox.
    """
    report = Report()
    if run_in is not None:
        _reparse(register, archive, report, at, source, since, write, readers, run_in)
    else:
        with Sandbox() as sandbox:
            _reparse(register, archive, report, at, source, since, write, readers, sandbox.run)
    return report


def _reparse(
    register: Register,
    archive: Archive,
    report: Report,
    at: datetime,
    source: str | None,
    since: datetime | None,
    write: bool,
    readers: Mapping[str, Reader],
    run_in: Callable[[str, Reader, bytes, Record], Sequence[Notice | SetAside]],
) -> None:
    done: set[str] = set()
    problems: list[str] = []
    records = list(archive.records(source=source, since=since, problems=problems))
    report.set_aside += [SetAside(item="raw archive", reason=problem) for problem in problems]
    for record in records:
        reader = readers.get(record.kind)
        if reader is None or record.sha256 in done:
            continue
        done.add(record.sha256)
        report.records += 1
        try:
            found = run_in(record.url, reader, archive.get(record.sha256), record)
        except InputError as error:
            report.set_aside.append(SetAside.of(error))
            continue
        except AnbudslotsError as error:
            report.set_aside.append(SetAside(item=record.url, reason=str(error)))
            continue
        for notice in found:
            if isinstance(notice, SetAside):
                report.set_aside.append(notice)
                continue
            known = notices.read_from(register, notice.publication_number, record.sha256)
            if known is None and notices.is_known(register, notice.publication_number):
                # The register has it from other bytes: from a later mail, or in full.
                continue
            whole = notices.filled(notice, known.notice) if known and notice.reading == "alert" else notice
            changes = tuple(differences(known.notice, whole)) if known else ()
            if known and not changes:
                continue
            report.rereadings.append(
                Rereading(
                    number=notice.publication_number,
                    raw=record.sha256,
                    current=known.current if known else True,
                    fields=changes,
                )
            )
            if write:
                if known:
                    notices.reread(register, whole, raw=record.sha256)
                else:
                    notices.add(register, notice, raw=record.sha256, at=at)


def differences(before: Notice, after: Notice) -> Iterator[FieldChange]:
    """The fields in which two readings differ, in the order of their paths."""
    one, other = flat(before), flat(after)
    for path in sorted({*one, *other}):
        if one.get(path) != other.get(path):
            yield FieldChange(path=path, before=one.get(path), after=other.get(path))


def flat(notice: Notice) -> dict[str, Any]:
    """A notice's fields by path; lots by their id, other lists whole, empty fields left out."""
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                walk(part, f"{path}.{name}" if path else name)
        elif path == "lots":
            for lot in value:
                walk({name: part for name, part in lot.items() if name != "id"}, f"lots[{lot['id']}]")
        elif value not in (None, "", [], ()):
            found[path] = value

    walk(notice.model_dump(mode="json"), "")
    return found
